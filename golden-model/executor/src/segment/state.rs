use assay_abi::{FaultCause, SegmentStatus};

use crate::hash::{self, Digest};

/// The machine between two segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where execution goes on; `HALT_PC` after a halt, the faulting instruction's address after a fault.
    pub pc: u32,
    /// x0 to x31.
    pub registers: [u32; 32],
    /// Input words read so far.
    pub input_cursor: u32,
    /// Words committed so far.
    pub journal_len: u32,
    /// Instructions retired so far.
    pub order: u64,
    /// What the rest of the state hashes to; absent if the session computed no roots.
    pub roots: Option<Roots>,
}

/// The digests of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roots {
    /// The root of the memory's tree.
    pub memory: Digest,
    /// Memory and registers: `compress(memory, register page)`.
    pub root: Digest,
    /// The journal's running digest.
    pub journal: Digest,
}

impl Roots {
    /// The digests of a state with this memory, these registers and this journal.
    #[must_use]
    pub fn new(memory: Digest, registers: &[u32; 32], journal: Digest) -> Self {
        Self {
            memory,
            root: hash::root(memory, registers),
            journal,
        }
    }
}

/// How a segment closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Full: the session goes on in the next one.
    Running,
    /// The guest halted.
    Halted {
        /// x10 at the halt.
        exit_code: u32,
    },
    /// The next instruction faults, at the state's pc.
    Faulted {
        /// Why.
        cause: FaultCause,
    },
    /// The session's own limit was reached.
    Stopped,
}

impl Exit {
    /// As the trace stream says it.
    #[must_use]
    pub const fn status(self) -> SegmentStatus {
        match self {
            Self::Running => SegmentStatus::Running,
            Self::Halted { .. } => SegmentStatus::Halted,
            Self::Faulted { .. } => SegmentStatus::Faulted,
            Self::Stopped => SegmentStatus::Stopped,
        }
    }

    /// The fault's code, 0 if there is none.
    #[must_use]
    pub const fn cause_code(self) -> u8 {
        match self {
            Self::Faulted { cause } => cause.code(),
            _ => 0,
        }
    }

    /// The guest's exit code, 0 if it did not halt.
    #[must_use]
    pub const fn exit_code(self) -> u32 {
        match self {
            Self::Halted { exit_code } => exit_code,
            _ => 0,
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Halted { exit_code } => write!(f, "halted with exit code {exit_code}"),
            Self::Faulted { cause } => write!(f, "faulted: {cause}"),
            Self::Stopped => f.write_str("stopped at the session's limit"),
        }
    }
}
