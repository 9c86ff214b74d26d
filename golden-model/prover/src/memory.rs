//! How much memory a proof takes, known before it is started; and a budget that proofs wait for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A table's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Binary logarithm of its height.
    pub log_height: usize,
    /// Main columns.
    pub main: usize,
    /// Columns of the lookup argument, elements of the challenges' field.
    pub permutation: usize,
    /// Columns that the key fixes.
    pub preprocessed: usize,
}

/// Bytes of a base element.
const FELT: u64 = 4;
/// Bytes of a challenge.
const CHALLENGE: u64 = 16;
/// Rows of an extended column for each row of a column.
const BLOWUP: u64 = 2;
/// Bytes of Merkle trees for each extended row of the highest table: 32 a leaf, as much again for all nodes above, four commitments.
const TREES: u64 = 4 * 2 * 32;
/// Bytes of the quotient for each row: values on two cosets, and two chunks of four columns, extended.
const QUOTIENT: u64 = BLOWUP * CHALLENGE + 2 * BLOWUP * CHALLENGE;
/// Bytes of the opening for each extended row of the highest table: denominators for two points, reduced openings, folded words.
const OPENING: u64 = 6 * CHALLENGE;
/// What the process takes besides.
const BASE: u64 = 96 << 20;

/// Bytes that a proof of tables of these sizes takes at its peak, traces included. Measured peaks are below it, and above three
/// quarters of it where tables are large.
#[must_use]
pub fn estimate(tables: &[TableSize]) -> u64 {
    let rows = |table: &TableSize| 1_u64 << table.log_height;
    let columns = tables.iter().map(|table| {
        let (main, permutation, fixed) = (
            table.main as u64 * FELT,
            table.permutation as u64 * CHALLENGE,
            table.preprocessed as u64 * FELT,
        );
        // The trace and its extension; the lookup argument's columns likewise; the fixed ones' extension, and a copy while lookups are made.
        let committed = (1 + BLOWUP) * main + (1 + BLOWUP) * permutation + (1 + BLOWUP) * fixed;
        rows(table) * (committed + QUOTIENT)
    });
    let highest = tables.iter().map(rows).max().unwrap_or(0);
    columns.sum::<u64>() + highest * BLOWUP * (TREES + OPENING) + BASE
}

/// The largest `po2` at which tables like these fit into a budget, if one does: every table that is not fixed shrinks with the segment.
#[must_use]
pub(crate) fn fitting_po2(tables: &[TableSize], po2: u8, least: u8, budget: u64) -> Option<u8> {
    (least..po2).rev().find(|&smaller| {
        let shrunk = tables.iter().map(|&table| TableSize {
            log_height: match table.preprocessed {
                0 => table.log_height.saturating_sub((po2 - smaller).into()),
                _ => table.log_height,
            },
            ..table
        });
        estimate(&shrunk.collect::<Vec<_>>()) <= budget
    })
}

/// Memory that proofs share.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    free: Mutex<u64>,
    returned: Condvar,
}

/// A part of a budget, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub const fn new(total: u64) -> Self {
        Self {
            total,
            free: Mutex::new(total),
            returned: Condvar::new(),
        }
    }

    /// Nine tenths of what the system has to give now; no limit where it does not say.
    #[must_use]
    pub fn available() -> Self {
        let available = std::fs::read_to_string("/proc/meminfo")
            .ok()
            .and_then(|text| {
                let line = text
                    .lines()
                    .find_map(|line| line.strip_prefix("MemAvailable:"))?;
                let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
                Some(kibibytes * 1024)
            });
        Self::new(available.map_or(u64::MAX, |bytes| bytes / 10 * 9))
    }

    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    fn free(&self) -> MutexGuard<'_, u64> {
        // A number is right whatever happened to the thread that changed it.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so much is free, and takes it; `None` if there never will be.
    pub(crate) fn take(&self, bytes: u64) -> Option<Share<'_>> {
        if bytes > self.total {
            return None;
        }
        let mut free = self.free();
        if *free < bytes {
            tracing::info!(bytes, free = *free, "a proof waits for memory");
        }
        while *free < bytes {
            free = self
                .returned
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= bytes;
        Some(Share {
            budget: self,
            bytes,
        })
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.free() += self.bytes;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TABLE: TableSize = TableSize {
        log_height: 20,
        main: 54,
        permutation: 9,
        preprocessed: 0,
    };

    #[test]
    fn a_share_is_waited_for_and_returned() {
        let budget = Budget::new(10);
        assert!(budget.take(11).is_none(), "there never will be so much");
        let first = budget.take(7).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| budget.take(4).map(|share| share.bytes));
            std::thread::sleep(Duration::from_millis(20));
            assert!(!second.is_finished(), "4 of 3 are not free");
            drop(first);
            assert_eq!(second.join().unwrap(), Some(4));
        });
        assert_eq!(*budget.free(), 10);
    }

    #[test]
    fn a_smaller_po2_is_named_if_one_fits() {
        let lut = TableSize {
            log_height: 16,
            main: 6,
            permutation: 4,
            preprocessed: 7,
        };
        let tables = [TABLE, lut];
        let all = estimate(&tables);
        assert_eq!(fitting_po2(&tables, 20, 13, all), Some(19));
        assert_eq!(fitting_po2(&tables, 20, 13, all * 2 / 5), Some(18));
        assert_eq!(fitting_po2(&tables, 20, 13, 1 << 20), None);
    }
}
