//! Rows in another order, flags that are none, and what follows an instruction.

use alloc::vec;

use p3_field::PrimeCharacteristicRing;

use super::{Lies, Row, Table, int, lookups, padding, row, then, wrong};
use crate::{Felt, cpu::Class, op::Op};

/// The places of constraints in `eval`, function by function.
const ORDER: usize = 0;
const FLAGS: usize = 6;
const FLOW: usize = 25;

pub(super) fn order() -> Lies {
    let nothing = |_: &mut Row| {};
    let mut late = wrong(Class::Add, |row| row.cycle = int(5));
    late.rows[1].cycle = int(6);
    let mut elsewhere = wrong(Class::Add, nothing);
    elsewhere.public[0] = int(8);
    let mut unfinished = wrong(Class::Add, nothing);
    unfinished.rows[1] = Row {
        pc: int(4),
        cycle: Felt::TWO,
        ..row(Class::Constant)
    };
    let mut other_end = wrong(Class::Add, nothing);
    other_end.public[1] = int(8);
    let mut skipped = wrong(Class::Add, nothing);
    skipped.rows[1].cycle = int(3);
    let mut resumed = then(0, padding(), nothing);
    resumed.rows[0].cycle = Felt::ONE;
    resumed.rows.insert(
        1,
        Row {
            cycle: Felt::TWO,
            ..row(Class::Add)
        },
    );
    resumed.rows[2].cycle = int(3);
    resumed.rows[2].pc = int(4);
    resumed.public[1] = int(4);
    vec![
        ("cycles from 5 on", ORDER, late),
        ("another pc before", ORDER + 1, elsewhere),
        ("no end", ORDER + 2, unfinished),
        ("another pc after", ORDER + 3, other_end),
        ("a cycle left out", ORDER + 4, skipped),
        ("an instruction behind padding", ORDER + 5, resumed),
    ]
}

/// Two classes whose flags add up to 0, in padding, which so works without being fetched.
fn working(flag: Class, other: Class, change: impl FnOnce(&mut Row)) -> Table {
    let mut row = padding();
    lookups(&mut row, flag);
    row.class[flag as usize] = Felt::NEG_ONE;
    row.class[other as usize] = Felt::ONE;
    then(0, row, change)
}

pub(super) fn flags() -> Lies {
    use Class::{Add, Equal, Extern, Jump, Less, Load, Logic, ShiftLeft, ShiftRight, Store};
    let at = |class: Class| FLAGS + class as usize;
    let shift = |row: &mut Row| (row.b_hi, row.aux[9]) = (int(16), int(16));
    let call = |row: &mut Row| {
        (row.s1, row.cond) = (Felt::ONE, Felt::ZERO);
        (row.aux[0], row.aux[6]) = (Felt::ONE, row.cycle);
    };
    let ranges = |row: &mut Row| {
        // Operands of a function are where the ranges of the upper limbs are.
        (row.a_lo, row.a_hi, row.b_hi) = (int(15), int(15), int(15));
        (row.aux[1], row.aux[7], row.aux[10]) = (int(15), int(15), int(15));
    };
    let nothing = |_: &mut Row| {};
    let target = |row: &mut Row| (row.cond, row.imm) = (Felt::ONE, Felt::ZERO);
    let flag = |set: fn(&mut Row)| then(0, padding(), set);
    vec![
        ("padding that adds", at(Add), working(Add, Extern, nothing)),
        (
            "padding that combines",
            at(Logic),
            working(Logic, Extern, nothing),
        ),
        (
            "padding that shifts left",
            at(ShiftLeft),
            working(ShiftLeft, Extern, shift),
        ),
        (
            "padding that shifts right",
            at(ShiftRight),
            working(ShiftRight, Extern, shift),
        ),
        (
            "padding that compares",
            at(Less),
            working(Less, Extern, ranges),
        ),
        (
            "padding that equates",
            at(Equal),
            working(Equal, Extern, call),
        ),
        (
            "padding that loads",
            at(Load),
            working(Load, Extern, nothing),
        ),
        (
            "padding that stores",
            at(Store),
            working(Store, Extern, nothing),
        ),
        ("padding that jumps", at(Jump), working(Jump, Load, target)),
        (
            "padding that calls",
            at(Extern),
            working(Extern, Equal, call),
        ),
        ("s1 of 2", FLAGS + 12, flag(|row| row.s1 = Felt::TWO)),
        ("s2 of 2", FLAGS + 13, flag(|row| row.s2 = Felt::TWO)),
        (
            "half a branch",
            FLAGS + 17,
            flag(|row| row.cond = Felt::TWO),
        ),
        (
            "padding that asks for a product",
            FLAGS + 18,
            then(0, padding(), |row| {
                (row.delegated, row.aux[10]) = (Felt::ONE, Felt::from_u32(Op::Mul.code()));
            }),
        ),
    ]
}

pub(super) fn flow() -> Lies {
    let nothing = |_: &mut Row| {};
    let untaken = |row: &mut Row| (row.cond, row.imm) = (Felt::ZERO, int(16));
    let taken = |row: &mut Row| (row.cond, row.imm) = (Felt::ONE, int(16));
    vec![
        (
            "an addition and 8 behind it",
            FLOW,
            then(8, row(Class::Add), nothing),
        ),
        (
            "a jump to 0 that goes to 8",
            FLOW + 1,
            then(8, row(Class::Jump), nothing),
        ),
        (
            "padding that goes on",
            FLOW + 2,
            then(8, padding(), nothing),
        ),
        (
            "a jump that is not taken",
            FLOW + 3,
            then(4, row(Class::Constant), untaken),
        ),
        (
            "an addition that jumps",
            FLOW + 4,
            then(16, row(Class::Add), taken),
        ),
    ]
}
