//! A card's memory: as large as the address space it stands for, and as small in the host as what was written.

/// Bytes at `base..base + length` of the card's address space, zero until written.
pub struct Memory {
    base: u64,
    bytes: Vec<u8>,
}

impl Memory {
    /// A memory of zeros. Pages of the host are taken when they are first written.
    #[must_use]
    pub fn new(base: u64, length: usize) -> Self {
        Self {
            base,
            bytes: vec![0; length],
        }
    }

    /// Its first address.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Whether `length` bytes from `address` lie in it.
    #[must_use]
    pub fn holds(&self, address: u64, length: u64) -> bool {
        let size = self.bytes.len() as u64;
        address
            .checked_sub(self.base)
            .is_some_and(|offset| offset <= size && length <= size - offset)
    }

    fn offset(&self, address: u64) -> usize {
        (address - self.base) as usize
    }

    /// The `N` bytes at `address`, which the memory must hold.
    #[must_use]
    pub fn read<const N: usize>(&self, address: u64) -> [u8; N] {
        let offset = self.offset(address);
        let mut data = [0; N];
        data.copy_from_slice(&self.bytes[offset..offset + N]);
        data
    }

    /// Writes the bytes at `address` whose bit in `strobe` is set.
    pub fn write_strobed<const N: usize>(&mut self, address: u64, data: &[u8; N], strobe: u64) {
        let offset = self.offset(address);
        let target = &mut self.bytes[offset..offset + N];
        for (index, (byte, &new)) in target.iter_mut().zip(data).enumerate() {
            if strobe >> index & 1 == 1 {
                *byte = new;
            }
        }
    }

    /// Writes `data` at `address`, as the host does before a session.
    pub fn write(&mut self, address: u64, data: &[u8]) {
        let offset = self.offset(address);
        self.bytes[offset..offset + data.len()].copy_from_slice(data);
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn memory_merges_strobed_bytes_and_knows_its_bounds() {
        let mut memory = Memory::new(0x1000, 64);
        memory.write(0x1008, &[1, 2, 3, 4]);
        memory.write_strobed(0x1008, &[9, 9, 9, 9], 0b0110);
        assert_eq!(memory.read::<6>(0x1007), [0, 1, 9, 9, 4, 0]);
        assert!(memory.holds(0x1000, 64) && memory.holds(0x103f, 1));
        assert!(!memory.holds(0xfff, 2) && !memory.holds(0x103f, 2) && !memory.holds(0x1000, 65));
    }
}
