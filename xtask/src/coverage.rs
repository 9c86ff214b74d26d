//! `cargo xtask coverage`: runs random programs on the RTL that counts its lines and toggles, and prints both kinds of coverage in one table.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process::{assay_with, run};
use crate::readme::figures_path;
use crate::{setup, workspace};

/// Options of `coverage`.
#[derive(clap::Args)]
pub struct Args {
    /// Random programs to run.
    #[arg(long, default_value_t = 100)]
    programs: u32,
    /// The first one's seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write both percentages into benches/results/figures.json, and the table into docs/coverage.txt.
    #[arg(long)]
    save: bool,
}

/// Measures and prints.
///
/// # Errors
/// If set-up fails, or a program differs.
pub fn measure(args: &Args) -> Result<()> {
    let setup = setup::run()?;
    let folder = workspace::root().join("target/coverage");
    fs::create_dir_all(&folder)?;
    let (functional, lines) = (folder.join("functional.json"), folder.join("lines.dat"));
    for path in [&functional, &lines] {
        fs::remove_file(path).ok();
    }
    let table = folder.join("table.txt");
    let mut command = assay_with(&setup, "coverage")?;
    command.args(["cosim", "--random", &args.programs.to_string()]);
    command.args(["--seed", &args.seed.to_string()]);
    command.arg("--coverage").arg(&functional);
    command.arg("--line-coverage").arg(&lines);
    run(command.stdout(fs::File::create(&table)?))?;
    let text = fs::read_to_string(&table)?;
    print!("{text}");
    if args.save {
        fs::write(workspace::root().join("docs/coverage.txt"), &text)?;
        let path = figures_path();
        let old = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mut figures: Map<String, Value> = serde_json::from_str(&old)?;
        for (key, before) in [
            ("coverage.functional_pct", "functional coverage "),
            ("coverage.line_pct", "RTL: "),
            ("coverage.toggle_pct", "branches ran, "),
        ] {
            figures.insert(key.to_owned(), percent(&text, before)?.into());
        }
        figures.sort_keys();
        fs::write(&path, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}

/// The number between these words and a percent sign.
fn percent(text: &str, before: &str) -> Result<f64> {
    let found = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(" %"))
        .and_then(|(number, _)| number.trim().parse().ok());
    found.with_context(|| format!("no percentage behind `{before}`"))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_are_read_from_the_tables() {
        let text = "functional coverage 81.9 %: 2 of 3\nRTL: 95.0 % of 7 lines and branches ran, 80.5 % of 9 bits toggled\n";
        assert_eq!(percent(text, "functional coverage ").unwrap(), 81.9);
        assert_eq!(percent(text, "branches ran, ").unwrap(), 80.5);
        assert!(percent(text, "nothing ").is_err());
    }
}
