//! The long run of random programs in lock-step: in batches, so that it can be interrupted and goes on where it was.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::process::{Outcome, assay};
use crate::readme::figures_path;
use crate::setup::Setup;
use crate::workspace;

/// Programs between two looks at how far it is.
const BATCH: u64 = 50;

/// Options of the run.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Random programs in lock-step, under random latencies and back-pressure.
    #[arg(long, default_value_t = 10_000)]
    programs: u64,
    /// Go on beyond that until so many records were equal.
    #[arg(long, default_value_t = 100_000_000)]
    records: u64,
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

fn state_path() -> PathBuf {
    workspace::root().join("target/slow/random.json")
}

/// Runs to the end, or to the first difference, which is made small and kept in target/slow/failure.
///
/// # Errors
/// If a program differs, or cannot be run.
pub fn run(args: &Args, setup: &Setup) -> Result<Outcome> {
    let path = state_path();
    fs::create_dir_all(path.parent().context("a folder")?)?;
    let revision = revision()?;
    let fresh = State {
        first: args.seed.unwrap_or(1),
        next: args.seed.unwrap_or(1),
        rtl_revision: revision.clone(),
        ..State::default()
    };
    let mut state = match fs::read(&path) {
        Ok(text) if args.seed.is_none() => serde_json::from_slice::<State>(&text)
            .ok()
            .filter(|state| state.rtl_revision == revision)
            .unwrap_or(fresh),
        _ => fresh,
    };
    eprintln!(
        "slow: random programs from seed {} on ({} programs and {} records matched before)",
        state.next, state.programs, state.records
    );
    let began = Instant::now();
    while state.programs < args.programs || state.records < args.records {
        batch(&mut state, setup)?;
        fs::write(&path, serde_json::to_string_pretty(&state)? + "\n")?;
        eprintln!(
            "slow: seeds {} to {}: {} programs, {} records matched ({:.0} s)",
            state.first,
            state.next - 1,
            state.programs,
            state.records,
            began.elapsed().as_secs_f64()
        );
        if args.save {
            save(&state)?;
        }
    }
    let matched = format!(
        "matched {} records in {} segments of {} random programs (seeds {} to {}), {} clock cycles",
        state.records,
        state.segments,
        state.programs,
        state.first,
        state.next - 1,
        state.clock_cycles
    );
    println!("{matched}");
    Ok(Outcome {
        passed: 1,
        failed: 0,
        matched: vec![matched],
    })
}

fn batch(state: &mut State, setup: &Setup) -> Result<()> {
    let failure = workspace::root().join("target/slow/failure");
    let mut command = assay(setup)?;
    command.args(["cosim", "--json", "--random", &BATCH.to_string()]);
    command.args(["--seed", &state.next.to_string(), "--shrink"]);
    command.arg(&failure);
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

/// The state of the RTL's sources, as git names it with what is not committed.
fn revision() -> Result<String> {
    use sha2::{Digest, Sha256};
    let root = workspace::root();
    let list = fs::read_to_string(root.join("rtl/files.f")).context("rtl/files.f")?;
    let mut hash = Sha256::new();
    for name in list
        .lines()
        .map(str::trim)
        .filter(|name| name.ends_with(".sv"))
    {
        hash.update(name);
        hash.update(fs::read(root.join(name)).with_context(|| name.to_owned())?);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn save(state: &State) -> Result<()> {
    let path = figures_path();
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut figures: Map<String, Value> = serde_json::from_str(&text)?;
    figures.insert("random.programs".to_owned(), state.programs.into());
    figures.insert("random.records_matched".to_owned(), state.records.into());
    fs::write(&path, serde_json::to_string_pretty(&figures)? + "\n")?;
    Ok(())
}
