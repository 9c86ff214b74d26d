//! What caches of our core's shape would do with a stream of addresses. The stream of records does not say it; the shapes are those of
//! `rtl/core`, and where they differ the counts do, not what is checked.

use std::collections::HashMap;

/// What an access finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Hit,
    /// A miss, and the place is free.
    Free,
    /// A miss, and the line that goes is as memory has it.
    Clean,
    /// A miss, and the line that goes must be written back.
    Dirty,
}

impl Found {
    pub const NAMES: [&'static str; 4] =
        ["hit", "miss", "miss, clean victim", "miss, dirty victim"];
}

/// A write-back cache that replaces the line used longest ago.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    line_bytes: u32,
    sets: u32,
    ways: usize,
    /// Lines of each set, the last used one first: address, dirty.
    lines: HashMap<u32, Vec<(u32, bool)>>,
}

impl Cache {
    /// 16 KiB, direct-mapped, lines of 32 bytes.
    pub fn data() -> Self {
        Self::new(32, 512, 1)
    }

    /// 16 KiB, two ways, lines of 64 bytes.
    pub fn instructions() -> Self {
        Self::new(64, 128, 2)
    }

    fn new(line_bytes: u32, sets: u32, ways: usize) -> Self {
        Self {
            line_bytes,
            sets,
            ways,
            lines: HashMap::new(),
        }
    }

    pub fn access(&mut self, address: u32, writes: bool) -> Found {
        let line = address / self.line_bytes;
        let set = self.lines.entry(line % self.sets).or_default();
        if let Some(at) = set.iter().position(|(it, _)| *it == line) {
            let (_, dirty) = set.remove(at);
            set.insert(0, (line, dirty || writes));
            return Found::Hit;
        }
        set.insert(0, (line, writes));
        if set.len() <= self.ways {
            return Found::Free;
        }
        match set.pop() {
            Some((_, true)) => Found::Dirty,
            _ => Found::Clean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, Found};

    #[test]
    fn cache_replaces_the_line_used_longest_ago_and_knows_dirty_ones() {
        let mut cache = Cache::new(16, 2, 2);
        let found = [
            (0, false),
            (32, true),
            (0, false),
            (64, false),
            (96, false),
            (4, true),
        ]
        .map(|(address, writes)| cache.access(address, writes));
        use Found::{Clean, Dirty, Free, Hit};
        assert_eq!(found, [Free, Free, Hit, Dirty, Clean, Clean]);
    }
}
