//! No free column: single cells of valid witnesses, changed.

use alloc::{string::String, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{random::Random, subject::Subject};
use crate::{Felt, table::Table};

/// What became of a column's cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: Table,
    /// Its number.
    pub column: usize,
    /// Its name.
    pub name: String,
    /// Changes that were tried.
    pub tried: usize,
    /// Changes that were accepted.
    pub accepted: usize,
    /// The rows on which one was.
    pub examples: Vec<usize>,
}

/// Changes each column of a table on up to `rows` rows: by 1, by −1, and to something else.
#[must_use]
pub fn free_cells(subject: &Subject, rows: usize, seed: u64) -> Vec<Column> {
    let mut random = Random(seed);
    let rows = subject.sample(rows, &mut random);
    let mut columns: Vec<_> = (0..subject.width())
        .map(|column| Column {
            table: subject.table(),
            column,
            name: subject.column_name(column),
            tried: 0,
            accepted: 0,
            examples: Vec::new(),
        })
        .collect();
    for at in rows {
        let honest = subject.outcome(at, subject.row(at));
        for report in &mut columns {
            let was = subject.row(at)[report.column];
            for now in [was + Felt::ONE, was - Felt::ONE, random.felt()] {
                let mut cells = subject.row(at).to_vec();
                cells[report.column] = now;
                let tried = subject.outcome(at, &cells);
                let rejecting = subject.rejecting(&honest, &tried, true);
                report.tried += 1;
                if now != was && rejecting.is_some_and(|parts| parts.is_empty()) {
                    report.accepted += 1;
                    report.examples.push(at);
                }
            }
        }
    }
    columns
}
