//! How the host reaches a card.

use std::time::Duration;

use crate::dma::DmaBuffer;

/// A way to a card: its registers, host memory that it reaches, its interrupts. One for each body: in this process, behind a socket, on a bus.
///
/// Offsets are those of the contract's two windows in the first base address register.
pub trait Transport: Send + Sync {
    /// What it is and where, for messages.
    fn name(&self) -> String;

    /// Reads a register.
    ///
    /// # Errors
    /// [`TransportError`] if the card cannot be reached.
    fn read32(&self, offset: u32) -> Result<u32, TransportError>;

    /// Writes a register.
    ///
    /// # Errors
    /// [`TransportError`] if the card cannot be reached.
    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError>;

    /// Memory of zeros that the card reaches.
    ///
    /// # Errors
    /// [`TransportError::HostMemory`] if there is none, or it cannot be mapped.
    fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError>;

    /// Waits for an interrupt that came since the last call, or comes before `timeout` is over: a bit for each vector, 0 if none came.
    ///
    /// # Errors
    /// [`TransportError`] if the card cannot be reached.
    fn wait(&self, timeout: Duration) -> Result<u32, TransportError>;

    /// Resets the card as its bus can: registers as after power-up, commands forgotten, memory undefined.
    ///
    /// # Errors
    /// [`TransportError`] if the card cannot be reached, or knows no reset.
    fn reset(&self) -> Result<(), TransportError>;
}

/// A card that cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The device does not answer any more.
    #[error("{name}: the device is gone ({reason})")]
    Gone {
        /// Of the transport.
        name: String,
        /// What was seen.
        reason: String,
    },
    /// No memory for the card to reach.
    #[error("no {bytes} bytes of host memory for the card: {reason}")]
    HostMemory {
        /// What was asked for.
        bytes: u64,
        /// What the system says.
        reason: String,
    },
    /// The system refuses.
    #[error("{name}: {action}: {reason}")]
    System {
        /// Of the transport.
        name: String,
        /// What was tried.
        action: &'static str,
        /// What the system says.
        reason: String,
    },
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        (**self).read32(offset)
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        (**self).write32(offset, value)
    }

    fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError> {
        (**self).allocate(bytes)
    }

    fn wait(&self, timeout: Duration) -> Result<u32, TransportError> {
        (**self).wait(timeout)
    }

    fn reset(&self) -> Result<(), TransportError> {
        (**self).reset()
    }
}
