//! `assay model`: how long a card would take. Nothing in it is measured on a card, and it says so.

pub mod measured;
mod shape;

use std::path::PathBuf;

use assay_abi::Po2;
use assay_model::{CARDS, Card, Engines, Matrix, Operation, Resources, SUPRANATIONAL, Time, Work};
use assay_verifier::LOG_BLOWUP;
use serde::Serialize;

use crate::exit::{Exit, Failure, Outcome};
use crate::input::InputArgs;
use crate::output::print_line;
use crate::program::parse_po2;
use measured::Measured;
use shape::Commitment;

/// Options of `model`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay model                                          usual operations, on each card
  assay model --card u55c --ntts 2 --hashers 2         more engines
  assay model sha256 --sample 4000000 --fused          also the commitments of a whole segment of this program
  assay model sha256 --sample 4000000 --json           for scripts; times in seconds

Every time is modelled: clock cycles by the engines' golden twins and their measured utilisation, the given clock, bandwidths from data
sheets. docs/performance-model.md has the formulas, the sources and what is left out.")]
pub struct Args {
    /// An ELF file, or a guest's name: the commitments of its first segment.
    program: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// The segment holds 2^PO2 cycles, 13 to 22.
    #[arg(long, default_value_t = Po2::DEFAULT, value_parser = parse_po2)]
    po2: Po2,
    /// Only this card.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(CARDS.iter().map(|card| card.key)))]
    card: Option<String>,
    /// Clock of the engines, an assumption: no open tool times an UltraScale+ design.
    #[arg(long, default_value_t = Engines::USUAL.clock / 1e6, value_name = "MHZ")]
    clock_mhz: f64,
    /// NTT engines.
    #[arg(long, default_value_t = Engines::USUAL.ntts, value_name = "N")]
    ntts: usize,
    /// Elements a cycle of each: 2, 4, 8 or 16.
    #[arg(long, default_value_t = Engines::USUAL.lanes, value_name = "N")]
    lanes: usize,
    /// Unrolled Poseidon2 cores.
    #[arg(long, default_value_t = Engines::USUAL.hashers, value_name = "N")]
    hashers: usize,
    /// Hash rows while the last pass of an extension makes them, as `rtl/commit` does with one engine and one hasher.
    #[arg(long)]
    fused: bool,
    /// Share of the ideal that the NTT engine reaches through memory, instead of the measured one.
    #[arg(long, value_name = "SHARE")]
    ntt_utilisation: Option<f64>,
    /// Share of the ideal that hashing reaches, instead of the measured one.
    #[arg(long, value_name = "SHARE")]
    merkle_utilisation: Option<f64>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    /// Of every time in here.
    label: &'static str,
    engines: Engines,
    /// Where the NTT's and hashing's utilisation is from: measured in simulation, or given.
    utilisation_from: [&'static str; 2],
    /// Share of each card's usable device that the engines take, by the kind that is scarcest; null where no synthesis has said it.
    device_share: Vec<(&'static str, Option<f64>)>,
    lines: Vec<Line<'a>>,
    check: Check,
}

#[derive(Serialize)]
struct Line<'a> {
    what: String,
    card: &'a str,
    #[serde(flatten)]
    work: Work,
    seconds: f64,
    bound: &'static str,
    time: Time,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    measured_s: f64,
    modelled_s: f64,
    error_pct: f64,
}

/// Runs the command.
pub fn run(args: &Args) -> Outcome {
    let measured = Measured::read()?;
    let engines = Engines {
        clock: args.clock_mhz * 1e6,
        ntts: args.ntts,
        lanes: args.lanes,
        hashers: args.hashers,
        fused: args.fused,
        utilisation: measured.utilisation(args.ntt_utilisation, args.merkle_utilisation)?,
        ..Engines::USUAL
    };
    engines
        .check()
        .map_err(|error| Failure::Input(error.into()))?;
    let commitments = match &args.program {
        Some(program) => shape::of_program(program, &args.input, args.po2)?,
        None => Vec::new(),
    };
    let mut lines = Vec::new();
    for card in CARDS {
        if args.card.as_ref().is_none_or(|key| key == card.key) {
            lines.extend(usual(&engines, card));
            lines.extend(segment(&commitments, &engines, card));
        }
    }
    let utilisation = engines.utilisation.four_step;
    let report = Report {
        label: "modelled, not measured on a card",
        utilisation_from: [args.ntt_utilisation, args.merkle_utilisation].map(
            |given| match given {
                Some(_) => "given",
                None => "measured in simulation",
            },
        ),
        device_share: CARDS
            .iter()
            .map(|card| {
                let taken = measured.resources(&engines);
                let share = |taken: Resources| taken.share_of(&card.device) / card.usable;
                (card.name, taken.map(share))
            })
            .collect(),
        engines,
        lines,
        check: Check {
            name: SUPRANATIONAL.name,
            measured_s: SUPRANATIONAL.measured,
            modelled_s: SUPRANATIONAL.modelled(utilisation).0,
            error_pct: SUPRANATIONAL.error_pct(utilisation),
        },
    };
    if args.json {
        print_line(&serde_json::to_string(&report).map_err(Failure::surroundings)?)?;
    } else {
        print_line(&report.text())?;
    }
    Ok(Exit::Success)
}

impl<'a> Line<'a> {
    fn new(what: String, work: Work, engines: &Engines, card: &'a Card) -> Self {
        let time = Time::new(&work, engines, card);
        Self {
            what,
            card: card.name,
            work,
            seconds: time.seconds(),
            bound: time.bound().name(),
            time,
        }
    }
}

/// Operations that people ask about.
fn usual<'a>(engines: &Engines, card: &'a Card) -> Vec<Line<'a>> {
    let matrix = |log_height, width| Matrix { log_height, width };
    let operations = [
        (
            "NTT, 2^12 x 160",
            Operation::Ntt {
                matrix: matrix(12, 160),
            },
        ),
        (
            "NTT, 2^20 x 200",
            Operation::Ntt {
                matrix: matrix(20, 200),
            },
        ),
        (
            "LDE, 2^20 x 200, blow-up 2",
            Operation::Lde {
                matrix: matrix(20, 200),
                log_blowup: LOG_BLOWUP,
            },
        ),
        (
            "Merkle tree, 2^21 x 200",
            Operation::Merkle {
                matrices: vec![matrix(21, 200)],
            },
        ),
        (
            "commitment, 2^20 x 200, blow-up 2",
            Operation::Commit {
                matrices: vec![matrix(20, 200)],
                log_blowup: LOG_BLOWUP,
            },
        ),
    ];
    operations
        .into_iter()
        .map(|(what, operation)| {
            Line::new(
                what.to_owned(),
                Work::new(&operation, engines),
                engines,
                card,
            )
        })
        .collect()
}

/// The commitments of a segment's proof, one after the other: a challenge stands between them.
fn segment<'a>(commitments: &[Commitment], engines: &Engines, card: &'a Card) -> Vec<Line<'a>> {
    commitments
        .iter()
        .map(|commitment| {
            let operation = Operation::Commit {
                matrices: commitment.matrices.clone(),
                log_blowup: LOG_BLOWUP,
            };
            let what = format!("segment: {}", commitment.what);
            Line::new(what, Work::new(&operation, engines), engines, card)
        })
        .collect()
}

impl Report<'_> {
    fn text(&self) -> String {
        let engines = &self.engines;
        let mut out = format!(
            "modelled, not measured on a card: {} NTT engine(s) of {} lanes, {} unrolled Poseidon2 core(s), {} MHz (assumed){}\n\
             NTT through memory at {:.1} % of its lanes ({}), hashing at {:.1} % of its cores ({})\n",
            engines.ntts,
            engines.lanes,
            engines.hashers,
            engines.clock / 1e6,
            if engines.fused { ", fused" } else { "" },
            engines.utilisation.four_step * 100.0,
            self.utilisation_from[0],
            engines.utilisation.merkle * 100.0,
            self.utilisation_from[1],
        );
        for (card, share) in &self.device_share {
            out += &match share {
                Some(share) if *share > 1.0 => format!(
                    "{card}: they do NOT fit, {:.0} % of the device\n",
                    share * 100.0
                ),
                Some(share) => format!(
                    "{card}: {:.0} % of what a shell leaves of the device, by synthesis\n",
                    share * 100.0
                ),
                None => format!("{card}: what they take of the device was not synthesised\n"),
            };
        }
        let mut card = "";
        let mut total = 0.0;
        for (at, line) in self.lines.iter().enumerate() {
            if line.card != card {
                card = line.card;
                total = 0.0;
                out += &format!(
                    "\n{card:<36} {:>10} {:>8} {:>12} {:>10} {:>10} {:>10}\n",
                    "ms", "bound", "cycles", "compute", "HBM", "PCIe"
                );
            }
            let ms = |seconds: f64| format!("{:.3}", seconds * 1e3);
            out += &format!(
                "{:<36} {:>10} {:>8} {:>12.0} {:>10} {:>10} {:>10}\n",
                line.what,
                ms(line.seconds),
                line.bound,
                line.work.cycles,
                ms(line.time.compute),
                ms(line.time.memory),
                ms(line.time.pcie),
            );
            if line.what.starts_with("segment") {
                total += line.seconds;
                let last = self.lines.get(at + 1).is_none_or(|next| next.card != card);
                if last {
                    out += &format!("{:<36} {:>10}\n", "segment: all commitments", ms(total));
                }
            }
        }
        out += &format!(
            "\ncheck of the model: {}: measured {:.2} ms, modelled {:.2} ms, {:+.1} %",
            self.check.name,
            self.check.measured_s * 1e3,
            self.check.modelled_s * 1e3,
            self.check.error_pct
        );
        out
    }
}
