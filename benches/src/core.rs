//! The core's figures, all counted in its own clock cycles with a memory of 30 cycles and a sink that is always ready: instructions a cycle and
//! what is lost to what, what tracing costs, CoreMark. And the simulation's speed, in CPU seconds.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use assay_guests::coremark;
use serde_json::Value;

/// A guest and the bytes of its sample, so that it runs some millions of clock cycles.
pub const GUESTS: [(&str, usize); 5] = [
    ("crc32", 48 << 10),
    ("ecdsa", 64),
    ("json", 8 << 10),
    ("sha256", 24 << 10),
    ("sort", 16 << 10),
];

/// What each guest's cycles went to.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Clock cycles of the core.
    pub cycles: u64,
    /// Instructions a cycle.
    pub ipc: f64,
    /// The part of the cycles that each cause took.
    pub lost: Vec<(String, f64)>,
}

/// The smallest segments, so that tracing copies the most pages.
const SMALLEST_SEGMENTS: [&str; 2] = ["--po2", "13"];

/// Runs a guest in lock-step, in segments of 2^13 cycles.
///
/// # Errors
/// If it cannot be run, or differs.
pub fn profile(assay: &Path, guest: &str, bytes: usize) -> anyhow::Result<Profile> {
    let report = guest_report(assay, guest, bytes, &SMALLEST_SEGMENTS)?;
    let profile = &report["profile"];
    let lost = profile["lost"]
        .as_array()
        .context("the profile has losses")?;
    Ok(Profile {
        cycles: number(profile, "cycles")?,
        ipc: real(profile, "ipc")?,
        lost: lost
            .iter()
            .map(|lost| {
                let cause = lost["cause"].as_str().context("a loss has a cause")?;
                Ok((cause.to_owned(), real(lost, "share")?))
            })
            .collect::<anyhow::Result<_>>()?,
    })
}

/// The same guest on the core alone, without a trace unit: its clock cycles.
///
/// # Errors
/// If it cannot be run, or ends otherwise than by a halt with 0.
pub fn untraced_cycles(assay: &Path, guest: &str, bytes: usize) -> anyhow::Result<u64> {
    let report = guest_report(assay, guest, bytes, &["--core", "untraced", "--unchecked"])?;
    let status = &report["status"];
    ensure!(
        status["halted"] == true && status["exit_code"] == 0,
        "{guest} ends otherwise: {status}"
    );
    number(&report["profile"], "cycles")
}

/// CoreMark's iterations a second and megahertz, with caches of 8 KiB each.
///
/// # Errors
/// If it cannot be compiled or run, or does not find its own results right.
pub fn coremark_per_mhz(assay: &Path, flags: &[&str]) -> anyhow::Result<f64> {
    const ITERATIONS: u32 = 10;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("coremark");
    let elf = coremark::build_with(&assay_guests::suites()?, ITERATIONS, flags)?;
    std::fs::write(&path, elf)?;
    let report = cosim(assay, |command| {
        command.arg(&path).args(["--core", "small-caches"])
    })?;
    let status = &report["status"];
    ensure!(
        status["halted"] == true && status["exit_code"] == 0,
        "CoreMark's checksums are wrong: {status}"
    );
    Ok(f64::from(ITERATIONS) * 1e6 / number(&report["profile"], "cycles")? as f64)
}

/// How fast the simulation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Clock cycles a CPU second with everything compared.
    pub checked: f64,
    /// The same with the hardware alone.
    pub unchecked: f64,
}

/// Simulates a guest with and without comparing, in turn, and takes the best of each.
///
/// # Errors
/// If it cannot be run.
pub fn speed(assay: &Path, times: u32) -> anyhow::Result<Speed> {
    let rate = |options: &[&str]| {
        let report = guest_report(assay, "ecdsa", 64, options)?;
        Ok::<_, anyhow::Error>(
            number(&report, "clock_cycles")? as f64 / real(&report, "cpu_seconds")?,
        )
    };
    let mut best = Speed {
        checked: 0.0,
        unchecked: 0.0,
    };
    for _ in 0..times {
        best.checked = best.checked.max(rate(&[])?);
        best.unchecked = best.unchecked.max(rate(&["--unchecked"])?);
    }
    Ok(best)
}

fn guest_report(
    assay: &Path,
    guest: &str,
    bytes: usize,
    options: &[&str],
) -> anyhow::Result<Value> {
    cosim(assay, |command| {
        command
            .args([guest, "--sample", &bytes.to_string()])
            .args(options)
    })
}

/// `assay cosim … --json` on steady memory: its report.
fn cosim(
    assay: &Path,
    options: impl FnOnce(&mut Command) -> &mut Command,
) -> anyhow::Result<Value> {
    let mut command = Command::new(assay);
    command.arg("cosim");
    options(&mut command).args(["--timing", "steady", "--json"]);
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?}: {}{}",
            String::from_utf8_lossy(&output.stderr).trim(),
            String::from_utf8_lossy(&output.stdout).trim()
        );
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?}"))
}

fn number(value: &Value, key: &str) -> anyhow::Result<u64> {
    value[key].as_u64().with_context(|| format!("no `{key}`"))
}

fn real(value: &Value, key: &str) -> anyhow::Result<f64> {
    value[key].as_f64().with_context(|| format!("no `{key}`"))
}
