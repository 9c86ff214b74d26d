//! Fills the tables that answer delegated operations.

#[cfg(test)]
pub(crate) mod oracle;
#[cfg(test)]
pub(crate) mod tests;

use alloc::vec;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use crate::{
    Felt,
    calls::{Call, Calls},
    op::Op,
};

/// A row for each distinct operation in `ops`, with its count; then rows for `padding`, which nobody asked for, up to a power of two that is
/// at least `2^min_log_height`.
pub(crate) fn table(
    calls: &Calls,
    ops: &[Op],
    padding: Call,
    min_log_height: usize,
    width: usize,
    mut write: impl FnMut(Call, u32, &mut [Felt]),
) -> RowMajorMatrix<Felt> {
    let asked = calls.of(ops).count();
    let height = asked.next_power_of_two().max(1 << min_log_height);
    let mut values = vec![Felt::ZERO; height * width];
    let rows = calls
        .of(ops)
        .chain(core::iter::repeat((padding, 0)))
        .zip(values.chunks_exact_mut(width));
    for ((call, count), cells) in rows {
        write(call, count, cells);
    }
    RowMajorMatrix::new(values, width)
}

/// The limbs of a word, low first.
pub(crate) const fn limbs(word: u32) -> [u16; 2] {
    [word as u16, (word >> 16) as u16]
}

/// The same as field elements.
pub(crate) fn felts(word: u32) -> [Felt; 2] {
    limbs(word).map(Felt::from_u16)
}
