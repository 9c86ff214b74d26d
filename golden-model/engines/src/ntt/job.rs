//! Jobs of the engine, the beats that it takes and gives, and the matrices behind them.

use p3_dft::{Radix2Dit, TwoAdicSubgroupDft};
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;

use crate::field::{EngineField, FieldId, Products};

/// With which parameters the engine is built.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// `Field`.
    pub field: FieldId,
    /// `Products`: partial products of a multiplier.
    pub products: Products,
    /// `Lanes`: elements a cycle, twice the columns of a beat.
    pub lanes: usize,
    /// `LogMax`: log2 of the longest column.
    pub log_max: usize,
    /// `LogLoad`: log2 of the load RAM's beats.
    pub log_load: usize,
    /// `LogStore`: log2 of the store's beats.
    pub log_store: usize,
}

impl Shape {
    /// Columns that are side by side in a beat.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.lanes / 2
    }

    /// log2 of the column groups that a panel may have: `max_repeat`.
    #[must_use]
    pub fn max_repeat(&self) -> usize {
        (self.log_max + 4).clamp(8, 15)
    }
}

/// What is done with each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Coefficients to evaluations over the coset shift·H.
    Forward,
    /// Evaluations over H to coefficients.
    Inverse,
    /// Evaluations over H to evaluations over shift·K, |K| = |H| << log_blowup; bit-reversed, as `coset_lde_batch` stores them.
    Lde {
        /// log2 of |K| / |H|.
        log_blowup: usize,
    },
}

/// A batch of columns.
#[derive(Clone, Copy, Debug)]
pub struct Job<F> {
    /// What is done.
    pub op: Op,
    /// log2 of the columns' length.
    pub log_n: usize,
    /// How many columns.
    pub width: usize,
    /// The rows come in bit-reversed order.
    pub in_reversed: bool,
    /// The rows go in natural order; else bit-reversed.
    pub out_natural: bool,
    /// The coset's shift; an inverse transform ignores it.
    pub shift: F,
}

/// Why the engine refuses a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// Columns of a length that the engine does not have.
    #[error("columns of 2^{log_n} elements, the engine takes 2^1 to 2^{log_max}")]
    Length {
        /// log2 of what was asked for.
        log_n: usize,
        /// log2 of the longest.
        log_max: usize,
    },
    /// No columns.
    #[error("a job without columns")]
    Empty,
    /// The result is longer than the field has roots of unity for.
    #[error("2^{log_size} evaluations, the field has roots of unity of order 2^{two_adicity}")]
    TwoAdicity {
        /// log2 of what was asked for.
        log_size: usize,
        /// What the field has.
        two_adicity: usize,
    },
    /// An extension in natural order.
    #[error("an extension goes out in bit-reversed order")]
    Order,
    /// Something else than an extension, by rows, in more than one block.
    #[error("of what does not go in one block only an extension goes by rows")]
    Rows,
}

impl<F: EngineField> Job<F> {
    /// Whether an engine of that shape takes it.
    ///
    /// # Errors
    /// [`JobError`] says why not.
    pub fn check(&self, shape: &Shape) -> Result<(), JobError> {
        let log_n = self.log_n;
        if log_n == 0 || log_n > shape.log_max {
            let log_max = shape.log_max;
            return Err(JobError::Length { log_n, log_max });
        }
        if self.width == 0 {
            return Err(JobError::Empty);
        }
        if let Op::Lde { log_blowup } = self.op {
            let log_size = log_n + log_blowup;
            if log_size > F::TWO_ADICITY {
                let two_adicity = F::TWO_ADICITY;
                return Err(JobError::TwoAdicity {
                    log_size,
                    two_adicity,
                });
            }
            if self.out_natural {
                return Err(JobError::Order);
            }
        }
        Ok(())
    }

    /// Panels: columns that go through side by side.
    #[must_use]
    pub fn panels(&self, shape: &Shape) -> usize {
        self.width.div_ceil(shape.columns())
    }

    /// log2 of the blocks of n results that come of a column.
    #[must_use]
    pub fn log_blocks(&self) -> usize {
        match self.op {
            Op::Lde { log_blowup } => log_blowup,
            Op::Forward | Op::Inverse => 0,
        }
    }

    /// `op` in the RTL.
    pub(super) fn op_code(&self) -> u64 {
        match self.op {
            Op::Forward => 0,
            Op::Inverse => 1,
            Op::Lde { .. } => 2,
        }
    }

    /// `panels` and `tail` in the RTL: how many, and the columns of the last one, less one.
    pub(super) fn panels_and_tail(&self, shape: &Shape) -> (u64, u64) {
        let panels = self.panels(shape);
        let tail = self.width - (panels.max(1) - 1) * shape.columns();
        (panels as u64, tail.wrapping_sub(1) as u64 & 0xf)
    }

    /// The job's three words, as `job_t` packs them.
    #[must_use]
    pub fn words(&self, shape: &Shape) -> [u32; 3] {
        let (panels, tail) = self.panels_and_tail(shape);
        packed(&[
            (self.op_code(), 2),
            (self.log_n as u64, 5),
            (self.log_blocks() as u64, 3),
            // One pass: no repetition, no tiles, neither by rows nor with factors.
            (0, 5),
            (0, 1),
            (0, 1),
            (0, 1),
            (0, 1),
            (u64::from(self.in_reversed), 1),
            (u64::from(self.out_natural), 1),
            (panels, 16),
            (tail, 4),
            (u64::from(self.shift.to_word()), 31),
        ])
    }

    /// What comes out for `matrix` in natural order, by Plonky3: rows in the order that was asked for.
    #[must_use]
    pub fn expected(&self, matrix: RowMajorMatrix<F>) -> RowMajorMatrix<F> {
        let dft = Radix2Dit::<F>::default();
        let natural = match self.op {
            Op::Forward => dft
                .coset_dft_batch(matrix, self.shift)
                .to_row_major_matrix(),
            Op::Inverse => dft.idft_batch(matrix),
            Op::Lde { log_blowup } => dft
                .coset_lde_batch(matrix, log_blowup, self.shift)
                .to_row_major_matrix(),
        };
        if self.out_natural {
            natural
        } else {
            natural.bit_reverse_rows().to_row_major_matrix()
        }
    }

    /// The words of the beats that `matrix`, in natural order, goes in as: panel by panel, two rows a beat. Where the last panel has no column, the word is no field
    /// element, because it must not matter.
    #[must_use]
    pub fn beats(&self, shape: &Shape, matrix: &RowMajorMatrix<F>) -> Vec<u32> {
        let reversed;
        let rows = if self.in_reversed {
            reversed = matrix.clone().bit_reverse_rows().to_row_major_matrix();
            &reversed
        } else {
            matrix
        };
        pack(shape, rows, u32::MAX)
    }

    /// The words of the beats that come out.
    #[must_use]
    pub fn results(&self, shape: &Shape, matrix: RowMajorMatrix<F>) -> Vec<u32> {
        pack(shape, &self.expected(matrix), 0)
    }
}

/// Fields with their bits, first the one at the top, as words, lowest first.
pub(super) fn packed<const WORDS: usize>(fields: &[(u64, u32)]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    let mut at = 0;
    for (value, bits) in fields.iter().rev() {
        for bit in 0..*bits {
            words[at / 32] |= ((value >> bit & 1) as u32) << (at % 32);
            at += 1;
        }
    }
    words
}

fn pack<F: EngineField>(shape: &Shape, rows: &RowMajorMatrix<F>, absent: u32) -> Vec<u32> {
    let columns = shape.columns();
    let mut words = Vec::new();
    for first in (0..rows.width()).step_by(columns) {
        for row in rows.row_slices() {
            words.extend(
                (first..first + columns)
                    .map(|column| row.get(column).map_or(absent, |element| element.to_word())),
            );
        }
    }
    words
}
