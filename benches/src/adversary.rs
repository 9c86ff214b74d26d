//! What the circuit's adversaries find.

use std::collections::BTreeSet;
use std::sync::Arc;

use assay_abi::Po2;
use assay_circuit::adversary::{Column, Part, Subject, dead_parts, free_cells, lies};
use assay_circuit::{Table, program, witness};
use assay_executor::{Image, Input, Session, SessionConfig, preflight};
use assay_progen::{Config, generate};

/// What was found in one table.
#[derive(Clone, Debug)]
pub struct Found {
    /// The table.
    pub table: Table,
    /// Constraints and interactions.
    pub parts: BTreeSet<Part>,
    /// Those without which a row is accepted that is rejected with them.
    pub killed: BTreeSet<Part>,
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

    /// Parts that no row was found for.
    pub fn unkilled(&self) -> impl Iterator<Item = Part> {
        self.parts.difference(&self.killed).copied()
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

/// Plays the adversaries against all tables: segments of random programs, and operands at the borders of what is delegated.
///
/// # Errors
/// If a program has no witness.
pub fn play(rows: usize, attempts: usize) -> anyhow::Result<Vec<Found>> {
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
    for seed in 0..2 {
        subjects.extend(segment(seed)?);
    }
    let mut found: Vec<Found> = Table::ALL
        .iter()
        .map(|&table| Found {
            table,
            parts: BTreeSet::new(),
            killed: BTreeSet::new(),
            columns: Vec::new(),
        })
        .collect();
    for lie in lies() {
        if lie.rejecting().as_deref() == Some(&[lie.part]) {
            found[lie.subject().table() as usize]
                .killed
                .insert(lie.part);
        }
    }
    for (seed, subject) in (0..).zip(&subjects) {
        let of = &mut found[subject.table() as usize];
        of.parts.extend(subject.parts());
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
        let verdicts = dead_parts(subject, rows, attempts, seed, &of.killed);
        of.killed.extend(
            verdicts
                .iter()
                .filter(|verdict| verdict.kill.is_some())
                .map(|verdict| verdict.part),
        );
    }
    Ok(found)
}

/// The tables of a random program's first segment.
fn segment(seed: u64) -> anyhow::Result<Vec<Subject>> {
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
    let mut segments = Vec::new();
    Session::new(image, input, config).run(&mut segments)?;
    let program = program::decode(&segments[0].text);
    let witness = witness(&segments[0], &preflight(&segments[0])?, &program)?;
    Ok(Subject::of_segment(&witness, &program))
}
