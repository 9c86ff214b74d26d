//! `cargo xtask demo`: the main job, on a real program.

use anyhow::Result;

use crate::process::{cargo, run};
use crate::{setup, workspace};

/// Options of `demo`.
#[derive(clap::Args)]
pub struct Args {
    /// The guest program to run; `assay guest list` shows them.
    #[arg(long, default_value = "sha256")]
    guest: String,
    /// Segments hold 2^PO2 cycles.
    #[arg(long, default_value_t = 16)]
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
    command.args(["--input", "Cargo.lock"]);
    run(&mut command)
}
