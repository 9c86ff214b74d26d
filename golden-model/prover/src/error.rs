use assay_circuit::WitnessError;
use assay_executor::{PreflightError, SessionError};
use assay_hal::HalError;
use assay_verifier::VerifyError;

use crate::{stark::StarkError, store::StoreError};

/// A segment or session that was not proved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The guest faulted: there is nothing to prove.
    #[error("the session faulted ({cause}) at pc {pc:#010x}: a session that faults has no receipt")]
    Faulted {
        /// The fault's name.
        cause: &'static str,
        /// The faulting instruction's address.
        pc: u32,
    },
    /// The session was cut off before the guest ended.
    #[error("the session stopped at its limit, before the guest halted: it has no receipt")]
    Stopped,
    /// A segment without roots.
    #[error("segment {index} has no roots: write it without --no-roots")]
    NoRoots {
        /// Number of the segment.
        index: u32,
    },
    /// A segment of another program.
    #[error("segment {index} is of another program: image digest {found}, expected {expected}")]
    Program {
        /// Number of the segment.
        index: u32,
        /// The prover's.
        expected: String,
        /// The segment's.
        found: String,
    },
    /// The segment does not replay.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// No witness can be made.
    #[error("segment {index}: {source}")]
    Witness {
        /// Number of the segment.
        index: u32,
        /// Why.
        source: WitnessError,
    },
    /// The witness claims something else than the segment.
    #[error("segment {index}: its witness claims {found}, the segment says {expected}")]
    Claim {
        /// Number of the segment.
        index: u32,
        /// By the segment.
        expected: String,
        /// By the witness.
        found: String,
    },
    /// A table would be higher than a verifier accepts.
    #[error("segment {index}: {reason}: a smaller --po2 makes smaller tables")]
    Height {
        /// Number of the segment.
        index: u32,
        /// Which table.
        reason: String,
    },
    /// The memory budget is too small.
    #[error(
        "segment {index} needs about {need} MiB to be proved, the budget is {budget} MiB: {}",
        match .fits {
            Some(po2) => format!("--po2 {po2} fits"),
            None => "no segment size fits".to_owned(),
        }
    )]
    Memory {
        /// Number of the segment.
        index: u32,
        /// Estimate.
        need: u64,
        /// Budget.
        budget: u64,
        /// A segment limit that fits.
        fits: Option<u8>,
    },
    /// The proof system.
    #[error("segment {index}: {source}")]
    Stark {
        /// Number of the segment.
        index: u32,
        /// What it says.
        source: StarkError,
    },
    /// No device commits to the program's tables.
    #[error(transparent)]
    Device(#[from] HalError),
    /// The program's tables cannot be committed to.
    #[error("the program cannot be proved: {0}")]
    Key(String),
    /// The proof of a segment panicked, which is a bug; what it said is on stderr.
    #[error("segment {index}: its proof panicked, which is a bug")]
    Panicked {
        /// Number of the segment.
        index: u32,
    },
    /// A seal cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The session could not run.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The receipt that came out is wrong.
    #[error("the finished receipt does not verify, which is a bug: {0}")]
    Verify(VerifyError),
    /// A segment is missing.
    #[error("there is no seal for segment {index} of {segments}")]
    Missing {
        /// Number of the segment.
        index: u32,
        /// How many there are.
        segments: u32,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
}
