use std::println;

use p3_field::{Field, PrimeCharacteristicRing, PrimeField32};

use super::{Mul, MulAir, generation::row};
use crate::{
    Felt,
    answers::{
        felts,
        oracle::{Faults, judge},
        tests::CORNERS,
    },
    bus::Tag,
    calls::Call,
    lut::Counts,
    op::Op,
};

const OPS: [Op; 4] = [Op::Mul, Op::Mulh, Op::Mulhsu, Op::Mulhu];

fn honest(op: Op, u: u32, v: u32) -> Mul<Felt> {
    row(Call { op, u, v }, 1, &mut Counts::default())
}

fn judged(row: &Mul<Felt>) -> Faults {
    let mut cells = alloc::vec![Felt::ZERO; Mul::<Felt>::WIDTH];
    row.write(&mut cells);
    judge(&MulAir, cells)
}

/// Makes the four sums true with whatever carries that takes, fractions too.
fn carry_through(row: &mut Mul<Felt>) {
    let word = |x: [Felt; 4]| [0, 2].map(|i| x[i] + x[i + 1] * Felt::from_u32(256));
    let (u, v) = (word(row.a), word(row.b));
    let (a_negative, b_negative) = (
        (row.mulh + row.mulhsu) * row.signs[0],
        row.mulh * row.signs[1],
    );
    let limb = Felt::from_u32(1 << 16).inverse();
    let mut carry = Felt::ZERO;
    for k in 0..4 {
        let mut sum = carry;
        for (i, a) in row.a.into_iter().enumerate() {
            for (j, b) in row.b.into_iter().enumerate() {
                let weight = [1, 256][(i + j) % 2];
                if (i + j) / 2 == k {
                    sum += a * b * Felt::from_u32(weight);
                }
            }
        }
        let kept = if k < 2 {
            row.low[k]
        } else {
            row.high[k - 2] + a_negative * v[k - 2] + b_negative * u[k - 2]
        };
        carry = (sum - kept) * limb;
        match k {
            3 => row.wrap = carry,
            _ => row.carry[k] = carry,
        }
    }
}

fn pairs() -> impl Iterator<Item = (Op, u32, u32)> {
    OPS.into_iter().flat_map(|op| {
        CORNERS
            .into_iter()
            .flat_map(move |u| CORNERS.map(move |v| (op, u, v)))
    })
}

#[test]
fn rejects_every_wrong_product() {
    let mut cheats = 0;
    for (op, u, v) in pairs() {
        let honest = honest(op, u, v);
        assert!(judged(&honest).none(), "{op:?} {u:#x} {v:#x}");
        for lie in [1, u32::MAX, 1 << 16, (1_u32 << 16).wrapping_neg(), 1 << 31] {
            // The other word as it is, or off by one too.
            for other in [0, 1, u32::MAX] {
                let mut cheat = honest;
                let word = |limbs: [Felt; 2]| {
                    limbs[0].as_canonical_u32() | limbs[1].as_canonical_u32() << 16
                };
                let (low, high) = (word(cheat.low), word(cheat.high));
                let (low_lie, high_lie) = if op == Op::Mul {
                    (lie, other)
                } else {
                    (other, lie)
                };
                cheat.low = felts(low.wrapping_add(low_lie));
                cheat.high = felts(high.wrapping_add(high_lie));
                carry_through(&mut cheat);
                let faults = judged(&cheat);
                let (call, w) = faults.provided.expect("an operation");
                assert_ne!(op.apply(call.u, call.v), Some(w));
                assert!(!faults.none(), "{op:?} {u:#x} {v:#x}: {faults:?}");
                // The sums are true: it is the carries that are not.
                assert!(faults.constraints.iter().all(|&k| k == WRAP), "{faults:?}");
                cheats += 1;
            }
        }
    }
    println!("rejected {cheats} wrong products");
}

/// The constraint that bounds the last carry.
const WRAP: usize = 10;

#[test]
fn rejects_other_signs_and_bytes() {
    let mut cheats = 0;
    for (op, u, v) in pairs() {
        let honest = honest(op, u, v);
        for side in 0..2 {
            let mut cheat = honest;
            cheat.signs[side] = Felt::ONE - cheat.signs[side];
            // The high word that goes with these signs.
            let takes = [matches!(op, Op::Mulh | Op::Mulhsu), op == Op::Mulh];
            let value = |at: usize, word: u32| {
                let negative = takes[at] && (word >> 31 == 1) != (at == side);
                i128::from(word) - (i128::from(negative) << 32)
            };
            cheat.high = felts(((value(0, u) * value(1, v)) >> 32) as u32);
            carry_through(&mut cheat);
            assert_eq!(
                judged(&cheat).unanswered,
                [Tag::Bytes as u32],
                "{op:?} {u:#x} {v:#x}"
            );
            cheats += 1;
        }
        // 256 and 0 for 0 and 1: the same word.
        let mut cheat = honest;
        cheat.a[0] += Felt::from_u32(256);
        cheat.a[1] -= Felt::ONE;
        carry_through(&mut cheat);
        assert!(!judged(&cheat).none());
        cheats += 1;
    }
    println!("rejected {cheats} signs and bytes");
}

#[test]
fn rejects_two_operations_at_once() {
    // MULH and MULHSU together have the code of MUL, and a high word for it.
    let mut cheat = honest(Op::Mulh, 0x4000_0001, 0x8000_0003);
    cheat.mulhsu = Felt::ONE;
    let faults = judged(&cheat);
    assert_eq!(faults.provided.map(|(call, _)| call.op), Some(Op::Mul));
    assert_eq!(faults.constraints, [5]);
    let mut half = honest(Op::Mulhu, 5, 1 << 31);
    half.mulh = Felt::TWO.inverse();
    assert!(!judged(&half).none());
}
