//! A card behind VFIO: by the kernel, or by a server behind a socket.

mod client;
#[expect(
    unsafe_code,
    reason = "mapped registers, and memory whose address the IOMMU is given"
)]
mod kernel;
mod server;

pub use client::SocketDevice;
pub use kernel::KernelDevice;
pub use server::Server;

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assay_abi::card;
use rustix::fs::{FallocateFlags, MemfdFlags};
use vm_memory::{FileOffset, MmapRegion};
use vmm_sys_util::epoll::{ControlOperation, Epoll, EpollEvent, EventSet};
use vmm_sys_util::eventfd::{EFD_NONBLOCK, EventFd};

use crate::dma::DmaBuffer;
use crate::ranges::Ranges;
use crate::transport::{Transport, TransportError};

/// Interrupt vectors of a card.
const VECTORS: usize = 2;
const _: () = assert!(card::VECTOR_COMPLETION == 0 && card::VECTOR_HALTED == 1);

/// Bytes of the card's registers: the two windows.
pub(crate) const BAR_BYTES: usize = 2 * card::WINDOW_BYTES as usize;
/// Where mappings lie: above what a 32-bit device could mean, below what the narrowest IOMMU translates, 39 bits.
const SPACE: std::ops::Range<u64> = 1 << 32..1 << 38;
/// Mappings are whole pages.
const PAGE: u64 = 4096;
/// From this size on, memory is asked for in pages of 2 MiB: one mapping message, one IOMMU entry instead of 512.
const HUGE: u64 = 2 << 20;

/// What VFIO does for a driver.
pub trait Device: Send + Sync {
    /// What it is and where, for messages.
    fn name(&self) -> String;

    /// Reads a register of the first base address register.
    ///
    /// # Errors
    /// If the device or its server does not answer.
    fn read32(&self, offset: u32) -> Result<u32, TransportError>;

    /// Writes one.
    ///
    /// # Errors
    /// As for reads.
    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError>;

    /// Lets the device reach memory, which is backed by a file, at `address`.
    ///
    /// # Errors
    /// If it is refused.
    fn map(&self, address: u64, memory: &MmapRegion) -> Result<(), TransportError>;

    /// Ends that.
    ///
    /// # Errors
    /// If it is refused.
    fn unmap(&self, address: u64, bytes: u64) -> Result<(), TransportError>;

    /// Has MSI-X vectors signalled by these, the first vector by the first.
    ///
    /// # Errors
    /// If it is refused.
    fn signal(&self, events: &[EventFd]) -> Result<(), TransportError>;

    /// Resets the function.
    ///
    /// # Errors
    /// If it cannot be.
    fn reset(&self) -> Result<(), TransportError>;
}

pub(crate) fn system(name: &str, action: &'static str, reason: impl ToString) -> TransportError {
    TransportError::System {
        name: name.to_owned(),
        action,
        reason: reason.to_string(),
    }
}

/// A card behind VFIO.
pub struct VfioCard<D: Device> {
    device: Arc<D>,
    space: Arc<Mutex<Ranges>>,
    epoll: Epoll,
    events: Vec<EventFd>,
}

impl<D: Device> VfioCard<D> {
    /// Takes the device, and its interrupts.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new(device: D) -> Result<Self, TransportError> {
        let name = device.name();
        let failed = |error: io::Error| system(&name, "set up interrupts", error);
        let epoll = Epoll::new().map_err(failed)?;
        let mut events = Vec::new();
        for vector in 0..VECTORS {
            let event = EventFd::new(EFD_NONBLOCK).map_err(failed)?;
            let descriptor = std::os::fd::AsRawFd::as_raw_fd(&event);
            let interest = EpollEvent::new(EventSet::IN, vector as u64);
            epoll
                .ctl(ControlOperation::Add, descriptor, interest)
                .map_err(failed)?;
            events.push(event);
        }
        device.signal(&events)?;
        Ok(Self {
            device: Arc::new(device),
            space: Arc::new(Mutex::new(Ranges::new(
                SPACE.start,
                SPACE.end - SPACE.start,
            ))),
            epoll,
            events,
        })
    }
}

/// A mapping's end.
struct Mapping<D: Device> {
    device: Arc<D>,
    space: Arc<Mutex<Ranges>>,
    address: u64,
    bytes: u64,
}

impl<D: Device> Drop for Mapping<D> {
    fn drop(&mut self) {
        match self.device.unmap(self.address, self.bytes) {
            Ok(()) => {
                let mut space = self.space.lock().unwrap_or_else(PoisonError::into_inner);
                space.give_back(self.address, self.bytes);
            }
            // Whoever is gone maps nothing; else the addresses are not used again.
            Err(error) => tracing::warn!("{error}"),
        }
    }
}

/// Memory behind a descriptor, of huge pages if there are any.
fn shared_memory(bytes: u64) -> io::Result<MmapRegion> {
    let make = |flags| -> io::Result<MmapRegion> {
        let file = File::from(rustix::fs::memfd_create("assay-dma", flags)?);
        // All of it at once: pages that are not there have to be missed here, not by a signal when they are written.
        rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes)?;
        let size = usize::try_from(bytes).map_err(io::Error::other)?;
        MmapRegion::from_file(FileOffset::new(file, 0), size).map_err(io::Error::other)
    };
    let plain = MemfdFlags::CLOEXEC;
    if bytes.is_multiple_of(HUGE)
        && let Ok(memory) = make(plain | MemfdFlags::HUGETLB | MemfdFlags::HUGE_2MB)
    {
        return Ok(memory);
    }
    make(plain)
}

impl<D: Device + 'static> Transport for VfioCard<D> {
    fn name(&self) -> String {
        self.device.name()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        self.device.read32(offset)
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        self.device.write32(offset, value)
    }

    fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError> {
        let failed = |reason: String| TransportError::HostMemory {
            bytes: bytes as u64,
            reason,
        };
        let size = (bytes as u64).max(1).next_multiple_of(PAGE);
        let memory = shared_memory(size).map_err(|error| failed(error.to_string()))?;
        let address = {
            let mut space = self.space.lock().unwrap_or_else(PoisonError::into_inner);
            space.take(size)
        };
        let address = address.ok_or_else(|| failed("no device addresses are left".to_owned()))?;
        let mapped = self.device.map(address, &memory);
        let mapping = Mapping {
            device: self.device.clone(),
            space: self.space.clone(),
            address,
            bytes: size,
        };
        mapped?;
        let mapping = Box::new(mapping);
        Ok(DmaBuffer::new(Arc::new(memory), address, bytes, mapping))
    }

    fn wait(&self, timeout: Duration) -> Result<u32, TransportError> {
        let name = self.device.name();
        let mut found = [EpollEvent::default(); VECTORS];
        // Rounded up: a timeout of 0 would not wait at all.
        let millis = timeout.as_micros().div_ceil(1000);
        let millis = i32::try_from(millis).unwrap_or(i32::MAX);
        let count = match self.epoll.wait(millis, &mut found) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(system(&name, "wait for an interrupt", error)),
        };
        let mut raised = 0;
        for event in &found[..count] {
            let vector = event.data();
            // Another thread may have been quicker.
            if self.events[vector as usize].read().is_ok() {
                raised |= 1 << vector;
            }
        }
        Ok(raised)
    }

    fn reset(&self) -> Result<(), TransportError> {
        self.device.reset()?;
        self.device.signal(&self.events)
    }
}
