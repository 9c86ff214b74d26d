//! What lies behind the card's ports: its own memory, and the host's.

use std::ops::Range;

use assay_driver::HostMemory;
use assay_sim::{Memory, Storage};

/// Card memory from address 0 on, with places that answer with an error.
pub struct CardMemory {
    memory: Memory,
    bytes: u64,
    faulty: Option<Range<u64>>,
}

impl CardMemory {
    /// Zeros.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        Self {
            memory: Memory::new(0, bytes as usize),
            bytes,
            faulty: None,
        }
    }

    /// Its length.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// From now on an access to one of these addresses is answered with an error.
    pub fn break_at(&mut self, addresses: Option<Range<u64>>) {
        self.faulty = addresses;
    }

    /// Words from `address` on, past all ports.
    #[must_use]
    pub fn words(&self, address: u64, count: usize) -> Vec<u32> {
        (0..count as u64)
            .map(|index| u32::from_le_bytes(self.memory.read(address + 4 * index)))
            .collect()
    }

    /// Writes words, past all ports.
    pub fn put(&mut self, address: u64, words: &[u32]) {
        for (index, word) in (0_u64..).zip(words) {
            self.memory.write(address + 4 * index, &word.to_le_bytes());
        }
    }

    fn is_faulty(&self, address: u64, bytes: usize) -> bool {
        self.faulty
            .as_ref()
            .is_some_and(|range| address < range.end && range.start < address + bytes as u64)
    }
}

impl Storage for CardMemory {
    fn holds(&self, address: u64, length: u64) -> bool {
        self.memory.holds(address, length)
    }

    fn read_beat<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        (!self.is_faulty(address, N)).then(|| self.memory.read(address))
    }

    fn write_beat<const N: usize>(&mut self, address: u64, data: &[u8; N], strobe: u64) -> bool {
        let fine = !self.is_faulty(address, N);
        if fine {
            self.memory.write_strobed(address, data, strobe);
        }
        fine
    }
}

/// The host's memory, as the card's port sees it: what is not mapped answers with an error.
pub(crate) struct HostSide<'a>(pub &'a dyn HostMemory);

impl Storage for HostSide<'_> {
    fn holds(&self, _address: u64, _length: u64) -> bool {
        true
    }

    fn read_beat<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let mut data = [0; N];
        self.0.read(address, &mut data).ok().map(|()| data)
    }

    fn write_beat<const N: usize>(&mut self, address: u64, data: &[u8; N], strobe: u64) -> bool {
        let first = strobe.trailing_zeros() as usize;
        let count = (strobe >> first).trailing_ones() as usize;
        let bytes = &data[first..first + count];
        let address = address + first as u64;
        // A completion's phase is in its first words: they go last, so that whoever sees it sees the rest.
        let (head, rest) = bytes.split_at(8);
        self.0.write(address + 8, rest).is_ok() && self.0.write(address, head).is_ok()
    }
}
