//! A list of devices: what one cannot do, fails at or does wrong, the next one does.

mod core;
mod device;
mod held;

use std::sync::Arc;

use p3_matrix::Matrix;

use self::core::Core;
pub use self::device::Member;
use self::held::{Held, HeldTree, Recipe, Step};
use crate::api::Hal;
use crate::error::HalError;
use crate::field::{Digest, HalField, HostMatrix};
use crate::handle::{Buffer, Opening, Owner, Pending, Tree};
use crate::operation::{Capabilities, Cost, Operation, Order, Shape, Transform};
use crate::queue::{Queue, Slot};
use crate::sample::Sampling;
use crate::usage::Usage;

/// What a [`Fallback`] does about refusals and failures.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Only the first device may do anything: what it does not do is an error.
    pub require_device: bool,
    /// How results are checked; not at all if not given.
    pub sampling: Option<Sampling>,
    /// Failures in a row after which a device is left out.
    pub give_up_after: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            require_device: false,
            sampling: Some(Sampling::default()),
            give_up_after: 3,
        }
    }
}

/// Devices in order of preference.
///
/// A matrix goes to a device when an operation there needs it, and its values stay known: as they came from the host, as they were downloaded, or
/// as the operation on other matrices that gives them, so that the loss of a device loses nothing. Results are checked before they are given out
/// ([`Sampling`]). One thread of its own walks the list, one operation after the other.
pub struct Fallback<F: HalField> {
    owner: Owner,
    core: Arc<Core<F>>,
    queue: Queue,
}

impl<F: HalField> Fallback<F> {
    /// A list of devices, the most wanted first.
    ///
    /// # Errors
    /// [`HalError::BadArgument`] if there are none, [`HalError::DeviceLost`] if the system has no thread to spare.
    pub fn new(members: Vec<Member<F>>, policy: Policy) -> Result<Self, HalError> {
        if members.is_empty() {
            return Err(HalError::bad("a list of no devices"));
        }
        Ok(Self {
            owner: Owner::unique(),
            core: Arc::new(Core::new(members, policy)),
            queue: Queue::new("fallback")?,
        })
    }

    /// The devices that are left out by now.
    #[must_use]
    pub fn left_out(&self) -> Vec<String> {
        self.core.left_out()
    }

    fn slot<'a>(&self, buffer: &'a Buffer<F>) -> Result<&'a Slot<Held<F>>, HalError> {
        buffer.body(self.owner)
    }

    fn tree<'a>(&self, tree: &'a Tree<F>) -> Result<&'a Slot<HeldTree<F>>, HalError> {
        tree.body(self.owner)
    }

    /// Records a step that makes one matrix of another.
    fn step(
        &self,
        input: &Buffer<F>,
        step: Step<F>,
        (shape, order): (Shape, Order),
    ) -> Result<Buffer<F>, HalError> {
        let (core, input) = (Arc::clone(&self.core), self.slot(input)?.clone());
        let slot = self.queue.run(move || {
            let input = input.wait()?;
            core.hold(Recipe { input, step })
        });
        Ok(Buffer::new(self.owner, shape, order, slot))
    }

    /// What a job gives, as something to wait for.
    fn pending<T: Clone + Send + Sync + 'static>(
        &self,
        job: impl FnOnce(&Core<F>) -> Result<T, HalError> + Send + 'static,
    ) -> Pending<T> {
        let core = Arc::clone(&self.core);
        let slot = self.queue.run(move || job(&core));
        Pending::new(move || slot.wait().map(Arc::unwrap_or_clone))
    }
}

impl<F: HalField> Hal<F> for Fallback<F> {
    fn capabilities(&self) -> Capabilities {
        self.core.capabilities()
    }

    fn usage(&self) -> Vec<Usage> {
        self.core.usage()
    }

    fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        self.core.estimate(operation)
    }

    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError> {
        let shape = Shape::new(matrix.height(), matrix.width);
        self.estimate(&Operation::Upload(shape))?;
        let slot = self.queue.run(move || Ok(Held::of_host(matrix)));
        Ok(Buffer::new(self.owner, shape, Order::Natural, slot))
    }

    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError> {
        let slot = self.slot(buffer)?.clone();
        Ok(self.pending(move |core| core.host(&*slot.wait()?)))
    }

    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError> {
        self.slot(buffer)?.wait().map(drop)
    }

    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError> {
        self.slot(input)?;
        self.estimate(&transform.operation(input.shape()))?;
        transform.check(input.order())?;
        let output = transform.output(input.shape());
        self.step(input, Step::Transform(transform), output)
    }

    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Tree<F>, HalError> {
        let slots = matrices.iter().map(|matrix| self.slot(matrix).cloned());
        let slots: Vec<_> = slots.collect::<Result<_, _>>()?;
        let shapes: Vec<Shape> = matrices.iter().map(Buffer::shape).collect();
        self.estimate(&Operation::Commit(&shapes))?;
        let (core, of) = (Arc::clone(&self.core), shapes.clone());
        let slot = self.queue.run(move || {
            let inputs = slots.iter().map(Slot::wait).collect::<Result<_, _>>()?;
            core.hold_tree(inputs, of)
        });
        Ok(Tree::new(self.owner, shapes, slot))
    }

    fn cap(&self, tree: &Tree<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError> {
        let slot = self.tree(tree)?.clone();
        Ok(self.pending(move |core| core.cap(&*slot.wait()?, height)))
    }

    fn open_rows(
        &self,
        tree: &Tree<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError> {
        let slot = self.tree(tree)?.clone();
        self.estimate(&Operation::Open {
            matrices: tree.shapes(),
            rows: rows.len(),
        })?;
        tree.check_rows(rows)?;
        let rows = rows.to_vec();
        Ok(self.pending(move |core| core.open(&*slot.wait()?, &rows)))
    }

    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        self.slot(states)?;
        self.estimate(&Operation::Permute(states.shape()))?;
        let output = (states.shape(), states.order());
        self.step(states, Step::Permute, output)
    }
}
