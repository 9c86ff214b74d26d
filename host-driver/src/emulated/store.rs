//! Card memory on the host, which holds only what was touched.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use memmap2::{MmapMut, MmapOptions};

/// Bytes of which it is known whether they were touched.
const REGION: usize = 1 << 16;
/// What memory holds after it was lost: no field element, so that nobody takes it for one.
const LOST: u8 = 0xa5;

/// Card memory, zeros at first.
pub struct Store {
    map: MmapMut,
    touched: BTreeSet<usize>,
}

impl Store {
    /// So many bytes of address space.
    ///
    /// # Errors
    /// If the system has not so much.
    pub fn new(bytes: u64) -> io::Result<Self> {
        let bytes = usize::try_from(bytes).map_err(io::Error::other)?;
        let map = MmapOptions::new().len(bytes).no_reserve_swap().map_anon()?;
        Ok(Self {
            map,
            touched: BTreeSet::new(),
        })
    }

    /// These bytes; the range was checked.
    pub fn range(&mut self, range: Range<usize>) -> &mut [u8] {
        if !range.is_empty() {
            self.touched
                .extend(range.start / REGION..=(range.end - 1) / REGION);
        }
        &mut self.map[range]
    }

    /// What it held is gone.
    pub fn lose(&mut self) {
        for region in &self.touched {
            let start = region * REGION;
            let end = self.map.len().min(start + REGION);
            self.map[start..end].fill(LOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_memory_holds_its_ends_and_loses_only_what_was_touched() {
        let bytes = 1 << 36;
        let mut store = Store::new(bytes).expect("address space");
        let last = bytes as usize - 4;
        store.range(last..last + 4).copy_from_slice(&[1, 2, 3, 4]);
        store.range(0..2).copy_from_slice(&[5, 6]);
        assert_eq!(*store.range(last..last + 4), [1, 2, 3, 4]);
        store.lose();
        assert_eq!(*store.range(last..last + 4), [LOST; 4]);
        assert_eq!(*store.range(0..2), [LOST; 2]);
        let middle = bytes as usize / 2;
        assert_eq!(*store.range(middle..middle + 1), [0]);
    }
}
