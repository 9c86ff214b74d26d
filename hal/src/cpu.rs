//! The CPU as a device: Plonky3's own code.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use p3_commit::{BatchOpening, Mmcs};
use p3_dft::{Radix2DitParallel, TwoAdicSubgroupDft};
use p3_field::PackedValue;
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_merkle_tree::MerkleTree;
use p3_symmetric::Permutation;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSliceMut;

use crate::api::Hal;
use crate::error::HalError;
use crate::field::{
    DIGEST, Digest, HalField, HostMatrix, STATE, StockMmcs, elements, share, stock_mmcs,
};
use crate::handle::{Buffer, Opening, Owner, Pending, Tree};
use crate::operation::{Capabilities, Cost, Kind, Operation, Order, Shape, Transform};
use crate::peaks::{self, Packages, Peaks};
use crate::pool::compute;
use crate::queue::{Queue, Slot};
use crate::usage::{Count, Counts, Usage};

/// Rows that are permuted by one task.
const TASK_ROWS: usize = 1 << 12;

/// What a [`CpuHal`] may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How messages and tables call it.
    pub name: String,
    /// Logarithm of the greatest height.
    pub max_log_height: usize,
    /// The greatest width.
    pub max_width: usize,
    /// Bytes of what its handles stand for; no limit if not given.
    pub memory: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name: "cpu".to_owned(),
            max_log_height: usize::BITS as usize - 1,
            max_width: usize::MAX,
            memory: None,
        }
    }
}

/// Plonky3's transforms, trees and permutations, with all their SIMD, behind a queue. What has to be computed is computed by the HAL's own threads.
pub struct CpuHal<F: HalField> {
    owner: Owner,
    limits: Limits,
    memory: Arc<Memory>,
    engine: Arc<Engine<F>>,
    queue: Queue,
}

struct Engine<F: HalField> {
    dft: Radix2DitParallel<F>,
    mmcs: StockMmcs<F>,
    permutation: F::Permutation,
    counts: Counts,
    packages: Packages,
}

/// A matrix.
struct Held<F> {
    matrix: HostMatrix<F>,
    _memory: Share,
}

/// A tree. The memory of the matrices under it is their own.
struct HeldTree<F> {
    tree: MerkleTree<F, F, HostMatrix<F>, 2, DIGEST>,
    _matrices: Vec<Arc<Held<F>>>,
    _memory: Share,
}

struct Memory {
    total: Option<u64>,
    used: AtomicU64,
}

/// A part of the memory, until it is dropped.
struct Share {
    memory: Arc<Memory>,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl<F: HalField> CpuHal<F> {
    /// The CPU, with no limits.
    ///
    /// # Errors
    /// [`HalError::DeviceLost`] if the system has no thread to spare.
    pub fn new() -> Result<Self, HalError> {
        Self::with_limits(Limits::default())
    }

    /// The CPU, which takes no more than this.
    ///
    /// # Errors
    /// [`HalError::DeviceLost`] if the system has no thread to spare.
    pub fn with_limits(limits: Limits) -> Result<Self, HalError> {
        Ok(Self {
            owner: Owner::unique(),
            memory: Arc::new(Memory {
                total: limits.memory,
                used: AtomicU64::new(0),
            }),
            engine: Arc::new(Engine {
                dft: Radix2DitParallel::default(),
                mmcs: stock_mmcs::<F>(0),
                permutation: F::permutation(),
                counts: Counts::default(),
                packages: Packages::new(),
            }),
            queue: Queue::new(&limits.name)?,
            limits,
        })
    }

    /// Bytes that handles stand for now.
    #[must_use]
    pub fn memory_used(&self) -> u64 {
        self.memory.used.load(Ordering::Relaxed)
    }

    fn check(&self, operation: &Operation<'_>) -> Result<(), HalError> {
        self.capabilities().check::<F>(operation)
    }

    fn take(&self, operation: &Operation<'_>) -> Result<Share, HalError> {
        let bytes = Cost::of(operation).device_bytes;
        let total = self.memory.total.unwrap_or(u64::MAX);
        let fits = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= total);
        let used = &self.memory.used;
        match used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(Share {
                memory: Arc::clone(&self.memory),
                bytes,
            }),
            Err(used) => Err(HalError::OutOfMemory {
                device: self.limits.name.clone(),
                asked: bytes,
                free: total.saturating_sub(used),
            }),
        }
    }

    fn slot<'a>(&self, buffer: &'a Buffer<F>) -> Result<&'a Slot<Held<F>>, HalError> {
        buffer.body(self.owner)
    }

    fn tree<'a>(&self, tree: &'a Tree<F>) -> Result<&'a Slot<HeldTree<F>>, HalError> {
        tree.body(self.owner)
    }

    /// Records what makes one matrix of another.
    fn map(
        &self,
        operation: &Operation<'_>,
        input: &Buffer<F>,
        (shape, order): (Shape, Order),
        job: impl FnOnce(&Engine<F>, &HostMatrix<F>) -> RowMajorMatrix<F> + Send + 'static,
    ) -> Result<Buffer<F>, HalError> {
        let (input, kind) = (self.slot(input)?.clone(), operation.kind());
        let memory = self.take(operation)?;
        let engine = Arc::clone(&self.engine);
        let slot = self.queue.run(move || {
            let input = input.wait()?;
            let matrix = engine.timed(kind, || job(&engine, &input.matrix))?;
            Ok(Held {
                matrix: share(matrix),
                _memory: memory,
            })
        });
        Ok(Buffer::new(self.owner, shape, order, slot))
    }
}

impl<F: HalField> Engine<F> {
    fn timed<T: Send>(&self, kind: Kind, job: impl FnOnce() -> T + Send) -> Result<T, HalError> {
        let began = Instant::now();
        let done = compute(job)?;
        self.counts.add(
            kind,
            &Count {
                calls: 1,
                seconds: began.elapsed().as_secs_f64(),
                ..Count::default()
            },
        );
        Ok(done)
    }

    fn transform(&self, input: &HostMatrix<F>, transform: Transform<F>) -> RowMajorMatrix<F> {
        let input = input.clone().to_row_major_matrix();
        let values = match transform {
            Transform::Idft { shift } => return self.dft.coset_idft_batch(input, shift),
            Transform::Dft { shift } => self.dft.coset_dft_batch(input, shift),
            Transform::Lde { added_bits, shift } => {
                self.dft.coset_lde_batch(input, added_bits, shift)
            }
        };
        values.bit_reverse_rows().to_row_major_matrix()
    }

    fn permute(&self, input: &HostMatrix<F>) -> RowMajorMatrix<F> {
        let mut states = input.clone().to_row_major_matrix();
        let lanes = F::Packing::WIDTH;
        states
            .values
            .par_chunks_mut(TASK_ROWS * STATE)
            .for_each(|task| {
                let mut groups = task.chunks_exact_mut(lanes * STATE);
                for group in &mut groups {
                    let mut state: [F::Packing; STATE] = std::array::from_fn(|i| {
                        F::Packing::from_fn(|lane| group[lane * STATE + i])
                    });
                    self.permutation.permute_mut(&mut state);
                    for (i, packed) in state.iter().enumerate() {
                        for (lane, &element) in packed.as_slice().iter().enumerate() {
                            group[lane * STATE + i] = element;
                        }
                    }
                }
                let (rest, _) = groups.into_remainder().as_chunks_mut::<STATE>();
                for state in rest {
                    self.permutation.permute_mut(state);
                }
            });
        states
    }
}

impl<F: HalField> Hal<F> for CpuHal<F> {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            device: self.limits.name.clone(),
            field: F::NAME,
            operations: Kind::ALL.to_vec(),
            max_log_height: self.limits.max_log_height,
            max_width: self.limits.max_width,
            memory: self.limits.memory,
        }
    }

    fn usage(&self) -> Vec<Usage> {
        self.engine.counts.usage(&self.limits.name)
    }

    fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        self.check(operation)?;
        // Nothing is moved: the device's memory is the host's.
        Ok(Cost {
            bytes_up: 0,
            bytes_down: 0,
            ..Cost::of(operation)
        })
    }

    fn peaks(&self) -> Result<Peaks, HalError> {
        peaks::of_cpu::<F>()
    }

    fn joules(&self) -> Option<f64> {
        self.engine.packages.joules()
    }

    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError> {
        let shape = Shape::new(matrix.height(), matrix.width);
        let operation = Operation::Upload(shape);
        self.check(&operation)?;
        if !elements(&matrix).len().is_multiple_of(matrix.width) {
            return Err(HalError::bad("rows of different widths"));
        }
        let memory = self.take(&operation)?;
        let engine = Arc::clone(&self.engine);
        let slot = self.queue.run(move || {
            engine.timed(Kind::Upload, || ())?;
            Ok(Held {
                matrix,
                _memory: memory,
            })
        });
        Ok(Buffer::new(self.owner, shape, Order::Natural, slot))
    }

    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError> {
        let slot = self.slot(buffer)?.clone();
        let engine = Arc::clone(&self.engine);
        Ok(Pending::new(move || {
            let held = slot.wait()?;
            engine.timed(Kind::Download, || held.matrix.clone())
        }))
    }

    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError> {
        self.slot(buffer)?.wait().map(drop)
    }

    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError> {
        let operation = transform.operation(input.shape());
        self.check(&operation)?;
        transform.check(input.order())?;
        let output = transform.output(input.shape());
        self.map(&operation, input, output, move |engine, input| {
            engine.transform(input, transform)
        })
    }

    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Tree<F>, HalError> {
        let shapes: Vec<Shape> = matrices.iter().map(Buffer::shape).collect();
        let operation = Operation::Commit(&shapes);
        self.check(&operation)?;
        let slots = matrices.iter().map(|matrix| self.slot(matrix).cloned());
        let slots: Vec<_> = slots.collect::<Result<_, _>>()?;
        let memory = self.take(&operation)?;
        let engine = Arc::clone(&self.engine);
        let slot = self.queue.run(move || {
            let held = slots.iter().map(Slot::wait);
            let held: Vec<_> = held.collect::<Result<_, _>>()?;
            let leaves = held.iter().map(|held| held.matrix.clone()).collect();
            let (_, tree) = engine.timed(Kind::Commit, || engine.mmcs.commit(leaves))?;
            Ok(HeldTree {
                tree,
                _matrices: held,
                _memory: memory,
            })
        });
        Ok(Tree::new(self.owner, shapes, slot))
    }

    fn cap(&self, tree: &Tree<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError> {
        let slot = self.tree(tree)?.clone();
        Ok(Pending::new(move || {
            let held = slot.wait()?;
            let height = height.min(held.tree.num_layers() - 1);
            Ok(held.tree.cap(height).roots().to_vec())
        }))
    }

    fn open_rows(
        &self,
        tree: &Tree<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError> {
        self.check(&Operation::Open {
            matrices: tree.shapes(),
            rows: rows.len(),
        })?;
        tree.check_rows(rows)?;
        let (slot, rows) = (self.tree(tree)?.clone(), rows.to_vec());
        let engine = Arc::clone(&self.engine);
        Ok(Pending::new(move || {
            let held = slot.wait()?;
            engine.timed(Kind::Open, || {
                let open = |&row: &usize| {
                    let BatchOpening {
                        opened_values: rows,
                        opening_proof: path,
                    } = engine.mmcs.open_batch(row, &held.tree);
                    Opening { rows, path }
                };
                rows.iter().map(open).collect()
            })
        }))
    }

    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        let operation = Operation::Permute(states.shape());
        self.check(&operation)?;
        let output = (states.shape(), states.order());
        self.map(&operation, states, output, Engine::permute)
    }
}
