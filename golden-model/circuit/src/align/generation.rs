use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::Align;
use crate::{
    Felt,
    answers::{self, limbs},
    bus::Tag,
    calls::{Call, Calls},
    lut::Counts,
    op::Op,
};

const OPS: [Op; 6] = [Op::Lb, Op::Lh, Op::Lbu, Op::Lhu, Op::Sb, Op::Sh];
const PADDING: Call = Call {
    op: Op::Sh,
    u: 0,
    v: 0,
};

/// One row for each distinct load or store in `calls`.
///
/// # Panics
/// If an offset is one that the operation has no row for: such an instruction faults, and does not retire.
pub fn generate(calls: &Calls, counts: &mut Counts, min_log_height: usize) -> RowMajorMatrix<Felt> {
    let width = Align::<Felt>::WIDTH;
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

/// The row for a load or store, and its lookups.
pub(crate) fn row(call: Call, count: u32, counts: &mut Counts) -> Align<Felt> {
    let Call { op, u, v } = call;
    let result = op
        .apply(u, v)
        .unwrap_or_else(|| panic!("{op:?} has no row for offset and value {v:#x}"));
    let store = matches!(op, Op::Sb | Op::Sh);
    let offset = if store { v >> 16 } else { v };
    let (upper, odd) = ((offset >> 1) as usize, (offset & 1) as usize);
    let selected = limbs(u)[upper].to_le_bytes();
    // The byte with the sign, doubled without its top bit, where there is a sign.
    let top = match op {
        Op::Lb => Some(selected[odd]),
        Op::Lh => Some(selected[1]),
        _ => None,
    };
    let value = match top {
        Some(top) => [top, top << 1],
        None if store => (v as u16).to_le_bytes(),
        None => [0, 0],
    };
    let outcome = limbs(result)[if store { upper } else { 0 }];
    for pair in [selected, value] {
        counts.bytewise(Tag::Bytes, pair[0], pair[1]);
    }
    let flag = |of: Op| Felt::from_bool(op == of);
    Align {
        lb: flag(Op::Lb),
        lh: flag(Op::Lh),
        lbu: flag(Op::Lbu),
        lhu: flag(Op::Lhu),
        sb: flag(Op::Sb),
        upper: Felt::from_usize(upper),
        odd: Felt::from_usize(odd),
        puts_upper: Felt::from_bool(store && upper == 1),
        selected: selected.map(Felt::from_u8),
        other: Felt::from_u16(limbs(u)[1 - upper]),
        value: value.map(Felt::from_u8),
        sign: Felt::from_bool(top.is_some_and(|top| top >> 7 == 1)),
        outcome: Felt::from_u16(outcome),
        count: Felt::from_u32(count),
    }
}
