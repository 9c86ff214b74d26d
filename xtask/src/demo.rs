//! `cargo xtask demo`: the main job, on a real program.

use anyhow::Result;

use crate::process::{cargo, run};
use crate::{setup, workspace};

/// Options of `demo`.
#[derive(clap::Args)]
pub struct Args {
    /// The guest program to run; `assay guest list` shows them.
    #[arg(long, default_value = "ecdsa")]
    guest: String,
    /// Bytes of input that are made for it.
    #[arg(long, default_value_t = 100)]
    sample: usize,
    /// Segments hold 2^PO2 cycles.
    #[arg(long, default_value_t = 20)]
    po2: u8,
}

/// Sets up, then runs the guest in lock-step.
///
/// # Errors
/// If set-up fails, or the two machines differ.
pub fn run_demo(args: &Args) -> Result<()> {
    let setup = setup::run()?;
    eprintln!("demo: building the simulator (some minutes the first time)");
    let mut command = cargo(&workspace::root());
    setup.export(&mut command);
    command.args([
        "run",
        "--quiet",
        "--package",
        "assay-cli",
        "--features",
        "verilator",
        "--",
        "cosim",
    ]);
    command.args([&args.guest, "--po2", &args.po2.to_string()]);
    command.args(["--sample", &args.sample.to_string()]);
    run(&mut command)
}
