//! `cargo xtask figures`: measures, and prints one flat JSON object.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process::{capture_stdout, cargo};
use crate::readme::figures_path;
use crate::{setup, workspace};

/// Options of `figures`.
#[derive(clap::Args)]
pub struct Args {
    /// Measure only figures whose key starts with this.
    #[arg(long)]
    only: Option<String>,
    /// Also write what was measured into benches/results/figures.json, over what was there under the same keys.
    #[arg(long)]
    save: bool,
}

/// Measures with a release build of `assay-benches`.
///
/// # Errors
/// If set-up or a measurement fails.
pub fn run(args: &Args) -> Result<()> {
    let figures = measure(args.only.as_deref().unwrap_or(""))?;
    println!("{}", serde_json::to_string_pretty(&figures)?);
    if args.save {
        let path = figures_path();
        let mut all: Map<String, Value> = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| path.display().to_string())?,
            Err(_) => Map::new(),
        };
        all.extend(figures);
        all.sort_keys();
        fs::write(&path, serde_json::to_string_pretty(&all)? + "\n")?;
        eprintln!("figures: wrote {}", path.display());
    }
    Ok(())
}

fn measure(only: &str) -> Result<Map<String, Value>> {
    let setup = setup::run()?;
    let mut command = cargo(&workspace::root());
    setup.export(&mut command);
    command.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "assay-benches",
        "--features",
        "verilator",
    ]);
    command.args(["--bin", "figures", "--", "--only", only]);
    serde_json::from_str(&capture_stdout(&mut command)?).context("figures prints one JSON object")
}
