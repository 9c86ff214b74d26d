//! A table with a valid witness, to be changed.

use alloc::{format, string::String, vec, vec::Vec};
use core::ops::Range;
use std::{collections::BTreeMap, sync::Arc};

use assay_abi::machine::SLOTS_PER_CYCLE;
use p3_air::{Air, BaseAir, RowWindow};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::{Matrix, dense::RowMajorMatrix};

use super::{
    parts::Part,
    probe::{Outcome, Probe, Sent},
    random::Random,
};
use crate::{
    Felt,
    align::{self, Align, AlignAir},
    bump::{Bump, BumpAir},
    calls::Calls,
    claim::Ends,
    cpu::{Class, Cpu},
    div::{self, Div, DivAir},
    hash::Hash,
    lut::{Asked, Counts},
    mul::{self, Mul, MulAir},
    op::Op,
    program::ProgramTable,
    shift::{self, Shift, ShiftAir},
    sys::Sys,
    table::{MIN_LOG_HEIGHT, SegmentAir, Table, airs},
    witness::Witness,
};

/// A tuple, and whether it is on the machine's bus.
type Tuple<'a> = (bool, &'a [Felt]);

/// The places in `eval` of what [`Subject::chosen`] names; a test holds them to it.
const CPU_LEAVES_C: usize = 12;
const SYS_LEAVES: usize = 7;
const SYS_ANSWERS: usize = 10;
const BUMP_LEAVES: usize = 1;

/// An end of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

/// A table of a valid witness.
#[derive(Debug)]
pub struct Subject {
    air: SegmentAir,
    main: RowMajorMatrix<Felt>,
    preprocessed: Option<RowMajorMatrix<Felt>>,
    public_values: Vec<Felt>,
    /// Whether constraints read the next row, so that those of the row before read this one.
    adjacent: bool,
}

impl Subject {
    /// A table, its columns, and what the claim says to it.
    #[must_use]
    pub fn new(air: SegmentAir, main: RowMajorMatrix<Felt>, public_values: Vec<Felt>) -> Self {
        Self {
            preprocessed: air.preprocessed_trace(),
            adjacent: !air.main_next_row_columns().is_empty(),
            public_values,
            main,
            air,
        }
    }

    /// The tables of a segment.
    #[must_use]
    pub fn of_segment(witness: &Witness, program: &Arc<ProgramTable>) -> Vec<Self> {
        airs(Some(program))
            .into_iter()
            .zip(&witness.traces)
            .map(|(air, main)| {
                let public_values = witness.claim.public_values(air.table());
                Self::new(air, main.clone(), public_values)
            })
            .collect()
    }

    /// The tables that answer operations, each asked for whatever these operands give.
    #[must_use]
    pub fn of_operands(operands: &[u32]) -> Vec<Self> {
        let mut calls = Calls::default();
        for op in Op::FUNCTIONS {
            for &u in operands {
                for &v in operands {
                    for v in [v, v & 3, v & 0x3_ffff] {
                        if op.apply(u, v).is_some() {
                            calls.ask(op, u, v);
                        }
                    }
                }
            }
        }
        let mut counts = Counts::default();
        let shift = shift::generate(&mut calls, &mut counts, MIN_LOG_HEIGHT);
        let div = div::generate(&mut calls, &mut counts, MIN_LOG_HEIGHT);
        let mul = mul::generate(&calls, &mut counts, MIN_LOG_HEIGHT);
        let align = align::generate(&calls, &mut counts, MIN_LOG_HEIGHT);
        [
            (SegmentAir::Mul(MulAir), mul),
            (SegmentAir::Div(DivAir), div),
            (SegmentAir::Shift(ShiftAir), shift),
            (SegmentAir::Align(AlignAir), align),
        ]
        .into_iter()
        .map(|(air, main)| Self::new(air, main, vec![]))
        .collect()
    }

    /// A table that carries a word over.
    #[must_use]
    pub fn of_a_carried_word() -> Self {
        let row = Bump {
            real: 1,
            key: 4,
            lo: 5,
            hi: 6,
            time: [9, 1],
            gap: [3, 1],
        };
        let mut cells = [0; Bump::<u32>::WIDTH];
        row.write(&mut cells);
        let cells = cells.map(Felt::from_u32).into_iter();
        let padding = core::iter::repeat_n(Felt::ZERO, cells.len());
        let main = RowMajorMatrix::new(cells.chain(padding).collect(), Bump::<u32>::WIDTH);
        Self::new(SegmentAir::Bump(BumpAir), main, vec![])
    }

    /// Which table it is.
    #[must_use]
    pub fn table(&self) -> Table {
        self.air.table()
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.main.width()
    }

    /// Constraints and interactions of a row.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let outcome = self.evaluate(0, |at| self.row(at));
        let constraints = (0..outcome.constraints.len()).map(Part::Constraint);
        let interactions = (0..outcome.messages.len()).map(Part::Interaction);
        constraints.chain(interactions).collect()
    }

    pub(super) fn height(&self) -> usize {
        self.main.height()
    }

    pub(super) fn row(&self, at: usize) -> &[Felt] {
        let width = self.width();
        &self.main.values[at * width..][..width]
    }

    /// Whether it answers delegated operations, in its last interaction.
    pub(super) fn answers(&self) -> bool {
        matches!(
            self.table(),
            Table::Mul | Table::Div | Table::Shift | Table::Align
        )
    }

    /// Evaluates row `at` if the rows were these.
    fn evaluate<'r>(&'r self, at: usize, main: impl Fn(usize) -> &'r [Felt]) -> Outcome {
        let height = self.height();
        let next = (at + 1) % height;
        let fixed = |row: usize| {
            self.preprocessed.as_ref().map_or(&[][..], |matrix| {
                &matrix.values[row * matrix.width..][..matrix.width]
            })
        };
        let mut probe = Probe {
            main: RowWindow::from_two_rows(main(at), main(next)),
            preprocessed: RowWindow::from_two_rows(fixed(at), fixed(next)),
            public_values: &self.public_values,
            first: at == 0,
            last: at + 1 == height,
            outcome: Outcome::default(),
        };
        self.air.eval(&mut probe);
        probe.outcome
    }

    /// What the rows that read row `at` give if it is `cells`: the row before it, then itself.
    pub(super) fn outcome(&self, at: usize, cells: &[Felt]) -> Outcome {
        let mut outcome = Outcome::default();
        let main = |row| if row == at { cells } else { self.row(row) };
        if self.adjacent {
            let before = (at + self.height() - 1) % self.height();
            outcome = self.evaluate(before, main);
        }
        let own = self.evaluate(at, main);
        outcome.constraints.extend(own.constraints);
        outcome.messages.extend(own.messages);
        outcome
    }

    /// Rows per outcome.
    const fn copies(&self) -> usize {
        1 + self.adjacent as usize
    }

    /// The part that an index into an outcome's constraints belongs to.
    pub(super) fn constraint(&self, outcome: &Outcome, index: usize) -> Part {
        Part::Constraint(index % (outcome.constraints.len() / self.copies()))
    }

    /// The part that an index into an outcome's messages belongs to.
    pub(super) fn interaction(&self, outcome: &Outcome, index: usize) -> Part {
        Part::Interaction(index % (outcome.messages.len() / self.copies()))
    }

    /// Whether other tables go along with this message, however often it is sent.
    pub(super) fn is_answered(&self, message: &Sent) -> bool {
        message.count == Felt::ZERO || self.table() != Table::Lut && message.is_true()
    }

    /// Whether this is the message that provides an operation.
    pub(super) fn provides(&self, outcome: &Outcome, index: usize) -> bool {
        self.answers() && index + 1 == outcome.messages.len()
    }

    /// Elements of a message that a row is free to choose, as far as the other tables go: what it leaves for later rows, who believe it. Who leaves
    /// something else for the same that it found tells a lie.
    pub(super) fn chosen(&self, outcome: &Outcome, index: usize) -> Range<usize> {
        let Part::Interaction(index) = self.interaction(outcome, index) else {
            return 0..0;
        };
        let (value, time, result) = (2..4, 4..5, 6..8);
        match (self.table(), index) {
            // What an instruction leaves of C.
            (Table::Cpu, CPU_LEAVES_C) => value,
            // Where a call leaves a cursor; what it answers.
            (Table::Sys, SYS_LEAVES) => value,
            (Table::Sys, SYS_ANSWERS) => result,
            // When a word is carried to.
            (Table::Bump, BUMP_LEAVES) => time,
            _ => 0..0,
        }
    }

    /// The parts that reject `tried` in place of `honest`. Tables that answer operations are to tell a lie with it (`None` if it
    /// tells none), and what a row may choose counts as it is, unless `keep`: then all that it says must stay.
    pub(super) fn rejecting(
        &self,
        honest: &Outcome,
        tried: &Outcome,
        keep: bool,
    ) -> Option<Vec<Part>> {
        let mut parts: Vec<Part> = tried
            .constraints
            .iter()
            .enumerate()
            .filter(|(_, value)| **value != Felt::ZERO)
            .map(|(index, _)| self.constraint(tried, index))
            .collect();
        let mut net: BTreeMap<Tuple<'_>, (Felt, Vec<Part>)> = BTreeMap::new();
        for (index, (now, then)) in tried.messages.iter().zip(&honest.messages).enumerate() {
            let part = self.interaction(tried, index);
            let provides = self.provides(tried, index);
            if !keep && provides {
                if !now.is_lie() {
                    return None;
                }
                continue;
            }
            let answered = |message| !provides && self.is_answered(message);
            if now == then || answered(now) && answered(then) {
                continue;
            }
            let chosen = self.chosen(tried, index);
            if !keep && !chosen.is_empty() && now.agrees_but_for(then, &chosen) {
                continue;
            }
            for (message, sign) in [(now, Felt::ONE), (then, Felt::NEG_ONE)] {
                if message.count != Felt::ZERO && !answered(message) {
                    let (sum, who) = net
                        .entry((message.machine, &message.tuple))
                        .or_insert((Felt::ZERO, vec![]));
                    *sum += sign * message.count;
                    who.push(part);
                }
            }
        }
        parts.extend(
            net.into_values()
                .filter(|(sum, _)| *sum != Felt::ZERO)
                .flat_map(|(_, who)| who),
        );
        parts.sort_unstable();
        parts.dedup();
        Some(parts)
    }

    /// The parts that reject a row that answers wrongly, beside honest tables; `None` if it does not.
    pub(super) fn rejecting_lie(&self, cells: &[Felt]) -> Option<Vec<Part>> {
        let outcome = self.outcome(0, cells);
        let (provided, asked) = outcome.messages.split_last()?;
        if !provided.is_lie() {
            return None;
        }
        let constraints = (0..outcome.constraints.len())
            .filter(|&index| outcome.constraints[index] != Felt::ZERO)
            .map(Part::Constraint);
        let interactions = (0..asked.len())
            .filter(|&index| !self.is_answered(&asked[index]))
            .map(Part::Interaction);
        Some(constraints.chain(interactions).collect())
    }

    /// The parts that reject a table by itself: memory, program and calls are the world's, and go along with whatever it says.
    pub(super) fn rejecting_rows(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for at in 0..self.height() {
            let outcome = self.evaluate(at, |row| self.row(row));
            let violated = outcome.constraints.iter().enumerate();
            let violated = violated.filter(|(_, value)| **value != Felt::ZERO);
            parts.extend(violated.map(|(index, _)| Part::Constraint(index)));
            let asked = outcome.messages.iter().enumerate();
            let false_ones =
                asked.filter(|(_, message)| message.is_statement() && !self.is_answered(message));
            parts.extend(false_ones.map(|(index, _)| Part::Interaction(index)));
        }
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// How many messages a row has by itself.
    pub(super) fn own_messages(&self, outcome: &Outcome) -> usize {
        outcome.messages.len() / self.copies()
    }

    /// What a row gives under another claim.
    pub(super) fn under(&self, at: usize, claim: &[Felt]) -> Outcome {
        let next = (at + 1) % self.height();
        let end = match at {
            0 => Some(End::First),
            _ if next == 0 => Some(End::Last),
            _ => None,
        };
        self.of_pair([self.row(at), self.row(next)], claim, end)
    }

    /// Of an instruction: its pc and its cycle.
    pub(super) fn place(&self, cells: &[Felt]) -> Option<[Felt; 2]> {
        (self.table() == Table::Cpu).then(|| {
            let cpu = Cpu::read(cells);
            [cpu.pc, cpu.cycle]
        })
    }

    /// An instruction's row as it would be in another cycle.
    pub(super) fn at_cycle(&self, at: usize, cycle: Felt) -> Vec<Felt> {
        let mut cells = self.row(at).to_vec();
        let mut cpu = Cpu::read(&cells);
        let later = cycle - cpu.cycle;
        let slots = later * Felt::from_u32(SLOTS_PER_CYCLE);
        cpu.cycle = cycle;
        for time in [&mut cpu.a_time, &mut cpu.b_time, &mut cpu.c_time] {
            *time += slots;
        }
        // A call names its cycle to whoever answers.
        cpu.aux[6] += cpu.class[Class::Extern as usize] * cpu.s1 * later;
        cpu.write(&mut cells);
        cells
    }

    /// What the first of two rows gives, under a claim, at an end of the table or inside. Not for tables that the key fixes.
    pub(super) fn of_pair(
        &self,
        [row, next]: [&[Felt]; 2],
        claim: &[Felt],
        end: Option<End>,
    ) -> Outcome {
        let mut probe = Probe {
            main: RowWindow::from_two_rows(row, next),
            preprocessed: RowWindow::from_two_rows(&[], &[]),
            public_values: claim,
            first: end == Some(End::First),
            last: end == Some(End::Last),
            outcome: Outcome::default(),
        };
        self.air.eval(&mut probe);
        probe.outcome
    }

    /// What the claim says to the table.
    pub(super) fn public_values(&self) -> &[Felt] {
        &self.public_values
    }

    /// Rows that differ in kind: the first, the last, and as many as there are of different flags, up to `most`.
    pub(super) fn sample(&self, most: usize, random: &mut Random) -> Vec<usize> {
        let height = self.height();
        let flags: Vec<usize> = (0..self.width())
            .filter(|&column| {
                let step = (height / 4096).max(1);
                (0..height).step_by(step).all(|at| {
                    self.row(at)[column] * (self.row(at)[column] - Felt::ONE) == Felt::ZERO
                })
            })
            .collect();
        let mut rows = vec![0, height - 1];
        let mut seen: Vec<Vec<Felt>> = vec![];
        let mut order: Vec<usize> = (0..height).collect();
        random.shuffle(&mut order);
        for at in order {
            let kind: Vec<Felt> = flags.iter().map(|&column| self.row(at)[column]).collect();
            if seen.iter().filter(|other| **other == kind).count() < 6 {
                seen.push(kind);
                rows.push(at);
            }
            if rows.len() >= most {
                break;
            }
        }
        rows
    }

    /// Whether a table that answers operations is asked for this row: its last cell is the count.
    #[must_use]
    pub fn is_asked(&self, row: usize) -> bool {
        self.row(row).last() != Some(&Felt::ZERO)
    }

    /// The name of a column.
    #[must_use]
    pub fn column_name(&self, column: usize) -> String {
        let names = match self.table() {
            Table::Cpu => Cpu::<Felt>::names(),
            Table::Program => vec!["fetched".into()],
            Table::Lut => Asked::<Felt>::names(),
            Table::Sys => Sys::<Felt>::names(),
            Table::Bump => Bump::<Felt>::names(),
            Table::Mul => Mul::<Felt>::names(),
            Table::Div => Div::<Felt>::names(),
            Table::Shift => Shift::<Felt>::names(),
            Table::Align => Align::<Felt>::names(),
            Table::Hash => Hash::<Felt>::names(),
            Table::Claim => Ends::<Felt>::names(),
        };
        names
            .get(column)
            .cloned()
            .unwrap_or_else(|| format!("column {column}"))
    }
}
