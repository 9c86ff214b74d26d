use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::Entry;
use crate::{Felt, table::MIN_LOG_HEIGHT};

/// The decoded text. Row `i` is the word at `base + 4 i`.
#[derive(Clone, PartialEq, Eq)]
pub struct ProgramTable {
    base: u32,
    entries: Vec<Entry<u32>>,
}

impl ProgramTable {
    /// A table of these entries; one that is all 0 is no instruction.
    #[must_use]
    pub const fn new(base: u32, entries: Vec<Entry<u32>>) -> Self {
        Self { base, entries }
    }

    /// Binary logarithm of the table's height.
    #[must_use]
    pub fn log_height(&self) -> usize {
        let rows = self.entries.len().next_power_of_two();
        (rows.ilog2() as usize).max(MIN_LOG_HEIGHT)
    }

    /// The row of an address, if the program has an instruction there.
    #[must_use]
    pub fn row_of(&self, pc: u32) -> Option<usize> {
        let row = pc.checked_sub(self.base)? / 4;
        let entry = self.entries.get(row as usize)?;
        (entry.pc == pc && entry.code != 0).then_some(row as usize)
    }

    /// The entries, lowest address first.
    #[must_use]
    pub fn entries(&self) -> &[Entry<u32>] {
        &self.entries
    }

    /// The columns that the verifying key fixes.
    #[must_use]
    pub fn matrix(&self) -> RowMajorMatrix<Felt> {
        let width = Entry::<Felt>::WIDTH;
        let mut values = alloc::vec![Felt::ZERO; width << self.log_height()];
        for (entry, row) in self.entries.iter().zip(values.chunks_exact_mut(width)) {
            let mut cells = [0; Entry::<Felt>::WIDTH];
            entry.write(&mut cells);
            row.copy_from_slice(&cells.map(Felt::from_u32));
        }
        RowMajorMatrix::new(values, width)
    }
}

impl core::fmt::Debug for ProgramTable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let words = self.entries.len();
        write!(f, "ProgramTable({words} words from {:#x})", self.base)
    }
}
