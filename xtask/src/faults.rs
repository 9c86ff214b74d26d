//! `cargo xtask faults`: lets every fault happen on every body of the card, and writes down what became of it, into benches/results/faults.json and, from
//! there, into the table of docs/faults.md.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::page::with_part;
use crate::process::{capture_stdout, cargo};
use crate::{setup, workspace};

/// Options of `faults`.
#[derive(clap::Args)]
pub struct Args {
    /// Run nothing: fails if the page is not what the results say.
    #[arg(long)]
    check: bool,
    /// Run nothing: read what these files say, such as those that `cargo xtask test` leaves in target/test.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "check")]
    from: Vec<PathBuf>,
}

/// What a test says about a fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    body: String,
    level: String,
    fault: String,
    outcome: String,
    ms: f64,
}

/// The bodies, in the order of the table's columns.
const BODIES: [&str; 3] = ["emulated", "vfio-user", "Verilated"];
/// Who has to deal with a fault, and how the page heads their tables.
const LEVELS: [(&str, &str); 2] = [
    ("driver", "The driver alone"),
    (
        "devices",
        "A list of the card and the CPU, as under the prover",
    ),
];

/// Runs the tests, or checks the page.
///
/// # Errors
/// If a test fails, or the page is another.
pub fn run(args: &Args) -> Result<()> {
    if args.check {
        return check();
    }
    let output = if args.from.is_empty() {
        tested()?
    } else {
        let texts = args.from.iter().map(fs::read_to_string);
        texts.collect::<Result<Vec<_>, _>>()?.concat()
    };
    let rows = rows(&output)?;
    fs::write(results_path(), serde_json::to_string_pretty(&rows)? + "\n")?;
    let (_, page) = rendered(&rows)?;
    fs::write(page_path(), page).context("docs/faults.md")?;
    eprintln!("faults: {} rows in docs/faults.md", rows.len());
    Ok(())
}

/// Fails if the page is not what the results say.
///
/// # Errors
/// Saying so, or that one of them cannot be read.
pub fn check() -> Result<()> {
    let (old, new) = rendered(&read()?)?;
    ensure!(
        old == new,
        "docs/faults.md is not what was measured: run `cargo xtask faults`"
    );
    Ok(())
}

/// The page as it is, and as these rows make it.
fn rendered(rows: &[Row]) -> Result<(String, String)> {
    let old = fs::read_to_string(page_path()).context("docs/faults.md")?;
    let new = with_part(&old, "faults", &tables(rows))?;
    Ok((old, new))
}

/// What the tests say.
fn tested() -> Result<String> {
    let setup = setup::run()?;
    let mut output = String::new();
    for arguments in SUITES {
        let mut command = cargo(&workspace::root());
        setup.export(&mut command);
        command.args(["test", "--quiet"]).args(*arguments);
        output += &capture_stdout(command.args(["--", "--show-output"]))?;
    }
    Ok(output)
}

/// The tests that let faults happen.
const SUITES: &[&[&str]] = &[
    &[
        "--package",
        "assay-driver",
        "--test",
        "faults",
        "--test",
        "vfio",
    ],
    &["--package", "assay-hal-fpga", "--test", "hal_faults"],
    &[
        "--package",
        "assay-card-sim",
        "--features",
        "verilator",
        "--test",
        "faults",
    ],
];

/// The lines `fault {…}`.
fn rows(output: &str) -> Result<Vec<Row>> {
    let rows: Vec<Row> = output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("fault "))
        .map(|text| serde_json::from_str(text).with_context(|| text.to_owned()))
        .collect::<Result<_>>()?;
    for body in BODIES {
        for (level, _) in LEVELS {
            if !rows
                .iter()
                .any(|row| row.body == body && row.level == level)
            {
                bail!("no fault was tried on the {body} card, {level}");
            }
        }
    }
    Ok(rows)
}

/// A table a level: faults in the order in which they were tried, and for each body the time until all was well again.
fn tables(rows: &[Row]) -> String {
    let mut out = format!("{} faults tried, {0} survived.\n", rows.len());
    for (level, title) in LEVELS {
        let rows: Vec<_> = rows.iter().filter(|row| row.level == level).collect();
        out += &format!("\n### {title}\n\n| fault | outcome |");
        for body in BODIES {
            out += &format!(" {body}, ms |");
        }
        out += "\n|---|---|---|---|---|\n";
        let mut seen: Vec<&str> = Vec::new();
        for row in &rows {
            if seen.contains(&row.fault.as_str()) {
                continue;
            }
            seen.push(&row.fault);
            let of = |body: &str| {
                rows.iter()
                    .find(|it| it.fault == row.fault && it.body == body)
            };
            out += &format!("| {} | {} |", row.fault, row.outcome.replace('|', "/"));
            for body in BODIES {
                let cell = of(body).map_or_else(|| "-".to_owned(), |it| format!("{:.1}", it.ms));
                out += &format!(" {cell} |");
            }
            out.push('\n');
        }
    }
    out
}

fn results_path() -> PathBuf {
    workspace::root().join("benches/results/faults.json")
}

fn page_path() -> PathBuf {
    workspace::root().join("docs/faults.md")
}

fn read() -> Result<Vec<Row>> {
    let path = results_path();
    let text = fs::read(&path).with_context(|| path.display().to_string())?;
    serde_json::from_slice(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(body: &str, level: &str, ms: f64) -> String {
        format!(
            r#"fault {{"body":"{body}","level":"{level}","fault":"lost","outcome":"made good","ms":{ms}}}"#
        )
    }

    #[test]
    fn rows_of_all_bodies_make_one_line_a_fault() {
        let lines: Vec<String> = LEVELS
            .iter()
            .flat_map(|(level, _)| BODIES.map(|body| line(body, level, 1.25)))
            .collect();
        let rows = rows(&lines.join("\nother\n")).expect("rows");
        assert_eq!(rows.len(), 6);
        let tables = tables(&rows);
        assert!(
            tables.starts_with("6 faults tried, 6 survived.\n"),
            "{tables}"
        );
        assert_eq!(
            tables
                .matches("| lost | made good | 1.2 | 1.2 | 1.2 |")
                .count(),
            2
        );
    }

    #[test]
    fn a_body_that_nobody_tried_is_missed() {
        rows(&line("emulated", "driver", 1.0)).expect_err("two bodies are missing");
    }
}
