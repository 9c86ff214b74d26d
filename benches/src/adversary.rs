//! What the circuit's adversaries find.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use anyhow::{Context, ensure};
use assay_abi::Po2;
use assay_circuit::adversary::{
    Changed, Column, Kill, Part, Subject, dead_parts, free_cells, lies,
};
use assay_circuit::{Table, program, witness};
use assay_executor::{Image, Input, Segment, Session, SessionConfig, preflight};
use assay_progen::{Config, generate};

/// What was found in one table.
#[derive(Clone, Debug)]
pub struct Found {
    /// The table.
    pub table: Table,
    /// Constraints and interactions, each with what is accepted without it and rejected with it.
    pub parts: BTreeMap<Part, Option<String>>,
    /// Every column, with the changes to single cells that were judged.
    pub columns: Vec<Column>,
}

impl Found {
    /// Columns of which no change at all was rejected.
    pub fn free_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns
            .iter()
            .filter(|column| column.tried > 0 && column.accepted == column.tried)
    }

    /// Parts that nothing was found for.
    pub fn unkilled(&self) -> impl Iterator<Item = Part> {
        let open = self.parts.iter().filter(|(_, kill)| kill.is_none());
        open.map(|(&part, _)| part)
    }

    fn kill(&mut self, part: Part, by: impl FnOnce() -> String) {
        self.parts.entry(part).or_default().get_or_insert_with(by);
    }

    /// What of the part's kill a reader can follow.
    fn describe(&self, kill: &Kill) -> String {
        match kill {
            Kill::Row(Changed { row, changes }) => {
                let name = |column: usize| match self.columns.get(column) {
                    Some(column) => column.name.clone(),
                    None => format!("column {column}"),
                };
                let shown = changes.iter().take(4);
                let shown =
                    shown.map(|&(column, was, now)| format!("{} {was} → {now}", name(column)));
                let shown: Vec<String> = shown.collect();
                let rest = match changes.len() - shown.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("row {row}: {}{rest}", shown.join(", "))
            }
            Kill::Unbalanced(row) => {
                format!("nothing: row {row} of a right witness does not balance without it")
            }
            Kill::Claim(value) => format!("another public value {value}"),
            Kill::Successor { row, next } => format!("row {next} behind row {row}, or at an end"),
        }
    }
}

/// Wrong answers, and how many of them exactly the part rejects that must.
#[must_use]
pub fn cheats() -> (usize, usize) {
    let lies = lies();
    let rejected = lies
        .iter()
        .filter(|lie| lie.rejecting().as_deref() == Some(&[lie.part]))
        .count();
    (lies.len(), rejected)
}

/// Every part of every table, and what kills it.
#[must_use]
pub fn table(found: &[Found]) -> String {
    let mut text = String::new();
    for of in found {
        let open = of.unkilled().count();
        let _ = writeln!(
            text,
            "\n## {}\n{} columns, {} parts, {open} not killed.\n\n| part | accepted without it, rejected with it |\n|---|---|",
            of.table.name(),
            of.columns.len(),
            of.parts.len(),
        );
        for (part, kill) in &of.parts {
            let name = match part {
                Part::Constraint(index) => format!("constraint {index}"),
                Part::Interaction(index) => format!("interaction {index}"),
            };
            let kill = kill
                .as_deref()
                .unwrap_or("**nothing found**")
                .replace('|', "or");
            let _ = writeln!(text, "| {name} | {kill} |");
        }
    }
    text
}

/// Plays the adversaries against all tables: segments of random programs, and operands at the borders of what is delegated. `told` is what
/// other suites say that parts stand against: table, part, cheat.
///
/// # Errors
/// If a program has no witness.
pub fn play(
    rows: usize,
    attempts: usize,
    told: &[(String, Part, String)],
) -> anyhow::Result<Vec<Found>> {
    const OPERANDS: [u32; 12] = [
        0,
        1,
        2,
        3,
        31,
        256,
        0x8000,
        0x1_0000,
        0x1234_89ab,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
    ];
    let mut subjects = Subject::of_operands(&OPERANDS);
    subjects.push(Subject::of_a_carried_word());
    for seed in 0..2 {
        subjects.extend(segment(seed, seed == 1)?);
    }
    let mut found: Vec<Found> = Table::ALL
        .iter()
        .map(|&table| Found {
            table,
            parts: BTreeMap::new(),
            columns: Vec::new(),
        })
        .collect();
    for subject in &subjects {
        let of = &mut found[subject.table() as usize];
        of.parts
            .extend(subject.parts().into_iter().map(|part| (part, None)));
    }
    for lie in lies() {
        if lie.rejecting().as_deref() == Some(&[lie.part]) {
            found[lie.subject().table() as usize].kill(lie.part, || lie.name.to_owned());
        }
    }
    for (table, part, cheat) in told {
        let of = found.iter_mut().find(|of| of.table.name() == table);
        let of = of.with_context(|| format!("there is no table {table}"))?;
        ensure!(of.parts.contains_key(part), "{table} has no {part:?}");
        of.kill(*part, || cheat.clone());
    }
    for (seed, subject) in (0..).zip(&subjects) {
        let of = &mut found[subject.table() as usize];
        let columns = free_cells(subject, rows, seed);
        if of.columns.is_empty() {
            of.columns = columns;
        } else {
            for (sum, column) in of.columns.iter_mut().zip(columns) {
                sum.tried += column.tried;
                sum.accepted += column.accepted;
            }
        }
        // A permutation has far too many cells for the search; single changes are judged all the same.
        let attempts = if subject.width() > 100 { 0 } else { attempts };
        let killed = of.parts.iter().filter(|(_, kill)| kill.is_some());
        let killed = killed.map(|(&part, _)| part).collect();
        for verdict in dead_parts(subject, rows, attempts, seed, &killed) {
            if let Some(kill) = &verdict.kill {
                let by = of.describe(kill);
                of.kill(verdict.part, || by);
            }
        }
    }
    Ok(found)
}

/// The tables of a random program's segment: the one that reads the most input, or the last.
fn segment(seed: u64, last: bool) -> anyhow::Result<Vec<Subject>> {
    let generated = generate(
        seed,
        &Config {
            instructions: 12_000,
            ..Config::default()
        },
    );
    let config = SessionConfig {
        po2: Po2::MIN,
        cycle_limit: None,
        roots: true,
    };
    let image = Arc::new(Image::from_elf(&generated.elf)?);
    let input = Input::from_words(generated.input)?;
    let mut segments: Vec<Segment> = Vec::new();
    Session::new(image, input, config).run(&mut segments)?;
    let segment = match last {
        true => segments.last(),
        false => segments.iter().max_by_key(|segment| segment.input.len()),
    };
    let segment = segment.context("a session has a segment")?;
    let program = program::decode(&segment.text);
    let witness = witness(segment, &preflight(segment)?, &program)?;
    Ok(Subject::of_segment(&witness, &program))
}
