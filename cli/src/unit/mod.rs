//! `assay unit`: one engine of the RTL in simulation, compared with Plonky3.

#[cfg(feature = "engines")]
mod ntt;

use std::path::PathBuf;

use assay_abi::plants::{ENGINE_PLANTS, Plant};
use clap::ValueEnum;

#[cfg(not(feature = "engines"))]
use crate::exit::Failure;
use crate::exit::Outcome;

/// Which engine.
#[derive(clap::Subcommand)]
pub enum Command {
    /// The NTT engine: a transform of every column of a random matrix.
    Ntt(NttArgs),
}

/// Options of `unit ntt`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay unit ntt --log-n 12 --columns 20               forward, 20 columns of 2^12: cycles, the ideal, stalls by cause
  assay unit ntt --op lde --log-n 8 --log-blowup 2     an extension
  assay unit ntt --field babybear --log-n 6 --pauses 30 --seed 7    pauses on both sides
  assay unit ntt --log-n 5 --waves ntt.vcd             and a waveform

Every word that comes out is compared with Plonky3's; without pauses the cycles are compared with the golden twin's too. Exit status 1 if
anything differs.")]
pub struct NttArgs {
    /// The field; the engine has 2 lanes and columns of up to 2^12 in KoalaBear, 4 lanes and 2^7 in BabyBear.
    #[arg(long, value_enum, default_value_t = Field::Koalabear)]
    field: Field,
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
    /// Cycles of a hundred in which nothing is offered, and in which nothing is taken.
    #[arg(long, default_value_t = 0, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=95))]
    pauses: u32,
    /// Of the matrix and of the pauses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give the engine this bug of hw-abi/engine_plants.toml, to see the comparison fail.
    #[arg(long, value_name = "NAME", value_parser = parse_plant)]
    plant: Option<&'static Plant>,
    /// Write a waveform.
    #[arg(long, value_name = "FILE.vcd")]
    waves: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn parse_plant(name: &str) -> anyhow::Result<&'static Plant> {
    let mut plants = ENGINE_PLANTS.iter();
    plants
        .find(|plant| plant.name == name)
        .ok_or_else(|| anyhow::anyhow!("there is no such bug in hw-abi/engine_plants.toml"))
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

/// Runs the command.
#[cfg(feature = "engines")]
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Ntt(args) => ntt::run(args),
    }
}

/// Says what is missing.
#[cfg(not(feature = "engines"))]
pub fn run(command: &Command) -> Outcome {
    let Command::Ntt(_) = command;
    Err(Failure::surroundings(anyhow::anyhow!(
        "this build has no engines: `cargo build --release -p assay-cli --features engines`, which needs Verilator (`cargo xtask setup`)"
    )))
}
