//! `cargo xtask replay`: a repro bundle, in a clone that has nothing yet.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process::{assay, run};
use crate::setup;

/// Options of `replay`.
#[derive(clap::Args)]
pub struct Args {
    /// The directory that `assay cosim --shrink` wrote.
    bundle: PathBuf,
    /// Write the waveform of the failure to PATH.vcd and PATH.fst.
    #[arg(long, value_name = "PATH")]
    waves: Option<PathBuf>,
}

/// Sets up, builds, and repeats the failure.
///
/// # Errors
/// If set-up fails, or, as `assay cosim` does, with status 1 if the failure is still there.
pub fn run_bundle(args: &Args) -> Result<()> {
    let setup = setup::run()?;
    // Paths are the user's: `assay` runs in the workspace.
    let bundle = std::path::absolute(&args.bundle)?;
    let mut command = assay(&setup)?;
    command.args(["cosim", "--replay"]).arg(bundle);
    if let Some(waves) = &args.waves {
        command.arg("--waves").arg(std::path::absolute(waves)?);
    }
    run(&mut command).context("the failure is still there")
}
