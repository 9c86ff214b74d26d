use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::{
    Mul,
    air::{CARRY_BITS, LOWEST_CARRY},
};
use crate::{
    Felt,
    answers::{self, felts, limbs},
    bus::Tag,
    calls::{Call, Calls},
    lut::Counts,
    op::Op,
};

const OPS: [Op; 4] = [Op::Mul, Op::Mulh, Op::Mulhsu, Op::Mulhu];
const PADDING: Call = Call {
    op: Op::Mulhu,
    u: 0,
    v: 0,
};

/// One row for each distinct product in `calls`. Division and shifts ask for some: they come first.
pub fn generate(calls: &Calls, counts: &mut Counts, min_log_height: usize) -> RowMajorMatrix<Felt> {
    let width = Mul::<Felt>::WIDTH;
    answers::table(
        calls,
        &OPS,
        PADDING,
        min_log_height,
        width,
        |call, count, cells| {
            row(call, count, counts).write(cells);
        },
    )
}

/// The row for a product, and its lookups.
pub(crate) fn row(call: Call, count: u32, counts: &mut Counts) -> Mul<Felt> {
    let Call { op, u, v } = call;
    let (a, b) = (u.to_le_bytes(), v.to_le_bytes());
    let signs = [u >> 31, v >> 31];
    let a_negative = matches!(op, Op::Mulh | Op::Mulhsu) && signs[0] == 1;
    let b_negative = op == Op::Mulh && signs[1] == 1;
    let taken = (u64::from(v) * u64::from(a_negative) + u64::from(u) * u64::from(b_negative)) << 32;
    let product = (u64::from(u) * u64::from(v)).wrapping_sub(taken);
    let (low, high) = (product as u32, (product >> 32) as u32);

    let result = [low, high].map(limbs).concat();
    let mut carries = [0_i64; 4];
    let mut carry = 0;
    for (limb, next) in carries.iter_mut().enumerate() {
        let at = |position: usize| -> i64 {
            (0..4)
                .filter(|i| (0..4).contains(&position.wrapping_sub(*i)))
                .map(|i| i64::from(a[i]) * i64::from(b[position - i]))
                .sum()
        };
        let taken = |i: usize| {
            i64::from(limbs(v)[i]) * i64::from(a_negative)
                + i64::from(limbs(u)[i]) * i64::from(b_negative)
        };
        let sum = at(2 * limb) + 256 * at(2 * limb + 1) + carry;
        let sum = if limb < 2 { sum } else { sum - taken(limb - 2) };
        // Exact: what is left of the sum is the limb.
        carry = (sum - i64::from(result[limb])) >> 16;
        *next = carry;
    }
    let [c0, c1, c2, wrap] = carries;

    for pair in [[a[0], a[1]], [a[2], a[3]], [b[0], b[1]], [b[2], b[3]]] {
        counts.bytewise(Tag::Bytes, pair[0], pair[1]);
    }
    counts.bytewise(Tag::Bytes, a[3] << 1, b[3] << 1);
    result.iter().for_each(|&limb| counts.range16(limb));
    for carry in [c0, c1, c2 + i64::from(LOWEST_CARRY)] {
        counts.range(CARRY_BITS, carry as u32);
    }
    let flag = |of: Op| Felt::from_bool(op == of);
    Mul {
        mul: flag(Op::Mul),
        mulh: flag(Op::Mulh),
        mulhsu: flag(Op::Mulhsu),
        a: a.map(Felt::from_u8),
        b: b.map(Felt::from_u8),
        signs: signs.map(Felt::from_u32),
        low: felts(low),
        high: felts(high),
        carry: [c0, c1, c2].map(Felt::from_i64),
        wrap: Felt::from_i64(wrap),
        count: Felt::from_u32(count),
    }
}
