//! Measures the figures whose keys begin with `--only`, and prints them as one flat JSON object. `cargo xtask figures` builds and calls it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use assay_abi::Po2;
use assay_abi::plants::PLANTS;
use assay_benches::{adversary, checks, core, executor, memory, proofs, suites, workload};
use assay_guests::coremark::TUNED;
use assay_verifier::{
    Parameters,
    soundness::{Regime, Tables},
};
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
    soundness(&mut figures);
    proving(&mut figures)?;
    riscv_tests(&mut figures)?;
    random_programs(&mut figures)?;
    core_cycles(&mut figures)?;
    coremark(&mut figures)?;
    simulation(&mut figures)?;
    planted_bugs(&mut figures)?;
    adversaries(&mut figures)?;
    modelled(&mut figures)?;
    let only = figures.only;
    figures.found.retain(|key, _| key.starts_with(&only));
    println!("{}", serde_json::to_string(&figures.found)?);
    Ok(())
}

/// How far the performance model is from somebody else's measured transform.
fn modelled(figures: &mut Figures) -> anyhow::Result<()> {
    const ERROR: &str = "model.supranational_2^24.error_pct";
    if !figures.wants(&[ERROR]) {
        return Ok(());
    }
    let output = Command::new(&figures.assay)
        .args(["model", "--json"])
        .output()?;
    ensure!(
        output.status.success(),
        "assay model: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let error = report["check"]["error_pct"]
        .as_f64()
        .context("the model's report has no error")?;
    figures.put(ERROR, (error * 10.0).round() / 10.0);
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

fn soundness(figures: &mut Figures) {
    for (key, set, regime) in [
        (
            "soundness.proven_bits",
            Parameters::Proven100,
            Regime::Proven,
        ),
        (
            "soundness.conjectured_bits",
            Parameters::Conjectured100,
            Regime::Conjectured,
        ),
    ] {
        if figures.wants(&[key]) {
            let bits = Tables::largest().report(set, regime).bits;
            figures.put(key, (bits * 100.0).floor() / 100.0);
        }
    }
}

/// The sizes of segments that are measured, and the sets.
const PROVED_PO2: [u8; 3] = [16, 18, 20];
const PROVED_SETS: [Parameters; 2] = [Parameters::Proven100, Parameters::Conjectured100];

fn proving(figures: &mut Figures) -> anyhow::Result<()> {
    for po2 in PROVED_PO2 {
        let mut session = None;
        for set in PROVED_SETS {
            let speed = format!("prove.cycles_per_s.{set}.po2_{po2}");
            let size = format!("seal.bytes.{set}.po2_{po2}");
            let verify = format!("verify.ms.{set}");
            let largest = po2 == PROVED_PO2[2];
            let first = largest && set == PROVED_SETS[0];
            let cells = ["main", "permutation", "total"]
                .map(|part| format!("prove.cells_per_instruction.{part}"));
            let peak = format!("prove.peak_bytes.po2_{po2}");
            let phases = format!("prove.seconds.po2_{po2}");
            let mut keys = vec![&*speed, &*size];
            if largest {
                keys.push(&verify);
            }
            if first {
                keys.extend([&*peak, &*phases]);
                keys.extend(cells.iter().map(String::as_str));
            }
            if !figures.wants(&keys) {
                continue;
            }
            let session = match &session {
                Some(session) => session,
                None => session.insert(proofs::session(&figures.assay, po2)?),
            };
            let cost = session.prove(&figures.assay, set)?;
            figures.put(&*speed, cost.cycles_per_s.round() as u64);
            figures.put(&*size, cost.seal_bytes);
            if largest {
                figures.put(&*verify, (cost.verify_ms * 100.0).round() / 100.0);
            }
            if first {
                figures.put(&*peak, cost.peak_bytes);
                for (phase, seconds) in cost.phases {
                    figures.put(format!("{phases}.{phase}"), rounded(seconds, 1e2));
                }
                for (key, cells) in cells.iter().zip(cost.cells) {
                    figures.put(&**key, (cells * 100.0).round() / 100.0);
                }
            }
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
        let total = checks::random_programs(&figures.assay, "assay", 100)?;
        figures.put("random.programs", total.programs);
        figures.put("random.records_matched", total.records_matched);
    }
    for (core, programs) in [("picorv32", 30), ("ibex", 30)] {
        let key = format!("random.records_matched.{core}");
        if figures.wants(&[&key]) {
            let total = checks::random_programs(&figures.assay, core, programs)?;
            figures.put(key, total.records_matched);
        }
    }
    Ok(())
}

fn core_cycles(figures: &mut Figures) -> anyhow::Result<()> {
    const IPC: &str = "core.ipc";
    const OVERHEAD: &str = "core.trace_overhead_pct";
    let ipc = figures.wants(&[IPC, "core.lost"]);
    let overhead = figures.wants(&[OVERHEAD]);
    if !ipc && !overhead {
        return Ok(());
    }
    let mut worst = f64::MIN;
    for (guest, bytes) in core::GUESTS {
        let profile = core::profile(&figures.assay, guest, bytes)?;
        if ipc {
            figures.put(format!("{IPC}.{guest}"), rounded(profile.ipc, 1e4));
            for (cause, share) in profile.lost {
                figures.put(format!("core.lost.{guest}.{cause}"), rounded(share, 1e5));
            }
        }
        if overhead {
            let alone = core::untraced_cycles(&figures.assay, guest, bytes)? as f64;
            let percent = 100.0 * (profile.cycles as f64 - alone) / alone;
            figures.put(format!("{OVERHEAD}.{guest}"), rounded(percent, 1e4));
            worst = worst.max(percent);
        }
    }
    if overhead {
        figures.put(OVERHEAD, rounded(worst, 1e4));
    }
    Ok(())
}

fn coremark(figures: &mut Figures) -> anyhow::Result<()> {
    for (key, flags) in [
        ("core.coremark_per_mhz", &[][..]),
        ("core.coremark_per_mhz_tuned", &TUNED[..]),
    ] {
        if figures.wants(&[key]) {
            let score = core::coremark_per_mhz(&figures.assay, flags)?;
            figures.put(key, rounded(score, 1e4));
        }
    }
    Ok(())
}

fn simulation(figures: &mut Figures) -> anyhow::Result<()> {
    if figures.wants(&["cosim.cycles_per_s", "cosim.check_overhead_pct"]) {
        let speed = core::speed(&figures.assay, 3)?;
        figures.put("cosim.cycles_per_s", speed.checked.round() as u64);
        let percent = 100.0 * (speed.unchecked / speed.checked - 1.0);
        figures.put("cosim.check_overhead_pct", rounded(percent, 1e2));
    }
    Ok(())
}

/// With as many digits as mean something.
fn rounded(number: f64, steps: f64) -> f64 {
    (number * steps).round() / steps
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

/// Inputs that each fuzzed decoder, and the verifier, is given.
const FUZZ_CASES: u32 = 1000;
/// What the names of the receipts' adversaries contain.
const RECEIPTS: [&str; 3] = ["refused", "rejected", "another"];

fn adversaries(figures: &mut Figures) -> anyhow::Result<()> {
    let cheats = figures.wants(&["adversary.cheats", "adversary.cheats_rejected"]);
    let parts = figures.wants(&[
        "adversary.constraints",
        "adversary.unkilled_constraints",
        "adversary.free_columns",
    ]);
    let fuzz = figures.wants(&["fuzz.verify_cases"]);
    let none = suites::Told::default;
    let circuit = match cheats || parts {
        true => suites::run("assay-circuit", "--lib", &["cheats", "needed"], 0)?,
        false => none(),
    };
    let receipts = match cheats || fuzz {
        true => suites::run("assay-prover", "--tests", &RECEIPTS, FUZZ_CASES)?,
        false => none(),
    };
    if cheats {
        let (answers, rejected) = adversary::cheats();
        figures.put(
            "adversary.cheats",
            answers + circuit.cheats + receipts.cheats,
        );
        let rejected = rejected + circuit.rejected + receipts.rejected;
        figures.put("adversary.cheats_rejected", rejected);
    }
    if fuzz {
        figures.put("fuzz.verify_cases", receipts.fuzz_cases);
    }
    if parts {
        let found = adversary::play(60, 200, &circuit.kills)?;
        let parts: usize = found.iter().map(|of| of.parts.len()).sum();
        let unkilled: usize = found.iter().map(|of| of.unkilled().count()).sum();
        let free: usize = found.iter().map(|of| of.free_columns().count()).sum();
        figures.put("adversary.constraints", parts);
        figures.put("adversary.unkilled_constraints", unkilled);
        figures.put("adversary.free_columns", free);
    }
    Ok(())
}
