use core::array;

use assay_abi::machine::{ECALL_REG_ARGUMENT, SLOT_A, SLOT_B, SLOT_C, SLOTS_PER_CYCLE};
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::{Class, Cpu};
use crate::{
    Felt,
    bus::{self, Operation, TableBuilder, Tag, Word, key},
    op::Op,
    program::{self, Entry},
};

/// Constraints of the instruction table. Public values: pc before the first instruction, pc after the last.
#[derive(Clone, Copy, Debug)]
pub struct CpuAir;

impl BaseAir<Felt> for CpuAir {
    fn width(&self) -> usize {
        Cpu::<Felt>::WIDTH
    }

    fn num_public_values(&self) -> usize {
        2
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for CpuAir {
    fn eval(&self, builder: &mut AB) {
        let window = builder.main();
        let row = Row::<AB>::new(&Cpu::read(window.current_slice()));
        let next = Row::<AB>::new(&Cpu::read(window.next_slice()));
        order(builder, &row, &next);
        flags(builder, &row);
        flow(builder, &row, &next);
        lookups(builder, &row);
        add(builder, &row);
        logic(builder, &row);
        shift(builder, &row);
        less(builder, &row);
        equal(builder, &row);
        address(builder, &row);
        transfer(builder, &row);
        delegate(builder, &row);
        accesses(builder, &row);
        fetch(builder, &row);
    }
}

/// A row's cells as expressions, and sums of classes.
struct Row<AB: TableBuilder> {
    cells: Cpu<AB::Var>,
    /// 1 on rows of instructions, 0 on padding.
    real: AB::Expr,
}

fn constant<E: PrimeCharacteristicRing>(value: u32) -> E {
    E::from_u32(value)
}

impl<AB: TableBuilder> Row<AB> {
    fn new(cells: &Cpu<AB::Var>) -> Self {
        let cells = *cells;
        let real = cells.class.into_iter().map(Into::into).sum();
        Self { cells, real }
    }

    fn is(&self, class: Class) -> AB::Expr {
        self.cells.class[class as usize].into()
    }

    fn any<const N: usize>(&self, classes: [Class; N]) -> AB::Expr {
        classes.into_iter().map(|class| self.is(class)).sum()
    }

    /// Classes that form an address.
    fn addresses(&self) -> AB::Expr {
        self.any([Class::Load, Class::Store, Class::Jump])
    }

    /// The address without its lowest two bits, if the class forms one.
    fn aligned(&self) -> AB::Expr {
        let [_, word, _, _, high, ..] = self.cells.aux;
        word * constant::<AB::F>(4) + high * constant::<AB::F>(1 << 16)
    }

    fn time(&self, slot: u32) -> AB::Expr {
        self.cells.cycle * constant::<AB::F>(SLOTS_PER_CYCLE) + constant::<AB::F>(slot)
    }

    /// `1 - 2 s1`.
    fn sign(&self) -> AB::Expr {
        AB::Expr::ONE - self.cells.s1 * AB::F::TWO
    }
}

/// Cycles count from 1; instructions come first, padding after them, and there is padding.
fn order<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>, next: &Row<AB>) {
    let [pc_before, pc_after] = array::from_fn(|i| builder.public_values()[i]);
    let mut first = builder.when_first_row();
    first.assert_one(row.cells.cycle);
    first.assert_eq(row.cells.pc, pc_before);
    let mut last = builder.when_last_row();
    last.assert_zero(row.real.clone());
    last.assert_eq(row.cells.pc, pc_after);
    let mut transition = builder.when_transition();
    transition.assert_eq(next.cells.cycle, row.cells.cycle + AB::F::ONE);
    transition.assert_zero(next.real.clone() * (AB::Expr::ONE - row.real.clone()));
}

/// Flags are boolean, at most one class is set, padding accesses and delegates nothing. This makes every count on the buses 0 or 1.
fn flags<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        class,
        s1,
        s2,
        use_b,
        use_c,
        delegated,
        cond,
        ..
    } = row.cells;
    for class in class {
        builder.assert_bool(class);
    }
    builder.assert_bool(row.real.clone());
    for flag in [s1, s2, use_b, use_c, delegated, cond] {
        builder.assert_bool(flag);
    }
    let padding = AB::Expr::ONE - row.real.clone();
    builder
        .when(padding)
        .assert_zero(use_b + use_c + delegated.into());
}

/// Where execution goes on. `imm` is a target fixed by the program, or, for `ECALL`, the pc after a halt.
fn flow<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>, next: &Row<AB>) {
    let Cpu { pc, imm, cond, .. } = row.cells;
    let jump = row.is(Class::Jump);
    let mut transition = builder.when_transition();
    let follow = pc + constant::<AB::F>(4);
    let taken = follow.clone() + (imm - follow) * cond;
    transition
        .when(row.real.clone() - jump.clone())
        .assert_eq(next.cells.pc, taken);
    transition
        .when(jump)
        .assert_eq(next.cells.pc, row.aligned());
    transition
        .when(AB::Expr::ONE - row.real.clone())
        .assert_eq(next.cells.pc, pc);

    builder.when(row.is(Class::Constant)).assert_one(cond);
    let fixed =
        row.real.clone() - row.any([Class::Constant, Class::Less, Class::Equal, Class::Extern]);
    builder.when(fixed).assert_zero(cond);
}

/// The four lookups: bytes of logic, otherwise ranges, whose third cell is 0.
fn lookups<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu { tag, aux, b_lo, .. } = row.cells;
    let shift = row.any([Class::ShiftLeft, Class::ShiftRight]);
    let sums = row.any([Class::Add, Class::Less]);
    let addresses = row.addresses();
    let both = row.is(Class::Logic) + shift.clone() + row.is(Class::Less);
    let count = both.clone() + row.is(Class::Add) + addresses.clone();

    let ranges = shift.clone() + sums.clone() + addresses.clone();
    let [k0, _, z0, k1, _, z1, k2, _, z2, k3, _, z3] = aux;
    builder.when(ranges.clone()).assert_zeros([z0, z1]);
    let sixteen = constant::<AB::F>(16);
    builder.assert_eq(
        ranges.clone() * k0,
        sums.clone() * sixteen + addresses.clone() * constant::<AB::F>(14) + shift.clone() * b_lo,
    );
    let rest: AB::Expr = AB::Expr::from(sixteen) - b_lo;
    builder.assert_eq(
        ranges * k1,
        sums * sixteen + addresses * constant::<AB::F>(12) + shift.clone() * rest.clone(),
    );
    let less = row.is(Class::Less);
    let ranges = shift.clone() + less.clone();
    let fifteen = constant::<AB::F>(15);
    builder.when(ranges.clone()).assert_zeros([z2, z3]);
    builder.assert_eq(
        ranges.clone() * k2,
        less.clone() * fifteen + shift.clone() * b_lo,
    );
    builder.assert_eq(ranges * k3, less * fifteen + shift * rest);

    for (at, xyz) in aux.as_chunks::<3>().0.iter().enumerate() {
        let count = if at < 2 { &count } else { &both };
        bus::lookup(builder, tag.into(), xyz.map(Into::into), count.clone());
    }
}

/// `c = a + b`, or `a - b` if `s1`; lookups 0 and 1 hold `c` in range.
fn add<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        a_lo,
        a_hi,
        b_lo,
        b_hi,
        c_lo,
        c_hi,
        carry: [low, high],
        aux: [_, y0, _, _, y1, ..],
        ..
    } = row.cells;
    let limb = constant::<AB::F>(1 << 16);
    let mut when = builder.when(row.is(Class::Add));
    when.assert_eq(c_lo - a_lo, row.sign() * (b_lo - low * limb));
    when.assert_eq(c_hi - a_hi, row.sign() * (b_hi + low - high * limb));
    when.assert_eq(y0, c_lo);
    when.assert_eq(y1, c_hi);
}

/// The lookups hold the bytes of `a`, `b` and `c`, lowest first.
fn logic<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        a_lo,
        a_hi,
        b_lo,
        b_hi,
        c_lo,
        c_hi,
        aux,
        ..
    } = row.cells;
    let mut when = builder.when(row.is(Class::Logic));
    for (at, [lo, hi]) in [[a_lo, a_hi], [b_lo, b_hi], [c_lo, c_hi]]
        .into_iter()
        .enumerate()
    {
        let byte = constant::<AB::F>(256);
        when.assert_eq(lo, aux[at] + aux[at + 3] * byte);
        when.assert_eq(hi, aux[at + 6] + aux[at + 9] * byte);
    }
}

/// Shifts `a` left by `b_lo` bits, below 16, and a limb if `s1`: `imm` is `2^b_lo`, `b_hi` is `2^(16 - b_lo)`. Each limb is
/// `high * 2^(16 - b_lo) + low`, with both parts held in range by the lookups.
fn shift<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        s1,
        imm,
        a_lo,
        a_hi,
        b_hi,
        c_lo,
        c_hi,
        carry: [product_lo, product_hi],
        aux: [_, high_lo, _, _, low_lo, _, _, high_hi, _, _, low_hi, _],
        ..
    } = row.cells;
    let mut when = builder.when(row.any([Class::ShiftLeft, Class::ShiftRight]));
    when.assert_eq(a_lo, high_lo * b_hi + low_lo);
    when.assert_eq(a_hi, high_hi * b_hi + low_hi);
    when.assert_eq(product_lo, low_lo * imm);
    when.assert_eq(product_hi, low_hi * imm);

    // The four limbs of the product, before the swap: product_lo, middle, high_hi, 0.
    let middle = product_hi + high_lo;
    let swap: AB::Expr = s1.into();
    let keep = AB::Expr::ONE - s1;
    let mut left = builder.when(row.is(Class::ShiftLeft));
    left.assert_eq(c_lo, keep.clone() * product_lo);
    left.assert_eq(
        c_hi,
        keep.clone() * middle.clone() + swap.clone() * product_lo,
    );
    let mut right = builder.when(row.is(Class::ShiftRight));
    right.assert_eq(c_lo, keep * high_hi + swap.clone() * middle);
    right.assert_eq(c_hi, swap * high_hi);
}

/// `cond = a < b`, negated if `s2`, signed if `s1`; `c` is `cond`. Lookups 0 and 1 hold the difference, 2 and 3 the upper limbs of `a` and `b`
/// without their signs.
fn less<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        s1,
        s2,
        a_lo,
        a_hi,
        b_lo,
        b_hi,
        c_lo,
        c_hi,
        carry: [low, borrow],
        aux:
            [
                _,
                difference_lo,
                _,
                _,
                difference_hi,
                _,
                _,
                rest_a,
                _,
                _,
                rest_b,
                _,
            ],
        cond,
        ..
    } = row.cells;
    let limb = constant::<AB::F>(1 << 16);
    let sign = constant::<AB::F>(1 << 15);
    let (sign_a, sign_b) = (a_hi - rest_a, b_hi - rest_b);
    let mut when = builder.when(row.is(Class::Less));
    // 2^15 times the signs.
    when.assert_zero(sign_a.clone() * (sign_a.clone() - sign));
    when.assert_zero(sign_b.clone() * (sign_b.clone() - sign));
    // A signed comparison is an unsigned one with both signs flipped.
    let flipped = (sign_a - sign_b) * s1 * AB::F::TWO;
    when.assert_eq(difference_lo, a_lo - b_lo + low * limb);
    when.assert_eq(difference_hi, a_hi - b_hi - low + borrow * limb - flipped);
    when.assert_eq(cond, borrow + s2 - borrow * s2 * AB::F::TWO);
    when.assert_eq(c_lo, cond);
    when.assert_zero(c_hi);

    // These classes' carries are bits; a shift's are products, an equality's are inverses.
    let bits = row.any([Class::Add, Class::Less]) + row.addresses();
    builder
        .when(bits)
        .assert_zeros([low, borrow].map(|carry| carry * (carry - AB::F::ONE)));
}

/// `cond = (a == b)`, negated if `s1`. The first cell of the lookups says whether they are equal; if not, the carries are the coefficients of a
/// combination of the limbs' differences that is 1.
fn equal<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        s1,
        a_lo,
        a_hi,
        b_lo,
        b_hi,
        carry: [of_lo, of_hi],
        aux: [equal, ..],
        cond,
        ..
    } = row.cells;
    let (lo, hi) = (a_lo - b_lo, a_hi - b_hi);
    let mut when = builder.when(row.is(Class::Equal));
    when.assert_zero(lo.clone() * equal);
    when.assert_zero(hi.clone() * equal);
    when.assert_one(lo * of_lo + hi * of_hi + equal);
    when.assert_eq(cond, equal + s1 - equal * s1 * AB::F::TWO);
}

/// `a` plus the offset is `4 word + 2^16 high + offset`, where the lookups hold `word < 2^14` and `high < 2^12`: an address below
/// 2^28, which so has one representation. A jump clears bit 0.
fn address<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        s1,
        s2,
        delegated,
        imm,
        a_lo,
        a_hi,
        b_key,
        c_key,
        carry: [low, high],
        aux,
        ..
    } = row.cells;
    let [_, word, _, _, top, ..] = aux;
    let offset = aux[11];
    let limb = constant::<AB::F>(1 << 16);
    let mut when = builder.when(row.addresses());
    when.assert_eq(
        a_lo + imm - low * limb,
        word * constant::<AB::F>(4) + offset,
    );
    when.assert_eq(
        a_hi + s1 * constant::<AB::F>(0xffff) + low - high * limb,
        top,
    );
    builder
        .when(row.is(Class::Jump))
        .assert_zero(offset * (offset - AB::F::ONE));
    // Whole words are aligned; for parts of words the table that is asked has rows only for offsets that fit.
    builder
        .when(row.any([Class::Load, Class::Store]))
        .when(AB::Expr::ONE - delegated)
        .assert_zero(offset);
    builder
        .when(row.is(Class::Load))
        .assert_eq(b_key, row.aligned() + s2 * constant::<AB::F>(key::TEXT));
    builder
        .when(row.is(Class::Store))
        .assert_eq(c_key, row.aligned());
}

/// Instructions whose `c` is `b`.
fn transfer<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        delegated,
        b_lo,
        b_hi,
        c_lo,
        c_hi,
        ..
    } = row.cells;
    let pairs = [(c_lo, b_lo), (c_hi, b_hi)];
    for (c, b) in pairs {
        builder
            .when(row.any([Class::Constant, Class::Jump]))
            .assert_eq(c, b);
        builder
            .when(row.any([Class::Load, Class::Store]))
            .when(AB::Expr::ONE - delegated)
            .assert_eq(c, b);
    }
}

/// The operands of a delegated operation, in the last two lookups' cells: `u`, `v`, the operation, the offset in the word.
fn delegate<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let Cpu {
        cycle,
        s1,
        delegated,
        a_lo,
        a_hi,
        b_lo,
        b_hi,
        c_old_lo,
        c_old_hi,
        c_lo,
        c_hi,
        aux: [.., u_lo, u_hi, v_lo, v_hi, op, offset],
        cond,
        ..
    } = row.cells;
    let mut load = builder.when(row.is(Class::Load));
    load.assert_eq(u_lo, b_lo);
    load.assert_eq(u_hi, b_hi);
    load.assert_eq(v_lo, offset);
    load.assert_zero(v_hi);
    let mut store = builder.when(row.is(Class::Store));
    store.assert_eq(u_lo, c_old_lo);
    store.assert_eq(u_hi, c_old_hi);
    store.assert_eq(v_lo, b_lo);
    store.assert_eq(v_hi, offset);

    // A function of `a` and `b`; or a call: of the cycle, the low limb of x17, whose high one is 0, and x10.
    let call = row.cells.s1;
    let function = AB::Expr::ONE - call;
    let mut external = builder.when(row.is(Class::Extern));
    external.assert_eq(u_lo, function.clone() * a_lo + call * cycle);
    external.assert_eq(u_hi, function.clone() * a_hi + call * a_lo);
    external.assert_zero(s1 * a_hi);
    external.assert_eq(v_lo, b_lo);
    external.assert_eq(v_hi, b_hi);
    // Only a call can halt.
    external.assert_zero(function * cond);

    bus::delegate(
        builder,
        Operation {
            op: op.into(),
            u: [u_lo, u_hi].map(Into::into),
            v: [v_lo, v_hi].map(Into::into),
            w: [c_lo, c_hi].map(Into::into),
        },
        delegated.into(),
    );
}

/// Three timed accesses. Each takes the word that the access before left, at most 2^16 slots earlier, and leaves it for the next.
fn accesses<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let cells = row.cells;
    let use_a = row.real.clone() - row.is(Class::Constant);
    let a = [cells.a_lo, cells.a_hi];
    let b = [cells.b_lo, cells.b_hi];
    let c_old = [cells.c_old_lo, cells.c_old_hi];
    let c = [cells.c_lo, cells.c_hi];
    for (slot, key, before, after, time, count) in [
        (SLOT_A, cells.a_key, a, a, cells.a_time, use_a),
        (SLOT_B, cells.b_key, b, b, cells.b_time, cells.use_b.into()),
        (
            SLOT_C,
            cells.c_key,
            c_old,
            c,
            cells.c_time,
            cells.use_c.into(),
        ),
    ] {
        let word = |[lo, hi]: [AB::Var; 2], time: AB::Expr| Word {
            key: key.into(),
            lo: lo.into(),
            hi: hi.into(),
            time,
        };
        let now = row.time(slot);
        bus::receive_word(builder, word(before, time.into()), count.clone());
        bus::send_word(builder, word(after, now.clone()), count.clone());
        bus::range16(builder, now - time - AB::Expr::ONE, count);
    }
}

/// The row says of itself what the program says of its pc. Keys and values that the row forms itself are left out.
fn fetch<AB: TableBuilder>(builder: &mut AB, row: &Row<AB>) {
    let cells = row.cells;
    let load = row.is(Class::Load);
    let [.., op, _] = cells.aux;
    let constant_b = AB::Expr::ONE - cells.use_b;
    let not_load = AB::Expr::ONE - load;
    program::look_up(
        builder,
        Entry {
            pc: cells.pc.into(),
            code: Entry::<AB::Expr>::code(
                cells.class.map(Into::into),
                [
                    cells.s1.into(),
                    not_load.clone() * cells.s2,
                    cells.use_b.into(),
                    cells.use_c.into(),
                    cells.delegated.into(),
                ],
            ),
            // A call that halts is another operation.
            op: cells.delegated * op - row.is(Class::Extern) * cells.cond,
            tag: cells.tag.into(),
            a_key: cells.a_key.into(),
            b_key: not_load * cells.b_key,
            c_key: (AB::Expr::ONE - row.is(Class::Store)) * cells.c_key,
            imm: cells.imm.into(),
            b_lo: constant_b.clone() * cells.b_lo,
            b_hi: constant_b * cells.b_hi,
        },
        row.real.clone(),
    );
}

// The code of a call that halts is the next one, as `fetch` has it.
const _: () = assert!(Op::Halt.code() == Op::Call.code() + 1);
const _: () = assert!(ECALL_REG_ARGUMENT < 32);
const _: () = assert!(Tag::Range as u32 == 2);
