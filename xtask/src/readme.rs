//! `cargo xtask readme`: the README's tables, rendered from the committed figures, so that no figure is ever typed.
//!
//! A table stands between `<!-- figures:begin NAME -->` and `<!-- figures:end NAME -->`; `benches/results/tables.toml` says what is in it, with cells
//! such as `{executor.records_per_s:M} million/s`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::workspace;

/// Options of `readme`.
#[derive(clap::Args)]
pub struct Args {
    /// Only compare: fails if the README differs from what would be written.
    #[arg(long)]
    check: bool,
}

#[derive(serde::Deserialize)]
struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Where the figures of the last full measurement are.
pub fn figures_path() -> PathBuf {
    workspace::root().join("benches/results/figures.json")
}

/// Renders or checks.
///
/// # Errors
/// If a marker names no table or is not closed, a cell cannot be read, or, with `--check`, the README differs.
pub fn run(args: &Args) -> Result<()> {
    if args.check { check() } else { write() }
}

/// Fails if the README's tables are not those of the figures.
pub fn check() -> Result<()> {
    let (path, old, new) = rendered()?;
    if old != new {
        bail!(
            "{} is not what the figures say: run `cargo xtask readme`",
            path.display()
        );
    }
    Ok(())
}

fn write() -> Result<()> {
    let (path, old, new) = rendered()?;
    if old != new {
        fs::write(&path, new)?;
        eprintln!("readme: wrote {}", path.display());
    }
    Ok(())
}

fn rendered() -> Result<(PathBuf, String, String)> {
    let path = workspace::root().join("README.md");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let read =
        |path: PathBuf| fs::read_to_string(&path).with_context(|| path.display().to_string());
    let tables = toml::from_str(&read(
        workspace::root().join("benches/results/tables.toml"),
    )?)?;
    let figures = serde_json::from_str(&read(figures_path())?)?;
    let new = render(&text, &tables, &figures)?;
    Ok((path, text, new))
}

fn render(
    text: &str,
    tables: &BTreeMap<String, Table>,
    figures: &Map<String, Value>,
) -> Result<String> {
    let marker = |line: &str, kind: &str| {
        let rest = line
            .trim()
            .strip_prefix("<!-- figures:")?
            .strip_prefix(kind)?;
        Some(rest.strip_suffix("-->")?.trim().to_owned())
    };
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(name) = marker(line, "begin ") else {
            continue;
        };
        let table = tables
            .get(&name)
            .with_context(|| format!("no table `{name}` in tables.toml"))?;
        out.push_str(&table_text(table, figures).with_context(|| format!("table `{name}`"))?);
        let end = lines.find(|line| marker(line, "end ").is_some_and(|end| end == name));
        out.push_str(end.with_context(|| format!("table `{name}` has no end marker"))?);
        out.push('\n');
    }
    Ok(out)
}

fn table_text(table: &Table, figures: &Map<String, Value>) -> Result<String> {
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut out = row(&table.head) + &row(&vec!["---".to_owned(); table.head.len()]);
    for cells in &table.rows {
        if cells.len() != table.head.len() {
            bail!(
                "a row has {} cells, the head {}",
                cells.len(),
                table.head.len()
            );
        }
        let filled = cells
            .iter()
            .map(|cell| fill(cell, figures))
            .collect::<Result<Vec<_>>>()?;
        out.push_str(&row(&filled));
    }
    Ok(out)
}

/// Replaces each `{key:format}`; a figure that was not measured says so.
fn fill(cell: &str, figures: &Map<String, Value>) -> Result<String> {
    let mut out = String::new();
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once('{') {
        let (slot, after) = after
            .split_once('}')
            .with_context(|| format!("`{cell}`: `{{` without `}}`"))?;
        let (key, format) = slot.split_once(':').unwrap_or((slot, "n"));
        out.push_str(before);
        let (key, divisor) = match key.split_once('/') {
            Some((key, divisor)) => (
                key,
                divisor
                    .parse::<f64>()
                    .with_context(|| format!("`{cell}`"))?,
            ),
            None => (key, 1.0),
        };
        out.push_str(&match figures.get(key) {
            Some(Value::Number(number)) => {
                let number = number.as_f64().context("a figure is a finite number")?;
                formatted(number / divisor, format).with_context(|| format!("`{cell}`"))?
            }
            Some(Value::String(text)) => text.clone(),
            Some(other) => bail!("`{key}` is `{other}`, neither number nor text"),
            None => "not measured".to_owned(),
        });
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn formatted(number: f64, format: &str) -> Result<String> {
    Ok(match format {
        "n" => grouped(number),
        "M" => format!("{:.0}", number / 1e6),
        "M1" => format!("{:.1}", number / 1e6),
        "M2" => format!("{:.2}", number / 1e6),
        "k" => format!("{:.0}", number / 1e3),
        "MiB" => format!("{:.1}", number / f64::from(1 << 20)),
        "1" => format!("{number:.1}"),
        "2" => format!("{number:.2}"),
        "%" => format!("{:.1} %", number * 100.0),
        other => bail!("no format `{other}`"),
    })
}

/// A whole number with a space between groups of three digits.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 && !out.ends_with('-') {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (BTreeMap<String, Table>, Map<String, Value>) {
        let tables = toml::from_str(
            "[t]\nhead = ['', 'now']\nrows = [['speed', '{a.b:M} M'], ['ratio', '{a.b/1e8:1}'], ['other', '{a.c}']]\n",
        );
        let figures = serde_json::from_str(r#"{"a.b": 312400000.0}"#);
        (tables.unwrap(), figures.unwrap())
    }

    #[test]
    fn rendering_fills_cells_and_is_stable() {
        let (tables, figures) = example();
        let text = "x\n<!-- figures:begin t -->\nold\n<!-- figures:end t -->\ny\n";
        let once = render(text, &tables, &figures).unwrap();
        assert!(
            once.contains(
                "| speed | 312 M |\n| ratio | 3.1 |\n| other | not measured |\n<!-- figures:end t -->\ny\n"
            )
        );
        assert_eq!(render(&once, &tables, &figures).unwrap(), once);
    }

    #[test]
    fn rendering_rejects_unknown_and_open_tables() {
        let (tables, figures) = example();
        assert!(render("<!-- figures:begin u -->\n", &tables, &figures).is_err());
        assert!(render("<!-- figures:begin t -->\n", &tables, &figures).is_err());
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(1_048_576.0), "1 048 576");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(grouped(-1000.0), "-1 000");
    }
}
