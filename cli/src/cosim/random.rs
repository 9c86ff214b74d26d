//! `assay cosim --random N`: random programs, each under its own timing and segment limit.

use std::sync::Arc;

use anyhow::Context;
use assay_abi::Po2;
use assay_executor::{Image, Input};
use assay_progen::{Config, Ending, Mix, generate};
use assay_sim::CosimReport;
use serde::Serialize;

use super::classify;
use super::findings::Findings;
use super::options::{Preset, SimArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::print_line;
use crate::progress::Progress;
use crate::text::{counted, grouped};

/// Segment limits that the programs take in turn: small ones, so that a program has many segments.
const LIMITS: [u8; 4] = [13, 14, 15, 16];
const TIMINGS: [Preset; 3] = [Preset::Steady, Preset::Random, Preset::Harsh];

/// What was matched in all programs together.
#[derive(Debug, Default, Serialize)]
struct Total {
    programs: u32,
    records: u64,
    segments: u64,
    pages: u64,
    clock_cycles: u64,
}

/// What to generate. A foreign core ends its session at an ECALL, and does not know our faults.
fn config(foreign: bool) -> Config {
    let any = Config::default();
    if !foreign {
        return any;
    }
    Config {
        ending: Ending::Halt,
        mix: Mix { host: 0, ..any.mix },
        plain_fences: true,
        ..any
    }
}

/// Runs programs with the seeds from `args.seed` on, up to the first difference.
pub fn run(programs: u32, args: &SimArgs, findings: &Findings, json: bool) -> Outcome {
    let mut total = Total::default();
    let mut open = findings.open()?;
    let options = args.options()?;
    let config = config(options.core.is_some());
    let bar = Progress::new(Some(programs.into()), "programs", json);
    for index in 0..programs {
        interrupt::check()?;
        let seed = args.seed.wrapping_add(index.into());
        let program = generate(seed, &config);
        let image =
            Image::from_elf(&program.elf).with_context(|| format!("random program {seed}"))?;
        let input =
            Input::from_words(program.input).with_context(|| format!("random program {seed}"))?;
        let mut options = options.clone();
        options.seed = seed;
        // Both derive from the seed, so that `--random 1 --seed S` repeats the program S of a longer run.
        let timing = TIMINGS[(seed % TIMINGS.len() as u64) as usize];
        options.timing = args.surroundings(timing.timing());
        let limit = LIMITS[(seed / TIMINGS.len() as u64 % LIMITS.len() as u64) as usize];
        options.po2 = match args.po2 {
            Some(po2) => po2,
            None => Po2::try_from(limit).map_err(|error| Failure::Input(error.into()))?,
        };
        options.command = "assay cosim --random 1".to_owned();
        findings.ask(&mut options);
        let image = Arc::new(image);
        let report = assay_sim::cosim(&image, &input, &options, &mut ()).map_err(classify)?;
        if report.failure.is_some() {
            drop(bar);
            print_failure(&report, &total, json)?;
            open.add(&image, &input, &options, &report, json)?;
            return Ok(Exit::Difference);
        }
        open.add(&image, &input, &options, &report, json)?;
        total.programs += 1;
        total.records += report.matched.records;
        total.segments += report.segments;
        total.pages += report.matched.pages;
        total.clock_cycles += report.clock_cycles;
        bar.at(u64::from(index) + 1, || {
            format!("{} records matched", grouped(total.records))
        });
    }
    drop(bar);
    open.close(json)?;
    if json {
        print_line(&serde_json::to_string(&total).map_err(Failure::surroundings)?)?;
    } else {
        print_line(&format!(
            "matched {} retired instructions in {} of {} (seeds {} to {}), {}; {} clock cycles",
            grouped(total.records),
            counted(total.segments, "segment"),
            counted(total.programs.into(), "random program"),
            args.seed,
            args.seed
                .wrapping_add(u64::from(programs).saturating_sub(1)),
            counted(total.pages, "page"),
            grouped(total.clock_cycles),
        ))?;
    }
    Ok(Exit::Success)
}

/// A failure, and what was matched in the programs before it.
#[derive(Serialize)]
struct Failed<'a> {
    #[serde(flatten)]
    report: &'a CosimReport,
    before: &'a Total,
}

fn print_failure(report: &CosimReport, before: &Total, json: bool) -> Result<(), Failure> {
    if json {
        let failed = Failed { report, before };
        return print_line(&serde_json::to_string(&failed).map_err(Failure::surroundings)?);
    }
    print_line(&format!(
        "{report}\nin the programs before it: matched {} retired instructions in {}",
        grouped(before.records),
        counted(before.programs.into(), "random program")
    ))
}
