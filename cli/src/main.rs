#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cosim;
mod exit;
mod guest;
mod input;
mod interrupt;
mod logging;
mod output;
mod program;
mod progress;
mod run;
mod text;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs guest programs on the golden model, compares the RTL with it, and shows traces.
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
  assay trace dump session --orders 0..20      the first 20 retired instructions
  assay guest list                             the programs that come with the workspace

Exit status:
  0   all well; for `run`: the guest halted with exit code 0; for `cosim`: everything matched
  1   a difference: the RTL (cosim) or the second trace (trace diff) is not the first
  2   bad usage or bad input: options, ELF, segment and input files
  3   the surroundings are wrong: an output that cannot be written, a build without the RTL
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
    Cosim(cosim::Args),
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
        Command::Trace(command) => trace::run(&command),
        Command::Guest(command) => guest::run(&command),
    };
    exit::report(result)
}
