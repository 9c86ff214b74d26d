//! Child processes: run one and say what failed, or run a test suite and count its results.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};
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
    /// Names of tests that failed.
    pub broken: Vec<String>,
}

/// Reads what libtest prints.
#[derive(Default)]
struct Reader {
    outcome: Outcome,
    /// Whether the lines are those of tests that passed, which are many and of no interest.
    in_successes: bool,
}

impl Reader {
    /// Reads a line of libtest's output, and says whether it is worth a reader's time.
    fn read_line(&mut self, line: &str) -> bool {
        let text = strip_ansi(line);
        let text = text.trim();
        if let Some(counts) = text.strip_prefix("test result: ") {
            let number = |unit: &str| {
                counts
                    .split([';', '.'])
                    .find_map(|part| part.trim().strip_suffix(unit)?.trim().parse::<u64>().ok())
                    .unwrap_or(0)
            };
            self.outcome.passed += number("passed");
            self.outcome.failed += number("failed");
            self.in_successes = false;
            return number("passed") + number("failed") > 0;
        }
        match text {
            "successes:" => self.in_successes = true,
            "failures:" => self.in_successes = false,
            _ => {}
        }
        if text.starts_with("matched ") {
            self.outcome.matched.push(text.to_owned());
        }
        if let Some(test) = text.strip_prefix("test ") {
            if let Some(name) = test.strip_suffix(" ... FAILED") {
                self.outcome.broken.push(name.to_owned());
                return true;
            }
            return !(test.ends_with(" ... ok") || test.contains(" ... ignored"));
        }
        let counted = text.starts_with("running ") && text.contains(" test");
        !(self.in_successes || counted || text.is_empty())
    }
}

impl Outcome {
    /// Takes over what another one has counted.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.matched.extend(other.matched);
        self.broken.extend(other.broken);
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

/// Runs a `cargo test` and counts what passed, what failed and what was matched. Results and what failing tests print go on to our output; everything
/// goes to `target/test/<log>.log`.
///
/// # Errors
/// If it cannot be started. A failing suite is an `Outcome`; one that fails without saying so (it did not compile) counts as one failure.
pub fn run_suite(command: &mut Command, log: &str) -> Result<Outcome> {
    let folder = workspace::root().join("target/test");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join(log).with_extension("log");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut file = BufWriter::new(file);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut reader = Reader::default();
    let mut ours = std::io::stdout().lock();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        if reader.read_line(&line) {
            writeln!(ours, "{line}")?;
        }
        writeln!(file, "{line}")?;
    }
    file.flush()
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mut outcome = reader.outcome;
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
        let lines = [
            ("running 4 tests", false),
            ("test works ... ok", false),
            ("", false),
            ("successes:", false),
            ("---- works stdout ----", false),
            ("matched 12 records in 3 segments", false),
            (
                "test result: \u{1b}[32mok\u{1b}[0m. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                true,
            ),
            ("running 7 tests", false),
            ("test shape::breaks ... \u{1b}[31mFAILED\u{1b}[0m", true),
            ("successes:", false),
            ("---- other stdout ----", false),
            ("failures:", true),
            ("---- shape::breaks stdout ----", true),
            ("panicked: 1 is not 2", true),
            (
                "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                true,
            ),
            ("running 0 tests", false),
            (
                "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                false,
            ),
            ("error: test failed, to rerun pass `-p shape`", true),
        ];
        let mut reader = Reader::default();
        for (line, shown) in lines {
            assert_eq!(reader.read_line(line), shown, "{line}");
        }
        let outcome = reader.outcome;
        assert_eq!((outcome.passed, outcome.failed), (8, 2));
        assert_eq!(outcome.matched, ["matched 12 records in 3 segments"]);
        assert_eq!(outcome.broken, ["shape::breaks"]);
    }
}
