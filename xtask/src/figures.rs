//! `cargo xtask figures`: measures, and prints one flat JSON object.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process::{capture_stdout, cargo, run};
use crate::readme::figures_path;
use crate::{cuda, devices, fpga, random, setup, workspace};

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

/// How the keys of the engines' figures begin: their tests measure them.
const ENGINES: [&str; 5] = [
    "ntt.",
    "poseidon2.cycles",
    "merkle.",
    "fused.",
    "planted_bugs.engines",
];

/// How the keys begin that compilers and the tests of the CUDA kernels give.
const CUDA: &str = "cuda.";

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
    let engines = ENGINES.iter().any(|key| is_program(key));
    let is_device = devices::KEYS.iter().any(|key| is_program(key));
    let kernels = is_program(CUDA);
    let mut figures = Map::new();
    if kernels {
        figures.extend(cuda::figures()?);
        figures.extend(measure_host_kernels()?);
    }
    if is_device {
        figures.extend(devices::measure(only)?);
    }
    if engines {
        figures.extend(measure_engines()?);
    }
    // "planted_bugs" is of both.
    let no_programs = ENGINES
        .iter()
        .chain(&devices::KEYS)
        .chain([&CUDA])
        .any(|key| only.starts_with(key.trim_end_matches('.')));
    if runs || (blocks.is_empty() && group != "fpga" && !no_programs) {
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

/// Runs the engines' tests and reads the figures that they print.
fn measure_engines() -> Result<Map<String, Value>> {
    let setup = setup::run()?;
    let mut command = cargo(&workspace::root());
    setup.export(&mut command);
    command.args(["test", "--quiet", "--package", "assay-engine-sim"]);
    command.args(["--features", "verilator", "--", "--show-output"]);
    printed(&capture_stdout(&mut command)?)
}

/// Runs the conformance suite on the CUDA kernels as they are compiled for the host, and reads how many cases they passed.
fn measure_host_kernels() -> Result<Map<String, Value>> {
    let mut command = cargo(&workspace::root());
    command.args(["test", "--quiet", "--package", "assay-hal-cuda"]);
    command.args(["--features", "host", "--test", "conformance"]);
    printed(&capture_stdout(command.args(["--", "--show-output"]))?)
}

/// The lines `figure KEY VALUE` of tests; what several have a part of is added up.
///
/// # Errors
/// If a value is no number, or cannot be added.
pub fn printed(output: &str) -> Result<Map<String, Value>> {
    let mut figures = Map::new();
    for line in output.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let &["figure", key, value] = words.as_slice() else {
            continue;
        };
        let value: serde_json::Number = value.parse().with_context(|| line.to_owned())?;
        let sum = match figures.get(key) {
            None => value,
            Some(before) => before
                .as_u64()
                .zip(value.as_u64())
                .map(|(before, value)| (before + value).into())
                .with_context(|| format!("{line}: not the first {key}, and no count"))?,
        };
        figures.insert(key.to_owned(), Value::Number(sum));
    }
    Ok(figures)
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

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn figures_of_tests_are_read_and_counts_added() {
        let output = "caught a\nfigure planted_bugs.engines.caught 3\nfigure ntt.utilisation.2^12 0.905\n\
            figure planted_bugs.engines.caught 4\n";
        let figures = printed(output).expect("they are figures");
        assert_eq!(figures["planted_bugs.engines.caught"], 7);
        assert_eq!(figures["ntt.utilisation.2^12"], 0.905);
        assert_eq!(figures.len(), 2);
    }

    #[test]
    fn a_measured_figure_is_not_added_to() {
        for output in ["figure a 0.5\nfigure a 0.5\n", "figure a b\n"] {
            printed(output).expect_err("refused");
        }
    }
}
