//! Child processes: run one and say what failed, or run a test suite and count its results.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::setup::Setup;
use crate::workspace;

/// What a test suite said about itself.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub passed: u64,
    pub failed: u64,
    /// Lines in which a test says how much it compared.
    pub matched: Vec<String>,
}

impl Outcome {
    fn read_line(&mut self, line: &str) {
        let text = strip_ansi(line);
        let text = text.trim();
        if let Some(counts) = text.strip_prefix("test result: ") {
            let number = |unit: &str| {
                counts
                    .split([';', '.'])
                    .find_map(|part| part.trim().strip_suffix(unit)?.trim().parse::<u64>().ok())
                    .unwrap_or(0)
            };
            self.passed += number("passed");
            self.failed += number("failed");
        } else if text.starts_with("matched ") {
            self.matched.push(text.to_owned());
        }
    }
}

fn strip_ansi(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            out.push(c);
        }
    }
    out
}

/// A command as a user would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|w| w.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs a command with its output on ours.
///
/// # Errors
/// If it cannot be started or ends with another status than 0.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a command and returns what it printed to stdout.
///
/// # Errors
/// As [`run`]; the text of stderr is part of the error.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` ended with {}: {}",
            shown(command),
            output.status,
            stderr.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command and returns what it printed to stdout; its stderr goes on ours.
///
/// # Errors
/// As [`run`].
pub fn capture_stdout(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command starts and ends with status 0; its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a `cargo test` and counts what passed, what failed and what was matched, while its output goes on to ours.
///
/// # Errors
/// If it cannot be started. A failing suite is an `Outcome`; one that fails without saying so (it did not compile) counts as one failure.
pub fn run_suite(command: &mut Command) -> Result<Outcome> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut outcome = Outcome::default();
    let mut ours = std::io::stdout().lock();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        outcome.read_line(&line);
        writeln!(ours, "{line}")?;
    }
    if !child.wait()?.success() && outcome.failed == 0 {
        outcome.failed = 1;
    }
    Ok(outcome)
}

/// `assay` with the RTL in it, in a release build that is made if it is not there.
///
/// # Errors
/// If it does not build.
pub fn assay(setup: &Setup) -> Result<Command> {
    assay_with(setup, "verilator")
}

/// `assay` with the RTL and these features.
///
/// # Errors
/// If it does not build.
pub fn assay_with(setup: &Setup, features: &str) -> Result<Command> {
    let root = workspace::root();
    let mut build = cargo(&root);
    setup.export(&mut build);
    build.args(["build", "--quiet", "--release", "--package", "assay-cli"]);
    run(build.args(["--features", features]))?;
    let mut command = Command::new(root.join("target/release/assay"));
    setup.export(&mut command);
    command.current_dir(root);
    Ok(command)
}

/// Cargo, in the workspace.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_counts_what_cargo_test_prints() {
        let mut outcome = Outcome::default();
        for line in [
            "running 4 tests",
            "matched 12 records in 3 segments",
            "test result: \u{1b}[32mok\u{1b}[0m. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            outcome.read_line(line);
        }
        assert_eq!((outcome.passed, outcome.failed), (8, 2));
        assert_eq!(outcome.matched, ["matched 12 records in 3 segments"]);
    }
}
