use core::{array, ops::Range};

use assay_abi::{
    hash::{TAG_JOURNAL, TAG_PAGE},
    machine::PAGE_BYTES,
};
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_uni_stark::SubAirBuilder;

use super::{
    Hash,
    permutation::{CELLS, INPUT, OUTPUT, PERMUTATION, Permutation, RATE, STATE},
};
use crate::{
    Felt,
    bus::{self, Node, REGISTER_PAGE, TableBuilder, TreeKind, Word, key},
};

/// Blocks of a page.
const BLOCKS: u32 = 64;
/// Words of a block.
const BLOCK_WORDS: usize = RATE / 2;
/// The register page's keys, less what its index gives, over its level: the level of a page is 0 or that.
const REGISTERS_PER_LEVEL: u32 = (key::REGISTERS - REGISTER_PAGE.1 * PAGE_BYTES) / REGISTER_PAGE.0;
const _: () =
    assert!(REGISTERS_PER_LEVEL * REGISTER_PAGE.0 + REGISTER_PAGE.1 * PAGE_BYTES == key::REGISTERS);

/// Constraints of pages, tree and journal. Public values: the text, first page and end.
#[derive(Clone, Copy, Debug)]
pub struct HashAir;

impl HashAir {
    /// Columns: the permutation's, then [`Hash`]'s.
    pub const WIDTH: usize = CELLS + Hash::<Felt>::WIDTH;

    /// What the claim says to this table, from its text in page numbers.
    pub fn public_values(text: &Range<u32>) -> [Felt; 2] {
        [text.start, text.end].map(Felt::from_u32)
    }
}

impl BaseAir<Felt> for HashAir {
    fn width(&self) -> usize {
        Self::WIDTH
    }

    fn num_public_values(&self) -> usize {
        2
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for HashAir {
    fn eval(&self, builder: &mut AB) {
        PERMUTATION.eval(&mut SubAirBuilder::<AB, Permutation, AB::Var>::new(
            builder,
            0..CELLS,
        ));
        let row = Row::<AB>::new(builder);
        kinds(builder, &row);
        unused(builder, &row);
        blocks(builder, &row);
        classes(builder, &row);
        children(builder, &row);
        tree(builder, &row);
        words(builder, &row);
    }
}

fn constant<E: PrimeCharacteristicRing>(value: u32) -> E {
    E::from_u32(value)
}

/// A row, its successor (the first row after the last), and what follows from their flags.
struct Row<AB: TableBuilder> {
    own: Hash<AB::Var>,
    next: Hash<AB::Var>,
    input: [AB::Var; STATE],
    output: [AB::Var; STATE],
    next_input: [AB::Var; STATE],
    /// A page comes in.
    comes: AB::Expr,
    /// Any block of a page.
    page: AB::Expr,
    /// Any node.
    node: AB::Expr,
    /// A page, a node or a word of the journal.
    real: AB::Expr,
    /// A block that is followed by another of its page.
    goes_on: AB::Expr,
    /// A page's last block.
    last: AB::Expr,
}

impl<AB: TableBuilder> Row<AB> {
    fn new(builder: &AB) -> Self {
        let window = builder.main();
        let (row, after) = (window.current_slice(), window.next_slice());
        let own = Hash::read(&row[CELLS..]);
        let next = Hash::read(&after[CELLS..]);
        let page = |row: &Hash<AB::Var>| row.clean + row.dirty + row.written;
        let node = own.before + own.after;
        let goes_on = page(&next) - next.first;
        Self {
            own,
            next,
            input: array::from_fn(|i| row[INPUT.start + i]),
            output: array::from_fn(|i| row[OUTPUT.start + i]),
            next_input: array::from_fn(|i| after[INPUT.start + i]),
            comes: own.clean + own.dirty,
            page: page(&own),
            real: page(&own) + node.clone() + own.journal,
            node,
            last: page(&own) - goes_on.clone(),
            goes_on,
        }
    }

    fn both<T>(&self, of: impl Fn(&Hash<AB::Var>) -> T) -> [T; 2] {
        [of(&self.own), of(&self.next)]
    }
}

/// One kind at most; blocks of a page are rows in a row.
fn kinds<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    builder.assert_bools([
        own.clean,
        own.dirty,
        own.written,
        own.before,
        own.after,
        own.journal,
        own.first,
    ]);
    builder.assert_bool(row.real.clone());
    let no_page = AB::Expr::ONE - row.page.clone();
    builder.assert_zero(no_page.clone() * own.first);
    builder.assert_zero(no_page * row.goes_on.clone());
}

/// What a kind of row does not use is 0.
fn unused<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    let one = || AB::Expr::ONE;
    let neither_page_nor_node = one() - row.page.clone() - row.node.clone();
    let at_end = own.first + row.last.clone();
    let returns = own.clean + own.written;

    builder
        .when(neither_page_nor_node)
        .assert_zeros([own.level, own.index, own.left, own.right]);
    builder
        .when(one() - row.page.clone() - own.journal)
        .assert_zero(own.counter);
    builder
        .when(one() - at_end.clone())
        .assert_zero(own.difference);
    builder
        .when(row.page.clone() - at_end)
        .assert_zero(own.left);
    builder
        .when(row.page.clone() - own.first)
        .assert_zero(own.right);
    builder
        .when(one() - row.comes.clone())
        .assert_zero(own.init_time);
    builder.when(one() - returns).assert_zeros(own.final_time);
}

/// A page is 64 blocks, absorbed one after the other.
fn blocks<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    let mut on = builder.when(row.goes_on.clone());
    let [kind, next_kind] = row.both(|row| row.clean + row.dirty * Felt::TWO);
    on.assert_eq(next_kind, kind);
    for [here, there] in [
        row.both(|row| row.level),
        row.both(|row| row.index),
        row.both(|row| row.text),
    ] {
        on.assert_eq(there, here);
    }
    on.assert_eq(row.next.counter, own.counter + Felt::ONE);
    for i in RATE..STATE {
        on.assert_eq(row.next_input[i], row.output[i]);
    }

    let mut first = builder.when(own.first);
    first.assert_zero(own.counter);
    first.assert_eq(row.input[RATE], constant::<AB::Expr>(TAG_PAGE));
    for i in RATE + 1..STATE {
        first.assert_zero(row.input[i]);
    }
    builder
        .when(row.last.clone())
        .assert_eq(own.counter, constant::<AB::Expr>(BLOCKS - 1));
}

/// Which page it is: the register page, or one of memory, and then whether it lies within the text.
fn classes<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    let [start, end]: [AB::Expr; 2] = array::from_fn(|i| builder.public_values()[i].into());
    let (level, index) = REGISTER_PAGE;
    let difference = own.difference + own.left * Felt::from_u32(1 << 16);
    let above = own.right;

    let mut page = builder.when(row.page.clone());
    page.assert_zero(own.level * (own.level - Felt::from_u32(level)));
    page.assert_zero(own.level * (own.index - Felt::from_u32(index)));
    // The text is read-only.
    builder.when(own.text).assert_one(own.clean);

    // A page of the text lies at or above its start, which the first block shows, and below its end, which the last one does. Another
    // page of memory lies above the text or below it. The weights of the classes add up to 1, and one that is not 0 makes the
    // difference that of its class. No difference below 2^18 is that of two classes, so exactly one weight is 1.
    let within = own.index - start.clone();
    let to_end = end.clone() - AB::Expr::ONE - own.index;
    let beyond = own.index - end;
    let short_of = start - AB::Expr::ONE - own.index;
    let mut first = builder.when(own.first);
    // A page's level is 0 or the register page's, which is the unit of this weight.
    let below = (AB::Expr::ONE - own.text - above) * Felt::from_u32(level) - own.level;
    for (class, distance) in [
        (own.text.into(), within),
        (above.into(), beyond),
        (below, short_of),
        (own.level.into(), AB::Expr::ZERO),
    ] {
        first.assert_zero(class * (difference.clone() - distance));
    }
    let mut last = builder.when(row.last.clone());
    last.assert_zero(own.text * (difference - to_end));
    for cell in [own.difference, own.left] {
        last.assert_zero((AB::Expr::ONE - own.text) * cell);
    }
}

/// With what kind of tuple a node's children travel.
fn children<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    for (node, inside) in [(own.before, TreeKind::Pre), (own.after, TreeKind::Post)] {
        for kind in [own.left, own.right] {
            let [inside, beside] =
                [inside, TreeKind::Sibling].map(|which| kind - Felt::from_u32(which as u32));
            builder.when(node).assert_zero(inside * beside);
        }
    }
}

/// The tuples on the tree's bus. A column of two takes tuples of degree 1, the third is alone.
fn tree<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    let kind = |kind: TreeKind| bus::kind::<AB::Expr>(kind);
    let first_half = |state: &[AB::Var; STATE]| array::from_fn(|i| state[i].into());
    let below = own.level - row.node.clone();
    let last_block: AB::Expr = constant(BLOCKS - 1);

    // What comes out: a node or a page that was announced by its parent before, or goes to its parent after; the journal's next state.
    let node = Node {
        kind: kind(TreeKind::Pre) * (own.before + row.comes.clone())
            + kind(TreeKind::Post) * (own.after + own.written)
            + kind(TreeKind::Journal) * own.journal,
        level: own.level.into(),
        // The counter is the journal's; in a page's last block it is known.
        index: own.index + own.counter - row.last.clone() * last_block + own.journal,
        digest: first_half(&row.output),
    };
    let count =
        own.after + own.journal - own.before + row.last.clone() * (own.written - row.comes.clone());
    bus::node(builder, node, count);

    // The first half of what goes in: the left child, or the journal's state.
    let node = Node {
        kind: own.left + kind(TreeKind::Journal) * own.journal,
        level: below.clone(),
        index: own.index * Felt::TWO + own.counter,
        digest: first_half(&row.input),
    };
    bus::node(builder, node, own.before - own.after - own.journal);

    // The second half: the right child, or the journal's word, whose tuple has zeros where the rest of the state, less the tag, stands.
    // A clean page goes on to its parent after here.
    let tag: AB::Expr = own.journal * Felt::from_u32(TAG_JOURNAL);
    let digest = array::from_fn(|i| {
        let (input, output) = (row.input[RATE + i], row.output[i]);
        let half = own.clean * (output - input) + input;
        if i == 2 { half - tag.clone() } else { half }
    });
    let node = Node {
        kind: own.right
            + kind(TreeKind::JournalWord) * own.journal
            + kind(TreeKind::Post) * own.clean,
        level: below,
        index: own.index
            + row.node.clone() * (own.index + AB::Expr::ONE)
            + own.journal * own.counter,
        digest,
    };
    let count = own.before - own.after - own.journal + row.last.clone() * own.clean;
    bus::node(builder, node, count);
}

/// A page's words: they come in once, with the page that is hashed, and go out once, with the page that is hashed.
fn words<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let own = &row.own;
    let key = own.index * Felt::from_u32(PAGE_BYTES)
        + own.counter * Felt::from_u32(PAGE_BYTES / BLOCKS)
        + own.level * Felt::from_u32(REGISTERS_PER_LEVEL)
        + own.text * Felt::from_u32(key::TEXT);
    let word = |at: usize, time: AB::Var| Word {
        key: key.clone() + constant::<AB::Expr>(4 * at as u32),
        lo: row.input[2 * at].into(),
        hi: row.input[2 * at + 1].into(),
        time: time.into(),
    };
    for at in 0..BLOCK_WORDS {
        bus::send_word(builder, word(at, own.init_time), row.comes.clone());
        bus::receive_word(
            builder,
            word(at, own.final_time[at]),
            own.clean + own.written,
        );
    }
    for limb in &row.input[..RATE] {
        bus::range16(builder, *limb, row.comes.clone());
    }
    // Numbers of pages have 18 bits, so do their differences.
    let ends = own.first + row.last.clone();
    bus::range16(builder, own.difference, ends.clone());
    bus::range(builder, constant::<AB::Expr>(2), own.left, ends);
}
