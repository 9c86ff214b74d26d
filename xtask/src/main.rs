//! The workspace's own commands, `cargo xtask …`: set-up, generation, checks, figures.
#![forbid(unsafe_code)]

mod bugs;
mod coverage;
mod cuda;
mod demo;
mod devices;
mod faults;
mod figures;
mod formal;
mod fpga;
mod r#gen;
mod lint;
mod page;
mod process;
mod random;
mod readme;
mod replay;
mod setup;
mod slow;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workspace's own commands. New here? `cargo xtask demo` shows the main job, `cargo xtask test` checks everything.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", max_term_width = 110, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask demo                      a real program on the golden model and on the RTL at once, every record compared
  cargo xtask test                      what CI runs: lint, drift checks, unit tests, riscv-tests, random programs
  cargo xtask test --no-rtl             the same without anything that needs Verilator
  cargo xtask figures --only executor   measure one part; without --only everything
  cargo xtask gen --check               are the generated Rust and SystemVerilog files those of the contract?
  cargo xtask cuda --package            one file for a machine with a GPU and nothing else
  VERILATOR=/usr/bin/verilator cargo xtask test     use a Verilator of your own";

#[derive(Subcommand)]
enum Command {
    /// Install what the other commands need and what is missing: C++ compiler, Clang for quicker models of the RTL, Verilator, RISC-V compiler. Quick when all is there.
    Setup,
    /// Run what CI runs, print what was matched, and end with `N passed, N failed`.
    Test(test::Args),
    /// Run the suites that are too long for CI: thousands of random programs, larger guests, long fuzzing.
    Slow(slow::Args),
    /// Set up, then run a real program on the golden model and on the Verilated RTL in lock-step.
    Demo(demo::Args),
    /// Measure the figures of the README and print them as one flat JSON object.
    Figures(figures::Args),
    /// Plant every bug of hw-abi/plants.toml, one at a time, and write down what caught it.
    Bugs(bugs::Args),
    /// Let every fault of a card happen on every body of it, and write down what became of it.
    Faults(faults::Args),
    /// Run random programs and print what they covered: situations, and lines and toggles of the RTL.
    Coverage(coverage::Args),
    /// Repeat the failure in a directory that `assay cosim --shrink` wrote; sets up what is missing.
    Replay(replay::Args),
    /// Compile the CUDA kernels for every architecture, print registers and spills, and leave the images in target/cuda; no GPU needed.
    Cuda(cuda::Args),
    /// Render the README's tables from benches/results/figures.json.
    Readme(readme::Args),
    FpgaReport(fpga::Args),
    /// Prove or search assertions of the RTL with open tools, and require that planted bugs break them.
    Formal(formal::Args),
    /// Lint the RTL with Verilator, all warnings on.
    LintRtl,
    /// Generate Rust and SystemVerilog from the contract.
    Gen {
        /// Only compare: fails, and names each file, if a committed file is not what the contract says.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Setup => {
            setup::clang();
            setup::run().map(|_| ())
        }
        Command::Test(args) => test::run_all(&args),
        Command::Slow(args) => slow::run(&args),
        Command::Demo(args) => demo::run_demo(&args),
        Command::Figures(args) => figures::print(&args),
        Command::Bugs(args) => bugs::run(&args),
        Command::Faults(args) => faults::run(&args),
        Command::Coverage(args) => coverage::measure(&args),
        Command::Replay(args) => replay::run_bundle(&args),
        Command::Cuda(args) => cuda::run(&args),
        Command::Readme(args) => readme::run(&args),
        Command::FpgaReport(args) => fpga::run(&args),
        Command::Formal(args) => formal::run(&args),
        Command::LintRtl => lint::run_installed(),
        Command::Gen { check } => r#gen::run(check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn every_command_has_options_that_clap_accepts() {
        Cli::command().debug_assert();
    }
}
