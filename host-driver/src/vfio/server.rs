//! A card of this process behind a socket: to its client it is a PCI device.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assay_abi::{card, card_regs};
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_INFO_EVENTFD, VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_MSIX_IRQ_INDEX, VFIO_PCI_NUM_IRQS,
    VFIO_PCI_NUM_REGIONS, VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE,
    vfio_region_info,
};
use vfio_user::{DmaMapFlags, DmaUnmapFlags, IrqInfo, ServerBackend, ServerRegion};
use vm_memory::{FileOffset, MmapRegion};

use super::{BAR_BYTES, VECTORS, system};
use crate::dma::DmaMap;
use crate::transport::{Transport, TransportError};

/// How often interrupts are passed on, at the latest.
const TICK: Duration = Duration::from_millis(20);

/// Serves a card, one client at a time.
pub struct Server<T: Transport> {
    socket: vfio_user::Server,
    name: String,
    card: Arc<T>,
    map: DmaMap,
}

impl<T: Transport> Server<T> {
    /// Listens at `path`. The card must reach host memory through `map`, into which clients' memory goes.
    ///
    /// # Errors
    /// If the socket cannot be made; one that is there already may be another server's.
    pub fn bind(path: &Path, card: Arc<T>, map: DmaMap) -> Result<Self, TransportError> {
        let name = format!("server at {}", path.display());
        let region = |index| {
            let bar = index == VFIO_PCI_BAR0_REGION_INDEX;
            ServerRegion {
                region_info: vfio_region_info {
                    argsz: size_of::<vfio_region_info>() as u32,
                    flags: VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
                    index,
                    size: if bar { BAR_BYTES as u64 } else { 0 },
                    ..vfio_region_info::default()
                },
                sparse_areas: Vec::new(),
                mmap_fd: None,
            }
        };
        let irq = |index| IrqInfo {
            index,
            flags: VFIO_IRQ_INFO_EVENTFD,
            count: if index == VFIO_PCI_MSIX_IRQ_INDEX {
                VECTORS as u32
            } else {
                0
            },
        };
        let socket = vfio_user::Server::new(
            path,
            true,
            (0..VFIO_PCI_NUM_IRQS).map(irq).collect(),
            (0..VFIO_PCI_NUM_REGIONS).map(region).collect(),
        )
        .map_err(|error| system(&name, "listen", error))?;
        Ok(Self {
            socket,
            name,
            card,
            map,
        })
    }

    /// Serves one client until it goes, however it goes; then the card is stopped, reset, and forgets the client's memory.
    ///
    /// # Errors
    /// If the connection broke in the middle of a message.
    pub fn serve(&self) -> Result<(), TransportError> {
        let mut backend = Backend {
            card: &*self.card,
            map: &self.map,
            vectors: Arc::default(),
        };
        let vectors = backend.vectors.clone();
        let over = AtomicBool::new(false);
        let served = std::thread::scope(|scope| {
            scope.spawn(|| pump(&*self.card, &vectors, &over));
            let served = self.socket.run(&mut backend);
            over.store(true, Ordering::Relaxed);
            served
        });
        let control = card::WINDOW_CARD + card_regs::CONTROL;
        self.card.write32(control, 0)?;
        self.card.reset()?;
        self.map.clear();
        served.map_err(|error| system(&self.name, "serve a client", error))
    }
}

/// Passes the card's interrupts on to the client.
fn pump(card: &impl Transport, vectors: &Mutex<Vec<File>>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let raised = match card.wait(TICK) {
            Ok(raised) => raised,
            Err(error) => {
                tracing::error!("{error}");
                return;
            }
        };
        let vectors = vectors.lock().unwrap_or_else(PoisonError::into_inner);
        for (vector, event) in vectors.iter().enumerate() {
            if raised >> vector & 1 == 1
                && let Err(error) = (&*event).write_all(&1_u64.to_ne_bytes())
            {
                tracing::warn!("an interrupt was not passed on: {error}");
            }
        }
    }
}

struct Backend<'a, T: Transport> {
    card: &'a T,
    map: &'a DmaMap,
    vectors: Arc<Mutex<Vec<File>>>,
}

fn refused(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// A register's offset.
fn register(region: u32, offset: u64, length: usize) -> io::Result<u32> {
    let fits = offset
        .checked_add(4)
        .is_some_and(|end| end <= BAR_BYTES as u64);
    if region != VFIO_PCI_BAR0_REGION_INDEX || length != 4 || !fits || !offset.is_multiple_of(4) {
        return Err(refused(
            "registers are words of the first base address register",
        ));
    }
    Ok(offset as u32)
}

impl<T: Transport> ServerBackend for Backend<'_, T> {
    fn region_read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> io::Result<()> {
        let offset = register(region, offset, data.len())?;
        let value = self.card.read32(offset).map_err(io::Error::other)?;
        data.copy_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn region_write(&mut self, region: u32, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = register(region, offset, data.len())?;
        let value = data.first_chunk().ok_or_else(|| refused("a short write"))?;
        let value = u32::from_le_bytes(*value);
        self.card.write32(offset, value).map_err(io::Error::other)
    }

    fn dma_map(
        &mut self,
        flags: DmaMapFlags,
        offset: u64,
        address: u64,
        size: u64,
        fd: Option<File>,
    ) -> io::Result<()> {
        let file = fd.ok_or_else(|| refused("memory without a descriptor"))?;
        if !flags.contains(DmaMapFlags::READ_WRITE) {
            return Err(refused("memory that is not both read and written"));
        }
        let size = usize::try_from(size).map_err(io::Error::other)?;
        let memory = MmapRegion::from_file(FileOffset::new(file, offset), size);
        self.map
            .insert(address, Arc::new(memory.map_err(io::Error::other)?));
        Ok(())
    }

    fn dma_unmap(&mut self, flags: DmaUnmapFlags, address: u64, _size: u64) -> io::Result<()> {
        if flags.contains(DmaUnmapFlags::UNMAP_ALL) {
            self.map.clear();
        } else {
            self.map.revoke(address);
        }
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        self.card.reset().map_err(io::Error::other)
    }

    fn set_irqs(
        &mut self,
        index: u32,
        _flags: u32,
        start: u32,
        _count: u32,
        fds: Vec<File>,
    ) -> io::Result<()> {
        if index != VFIO_PCI_MSIX_IRQ_INDEX || start != 0 || fds.len() > VECTORS {
            return Err(refused("the card has two MSI-X vectors"));
        }
        let mut vectors = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        *vectors = fds;
        Ok(())
    }
}
