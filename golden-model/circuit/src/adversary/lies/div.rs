use alloc::{vec, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{call, int, ratio};
use crate::{
    Felt,
    adversary::parts::Part::{self, Constraint, Interaction},
    answers::felts,
    calls::Calls,
    div::{Div, generation},
    lut::Counts,
    op::Op,
};

fn honest(op: Op, u: u32, v: u32) -> Div<Felt> {
    let (counts, products) = (&mut Counts::default(), &mut Calls::default());
    generation::row(call(op, u, v), 1, counts, products)
}

fn cells(row: Div<Felt>) -> Vec<Felt> {
    let mut cells = vec![Felt::ZERO; Div::<Felt>::WIDTH];
    row.write(&mut cells);
    cells
}

/// The row with this quotient and remainder.
fn claim(op: Op, u: u32, v: u32, q: i64, r: i64) -> Div<Felt> {
    let mut row = honest(op, u, v);
    row.q = felts(q as u32);
    row.r = felts(r as u32);
    let (a, r) = (u, r as u32);
    row.borrow = [a & 0xffff < r & 0xffff, a < r].map(Felt::from_bool);
    row
}

/// The margin and its carry that go with the other cells.
fn with_margin(mut row: Div<Felt>, carry: i64) -> Div<Felt> {
    row.margin_carry = [0, 1].map(|bit| int((carry + 2) >> bit & 1));
    margin(row, int(carry))
}

fn margin(mut row: Div<Felt>, carry: Felt) -> Div<Felt> {
    let [b_sign, r_sign] = [row.b_negative, row.a_negative].map(|sign| Felt::ONE - sign.double());
    let limb = int(1 << 16);
    let low = b_sign * row.b[0] - r_sign * row.r[0] - Felt::ONE;
    let high =
        b_sign * (row.b[1] - row.b_negative * limb) - r_sign * (row.r[1] - row.r_negative * limb);
    row.margin = [low - carry * limb, high + carry];
    row
}

pub(super) fn lies() -> Vec<(&'static str, Part, Vec<Felt>)> {
    // r = 5 for 5 / 2: the margin is negative, so the cells before are right and the last one is not in range.
    let excess = claim(Op::Remu, 5, 2, 0, 5);
    // With a carry of 32512 more, 2^16 times which is −1, it is in range.
    let mut low_bit = margin(excess, int(32511));
    low_bit.margin_carry = [int(32513), int(0)];
    let mut high_bit = margin(excess, int(32511));
    high_bit.margin_carry = [int(1), int(16256)];

    let mut unsigned_overflow = claim(Op::Divu, 0x8000_0000, 0xffff_ffff, 1, 0x8000_0001);
    unsigned_overflow.overflow = Felt::ONE;
    let mut overflow_low = claim(Op::Div, 0x8000_0000, 0xffff_fffe, -(1 << 30), 0);
    overflow_low.overflow = Felt::ONE;
    let mut overflow_high = claim(Op::Div, 0x8000_0000, 0xffff, 32769, -32767);
    overflow_high.overflow = Felt::ONE;
    overflow_high.r_negative = Felt::ONE;

    let by_zero = |op, b: u32| {
        let mut row = claim(op, 5, b, -1, 5 + i64::from(b));
        row.by_zero = Felt::ONE;
        row
    };
    let by_zero_quotient = |q: u32| {
        let mut row = honest(Op::Divu, 5, 0);
        row.q = felts(q);
        row
    };

    let mut first_borrow = claim(Op::Divu, 5, 1, 0x7f00_0006, 0);
    first_borrow.borrow[0] = int(-32512);
    let mut second_borrow = claim(Op::Divu, 0x7fff_0000, 0x8000_0000, 0xfe02_fe03, 0);
    second_borrow.borrow[1] = int(-32512);

    let mut unsigned_negative = claim(Op::Remu, 5, 2, 0, 5);
    unsigned_negative.b_negative = Felt::ONE;
    let mut taken_for_negative = claim(Op::Rem, 5, 2, 0, 5);
    taken_for_negative.b_negative = Felt::ONE;
    let mut half_negative = claim(Op::Rem, 10 << 16, 1 << 16, 0, 10 << 16);
    half_negative.b_negative = ratio(-1, 2);
    // 5 = 3 * 2^16 + r, where r has a negative limb.
    let mut negative_limb = claim(Op::Divu, 5, 3 << 16, 1, 5);
    negative_limb.r = [int(5), int(-3)];
    negative_limb.borrow = [Felt::ZERO; 2];
    // A limb of 65536 + 5 beside one of −1.
    let mut high_limb = claim(Op::Remu, 0x1_0005, 0x10_0000, 0, 0x1_0005);
    high_limb.r = [int(0x1_0005), int(0)];
    high_limb.borrow = [Felt::ONE, Felt::ZERO];

    let mut sign_low = claim(Op::Rem, -7_i32 as u32, 2, -4, 1);
    sign_low.borrow = [Felt::ZERO; 2];
    let mut sign_high = claim(Op::Rem, (-7_i32 << 16) as u32, 2 << 16, -4, 1 << 16);
    sign_high.borrow = [Felt::ZERO; 2];
    for row in [&mut sign_low, &mut sign_high] {
        row.r_negative = Felt::ZERO;
    }
    let unsigned_dividend = {
        // −1 mod 2 = −1, if 2^32 − 1 is taken for it.
        let mut row = claim(Op::Remu, u32::MAX, 2, 0, -1);
        row.a_negative = Felt::ONE;
        row.r_negative = Felt::ONE;
        row
    };
    let mut taken_for_positive = claim(Op::Div, 0x8000_0004, 2, 0x4000_0002, 0);
    taken_for_positive.a_negative = Felt::ZERO;
    taken_for_positive.r_negative = Felt::ZERO;

    // Divisor times quotient is 509 * (2^48 + 2^32) plus the dividend, of both.
    let mut no_bit = claim(Op::Divu, 4261544955, 0xffff_0001, 33358843, 0);
    no_bit.r_negative = -int(65_025);
    let mut no_sign = claim(Op::Div, 0xb5be_300e, 1_688_294_057, 84_862_558, 0);
    (no_sign.a_negative, no_sign.r_negative) = (int(65_025), Felt::ZERO);
    vec![
        (
            "remu: 5 mod 2 = 5",
            Interaction(5),
            cells(with_margin(excess, -1)),
        ),
        (
            "remu: 5 mod 2 = 5, lower carry bit 32513",
            Constraint(7),
            cells(low_bit),
        ),
        (
            "remu: 5 mod 2 = 5, upper carry bit 16256",
            Constraint(8),
            cells(high_bit),
        ),
        (
            "divu: 2^31 / (2^32 − 1) = 1 as an overflow",
            Constraint(19),
            cells(with_margin(unsigned_overflow, 0)),
        ),
        (
            "div: −2^31 / −2 as an overflow",
            Constraint(20),
            cells(with_margin(overflow_low, -1)),
        ),
        (
            "div: −2^31 / 65535 as an overflow",
            Constraint(21),
            cells(with_margin(overflow_high, 1)),
        ),
        (
            "div: 5 / 2 = −1 as by zero",
            Constraint(15),
            cells(by_zero(Op::Div, 2)),
        ),
        (
            "div: 5 / 65536 = −1 as by zero",
            Constraint(17),
            cells(by_zero(Op::Div, 1 << 16)),
        ),
        (
            "divu: by zero, lower limb of the quotient 0",
            Constraint(16),
            cells(by_zero_quotient(0xffff_0000)),
        ),
        (
            "divu: by zero, upper limb of the quotient 0",
            Constraint(18),
            cells(by_zero_quotient(0xffff)),
        ),
        (
            "divu: a first borrow of −32512",
            Constraint(5),
            cells(with_margin(first_borrow, 0)),
        ),
        (
            "divu: a second borrow of −32512",
            Constraint(6),
            cells(with_margin(second_borrow, -1)),
        ),
        (
            "remu: a negative divisor",
            Constraint(10),
            cells(with_margin(unsigned_negative, -1)),
        ),
        (
            "rem: 2 taken for negative",
            Interaction(1),
            cells(with_margin(taken_for_negative, -1)),
        ),
        (
            "rem: a divisor's sign bit of −1/2",
            Constraint(3),
            cells(with_margin(half_negative, -1)),
        ),
        (
            "divu: 5 = 3 * 2^16 + r",
            Interaction(3),
            cells(with_margin(negative_limb, -1)),
        ),
        (
            "remu: a limb of the remainder above 2^16",
            Interaction(2),
            cells(with_margin(high_limb, -2)),
        ),
        (
            "rem: −7 = −4 * 2 + 1",
            Constraint(11),
            cells(with_margin(sign_low, 0)),
        ),
        (
            "rem: the same in upper limbs",
            Constraint(12),
            cells(with_margin(sign_high, -1)),
        ),
        (
            "remu: 2^32 − 1 taken for negative",
            Constraint(9),
            cells(with_margin(unsigned_dividend, 1)),
        ),
        (
            "div: a sign of 65 025, of which 2^15 times is 32 767 and 2^16 − 1 times is 509",
            Constraint(2),
            cells(with_margin(no_sign, 0)),
        ),
        (
            "divu: a remainder of 0, with a sign of -65 025",
            Constraint(4),
            cells(with_margin(no_bit, 0)),
        ),
        (
            "div: −2^31 + 4 taken for positive",
            Interaction(0),
            cells(with_margin(taken_for_positive, 0)),
        ),
    ]
}
