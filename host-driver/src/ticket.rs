//! What a submitted command became.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::DriverError;
use crate::host::HostBuffer;

/// A command that ended well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Clock cycles from its start to its end.
    pub cycles: u32,
    /// Of these, cycles that its engine waited for card memory.
    pub stall_memory: u32,
    /// Of these, cycles that its engine waited for the host.
    pub stall_host: u32,
    /// Of a trace: bytes written.
    pub detail: u64,
    /// Of a trace: it is whole.
    pub end: bool,
}

pub(crate) type Outcome = Result<Finished, DriverError>;

/// A submitted command. Whoever holds it can wait for it, and make others wait for it.
#[derive(Clone)]
pub struct Ticket(Arc<Slot>);

struct Slot {
    /// Of the queue's life, and commands submitted in it before.
    life: u64,
    sequence: u64,
    result: Mutex<Returned>,
}

#[derive(Default)]
struct Returned {
    outcome: Option<Outcome>,
    buffer: Option<HostBuffer>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {}: {:?}", self.0.sequence, self.outcome())
    }
}

impl Ticket {
    pub(crate) fn new(life: u64, sequence: u64) -> Self {
        Self(Arc::new(Slot {
            life,
            sequence,
            result: Mutex::default(),
        }))
    }

    fn result(&self) -> MutexGuard<'_, Returned> {
        self.0.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn life(&self) -> u64 {
        self.0.life
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.0.sequence
    }

    pub(crate) fn finish(&self, outcome: Outcome, buffer: Option<HostBuffer>) {
        let mut result = self.result();
        result.outcome = Some(outcome);
        result.buffer = buffer;
    }

    /// What became of it, if it ended.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<Finished, DriverError>> {
        self.result().outcome.clone()
    }

    /// The host memory that a download which ended well has filled, for the first who asks.
    #[must_use]
    pub fn take_buffer(&self) -> Option<HostBuffer> {
        self.result().buffer.take()
    }
}
