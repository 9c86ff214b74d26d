//! Host memory that a card reaches.
//!
//! The card may write it at any time, so nobody holds a reference into it: all access is by volatile copies.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use assay_abi::card::ALIGNMENT;
use vm_memory::{Bytes, MmapRegion, VolatileMemory};

use crate::transport::TransportError;

/// A piece of host memory and where the card sees it; unmapped when it is dropped.
pub struct DmaBuffer {
    /// Ends the mapping: dropped before the memory is.
    _mapping: Box<dyn Any + Send + Sync>,
    memory: Arc<MmapRegion>,
    address: u64,
    bytes: usize,
}

impl fmt::Debug for DmaBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {:#x}", self.bytes, self.address)
    }
}

impl DmaBuffer {
    /// `bytes` of a region that the card sees at `address`, until `mapping` is dropped.
    #[must_use]
    pub fn new(
        memory: Arc<MmapRegion>,
        address: u64,
        bytes: usize,
        mapping: Box<dyn Any + Send + Sync>,
    ) -> Self {
        debug_assert!(bytes <= memory.size());
        Self {
            _mapping: mapping,
            memory,
            address,
            bytes,
        }
    }

    /// Where the card sees it.
    #[must_use]
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Its length.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Copies words out, from byte `offset` on.
    ///
    /// # Panics
    /// If they do not lie in it.
    pub fn read<W: bytemuck::Pod>(&self, offset: usize, words: &mut [W]) {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
        assert!(offset + bytes.len() <= self.bytes, "beyond a buffer's end");
        let slice = self.memory.as_volatile_slice();
        slice
            .read_slice(bytes, offset)
            .expect("the range was checked");
    }

    /// Copies words in, from byte `offset` on.
    ///
    /// # Panics
    /// If they do not lie in it.
    pub fn write<W: bytemuck::Pod>(&self, offset: usize, words: &[W]) {
        let bytes: &[u8] = bytemuck::cast_slice(words);
        assert!(offset + bytes.len() <= self.bytes, "beyond a buffer's end");
        let slice = self.memory.as_volatile_slice();
        slice
            .write_slice(bytes, offset)
            .expect("the range was checked");
    }

    /// A word that the card writes after others: what it wrote before is seen after this.
    ///
    /// # Panics
    /// If it does not lie in the buffer, or `offset` is no multiple of 4.
    #[must_use]
    pub fn load(&self, offset: usize) -> u32 {
        assert!(
            offset + 4 <= self.bytes && offset.is_multiple_of(4),
            "beyond a buffer's end"
        );
        self.memory
            .as_volatile_slice()
            .load::<u32>(offset, Ordering::Acquire)
            .expect("the range was checked")
    }
}

/// An access of a card to an address that it may not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host address {address:#x} is not mapped")]
pub struct HostFault {
    /// The first byte of the access.
    pub address: u64,
}

/// Host memory, as a card sees it.
pub trait HostMemory: Send + Sync {
    /// Reads bytes.
    ///
    /// # Errors
    /// [`HostFault`] if one of them is not mapped.
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), HostFault>;

    /// Writes bytes.
    ///
    /// # Errors
    /// [`HostFault`] if one of them is not mapped; then none is written.
    fn write(&self, address: u64, bytes: &[u8]) -> Result<(), HostFault>;
}

/// The mappings of a card that lives in this process: what an IOMMU is to one on a bus.
#[derive(Clone, Default)]
pub struct DmaMap {
    table: Arc<Mutex<Table>>,
}

#[derive(Default)]
struct Table {
    mappings: BTreeMap<u64, Arc<MmapRegion>>,
    next: u64,
}

/// Where the first mapping lies: not at 0, so that an address that nobody set is a fault.
const FIRST: u64 = 1 << 32;
/// Mappings begin at multiples of it, and a page that is not mapped lies between two.
const PAGE: u64 = 4096;

struct Mapping {
    map: DmaMap,
    address: u64,
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.map.with(|table| table.mappings.remove(&self.address));
    }
}

impl DmaMap {
    fn with<R>(&self, f: impl FnOnce(&mut Table) -> R) -> R {
        f(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// New memory of zeros, mapped.
    ///
    /// # Errors
    /// [`TransportError::HostMemory`] if the host has none.
    pub fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError> {
        let no_memory = |error: vm_memory::mmap::MmapRegionError| TransportError::HostMemory {
            bytes: bytes as u64,
            reason: error.to_string(),
        };
        let memory = Arc::new(MmapRegion::new(bytes.max(1)).map_err(no_memory)?);
        let address = self.with(|table| {
            let address = table.next.max(FIRST);
            table.next = (address + bytes as u64).next_multiple_of(PAGE) + PAGE;
            table.mappings.insert(address, memory.clone());
            address
        });
        debug_assert!(address.is_multiple_of(ALIGNMENT));
        let mapping = Mapping {
            map: self.clone(),
            address,
        };
        Ok(DmaBuffer::new(memory, address, bytes, Box::new(mapping)))
    }

    /// Maps memory where somebody else says.
    pub fn insert(&self, address: u64, memory: Arc<MmapRegion>) {
        self.with(|table| table.mappings.insert(address, memory));
    }

    /// Takes all mappings away.
    pub fn clear(&self) {
        self.with(|table| table.mappings.clear());
    }

    /// How many mappings there are.
    #[must_use]
    pub fn mappings(&self) -> usize {
        self.with(|table| table.mappings.len())
    }

    /// Takes a mapping away, whether or not its buffer still exists.
    pub fn revoke(&self, address: u64) {
        self.with(|table| table.mappings.remove(&address));
    }

    fn find(&self, address: u64, bytes: usize) -> Result<(Arc<MmapRegion>, usize), HostFault> {
        let found = self.with(|table| {
            let (&base, memory) = table.mappings.range(..=address).next_back()?;
            let offset = usize::try_from(address - base).ok()?;
            let end = offset.checked_add(bytes)?;
            (end <= memory.size()).then(|| (memory.clone(), offset))
        });
        found.ok_or(HostFault { address })
    }
}

impl HostMemory for DmaMap {
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), HostFault> {
        let (memory, offset) = self.find(address, bytes.len())?;
        let slice = memory.as_volatile_slice();
        slice
            .read_slice(bytes, offset)
            .map_err(|_| HostFault { address })
    }

    fn write(&self, address: u64, bytes: &[u8]) -> Result<(), HostFault> {
        let (memory, offset) = self.find(address, bytes.len())?;
        let slice = memory.as_volatile_slice();
        let fault = |_| HostFault { address };
        // The last word of a completion goes last, whole: a host that sees it sees what is in front of it.
        let Some((head, last)) = bytes.split_last_chunk::<4>() else {
            return slice.write_slice(bytes, offset).map_err(fault);
        };
        slice.write_slice(head, offset).map_err(fault)?;
        let at = offset + head.len();
        if at.is_multiple_of(4) {
            slice.store(u32::from_le_bytes(*last), at, Ordering::Release)
        } else {
            slice.write_slice(last, at)
        }
        .map_err(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_gives_what_is_mapped_and_faults_elsewhere() {
        let map = DmaMap::default();
        let buffer = map.allocate(128).expect("memory");
        let other = map.allocate(64).expect("memory");
        assert_eq!(map.mappings(), 2);
        let address = buffer.address();
        map.write(address + 3, &[1, 2, 3, 4, 5]).expect("mapped");
        let mut seen = [0_u8; 8];
        buffer.read(2, &mut seen);
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 0, 0]);
        buffer.write(0, &[7_u32]);
        assert_eq!(buffer.load(0), 7);
        let mut bytes = [0; 2];
        for wrong in [address - 1, address + 127, address + 128, 0] {
            let fault = HostFault { address: wrong };
            assert_eq!(map.read(wrong, &mut bytes), Err(fault));
            assert_eq!(map.write(wrong, &bytes), Err(fault));
        }
        drop(other);
        map.revoke(address);
        assert_eq!(map.mappings(), 0);
        assert!(map.read(address, &mut bytes).is_err());
        drop(buffer);
    }
}
