//! What was proved, for people and for scripts.

use assay_prover::Sealed;
use assay_verifier::{
    Parameters, Receipt, Seal,
    hash::to_hex,
    soundness::{Regime, Tables},
};
use serde::Serialize;

use super::devices::{Row, table};
use super::{Args, Work};
use crate::exit::Failure;
use crate::memory::peak_bytes;
use crate::phases;
use crate::text::{counted, grouped};

/// Sums over segments.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// All segments.
    pub segments: u64,
    /// All instructions.
    pub cycles: u64,
    /// Seals that were there already.
    old: u64,
    /// Instructions that this run proved.
    new_cycles: u64,
    cells: (u64, u64),
    witness_seconds: f64,
    prove_seconds: f64,
    estimate: u64,
}

impl Totals {
    pub fn add(&mut self, sealed: &Sealed) {
        self.segments += 1;
        self.cycles += u64::from(sealed.cycles);
        if sealed.is_old() {
            self.old += 1;
            return;
        }
        let (main, permutation) = sealed.cells();
        self.new_cycles += u64::from(sealed.cycles);
        self.cells.0 += main;
        self.cells.1 += permutation;
        self.witness_seconds += sealed.witness_seconds;
        self.prove_seconds += sealed.prove_seconds;
        self.estimate = self.estimate.max(sealed.estimate);
    }
}

/// What `prove` prints.
#[derive(Debug, Serialize)]
pub struct Report {
    parameters: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proven_bits: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conjectured_bits: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<OfReceipt>,
    segments: u64,
    seals_found: u64,
    cycles: u64,
    seconds: f64,
    cycles_per_s: f64,
    witness_seconds: f64,
    prove_seconds: f64,
    /// Of the proofs, by phase.
    phase_seconds: phases::Seconds,
    /// Base-field cells committed for each instruction proved by this run.
    cells_per_instruction: Cells,
    seal_bytes: Sizes,
    estimate_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_bytes: Option<u64>,
    /// What was done on which device; nothing if Plonky3 was called directly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    devices: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct OfReceipt {
    image_id: String,
    exit_code: u32,
    journal_words: usize,
    bytes: usize,
}

#[derive(Debug, Serialize)]
struct Cells {
    main: f64,
    permutation: f64,
    total: f64,
}

#[derive(Debug, Serialize)]
struct Sizes {
    total: usize,
    least: usize,
    most: usize,
}

/// Bits of a set: proven, and conjectured. None of the test set.
pub fn bits(parameters: Parameters) -> Option<(f64, f64)> {
    let tables = Tables::largest();
    let bits = |regime| tables.report(parameters, regime).bits;
    (parameters != Parameters::Test).then(|| (bits(Regime::Proven), bits(Regime::Conjectured)))
}

impl Report {
    pub fn new(work: &Work<'_>, seals: &[&Seal], totals: Totals) -> Self {
        let seconds = work.began.elapsed().as_secs_f64();
        let sizes = || seals.iter().map(|seal| seal.proof.len());
        let each = |cells: u64| cells as f64 / totals.new_cycles.max(1) as f64;
        let (main, permutation) = totals.cells;
        let bits = bits(work.args.parameters);
        Self {
            parameters: work.args.parameters.name(),
            proven_bits: bits.map(|(proven, _)| proven),
            conjectured_bits: bits.map(|(_, conjectured)| conjectured),
            receipt: None,
            segments: totals.segments,
            seals_found: totals.old,
            cycles: totals.cycles,
            seconds,
            cycles_per_s: totals.new_cycles as f64 / seconds.max(1e-9),
            witness_seconds: totals.witness_seconds,
            prove_seconds: totals.prove_seconds,
            phase_seconds: phases::seconds(),
            cells_per_instruction: Cells {
                main: each(main),
                permutation: each(permutation),
                total: each(main + permutation),
            },
            seal_bytes: Sizes {
                total: sizes().sum(),
                least: sizes().min().unwrap_or(0),
                most: sizes().max().unwrap_or(0),
            },
            estimate_bytes: totals.estimate,
            peak_bytes: peak_bytes(),
            devices: work.devices.rows(),
        }
    }

    pub fn with_receipt(mut self, receipt: &Receipt, bytes: usize, exit_code: u32) -> Self {
        self.receipt = Some(OfReceipt {
            image_id: to_hex(&receipt.program.image_id()),
            exit_code,
            journal_words: receipt.journal.len(),
            bytes,
        });
        self
    }

    /// As the options ask.
    pub fn text(&self, args: &Args) -> Result<String, Failure> {
        if args.json {
            return serde_json::to_string(self).map_err(Failure::surroundings);
        }
        let mut text = String::new();
        if let Some(receipt) = &self.receipt {
            text += &format!(
                "proved: halted with exit code {}, {} in the journal\n",
                receipt.exit_code,
                counted(receipt.journal_words as u64, "word")
            );
        }
        text += &format!(
            "{} in {}, {:.1} s, {} cycles/s",
            counted(self.cycles, "cycle"),
            counted(self.segments, "segment"),
            self.seconds,
            grouped(self.cycles_per_s as u64),
        );
        if self.seals_found > 0 {
            text += &format!(" ({} found proved)", grouped(self.seals_found));
        }
        let cells = &self.cells_per_instruction;
        text += &format!(
            "\ncells an instruction: {:.1} ({:.1} main, {:.1} lookup argument)",
            cells.total, cells.main, cells.permutation
        );
        text += &format!(
            "\nwitness {:.1} s, proof {:.1} s",
            self.witness_seconds, self.prove_seconds
        );
        let phases::Seconds {
            extend,
            merkle,
            lookup,
            quotient,
            open,
            rest,
        } = self.phase_seconds;
        text += &format!(
            " (extension {extend:.1}, trees {merkle:.1}, lookup argument {lookup:.1}, quotient {quotient:.1}, opening {open:.1}, rest {rest:.1})"
        );
        if let Some(peak) = self.peak_bytes {
            text += &format!(
                "; memory at most {} MiB, {} MiB were set aside for a proof",
                grouped(peak >> 20),
                grouped(self.estimate_bytes >> 20)
            );
        }
        let Sizes { total, least, most } = self.seal_bytes;
        text += &format!(
            "\nseals: {} bytes, each {} to {}",
            grouped(total as u64),
            grouped(least as u64),
            grouped(most as u64)
        );
        text += &match (self.proven_bits, self.conjectured_bits) {
            (Some(proven), Some(conjectured)) => format!(
                "\n{}: {proven:.1} bits proven, {conjectured:.1} conjectured",
                self.parameters
            ),
            _ => format!("\n{}: for tests, worth nothing", self.parameters),
        };
        if let Some(receipt) = &self.receipt {
            text += &format!("\nimage id: {}", receipt.image_id);
            if let Some(path) = &args.output {
                text += &format!(
                    "\nreceipt: {}, {} bytes",
                    path.display(),
                    grouped(receipt.bytes as u64)
                );
            }
        }
        if let Some(path) = &args.seals {
            text += &format!("\nseals in: {}", path.display());
        }
        if !self.devices.is_empty() {
            text += &table(&self.devices);
        }
        Ok(text)
    }
}
