use alloc::{vec, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{call, int, ratio};
use crate::{
    Felt,
    adversary::parts::Part::{self, Constraint, Interaction},
    answers::felts,
    calls::Calls,
    lut::Counts,
    op::Op,
    shift::{Shift, generation},
};

fn honest(op: Op, u: u32, v: u32) -> Shift<Felt> {
    let (counts, products) = (&mut Counts::default(), &mut Calls::default());
    generation::row(call(op, u, v), 1, counts, products)
}

fn cells(row: Shift<Felt>) -> Vec<Felt> {
    let mut cells = vec![Felt::ZERO; Shift::<Felt>::WIDTH];
    row.write(&mut cells);
    cells
}

/// The product with another power, as the low word.
fn times(mut row: Shift<Felt>, u: u32, power: u32) -> Shift<Felt> {
    row.power = felts(power);
    row.w = felts(u.wrapping_mul(power));
    row
}

pub(super) fn lies() -> Vec<(&'static str, Part, Vec<Felt>)> {
    const U: u32 = 0x8123_4567;
    // An exponent bit of 2 counts for the next one, and makes another factor.
    let bit = |at: usize, power: u32| {
        let mut row = honest(Op::Sll, U, 2 << at);
        row.exponent = [Felt::ZERO; 5];
        row.exponent[at] = Felt::TWO;
        row.small = if at < 3 {
            Felt::from_u32(power)
        } else {
            Felt::ONE
        };
        times(row, U, power)
    };
    let mut half = honest(Op::Sll, U, 9);
    half.exponent = [0, 0, 0, 0, 0].map(int);
    half.exponent[0] = Felt::ONE;
    half.exponent[4] = ratio(1, 2);
    half.small = Felt::TWO;
    let half = times(half, U, 0x1_0001);

    let mut by_0 = honest(Op::Srl, U, 0);
    (by_0.srl, by_0.srl_by_0) = (Felt::ONE, Felt::ZERO);
    by_0.w = felts(0);
    let mut left = honest(Op::Srl, U, 28);
    (left.srl, left.srl_by_0) = (Felt::ZERO, Felt::ONE);
    let left = times(left, U, 16);
    // Their codes add up to that of LB.
    let mut both = honest(Op::Srl, U, 0);
    both.sra_by_0 = Felt::ONE;

    let mut turns = honest(Op::Sll, U, 1);
    turns.turns = ratio(1 - 4, 32);
    turns.exponent = [0, 0, 1, 0, 0].map(int);
    turns.small = int(16);
    let turns = times(turns, U, 16);

    let mut small = honest(Op::Sll, U, 1);
    small.small = int(32);
    let small = times(small, U, 32);
    let low = times(honest(Op::Sll, U, 1), U, 8);
    let high = times(honest(Op::Sll, U, 17), U, 8 << 16);
    let mut result = honest(Op::Sll, U, 15);
    result.w[0] += Felt::ONE;
    // Twice the exponent bit 0 of 2, without a factor of its own: 2^1 becomes 1 + 2.
    let first = bit(0, 3);

    vec![
        ("sll by 2 as a product with 3", Constraint(5), cells(first)),
        (
            "sll by 4 as a product with 7",
            Constraint(6),
            cells(bit(1, 7)),
        ),
        (
            "sll by 8 as a product with 31",
            Constraint(7),
            cells(bit(2, 31)),
        ),
        (
            "sll by 16 as a product with 511",
            Constraint(8),
            cells(bit(3, 511)),
        ),
        (
            "sll by 9 as a product with 2^16 + 1",
            Constraint(9),
            cells(half),
        ),
        ("srl by 0 as by 32", Constraint(11), cells(by_0)),
        ("srl by 28 as sll by 4", Constraint(10), cells(left)),
        (
            "srl and sra by 0 at once, as lb",
            Constraint(4),
            cells(both),
        ),
        (
            "sll by 1 as by 4, turns a fraction",
            Interaction(0),
            cells(turns),
        ),
        (
            "sll by 1 as by 5, small power",
            Constraint(12),
            cells(small),
        ),
        (
            "sll by 1 as by 3, lower limb of the power",
            Constraint(13),
            cells(low),
        ),
        (
            "sll by 17 as by 19, upper limb of the power",
            Constraint(14),
            cells(high),
        ),
        (
            "sll by 15 with another result",
            Interaction(1),
            cells(result),
        ),
    ]
}
