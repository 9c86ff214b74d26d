use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::Ends;
use crate::Felt;

/// The table's columns.
#[must_use]
pub fn generate(input_time: u32, journal_time: u32, min_log_height: usize) -> RowMajorMatrix<Felt> {
    let width = Ends::<Felt>::WIDTH;
    let mut matrix = RowMajorMatrix::new(Felt::zero_vec(width << min_log_height), width);
    let ends = Ends {
        first: Felt::ONE,
        input_time: Felt::from_u32(input_time),
        journal_time: Felt::from_u32(journal_time),
    };
    ends.write(&mut matrix.values[..width]);
    matrix
}
