use alloc::vec::Vec;

use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::{Asked, Fixed, LOG_HEIGHT};
use crate::{
    Felt,
    bus::{self, TableBuilder, Tag},
};

/// Provides the lookups.
#[derive(Clone, Copy, Debug, Default)]
pub struct LutAir {
    /// Whether what the key fixes is wanted, or its width alone.
    pub filled: bool,
}

impl BaseAir<Felt> for LutAir {
    fn width(&self) -> usize {
        Asked::<Felt>::WIDTH
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Felt>> {
        self.filled.then(fixed)
    }

    fn preprocessed_width(&self) -> usize {
        Fixed::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        alloc::vec![]
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

fn fixed() -> RowMajorMatrix<Felt> {
    let width = Fixed::<Felt>::WIDTH;
    let mut matrix = RowMajorMatrix::new(Felt::zero_vec(width << LOG_HEIGHT), width);
    for (index, row) in (0_u32..).zip(matrix.values.chunks_exact_mut(width)) {
        let k = index.checked_ilog2().unwrap_or(0);
        let (x, y) = (index & 0xff, index >> 8);
        let fixed = Fixed {
            index,
            k,
            v: index.saturating_sub(1 << k),
            x,
            y,
            and: x & y,
            or: x | y,
            xor: x ^ y,
        };
        let mut cells = [0; Fixed::<Felt>::WIDTH];
        fixed.write(&mut cells);
        row.copy_from_slice(&cells.map(Felt::from_u32));
    }
    matrix
}

impl<AB: TableBuilder> Air<AB> for LutAir {
    fn eval(&self, builder: &mut AB) {
        let row = Fixed::read(builder.preprocessed().current_slice());
        let asked = Asked::read(builder.main().current_slice());
        let zero = || AB::Expr::ZERO;
        let sixteen = AB::Expr::from_u32(16);
        let (x, y) = (row.x, row.y);
        for (tag, xyz, count) in [
            (
                Tag::Range,
                [sixteen, row.index.into(), zero()],
                asked.range16,
            ),
            (
                Tag::Range,
                [row.k.into(), row.v.into(), zero()],
                asked.range,
            ),
            (Tag::And, [x, y, row.and].map(Into::into), asked.and),
            (Tag::Or, [x, y, row.or].map(Into::into), asked.or),
            (Tag::Xor, [x, y, row.xor].map(Into::into), asked.xor),
            (Tag::Bytes, [x.into(), y.into(), zero()], asked.bytes),
        ] {
            bus::provide_lookup(builder, tag, xyz, count);
        }
    }
}
