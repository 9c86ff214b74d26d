//! One run in lock-step: the golden model and the RTL, side by side, to the end or to the first difference.

use std::path::Path;
use std::sync::Arc;

use assay_abi::{SegmentEnd, SegmentStatus};
use assay_executor::{Event, Image, Input, LiveTrace};

use crate::card::WitnessCard;
use crate::checker::{Checker, Divergence};
use crate::clock::Stopwatch;
use crate::error::SimError;
use crate::golden::GoldenTrace;
use crate::lines::LineCoverage;
use crate::model::Rtl;
use crate::options::{CosimOptions, WAVE_CYCLES_AFTER};
use crate::profile::Profile;
use crate::progress::{Progress, State};
use crate::registers::{Counters, Status};
use crate::report::{CosimReport, Failure, Retirement, Waves};
use crate::restart::last_boundary;
use crate::waves::vcd_to_fst;

/// Clock cycles between two looks at what is not the stream.
const BATCH: u32 = 4096;

/// Instructions beyond a failure after which a restarted run is given up.
const BEHIND_FAILURE: u64 = 1000;

/// Clock cycles after the end in which journal and memory ports must come to rest.
const SETTLE_CYCLES: u32 = 20_000;

/// Runs `image` on `input` on both sides and compares everything.
///
/// # Errors
/// [`SimError`] if there is nothing to compare: bad options, a card of another contract, a waveform that cannot be written. A
/// difference is no error: it is the report's `failure`.
pub fn cosim(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    progress: &mut dyn Progress,
) -> Result<CosimReport, SimError> {
    options.check()?;
    let watch = Stopwatch::start();
    let mut run = Run::start(model(options)?, image, input, options)?;
    let mut failure = run.run_to_end(progress)?;
    if let (Some(failure), Some(stem)) = (&mut failure, &options.waves) {
        progress.recording_waves();
        failure.waves = Some(show(image, input, options, &run, failure, stem)?);
    }
    if let Some(path) = &options.line_coverage {
        LineCoverage::add(path, |path| run.card.write_coverage(path))?;
    }
    let matched = run.checker.matched();
    Ok(CosimReport {
        compared: true,
        matched,
        segments: matched.boundaries + matched.ends,
        clock_cycles: run.card.clock(),
        ipc: run.counters.map_or(0.0, |counters| counters.ipc()),
        counters: run.counters,
        profile: run.counters.as_ref().map(Profile::new),
        status: run.status,
        traffic: run.card.traffic().of_ports(),
        seconds: watch.seconds(),
        cpu_seconds: watch.cpu_seconds(),
        options: options.for_report(),
        failure,
    })
}

/// Makes the waveform of a failure: from the last segment boundary on if the failure shows there too, else from the start.
fn show(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    run: &Run,
    failure: &Failure,
    stem: &Path,
) -> Result<Waves, SimError> {
    if let Some(restarted) = last_boundary(image, input, options, failure) {
        let (image, input) = (&restarted.image, &restarted.input);
        // A run that does not fail there ends soon behind.
        let to_failure = failure.order.saturating_sub(restarted.restart.order);
        let options = &CosimOptions {
            instruction_limit: Some(to_failure + restarted.restart.prologue + BEHIND_FAILURE),
            ..options.clone()
        };
        let mut again = Run::start(model(options)?, image, input, options)?;
        if let Some(found) = again.run_to_end(&mut ())?
            && restarted.shows(failure, &found)
        {
            let waves = Waves {
                restart: Some(restarted.restart),
                ..window(&again, &found, options, stem)
            };
            record_waves(image, input, options, again.stopped_at, &waves)?;
            return Ok(waves);
        }
    }
    let waves = window(run, failure, options, stem);
    record_waves(image, input, options, run.stopped_at, &waves)?;
    Ok(waves)
}

/// The clock cycles around a failure.
fn window(run: &Run, failure: &Failure, options: &CosimOptions, stem: &Path) -> Waves {
    let (from, to) = match failure.field.as_str() {
        // What matters is when it began.
        "hang" => (run.last_beat, run.last_beat + options.wave_cycles),
        _ => (failure.clock, failure.clock),
    };
    Waves {
        vcd: stem.with_extension("vcd"),
        fst: stem.with_extension("fst"),
        from: from.saturating_sub(options.wave_cycles),
        to: to + WAVE_CYCLES_AFTER,
        restart: None,
    }
}

/// The cores beside ours that [`CosimOptions::core`] can name.
#[must_use]
pub fn cores() -> Vec<String> {
    Rtl::cores()
}

/// The quickest model that can do what is asked for.
pub(crate) fn model(options: &CosimOptions) -> Result<Rtl, SimError> {
    match (&options.core, options.plant) {
        (Some(core), plant) => Rtl::core(core, plant),
        (None, None) => Ok(Rtl::fast()),
        (None, plant) => Ok(Rtl::debug(plant)),
    }
}

/// The model that writes waves.
fn model_with_waves(options: &CosimOptions) -> Result<Rtl, SimError> {
    match &options.core {
        Some(core) => Rtl::core(core, options.plant),
        None => Ok(Rtl::debug(options.plant)),
    }
}

/// Repeats the run on the model with waves and writes the clock cycles `from..to`.
fn record_waves(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    stopped_at: Option<u64>,
    waves: &Waves,
) -> Result<(), SimError> {
    let failed = |reason: String| SimError::Waves {
        path: waves.vcd.clone(),
        reason,
    };
    if let Some(folder) = waves
        .vcd
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    }
    let path = waves
        .vcd
        .to_str()
        .ok_or_else(|| failed("the path is no UTF-8".to_owned()))?;
    let mut card = WitnessCard::new(model_with_waves(options)?, options.timing, options.seed);
    card.start(image, input, options.po2)?;
    while card.clock() < waves.from {
        // The host's stop is a part of the run, and comes at the same clock.
        if stopped_at == Some(card.clock()) {
            card.stop()?;
        }
        card.cycle();
        drain(&mut card);
    }
    card.open_waves(path)?;
    while card.clock() < waves.to {
        if stopped_at == Some(card.clock()) {
            card.stop()?;
        }
        card.cycle();
        drain(&mut card);
    }
    card.close_waves();
    vcd_to_fst(&waves.vcd, &waves.fst)?;
    Ok(())
}

/// Forgets what came out of the streams.
fn drain(card: &mut WitnessCard) {
    while card.next_beat().is_some() {}
    while card.next_word().is_some() {}
}

struct Run<'a> {
    image: &'a Arc<Image>,
    input: &'a Input,
    options: &'a CosimOptions,
    card: WitnessCard,
    checker: Checker<LiveTrace>,
    /// The clock when the last beat came.
    last_beat: u64,
    /// The clock when the host asked the core to stop.
    stopped_at: Option<u64>,
    status: Option<Status>,
    counters: Option<Counters>,
}

/// Why a run is over before its end.
enum Broken {
    Divergence(Box<Divergence>),
    Other(&'static str, Box<Divergence>),
}

impl From<Box<Divergence>> for Broken {
    fn from(divergence: Box<Divergence>) -> Self {
        Self::Divergence(divergence)
    }
}

impl<'a> Run<'a> {
    fn start(
        rtl: Rtl,
        image: &'a Arc<Image>,
        input: &'a Input,
        options: &'a CosimOptions,
    ) -> Result<Self, SimError> {
        let golden = LiveTrace::new(image.clone(), input.clone(), options.po2, None);
        let mut card = WitnessCard::new(rtl, options.timing, options.seed);
        card.start(image, input, options.po2)?;
        let last_beat = card.clock();
        Ok(Self {
            image,
            input,
            options,
            card,
            checker: Checker::new(golden, image.entry),
            last_beat,
            stopped_at: None,
            status: None,
            counters: None,
        })
    }

    /// Runs to the end of the session or to the first failure.
    fn run_to_end(
        &mut self,
        progress: &mut dyn Progress,
    ) -> Result<Option<Box<Failure>>, SimError> {
        let outcome = loop {
            match self.batch() {
                Err(broken) => break Err(broken),
                Ok(()) if self.checker.is_finished() => break Ok(()),
                Ok(()) => {}
            }
            progress.update(&State {
                matched: self.checker.matched(),
                clock_cycles: self.card.clock(),
            });
            if self.stopped_at.is_none()
                && self
                    .options
                    .instruction_limit
                    .is_some_and(|limit| self.checker.matched().records >= limit)
            {
                self.stopped_at = Some(self.card.clock());
                self.card.stop()?;
            }
        };
        progress.update(&State {
            matched: self.checker.matched(),
            clock_cycles: self.card.clock(),
        });
        let outcome = match outcome {
            Ok(()) => self.settle()?,
            broken => broken,
        };
        Ok(outcome.err().map(|broken| Box::new(self.failure(broken))))
    }

    /// Some clock cycles, each beat compared as it comes.
    fn batch(&mut self) -> Result<(), Broken> {
        for _ in 0..BATCH {
            self.cycle()?;
            if self.checker.is_finished() {
                return Ok(());
            }
        }
        let quiet = self.card.clock() - self.last_beat;
        if quiet > self.options.patience {
            let got = format!("no beat on the trace stream for {quiet} clock cycles");
            let divergence =
                self.checker
                    .diverged("the next retirement".to_owned(), got, Vec::new());
            return Err(Broken::Other("hang", divergence));
        }
        if let Some(limit) = self.options.clock_limit
            && self.card.clock() > limit
        {
            let got = format!("{} clock cycles and no end", self.card.clock());
            let divergence = self.checker.diverged(
                format!("an end within {limit} clock cycles"),
                got,
                Vec::new(),
            );
            return Err(Broken::Other("hang", divergence));
        }
        Ok(())
    }

    fn cycle(&mut self) -> Result<(), Broken> {
        self.card.cycle();
        while let Some(beat) = self.card.next_beat() {
            self.last_beat = self.card.clock();
            if self.stopped_at.is_some() && beat.bytes()[0] == assay_abi::stream::KIND_END {
                self.golden_stops(&SegmentEnd::from_bytes(beat.bytes()));
            }
            self.checker.beat(beat.bytes(), beat.last)?;
        }
        while let Some(word) = self.card.next_word() {
            self.checker.journal(word)?;
        }
        if let Some(misbehaviour) = self.card.misbehaviour() {
            let field = match misbehaviour {
                crate::card::Misbehaviour::Protocol(_) => "protocol",
                crate::card::Misbehaviour::Assertion(_) => "assertion",
            };
            let got = misbehaviour.to_string();
            let expected = "a card that keeps the rules".to_owned();
            return Err(Broken::Other(
                field,
                self.checker.diverged(expected, got, Vec::new()),
            ));
        }
        Ok(())
    }

    /// The card chose where to stop; a golden machine that stops there says what its end must be.
    fn golden_stops(&mut self, end: &SegmentEnd) {
        if end.status != SegmentStatus::Stopped.code() || self.checker.is_inside_event() {
            return;
        }
        let mut golden = LiveTrace::new(
            self.image.clone(),
            self.input.clone(),
            self.options.po2,
            Some(end.order),
        );
        while let Some(event) = golden.next_event() {
            if let Event::End(golden_end, registers) = &event
                && golden_end.kind == assay_abi::stream::KIND_END
            {
                self.checker.expect_end(*golden_end, *registers);
            }
        }
    }

    /// After the end: journal and ports come to rest, and the registers must tell the same story.
    fn settle(&mut self) -> Result<Result<(), Broken>, SimError> {
        for _ in 0..SETTLE_CYCLES {
            if let Err(broken) = self.cycle() {
                return Ok(Err(broken));
            }
            if self.card.is_quiet() && self.checker.finish().is_ok() {
                break;
            }
        }
        if let Err(divergence) = self.checker.finish() {
            return Ok(Err(divergence.into()));
        }
        // Behind the end the trace unit still clears what the next session needs clean, and a foreign core may have a fetch to finish.
        let rest = self.card.clock() + u64::from(SETTLE_CYCLES);
        let mut status = self.card.status()?;
        while (status.trace_busy || status.running) && self.card.clock() < rest {
            status = self.card.status()?;
        }
        let counters = self.card.counters()?;
        self.status = Some(status);
        self.counters = Some(counters);
        if let Some(order) = status.mismatch_order {
            let got =
                format!("the card says that RVFI and its shadow differ since retirement {order}");
            return Ok(Err(Broken::Other(
                "mismatch",
                self.checker
                    .diverged("no mismatch".to_owned(), got, Vec::new()),
            )));
        }
        let differences = self.checker.register_differences(&status, &counters);
        if !differences.is_empty() {
            let divergence = self.checker.diverged(
                "registers as the stream".to_owned(),
                "others".to_owned(),
                differences,
            );
            return Ok(Err(divergence.into()));
        }
        Ok(Ok(()))
    }

    fn failure(&self, broken: Broken) -> Failure {
        let (field, divergence) = match broken {
            Broken::Divergence(divergence) => (None, divergence),
            Broken::Other(field, divergence) => (Some(field), divergence),
        };
        let golden = self
            .checker
            .golden_history()
            .map(Retirement::from)
            .collect();
        let rtl = self.checker.rtl_history().map(Retirement::from).collect();
        Failure::new(
            field,
            *divergence,
            self.image,
            (golden, rtl),
            self.card.clock(),
            self.options.replay_command(),
        )
    }
}

impl GoldenTrace for LiveTrace {
    fn next_event(&mut self) -> Option<Event> {
        LiveTrace::next_event(self)
    }
}
