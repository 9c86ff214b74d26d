//! What was done where.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::operation::Kind;

/// What one device did of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// Which device.
    pub device: String,
    /// Of which kind.
    pub kind: Kind,
    /// How much.
    pub count: Count,
}

/// Sums over operations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Operations that were done.
    pub calls: u64,
    /// Bytes to the device.
    pub bytes_up: u64,
    /// Bytes from the device.
    pub bytes_down: u64,
    /// Clock cycles of the device, where it counts them.
    pub cycles: Option<u64>,
    /// Time that they took.
    pub seconds: f64,
    /// Operations that the device cannot do, or has no memory for.
    pub refused: u64,
    /// Operations that failed.
    pub failed: u64,
    /// Results that were wrong.
    pub wrong: u64,
}

impl Count {
    /// The sum of both.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.bytes_up += other.bytes_up;
        self.bytes_down += other.bytes_down;
        self.cycles = match (self.cycles, other.cycles) {
            (Some(ours), Some(theirs)) => Some(ours + theirs),
            (ours, theirs) => ours.or(theirs),
        };
        self.seconds += other.seconds;
        self.refused += other.refused;
        self.failed += other.failed;
        self.wrong += other.wrong;
    }
}

/// Counts by kind.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<Kind, Count>>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Kind, Count>> {
        // Numbers are right whatever happened to the thread that changed them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the counts of a kind.
    pub fn add(&self, kind: Kind, count: &Count) {
        self.lock().entry(kind).or_default().add(count);
    }

    /// All counts, of the device with this name.
    #[must_use]
    pub fn usage(&self, device: &str) -> Vec<Usage> {
        let counts = self.lock();
        let usage = counts.iter().map(|(&kind, &count)| Usage {
            device: device.to_owned(),
            kind,
            count,
        });
        usage.collect()
    }
}
