//! A CUDA device as a HAL.

use std::sync::Arc;

use assay_hal::{
    Buffer, Capabilities, Cost, DIGEST, Digest, Hal, HalError, HalField, HostMatrix, Kind, Opening,
    Operation, Order, Owner, Peaks, Pending, Place, STATE, Shape, Transform, Tree as Handle, Usage,
    elements, share,
};
use p3_matrix::Matrix as _;
use p3_matrix::dense::RowMajorMatrix;

use crate::cost;
use crate::device::{Argument, Device};
use crate::engine::{Engine, LOG_ROOTS, at, flat, hashers};
use crate::kernel::Task;
use crate::peaks;
use crate::plan::{LEAST_LOG_POINTS, LOG_POINTS};
use crate::transform::words;
use crate::tree::Tree;

/// The most bits that an extension adds.
const ADDED_BITS: usize = 6;
/// The greatest width.
const WIDTH: usize = 1 << 20;

/// A device under a prover. Matrices and trees stay on it, in Plonky3's own form; what comes back is roots, openings and what is downloaded.
pub struct CudaHal<F, D: Device> {
    owner: Owner,
    engine: Arc<Engine<F, D>>,
    capabilities: Capabilities,
}

/// A matrix on the device.
struct Matrix<M>(Arc<M>);

impl<F: HalField, D: Device> CudaHal<F, D> {
    /// A device under a prover.
    ///
    /// # Errors
    /// [`HalError::Unsupported`] if there are no kernels for the field, or what the device says to the first thing that it is asked.
    pub fn new(device: D) -> Result<Self, HalError> {
        Self::with_tile(device, LOG_POINTS)
    }

    /// The same with passes over at most `2^log_points` points, 7 to 11, which take less shared memory and more passes.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_tile(device: D, log_points: u32) -> Result<Self, HalError> {
        let tile = log_points.clamp(LEAST_LOG_POINTS, LOG_POINTS);
        let engine = Engine::<F, D>::new(device, tile)?;
        let memory = engine.device.memory();
        let memory = memory.map_err(|error| engine.error(Kind::Upload, error))?;
        Ok(Self {
            owner: Owner::unique(),
            capabilities: Capabilities {
                device: engine.name.clone(),
                field: F::NAME,
                operations: Kind::ALL.to_vec(),
                max_log_height: LOG_ROOTS as usize,
                max_width: WIDTH,
                memory: memory.map(|(_, total)| total),
            },
            engine: Arc::new(engine),
        })
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &D {
        &self.engine.device
    }

    fn check(&self, operation: &Operation<'_>) -> Result<(), HalError> {
        self.capabilities.check::<F>(operation)?;
        match *operation {
            Operation::Lde { added_bits, .. } if added_bits > ADDED_BITS => {
                Err(HalError::Unsupported {
                    device: self.capabilities.device.clone(),
                    what: format!("lde by 2^{added_bits}: at most 2^{ADDED_BITS}"),
                })
            }
            _ => Ok(()),
        }
    }

    fn matrix<'a>(&self, buffer: &'a Buffer<F>) -> Result<&'a Arc<D::Memory>, HalError> {
        let Matrix(memory) = buffer.body(self.owner)?;
        Ok(memory)
    }

    fn tree<'a>(&self, tree: &'a Handle<F>) -> Result<&'a Arc<Tree<D::Memory>>, HalError> {
        tree.body(self.owner)
    }

    fn handle(&self, shape: Shape, order: Order, memory: D::Memory) -> Buffer<F> {
        Buffer::new(self.owner, shape, order, Matrix(Arc::new(memory)))
    }
}

impl<F: HalField, D: Device> Hal<F> for CudaHal<F, D> {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn usage(&self) -> Vec<Usage> {
        self.engine.counts.usage(&self.engine.name)
    }

    fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        self.check(operation)?;
        Ok(Cost {
            traffic: cost::traffic(operation, self.engine.tile),
            instructions: cost::instructions(operation, self.engine.field),
            ..Cost::of(operation)
        })
    }

    fn peaks(&self) -> Result<Peaks, HalError> {
        peaks::measure(&self.engine)
    }

    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError> {
        let shape = Shape::new(matrix.height(), matrix.width);
        let kind = Kind::Upload;
        self.check(&Operation::Upload(shape))?;
        if elements(&matrix).len() != words(shape) {
            return Err(HalError::bad("rows of different widths"));
        }
        let engine = &self.engine;
        engine.operation(kind, (shape.bytes(), 0), || {
            let memory = engine.allocate(kind, words(shape))?;
            engine.write(kind, &memory, &Engine::<F, D>::words(elements(&matrix)))?;
            Ok(self.handle(shape, Order::Natural, memory))
        })
    }

    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError> {
        let memory = Arc::clone(self.matrix(buffer)?);
        let (shape, engine) = (buffer.shape(), Arc::clone(&self.engine));
        Ok(Pending::new(move || {
            let kind = Kind::Download;
            engine.operation(kind, (0, shape.bytes()), || {
                let place = |at| Place::Element {
                    row: at / shape.width,
                    column: at % shape.width,
                };
                let values = engine.read(kind, (&*memory, 0), words(shape), place)?;
                Ok(share(RowMajorMatrix::new(values, shape.width)))
            })
        }))
    }

    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError> {
        self.matrix(buffer)?;
        let done = self.engine.device.synchronise();
        done.map_err(|error| self.engine.error(Kind::Download, error))
    }

    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError> {
        let memory = self.matrix(input)?;
        let operation = transform.operation(input.shape());
        self.check(&operation)?;
        transform.check(input.order())?;
        let (shape, order) = transform.output(input.shape());
        let engine = &self.engine;
        engine.operation(operation.kind(), (0, 0), || {
            let memory = engine.transform(memory, input.shape(), transform)?;
            Ok(self.handle(shape, order, memory))
        })
    }

    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Handle<F>, HalError> {
        let shapes: Vec<Shape> = matrices.iter().map(Buffer::shape).collect();
        let bodies = matrices.iter().map(|matrix| {
            let memory = self.matrix(matrix)?;
            Ok((Arc::clone(memory), matrix.shape()))
        });
        let bodies = bodies.collect::<Result<Vec<_>, HalError>>()?;
        self.check(&Operation::Commit(&shapes))?;
        let engine = &self.engine;
        let tree = engine.operation(Kind::Commit, (0, 0), || engine.commit(bodies))?;
        Ok(Handle::new(self.owner, shapes, Arc::new(tree)))
    }

    fn cap(&self, tree: &Handle<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError> {
        let body = Arc::clone(self.tree(tree)?);
        let engine = Arc::clone(&self.engine);
        Ok(Pending::new(move || {
            let kind = Kind::Commit;
            let depth = body.layers.len() - 1;
            let number = depth - height.min(depth);
            let layer = body.layers[number];
            let nodes = layer.padded.min(1 << (depth - number));
            let from = (&body.digests, layer.start * DIGEST);
            let place = |at| Place::Node {
                layer: number,
                index: at / DIGEST,
            };
            let read = || engine.read(kind, from, nodes * DIGEST, place);
            let found = engine.waited(kind, read)?;
            let (digests, _) = found.as_chunks();
            Ok(digests.to_vec())
        }))
    }

    fn open_rows(
        &self,
        tree: &Handle<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError> {
        let kind = Kind::Open;
        let body = Arc::clone(self.tree(tree)?);
        let operation = Operation::Open {
            matrices: tree.shapes(),
            rows: rows.len(),
        };
        self.check(&operation)?;
        tree.check_rows(rows)?;
        if rows.is_empty() {
            return Ok(Pending::new(|| Ok(Vec::new())));
        }
        let each = body.opening_words();
        let bytes = |words: usize| 4 * words as u64;
        let moved = (bytes(rows.len()), bytes(each * rows.len()));
        let engine = Arc::clone(&self.engine);
        let opened = engine.operation(kind, moved, || engine.open(&body, rows))?;
        let rows = rows.to_vec();
        Ok(Pending::new(move || {
            let place = |at: usize| Place::Path {
                row: rows[at / each],
            };
            let read = || engine.read(kind, (&opened, 0), each * rows.len(), place);
            let found = engine.waited(kind, read)?;
            let openings = found.chunks(each).map(|opening| body.opening(opening));
            Ok(openings.collect())
        }))
    }

    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        let kind = Kind::Permute;
        let memory = self.matrix(states)?;
        let shape = states.shape();
        self.check(&Operation::Permute(shape))?;
        let engine = &self.engine;
        engine.operation(kind, (0, 0), || {
            let output = engine.allocate(kind, shape.height * STATE)?;
            let count = shape.height as u64;
            let arguments = [at(&**memory, 0), at(&output, 0), Argument::U64(count)];
            engine.launch(kind, Task::Permute, flat(count, hashers(count)), &arguments)?;
            Ok(self.handle(shape, states.order(), output))
        })
    }
}
