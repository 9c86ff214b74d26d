//! The buses that tie the tables together. A tuple that travels is built here and nowhere else.
//!
//! Plonky3 packs interactions of one bus two to a column, never across buses: so nearly everything shares one bus, and the first
//! element of a tuple says what it is.

use assay_abi::machine::{MEM_LOG_BYTES, NUM_REGISTERS, PAGE_LOG_BYTES};
use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;
use p3_lookup::{Count, InteractionBuilder};

use crate::{Felt, op::Op};

/// What a table's constraints are written against.
pub trait TableBuilder: InteractionBuilder<F = Felt> {}

impl<B: InteractionBuilder<F = Felt>> TableBuilder for B {}

/// The bus of the machine: memory, lookups, delegated operations.
pub const MACHINE: &str = "machine";
/// Elements of a tuple on [`MACHINE`], the tag first; shorter ones end in zeros.
pub const MACHINE_WIDTH: usize = 8;
/// The bus of the Merkle tree and the journal.
pub const TREE: &str = "tree";
/// Elements of a tuple on [`TREE`], the kind first.
pub const TREE_WIDTH: usize = 11;
/// The bus from which instructions are fetched.
pub const PROGRAM: &str = "program";

/// First element of a tuple on [`MACHINE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// `key, lo, hi, time`: a word as it is after an access at `time`, until the next access takes it.
    Memory = 1,
    /// `k, v`: `v < 2^k`, `k <= 16`.
    Range = 2,
    /// `x, y, x & y`, bytes.
    And = 3,
    /// `x, y, x | y`, bytes.
    Or = 4,
    /// `x, y, x ^ y`, bytes.
    Xor = 5,
    /// `x, y`: both are bytes.
    Bytes = 6,
    /// `op, u_lo, u_hi, v_lo, v_hi, w_lo, w_hi`: a delegated operation.
    Operation = 7,
    /// `lo, hi`: the exit code of the halt.
    Exit = 8,
}

impl Tag {
    /// Lookups of a pair of bytes and what they make together.
    pub const BYTEWISE: [Self; 3] = [Self::And, Self::Or, Self::Xor];
}

/// First element of a tuple on [`TREE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TreeKind {
    /// `level, index, digest`: a node of the tree before the segment, from the parent to the child.
    Pre = 1,
    /// `level, index, digest`: a node of the tree after it, from the child to the parent.
    Post = 2,
    /// `level, index, digest`: a node that the segment leaves as it is, from its parent before to its parent after.
    Sibling = 3,
    /// `0, index, state`: the journal's state after `index` words of this segment.
    Journal = 4,
    /// `0, index, lo, hi, 0 …`: word `index` (from 0) that this segment commits.
    JournalWord = 5,
}

/// Level of the root in the tree: the memory's depth, and one more for the register page.
pub const ROOT_LEVEL: u32 = MEM_LOG_BYTES - PAGE_LOG_BYTES + 1;
/// Level and index of the register page: the right child of the root. Memory's root is at the same level, index 0; its page `i` is at level 0, index `i`.
pub const REGISTER_PAGE: (u32, u32) = (ROOT_LEVEL - 1, 1);

/// Keys of the words that accesses name.
pub mod key {
    use super::{MEM_LOG_BYTES, NUM_REGISTERS};

    /// Key of register 0; register `r` is at `REGISTERS + 4 r`, word `w` of the register page at `REGISTERS + 4 w`.
    pub const REGISTERS: u32 = 1 << MEM_LOG_BYTES;
    /// Key of the input cursor: behind the register page.
    pub const INPUT_CURSOR: u32 = REGISTERS + 1024;
    /// Key of the count of words that this segment committed.
    pub const JOURNAL_CURSOR: u32 = INPUT_CURSOR + 4;
    /// Added to the byte address of a word of the text, which nobody can write: no store forms such a key.
    pub const TEXT: u32 = 1 << (MEM_LOG_BYTES + 1);

    /// Key of a register.
    #[must_use]
    pub const fn register(number: u32) -> u32 {
        assert!(number < NUM_REGISTERS);
        REGISTERS + 4 * number
    }
}

fn constant<E: PrimeCharacteristicRing>(value: u32) -> E {
    E::from_u32(value)
}

/// Pads a tuple and puts it on the machine's bus.
fn machine<B: TableBuilder, const N: usize>(
    builder: &mut B,
    tag: B::Expr,
    payload: [B::Expr; N],
    count: Count<B::Expr>,
) {
    const { assert!(N < MACHINE_WIDTH) };
    let mut fields = alloc::vec![tag];
    fields.extend(payload);
    fields.resize(MACHINE_WIDTH, B::Expr::ZERO);
    builder.push_interaction(MACHINE, fields, count);
}

/// A word and the time of the access that left it so.
pub struct Word<E> {
    /// See [`key`].
    pub key: E,
    /// Low 16 bits.
    pub lo: E,
    /// High 16 bits.
    pub hi: E,
    /// `4 * cycle + slot`.
    pub time: E,
}

/// Leaves a word for the next access; `count` must be boolean by constraint.
pub fn send_word<B: TableBuilder>(builder: &mut B, word: Word<B::Expr>, count: B::Expr) {
    let Word { key, lo, hi, time } = word;
    machine(
        builder,
        constant(Tag::Memory as u32),
        [key, lo, hi, time],
        Count::bounded(count, 1),
    );
}

/// Takes a word that an earlier access left; `count` must be boolean by constraint.
pub fn receive_word<B: TableBuilder>(builder: &mut B, word: Word<B::Expr>, count: B::Expr) {
    let Word { key, lo, hi, time } = word;
    machine(
        builder,
        constant(Tag::Memory as u32),
        [key, lo, hi, time],
        -Count::bounded(count, 1),
    );
}

/// Asks that `v < 2^k`; `count` must be boolean by constraint.
pub fn range<B: TableBuilder>(
    builder: &mut B,
    k: impl Into<B::Expr>,
    v: impl Into<B::Expr>,
    count: B::Expr,
) {
    machine(
        builder,
        constant(Tag::Range as u32),
        [k.into(), v.into()],
        Count::bounded(count, 1),
    );
}

/// Asks that `v < 2^16`.
pub fn range16<B: TableBuilder>(builder: &mut B, v: impl Into<B::Expr>, count: B::Expr) {
    range(builder, constant::<B::Expr>(16), v, count);
}

/// Asks the lookup table for `tag, x, y, z`; `tag` may be an expression, so that one slot serves several kinds of instruction.
pub fn lookup<B: TableBuilder>(builder: &mut B, tag: B::Expr, xyz: [B::Expr; 3], count: B::Expr) {
    machine(builder, tag, xyz, Count::bounded(count, 1));
}

/// Asks that `x` and `y` are bytes.
pub fn bytes<B: TableBuilder>(
    builder: &mut B,
    x: impl Into<B::Expr>,
    y: impl Into<B::Expr>,
    count: B::Expr,
) {
    machine(
        builder,
        constant(Tag::Bytes as u32),
        [x.into(), y.into()],
        Count::bounded(count, 1),
    );
}

/// Provides an entry of the lookup table `count` times.
pub fn provide_lookup<B: TableBuilder>(
    builder: &mut B,
    tag: Tag,
    xyz: [B::Expr; 3],
    count: impl Into<B::Expr>,
) {
    machine(
        builder,
        constant(tag as u32),
        xyz,
        Count::provided(-count.into()),
    );
}

/// An operation and its operands and result, each word as two limbs of 16 bits, low first.
pub struct Operation<E> {
    /// [`Op::code`].
    pub op: E,
    /// First operand.
    pub u: [E; 2],
    /// Second operand.
    pub v: [E; 2],
    /// Result.
    pub w: [E; 2],
}

impl<E> Operation<E> {
    fn payload(self) -> [E; 7] {
        let Self { op, u, v, w } = self;
        let ([u0, u1], [v0, v1], [w0, w1]) = (u, v, w);
        [op, u0, u1, v0, v1, w0, w1]
    }
}

/// Delegates an operation; `count` must be boolean by constraint.
pub fn delegate<B: TableBuilder>(builder: &mut B, operation: Operation<B::Expr>, count: B::Expr) {
    machine(
        builder,
        constant(Tag::Operation as u32),
        operation.payload(),
        Count::bounded(count, 1),
    );
}

/// Answers a delegated operation any number of times: only for tables that are true on every row and have no side effect.
pub fn provide_operation<B: TableBuilder>(
    builder: &mut B,
    operation: Operation<B::Expr>,
    count: impl Into<B::Expr>,
) {
    machine(
        builder,
        constant(Tag::Operation as u32),
        operation.payload(),
        Count::provided(-count.into()),
    );
}

/// A call of the machine (`ECALL`), with its cycle, so that each answer belongs to one instruction.
pub struct MachineCall<E> {
    /// [`Op::Call`] or [`Op::Halt`].
    pub op: E,
    /// The instruction's cycle.
    pub cycle: E,
    /// Low 16 bits of x17; the caller holds the high ones to 0.
    pub call: E,
    /// x10 before.
    pub argument: [E; 2],
    /// x10 after.
    pub result: [E; 2],
}

impl<E> MachineCall<E> {
    fn payload(self) -> [E; 7] {
        let ([a0, a1], [r0, r1]) = (self.argument, self.result);
        [self.op, self.cycle, self.call, a0, a1, r0, r1]
    }
}

/// Answers a call exactly once; `count` must be boolean by constraint. The instruction table asks with [`delegate`]'s tuple.
pub fn receive_call<B: TableBuilder>(builder: &mut B, call: MachineCall<B::Expr>, count: B::Expr) {
    machine(
        builder,
        constant(Tag::Operation as u32),
        call.payload(),
        -Count::bounded(count, 1),
    );
}

/// The exit code, from the halting call (`count` boolean, positive) to the claim (`count` negated).
pub fn exit<B: TableBuilder>(builder: &mut B, code: [B::Expr; 2], count: B::Expr) {
    machine(
        builder,
        constant(Tag::Exit as u32),
        code,
        Count::bounded(count, 1),
    );
}

/// A node, a page or a state of the journal. See [`TreeKind`].
pub struct Node<E> {
    /// What it is.
    pub kind: E,
    /// Level in the tree, pages of memory at 0.
    pub level: E,
    /// Position in its level.
    pub index: E,
    /// Eight elements.
    pub digest: [E; 8],
}

/// Puts a node on the tree's bus: positive sends, negative receives; `|count| <= 1` by constraint.
pub fn node<B: TableBuilder>(builder: &mut B, node: Node<B::Expr>, count: B::Expr) {
    const { assert!(TREE_WIDTH == 3 + 8) };
    let mut fields = alloc::vec![node.kind, node.level, node.index];
    fields.extend(node.digest);
    builder.push_interaction(TREE, fields, Count::bounded(count, 1));
}

/// The kind as a constant expression.
#[must_use]
pub fn kind<E: PrimeCharacteristicRing>(kind: TreeKind) -> E {
    constant(kind as u32)
}

/// The operation's code as a constant expression.
#[must_use]
pub fn op<E: PrimeCharacteristicRing>(op: Op) -> E {
    constant(op.code())
}

/// The tag as a constant expression.
#[must_use]
pub fn tag<B: AirBuilder>(tag: Tag) -> B::Expr {
    constant(tag as u32)
}
