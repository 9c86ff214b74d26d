//! No dead constraint: parts of a table, left out one at a time.

use alloc::vec::Vec;
use std::collections::{BTreeMap, BTreeSet};

use p3_field::PrimeCharacteristicRing;

use super::{
    random::Random,
    solver::{Attempt, attempt},
    subject::{End, Subject},
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

/// What is accepted if, and only if, a part is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kill {
    /// A changed row.
    Row(Changed),
    /// Nothing: the right witness does not balance without this message of a row.
    Unbalanced(usize),
    /// Another claim about the same rows: the public value that differs.
    Claim(usize),
    /// A row that is right where it is, behind a row that it does not follow, or at an end of the table.
    Successor {
        /// The row before.
        row: usize,
        /// The row that is put behind it.
        next: usize,
    },
}

/// A changed row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
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
    partners(subject, &rows, &mut found);
    single_changes(subject, &rows, &mut random, &mut found);
    other_claims(subject, &rows, &mut found);
    other_successors(subject, &rows, &mut found);
    let parts = subject.parts();
    let searched = match attempts {
        0 => BTreeMap::new(),
        _ => concerned(subject, &rows),
    };
    for &part in &parts {
        let concerned = searched.get(&part).map_or(&[][..], Vec::as_slice);
        for _ in 0..attempts {
            if found.contains_key(&part) || known.contains(&part) {
                break;
            }
            let among = match random.below(4) {
                1.. if !concerned.is_empty() => concerned,
                _ => &rows[..],
            };
            let Some(Attempt { row, cells, parts }) =
                attempt(subject, among, Some(part), &mut random)
            else {
                continue;
            };
            if let [only] = parts[..] {
                let kill = kill(subject, row, &cells);
                found.entry(only).or_insert(Kill::Row(kill));
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

/// Messages that another table, or another row, has to have the other end of.
fn partners(subject: &Subject, rows: &[usize], found: &mut BTreeMap<Part, Kill>) {
    for &row in rows {
        let outcome = subject.outcome(row, subject.row(row));
        let own = outcome.messages.len() - subject.own_messages(&outcome);
        for (index, message) in outcome.messages.iter().enumerate().skip(own) {
            let provided = subject.provides(&outcome, index) && message.count != Felt::ZERO;
            if provided || !subject.is_answered(message) {
                let part = subject.interaction(&outcome, index);
                found.entry(part).or_insert(Kill::Unbalanced(row));
            }
        }
    }
}

fn kill(subject: &Subject, row: usize, cells: &[Felt]) -> Changed {
    let changes = subject
        .row(row)
        .iter()
        .zip(cells)
        .enumerate()
        .filter(|(_, (was, now))| was != now)
        .map(|(column, (&was, &now))| (column, was, now))
        .collect();
    Changed { row, changes }
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
                        .or_insert_with(|| Kill::Row(kill(subject, row, &cells)));
                }
            }
        }
    }
}

/// For each part, the rows in which most cells concern it.
fn concerned(subject: &Subject, rows: &[usize]) -> BTreeMap<Part, Vec<usize>> {
    let mut cells: BTreeMap<Part, Vec<(usize, usize)>> = BTreeMap::new();
    for &row in rows {
        let mut of_row: BTreeMap<Part, usize> = BTreeMap::new();
        let honest = subject.outcome(row, subject.row(row));
        for column in 0..subject.width() {
            let mut cells = subject.row(row).to_vec();
            cells[column] += Felt::from_u32(3);
            let tried = subject.outcome(row, &cells);
            let values = tried.constraints.iter().zip(&honest.constraints);
            let constraints = values.enumerate().filter(|(_, (now, then))| now != then);
            let parts = constraints.map(|(index, _)| subject.constraint(&tried, index));
            let messages = tried.messages.iter().zip(&honest.messages).enumerate();
            let messages = messages.filter(|(_, (now, then))| {
                now != then && (now.count, then.count) != (Felt::ZERO, Felt::ZERO)
            });
            let interactions = messages.map(|(index, _)| subject.interaction(&tried, index));
            for part in parts.chain(interactions).collect::<BTreeSet<_>>() {
                *of_row.entry(part).or_default() += 1;
            }
        }
        for (part, count) in of_row {
            cells.entry(part).or_default().push((count, row));
        }
    }
    let best = |rows: Vec<(usize, usize)>| {
        let most = rows.iter().map(|&(count, _)| count).max().unwrap_or(0);
        let best = rows.into_iter().filter(|&(count, _)| 4 * count >= 3 * most);
        best.map(|(_, row)| row).collect()
    };
    cells
        .into_iter()
        .map(|(part, rows)| (part, best(rows)))
        .collect()
}

/// Other public values over the same rows.
fn other_claims(subject: &Subject, rows: &[usize], found: &mut BTreeMap<Part, Kill>) {
    let honest = subject.public_values();
    // Tables with fixed columns have none.
    for value in 0..honest.len() {
        let mut claim = honest.to_vec();
        claim[value] += Felt::ONE;
        let mut rejecting = BTreeSet::new();
        for &row in rows {
            let (tried, was) = (subject.under(row, &claim), subject.under(row, honest));
            let values = tried.constraints.iter().enumerate();
            let constraints = values.filter(|(_, value)| **value != Felt::ZERO);
            rejecting.extend(constraints.map(|(index, _)| subject.constraint(&tried, index)));
            let messages = tried.messages.iter().zip(&was.messages).enumerate();
            let messages = messages.filter(|(_, (now, then))| {
                now != then && (now.count, then.count) != (Felt::ZERO, Felt::ZERO)
            });
            rejecting.extend(messages.map(|(index, _)| subject.interaction(&tried, index)));
        }
        let mut rejecting = rejecting.into_iter();
        if let (Some(only), None) = (rejecting.next(), rejecting.next()) {
            found.entry(only).or_insert(Kill::Claim(value));
        }
    }
}

/// Rows behind others that they do not follow, and at the ends of the table: as they are, but for their cycle.
fn other_successors(subject: &Subject, rows: &[usize], found: &mut BTreeMap<Part, Kill>) {
    let honest = subject.public_values();
    let mut judge = |[row, next]: [usize; 2], pair: [&[Felt]; 2], claim: &[Felt], end| {
        let outcome = subject.of_pair(pair, claim, end);
        let mut violated = (0..outcome.constraints.len())
            .filter(|&index| outcome.constraints[index] != Felt::ZERO);
        if let (Some(only), None) = (violated.next(), violated.next()) {
            let kill = Kill::Successor { row, next };
            found.entry(Part::Constraint(only)).or_insert(kill);
        }
    };
    for &row in rows {
        let own = subject.row(row);
        let Some([pc, cycle]) = subject.place(own) else {
            return;
        };
        for &next in rows {
            for step in [Felt::ONE, Felt::TWO] {
                let moved = subject.at_cycle(next, cycle + step);
                judge([row, next], [own, &moved], honest, None);
            }
        }
        let next = (row + 1) % subject.height();
        // The claim that there is, and one that names this row's pc twice.
        for claim in [honest, &[pc, pc]] {
            let follows = subject.at_cycle(next, cycle + Felt::ONE);
            judge([row, next], [own, &follows], claim, Some(End::Last));
            for first in [Felt::ONE, Felt::TWO] {
                let begins = subject.at_cycle(row, first);
                let follows = subject.at_cycle(next, first + Felt::ONE);
                judge([row, next], [&begins, &follows], claim, Some(End::First));
            }
        }
    }
}
