//! `assay card`: cards, looked at and tried.

mod bench;
mod info;
pub mod place;
mod selftest;
mod serve;

use std::path::PathBuf;
use std::time::Duration;

use assay_driver::vfio::KernelDevice;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::print_line;
use place::Place;

/// What about a card.
#[derive(clap::Subcommand)]
pub enum Command {
    /// PCI devices that could be cards, and the bodies that every machine has.
    List(ListArgs),
    /// What a card is, and what it has counted.
    Info(InfoArgs),
    /// Try all that a card does and compare with this machine: transfers, memory, transforms, trees, openings, permutations.
    Selftest(SelftestArgs),
    /// What driving a card costs: a command, a transfer, what lies between commands, a commitment.
    Bench(BenchArgs),
    /// Put an emulated card behind a vfio-user socket, for other processes.
    Serve(ServeArgs),
}

/// Options of `card list`.
#[derive(clap::Args)]
pub struct ListArgs {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Which card.
#[derive(clap::Args)]
pub struct CardArgs {
    /// `emu`: in this process, in Rust; `sim`: the RTL in simulation, in a build with `--features verilator`; `socket:PATH`: behind a vfio-user socket; a PCI address; `pci`: the only device that vfio-pci holds.
    #[arg(long, value_name = "WHERE", default_value = "emu")]
    card: Place,
    /// A card that ends no command for so many seconds is stopped and set up again.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    timeout: f64,
}

impl CardArgs {
    fn open(&self) -> Result<place::AnyDriver, Failure> {
        self.card.open(Duration::from_secs_f64(self.timeout))
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.01..=86_400.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("from 0.01 to 86400".to_owned())
    }
}

/// Options of `card info`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay card info                          the emulated card
  assay card info --card 0000:01:00.0      a PCI card: bind it to vfio-pci first
  assay card info --card socket:/run/card  a card behind a vfio-user socket

Opening a card takes it from whoever had it: its queue begins anew.")]
pub struct InfoArgs {
    #[command(flatten)]
    card: CardArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Options of `card selftest`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay card selftest                        the emulated card
  assay card selftest --card 01:00.0 --long  a PCI card, larger matrices and more of them

Each step prints how many cases had the right outcome. Exit status 1 if a step fails; the card is then not to be trusted with proofs.")]
pub struct SelftestArgs {
    #[command(flatten)]
    card: CardArgs,
    /// Larger matrices and more random cases: seconds on a card, minutes in simulation.
    #[arg(long)]
    long: bool,
    /// Where random cases start.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Options of `card bench`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay card bench                                     the emulated card: what the driver costs the host
  assay card bench --card 01:00.0 --log-rows 20 --columns 200 --json

Clock cycles are the card's own; seconds are the host's. An emulated card's cycles are its formulas', for memory that never waits.")]
pub struct BenchArgs {
    #[command(flatten)]
    card: CardArgs,
    /// Commands that do nothing.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    commands: u32,
    /// Commands that wait for each other.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    chain: u32,
    /// log2 of a commitment's rows.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=23))]
    log_rows: u8,
    /// Its columns.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    columns: u32,
    /// log2 of its blow-up.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=7))]
    log_blowup: u8,
    /// Rows that are opened.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    openings: u32,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Options of `card serve`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  assay card serve --socket /run/card &
  assay card info --card socket:/run/card

One client at a time; when it goes, however it goes, the card is reset. Ends with Ctrl-C.")]
pub struct ServeArgs {
    /// Where to listen; there must be nothing.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
    /// End after so many clients.
    #[arg(long, value_name = "N")]
    clients: Option<u64>,
}

/// Runs the command.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(args) => list(args),
        Command::Info(args) => info::run(args),
        Command::Selftest(args) => selftest::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Serve(args) => serve::run(args),
    }
}

fn list(args: &ListArgs) -> Outcome {
    let devices = KernelDevice::list().map_err(Failure::surroundings)?;
    if args.json {
        let all = json!({ "pci": devices, "bodies": BODIES.map(|(name, _)| name) });
        print_line(&all.to_string())?;
        return Ok(Exit::Success);
    }
    for device in &devices {
        print_line(&format!(
            "{device}  held by vfio-pci; `assay card info --card {device}` says whether it is a card of ours"
        ))?;
    }
    if devices.is_empty() {
        print_line("no PCI device is held by vfio-pci")?;
    }
    for (name, what) in BODIES {
        print_line(&format!("{name:<14}{what}"))?;
    }
    Ok(Exit::Success)
}

/// Cards that a machine without a card has.
const BODIES: [(&str, &str); 2] = [
    ("emu", "in this process, in Rust"),
    (
        "sim",
        "in this process, the RTL in simulation (needs a build with `--features verilator`)",
    ),
];
