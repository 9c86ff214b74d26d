//! Checks a whole witness without proving it: every constraint on every row, every bus tuple by tuple. Says all that is wrong, and where.
//!
//! The same evaluation, row by row, is what harnesses use that change cells: [`row`] gives one row's failures and messages.

mod balance;
mod row;

use alloc::{string::String, vec::Vec};
use core::fmt;

use p3_air::Air;
use p3_matrix::{Matrix, dense::RowMajorMatrix};
use rayon::prelude::*;

use crate::Felt;
pub use balance::{Balance, Unbalanced};
pub use row::{Message, RowBuilder, RowOutcome, row};

/// One table with its witness.
pub struct Instance<'a, A> {
    /// For messages.
    pub name: &'a str,
    /// The constraints.
    pub air: &'a A,
    /// The columns.
    pub main: &'a RowMajorMatrix<Felt>,
    /// The columns that the verifying key fixes; as high as `main`.
    pub preprocessed: Option<&'a RowMajorMatrix<Felt>>,
    /// What the claim says to this table.
    pub public_values: &'a [Felt],
}

/// A constraint that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The table.
    pub table: String,
    /// The row.
    pub row: usize,
    /// Which constraint, in the order in which `eval` asserts them.
    pub constraint: usize,
}

/// What is wrong with a witness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that were checked.
    pub rows: usize,
    /// Messages that travelled.
    pub messages: usize,
    /// Constraints that do not hold.
    pub failures: Vec<Failure>,
    /// Tuples that do not cancel.
    pub unbalanced: Vec<Unbalanced>,
}

impl Report {
    /// Whether the witness satisfies everything.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.unbalanced.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        writeln!(f, "{} rows, {} messages", self.rows, self.messages)?;
        for failure in self.failures.iter().take(SHOWN) {
            let Failure {
                table,
                row,
                constraint,
            } = failure;
            writeln!(
                f,
                "{table} row {row}: constraint {constraint} does not hold"
            )?;
        }
        for unbalanced in self.unbalanced.iter().take(SHOWN) {
            writeln!(f, "{unbalanced}")?;
        }
        let hidden =
            self.failures.len().saturating_sub(SHOWN) + self.unbalanced.len().saturating_sub(SHOWN);
        if hidden > 0 {
            writeln!(f, "and {hidden} more")?;
        }
        Ok(())
    }
}

/// Checks tables together: constraints of each, and the buses between them.
///
/// A subset of the tables can be checked if `outside` sends and receives what the others would.
///
/// # Panics
/// If a preprocessed matrix is not as high as its table.
pub fn check<A>(instances: &[Instance<'_, A>], outside: Vec<Message>) -> Report
where
    A: for<'r> Air<RowBuilder<'r>>,
{
    let mut report = Report::default();
    let mut balance = Balance::default();
    for message in outside {
        balance.add(&message, "outside", 0);
    }
    for instance in instances {
        let height = instance.main.height();
        if let Some(preprocessed) = instance.preprocessed {
            assert_eq!(
                preprocessed.height(),
                height,
                "{}: preprocessed height",
                instance.name
            );
        }
        report.rows += height;
        let outcomes: Vec<RowOutcome> = (0..height)
            .into_par_iter()
            .map(|at| row(instance, at))
            .collect();
        for (at, outcome) in outcomes.into_iter().enumerate() {
            report.messages += outcome.messages.len();
            report
                .failures
                .extend(outcome.failures.into_iter().map(|constraint| Failure {
                    table: instance.name.into(),
                    row: at,
                    constraint,
                }));
            for message in &outcome.messages {
                balance.add(message, instance.name, at);
            }
        }
    }
    report.unbalanced = balance.unbalanced();
    report
}
