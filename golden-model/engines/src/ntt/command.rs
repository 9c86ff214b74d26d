//! Commands of the engine on a memory: where matrices lie, and how long columns are split.

use crate::field::EngineField;

use super::cycles::{Cycles, LOG_TILE, Pass, predict_pass};
use super::job::{Job, JobError, Op, Shape, packed};

/// A job on matrices in memory. Places are counted in beats.
#[derive(Clone, Copy, Debug)]
pub struct Command<F> {
    /// What is done.
    pub job: Job<F>,
    /// Where the matrix lies.
    pub source: u64,
    /// Where the result goes.
    pub destination: u64,
    /// Where as much as the result has room, for columns that do not fit on chip.
    pub scratch: u64,
}

/// How a column goes through the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// It fits.
    OnChip,
    /// The four-step method, n = n1 · n2: transforms of n1 rows that lie n2 apart, then of n2 rows side by side.
    FourStep {
        /// log2 of n1.
        log_first: usize,
        /// log2 of n2.
        log_second: usize,
    },
}

/// log2 of the groups that take about as long as their powers: `LogPace`.
const LOG_PACE: usize = 8;
/// A command is taken and its end is told.
const COMMAND: usize = 2;
/// From taking a pass to its first beat, and from its last beat to seeing that all is written.
const PASS: usize = 6;

impl<F: EngineField> Command<F> {
    /// How an engine of that shape splits it.
    ///
    /// # Errors
    /// [`JobError`] if it does not take it.
    pub fn split(&self, shape: &Shape) -> Result<Split, JobError> {
        let Job { log_n, op, .. } = self.job;
        if log_n <= shape.log_max {
            return self.job.check(shape).map(|()| Split::OnChip);
        }
        let mut log_first = log_n / 2;
        let least = match op {
            Op::Lde { .. } => LOG_TILE + 1,
            Op::Forward | Op::Inverse => LOG_PACE.min(shape.log_max),
        };
        log_first = log_first
            .min(log_n - least)
            .min(shape.log_load.min(shape.log_store) - LOG_TILE - 1);
        let log_second = log_n - log_first;
        let log_size = log_n + self.job.log_blocks();
        let groups = log_size - log_first;
        if log_second > shape.log_max || log_second <= LOG_TILE || groups > shape.max_repeat() {
            let log_max = shape.log_max;
            return Err(JobError::Length { log_n, log_max });
        }
        if log_size > F::TWO_ADICITY {
            let two_adicity = F::TWO_ADICITY;
            return Err(JobError::TwoAdicity {
                log_size,
                two_adicity,
            });
        }
        if self.job.width == 0 {
            return Err(JobError::Empty);
        }
        if self.job.in_reversed || self.job.out_natural {
            return Err(JobError::Order);
        }
        Ok(Split::FourStep {
            log_first,
            log_second,
        })
    }

    /// The passes, first one first.
    ///
    /// # Errors
    /// [`JobError`] if an engine of that shape does not take it.
    pub fn passes(&self, shape: &Shape) -> Result<Vec<Pass>, JobError> {
        let job = &self.job;
        let whole = Pass {
            op: job.op,
            log_n: job.log_n,
            log_repeat: 0,
            panels: job.panels(shape),
            strided_in: false,
            strided_out: false,
            factors: false,
            out_natural: job.out_natural,
        };
        let (log_first, log_second) = match self.split(shape)? {
            Split::OnChip => return Ok(vec![whole]),
            Split::FourStep {
                log_first,
                log_second,
            } => (log_first, log_second),
        };
        let high = Pass {
            log_n: log_first,
            log_repeat: log_second,
            strided_in: true,
            strided_out: true,
            ..whole
        };
        let low = Pass {
            log_n: log_second,
            log_repeat: log_first,
            factors: true,
            ..whole
        };
        Ok(match job.op {
            Op::Forward | Op::Inverse => vec![high, low],
            Op::Lde { log_blowup } => vec![
                Pass {
                    op: Op::Inverse,
                    ..high
                },
                low,
                Pass {
                    op: Op::Forward,
                    log_repeat: log_second + log_blowup,
                    strided_out: false,
                    factors: true,
                    ..high
                },
            ],
        })
    }

    /// Cycles from the command to its end on a memory that answers at once.
    ///
    /// # Errors
    /// [`JobError`] if an engine of that shape does not take it.
    pub fn cycles(&self, shape: &Shape) -> Result<Cycles, JobError> {
        let passes = self.passes(shape)?;
        let each = passes.iter().map(|pass| {
            let Cycles { total, ideal } = predict_pass(shape, pass, 0);
            (PASS + total, ideal)
        });
        let (total, ideal) = each.fold((COMMAND, 0), |sum, pass| (sum.0 + pass.0, sum.1 + pass.1));
        Ok(Cycles { total, ideal })
    }

    /// The command's six words, as `command_t` packs them.
    #[must_use]
    pub fn words(&self, shape: &Shape) -> [u32; 6] {
        let job = &self.job;
        let (panels, tail) = job.panels_and_tail(shape);
        packed(&[
            (job.op_code(), 2),
            (job.log_n as u64, 5),
            (job.log_blocks() as u64, 3),
            (u64::from(job.in_reversed), 1),
            (u64::from(job.out_natural), 1),
            (panels, 16),
            (tail, 4),
            (u64::from(job.shift.to_word()), 31),
            (self.source, 34),
            (self.destination, 34),
            (self.scratch, 34),
        ])
    }
}
