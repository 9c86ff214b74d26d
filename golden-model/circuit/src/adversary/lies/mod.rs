//! Answers that are wrong, each a row with the best other cells that a cheater can choose: one part alone rejects it.

mod align;
mod div;
mod mul;
mod shift;

use alloc::{vec, vec::Vec};

use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;

use super::{parts::Part, subject::Subject};
use crate::{
    Felt, align::AlignAir, calls::Call, div::DivAir, mul::MulAir, op::Op, shift::ShiftAir,
    table::SegmentAir,
};

/// A wrong answer.
#[derive(Clone, Debug)]
pub struct Lie {
    /// What it claims, and how.
    pub name: &'static str,
    /// The part that must reject it.
    pub part: Part,
    /// The row.
    pub cells: Vec<Felt>,
    air: SegmentAir,
}

impl Lie {
    /// A table of this row alone.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let main = RowMajorMatrix::new(self.cells.clone(), self.cells.len());
        Subject::new(self.air.clone(), main, vec![])
    }

    /// The parts that reject it; `None` if it is no lie.
    #[must_use]
    pub fn rejecting(&self) -> Option<Vec<Part>> {
        self.subject().rejecting_lie(&self.cells)
    }
}

/// All of them.
#[must_use]
pub fn lies() -> Vec<Lie> {
    let of = |air: SegmentAir, rows: Vec<(&'static str, Part, Vec<Felt>)>| {
        rows.into_iter().map(move |(name, part, cells)| Lie {
            name,
            part,
            air: air.clone(),
            cells,
        })
    };
    of(SegmentAir::Mul(MulAir), mul::lies())
        .chain(of(SegmentAir::Div(DivAir), div::lies()))
        .chain(of(SegmentAir::Shift(ShiftAir), shift::lies()))
        .chain(of(SegmentAir::Align(AlignAir), align::lies()))
        .collect()
}

/// An integer.
fn int(value: i64) -> Felt {
    Felt::from_i64(value)
}

/// A fraction.
fn ratio(numerator: i64, denominator: i64) -> Felt {
    int(numerator) * int(denominator).inverse()
}

const fn call(op: Op, u: u32, v: u32) -> Call {
    Call { op, u, v }
}
