//! `assay cosim`: golden model and RTL, in lock-step.

mod bundle;
mod findings;
mod options;
mod random;
mod segment;

use std::path::PathBuf;

use anyhow::anyhow;
use assay_sim::{CosimReport, SimError};

use crate::exit::{Exit, Failure, Outcome};
use crate::input::InputArgs;
use crate::interrupt;
use crate::output::print_line;
use crate::program;
use crate::progress::Progress;
use crate::text::{counted, grouped};
use findings::Findings;
use options::SimArgs;

/// Options of `cosim`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay cosim sha256 --input Cargo.lock --po2 16           a guest, cut into segments of 2^16 cycles
  assay cosim my.elf --timing harsh --seed 7               slow memory and long pauses, chosen by the seed
  assay cosim session/segment-00000003.seg                 one segment of a recorded session, alone
  assay cosim sha256 --core ibex                           another core behind the trace unit
  assay cosim sort --profile                               where the core's clock cycles went
  assay cosim --random 100                                 a hundred random programs
  assay cosim sort --plant core_bypass_lost_1 --waves out/bug    a planted bug, and the waveform of its effect
  assay cosim --random 1000 --shrink out/failure           the first failure, made small, as a directory that repeats it
  assay cosim --replay out/failure                         the same failure once more
  assay cosim --random 200 --coverage out/coverage.json    which situations the programs were in, and which never
  assay cosim --list-plants                                what can be planted

A difference prints where and how, with the command that repeats the run, and ends with status 1.")]
pub struct Args {
    /// An ELF file, a guest's name, or a segment file.
    #[arg(required_unless_present_any = ["random", "replay", "list_plants"])]
    program: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// Run this many random programs instead; the seed chooses the first, and with it timing and segment limits.
    #[arg(long, value_name = "N", conflicts_with_all = ["program", "waves", "konata"])]
    random: Option<u32>,
    #[command(flatten)]
    findings: Findings,
    /// List the bugs that --plant knows, and end.
    #[arg(long)]
    list_plants: bool,
    /// Print where the core's clock cycles went.
    #[arg(long, conflicts_with = "random")]
    profile: bool,
    /// Run the hardware alone, and compare nothing: for what comparing costs, or with `--core untraced` what tracing costs.
    #[arg(long, conflicts_with_all = ["random", "waves", "instruction_limit"])]
    unchecked: bool,
    #[command(flatten)]
    sim: SimArgs,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs what was asked for.
pub fn run(args: &Args) -> Outcome {
    if args.list_plants {
        return list_plants();
    }
    if !assay_sim::HAS_RTL {
        return Err(Failure::Surroundings(SimError::NotBuilt.into()));
    }
    if let Some(programs) = args.random {
        return random::run(programs, &args.sim, &args.findings, args.json);
    }
    if let Some(folder) = &args.findings.replay {
        return bundle::replay(folder, &args.sim, args.json);
    }
    let name = args.program.as_ref().ok_or_else(|| anyhow!("no program"))?;
    let mut options = args.sim.options()?;
    options.command = format!("assay cosim {}{}", name.display(), args.input.as_options());
    let (image, input) = match segment::open(name)? {
        Some(segment) => {
            options.po2 = args.sim.po2.unwrap_or(segment.po2);
            options.instruction_limit = options.instruction_limit.or(segment.instructions);
            (segment.image, segment.input)
        }
        None => (program::load(name)?.image, args.input.read(name)?),
    };
    args.findings.ask(&mut options);
    let mut bar = Bar(Progress::new(
        options.instruction_limit,
        "instructions",
        args.json,
    ));
    let report = if args.unchecked {
        assay_sim::unchecked(&image, &input, &options)
    } else {
        assay_sim::cosim(&image, &input, &options, &mut bar)
    }
    .map_err(classify)?;
    drop(bar);
    print(&report, args.json)?;
    if let Some(profile) = report
        .profile
        .as_ref()
        .filter(|_| args.profile && !args.json)
    {
        print_line(&profile.to_string())?;
    }
    if let Some(path) = &args.sim.konata {
        let window = args.sim.konata_window(&report);
        let summary =
            assay_sim::write_konata(&image, &input, &options, path, window).map_err(classify)?;
        tracing::info!(
            retired = summary.retired,
            flushed = summary.flushed,
            "pipeline trace written to {}",
            path.display()
        );
    }
    let mut findings = args.findings.open()?;
    findings.add(&image, &input, &options, &report, args.json)?;
    findings.close(args.json)?;
    Ok(exit_of(&report))
}

fn exit_of(report: &CosimReport) -> Exit {
    if report.failure.is_some() {
        Exit::Difference
    } else {
        Exit::Success
    }
}

fn classify(error: SimError) -> Failure {
    match error {
        SimError::Option { .. }
        | SimError::Core { .. }
        | SimError::Bundle { .. }
        | SimError::Coverage { .. } => Failure::Input(error.into()),
        _ => Failure::Surroundings(error.into()),
    }
}

fn print(report: &CosimReport, json: bool) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(report).map_err(Failure::surroundings)?
    } else {
        report.to_string()
    };
    print_line(&text)
}

fn list_plants() -> Outcome {
    for plant in assay_abi::plants::PLANTS {
        print_line(&format!(
            "{:<32} {:<7} {}",
            plant.name, plant.block, plant.doc
        ))?;
    }
    Ok(Exit::Success)
}

struct Bar(Progress);

impl assay_sim::Progress for Bar {
    fn update(&mut self, state: &assay_sim::State) {
        if interrupt::asked() {
            // A run leaves nothing behind before its waveform, so there is nothing to tidy up.
            std::process::exit(Exit::Interrupted as i32);
        }
        self.0.at(state.matched.records, || {
            format!(
                "{}, {} clock cycles",
                counted(state.matched.boundaries + state.matched.ends, "segment"),
                grouped(state.clock_cycles)
            )
        });
    }
}
