//! `assay unit`: one engine of the RTL in simulation, compared with Plonky3.

#[cfg(feature = "engines")]
mod merkle;
#[cfg(feature = "engines")]
mod ntt;
#[cfg(feature = "engines")]
mod poseidon2;

use std::path::PathBuf;

use assay_abi::plants::{ENGINE_PLANTS, Plant};
#[cfg(feature = "engines")]
use assay_engine_sim::Engine;
use clap::ValueEnum;
#[cfg(feature = "engines")]
use serde::Serialize;

use crate::exit::{Failure, Outcome};
#[cfg(feature = "engines")]
use crate::{exit::Exit, output::print_line, text::grouped};

/// Which engine.
#[derive(clap::Subcommand)]
pub enum Command {
    /// The NTT engine: a transform of every column of a random matrix.
    Ntt(NttArgs),
    /// The Poseidon2 engine: permutations of states, digests of pairs or of rows.
    Poseidon2(Poseidon2Args),
    /// The Merkle engine: whole trees, in a memory that takes its time.
    Merkle(MerkleArgs),
}

/// Options of every engine.
#[derive(clap::Args)]
struct Common {
    /// The field.
    #[arg(long, value_enum, default_value_t = Field::Koalabear)]
    field: Field,
    /// Cycles of a hundred in which nothing is offered, and in which nothing is taken.
    #[arg(long, default_value_t = 0, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=95))]
    pauses: u32,
    /// Of the input and of the pauses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give the engine this bug of hw-abi/engine_plants.toml, to see the comparison fail.
    #[arg(long, value_name = "NAME", value_parser = parse_plant)]
    plant: Option<&'static Plant>,
    /// Write a waveform. Engines with dozens of rounds write none.
    #[arg(long, value_name = "FILE.vcd")]
    waves: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Options of `unit ntt`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay unit ntt --log-n 12 --columns 20               forward, 20 columns of 2^12: cycles, the ideal, stalls by cause
  assay unit ntt --op lde --log-n 8 --log-blowup 2     an extension
  assay unit ntt --field babybear --log-n 6 --pauses 30 --seed 7    pauses on both sides
  assay unit ntt --log-n 5 --waves ntt.vcd             and a waveform

The engine has 2 lanes and columns of up to 2^12 in KoalaBear, 4 lanes and 2^7 in BabyBear. Every word that comes out is compared with
Plonky3's; without pauses the cycles are compared with the golden twin's too. Exit status 1 if anything differs.")]
pub struct NttArgs {
    #[command(flatten)]
    common: Common,
    /// What is done.
    #[arg(long, value_enum, default_value_t = Transform::Forward)]
    op: Transform,
    /// Binary logarithm of the columns' length.
    #[arg(long, default_value_t = 7, value_name = "N")]
    log_n: usize,
    /// Columns.
    #[arg(long, default_value_t = 20, value_name = "N")]
    columns: usize,
    /// Binary logarithm of the blow-up of an extension.
    #[arg(long, default_value_t = 1, value_name = "N")]
    log_blowup: usize,
}

/// Options of `unit poseidon2`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay unit poseidon2                                 permutations on the smallest core
  assay unit poseidon2 --core unrolled --count 5000    one a cycle
  assay unit poseidon2 --mode hash --widths 13,6 --count 300    digests of rows of two matrices side by side
  assay unit poseidon2 --mode compress --pauses 40 --seed 7     pauses on both sides

Every result is compared with Plonky3's. Exit status 1 if anything differs.")]
pub struct Poseidon2Args {
    #[command(flatten)]
    common: Common,
    /// How much hardware.
    #[arg(long, value_enum, default_value_t = Core::Folded)]
    core: Core,
    /// What is done.
    #[arg(long, value_enum, default_value_t = Mode::Permute)]
    mode: Mode,
    /// States, pairs or rows.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = parse_count)]
    count: usize,
    /// Columns of the matrices whose rows are hashed side by side.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "16",
        value_name = "COLUMNS[,…]"
    )]
    widths: Vec<usize>,
}

/// Options of `unit merkle`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay unit merkle                                    a tree over 1024 rows of 16 columns
  assay unit merkle --matrices 1500x9,750x8            shorter matrices join at their layer
  assay unit merkle --core unrolled --matrices 8192x16 --trees 4    four trees behind each other on a core of one permutation a cycle
  assay unit merkle --read-latency 150 --write-latency 110 --pauses 30 --seed 7    a slow memory, pauses on all sides

Every digest in memory is compared with Plonky3's; without pauses the cycles are compared with the golden twin's too. Exit status 1 if
anything differs.")]
pub struct MerkleArgs {
    #[command(flatten)]
    common: Common,
    /// How much hardware; unrolled is there in KoalaBear.
    #[arg(long, value_enum, default_value_t = Core::Folded)]
    core: Core,
    /// Rows and columns of each matrix.
    #[arg(long, value_delimiter = ',', default_value = "1024x16", value_name = "ROWSxCOLUMNS[,…]", value_parser = parse_matrix)]
    matrices: Vec<(usize, usize)>,
    /// The same shape so often, one tree behind the other.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = parse_count)]
    trees: usize,
    /// Clocks from a read to its two digests.
    #[arg(long, default_value_t = 120, value_name = "CLOCKS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    read_latency: u32,
    /// Clocks from a digest to its acknowledgement.
    #[arg(long, default_value_t = 90, value_name = "CLOCKS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    write_latency: u32,
}

fn parse_plant(name: &str) -> anyhow::Result<&'static Plant> {
    let mut plants = ENGINE_PLANTS.iter();
    plants
        .find(|plant| plant.name == name)
        .ok_or_else(|| anyhow::anyhow!("there is no such bug in hw-abi/engine_plants.toml"))
}

/// What is done a million times takes minutes in simulation.
fn parse_count(text: &str) -> anyhow::Result<usize> {
    match text.parse()? {
        count @ 1..=1_000_000 => Ok(count),
        count => anyhow::bail!("{count} is not in 1..=1000000"),
    }
}

fn parse_matrix(text: &str) -> anyhow::Result<(usize, usize)> {
    let (rows, columns) = text
        .split_once('x')
        .ok_or_else(|| anyhow::anyhow!("rows and columns, such as 1024x16"))?;
    let (rows, columns) = (parse_count(rows)?, parse_count(columns)?);
    match rows.checked_mul(columns) {
        Some(..=0x0400_0000) => Ok((rows, columns)),
        _ => anyhow::bail!("more than 2^26 elements"),
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Field {
    /// p = 2^31 - 2^24 + 1.
    Koalabear,
    /// p = 2^31 - 2^27 + 1.
    Babybear,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Transform {
    /// Coefficients to evaluations over a coset, bit-reversed.
    Forward,
    /// Evaluations to coefficients.
    Inverse,
    /// Low-degree extension over a coset.
    Lde,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Core {
    /// A few rounds that every state goes through again and again.
    Folded,
    /// All rounds: a permutation a cycle.
    Unrolled,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// The permutation of a state.
    Permute,
    /// The digest of two digests.
    Compress,
    /// The digest of a row, by the padding-free sponge.
    Hash,
}

/// Runs the command.
#[cfg(feature = "engines")]
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Ntt(args) => ntt::run(args),
        Command::Poseidon2(args) => poseidon2::run(args),
        Command::Merkle(args) => merkle::run(args),
    }
}

/// Says what is missing.
#[cfg(not(feature = "engines"))]
pub fn run(_: &Command) -> Outcome {
    Err(Failure::surroundings(anyhow::anyhow!(
        "this build has no engines: `cargo build --release -p assay-cli --features engines`, which needs Verilator (`cargo xtask setup`)"
    )))
}

#[cfg(feature = "engines")]
impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Koalabear => "koalabear",
            Self::Babybear => "babybear",
        }
    }
}

#[cfg(feature = "engines")]
impl Core {
    const fn name(self) -> &'static str {
        match self {
            Self::Folded => "folded",
            Self::Unrolled => "unrolled",
        }
    }
}

/// An engine after its reset, with the bug and the waveform that were asked for.
#[cfg(feature = "engines")]
fn engine(name: &str, common: &Common, has_waves: bool) -> Result<Engine, Failure> {
    let engine = match &common.waves {
        None => Engine::new(name, common.plant),
        Some(_) if !has_waves => {
            return Err(Failure::Input(anyhow::anyhow!(
                "this engine writes no waves: it has too many units; the folded one of BabyBear does"
            )));
        }
        Some(path) => Engine::with_waves(name, common.plant, path),
    };
    engine.map_err(Failure::surroundings)
}

/// Percent, in 65,536ths.
#[cfg(feature = "engines")]
const fn of_65536(percent: u32) -> u32 {
    percent * 65_536 / 100
}

/// Says what differs.
#[cfg(feature = "engines")]
fn difference(what: &impl std::fmt::Display, common: &Common) -> Exit {
    eprintln!("difference: {what} (seed {})", common.seed);
    Exit::Difference
}

/// Prints what was found, as JSON if that was asked for.
#[cfg(feature = "engines")]
fn reported(report: &impl Serialize, text: String, common: &Common) -> Outcome {
    let text = if common.json {
        serde_json::to_string(report).map_err(Failure::surroundings)?
    } else {
        text
    };
    print_line(&text)?;
    Ok(Exit::Success)
}

/// Causes and counts, without those that did not happen.
#[cfg(feature = "engines")]
fn stalls(causes: &[(&'static str, u64)]) -> String {
    let causes: Vec<_> = causes
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(cause, count)| format!("{cause} {}", grouped(*count)))
        .collect();
    if causes.is_empty() {
        "nothing".to_owned()
    } else {
        causes.join(", ")
    }
}
