//! Drives the NTT engine on a memory: a command in, bursts and the words behind them.

use assay_abi::plants::Plant;
use assay_engines::field::EngineField;
use assay_engines::ntt::{Command, Shape};
use p3_matrix::dense::RowMajorMatrix;

use super::channel::{Reads, Timing, Writes};
use super::stream::Stalls;
use crate::error::EngineError;
use crate::model::Engine;

/// What a command took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryRun {
    /// The cycle after the reset in which the command was taken.
    pub started: u64,
    /// From the command to its end.
    pub cycles: u64,
    /// Beats read.
    pub read: u64,
    /// Beats written.
    pub written: u64,
    /// Beats of the shortest burst, read or written.
    pub shortest: u64,
    /// Cycles in which no column group started, by reason.
    pub stalls: Stalls,
}

/// Why a run is not as it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The model cannot run, or an assertion failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Another value than Plonky3's.
    #[error("beat {beat}, lane {lane}: found {found}, expected {expected}")]
    Value {
        /// Which beat of the result.
        beat: usize,
        /// Which word of the beat.
        lane: usize,
        /// What is in memory.
        found: u32,
        /// What Plonky3 says.
        expected: u32,
    },
    /// A burst outside of the memory, or one that could cross a border of 4 KiB.
    #[error("a burst at {addr} of {beats} beats, the memory has {size}")]
    Address {
        /// Where.
        addr: u64,
        /// How long.
        beats: u64,
        /// Beats of the memory.
        size: u64,
    },
    /// The command was refused.
    #[error("the command is refused")]
    Refused,
    /// The mark for input that is no field element.
    #[error("bad input reported")]
    Bad,
    /// Nothing moves.
    #[error("nothing moved for {cycles} cycles")]
    Hang {
        /// How long.
        cycles: u64,
    },
}

impl MemoryError {
    /// What a planted bug's list calls it.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Engine(_) => "assertion",
            Self::Value { .. } => "value",
            Self::Address { .. } | Self::Refused | Self::Bad => "error",
            Self::Hang { .. } => "hang",
        }
    }
}

/// The NTT engine of one shape on a memory of its own.
pub struct NttOnMemory {
    engine: Engine,
    shape: Shape,
    words: Vec<u32>,
}

/// Longer than any pause.
const PATIENCE: u64 = 20_000;

/// Bits of the first of an engine's words out.
mod flag {
    pub const CMD_READY: u32 = 0;
    pub const REFUSED: u32 = 1;
    pub const DONE: u32 = 2;
    pub const BAD: u32 = 3;
    pub const AR_VALID: u32 = 4;
    pub const R_READY: u32 = 5;
    pub const AW_VALID: u32 = 6;
    pub const W_VALID: u32 = 7;
    pub const STALL: u32 = 8;
}

impl NttOnMemory {
    /// The model of that name, built with that shape, on an empty memory.
    ///
    /// # Errors
    /// [`EngineError`] if it is not in this build.
    pub fn new(name: &str, shape: Shape, plant: Option<&Plant>) -> Result<Self, EngineError> {
        let mut engine = Engine::new(name, plant)?;
        // After a reset the pipeline empties itself: what is timed begins behind that.
        for _ in 0..2 << shape.log_max {
            engine.cycle()?;
        }
        Ok(Self {
            engine,
            words: Vec::new(),
            shape,
        })
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Puts the matrix, rows in natural order, at the command's source of a new memory, runs the command, and compares what is at its destination.
    ///
    /// # Errors
    /// [`MemoryError`]: the first thing that is wrong.
    pub fn run<F: EngineField>(
        &mut self,
        command: &Command<F>,
        matrix: &RowMajorMatrix<F>,
        timing: Timing,
        seed: u64,
    ) -> Result<MemoryRun, MemoryError> {
        let expected = command.job.results(&self.shape, matrix.clone());
        let input = command.job.beats(&self.shape, matrix);
        self.run_words(command, &input, &expected, timing, seed)
    }

    /// The same with the words that lie at the source and that must lie at the destination.
    ///
    /// # Errors
    /// [`MemoryError`]: the first thing that is wrong.
    pub fn run_words<F: EngineField>(
        &mut self,
        command: &Command<F>,
        input: &[u32],
        expected: &[u32],
        timing: Timing,
        seed: u64,
    ) -> Result<MemoryRun, MemoryError> {
        let lanes = self.shape.lanes;
        let place = |beat: u64| beat as usize * lanes;
        let ends = [
            place(command.source) + input.len(),
            place(command.destination) + expected.len(),
            place(command.scratch) + expected.len(),
        ];
        // What nobody wrote is no field element.
        self.words.clear();
        self.words
            .resize(ends.into_iter().max().unwrap_or(0), u32::MAX);
        self.words[place(command.source)..ends[0]].copy_from_slice(input);
        let mut ports = Ports::new(lanes, std::mem::take(&mut self.words));
        ports.begin(command.words(&self.shape), timing, seed);
        let run = loop {
            let now = self.engine.clock();
            ports.drive(&mut self.engine.drive);
            self.engine.cycle()?;
            let end = ports.sample(now, &self.engine.sample);
            if !matches!(end, Ok(None)) {
                self.engine.drive[0] = 0;
            }
            if let Some(run) = end? {
                break run;
            }
            if ports.quiet > PATIENCE {
                return Err(MemoryError::Hang {
                    cycles: ports.quiet,
                });
            }
        };
        self.words = ports.words;
        let result = &self.words[place(command.destination)..];
        for (at, (found, expected)) in result.iter().zip(expected).enumerate() {
            if found != expected {
                return Err(MemoryError::Value {
                    beat: at / lanes,
                    lane: at % lanes,
                    found: *found,
                    expected: *expected,
                });
            }
        }
        Ok(run)
    }
}

/// The memory ports of an engine that takes commands, and the memory behind them.
pub(crate) struct Ports {
    lanes: usize,
    /// The memory.
    pub(crate) words: Vec<u32>,
    /// Cycles since anything moved.
    pub(crate) quiet: u64,
    reads: Reads,
    writes: Writes,
    command: [u32; 6],
    offered: bool,
    started: Option<u64>,
    run: MemoryRun,
    /// What was put on the ports in this cycle.
    read: Option<u64>,
    write: Option<u64>,
}

impl Ports {
    /// Words into a memory-side engine before those of a beat.
    pub(crate) const DRIVE: usize = 7;
    /// Words out of it before those of a beat.
    pub(crate) const SAMPLE: usize = 4;

    /// Idle ports on that memory.
    pub(crate) fn new(lanes: usize, words: Vec<u32>) -> Self {
        Self {
            lanes,
            words,
            quiet: 0,
            reads: Reads::new(Timing::READY, 0),
            writes: Writes::new(Timing::READY, 0),
            command: [0; 6],
            offered: false,
            started: None,
            run: MemoryRun::default(),
            read: None,
            write: None,
        }
    }

    /// A command is offered from the next cycle on.
    pub(crate) fn begin(&mut self, command: [u32; 6], timing: Timing, seed: u64) {
        self.command = command;
        self.reads = Reads::new(timing, seed);
        self.writes = Writes::new(timing, !seed);
        self.offered = true;
        self.started = None;
        self.quiet = 0;
        self.run = MemoryRun {
            shortest: u64::MAX,
            ..MemoryRun::default()
        };
    }

    /// The engine's words in.
    pub(crate) fn drive(&mut self, drive: &mut [u32]) {
        (self.read, self.write) = (self.reads.beat(), self.writes.beat());
        drive[1..Self::DRIVE].copy_from_slice(&self.command);
        drive[0] = u32::from(self.offered)
            | u32::from(self.reads.accepts()) << 1
            | u32::from(self.read.is_some()) << 2
            | u32::from(self.writes.accepts()) << 3
            | u32::from(self.write.is_some()) << 4
            | u32::from(self.writes.answers()) << 5;
        if let Some(at) = self.read {
            let at = at as usize * self.lanes;
            drive[Self::DRIVE..].copy_from_slice(&self.words[at..at + self.lanes]);
        }
    }

    /// What the engine says to that in cycle `now`: what the command took, when it is done.
    pub(crate) fn sample(
        &mut self,
        now: u64,
        sample: &[u32],
    ) -> Result<Option<MemoryRun>, MemoryError> {
        let lanes = self.lanes;
        let size = (self.words.len() / lanes) as u64;
        let (takes_read, takes_write) = (self.reads.accepts(), self.writes.accepts());
        let has = |bit: u32| sample[0] >> bit & 1 == 1;
        self.quiet += 1;
        if self.offered && has(flag::CMD_READY) {
            self.offered = false;
            self.started = Some(now);
        }
        let run = &mut self.run;
        if self.started.is_some() {
            run.stalls.count(sample[0] >> flag::STALL & 7);
        }
        let read_moved = self.read.is_some() && has(flag::R_READY);
        let write_moved = self.write.is_some() && has(flag::W_VALID);
        if let Some(at) = self.write.filter(|_| write_moved) {
            let at = at as usize * lanes;
            self.words[at..at + lanes].copy_from_slice(&sample[Self::SAMPLE..]);
        }
        run.read += u64::from(read_moved);
        run.written += u64::from(write_moved);
        if read_moved || write_moved || self.writes.answers() {
            self.quiet = 0;
        }
        self.reads.tick(read_moved);
        self.writes.tick(write_moved);
        let in_memory = |addr: u64, beats: u64| {
            // Bursts of a power of two at a multiple of it.
            if beats.is_power_of_two() && addr.is_multiple_of(beats) && addr + beats <= size {
                Ok(())
            } else {
                Err(MemoryError::Address { addr, beats, size })
            }
        };
        if has(flag::AR_VALID) && takes_read {
            let (addr, beats) = (u64::from(sample[1]), u64::from(sample[3] & 0xffff));
            in_memory(addr, beats)?;
            self.reads.request(addr, beats);
            run.shortest = run.shortest.min(beats);
            self.quiet = 0;
        }
        if has(flag::AW_VALID) && takes_write {
            let (addr, beats) = (u64::from(sample[2]), u64::from(sample[3] >> 16));
            in_memory(addr, beats)?;
            self.writes.request(addr, beats);
            run.shortest = run.shortest.min(beats);
            self.quiet = 0;
        }
        if !has(flag::REFUSED) && !has(flag::DONE) {
            return Ok(None);
        }
        run.started = self.started.unwrap_or(now);
        run.cycles = now + 1 - run.started;
        match (has(flag::REFUSED), has(flag::BAD)) {
            (true, _) => Err(MemoryError::Refused),
            (_, true) => Err(MemoryError::Bad),
            _ => Ok(Some(*run)),
        }
    }
}
