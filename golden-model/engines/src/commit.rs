//! An extension and the tree over it at once, as `rtl/commit` makes them: what lies where at the end, and when that is.

use p3_matrix::dense::RowMajorMatrix;

use crate::merkle::{self, Digest, Latencies, Rows};
use crate::ntt::{Command, JobError, Shape};
use crate::poseidon2::Poseidon2Field;

/// From the cycle of the result's first beat to that of its first row at the hasher.
const FEED: usize = 1;

/// The parameters of both engines.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Of the NTT engine.
    pub ntt: Shape,
    /// Of the Merkle engine; its slots are the most rows of a block.
    pub merkle: merkle::Machine,
}

/// What a command with `by_rows` leaves behind.
pub struct Committed<F> {
    /// The rows of the result.
    pub rows: RowMajorMatrix<F>,
    /// The words at the command's destination.
    pub words: Vec<u32>,
    /// The tree's digests, layer by layer, leaves first.
    pub layers: Vec<Vec<Digest<F>>>,
    /// The tree.
    pub shape: merkle::Shape,
}

/// When things are, in cycles from the one in which the command is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// The first row is at the hasher.
    pub first_row: u64,
    /// The tree is done.
    pub done: u64,
}

impl Machine {
    /// log2 of the most rows of a block.
    #[must_use]
    pub fn log_slots(&self) -> usize {
        self.merkle.slots.ilog2() as usize
    }

    /// What comes of a command, by Plonky3.
    ///
    /// # Errors
    /// [`JobError`] if the engine does not take it.
    ///
    /// # Panics
    /// If a matrix that the engine takes makes no tree.
    pub fn expected<F: Poseidon2Field>(
        &self,
        command: &Command<F>,
        matrix: RowMajorMatrix<F>,
    ) -> Result<Committed<F>, JobError> {
        command.split(&self.ntt)?;
        let words = command.job.results(&self.ntt, matrix.clone());
        let rows = command.job.expected(matrix);
        let matrices = vec![rows.clone()];
        let shape = merkle::shape(&matrices).expect("it has rows and columns");
        let layers = merkle::layers(matrices).expect("it has rows and columns");
        Ok(Committed {
            rows,
            words,
            layers,
            shape,
        })
    }

    /// Cycles of a command that is taken in clock cycle `start` after the reset, and of its tree, which is asked for by then: everything up to the last pass's
    /// first beat, and from then on the tree as if rows never lacked. So it is where the hasher is the slower one: an engine of 16 lanes makes two portions in a
    /// cycle. No tree is done earlier.
    ///
    /// # Errors
    /// [`JobError`] if the engine does not take it.
    pub fn cycles<F: Poseidon2Field>(
        &self,
        command: &Command<F>,
        tree: &merkle::Shape,
        memory: Latencies,
        start: u64,
    ) -> Result<Cycles, JobError> {
        let first_row = (command.cycles(&self.ntt)?.first + FEED) as u64;
        let hasher = merkle::Machine {
            slots: 1 << command.log_block(&self.ntt)?,
            ..self.merkle
        };
        let rows = Rows {
            clock: start + first_row,
            columns: self.ntt.columns(),
        };
        let done = hasher.done_with(std::slice::from_ref(tree), memory, rows);
        Ok(Cycles {
            first_row,
            done: done[0] - start,
        })
    }
}
