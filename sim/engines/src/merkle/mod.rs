//! `assay_merkle` behind its bench: trees in, digests out to a memory that answers late and refuses now and then.

mod forest;
mod model;

use std::collections::VecDeque;

use assay_abi::plants::Plant;
use assay_engines::merkle::{Beat, Shape};

use crate::error::EngineError;
use crate::model::Engine;
use crate::rng::Rng;

pub use forest::{Difference, Dimensions, Forest};
pub use model::Model;

/// Words of a digest.
const DIGEST: usize = 8;
/// No engine needs more clocks than this for one digest.
const PATIENCE: u64 = 30_000;

/// A tree that is asked for.
#[derive(Clone, Debug)]
pub struct Job {
    /// Rows of the tallest matrices.
    pub rows: u32,
    /// Bit k: matrices join at layer k.
    pub injects: u32,
    /// Of the first layer, in digests.
    pub base: u32,
    /// For layers that matrices join.
    pub scratch: u32,
    /// The rows.
    pub beats: Vec<Beat>,
}

impl Job {
    /// The tree of that shape, its layers and its scratch from `base` on, and where the next one may begin.
    #[must_use]
    pub fn new(shape: &Shape, beats: Vec<Beat>, base: usize) -> (Self, usize) {
        let length = shape.addresses().last().copied().unwrap_or_default();
        let scratch = base + length;
        let job = Self {
            rows: shape.rows() as u32,
            injects: shape.injects(),
            base: base as u32,
            scratch: scratch as u32,
            beats,
        };
        (job, scratch + shape.scratch())
    }
}

/// How the world around the engine behaves. Pauses are out of 65,536 clocks.
#[derive(Clone, Copy, Debug)]
pub struct World {
    /// The clock after the reset from which on trees are offered.
    pub start: u64,
    /// No words of a row.
    pub rows: u32,
    /// A read is not taken.
    pub reads: u32,
    /// A digest is not taken.
    pub writes: u32,
    /// Clocks from a read to its pair, from and to.
    pub read_latency: (u32, u32),
    /// Clocks from a write to its acknowledgement, from and to.
    pub write_latency: (u32, u32),
    /// Of the random numbers.
    pub seed: u64,
}

/// Turns of the core that nothing used, from the first row to the last root, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// No tree was there.
    pub idle: u64,
    /// Nodes waited for digests or for memory.
    pub node_waits: u64,
    /// Rows did not come.
    pub row_missing: u64,
    /// A row waited for itself.
    pub slot_busy: u64,
    /// Digests were not taken.
    pub output_full: u64,
    /// A request was on its way, or only added words to a row.
    pub gathering: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Digests by address; `None` was never written.
    pub memory: Vec<Option<[u32; DIGEST]>>,
    /// When each tree was done, in clocks since the reset.
    pub done: Vec<u64>,
    /// When the first row's first words were taken.
    pub started: u64,
    /// Digests that were written.
    pub writes: usize,
    /// Unused turns.
    pub lost: Lost,
    /// Jobs that were refused, by their order.
    pub refused: Vec<usize>,
    /// Whether words, or the rows' ends, were no good.
    pub error: bool,
}

struct Memory {
    digests: Vec<Option<[u32; DIGEST]>>,
    /// What a read finds that comes too early.
    stale: [u32; DIGEST],
    /// Digests that are not acknowledged yet: when they will be.
    writes: VecDeque<(u64, usize, [u32; DIGEST])>,
    reads: VecDeque<(u64, [u32; 2 * DIGEST])>,
}

impl Memory {
    fn pair(&self, address: usize) -> [u32; 2 * DIGEST] {
        let mut pair = [0; 2 * DIGEST];
        for (half, words) in pair.chunks_exact_mut(DIGEST).enumerate() {
            let digest = self.digests.get(address + half).copied().flatten();
            words.copy_from_slice(&digest.unwrap_or(self.stale));
        }
        pair
    }
}

/// Runs the trees through the engine of that name, offered one behind the other, until all are done or refused, an error is flagged, or nothing
/// happens any more.
///
/// # Errors
/// If there is no such engine, or an assertion of the RTL fails.
pub fn run(
    name: &str,
    plant: Option<&Plant>,
    jobs: &[Job],
    world: World,
) -> Result<Outcome, EngineError> {
    run_on(Engine::new(name, plant)?, jobs, world)
}

/// The same on an engine that was just reset.
///
/// # Errors
/// If an assertion of the RTL fails.
pub fn run_on(mut engine: Engine, jobs: &[Job], world: World) -> Result<Outcome, EngineError> {
    let mut ports = Ports::new(jobs, world);
    while !ports.ended() && ports.quiet < PATIENCE {
        let clock = engine.clock();
        ports.drive(clock, &mut engine.drive);
        engine.cycle()?;
        ports.sample(clock, &engine.sample);
    }
    Ok(ports.into_outcome())
}

/// The ports of an engine that makes trees, and the memory behind them.
pub(crate) struct Ports<'a> {
    jobs: &'a [Job],
    world: World,
    rng: Rng,
    memory: Memory,
    beats: VecDeque<&'a Beat>,
    next: usize,
    outcome: Outcome,
    /// Cycles since anything happened.
    pub(crate) quiet: u64,
    /// What was put on the ports in this cycle.
    offered: bool,
    reads: bool,
    writes: bool,
    asks: bool,
    ack: bool,
}

impl<'a> Ports<'a> {
    /// Before the first cycle.
    pub(crate) fn new(jobs: &'a [Job], world: World) -> Self {
        Self {
            jobs,
            world,
            rng: Rng::new(world.seed, 6),
            memory: Memory {
                digests: Vec::new(),
                stale: std::array::from_fn(|word| 0x0bad_0000 + word as u32),
                writes: VecDeque::new(),
                reads: VecDeque::new(),
            },
            beats: VecDeque::new(),
            next: 0,
            outcome: Outcome {
                memory: Vec::new(),
                done: Vec::new(),
                started: 0,
                writes: 0,
                lost: Lost::default(),
                refused: Vec::new(),
                error: false,
            },
            quiet: 0,
            offered: false,
            reads: false,
            writes: false,
            asks: false,
            ack: false,
        }
    }

    /// All jobs are done or refused, or words were.
    pub(crate) fn ended(&self) -> bool {
        let Outcome {
            done,
            refused,
            error,
            ..
        } = &self.outcome;
        *error || done.len() + refused.len() >= self.jobs.len()
    }

    /// Words, or rows' ends, were no good.
    pub(crate) fn refuses(&self) -> bool {
        self.outcome.error
    }

    /// What came of it.
    pub(crate) fn into_outcome(self) -> Outcome {
        Outcome {
            memory: self.memory.digests,
            ..self.outcome
        }
    }

    /// The engine's words in.
    pub(crate) fn drive(&mut self, clock: u64, drive: &mut [u32]) {
        let Self {
            world, rng, memory, ..
        } = self;
        self.offered = !self.beats.is_empty() && (self.offered || !rng.chance(world.rows));
        (self.reads, self.writes) = (!rng.chance(world.reads), !rng.chance(world.writes));
        let answer = memory.reads.front().is_some_and(|it| it.0 <= clock);
        self.ack = memory.writes.front().is_some_and(|it| it.0 <= clock);
        self.asks = self.next < self.jobs.len() && clock >= world.start;
        drive[0] = u32::from(self.asks)
            | u32::from(self.offered) << 1
            | u32::from(self.reads) << 7
            | u32::from(answer) << 8
            | u32::from(self.writes) << 9
            | u32::from(self.ack) << 10;
        if let Some(job) = self.jobs.get(self.next) {
            drive[1..5].copy_from_slice(&[job.rows, job.injects, job.base, job.scratch]);
        }
        if self.offered
            && let Some(beat) = self.beats.front()
        {
            drive[0] |= u32::from(beat.last) << 2 | (beat.words as u32) << 3;
            drive[5..13].copy_from_slice(&beat.data);
        }
        if answer && let Some((_, pair)) = memory.reads.pop_front() {
            drive[13..].copy_from_slice(&pair);
        }
    }

    /// What the engine says to that.
    pub(crate) fn sample(&mut self, clock: u64, sample: &[u32]) {
        let Self {
            world,
            rng,
            memory,
            outcome,
            ..
        } = self;
        let bit = |index: u32| sample[0] >> index & 1 == 1;
        self.quiet += 1;
        if self.asks && bit(0) {
            if bit(1) {
                outcome.refused.push(self.next);
            } else {
                self.beats.extend(&self.jobs[self.next].beats);
            }
            self.next += 1;
            self.quiet = 0;
        }
        if self.offered && bit(2) {
            if outcome.started == 0 {
                outcome.started = clock;
            }
            self.beats.pop_front();
            self.offered = false;
            self.quiet = 0;
        }
        // A read finds what was acknowledged before; what is acknowledged now it may or may not find.
        if self.reads && bit(3) {
            let latency = rng.between(world.read_latency.0, world.read_latency.1);
            let due = clock + u64::from(latency);
            let after = memory.reads.back().map_or(0, |it| it.0 + 1);
            let pair = memory.pair(sample[1] as usize);
            memory.reads.push_back((due.max(after), pair));
            self.quiet = 0;
        }
        if self.ack
            && let Some((_, address, digest)) = memory.writes.pop_front()
        {
            if memory.digests.len() <= address {
                memory.digests.resize(address + 1, None);
            }
            memory.digests[address] = Some(digest);
            self.quiet = 0;
        }
        if self.writes && bit(4) {
            let latency = rng.between(world.write_latency.0, world.write_latency.1);
            let due = clock + u64::from(latency);
            let after = memory.writes.back().map_or(0, |it| it.0 + 1);
            let mut digest = [0; DIGEST];
            digest.copy_from_slice(&sample[3..]);
            memory
                .writes
                .push_back((due.max(after), sample[2] as usize, digest));
            outcome.writes += 1;
            self.quiet = 0;
        }
        if bit(5) {
            outcome.done.push(clock);
            self.quiet = 0;
        }
        outcome.error = bit(6);
        if outcome.started > 0 {
            let lost = &mut outcome.lost;
            for (index, count) in [
                &mut lost.idle,
                &mut lost.node_waits,
                &mut lost.row_missing,
                &mut lost.slot_busy,
                &mut lost.output_full,
                &mut lost.gathering,
            ]
            .into_iter()
            .enumerate()
            {
                *count += u64::from(bit(8 + index as u32));
            }
        }
    }
}
