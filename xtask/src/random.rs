//! The long run of random programs in lock-step, on our core and on others behind the trace unit: in batches, so that it can be interrupted and
//! goes on where it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::process::{Outcome, assay_with};
use crate::readme::figures_path;
use crate::setup::Setup;
use crate::workspace;

/// Programs between two looks at how far it is.
const BATCH: u64 = 50;

/// What surrounds the batches in turn. One in ten has what `--random` chooses by the seed: a steady memory, a varying one, and one whose pauses fill
/// every buffer and take ten times the clock cycles. The others vary all latencies and push back on every stream, each in its way.
const SURROUNDINGS: [&str; 10] = [
    "", VARYING, NEAR, ONE_BY_ONE, VARYING, NEAR, ONE_BY_ONE, VARYING, NEAR, ONE_BY_ONE,
];
const VARYING: &str =
    "--latency 4..90 --outstanding 8 --memory-stalls 2000x12 --stream-stalls 1000x40";
const NEAR: &str =
    "--latency 1..12 --outstanding 16 --memory-stalls 1000x4 --stream-stalls 2500x20";
const ONE_BY_ONE: &str =
    "--latency 1..40 --outstanding 1 --memory-stalls 3000x6 --stream-stalls 400x60";

/// The cores that run them.
const CORES: [&str; 3] = ["assay", "picorv32", "ibex"];

/// Options of the run.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "random")]
pub struct Args {
    /// Random programs in lock-step on our core, under random latencies and back-pressure.
    #[arg(long, default_value_t = 10_000)]
    programs: u64,
    /// Go on beyond that until so many records were equal.
    #[arg(long, default_value_t = 100_000_000)]
    records: u64,
    /// Records of random programs on each foreign core.
    #[arg(long, default_value_t = 10_000_000)]
    core_records: u64,
    /// The first program's seed; without it the run goes on behind the last seed that it reached in this clone.
    #[arg(long)]
    seed: Option<u64>,
    /// Write what was matched into benches/results/figures.json.
    #[arg(long)]
    save: bool,
}

/// What was matched so far, of the seeds from `first` to in front of `next`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    first: u64,
    next: u64,
    programs: u64,
    records: u64,
    segments: u64,
    clock_cycles: u64,
    /// The RTL that matched: with another one everything begins again.
    rtl_revision: String,
}

impl State {
    fn path(core: &str) -> PathBuf {
        workspace::root().join(format!("target/slow/random.{core}.json"))
    }

    /// What earlier runs matched with the RTL as it is.
    fn kept(core: &str) -> Result<Option<Self>> {
        let Ok(text) = fs::read(Self::path(core)) else {
            return Ok(None);
        };
        let revision = revision(core)?;
        Ok(serde_json::from_slice::<Self>(&text)
            .ok()
            .filter(|state| state.rtl_revision == revision))
    }

    fn keep(&self, core: &str) -> Result<()> {
        let path = Self::path(core);
        fs::write(&path, serde_json::to_string_pretty(self)? + "\n")
            .with_context(|| path.display().to_string())
    }
}

/// Runs to the end on every core, or to the first difference, which is made small and kept in target/slow/failure.
///
/// # Errors
/// If a program differs, or cannot be run.
pub fn run(args: &Args, setup: &Setup) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for core in CORES {
        let (programs, records) = match core {
            "assay" => (args.programs, args.records),
            _ => (0, args.core_records),
        };
        outcome
            .matched
            .push(run_core(core, programs, records, args, setup)?);
        outcome.passed += 1;
    }
    Ok(outcome)
}

fn run_core(core: &str, programs: u64, records: u64, args: &Args, setup: &Setup) -> Result<String> {
    fs::create_dir_all(workspace::root().join("target/slow"))?;
    let kept = match args.seed {
        Some(_) => None,
        None => State::kept(core)?,
    };
    let first = args.seed.unwrap_or(1);
    let mut state = match kept {
        Some(state) => state,
        None => State {
            first,
            next: first,
            rtl_revision: revision(core)?,
            ..State::default()
        },
    };
    eprintln!(
        "slow: random programs on {core} from seed {} on ({} programs and {} records matched before)",
        state.next, state.programs, state.records
    );
    let began = Instant::now();
    while state.programs < programs || state.records < records {
        batch(core, &mut state, setup)?;
        state.keep(core)?;
        eprintln!(
            "slow: {core}, seeds {} to {}: {} programs, {} records matched ({:.0} s)",
            state.first,
            state.next - 1,
            state.programs,
            state.records,
            began.elapsed().as_secs_f64()
        );
        if args.save {
            save()?;
        }
    }
    let matched = format!(
        "matched {} records of {core} in {} segments of {} random programs (seeds {} to {}), {} clock cycles",
        state.records,
        state.segments,
        state.programs,
        state.first,
        state.next - 1,
        state.clock_cycles
    );
    println!("{matched}");
    Ok(matched)
}

/// The options of the batch that begins with this seed.
fn surroundings(seed: u64) -> impl Iterator<Item = &'static str> {
    let turn = seed.saturating_sub(1) / BATCH % SURROUNDINGS.len() as u64;
    SURROUNDINGS[turn as usize].split_whitespace()
}

fn batch(core: &str, state: &mut State, setup: &Setup) -> Result<()> {
    let failure = workspace::root().join("target/slow/failure");
    let mut command = assay_with(setup, "cores")?;
    command.args(["cosim", "--json", "--random", &BATCH.to_string()]);
    command.args(["--core", core, "--seed", &state.next.to_string()]);
    command.args(surroundings(state.next));
    command.arg("--shrink").arg(&failure);
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{command:?} ended with {}", output.status))?;
    if !report["failure"].is_null() {
        bail!(
            "a random program differs: {}\nmade small in {}",
            report["failure"]["replay"],
            failure.display()
        );
    }
    let number = |key: &str| {
        report[key]
            .as_u64()
            .with_context(|| format!("no `{key}` in {report}"))
    };
    state.next += BATCH;
    state.programs += number("programs")?;
    state.records += number("records")?;
    state.segments += number("segments")?;
    state.clock_cycles += number("clock_cycles")?;
    Ok(())
}

/// A hash of the RTL's sources, and of what a foreign core puts in their place.
fn revision(core: &str) -> Result<String> {
    let root = workspace::root();
    let list = fs::read_to_string(root.join("rtl/files.f")).context("rtl/files.f")?;
    let mut files: Vec<PathBuf> = list
        .lines()
        .map(str::trim)
        .filter(|name| name.ends_with(".sv"))
        .map(PathBuf::from)
        .collect();
    let wrapper = Path::new("rtl/wrap").join(core);
    if root.join(&wrapper).is_dir() {
        let mut own = Vec::new();
        for folder in [Path::new("rtl/wrap"), &wrapper] {
            for entry in fs::read_dir(root.join(folder))? {
                own.push(folder.join(entry?.file_name()));
            }
        }
        own.retain(|path| path.extension().is_some());
        own.sort();
        files.extend(own);
    }
    let mut hash = Sha256::new();
    for name in files {
        hash.update(name.as_os_str().as_encoded_bytes());
        let path = root.join(&name);
        hash.update(fs::read(&path).with_context(|| path.display().to_string())?);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The figures that long runs in this clone have made with the RTL as it is, as many as there are.
///
/// # Errors
/// If the RTL's sources cannot be read.
pub fn figures() -> Result<Map<String, Value>> {
    let mut figures = Map::new();
    for core in CORES {
        let Some(state) = State::kept(core)? else {
            continue;
        };
        let records = "random.records_matched";
        if core == "assay" {
            figures.insert("random.programs".to_owned(), state.programs.into());
            figures.insert(records.to_owned(), state.records.into());
        } else {
            figures.insert(format!("{records}.{core}"), state.records.into());
        }
    }
    Ok(figures)
}

fn save() -> Result<()> {
    let path = figures_path();
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut all: Map<String, Value> = serde_json::from_str(&text)?;
    all.extend(figures()?);
    all.sort_keys();
    fs::write(&path, serde_json::to_string_pretty(&all)? + "\n")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BATCH, SURROUNDINGS, surroundings};

    #[test]
    fn batches_take_every_surrounding_in_turn() {
        let turn = |batch: u64| {
            surroundings(1 + batch * BATCH)
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (batch, expected) in (0..).zip(SURROUNDINGS) {
            assert_eq!(turn(batch), *expected);
            assert_eq!(turn(batch + SURROUNDINGS.len() as u64), *expected);
        }
    }
}
