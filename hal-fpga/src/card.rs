//! The card as a device.

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_abi::Transform as Code;
use assay_driver::geometry::{self, Panels};
use assay_driver::{
    Driver, DriverError, EmulatedCard, Job, Ntt, Options, Shape as Build, Transport,
};
use assay_engines::field::EngineField;
use assay_hal::{
    Buffer, Capabilities, Cost, DIGEST, Digest, Hal, HalError, HalField, HostMatrix, Kind, Opening,
    Operation, Order, Owner, Pending, Place, Shape, Transform, Tree as Handle, Usage, log_ceil,
};
use p3_matrix::Matrix as _;

use crate::error::of_driver;
use crate::limits;
use crate::matrix::{self, Form, Matrix};
use crate::tally::Tally;
use crate::tree::{Tree, entry, order};

/// A card under a prover, over any transport.
pub struct FpgaHal<F, T: Transport> {
    owner: Owner,
    card: Arc<Card<F, T>>,
    capabilities: Capabilities,
}

/// The opened card.
pub struct Card<F, T: Transport> {
    pub name: String,
    pub driver: Driver<T>,
    pub tally: Tally,
    /// What turns the integer that a word is into the element that it stands for: 2^-32.
    pub unit: F,
}

impl<F, T: Transport> Card<F, T> {
    pub fn panels(&self) -> Panels {
        self.driver.identity().panels()
    }

    pub fn error(&self, kind: Kind, error: DriverError) -> HalError {
        of_driver(&self.name, kind, error)
    }
}

/// A command of the emulated card may be a whole commitment on one thread.
const EMULATED_TIMEOUT: Duration = Duration::from_secs(600);

impl<F: HalField + EngineField> FpgaHal<F, EmulatedCard> {
    /// The emulated card with 16 lanes and columns up to 2^22: large enough for every segment.
    ///
    /// # Errors
    /// [`HalError`] if the system has no thread for it.
    pub fn emulated(name: &str, memory_bytes: u64) -> Result<Self, HalError> {
        let (log_lanes, log_rows, interval) = (4, 22, 20);
        let build = Build::new(F::ID, log_lanes, log_rows, interval, memory_bytes);
        let card = EmulatedCard::new(build)
            .map_err(|error| of_driver(name, Kind::Upload, error.into()))?;
        let options = Options {
            timeout: EMULATED_TIMEOUT,
            ..Options::default()
        };
        Self::open(name, card, options)
    }
}

impl<F: HalField + EngineField, T: Transport + 'static> FpgaHal<F, T> {
    /// Opens a card, which messages and tables call by this name.
    ///
    /// # Errors
    /// [`HalError::Transport`] or [`HalError::DeviceLost`] if it cannot be reached or is no card of this contract; [`HalError::Unsupported`] if it was built for another field.
    pub fn open(name: &str, transport: T, options: Options) -> Result<Self, HalError> {
        let driver = Driver::open(transport, options)
            .map_err(|error| of_driver(name, Kind::Upload, error))?;
        Self::new(name, driver)
    }

    /// A card that is open already.
    ///
    /// # Errors
    /// [`HalError::Unsupported`] if it was built for another field.
    pub fn new(name: &str, driver: Driver<T>) -> Result<Self, HalError> {
        let identity = driver.identity();
        if identity.field_code != F::ID as u32 {
            return Err(HalError::Unsupported {
                device: name.to_owned(),
                what: format!(
                    "compute in {}: it was built for field {}",
                    F::NAME,
                    identity.field_code
                ),
            });
        }
        let capabilities = limits::capabilities::<F>(name, identity);
        let one = F::from_u32(F::ONE.to_unique_u32());
        Ok(Self {
            owner: Owner::unique(),
            capabilities,
            card: Arc::new(Card {
                name: name.to_owned(),
                driver,
                tally: Tally::default(),
                unit: one.inverse(),
            }),
        })
    }

    /// The card's driver.
    #[must_use]
    pub fn driver(&self) -> &Driver<T> {
        &self.card.driver
    }

    fn check(&self, operation: &Operation<'_>) -> Result<(), HalError> {
        limits::check::<F>(&self.capabilities, self.card.driver.identity(), operation)
    }

    fn matrix<'a>(&self, buffer: &'a Buffer<F>) -> Result<&'a Matrix<F>, HalError> {
        buffer.body(self.owner)
    }

    fn handle(&self, matrix: Matrix<F>, order: Order) -> Buffer<F> {
        Buffer::new(self.owner, matrix.shape, order, matrix)
    }

    fn tree<'a>(&self, tree: &'a Handle<F>) -> Result<&'a Tree, HalError> {
        tree.body(self.owner)
    }

    fn bytes(&self, shape: Shape) -> u64 {
        matrix::bytes(&self.card, Form::Panels, shape).unwrap_or(u64::MAX)
    }
}

impl<F: HalField + EngineField, T: Transport + 'static> Hal<F> for FpgaHal<F, T> {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn usage(&self) -> Vec<Usage> {
        self.card.tally.usage(&self.card.name)
    }

    fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        self.check(operation)?;
        let cost = Cost::of(operation);
        Ok(match *operation {
            Operation::Upload(shape) => Cost {
                bytes_up: self.bytes(shape),
                device_bytes: self.bytes(shape),
                ..cost
            },
            Operation::Download(shape) => Cost {
                bytes_down: self.bytes(shape),
                ..cost
            },
            Operation::Dft(shape) => Cost {
                device_bytes: self.bytes(shape),
                ..cost
            },
            Operation::Lde { shape, added_bits } => Cost {
                device_bytes: self.bytes(shape).saturating_mul(1 << added_bits),
                ..cost
            },
            _ => cost,
        })
    }

    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError> {
        let shape = Shape::new(matrix.height(), matrix.width);
        self.check(&Operation::Upload(shape))?;
        let uploaded = self.card.put(Kind::Upload, Form::Panels, &matrix)?;
        self.card.tally.operation(Kind::Upload, 0, 0);
        Ok(self.handle(uploaded, Order::Natural))
    }

    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError> {
        let pending = self.card.get(Kind::Download, self.matrix(buffer)?)?;
        self.card.tally.operation(Kind::Download, 0, 0);
        Ok(pending)
    }

    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError> {
        let Matrix { kind, ticket, .. } = self.matrix(buffer)?;
        let began = Instant::now();
        let finished = self.card.driver.wait(ticket);
        self.card.tally.time(*kind, began);
        finished
            .map(drop)
            .map_err(|error| self.card.error(*kind, error))
    }

    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError> {
        let matrix = self.matrix(input)?;
        let operation = transform.operation(input.shape());
        self.check(&operation)?;
        transform.check(input.order())?;
        let kind = operation.kind();
        let (code, log_blowup) = match transform {
            Transform::Lde { added_bits, .. } => (Code::Lde, added_bits),
            _ => (Code::Forward, 0),
        };
        let (source, ready) = self.card.formed(kind, Form::Panels, matrix)?;
        let (shape, order) = transform.output(input.shape());
        let destination = self.card.room(kind, Form::Panels, shape)?;
        let scratch = self.card.room(kind, Form::Panels, shape)?;
        let job = Job::ntt(&Ntt {
            transform: code,
            log_rows: log_ceil(input.shape().height) as u8,
            log_blowup: log_blowup as u8,
            order: 0,
            shift: transform.shift().to_unique_u32(),
            columns: shape.width as u32,
            source: &source,
            destination: &destination,
            scratch: &scratch,
        });
        let submitted = self.card.driver.submit(job.after([&ready]));
        let ticket = submitted.map_err(|error| self.card.error(kind, error))?;
        self.card.tally.command(kind, &ticket);
        self.card.tally.operation(kind, 0, 0);
        let made = Matrix {
            kind,
            form: Form::Panels,
            shape,
            buffer: destination,
            ticket,
            host: None,
        };
        Ok(self.handle(made, order))
    }

    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Handle<F>, HalError> {
        let kind = Kind::Commit;
        let inputs = matrices.iter().map(|matrix| self.matrix(matrix));
        let inputs: Vec<_> = inputs.collect::<Result<_, _>>()?;
        let shapes: Vec<Shape> = matrices.iter().map(Buffer::shape).collect();
        self.check(&Operation::Commit(&shapes))?;
        let order = order(&shapes);
        let formed = order
            .iter()
            .map(|&i| self.card.formed(kind, Form::Panels, inputs[i]));
        let formed: Vec<_> = formed.collect::<Result<_, _>>()?;
        let entries: Vec<_> = order.iter().map(|&i| entry(shapes[i])).collect();
        let log_rows = entries[0].log_rows;
        let card = &self.card;
        let submit = || {
            let driver = &card.driver;
            let listed = formed.iter().zip(&entries);
            let listed: Vec<_> = listed
                .map(|((buffer, _), entry)| (buffer, *entry))
                .collect();
            let list = driver.matrix_list(&listed)?;
            let digests = driver.allocate(geometry::tree(log_rows))?;
            let scratch = driver.allocate(geometry::tree(log_rows))?;
            let job = Job::merkle(&list, &digests, &scratch);
            let ticket = driver.submit(job.after(formed.iter().map(|(_, ready)| ready)))?;
            Ok((list, digests, ticket))
        };
        let (list, digests, ticket) = submit().map_err(|error| card.error(kind, error))?;
        card.tally.command(kind, &ticket);
        let list_bytes = (entries.len() * assay_abi::Matrix::BYTES) as u64;
        card.tally.operation(kind, list_bytes, 0);
        let tree = Tree {
            list,
            order,
            entries,
            log_rows,
            digests,
            ticket,
        };
        Ok(Handle::new(self.owner, shapes, tree))
    }

    fn cap(&self, tree: &Handle<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError> {
        let Tree {
            log_rows,
            digests,
            ticket,
            ..
        } = self.tree(tree)?;
        let kind = Kind::Commit;
        let height = height.min(usize::from(*log_rows));
        let layer = *log_rows - height as u8;
        let offset = geometry::digest(*log_rows, layer, 0);
        let words = DIGEST << height;
        let (pending, bytes) = self.card.fetch(kind, digests, offset, words, &[ticket])?;
        self.card.tally.bytes(kind, 0, bytes);
        let card = Arc::clone(&self.card);
        Ok(Pending::new(move || {
            let began = Instant::now();
            let place = |at| Place::Node {
                layer: layer.into(),
                index: at / DIGEST,
            };
            let elements = card.elements(kind, &pending.wait()?, place)?;
            card.tally.time(kind, began);
            let (digests, _) = elements.as_chunks();
            Ok(digests.to_vec())
        }))
    }

    fn open_rows(
        &self,
        tree: &Handle<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError> {
        let kind = Kind::Open;
        let body = self.tree(tree)?;
        self.check(&Operation::Open {
            matrices: tree.shapes(),
            rows: rows.len(),
        })?;
        tree.check_rows(rows)?;
        if rows.is_empty() {
            return Ok(Pending::new(|| Ok(Vec::new())));
        }
        let card = &self.card;
        // A tree has at most 2^24 rows.
        let indices: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
        let allocate = |words: usize| {
            let allocated = card.driver.allocate(words as u64 * geometry::WORD);
            allocated.map_err(|error| card.error(kind, error))
        };
        let each = body.opening_words();
        let positions = allocate(indices.len())?;
        let opened = allocate(each * rows.len())?;
        let (sent, bytes_up) = card.send(kind, &indices, &positions)?;
        let count = rows.len() as u64;
        let job = Job::open(&body.list, &body.digests, &positions, count, &opened);
        let submitted = card.driver.submit(job.after([&body.ticket, &sent]));
        let ticket = submitted.map_err(|error| card.error(kind, error))?;
        card.tally.command(kind, &ticket);
        let words = each * rows.len();
        let (pending, bytes_down) = card.fetch(kind, &opened, 0, words, &[&ticket])?;
        card.tally.operation(kind, bytes_up, bytes_down);
        let (card, tree, rows) = (Arc::clone(card), tree.clone(), rows.to_vec());
        let owner = self.owner;
        Ok(Pending::new(move || {
            let began = Instant::now();
            let words = pending.wait()?;
            let place = |at: usize| Place::Path {
                row: rows[at / each],
            };
            let elements = card.elements(kind, &words, place)?;
            let body: &Tree = tree.body(owner)?;
            let openings = elements.chunks(each).map(|opening| body.opening(opening));
            let openings = openings.collect();
            card.tally.time(kind, began);
            Ok(openings)
        }))
    }

    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        let kind = Kind::Permute;
        let matrix = self.matrix(states)?;
        let shape = states.shape();
        self.check(&Operation::Permute(shape))?;
        let (source, ready) = self.card.formed(kind, Form::Rows, matrix)?;
        let buffer = self.card.room(kind, Form::Rows, shape)?;
        let job = Job::permute(&source, &buffer, shape.height as u64);
        let submitted = self.card.driver.submit(job.after([&ready]));
        let ticket = submitted.map_err(|error| self.card.error(kind, error))?;
        self.card.tally.command(kind, &ticket);
        self.card.tally.operation(kind, 0, 0);
        let made = Matrix {
            kind,
            form: Form::Rows,
            shape,
            buffer,
            ticket,
            host: None,
        };
        Ok(self.handle(made, states.order()))
    }
}
