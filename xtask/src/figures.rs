//! `cargo xtask figures`: measures, and prints one flat JSON object.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process::{capture_stdout, cargo, run};
use crate::readme::figures_path;
use crate::{fpga, random, setup, workspace};

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
pub fn print(args: &Args) -> Result<()> {
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

/// Where `fpga-report` leaves its figures.
const FPGA_REPORT: &str = "target/fpga-report.json";

/// How the keys of the core's figures begin that come from running programs on it.
const CORE_RUNS: [&str; 4] = [
    "core.coremark",
    "core.ipc",
    "core.lost",
    "core.trace_overhead",
];

fn measure(only: &str) -> Result<Map<String, Value>> {
    let group = only.split('.').next().unwrap_or("");
    let blocks: Vec<_> = fpga::blocks()
        .into_iter()
        .filter(|block| {
            !only.is_empty()
                && (*block == group || only.starts_with(block) || block.starts_with(only))
        })
        .collect();
    let is_program = |key: &str| key.starts_with(only) || only.starts_with(key);
    // The core is both: a block that is placed, and one that runs programs.
    let runs = group == "core" && CORE_RUNS.iter().any(|key| is_program(key));
    let places = group != "core" || !CORE_RUNS.iter().any(|key| only.starts_with(key));
    let mut figures = Map::new();
    if runs || (blocks.is_empty() && group != "fpga") {
        let kept = random::figures()?;
        // What a long run has matched is more than any measurement here would.
        if group != "random" || !kept.keys().any(|key| key.starts_with(only)) {
            figures.extend(measure_programs(only)?);
        }
        figures.extend(kept);
    }
    if places && (!blocks.is_empty() || group == "fpga" || only.is_empty()) {
        figures.extend(measure_fpga(&blocks)?);
    }
    figures.retain(|key, _| group == "fpga" || key.starts_with(only));
    Ok(figures)
}

fn measure_programs(only: &str) -> Result<Map<String, Value>> {
    let setup = setup::run()?;
    let mut command = cargo(&workspace::root());
    setup.export(&mut command);
    // Much of it is measured with the command itself.
    run(command.args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "assay-cli",
        "--features",
        "cores",
    ]))?;
    let mut command = cargo(&workspace::root());
    setup.export(&mut command);
    command.args(["run", "--quiet", "--release", "--package", "assay-benches"]);
    command.args(["--bin", "figures", "--", "--only", only]);
    serde_json::from_str(&capture_stdout(&mut command)?).context("figures prints one JSON object")
}

fn measure_fpga(blocks: &[&str]) -> Result<Map<String, Value>> {
    let report = workspace::root().join(FPGA_REPORT);
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("fpga-report");
    for block in blocks {
        command.args(["--only", block]);
    }
    // Its table is for people; here it is progress.
    run(command.stdout(std::io::stderr()))?;
    let text = fs::read_to_string(&report).with_context(|| FPGA_REPORT)?;
    let mut figures: Map<String, Value> =
        serde_json::from_str(&text).with_context(|| FPGA_REPORT)?;
    // A list is no figure: the tools' versions stay in the report.
    figures.retain(|_, value| !value.is_array());
    Ok(figures)
}
