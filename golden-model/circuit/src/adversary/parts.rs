//! No dead constraint: parts of a table, left out one at a time.

use alloc::vec::Vec;
use std::collections::{BTreeMap, BTreeSet};

use p3_field::PrimeCharacteristicRing;

use super::{
    random::Random,
    solver::{Attempt, attempt},
    subject::Subject,
};
use crate::{Felt, table::Table};

/// A constraint or an interaction of a table, by its place in `eval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A constraint.
    Constraint(usize),
    /// An interaction.
    Interaction(usize),
}

/// A changed row that is accepted if, and only if, a part is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The row.
    pub row: usize,
    /// Column, value before, value now.
    pub changes: Vec<(usize, Felt, Felt)>,
}

/// What became of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The table.
    pub table: Table,
    /// The part.
    pub part: Part,
    /// `None` if no such row was found.
    pub kill: Option<Kill>,
}

/// Looks, for each part of a table that is not `known` to be needed, for a row that only this part rejects, with so many attempts for each.
#[must_use]
pub fn dead_parts(
    subject: &Subject,
    rows: usize,
    attempts: usize,
    seed: u64,
    known: &BTreeSet<Part>,
) -> Vec<Verdict> {
    let mut random = Random(seed);
    let rows = subject.sample(rows, &mut random);
    let mut found = BTreeMap::new();
    single_changes(subject, &rows, &mut random, &mut found);
    let parts = subject.parts();
    for &part in &parts {
        for _ in 0..attempts {
            if found.contains_key(&part) || known.contains(&part) {
                break;
            }
            let Some(Attempt { row, cells, parts }) =
                attempt(subject, &rows, Some(part), &mut random)
            else {
                continue;
            };
            if let [only] = parts[..] {
                let kill = kill(subject, row, &cells);
                found.entry(only).or_insert(kill);
            }
        }
    }
    parts
        .into_iter()
        .map(|part| Verdict {
            table: subject.table(),
            part,
            kill: found.remove(&part),
        })
        .collect()
}

fn kill(subject: &Subject, row: usize, cells: &[Felt]) -> Kill {
    let changes = subject
        .row(row)
        .iter()
        .zip(cells)
        .enumerate()
        .filter(|(_, (was, now))| was != now)
        .map(|(column, (&was, &now))| (column, was, now))
        .collect();
    Kill { row, changes }
}

/// One cell at a time: what exactly one part rejects.
fn single_changes(
    subject: &Subject,
    rows: &[usize],
    random: &mut Random,
    found: &mut BTreeMap<Part, Kill>,
) {
    for &row in rows {
        let honest = subject.outcome(row, subject.row(row));
        for column in 0..subject.width() {
            let was = subject.row(row)[column];
            let other = subject.row(random.pick(rows))[column];
            for now in [
                was + Felt::ONE,
                was - Felt::ONE,
                Felt::ONE - was,
                other,
                random.felt(),
            ] {
                let mut cells = subject.row(row).to_vec();
                cells[column] = now;
                let tried = subject.outcome(row, &cells);
                let rejecting = subject.rejecting(&honest, &tried, false);
                if let Some([only]) = rejecting.as_deref() {
                    found
                        .entry(*only)
                        .or_insert_with(|| kill(subject, row, &cells));
                }
            }
        }
    }
}
