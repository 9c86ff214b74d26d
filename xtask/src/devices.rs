//! What is measured of cards and devices: their tests' figures, what driving a card costs, and whether a proof on the RTL is the CPU's.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::demo;
use crate::figures::printed;
use crate::process::{assay, capture_stdout, cargo};
use crate::setup::{self, Setup};
use crate::workspace;

/// How the keys begin.
pub const KEYS: [&str; 3] = ["card.", "demo.", "hal."];

/// What tests print.
const TESTED: [&str; 4] = [
    "card.faults",
    "card.soak",
    "card.cycles_between_dependent",
    "hal.",
];
/// What `assay card bench` measures on the emulated card, by its names, and with what.
const DRIVEN: [(&str, &str); 2] = [
    ("card.host_us_per_command", "/us_per_command"),
    (
        "card.pcie_bytes_per_column_byte",
        "/commitment/pcie_bytes_per_column_byte",
    ),
];
/// A commitment of a segment's size, with a proof's openings.
const LOAD: [&str; 6] = ["--log-rows", "16", "--columns", "200", "--openings", "100"];

/// Measures what has a key that begins with `only`, or is the beginning of one.
///
/// # Errors
/// If a test fails or something cannot be run.
pub fn measure(only: &str) -> Result<Map<String, Value>> {
    let wanted = |key: &str| key.starts_with(only) || only.starts_with(key);
    let setup = setup::run()?;
    let mut figures = Map::new();
    if TESTED.iter().any(|key| wanted(key)) {
        figures.extend(tested(&setup)?);
    }
    if DRIVEN.iter().any(|(key, _)| wanted(key)) {
        figures.extend(driven(&setup)?);
    }
    if wanted("demo.") {
        let identical = u8::from(demo::prove_on_card(&setup)?);
        figures.insert("demo.receipts_identical".to_owned(), identical.into());
    }
    Ok(figures)
}

/// Runs the tests of driver, devices, and of both on the RTL.
fn tested(setup: &Setup) -> Result<Map<String, Value>> {
    let mut output = String::new();
    for arguments in [
        &[
            "--package",
            "assay-driver",
            "--package",
            "assay-hal",
            "--package",
            "assay-hal-fpga",
        ][..],
        &["--package", "assay-card-sim", "--features", "verilator"],
    ] {
        let mut command = cargo(&workspace::root());
        setup.export(&mut command);
        command.args(["test", "--quiet"]).args(arguments);
        output += &capture_stdout(command.args(["--", "--show-output"]))?;
    }
    let mut figures = printed(&output)?;
    // The card's planted bugs are counted as well, and belong to the engines.
    figures.retain(|key, _| KEYS.iter().any(|begin| key.starts_with(begin)));
    Ok(figures)
}

fn driven(setup: &Setup) -> Result<Map<String, Value>> {
    let mut command = assay(setup)?;
    command.args(["card", "bench", "--json"]).args(LOAD);
    let report: Value = serde_json::from_str(&capture_stdout(&mut command)?)?;
    let figure = |(key, path): (&str, &str)| {
        let value = report.pointer(path).with_context(|| path.to_owned())?;
        Ok((key.to_owned(), value.clone()))
    };
    DRIVEN.into_iter().map(figure).collect()
}
