#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bench;
mod card;
mod cosim;
mod exit;
mod guest;
mod input;
mod inspect;
mod interrupt;
mod logging;
mod memory;
mod model;
mod output;
mod phases;
mod program;
mod progress;
mod prove;
mod run;
mod text;
mod trace;
mod unit;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs guest programs on the golden model, proves that they ran, compares the RTL with it, and shows traces.
#[derive(Parser)]
#[command(name = "assay", version, max_term_width = 110, after_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Examples:
  assay run sha256 --input Cargo.lock          a guest that comes with the workspace, on the golden model
  assay run my.elf --po2 16 --out session      your own program; its segments go to the directory `session`
  assay cosim sha256 --input Cargo.lock        the same program on golden model and RTL in lock-step
  assay prove sha256 --input Cargo.lock -o a.receipt   prove the run
  assay verify a.receipt --program sha256      and check the proof
  assay trace dump session --orders 0..20      the first 20 retired instructions
  assay model sha256 --sample 4000000          how long an FPGA card would take for its commitments
  assay bench                                  the same work on every device of this machine
  assay card bench                             what driving a card costs, on the emulated one
  assay guest list                             the programs that come with the workspace

Exit status:
  0   all well; for `run`: the guest halted with exit code 0; for `cosim`: everything matched
  1   a difference: the RTL (cosim) or the second trace (trace diff) is not the first
  2   bad usage or bad input: options, ELF, segment and input files
  3   the surroundings are wrong: an output that cannot be written, too little memory, a build without the RTL
  4   a receipt does not prove what was asked (verify)
  10  the guest halted with another exit code than 0
  11  the guest faulted
  12  the session limit was reached
  130 interrupted

Logs go to stderr; ASSAY_LOG (or RUST_LOG) chooses them, for example ASSAY_LOG=debug.";

#[derive(Subcommand)]
enum Command {
    /// Run a program on the golden model.
    Run(run::Args),
    /// Run a program on the golden model and on the Verilated RTL in lock-step, and compare everything.
    Cosim(Box<cosim::Args>),
    /// Prove that a program ran: to a receipt, or segments to seals.
    Prove(prove::Args),
    /// Check a receipt, and give its journal.
    Verify(verify::Args),
    /// Show what a receipt, a seal or a segment says, and what the proofs are worth.
    Inspect(inspect::Args),
    /// Run one engine of the RTL in simulation, and compare it with Plonky3.
    #[command(subcommand)]
    Unit(unit::Command),
    /// Cards, looked at and tried.
    #[command(subcommand)]
    Card(card::Command),
    /// The same work on every device, checked, and side by side.
    Bench(Box<bench::Args>),
    /// How long an FPGA card would take, modelled from measured clock cycles.
    Model(model::Args),
    /// Show or compare traces.
    #[command(subcommand)]
    Trace(trace::Command),
    /// Guest programs that come with the workspace.
    #[command(subcommand)]
    Guest(guest::Command),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::init();
    interrupt::install();
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Cosim(args) => cosim::run(&args),
        Command::Prove(args) => prove::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Unit(command) => unit::run(&command),
        Command::Card(command) => card::run(&command),
        Command::Bench(args) => bench::run(&args),
        Command::Model(args) => model::run(&args),
        Command::Trace(command) => trace::run(&command),
        Command::Guest(command) => guest::run(&command),
    };
    exit::report(result)
}
