use crate::error::HalError;
use crate::field::{Digest, HalField, HostMatrix};
use crate::handle::{Buffer, Opening, Pending, Tree};
use crate::operation::{Capabilities, Cost, Operation, Transform};
use crate::peaks::Peaks;
use crate::usage::Usage;

/// A device, or several, under a prover.
///
/// An operation is recorded and gives a handle at once, which the next operation can take. What is wrong with the arguments, and what the
/// device cannot do, is said then; what goes wrong later is said by whatever waits: [`wait`](Self::wait), [`Pending::wait`]. An operation whose
/// input failed fails with the input's error. Operations of one thread run in the order in which they were recorded, or as if they did.
pub trait Hal<F: HalField>: Send + Sync {
    /// What the device can do.
    fn capabilities(&self) -> Capabilities;

    /// What was done so far, where, and what it took.
    fn usage(&self) -> Vec<Usage>;

    /// What an operation would take.
    ///
    /// # Errors
    /// [`HalError::Unsupported`] if the device cannot do it, [`HalError::BadArgument`] if nobody can.
    fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        self.capabilities().check::<F>(operation)?;
        Ok(Cost::of(operation))
    }

    /// What the device reaches at best, measured now; that takes about a second, and memory for two large buffers.
    ///
    /// # Errors
    /// [`HalError::Unsupported`] if it cannot say, or why it could not measure.
    fn peaks(&self) -> Result<Peaks, HalError> {
        Err(HalError::Unsupported {
            device: self.capabilities().device,
            what: "measure what it reaches at best".to_owned(),
        })
    }

    /// Joules that the device, with all that its supply feeds, has taken since some moment before; `None` where nobody tells.
    fn joules(&self) -> Option<f64> {
        None
    }

    /// A matrix to the device; its rows count as being in natural order.
    ///
    /// # Errors
    /// [`HalError`].
    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError>;

    /// A matrix from the device, its rows in the order in which the device has them.
    ///
    /// # Errors
    /// [`HalError`].
    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError>;

    /// Waits until a matrix is there.
    ///
    /// # Errors
    /// Why it will never be.
    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError>;

    /// Transforms all columns.
    ///
    /// # Errors
    /// [`HalError`].
    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError>;

    /// A Merkle tree over the rows as the device has them, as `p3-merkle-tree` makes it: the rows of all highest matrices in the leaves, those of
    /// lower ones joined at their layer.
    ///
    /// # Errors
    /// [`HalError`].
    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Tree<F>, HalError>;

    /// The `2^height` digests that are `height` layers below the root, or the leaves' if there are not so many layers.
    ///
    /// # Errors
    /// [`HalError`].
    fn cap(&self, tree: &Tree<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError>;

    /// Rows of all matrices, with the paths to the root. Numbers are those of the highest matrix; they may repeat.
    ///
    /// # Errors
    /// [`HalError`].
    fn open_rows(
        &self,
        tree: &Tree<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError>;

    /// Permutes states of Poseidon2, a row of 16 each.
    ///
    /// # Errors
    /// [`HalError`].
    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError>;
}
