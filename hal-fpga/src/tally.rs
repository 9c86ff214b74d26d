//! What commands took.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use assay_driver::Ticket;
use assay_hal::{Count, Counts, Kind, Usage};

/// Counts of operations, and the commands whose cycles are not in them yet.
#[derive(Default)]
pub struct Tally {
    counts: Counts,
    running: Mutex<Vec<(Kind, Ticket)>>,
}

impl Tally {
    /// An operation was recorded.
    pub fn operation(&self, kind: Kind, bytes_up: u64, bytes_down: u64) {
        let count = Count {
            calls: 1,
            bytes_up,
            bytes_down,
            ..Count::default()
        };
        self.counts.add(kind, &count);
    }

    /// Bytes that went along with an operation.
    pub fn bytes(&self, kind: Kind, bytes_up: u64, bytes_down: u64) {
        let count = Count {
            bytes_up,
            bytes_down,
            ..Count::default()
        };
        self.counts.add(kind, &count);
    }

    /// A command of an operation.
    pub fn command(&self, kind: Kind, ticket: &Ticket) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.push((kind, ticket.clone()));
        self.sweep(&mut running);
    }

    /// The host's time for an operation.
    pub fn time(&self, kind: Kind, began: Instant) {
        let count = Count {
            seconds: began.elapsed().as_secs_f64(),
            ..Count::default()
        };
        self.counts.add(kind, &count);
    }

    fn sweep(&self, running: &mut Vec<(Kind, Ticket)>) {
        running.retain(|(kind, ticket)| match ticket.outcome() {
            None => true,
            Some(outcome) => {
                let count = Count {
                    cycles: outcome.ok().map(|finished| finished.cycles.into()),
                    ..Count::default()
                };
                self.counts.add(*kind, &count);
                false
            }
        });
    }

    /// All counts.
    pub fn usage(&self, device: &str) -> Vec<Usage> {
        self.sweep(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner));
        self.counts.usage(device)
    }
}
