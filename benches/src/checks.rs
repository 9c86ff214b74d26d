//! What is checked, counted: with `assay` itself, so that the figures are those of the command that users run.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, bail};
use assay_abi::Po2;
use assay_abi::plants::Plant;
use assay_executor::{Exit, Image, Input, NullSink, Session, SessionConfig};
use serde_json::Value;

/// How many riscv-tests pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RiscvTests {
    /// How many there are.
    pub run: u64,
    /// On the executor.
    pub executor_passed: u64,
    /// On the RTL, in lock-step.
    pub rtl_passed: u64,
}

/// What random programs matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomPrograms {
    /// How many programs.
    pub programs: u64,
    /// How many records were equal in all of them.
    pub records_matched: u64,
}

/// Runs rv32ui and rv32um.
///
/// # Errors
/// If the suite cannot be compiled or `assay` cannot be run; a test that fails is no error.
pub fn riscv_tests(assay: &Path) -> anyhow::Result<RiscvTests> {
    let folder = tempfile::tempdir()?;
    let mut count = RiscvTests::default();
    for (name, elf) in assay_guests::riscv_tests::build(&assay_guests::suites()?)? {
        count.run += 1;
        let passed = passes(&elf).with_context(|| name.clone())?;
        count.executor_passed += u64::from(passed);
        let path = folder.path().join(&name);
        std::fs::write(&path, &elf)?;
        // The RTL passes if it does what the executor does, and that passes.
        let equal = cosim(assay, |command| command.arg(&path))?["failure"].is_null();
        count.rtl_passed += u64::from(passed && equal);
    }
    Ok(count)
}

fn passes(elf: &[u8]) -> anyhow::Result<bool> {
    let image = Arc::new(Image::from_elf(elf)?);
    let config = SessionConfig {
        po2: Po2::DEFAULT,
        cycle_limit: Some(1_000_000),
        roots: false,
    };
    let summary = Session::new(image, Input::new(), config).run(&mut NullSink)?;
    Ok(summary.exit == Exit::Halted { exit_code: 0 })
}

/// Runs so many random programs in lock-step on a core, under random timing and back-pressure.
///
/// # Errors
/// If they cannot be run, or one differs.
pub fn random_programs(assay: &Path, core: &str, programs: u64) -> anyhow::Result<RandomPrograms> {
    let report = cosim(assay, |command| {
        command.args(["--core", core, "--random", &programs.to_string()])
    })?;
    if !report["failure"].is_null() {
        bail!("a random program differs: {}", report["failure"]["replay"]);
    }
    let number = |key: &str| {
        report[key]
            .as_u64()
            .with_context(|| format!("no `{key}` in {report}"))
    };
    Ok(RandomPrograms {
        programs: number("programs")?,
        records_matched: number("records")?,
    })
}

/// Whether the lock-step check catches a planted bug, and names one of the fields where it must show.
///
/// # Errors
/// If the programs cannot be run.
pub fn is_caught(assay: &Path, plant: &Plant) -> anyhow::Result<bool> {
    // Enough for every bug so far with a wide margin; the first difference ends it.
    let report = cosim(assay, |command| {
        command.args(["--random", "60", "--plant", plant.name])
    })?;
    let field = report["failure"]["field"].as_str();
    Ok(field.is_some_and(|field| plant.fields.contains(&field)))
}

/// `assay cosim … --json`: its report.
fn cosim(
    assay: &Path,
    options: impl FnOnce(&mut Command) -> &mut Command,
) -> anyhow::Result<Value> {
    let mut command = Command::new(assay);
    command.arg("cosim");
    options(&mut command).arg("--json");
    let output = command.output().with_context(|| format!("{command:?}"))?;
    match output.status.code() {
        Some(0 | 1) => {
            serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?}"))
        }
        _ => bail!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
    }
}
