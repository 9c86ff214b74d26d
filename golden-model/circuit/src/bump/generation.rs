use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::Bump;
use crate::{Felt, lut::Counts};

/// A word that is carried from one time to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// See [`crate::bus::key`].
    pub key: u32,
    /// Its value.
    pub value: u32,
    /// The time at which it was left.
    pub from: u32,
    /// The time at which it is left again, below `2^24`.
    pub to: u32,
}

/// The table's columns, one row for each word.
#[must_use]
pub fn generate(
    carried: &[Carried],
    counts: &mut Counts,
    min_log_height: usize,
) -> RowMajorMatrix<Felt> {
    let width = Bump::<Felt>::WIDTH;
    let height = carried.len().next_power_of_two().max(1 << min_log_height);
    let mut matrix = RowMajorMatrix::new(Felt::zero_vec(width * height), width);
    for (word, row) in carried.iter().zip(matrix.values.chunks_exact_mut(width)) {
        let Carried {
            key,
            value,
            from,
            to,
        } = *word;
        let [time, gap] = [to, to - from - 1].map(|time| [time & 0xffff, time >> 16]);
        for [low, high] in [time, gap] {
            counts.range(16, low);
            counts.range(8, high);
        }
        let bump = Bump {
            real: 1,
            key,
            lo: value & 0xffff,
            hi: value >> 16,
            time,
            gap,
        };
        let mut cells = [0; Bump::<Felt>::WIDTH];
        bump.write(&mut cells);
        row.copy_from_slice(&cells.map(Felt::from_u32));
    }
    matrix
}
