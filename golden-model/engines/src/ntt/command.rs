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
    /// Where as much as the result has room, for columns that are split.
    pub scratch: u64,
    /// `by_rows`: the result goes block by block, all columns of one before the next; log2 of the most rows of a block, `LogBlock`.
    pub by_rows: Option<usize>,
}

/// How a column goes through the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// It fits, and so does a block of its result.
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
/// A command is taken.
const COMMAND: usize = 1;
/// Its end is told.
const END: usize = 1;
/// From taking a pass to its first beat.
const BEGIN: usize = 3;
/// From its last beat to seeing that all is written.
const WRITTEN: usize = 3;

impl<F: EngineField> Command<F> {
    /// How an engine of that shape splits it.
    ///
    /// # Errors
    /// [`JobError`] if it does not take it.
    pub fn split(&self, shape: &Shape) -> Result<Split, JobError> {
        let Job { log_n, op, .. } = self.job;
        let log_size = log_n + self.job.log_blocks();
        let log_block = self.by_rows.unwrap_or(usize::MAX);
        if log_n <= shape.log_max && log_size <= log_block {
            return self.job.check(shape).map(|()| Split::OnChip);
        }
        let log_max = shape.log_max;
        let least = match op {
            Op::Lde { .. } => LOG_TILE + 1,
            Op::Forward | Op::Inverse => LOG_PACE.min(shape.log_max),
        };
        if log_n <= least {
            return Err(JobError::Length { log_n, log_max });
        }
        let log_first = (log_n / 2)
            .min(log_n - least)
            .min(shape.log_load.min(shape.log_store) - LOG_TILE - 1)
            .min(log_block.saturating_sub(LOG_TILE + 1));
        let log_second = log_n - log_first;
        let groups = log_size - log_first;
        if log_second > log_max || log_second <= LOG_TILE || groups > shape.max_repeat() {
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
        if self.by_rows.is_some() && !matches!(op, Op::Lde { .. }) {
            return Err(JobError::Rows);
        }
        Ok(Split::FourStep {
            log_first,
            log_second,
        })
    }

    /// log2 of the rows of a block of the result.
    ///
    /// # Errors
    /// [`JobError`] if an engine of that shape does not take it.
    pub fn log_block(&self, shape: &Shape) -> Result<usize, JobError> {
        Ok(match self.split(shape)? {
            Split::OnChip => self.job.log_n + self.job.log_blocks(),
            Split::FourStep { log_first, .. } => log_first + LOG_TILE + 1,
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
            by_rows: false,
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
                    by_rows: self.by_rows.is_some(),
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
            let Cycles {
                first,
                total,
                ideal,
            } = predict_pass(shape, pass, 0);
            (BEGIN + first, BEGIN + total + WRITTEN, ideal)
        });
        let (first, total, ideal) = each.fold((0, COMMAND, 0), |sum, pass| {
            (sum.1 + pass.0, sum.1 + pass.1, sum.2 + pass.2)
        });
        Ok(Cycles {
            first,
            total: total + END,
            ideal,
        })
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
            (u64::from(self.by_rows.is_some()), 1),
            (panels, 16),
            (tail, 4),
            (u64::from(job.shift.to_word()), 31),
            (self.source, 34),
            (self.destination, 34),
            (self.scratch, 34),
        ])
    }
}
