use alloc::{vec, vec::Vec};

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::{call, int, ratio};
use crate::{
    Felt,
    adversary::parts::Part::{self, Constraint, Interaction},
    lut::Counts,
    mul::{Mul, generation},
    op::Op,
};

fn honest(op: Op, u: u32, v: u32) -> Mul<Felt> {
    generation::row(call(op, u, v), 1, &mut Counts::default())
}

fn cells(row: Mul<Felt>) -> Vec<Felt> {
    let mut cells = vec![Felt::ZERO; Mul::<Felt>::WIDTH];
    row.write(&mut cells);
    cells
}

/// Sum `k` of the byte products, and what is taken off it.
fn sums(row: &Mul<Felt>, k: usize) -> Felt {
    let mut sum = Felt::ZERO;
    for i in 0..4 {
        for j in 0..4 {
            if (i + j) / 2 == k {
                sum += row.a[i] * row.b[j] * int([1, 256][(i + j) % 2]);
            }
        }
    }
    if k >= 2 {
        let at = 2 * (k - 2);
        let limb = |x: [Felt; 4]| x[at] + x[at + 1] * int(256);
        sum -= (row.mulh + row.mulhsu) * row.signs[0] * limb(row.b);
        sum -= row.mulh * row.signs[1] * limb(row.a);
    }
    sum
}

/// Sets limbs and carries from `from` on: whole where that is possible.
fn follow(row: &mut Mul<Felt>, from: usize) {
    for k in from..4 {
        let carried = if k == 0 { Felt::ZERO } else { row.carry[k - 1] };
        let sum = sums(row, k) + carried;
        // Sums may be a little below 0.
        let shifted = (sum + int(4 << 16)).as_canonical_u32();
        let (limb, carry) = (shifted & 0xffff, i64::from(shifted >> 16) - 4);
        match k {
            0 | 1 => row.low[k] = Felt::from_u32(limb),
            _ => row.high[k - 2] = Felt::from_u32(limb),
        }
        match k {
            3 => row.wrap = int(carry),
            _ => row.carry[k] = int(carry),
        }
    }
}

/// `u = 5` times `v = 256`, or the other way round, with bytes 1281/256 and −2^-16: the lowest sum is 1281, the next one
/// −2^-16, which is 32512 modulo p.
fn fractional_bytes(swapped: bool) -> Mul<Felt> {
    let mut row = if swapped {
        honest(Op::Mul, 256, 5)
    } else {
        honest(Op::Mul, 5, 256)
    };
    let bytes = if swapped { &mut row.b } else { &mut row.a };
    let low = ratio(1281, 256);
    *bytes = [low, (int(5) - low) * ratio(1, 256), int(0), int(0)];
    follow(&mut row, 0);
    row
}

/// 0 times 0xfe00: bytes −32768 and 128 are 0, and 256 * 254 * −32768 is 1 modulo p.
fn bytes_that_wrap(swapped: bool) -> Mul<Felt> {
    let mut row = if swapped {
        honest(Op::Mulhu, 0xfe00, 0)
    } else {
        honest(Op::Mulhu, 0, 0xfe00)
    };
    let (bytes, sign) = if swapped {
        (&mut row.b, 1)
    } else {
        (&mut row.a, 0)
    };
    *bytes = [int(0), int(0), int(-32768), int(128)];
    row.signs[sign] = Felt::ONE;
    follow(&mut row, 0);
    row
}

pub(super) fn lies() -> Vec<(&'static str, Part, Vec<Felt>)> {
    let mut half_sign = honest(Op::Mulh, 0x0100_0000, 0x0300_0000);
    half_sign.signs[1] = ratio(-1, 256);
    follow(&mut half_sign, 2);

    let mut other_half_sign = honest(Op::Mulh, 0x0300_0000, 0x0100_0000);
    other_half_sign.signs[0] = ratio(-1, 256);
    follow(&mut other_half_sign, 2);

    let mut sign = honest(Op::Mulh, 0x8000_0001, 3);
    sign.signs[0] = Felt::ZERO;
    follow(&mut sign, 2);

    let mut exchanged = honest(Op::Mulhsu, 5, 0x8000_0001);
    exchanged.mulhsu = Felt::ZERO;
    exchanged.mulh = Felt::ONE;
    follow(&mut exchanged, 2);
    // The operands of MULHSU under the code of MUL: MULH and MULHSU at once.
    exchanged.mulhsu = Felt::ONE;

    // 2^16 * 32512 is −1 modulo p: a limb one too high, with a carry that much higher, which the next limb takes.
    let mut first = honest(Op::Mul, 7, 9);
    first.low[0] += Felt::ONE;
    first.carry[0] += int(32512);
    follow(&mut first, 1);
    let mut second = honest(Op::Mulhu, 7, 9 << 16);
    second.low[1] += Felt::ONE;
    second.carry[1] += int(32512);
    follow(&mut second, 2);
    let mut third = honest(Op::Mulhu, 7 << 16, 9 << 16);
    third.high[0] += Felt::ONE;
    third.carry[2] += int(32512);
    follow(&mut third, 3);
    let mut last = honest(Op::Mulhu, 0x8000_0000, 0x8000_0000);
    last.high[1] += Felt::ONE;
    last.wrap = ratio(-1, 1 << 16);
    let mut limb = honest(Op::Mulhu, 0xffff_ffff, 0xffff_ffff);
    limb.high[1] += int(1 << 16);
    limb.wrap -= Felt::ONE;

    let mut low = honest(Op::Mul, 0x1234, 0x5678);
    low.low[0] += int(1 << 16);
    low.carry[0] -= Felt::ONE;
    follow(&mut low, 1);

    vec![
        (
            "mulh: a sign bit of −1/256 for v",
            Constraint(4),
            cells(half_sign),
        ),
        (
            "mulh: a sign bit of −1/256 for u",
            Constraint(3),
            cells(other_half_sign),
        ),
        (
            "mulh: −2^31 + 1 taken for positive",
            Interaction(4),
            cells(sign),
        ),
        (
            "mulh and mulhsu at once, as mul",
            Constraint(5),
            cells(exchanged),
        ),
        (
            "mul: bytes of u that are fractions",
            Interaction(0),
            cells(fractional_bytes(false)),
        ),
        (
            "mul: bytes of v that are fractions",
            Interaction(2),
            cells(fractional_bytes(true)),
        ),
        (
            "mulhu: upper bytes of u −32768 and 128",
            Interaction(1),
            cells(bytes_that_wrap(false)),
        ),
        (
            "mulhu: upper bytes of v −32768 and 128",
            Interaction(3),
            cells(bytes_that_wrap(true)),
        ),
        (
            "mul: + 1 with a first carry of 32512",
            Interaction(9),
            cells(first),
        ),
        (
            "mulhu: a second carry of 32512",
            Interaction(10),
            cells(second),
        ),
        (
            "mulhu: + 1 with a third carry of 32512",
            Interaction(11),
            cells(third),
        ),
        (
            "mulhu: + 2^16 with a last carry of −1/2^16",
            Constraint(10),
            cells(last),
        ),
        (
            "mulhu: an upper limb of 2^16 more",
            Interaction(8),
            cells(limb),
        ),
        ("mul: a lower limb of 2^16 more", Interaction(5), cells(low)),
    ]
}
