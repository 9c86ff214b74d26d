//! `cargo xtask lint-rtl`: Verilator's warnings, all of them, on every top of the RTL.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::run;
use crate::setup::{self, Verilator};
use crate::workspace;

/// What is elaborated on its own: the two blocks and the top that joins them.
const TOPS: [&str; 3] = ["assay_core", "assay_trace_unit", "assay_witness_top"];

/// The parts of the wrappers of foreign cores, each with the package before it.
const WRAPPERS: [&str; 3] = ["wrap_session", "wrap_fetch", "wrap_data"];

/// The engines' tops, with the parameters to elaborate each with.
const ENGINES: [(&str, &[&str]); 13] = [
    ("bench_commit", &["-GField=0"]),
    (
        "bench_commit",
        &["-GField=1", "-GLanes=4", "-GLogMax=4", "-GLogLoad=8"],
    ),
    ("bench_field", &["-GField=0"]),
    ("bench_field", &["-GField=1"]),
    ("bench_ntt", &["-GField=0"]),
    ("bench_ntt", &["-GField=1", "-GLanes=16"]),
    ("bench_ntt_memory", &["-GField=0", "-GLanes=4"]),
    (
        "bench_ntt_memory",
        &[
            "-GField=1",
            "-GLanes=16",
            "-GLogMax=4",
            "-GLogLoad=8",
            "-GLogStore=9",
        ],
    ),
    ("bench_sponge", &["-GField=0"]),
    ("bench_sponge", &["-GField=1", "-GShare=4"]),
    (
        "bench_sponge",
        &["-GField=0", "-GFullUnits=8", "-GPartialUnits=20"],
    ),
    ("bench_merkle", &["-GField=0"]),
    ("bench_merkle", &["-GField=1", "-GShare=2"]),
];

/// The card in its top for simulation, without and with the witness core.
const CARDS: [&[&str]; 2] = [
    &["-GWithWitness=0"],
    &["-GWithWitness=1", "-GField=1", "-GLanes=16"],
];

/// Lints with the Verilator that `setup` installed.
///
/// # Errors
/// If there is none, or it warns.
pub fn run_installed() -> Result<()> {
    lint(&setup::find_verilator()?)
}

/// Lints with this Verilator.
///
/// # Errors
/// If it warns.
pub fn lint(verilator: &Verilator) -> Result<()> {
    let root = workspace::root();
    let files = std::fs::read_to_string(root.join("rtl/files.f")).context("rtl/files.f")?;
    for top in TOPS {
        if !files
            .lines()
            .any(|line| line.trim().ends_with(&format!("/{top}.sv")))
        {
            bail!("rtl/files.f does not list {top}.sv");
        }
        lint_top(verilator, "rtl/files.f", top, &[])?;
    }
    for top in WRAPPERS {
        let file = format!("rtl/wrap/{top}.sv");
        lint_top(
            verilator,
            "rtl/files.f",
            top,
            &["rtl/wrap/wrap_pkg.sv", &file],
        )?;
    }
    for (top, parameters) in ENGINES {
        lint_top(verilator, "rtl/engines.f", top, parameters)?;
    }
    for parameters in CARDS {
        lint_top(verilator, "rtl/card.f", "bench_card", parameters)?;
    }
    Ok(())
}

fn lint_top(verilator: &Verilator, list: &str, top: &str, more: &[&str]) -> Result<()> {
    let root = workspace::root();
    let mut command = Command::new(&verilator.program);
    verilator.export(&mut command);
    command
        .current_dir(&root)
        .args(["--lint-only", "-Wall", "--assert", "--timing"]);
    if root.join("rtl/lint/waivers.vlt").exists() {
        command.arg("rtl/lint/waivers.vlt");
    }
    command.args(["-f", list, "--top-module", top]).args(more);
    run(&mut command).with_context(|| format!("lint of {top}"))?;
    let parameters: String = more
        .iter()
        .filter_map(|it| it.strip_prefix("-G"))
        .map(|it| format!(" {it}"))
        .collect();
    eprintln!(
        "lint-rtl: {top}{parameters}: no warnings (Verilator {})",
        verilator.version
    );
    Ok(())
}
