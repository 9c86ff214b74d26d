//! Plonky3's seams over any device.

mod dft;
mod mmcs;
mod prune;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

pub use self::dft::HalDft;
pub use self::mmcs::{HalMmcs, HalTree};
use crate::api::Hal;
use crate::error::HalError;
use crate::field::{HalField, HostMatrix, elements, share};
use crate::handle::Buffer;

/// Extensions that a thread may have made and not committed to.
const UNCOMMITTED: usize = 64;
/// Rows that one task copies.
const TASK_ROWS: usize = 1 << 10;

/// What [`HalDft`] and [`HalMmcs`] of one prover share: the device, what it still has, and what went wrong.
///
/// Plonky3's traits return no errors. A device that fails is therefore stood in for by Plonky3's own code, so that every proof comes to its end, and
/// the error is kept: whoever made the proof has to ask for it, and must not give the proof out if there is one
/// ([`failures`](Self::failures)). With a CPU at the end of a [`Fallback`](crate::Fallback) there is none.
pub struct HalContext<F> {
    hal: Arc<dyn Hal<F>>,
    errors: Mutex<Vec<HalError>>,
    extended: Mutex<VecDeque<Extended<F>>>,
}

/// An extension that its thread may commit to next.
struct Extended<F> {
    thread: ThreadId,
    buffer: Buffer<F>,
    host: HostMatrix<F>,
}

impl<F: HalField> HalContext<F> {
    /// A prover's devices.
    #[must_use]
    pub fn new(hal: Arc<dyn Hal<F>>) -> Arc<Self> {
        Arc::new(Self {
            hal,
            errors: Mutex::new(Vec::new()),
            extended: Mutex::new(VecDeque::new()),
        })
    }

    /// The devices.
    #[must_use]
    pub fn hal(&self) -> &Arc<dyn Hal<F>> {
        &self.hal
    }

    /// A transform whose results may be committed to.
    #[must_use]
    pub fn dft(self: &Arc<Self>) -> HalDft<F> {
        HalDft::new(Arc::clone(self))
    }

    /// A commitment scheme with caps of `2^cap_height` digests.
    #[must_use]
    pub fn mmcs(self: &Arc<Self>, cap_height: usize) -> HalMmcs<F> {
        HalMmcs::new(Arc::clone(self), cap_height)
    }

    /// How many operations Plonky3's own code had to stand in for, since the beginning.
    #[must_use]
    pub fn failures(&self) -> usize {
        lock(&self.errors).len()
    }

    /// The first error after so many.
    #[must_use]
    pub fn error_after(&self, failures: usize) -> Option<HalError> {
        lock(&self.errors).get(failures).cloned()
    }

    fn failed(&self, error: HalError) {
        tracing::warn!(%error, "no device did it: the proof under way will be refused");
        lock(&self.errors).push(error);
    }

    /// Remembers an extension that was just made on the device.
    fn keep(&self, thread: ThreadId, buffer: Buffer<F>, host: HostMatrix<F>) {
        let mut extended = lock(&self.extended);
        let ours = |entry: &Extended<F>| entry.thread == thread;
        if extended.iter().filter(|entry| ours(entry)).count() == UNCOMMITTED
            && let Some(oldest) = extended.iter().position(ours)
        {
            extended.remove(oldest);
        }
        extended.push_back(Extended {
            thread,
            buffer,
            host,
        });
    }

    /// The extensions that a thread made since it last committed.
    fn take_kept(&self, thread: ThreadId) -> Vec<Extended<F>> {
        let mut extended = lock(&self.extended);
        let (ours, others): (VecDeque<_>, _) =
            extended.drain(..).partition(|entry| entry.thread == thread);
        *extended = others;
        ours.into()
    }
}

/// Whether both are the same, element by element.
fn same<F: HalField, M: Matrix<F>>(matrix: &M, host: &HostMatrix<F>) -> bool {
    let (height, width) = (host.height(), host.width);
    if matrix.height() != height || matrix.width() != width {
        return false;
    }
    let values = elements(host);
    (0..height)
        .into_par_iter()
        .with_min_len(TASK_ROWS)
        .all(|row| {
            let expected = &values[row * width..(row + 1) * width];
            matrix.row_slice(row).is_some_and(|row| *row == *expected)
        })
}

/// A copy that devices can share.
fn copy<F: HalField, M: Matrix<F>>(matrix: &M) -> HostMatrix<F> {
    let (height, width) = (matrix.height(), matrix.width());
    let mut values = F::zero_vec(height * width);
    values
        .par_chunks_mut((width * TASK_ROWS).max(1))
        .enumerate()
        .for_each(|(task, rows)| {
            for (i, row) in rows.chunks_exact_mut(width).enumerate() {
                let source = matrix.row(task * TASK_ROWS + i).into_iter().flatten();
                row.iter_mut().zip(source).for_each(|(to, from)| *to = from);
            }
        });
    share(RowMajorMatrix::new(values, width))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
