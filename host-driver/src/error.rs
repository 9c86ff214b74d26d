//! What a driver has to say when something is wrong.

use std::time::Duration;

use assay_abi::{CommandStatus, Engine, Opcode};

use crate::memory::OutOfMemory;
use crate::transport::TransportError;

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An error of the driver. Cheap to clone: whoever waits for a command gets one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The card cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// What answers is no card of ours.
    #[error(
        "{name}: the identity register reads {found:#010x}, expected {expected:#010x}: this is no Assay card, or its base address register is not mapped"
    )]
    Identity {
        /// Of the transport.
        name: String,
        /// Of the contract.
        expected: u32,
        /// What was read.
        found: u32,
    },
    /// A card of another contract.
    #[error(
        "{name}: the card's contract is {}, this program's is {}: build both from the same revision (the card's build is {build_id:#010x})",
        hex(.found),
        hex(.expected)
    )]
    Contract {
        /// Of the transport.
        name: String,
        /// This program's hash.
        expected: [u8; 32],
        /// The card's.
        found: [u8; 32],
        /// Which build of the card it is.
        build_id: u32,
    },
    /// The card has no such engine.
    #[error("{name}: the card was built without the engine {engine}")]
    NoEngine {
        /// Of the transport.
        name: String,
        /// Which one.
        engine: Engine,
    },
    /// Card memory is exhausted.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    /// A range that does not lie in a buffer.
    #[error("bytes {offset} to {end} of a buffer of {length}")]
    Range {
        /// First byte.
        offset: u64,
        /// Byte behind the last.
        end: u64,
        /// The buffer's length.
        length: u64,
    },
    /// A number that no command can hold.
    #[error("{what} is {value}, a command holds at most {limit}")]
    TooLarge {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The largest.
        limit: u64,
    },
    /// The card refused a command, or it failed.
    #[error("command {sequence} ({opcode}) failed: {status}, detail {detail:#x}")]
    Command {
        /// Commands submitted before it since the card was opened or recovered.
        sequence: u64,
        /// What it was.
        opcode: Opcode,
        /// What the card says.
        status: CommandStatus,
        /// More, by the status.
        detail: u64,
    },
    /// No command ended for too long. The card was stopped and set up again.
    #[error("{name}: no command ended for {} s; {waiting} were aborted", after.as_secs_f64())]
    Timeout {
        /// Of the transport.
        name: String,
        /// How long.
        after: Duration,
        /// Commands that had not ended.
        waiting: usize,
    },
    /// The card said something that it cannot say. It was stopped and set up again.
    #[error("{name}: {what}; the card was reset")]
    Protocol {
        /// Of the transport.
        name: String,
        /// What it said.
        what: String,
    },
    /// The card could not read or write its rings.
    #[error("{name}: the card halted because it could not reach its rings; it was set up again")]
    Halted {
        /// Of the transport.
        name: String,
    },
    /// Somebody else reset the card. It was set up again; what its memory held is lost.
    #[error(
        "{name}: the card's queue is off: somebody reset it; it was set up again, its memory is lost"
    )]
    Reset {
        /// Of the transport.
        name: String,
    },
    /// A buffer from before a reset, which forgot card memory.
    #[error("a buffer from before the card's reset: what it held is lost")]
    Stale,
    /// The card did not come back from an earlier failure.
    #[error("{name}: the card is out of use: {reason}")]
    Dead {
        /// Of the transport.
        name: String,
        /// Why.
        reason: String,
    },
}
