//! Witnesses of things that did not happen, each as consistent as its author could make it; all must be rejected.

mod columns;
mod instructions;
mod memory;
mod order;
mod statement;

use std::{fmt, println, sync::Arc, vec::Vec};

use assay_abi::Po2;
use assay_executor::{Image, Input, Preflight, Session, SessionConfig, preflight};
use assay_progen::encode::{ECALL, ImmOp, LoadOp, Reg, StoreOp, imm_op, load, lui, store};
use p3_air::BaseAir;
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::{Matrix, dense::RowMajorMatrix};

use crate::{
    Felt,
    bus::{MACHINE, PROGRAM, Tag},
    check::{self, Instance, Message, Report},
    cpu::{Cpu, CpuAir},
    program::{self, Entry, ProgramTable},
    sys::Sys,
    table::{SegmentAir, Table, airs},
    witness::{Witness, witness},
};

const BASE: u32 = 0x1000;
/// A page of data that programs of the tests use.
const DATA: u32 = 0x4000;

fn x(number: u8) -> Reg {
    Reg::new(number)
}

/// Loads a word into a register, always in two instructions.
fn li(d: Reg, value: u32) -> [u32; 2] {
    let low = (value as i32) << 20 >> 20;
    let high = value.wrapping_sub(low as u32) >> 12;
    [lui(d, high), imm_op(ImmOp::Addi, d, d, low)]
}

fn call(function: u32) -> Vec<u32> {
    let mut words = li(Reg::A7, function).to_vec();
    words.push(ECALL);
    words
}

/// A program that halts with what is in x10.
fn halting(body: &[u32]) -> Vec<u32> {
    let mut words = body.to_vec();
    words.extend(call(0));
    words
}

/// A segment with its honest witness.
struct Case {
    rows: Preflight,
    program: Arc<ProgramTable>,
    witness: Witness,
}

impl Case {
    /// A program that fits in one segment, and its input.
    fn new(words: &[u32], input: &[u32]) -> Self {
        Self::of_size(words, input, Po2::MIN)
    }

    fn of_size(words: &[u32], input: &[u32], po2: Po2) -> Self {
        let config = SessionConfig {
            po2,
            cycle_limit: None,
            roots: true,
        };
        let image = Image::from_words(BASE, words).expect("a small text");
        let input = Input::from_words(input.to_vec()).expect("a short input");
        let mut segments = Vec::new();
        Session::new(Arc::new(image), input, config)
            .run(&mut segments)
            .expect("a Vec takes every segment");
        assert_eq!(segments.len(), 1, "one segment");
        let segment = segments.remove(0);
        let rows = preflight(&segment).expect("it replays");
        let program = program::decode(&segment.text);
        let witness = witness(&segment, &rows, &program).expect("it halts");
        let case = Self {
            rows,
            program,
            witness,
        };
        let report = case.report();
        assert!(report.is_clean(), "the honest witness: {report}");
        case
    }

    /// The row of the first instruction at an address.
    fn row_at(&self, pc: u32) -> usize {
        let at = self.rows.records.iter().position(|record| record.pc == pc);
        at.expect("it was executed")
    }

    fn cpu(&self, row: usize) -> Cpu<Felt> {
        Cpu::read(self.cells(Table::Cpu, row))
    }

    fn cells(&self, table: Table, row: usize) -> &[Felt] {
        let main = &self.witness.traces[table as usize];
        &main.values[row * main.width()..][..main.width()]
    }

    fn cells_mut(&mut self, table: Table, row: usize) -> &mut [Felt] {
        let main = &mut self.witness.traces[table as usize];
        let width = main.width();
        &mut main.values[row * width..][..width]
    }

    fn edit_cpu(&mut self, row: usize, edit: impl FnOnce(&mut Cpu<Felt>)) {
        let mut cpu = self.cpu(row);
        edit(&mut cpu);
        cpu.write(self.cells_mut(Table::Cpu, row));
    }

    fn edit_sys(&mut self, row: usize, edit: impl FnOnce(&mut Sys<Felt>)) {
        let mut sys = Sys::read(self.cells(Table::Sys, row));
        edit(&mut sys);
        sys.write(self.cells_mut(Table::Sys, row));
    }

    /// Whether a row of the instruction table breaks a constraint, or says something else to the other tables than the row that was
    /// there before, which was right for another program.
    fn row_rejected(&self, row: usize, before: &Cpu<Felt>) -> bool {
        let public_values = self.witness.claim.public_values(Table::Cpu);
        let outcome = |main: &RowMajorMatrix<Felt>, at: usize| {
            let instance = Instance {
                name: "cpu",
                air: &CpuAir,
                main,
                preprocessed: None,
                public_values: &public_values,
            };
            check::row(&instance, at)
        };
        let main = &self.witness.traces[Table::Cpu as usize];
        let mut was = main.clone();
        before.write(&mut was.values[row * main.width()..]);
        let [now, was] = [main, &was].map(|main| outcome(main, row));
        if [&now, &outcome(main, row - 1)]
            .iter()
            .any(|it| !it.failures.is_empty())
        {
            return true;
        }
        let open = |message: &Message| !self.provides(message);
        let mut now: Vec<_> = now.messages.into_iter().filter(open).collect();
        let was = was.messages.into_iter().filter(|it| it.bus != PROGRAM);
        let mut was: Vec<_> = was.filter(open).collect();
        now.sort();
        was.sort();
        now != was
    }

    /// What is wrong with the witness, if lookup table and program provide all that they can: whatever multiplicities would make a
    /// cheat consistent, it has them.
    fn report(&self) -> Report {
        let airs = airs(None);
        let publics: Vec<_> = Table::ALL
            .iter()
            .map(|&table| self.witness.claim.public_values(table))
            .collect();
        let instances: Vec<Instance<'_, SegmentAir>> = airs
            .iter()
            .zip(self.witness.traces.iter().zip(&publics))
            // Lookup table and program have no constraints of their own.
            .filter(|(air, _)| air.preprocessed_width() == 0)
            .map(|(air, (main, public_values))| Instance {
                name: air.table().name(),
                air,
                main,
                preprocessed: None,
                public_values,
            })
            .collect();
        let asked = instances.iter().flat_map(|instance| {
            (0..instance.main.height()).flat_map(|at| check::row(instance, at).messages)
        });
        let provided = asked
            .filter(|message| self.provides(message))
            .map(|message| Message {
                count: -message.count,
                ..message
            })
            .collect();
        check::check(&instances, provided)
    }

    /// Whether a message is a lookup that the lookup table or the program has a row for.
    fn provides(&self, message: &Message) -> bool {
        let tuple: Vec<u32> = message
            .tuple
            .iter()
            .map(PrimeField32::as_canonical_u32)
            .collect();
        if message.bus == PROGRAM {
            let mut cells = [0; Entry::<u32>::WIDTH];
            let row = self.program.row_of(tuple[0]);
            return row.is_some_and(|row| {
                self.program.entries()[row].write(&mut cells);
                tuple == cells
            });
        }
        if message.bus != MACHINE || tuple[4..] != [0; 4] {
            return false;
        }
        let [tag, x, y, z] = [tuple[0], tuple[1], tuple[2], tuple[3]];
        let bytes = x < 256 && y < 256;
        match tag {
            tag if tag == Tag::Range as u32 => x <= 16 && y >> x == 0 && z == 0,
            tag if tag == Tag::And as u32 => bytes && z == x & y,
            tag if tag == Tag::Or as u32 => bytes && z == x | y,
            tag if tag == Tag::Xor as u32 => bytes && z == x ^ y,
            tag if tag == Tag::Bytes as u32 => bytes && z == 0,
            _ => false,
        }
    }

    /// Demands that the witness is rejected, and says by what.
    #[track_caller]
    fn rejected(&self, what: &str) -> Rejected {
        let report = self.report();
        tell(what, !report.is_clean());
        assert!(!report.is_clean(), "{what} is accepted");
        let mut parts = report
            .failures
            .iter()
            .map(|failure| (&failure.table, failure.constraint));
        if let Some(only) = parts.next()
            && report.unbalanced.is_empty()
            && parts.all(|part| part == only)
        {
            println!("kill: {} constraint {}: {what}", only.0, only.1);
        }
        Rejected {
            constraints: report.failures.len(),
            tuples: report.unbalanced.len(),
        }
    }
}

/// Says of a cheat whether it was rejected, in the words that the figures are counted from.
pub(crate) fn tell(what: &str, rejected: bool) {
    match rejected {
        true => println!("cheat rejected: {what}"),
        false => println!("cheat ACCEPTED: {what}"),
    }
}

/// What rejected a cheat.
struct Rejected {
    /// Constraints that do not hold.
    constraints: usize,
    /// Tuples that do not cancel.
    tuples: usize,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            constraints,
            tuples,
        } = self;
        write!(f, "{constraints} constraints, {tuples} tuples")
    }
}

fn felt(value: u32) -> Felt {
    Felt::from_u32(value)
}

fn negative(value: u32) -> Felt {
    -felt(value)
}

fn store_word(source: Reg, base: Reg, offset: i32) -> u32 {
    store(StoreOp::Sw, source, base, offset)
}

fn load_word(d: Reg, base: Reg, offset: i32) -> u32 {
    load(LoadOp::Lw, d, base, offset)
}
