//! The options that fix a co-simulation.

use std::ops::Range;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use assay_abi::Po2;
use assay_abi::plants::{self, Plant};
use assay_sim::{CosimOptions, CosimReport, Stalls, Timing, WAVE_CYCLES_AFTER};
use clap::ValueEnum;

use crate::program::parse_po2;

/// How the core of `rtl/core/` is called.
const OUR_CORE: &str = "assay";

/// What the surroundings of the RTL are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// A memory of 30 cycles that never pauses.
    Steady,
    /// Varying latencies, and a pause now and then on every channel.
    Random,
    /// Pauses long enough to fill every buffer, and one request at a time.
    Harsh,
}

impl Preset {
    pub fn timing(self) -> Timing {
        match self {
            Self::Steady => Timing::STEADY,
            Self::Random => Timing::RANDOM,
            Self::Harsh => Timing::HARSH,
        }
    }
}

/// Options of the simulation; with the program and its input they fix every clock cycle.
#[derive(clap::Args)]
pub struct SimArgs {
    /// Segments hold 2^PO2 cycles [default: 20, or the segment file's own].
    #[arg(long, value_parser = parse_po2)]
    pub po2: Option<Po2>,
    /// Chooses latencies and pauses.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How memory and streams behave; the options below change parts of it.
    #[arg(long, value_enum, default_value_t = Preset::Steady)]
    pub timing: Preset,
    /// Memory latency in cycles, or a range of it.
    #[arg(long, value_name = "N|MIN..MAX", value_parser = parse_latency)]
    latency: Option<(u32, u32)>,
    /// Requests that a memory port accepts before it has answered the first.
    #[arg(long, value_name = "N")]
    outstanding: Option<u32>,
    /// Pauses on every channel: --memory-stalls and --stream-stalls at once.
    #[arg(long, value_name = "RATExLONGEST", value_parser = parse_stalls)]
    stalls: Option<Stalls>,
    /// Pauses of the memory's channels: how many cycles of 65536 begin one, and how many cycles the longest has.
    #[arg(long, value_name = "RATExLONGEST", value_parser = parse_stalls)]
    memory_stalls: Option<Stalls>,
    /// Pauses of the trace, journal and input streams.
    #[arg(long, value_name = "RATExLONGEST", value_parser = parse_stalls)]
    stream_stalls: Option<Stalls>,
    /// Stop the core soon after this many instructions.
    #[arg(long, value_name = "N")]
    instruction_limit: Option<u64>,
    /// Give up after this many clock cycles.
    #[arg(long, value_name = "N")]
    clock_limit: Option<u64>,
    /// The core behind the trace unit: `assay`, or one of rtl/wrap/ in a build with `--features cores`.
    #[arg(long, value_name = "NAME", default_value = OUR_CORE)]
    core: String,
    /// Give the hardware this bug; `assay cosim --list-plants` lists them.
    #[arg(long, value_name = "NAME", value_parser = parse_plant)]
    plant: Option<&'static Plant>,
    /// Write the waveform of a failure to PATH.vcd and PATH.fst.
    #[arg(long, value_name = "PATH")]
    waves: Option<PathBuf>,
    /// Write the core's pipeline, instruction by instruction, to FILE, for the viewer Konata.
    #[arg(long, value_name = "FILE", conflicts_with = "instruction_limit")]
    pub konata: Option<PathBuf>,
    /// The clock cycles that it shows [default: 2000 before a failure, else the first 20000].
    #[arg(long, value_name = "FROM..TO", value_parser = parse_window, requires = "konata")]
    konata_cycles: Option<Range<u64>>,
    /// How many clock cycles the waveform shows before the failure.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    wave_cycles: u64,
}

impl SimArgs {
    /// The options, checked.
    ///
    /// # Errors
    /// If they do not make sense together.
    pub fn options(&self) -> anyhow::Result<CosimOptions> {
        let options = CosimOptions {
            seed: self.seed,
            timing: self.surroundings(self.timing.timing()),
            po2: self.po2.unwrap_or_default(),
            instruction_limit: self.instruction_limit,
            clock_limit: self.clock_limit,
            core: Some(self.core.clone()).filter(|core| core != OUR_CORE),
            plant: self.plant,
            waves: self.waves.clone(),
            wave_cycles: self.wave_cycles,
            ..CosimOptions::default()
        };
        options.check()?;
        Ok(options)
    }

    /// Only what is to be seen of a run that something else fixes.
    pub fn look(&self, options: &mut CosimOptions) {
        options.waves.clone_from(&self.waves);
        options.wave_cycles = self.wave_cycles;
    }

    /// The clock cycles of the pipeline trace of a run that ended like this.
    pub fn konata_window(&self, report: &CosimReport) -> Range<u64> {
        if let Some(window) = &self.konata_cycles {
            return window.clone();
        }
        match &report.failure {
            Some(failure) => failure.clock.saturating_sub(2000)..failure.clock + WAVE_CYCLES_AFTER,
            None => 0..report.clock_cycles.min(20_000),
        }
    }

    /// A timing with the parts that options of their own change.
    pub fn surroundings(&self, mut timing: Timing) -> Timing {
        if let Some((min, max)) = self.latency {
            (timing.latency_min, timing.latency_max) = (min, max);
        }
        timing.outstanding = self.outstanding.unwrap_or(timing.outstanding);
        timing.memory = self.memory_stalls.or(self.stalls).unwrap_or(timing.memory);
        timing.streams = self.stream_stalls.or(self.stalls).unwrap_or(timing.streams);
        timing
    }
}

fn parse_latency(text: &str) -> anyhow::Result<(u32, u32)> {
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    let range = (min.trim().parse()?, max.trim().parse()?);
    if range.0 == 0 || range.0 > range.1 {
        bail!("expected a latency of at least one cycle, or MIN..MAX");
    }
    Ok(range)
}

fn parse_stalls(text: &str) -> anyhow::Result<Stalls> {
    let (rate, longest) = text
        .split_once('x')
        .ok_or_else(|| anyhow!("expected RATExLONGEST, for example 2000x12"))?;
    let stalls = Stalls {
        per_65536: rate.trim().parse()?,
        longest: longest.trim().parse()?,
    };
    if stalls.per_65536 > 65_535 || stalls.longest == 0 {
        bail!("expected a rate below 65536 and a longest pause of at least one cycle");
    }
    Ok(stalls)
}

fn parse_window(text: &str) -> anyhow::Result<Range<u64>> {
    let (from, to) = text
        .split_once("..")
        .ok_or_else(|| anyhow!("expected FROM..TO, for example 5000..6000"))?;
    let window = from.trim().parse()?..to.trim().parse()?;
    if window.is_empty() {
        bail!("expected a range of at least one cycle");
    }
    Ok(window)
}

fn parse_plant(name: &str) -> anyhow::Result<&'static Plant> {
    plants::by_name(name)
        .ok_or_else(|| anyhow!("there is no such bug; `assay cosim --list-plants` lists them"))
}
