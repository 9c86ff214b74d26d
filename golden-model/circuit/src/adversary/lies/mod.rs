//! Answers, instructions and calls that are wrong, each with the best other cells that a cheater can choose: one part alone rejects it.

mod align;
mod cpu;
mod div;
mod ends;
mod mul;
mod shift;

use alloc::{vec, vec::Vec};

use p3_air::BaseAir;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;

use super::{parts::Part, subject::Subject};
use crate::{
    Felt,
    align::AlignAir,
    bump::BumpAir,
    calls::Call,
    claim::ClaimAir,
    cpu::CpuAir,
    div::DivAir,
    mul::MulAir,
    op::Op,
    shift::ShiftAir,
    sys::SysAir,
    table::{SegmentAir, Table},
};

/// A wrong answer, or another row that is wrong.
#[derive(Clone, Debug)]
pub struct Lie {
    /// What it claims, and how.
    pub name: &'static str,
    /// The part that must reject it.
    pub part: Part,
    /// The row; of tables that do not answer, also those behind it.
    pub cells: Vec<Felt>,
    width: usize,
    public_values: Vec<Felt>,
    air: SegmentAir,
}

impl Lie {
    /// A table of these rows alone.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let main = RowMajorMatrix::new(self.cells.clone(), self.width);
        Subject::new(self.air.clone(), main, self.public_values.clone())
    }

    /// The parts that reject it; `None` if it is no lie.
    #[must_use]
    pub fn rejecting(&self) -> Option<Vec<Part>> {
        match self.air.table() {
            Table::Cpu | Table::Sys | Table::Claim | Table::Bump => {
                Some(self.subject().rejecting_rows())
            }
            _ => self.subject().rejecting_lie(&self.cells),
        }
    }
}

/// The rows of a table, and what the claim says to it.
struct Rows {
    cells: Vec<Felt>,
    public: Vec<Felt>,
}

impl Rows {
    fn new<R: Copy>(rows: &[R], public: Vec<Felt>, write: fn(R, &mut [Felt])) -> Self {
        let width = size_of::<R>() / size_of::<Felt>();
        let mut cells = vec![Felt::ZERO; rows.len() * width];
        for (cells, &row) in cells.chunks_mut(width).zip(rows) {
            write(row, cells);
        }
        Self { cells, public }
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
            width: cells.len(),
            public_values: vec![],
            cells,
        })
    };
    let tables = |air: SegmentAir, lies: Vec<(&'static str, Part, Rows)>| {
        lies.into_iter().map(move |(name, part, rows)| Lie {
            name,
            part,
            air: air.clone(),
            width: BaseAir::<Felt>::width(&air),
            public_values: rows.public,
            cells: rows.cells,
        })
    };
    of(SegmentAir::Mul(MulAir), mul::lies())
        .chain(of(SegmentAir::Div(DivAir), div::lies()))
        .chain(of(SegmentAir::Shift(ShiftAir), shift::lies()))
        .chain(of(SegmentAir::Align(AlignAir), align::lies()))
        .chain(tables(SegmentAir::Cpu(CpuAir), cpu::lies()))
        .chain(tables(SegmentAir::Sys(SysAir), ends::calls()))
        .chain(tables(SegmentAir::Claim(ClaimAir), ends::claims()))
        .chain(tables(SegmentAir::Bump(BumpAir), ends::carried()))
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
