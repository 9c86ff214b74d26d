//! Address ranges, handed out first fit and taken back.

use std::collections::BTreeMap;

/// What is free of an address space: lengths by address, no two adjacent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// `bytes` from `start` on.
    pub(crate) fn new(start: u64, bytes: u64) -> Self {
        Self(BTreeMap::from([(start, bytes)]))
    }

    /// The lowest range that is long enough.
    pub(crate) fn take(&mut self, bytes: u64) -> Option<u64> {
        let found = self.0.iter().find(|&(_, &size)| size >= bytes);
        let (&address, &size) = found?;
        self.0.remove(&address);
        if size > bytes {
            self.0.insert(address + bytes, size - bytes);
        }
        Some(address)
    }

    pub(crate) fn give_back(&mut self, address: u64, bytes: u64) {
        let (mut start, mut size) = (address, bytes);
        if let Some((&before, &length)) = self.0.range(..address).next_back()
            && before + length == address
        {
            self.0.remove(&before);
            (start, size) = (before, length + size);
        }
        if let Some(length) = self.0.remove(&(address + bytes)) {
            size += length;
        }
        self.0.insert(start, size);
    }

    /// Bytes that are free.
    pub(crate) fn free(&self) -> u64 {
        self.0.values().sum()
    }

    /// Bytes of the longest free range.
    pub(crate) fn largest(&self) -> u64 {
        self.0.values().copied().max().unwrap_or(0)
    }
}
