//! Drives the NTT engine's bench: jobs and beats in, beats out, checked and timed.

use std::collections::VecDeque;
use std::path::Path;

use assay_abi::plants::Plant;
use assay_engines::field::EngineField;
use assay_engines::ntt::{Cycles, Job, Shape, predict};
use p3_matrix::dense::RowMajorMatrix;

use crate::error::EngineError;
use crate::model::Engine;
use crate::rng::Rng;

/// A job with its matrix, rows in natural order.
pub struct Work<F> {
    /// What to do.
    pub job: Job<F>,
    /// With what.
    pub matrix: RowMajorMatrix<F>,
}

/// How unfriendly the two ends are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pressure {
    /// Cycles of a hundred in which no beat is offered.
    pub source: u32,
    /// Cycles of a hundred in which no beat is taken.
    pub sink: u32,
    /// Where the pauses are.
    pub seed: u64,
}

/// Cycles in which no column group started, by reason; the engine's `stall_o`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalls {
    /// A group was being read, or started.
    pub none: u64,
    /// No job.
    pub idle: u64,
    /// Its input was not loaded.
    pub input: u64,
    /// No room for its result.
    pub output: u64,
    /// Its powers were not ready.
    pub powers: u64,
    /// Its coefficients were not there.
    pub coefficients: u64,
    /// Another size drained.
    pub size: u64,
}

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// From the first beat in to the last beat out.
    pub cycles: u64,
    /// Beats out, all of them as Plonky3 has them.
    pub beats: u64,
    /// Cycles without a beat between the first and the last one out.
    pub gaps: u64,
    /// In that time.
    pub stalls: Stalls,
}

/// Why a run is not as it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NttError {
    /// The model cannot run, or an assertion failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Another value than Plonky3's.
    #[error("job {job}, beat {beat}, lane {lane}: found {found}, expected {expected}")]
    Value {
        /// Which job of the run.
        job: usize,
        /// Which beat of the job.
        beat: usize,
        /// Which word of the beat.
        lane: usize,
        /// What the engine says.
        found: u32,
        /// What Plonky3 says.
        expected: u32,
    },
    /// A beat more than there are, or the job's end at another beat.
    #[error("job {job}, beat {beat}: last is {last}")]
    Order {
        /// Which job of the run.
        job: usize,
        /// Which beat of the job.
        beat: usize,
        /// The beat's mark.
        last: bool,
    },
    /// The engine took a job that it must refuse, or the other way round.
    #[error("job {job} was refused: {refused}")]
    Refused {
        /// Which job of the run.
        job: usize,
        /// Whether it was.
        refused: bool,
    },
    /// The mark for input that is no field element is wrong.
    #[error("job {job}: bad input reported: {found}")]
    Bad {
        /// Which job of the run.
        job: usize,
        /// What the engine says.
        found: bool,
    },
    /// Nothing moves.
    #[error("no beat for {cycles} cycles, at job {job}, beat {beat}")]
    Hang {
        /// How long.
        cycles: u64,
        /// Which job is next to give a beat.
        job: usize,
        /// Which beat.
        beat: usize,
    },
    /// Another count than the twin's.
    #[error("{found} cycles, the twin says {expected}")]
    Cycles {
        /// What it took.
        found: u64,
        /// What it should take.
        expected: u64,
    },
}

impl NttError {
    /// What a planted bug's list calls it.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Engine(_) => "assertion",
            Self::Value { .. } => "value",
            Self::Order { .. } => "order",
            Self::Refused { .. } | Self::Bad { .. } => "error",
            Self::Hang { .. } => "hang",
            Self::Cycles { .. } => "cycles",
        }
    }
}

/// A job's words on their way.
struct Expected {
    words: Vec<u32>,
    /// A word that is no field element goes in: results mean nothing, the mark must be there.
    bad: bool,
}

/// The NTT engine of one shape.
pub struct NttEngine {
    engine: Engine,
    shape: Shape,
}

/// Longer than any pause.
const PATIENCE: u64 = 60_000;

impl NttEngine {
    /// The model of that name, built with that shape.
    ///
    /// # Errors
    /// [`EngineError`] if it is not in this build, or the waveform cannot be written.
    pub fn new(
        name: &str,
        shape: Shape,
        plant: Option<&Plant>,
        waves: Option<&Path>,
    ) -> Result<Self, EngineError> {
        let engine = match waves {
            Some(path) => Engine::with_waves(name, plant, path)?,
            None => Engine::new(name, plant)?,
        };
        Ok(Self { engine, shape })
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Runs the jobs one right behind the other and compares what comes out.
    ///
    /// # Errors
    /// [`NttError`]: the first thing that is wrong.
    pub fn run<F: EngineField>(
        &mut self,
        work: &[Work<F>],
        pressure: Pressure,
    ) -> Result<Run, NttError> {
        let jobs = work
            .iter()
            .map(|work| {
                let input = work.job.beats(&self.shape, &work.matrix);
                let words = work.job.results(&self.shape, work.matrix.clone());
                (
                    work.job.words(&self.shape),
                    input,
                    Expected { words, bad: false },
                )
            })
            .collect();
        self.run_words(jobs, pressure)
    }

    /// Runs one job whose input's word `at` is replaced by one that may be no field element.
    ///
    /// # Errors
    /// [`NttError`]: the first thing that is wrong; it must be marked bad if the word is not below p.
    pub fn run_with_word<F: EngineField>(
        &mut self,
        work: &Work<F>,
        at: usize,
        word: u32,
    ) -> Result<Run, NttError> {
        let mut input = work.job.beats(&self.shape, &work.matrix);
        let bad = word >= F::ORDER_U32;
        input[at] = word;
        let words = work.job.results(&self.shape, work.matrix.clone());
        let job = (work.job.words(&self.shape), input, Expected { words, bad });
        self.run_words(vec![job], Pressure::default())
    }

    /// Runs one job, and compares its cycles with the twin's too.
    ///
    /// # Errors
    /// [`NttError`]: the first thing that is wrong.
    pub fn run_timed<F: EngineField>(&mut self, work: &Work<F>) -> Result<(Run, Cycles), NttError> {
        let job = [Work {
            job: work.job,
            matrix: work.matrix.clone(),
        }];
        let run = self.run(&job, Pressure::default())?;
        let job = &work.job;
        let groups = job.panels(&self.shape);
        let cycles = predict(&self.shape, job.op, job.log_n, groups, job.out_natural);
        if run.cycles != cycles.total as u64 {
            return Err(NttError::Cycles {
                found: run.cycles,
                expected: cycles.total as u64,
            });
        }
        Ok((run, cycles))
    }

    /// Offers a job that must be refused, or must not.
    ///
    /// # Errors
    /// [`NttError::Refused`] if the engine thinks otherwise.
    pub fn offer(&mut self, words: [u32; 3], refused: bool) -> Result<(), NttError> {
        self.engine.drive[0] = 1;
        self.engine.drive[1..4].copy_from_slice(&words);
        for _ in 0..PATIENCE {
            self.engine.cycle()?;
            if self.engine.sample[0] & 1 == 1 {
                self.engine.drive[0] = 0;
                let found = self.engine.sample[0] & 2 != 0;
                return if found == refused {
                    Ok(())
                } else {
                    Err(NttError::Refused {
                        job: 0,
                        refused: found,
                    })
                };
            }
        }
        Err(NttError::Hang {
            cycles: PATIENCE,
            job: 0,
            beat: 0,
        })
    }

    fn run_words(
        &mut self,
        jobs: Vec<([u32; 3], Vec<u32>, Expected)>,
        pressure: Pressure,
    ) -> Result<Run, NttError> {
        let lanes = self.shape.lanes;
        let mut rng = Rng::new(pressure.seed, 0);
        let mut draw = |percent: u32| percent > 0 && rng.between(0, 99) < percent;
        let mut commands: VecDeque<[u32; 3]> = VecDeque::new();
        let mut input: VecDeque<u32> = VecDeque::new();
        let mut expected = Vec::new();
        for (words, beats, results) in jobs {
            commands.push_back(words);
            input.extend(beats);
            expected.push(results);
        }
        let (mut job, mut beat) = (0, 0);
        let (mut first, mut quiet, mut offered) = (None, 0, false);
        let mut taken_jobs = 0;
        let mut run = Run {
            cycles: 0,
            beats: 0,
            gaps: 0,
            stalls: Stalls::default(),
        };
        while job < expected.len() {
            let command = commands.front().copied();
            // A beat that was offered stays.
            offered = !input.is_empty() && (offered || !draw(pressure.source));
            let takes = !draw(pressure.sink);
            let drive = &mut self.engine.drive;
            drive[0] =
                u32::from(command.is_some()) | u32::from(offered) << 1 | u32::from(takes) << 2;
            if let Some(words) = command {
                drive[1..4].copy_from_slice(&words);
            }
            if offered {
                for (lane, word) in input.iter().take(lanes).enumerate() {
                    drive[4 + lane] = *word;
                }
            }
            self.engine.cycle()?;
            let flags = self.engine.sample[0];
            let has = |bit: u32| flags >> bit & 1 == 1;
            quiet += 1;
            if command.is_some() && has(0) {
                if has(1) {
                    return Err(NttError::Refused {
                        job: taken_jobs,
                        refused: true,
                    });
                }
                commands.pop_front();
                taken_jobs += 1;
                quiet = 0;
            }
            if offered && has(2) {
                first.get_or_insert(self.engine.clock());
                input.drain(..lanes);
                offered = false;
                quiet = 0;
            }
            if first.is_some() {
                run.stalls.count(flags >> 6 & 7);
            }
            if run.beats > 0 && !has(3) {
                run.gaps += 1;
            }
            if takes && has(3) {
                quiet = 0;
                let expected = &expected[job];
                let bad = expected.bad;
                let words = &expected.words[beat * lanes..(beat + 1) * lanes];
                for (lane, (found, expected)) in
                    self.engine.sample[1..].iter().zip(words).enumerate()
                {
                    if found != expected && !bad {
                        return Err(NttError::Value {
                            job,
                            beat,
                            lane,
                            found: *found,
                            expected: *expected,
                        });
                    }
                }
                beat += 1;
                run.beats += 1;
                let last = beat * lanes == expected.words.len();
                if has(4) != last {
                    return Err(NttError::Order {
                        job,
                        beat: beat - 1,
                        last: has(4),
                    });
                }
                if last {
                    if has(5) != expected.bad {
                        return Err(NttError::Bad { job, found: has(5) });
                    }
                    (job, beat) = (job + 1, 0);
                }
            }
            if quiet > PATIENCE {
                return Err(NttError::Hang {
                    cycles: quiet,
                    job,
                    beat,
                });
            }
        }
        self.engine.drive[0] = 0;
        run.cycles = self.engine.clock() + 1 - first.unwrap_or(0);
        Ok(run)
    }
}

impl Stalls {
    pub(super) fn count(&mut self, cause: u32) {
        *match cause {
            0 => &mut self.none,
            1 => &mut self.idle,
            2 => &mut self.input,
            3 => &mut self.output,
            4 => &mut self.powers,
            5 => &mut self.coefficients,
            _ => &mut self.size,
        } += 1;
    }
}
