//! A device that does some things wrong: proves that the suite, the comparison and the checks can fail, and that failures are survived.

use std::sync::Mutex;
use std::sync::{Arc, PoisonError};

use p3_matrix::Matrix;

use crate::api::Hal;
use crate::error::HalError;
use crate::field::{Digest, HalField, HostMatrix, share};
use crate::handle::{Buffer, Opening, Owner, Pending, Tree};
use crate::operation::{Capabilities, Kind, Transform};
use crate::usage::Usage;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// One element of the result.
    Result,
    /// The operation is not taken.
    Submission,
    /// It is taken, and its result never comes.
    Completion,
    /// There is no memory for it.
    Memory,
}

/// When it goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Which operations are meant.
    pub kind: Kind,
    /// What goes wrong with them.
    pub what: What,
    /// How many of them are done right first.
    pub after: u64,
    /// How many are done wrong then.
    pub times: u64,
}

impl Fault {
    /// Wrong from the first time on.
    #[must_use]
    pub const fn always(kind: Kind, what: What) -> Self {
        Self {
            kind,
            what,
            after: 0,
            times: u64::MAX,
        }
    }
}

/// Another device with faults.
pub struct Faulty<F> {
    owner: Owner,
    inner: Arc<dyn Hal<F>>,
    name: String,
    faults: Mutex<Vec<Fault>>,
}

#[derive(Debug)]
struct Body<T> {
    inner: T,
    what: Option<What>,
}

impl<F: HalField> Faulty<F> {
    /// This device, under another name, with faults.
    pub fn new(inner: Arc<dyn Hal<F>>, name: &str, faults: Vec<Fault>) -> Self {
        Self {
            owner: Owner::unique(),
            inner,
            name: name.to_owned(),
            faults: Mutex::new(faults),
        }
    }

    /// What goes wrong with this operation.
    fn next(&self, kind: Kind) -> Result<Option<What>, HalError> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let mut what = None;
        for fault in faults.iter_mut().filter(|fault| fault.kind == kind) {
            if fault.after > 0 {
                fault.after -= 1;
            } else if fault.times > 0 {
                fault.times -= 1;
                what = Some(fault.what);
            }
        }
        match what {
            Some(What::Submission) => Err(self.lost("the command was not taken")),
            Some(What::Memory) => Err(HalError::OutOfMemory {
                device: self.name.clone(),
                asked: 1,
                free: 0,
            }),
            what => Ok(what),
        }
    }

    fn lost(&self, why: &str) -> HalError {
        HalError::DeviceLost {
            device: self.name.clone(),
            why: why.to_owned(),
        }
    }

    fn never(&self, kind: Kind) -> HalError {
        HalError::Timeout {
            device: self.name.clone(),
            operation: kind,
            milliseconds: 1,
        }
    }

    fn buffer<'a>(&self, buffer: &'a Buffer<F>) -> Result<&'a Body<Buffer<F>>, HalError> {
        buffer.body(self.owner)
    }

    fn tree<'a>(&self, tree: &'a Tree<F>) -> Result<&'a Body<Tree<F>>, HalError> {
        tree.body(self.owner)
    }

    /// A handle for a result of the other device, made wrong if that is what goes wrong.
    fn give(&self, kind: Kind, inner: Buffer<F>, like: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        let what = self.next(kind)?;
        let inner = match what {
            Some(What::Result) => self
                .inner
                .upload(flip(self.inner.download(&inner)?.wait()?))?,
            _ => inner,
        };
        let body = Body { inner, what };
        Ok(Buffer::new(self.owner, like.shape(), like.order(), body))
    }
}

/// The same with one element wrong.
fn flip<F: HalField>(matrix: HostMatrix<F>) -> HostMatrix<F> {
    let mut matrix = matrix.to_row_major_matrix();
    let middle = matrix.values.len() / 2;
    matrix.values[middle] += F::ONE;
    share(matrix)
}

impl<F: HalField> Hal<F> for Faulty<F> {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            device: self.name.clone(),
            ..self.inner.capabilities()
        }
    }

    fn usage(&self) -> Vec<Usage> {
        let mut usage = self.inner.usage();
        for usage in &mut usage {
            usage.device.clone_from(&self.name);
        }
        usage
    }

    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError> {
        let inner = self.inner.upload(matrix)?;
        self.give(Kind::Upload, inner.clone(), &inner)
    }

    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError> {
        let Body { inner, what } = self.buffer(buffer)?;
        let (inner, lost) = (self.inner.download(inner)?, *what == Some(What::Completion));
        let (what, never) = (self.next(Kind::Download)?, self.never(Kind::Download));
        Ok(Pending::new(move || match what {
            Some(What::Completion) => Err(never),
            _ if lost => Err(never),
            Some(What::Result) => inner.wait().map(flip),
            _ => inner.wait(),
        }))
    }

    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError> {
        let Body { inner, what } = self.buffer(buffer)?;
        if *what == Some(What::Completion) {
            return Err(self.lost("no completion"));
        }
        self.inner.wait(inner)
    }

    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError> {
        // Rows that were made wrong went up again, in an order that the other device does not know.
        transform.operation(input.shape()).check::<F>()?;
        transform.check(input.order())?;
        let inner = self
            .inner
            .transform(&self.buffer(input)?.inner, transform)?;
        let kind = transform.operation(input.shape()).kind();
        self.give(kind, inner.clone(), &inner)
    }

    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Tree<F>, HalError> {
        let buffers = matrices.iter().map(|matrix| self.buffer(matrix));
        let buffers = buffers.map(|body| body.map(|body| body.inner.clone()));
        let buffers: Vec<_> = buffers.collect::<Result<_, _>>()?;
        let mut inner = self.inner.commit(&buffers)?;
        let what = self.next(Kind::Commit)?;
        if what == Some(What::Result) {
            let mut buffers = buffers;
            let last = buffers.len() - 1;
            let wrong = flip(self.inner.download(&buffers[last])?.wait()?);
            buffers[last] = self.inner.upload(wrong)?;
            inner = self.inner.commit(&buffers)?;
        }
        let shapes = inner.shapes().to_vec();
        Ok(Tree::new(self.owner, shapes, Body { inner, what }))
    }

    fn cap(&self, tree: &Tree<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError> {
        let Body { inner, what } = self.tree(tree)?;
        let (inner, lost) = (
            self.inner.cap(inner, height)?,
            *what == Some(What::Completion),
        );
        let never = self.never(Kind::Commit);
        Ok(Pending::new(
            move || {
                if lost { Err(never) } else { inner.wait() }
            },
        ))
    }

    fn open_rows(
        &self,
        tree: &Tree<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError> {
        let inner = self.inner.open_rows(&self.tree(tree)?.inner, rows)?;
        let (what, never) = (self.next(Kind::Open)?, self.never(Kind::Open));
        Ok(Pending::new(move || match what {
            Some(What::Completion) => Err(never),
            Some(What::Result) => {
                let mut openings = inner.wait()?;
                if let Some(opening) = openings.last_mut() {
                    let digest = opening.path.last_mut().map(|digest| &mut digest[7]);
                    let element = opening.rows.last_mut().and_then(|row| row.last_mut());
                    if let Some(element) = digest.or(element) {
                        *element += F::ONE;
                    }
                }
                Ok(openings)
            }
            _ => inner.wait(),
        }))
    }

    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        let inner = self.inner.permute(&self.buffer(states)?.inner)?;
        self.give(Kind::Permute, inner.clone(), &inner)
    }
}
