//! Peak memory of `assay run`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use assay_tests::programs;
use serde_json::Value;

/// The largest resident memory of `assay run` on a loop of so many instructions, with segments written to a directory as they close.
///
/// # Errors
/// If the run fails.
pub fn peak_bytes(assay: &Path, instructions: u64) -> anyhow::Result<u64> {
    let folder = tempfile::tempdir()?;
    let elf = folder.path().join("loop.elf");
    std::fs::write(&elf, programs::long_loop(instructions))?;
    let output = Command::new(assay)
        .arg("run")
        .arg(&elf)
        .arg("--json")
        .arg("--out")
        .arg(folder.path().join("session"))
        .output()?;
    ensure!(
        output.status.success(),
        "assay run: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let cycles = report["cycles"].as_u64().context("the report has cycles")?;
    ensure!(
        cycles >= instructions,
        "{cycles} cycles, expected {instructions}"
    );
    report["peak_bytes"]
        .as_u64()
        .context("the system says how much memory was used")
}
