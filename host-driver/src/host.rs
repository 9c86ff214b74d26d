//! Host memory for transfers, kept for the next one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dma::DmaBuffer;
use crate::transport::{Transport, TransportError};

/// Mapping memory costs more than filling it: buffers are kept, by powers of two, up to so many bytes.
const KEPT: usize = 256 << 20;
/// The smallest size that is mapped.
const LEAST: usize = 4096;

#[derive(Default)]
struct Shelf {
    buffers: BTreeMap<usize, Vec<DmaBuffer>>,
    bytes: usize,
    closed: bool,
}

/// Buffers that wait for another use.
#[derive(Clone, Default)]
pub(crate) struct HostPool(Arc<Mutex<Shelf>>);

/// Host memory that the card reaches; it belongs to the card from a transfer's submission to its end.
pub struct HostBuffer {
    buffer: Option<DmaBuffer>,
    pool: HostPool,
}

impl fmt::Debug for HostBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dma().fmt(f)
    }
}

impl HostBuffer {
    /// The memory.
    #[must_use]
    pub fn dma(&self) -> &DmaBuffer {
        self.buffer.as_ref().expect("there until it is dropped")
    }
}

impl Drop for HostBuffer {
    fn drop(&mut self) {
        let Some(buffer) = self.buffer.take() else {
            return;
        };
        self.pool.with(|shelf| {
            let bytes = buffer.len();
            if !shelf.closed && shelf.bytes + bytes <= KEPT {
                shelf.bytes += bytes;
                shelf.buffers.entry(bytes).or_default().push(buffer);
            }
        });
    }
}

impl HostPool {
    fn with<R>(&self, f: impl FnOnce(&mut Shelf) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A buffer of at least so many bytes; what it holds is undefined.
    pub(crate) fn take(
        &self,
        transport: &impl Transport,
        bytes: usize,
    ) -> Result<HostBuffer, TransportError> {
        let size = bytes.max(LEAST).next_power_of_two();
        let kept = self.with(|shelf| {
            let buffer = shelf.buffers.get_mut(&size)?.pop()?;
            shelf.bytes -= size;
            Some(buffer)
        });
        let buffer = match kept {
            Some(buffer) => buffer,
            None => transport.allocate(size)?,
        };
        Ok(HostBuffer {
            buffer: Some(buffer),
            pool: self.clone(),
        })
    }

    /// Frees what is kept, and keeps nothing from now on: a card that does not answer may still write what it was given.
    pub(crate) fn close(&self) {
        let buffers = self.with(|shelf| {
            shelf.closed = true;
            shelf.bytes = 0;
            std::mem::take(&mut shelf.buffers)
        });
        drop(buffers);
    }
}
