//! `cargo xtask bugs`: plants every bug of hw-abi/plants.toml and writes down what caught it, into benches/results/planted_bugs.json and, from
//! there, into the table of docs/planted-bugs.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::page::with_part;
use crate::process::assay;
use crate::{formal, setup, workspace};

/// Options of `bugs`.
#[derive(clap::Args)]
pub struct Args {
    /// Only bugs whose name contains this text; the others keep what was measured before.
    #[arg(long)]
    only: Option<String>,
    /// Only bugs that were not measured yet.
    #[arg(long)]
    missing: bool,
    /// Also make each failure small and repeat it.
    #[arg(long)]
    shrink: bool,
    /// Random programs to try for each bug.
    #[arg(long, default_value_t = 60)]
    programs: u32,
    /// Run nothing: fails if the page is not what the results say.
    #[arg(long, conflicts_with_all = ["only", "missing", "shrink"])]
    check: bool,
}

/// A bug of the list.
#[derive(Clone, Debug, Deserialize)]
struct Plant {
    name: String,
    block: String,
    doc: String,
    fields: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct List {
    plant: Vec<Plant>,
}

fn plants() -> Result<Vec<Plant>> {
    let path = workspace::root().join("hw-abi/plants.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(toml::from_str::<List>(&text)
        .with_context(|| path.display().to_string())?
        .plant)
}

/// What caught a bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Caught {
    bug: String,
    /// The kind of thing that was wrong, and the first field that showed it.
    class: String,
    field: String,
    /// Instructions that were compared before, in all programs together.
    records: u64,
    /// The programs that were run, the one that failed included.
    programs: u64,
    /// Instructions of the smallest program that shows it, if that was sought.
    shrunk: Option<u64>,
    /// These instructions.
    listing: Option<Vec<String>>,
}

/// Measures, or checks the page.
///
/// # Errors
/// If a bug is not caught, or shows in no field where it may, or, with `--check`, the page is another.
pub fn run(args: &Args) -> Result<()> {
    if args.check {
        return check();
    }
    let plants = plants()?;
    let mut results = read()?;
    let setup = setup::run()?;
    let mut missed = Vec::new();
    for plant in &plants {
        let known = results.iter().any(|it| it.bug == plant.name);
        let asked = args
            .only
            .as_ref()
            .is_none_or(|only| plant.name.contains(only.as_str()));
        if !asked || (args.missing && known) {
            continue;
        }
        match catch(plant, args, || assay(&setup))? {
            Some(caught) => {
                eprintln!(
                    "bugs: {:<26} {} `{}` after {} records{}",
                    plant.name,
                    caught.class,
                    caught.field,
                    caught.records,
                    caught
                        .shrunk
                        .map_or_else(String::new, |count| format!(", shrunk to {count}"))
                );
                results.retain(|it| it.bug != plant.name);
                results.push(caught);
                write(&mut results, &plants)?;
            }
            None => {
                eprintln!("bugs: {:<26} NOT caught", plant.name);
                results.retain(|it| it.bug != plant.name);
                missed.push(plant.name.as_str());
            }
        }
    }
    write(&mut results, &plants)?;
    publish()?;
    if !missed.is_empty() {
        bail!("not caught: {}", missed.join(", "));
    }
    Ok(())
}

/// Writes the page from the results.
///
/// # Errors
/// If the list, the results or the page cannot be read.
pub fn publish() -> Result<()> {
    let page = rendered(&read()?, &plants()?)?.1;
    fs::write(page_path(), page).context("docs/planted-bugs.md")
}

/// Fails if the page is not what the results say, or a bug has none.
///
/// # Errors
/// Naming what is wrong.
pub fn check() -> Result<()> {
    let (plants, results) = (plants()?, read()?);
    for plant in &plants {
        if !results.iter().any(|it| it.bug == plant.name) {
            bail!(
                "{} was never measured: run `cargo xtask bugs --missing`",
                plant.name
            );
        }
    }
    let (old, new) = rendered(&results, &plants)?;
    if old != new {
        bail!("docs/planted-bugs.md is not what was measured: run `cargo xtask bugs --missing`");
    }
    Ok(())
}

/// Runs programs until the bug shows.
fn catch(
    plant: &Plant,
    args: &Args,
    assay: impl Fn() -> Result<Command>,
) -> Result<Option<Caught>> {
    let folder = workspace::root().join("target/bugs").join(&plant.name);
    let mut command = assay()?;
    command.args(["cosim", "--json", "--plant", &plant.name]);
    command.args(["--random", &args.programs.to_string()]);
    if args.shrink {
        command.arg("--shrink").arg(&folder);
    }
    let report = json(&mut command)?;
    let failure = &report["failure"];
    if failure.is_null() {
        return Ok(None);
    }
    let text = |key: &str| failure[key].as_str().map(str::to_owned).context("a text");
    let number = |value: &Value| value.as_u64().context("a number");
    let mut caught = Caught {
        bug: plant.name.clone(),
        class: text("class")?,
        field: text("field")?,
        records: number(&report["before"]["records"])? + number(&report["matched"]["records"])?,
        programs: number(&report["before"]["programs"])? + 1,
        shrunk: None,
        listing: None,
    };
    if !plant.fields.contains(&caught.field) {
        bail!(
            "{} shows in `{}`, where it should not: {}",
            plant.name,
            caught.field,
            failure["replay"]
        );
    }
    if args.shrink {
        let manifest: Value = serde_json::from_slice(&fs::read(folder.join("bundle.json"))?)?;
        caught.shrunk = Some(number(&manifest["instructions"])?);
        caught.listing = Some(listing(&fs::read_to_string(folder.join("program.txt"))?));
        let mut command = assay()?;
        command.args(["cosim", "--json", "--replay"]).arg(&folder);
        let again = json(&mut command)?;
        if again["failure"]["field"] != manifest["symptom"]["field"] {
            bail!(
                "{}: its bundle {} does not replay",
                plant.name,
                folder.display()
            );
        }
    }
    Ok(Some(caught))
}

/// The instructions of a listing, without addresses.
fn listing(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| Some(line.split_once(": ")?.1.get(10..)?.to_owned()))
        .collect()
}

/// What `assay cosim --json` prints.
fn json(command: &mut Command) -> Result<Value> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("{command:?} ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?}"))
}

fn results_path() -> PathBuf {
    workspace::root().join("benches/results/planted_bugs.json")
}

fn page_path() -> PathBuf {
    workspace::root().join("docs/planted-bugs.md")
}

fn read() -> Result<Vec<Caught>> {
    let path = results_path();
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).with_context(|| path.display().to_string()),
        Err(_) => Ok(Vec::new()),
    }
}

/// Writes the results in the list's order; bugs that are no more fall out.
fn write(results: &mut Vec<Caught>, plants: &[Plant]) -> Result<()> {
    let place = |bug: &str| plants.iter().position(|plant| plant.name == bug);
    results.retain(|it| place(&it.bug).is_some());
    results.sort_by_key(|it| place(&it.bug));
    fs::write(
        results_path(),
        serde_json::to_string_pretty(results)? + "\n",
    )?;
    Ok(())
}

/// The page as it is, and as it should be.
fn rendered(results: &[Caught], plants: &[Plant]) -> Result<(String, String)> {
    let path = page_path();
    let old = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let new = with_part(&old, "bugs", &table(results, plants, &formal::caught()?))?;
    Ok((old, new))
}

/// Programs of at most so many instructions are listed in the table.
const HANDFUL: u64 = 10;

fn table(results: &[Caught], plants: &[Plant], formally: &BTreeMap<String, String>) -> String {
    let listed = |bug: &&String| plants.iter().any(|plant| plant.name == **bug);
    let mut out = format!(
        "{} of {} planted bugs caught; {} of them by formal means too.\n\n\
         | block | bug | caught as | field | after records | shrunk to | formal |\n|---|---|---|---|---|---|---|\n",
        results.len(),
        plants.len(),
        formally.keys().filter(listed).count()
    );
    for plant in plants {
        let Some(caught) = results.iter().find(|it| it.bug == plant.name) else {
            continue;
        };
        let shrunk = match (&caught.shrunk, &caught.listing) {
            (Some(count), Some(listing)) if *count <= HANDFUL => {
                format!("{count}: `{}`", listing.join("; "))
            }
            (Some(count), _) => count.to_string(),
            _ => String::new(),
        };
        let proof = formally
            .get(&plant.name)
            .map_or_else(String::new, |top| format!("`{top}`"));
        out += &format!(
            "| {} | `{}`: {} | {} | `{}` | {} | {shrunk} | {proof} |\n",
            plant.block, plant.name, plant.doc, caught.class, caught.field, caught.records
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_each_bug_with_what_caught_it() {
        let caught = Caught {
            bug: "core_div_by_zero".to_owned(),
            class: "result".to_owned(),
            field: "c_new".to_owned(),
            records: 17,
            programs: 1,
            shrunk: Some(1),
            listing: Some(listing(
                "entry 00001000\n00001000: 02004033  div zero, zero, zero\n",
            )),
        };
        let plant = Plant {
            name: caught.bug.clone(),
            block: "core".to_owned(),
            doc: "a division is wrong".to_owned(),
            fields: vec!["c_new".to_owned()],
        };
        let formally = BTreeMap::from([(plant.name.clone(), "formal_div".to_owned())]);
        let table = table(&[caught], &[plant], &formally);
        assert!(
            table.starts_with("1 of 1 planted bugs caught; 1 of them by formal means too."),
            "{table}"
        );
        assert!(
            table.ends_with("| 17 | 1: `div zero, zero, zero` | `formal_div` |\n"),
            "{table}"
        );
    }
}
