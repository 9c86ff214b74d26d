//! `assay_commit` behind its bench: commands and trees in, a memory for matrices and one for digests.

use assay_abi::plants::Plant;

use crate::error::EngineError;
use crate::merkle::{self, Job, Outcome, World};
use crate::model::Engine;
use crate::ntt::{self, MemoryError, MemoryRun, Timing};

/// Longer than any pause.
const PATIENCE: u64 = 30_000;

/// What is asked of the engine at once.
pub struct Request<'a> {
    /// Commands as words, one behind the other.
    pub commands: &'a [[u32; 6]],
    /// The memory that they are about, as words.
    pub memory: Vec<u32>,
    /// How that memory behaves.
    pub timing: Timing,
    /// Trees, one behind the other; those whose rows commands make have no beats.
    pub trees: &'a [Job],
    /// How their memory behaves; its `start` is left alone.
    pub world: World,
}

/// What came of it.
pub struct Committed {
    /// The matrices' memory.
    pub memory: Vec<u32>,
    /// What each command took.
    pub runs: Vec<MemoryRun>,
    /// Of the trees.
    pub outcome: Outcome,
    /// From the first cycle in which anything is offered to the one in which all is done.
    pub cycles: u64,
}

/// The engine of that name, past the start after its reset.
pub struct CommitEngine {
    engine: Engine,
    lanes: usize,
}

impl CommitEngine {
    /// The model of that name, of so many lanes and columns of up to 2^`log_max` on chip, with a bug if `plant` names one.
    ///
    /// # Errors
    /// [`EngineError`] if it is not in this build.
    pub fn new(
        name: &str,
        lanes: usize,
        log_max: usize,
        plant: Option<&Plant>,
    ) -> Result<Self, EngineError> {
        let mut engine = Engine::new(name, plant)?;
        // The pipelines empty themselves.
        for _ in 0..(2 << log_max).max(1_000) {
            engine.cycle()?;
        }
        Ok(Self { engine, lanes })
    }

    /// Clock cycles since the reset.
    #[must_use]
    pub fn clock(&self) -> u64 {
        self.engine.clock()
    }

    /// Does what is asked for, up to the last command and the last tree.
    ///
    /// # Errors
    /// [`MemoryError`] of the first command that fails, or if nothing moves.
    pub fn run(&mut self, request: Request<'_>) -> Result<Committed, MemoryError> {
        let border = (
            ntt::Ports::DRIVE + self.lanes,
            ntt::Ports::SAMPLE + self.lanes,
        );
        let began = self.engine.clock();
        let mut matrices = ntt::Ports::new(self.lanes, request.memory);
        let mut trees = merkle::Ports::new(request.trees, request.world);
        let mut commands = request.commands.iter();
        let mut runs = Vec::new();
        let mut waits = true;
        while !trees.ended() || runs.len() < request.commands.len() {
            if waits && let Some(command) = commands.next() {
                matrices.begin(*command, request.timing, request.world.seed);
                waits = false;
            }
            let clock = self.engine.clock();
            let (drive, tree_drive) = self.engine.drive.split_at_mut(border.0);
            matrices.drive(drive);
            trees.drive(clock, tree_drive);
            self.engine.cycle()?;
            let (sample, tree_sample) = self.engine.sample.split_at(border.1);
            let end = matrices.sample(clock, sample);
            trees.sample(clock, tree_sample);
            if let Some(run) = end? {
                runs.push(run);
                waits = true;
            }
            if trees.refuses() {
                break;
            }
            let cycles = matrices.quiet.min(trees.quiet);
            if cycles > PATIENCE {
                return Err(MemoryError::Hang { cycles });
            }
        }
        self.engine.drive.fill(0);
        Ok(Committed {
            memory: matrices.words,
            runs,
            outcome: trees.into_outcome(),
            cycles: self.engine.clock() - began,
        })
    }
}
