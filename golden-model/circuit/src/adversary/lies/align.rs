use alloc::{vec, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{call, int};
use crate::{
    Felt,
    adversary::parts::Part::{self, Constraint, Interaction},
    align::{Align, generation},
    lut::Counts,
    op::Op,
};

fn honest(op: Op, u: u32, v: u32) -> Align<Felt> {
    generation::row(call(op, u, v), 1, &mut Counts::default())
}

fn cells(row: Align<Felt>) -> Vec<Felt> {
    let mut cells = vec![Felt::ZERO; Align::<Felt>::WIDTH];
    row.write(&mut cells);
    cells
}

pub(super) fn lies() -> Vec<(&'static str, Part, Vec<Felt>)> {
    const U: u32 = 0x8182_8384;
    // LH, LHU and minus one LB have the code of SB, with a load's operands.
    let mut minus_one = honest(Op::Lhu, 0x0101, 0);
    (minus_one.lb, minus_one.lh) = (Felt::NEG_ONE, Felt::ONE);
    minus_one.outcome = int(2 * 0x0101 - 1);

    let unsigned = |op, v| {
        let mut row = honest(op, U, v);
        row.value = [Felt::ZERO; 2];
        row.sign = Felt::ZERO;
        row.outcome = match op {
            Op::Lb => row.selected[(v & 1) as usize],
            _ => row.selected[0] + row.selected[1] * int(256),
        };
        row
    };
    let mut no_sign = unsigned(Op::Lb, 1);
    no_sign.value = [int(0x83), int(0x106)];
    let mut no_sign_half = unsigned(Op::Lh, 2);
    no_sign_half.value = [int(0x81), int(0x02)];

    let mut signed_lbu = honest(Op::Lbu, U, 0);
    signed_lbu.sign = Felt::ONE;

    let mut misaligned = honest(Op::Lhu, U, 2);
    misaligned.odd = Felt::ONE;
    let mut misaligned_store = honest(Op::Sh, U, 0x0000_1234);
    misaligned_store.odd = Felt::ONE;

    let mut other_half = honest(Op::Sb, U, 0x0002_00ff);
    other_half.puts_upper = Felt::ZERO;
    let mut neighbour = honest(Op::Sb, U, 0x0001_00ff);
    neighbour.outcome += Felt::ONE;
    let mut wrong_byte = honest(Op::Lbu, U, 1);
    wrong_byte.outcome = wrong_byte.selected[0];

    // 0x8384 with the bytes −124 and 0x84: taken for a half it is the same, taken for bytes it is not.
    let mut bytes = honest(Op::Lbu, U, 0);
    bytes.selected = [int(0x84 - 256), int(0x84)];
    bytes.outcome = bytes.selected[0];
    let mut value = honest(Op::Sb, U, 0x12ff);
    value.value = [int(0xff - 256), int(0x13)];
    value.outcome = value.value[0] + value.selected[1] * int(256);

    // LB, and minus one LH, leave SH with the code of SB, at an odd offset.
    let mut half = honest(Op::Sb, 0, 0x0001_3412);
    (half.lb, half.lh, half.sb) = (Felt::ONE, Felt::NEG_ONE, Felt::ZERO);
    half.outcome = int(0x3412);
    vec![
        (
            "lhu as sb, with −1 of a lb",
            Constraint(0),
            cells(minus_one),
        ),
        (
            "lb: another byte's sign",
            Constraint(11),
            cells(unsigned(Op::Lb, 0)),
        ),
        (
            "lb: what is left of the byte is above 255",
            Interaction(1),
            cells(no_sign),
        ),
        (
            "lh: what is left of the byte is not twice it",
            Constraint(12),
            cells(no_sign_half),
        ),
        ("lbu that spreads a sign", Constraint(13), cells(signed_lbu)),
        ("lhu at an odd offset", Constraint(9), cells(misaligned)),
        (
            "sh at an odd offset",
            Constraint(9),
            cells(misaligned_store),
        ),
        ("sb into the other half", Constraint(10), cells(other_half)),
        (
            "sb that changes its neighbour",
            Constraint(14),
            cells(neighbour),
        ),
        ("lbu of the wrong byte", Constraint(14), cells(wrong_byte)),
        ("lbu of a byte below 0", Interaction(0), cells(bytes)),
        ("sb of a byte below 0", Interaction(1), cells(value)),
        ("sb that stores a half", Constraint(1), cells(half)),
    ]
}
