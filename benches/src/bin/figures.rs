//! Measures the figures whose keys begin with `--only`, and prints them as one flat JSON object. `cargo xtask figures` builds and calls it.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use assay_abi::Po2;
use assay_abi::plants::PLANTS;
use assay_benches::{adversary, checks, executor, memory, workload};
use clap::Parser;
use serde_json::{Map, Value};

/// Measures figures.
#[derive(Parser)]
struct Args {
    /// Only figures whose keys begin with this.
    #[arg(long, default_value = "")]
    only: String,
}

struct Figures {
    only: String,
    assay: PathBuf,
    found: Map<String, Value>,
}

impl Figures {
    /// Whether any of these keys is asked for; says so.
    fn wants(&self, keys: &[&str]) -> bool {
        let wanted = keys
            .iter()
            .any(|key| key.starts_with(&self.only) || self.only.starts_with(key));
        if wanted {
            eprintln!("figures: measuring {}", keys.join(", "));
        }
        wanted
    }

    fn put(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        eprintln!("figures: {key} = {value}");
        self.found.insert(key, value);
    }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let assay = std::env::current_exe()?.with_file_name("assay");
    ensure!(
        assay.exists(),
        "{} is missing: call `cargo xtask figures`, which builds it",
        assay.display()
    );
    let mut figures = Figures {
        only: args.only,
        assay,
        found: Map::new(),
    };
    speed(&mut figures)?;
    peak(&mut figures)?;
    riscv_tests(&mut figures)?;
    random_programs(&mut figures)?;
    planted_bugs(&mut figures)?;
    adversaries(&mut figures)?;
    let only = figures.only;
    figures.found.retain(|key, _| key.starts_with(&only));
    println!("{}", serde_json::to_string(&figures.found)?);
    Ok(())
}

fn speed(figures: &mut Figures) -> anyhow::Result<()> {
    const INSTRUCTIONS: &str = "executor.instructions_per_s";
    const RECORDS: &str = "executor.records_per_s";
    let (instructions, records) = (figures.wants(&[INSTRUCTIONS]), figures.wants(&[RECORDS]));
    if !instructions && !records {
        return Ok(());
    }
    let mut workloads = vec![workload::short_loop(100_000_000)?];
    workloads.extend(workload::guests()?);
    for workload in &workloads {
        let key = |key: &str| match workload.name {
            "loop" => key.to_owned(),
            name => format!("{key}.{name}"),
        };
        if instructions {
            let rate = executor::rate(5, || executor::run(workload, Po2::DEFAULT))?;
            figures.put(key(INSTRUCTIONS), rate.round() as u64);
        }
        if records {
            let segments = executor::segments(workload, Po2::DEFAULT)?;
            // A few segments tell the rate of all.
            let some = &segments[..segments.len().min(16)];
            let rate = executor::rate(5, || executor::record(some))?;
            figures.put(key(RECORDS), rate.round() as u64);
        }
    }
    Ok(())
}

fn peak(figures: &mut Figures) -> anyhow::Result<()> {
    for log in [24, 28] {
        let key = format!("executor.peak_bytes.2^{log}");
        if figures.wants(&[&key]) {
            let bytes = memory::peak_bytes(&figures.assay, 1 << log)?;
            figures.put(key, bytes);
        }
    }
    Ok(())
}

fn riscv_tests(figures: &mut Figures) -> anyhow::Result<()> {
    if figures.wants(&[
        "riscv_tests.executor_passed",
        "riscv_tests.rtl_passed",
        "riscv_tests.run",
    ]) {
        let count = checks::riscv_tests(&figures.assay).context("riscv-tests")?;
        figures.put("riscv_tests.run", count.run);
        figures.put("riscv_tests.executor_passed", count.executor_passed);
        figures.put("riscv_tests.rtl_passed", count.rtl_passed);
    }
    Ok(())
}

fn random_programs(figures: &mut Figures) -> anyhow::Result<()> {
    if figures.wants(&["random.programs", "random.records_matched"]) {
        let total = checks::random_programs(&figures.assay, 100)?;
        figures.put("random.programs", total.programs);
        figures.put("random.records_matched", total.records_matched);
    }
    Ok(())
}

fn planted_bugs(figures: &mut Figures) -> anyhow::Result<()> {
    if figures.wants(&["planted_bugs.core.planted", "planted_bugs.core.caught"]) {
        let mut caught = 0_u64;
        for plant in PLANTS {
            if checks::is_caught(&figures.assay, plant)? {
                caught += 1;
            } else {
                eprintln!("figures: planted bug {} is NOT caught", plant.name);
            }
        }
        figures.put("planted_bugs.core.planted", PLANTS.len());
        figures.put("planted_bugs.core.caught", caught);
    }
    Ok(())
}

fn adversaries(figures: &mut Figures) -> anyhow::Result<()> {
    if figures.wants(&["adversary.cheats", "adversary.cheats_rejected"]) {
        let (cheats, rejected) = adversary::cheats();
        figures.put("adversary.cheats", cheats);
        figures.put("adversary.cheats_rejected", rejected);
    }
    if figures.wants(&[
        "adversary.constraints",
        "adversary.unkilled_constraints",
        "adversary.free_columns",
    ]) {
        let found = adversary::play(60, 200)?;
        let parts: usize = found.iter().map(|of| of.parts.len()).sum();
        let unkilled: usize = found.iter().map(|of| of.unkilled().count()).sum();
        let free: usize = found.iter().map(|of| of.free_columns().count()).sum();
        figures.put("adversary.constraints", parts);
        figures.put("adversary.unkilled_constraints", unkilled);
        figures.put("adversary.free_columns", free);
    }
    Ok(())
}
