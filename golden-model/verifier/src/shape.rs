use core::{
    fmt,
    ops::{Range, RangeInclusive},
};

use assay_abi::machine::{PAGE_WORDS, PO2_MAX};
use assay_circuit::table::{MIN_LOG_HEIGHT, Table};

/// No table is higher: binary logarithm. With the blow-up this is below the field's two-adicity, 24.
pub const MAX_LOG_HEIGHT: usize = PO2_MAX as usize;

/// Binary logarithm of the lookup table's height.
const LUT_LOG_HEIGHT: usize = 16;

/// A proof with a table of a height that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeightError {
    /// Which table.
    pub table: Table,
    /// Binary logarithms of the heights that are allowed.
    pub expected: RangeInclusive<usize>,
    /// The proof's.
    pub found: usize,
}

impl fmt::Display for HeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "table {} has 2^{} rows, expected 2^{} to 2^{}",
            self.table.name(),
            self.found,
            self.expected.start(),
            self.expected.end()
        )
    }
}

/// Binary logarithm of the program table's height: a row for each word of the text.
pub(crate) fn program_log_height(text: &Range<u32>) -> usize {
    let words = u64::from(text.end.saturating_sub(text.start)) * u64::from(PAGE_WORDS);
    let log = words.max(1).next_power_of_two().ilog2() as usize;
    log.max(MIN_LOG_HEIGHT)
}

/// Binary logarithms of the heights that a table may have, for a program with this text. The tables that the key fixes have one.
#[must_use]
pub fn log_heights(table: Table, text: &Range<u32>) -> RangeInclusive<usize> {
    let exactly = |log| log..=log;
    match table {
        Table::Program => exactly(program_log_height(text)),
        Table::Lut => exactly(LUT_LOG_HEIGHT),
        Table::Claim => exactly(MIN_LOG_HEIGHT),
        _ => MIN_LOG_HEIGHT..=MAX_LOG_HEIGHT,
    }
}

/// Checks the heights that a proof claims, in the order of [`Table::ALL`].
pub(crate) fn check(degree_bits: &[usize], text: &Range<u32>) -> Result<(), HeightError> {
    for (&table, &found) in Table::ALL.iter().zip(degree_bits) {
        let expected = log_heights(table, text);
        if !expected.contains(&found) {
            return Err(HeightError {
                table,
                expected,
                found,
            });
        }
    }
    Ok(())
}
