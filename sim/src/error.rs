//! What can go wrong before, or beside, a comparison. A divergence is no error: it is a [`crate::Failure`] in the report.

use std::path::PathBuf;

/// Why a co-simulation could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The crate was built without the RTL.
    #[error(
        "this build has no RTL in it: run `cargo xtask setup` once, then build with `--features verilator` \
         (`cargo xtask demo` does both)"
    )]
    NotBuilt,
    /// The card implements another contract.
    #[error(
        "the card's contract hash is {got}, this program's is {expected}: rebuild the side that is older"
    )]
    ContractHash {
        /// The hash that this program was built with, in hexadecimal.
        expected: String,
        /// The hash that the card's registers hold.
        got: String,
    },
    /// What answers is no card of ours.
    #[error("the card's identity register holds {got:#010x}, expected {expected:#010x}")]
    Identity {
        /// The contract's identity.
        expected: u32,
        /// What the register holds.
        got: u32,
    },
    /// A register access did not end well.
    #[error("register {offset:#x}: {what}")]
    Register {
        /// Its offset.
        offset: u32,
        /// What happened.
        what: &'static str,
    },
    /// An option that no run can have.
    #[error("option {option}: {what}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A session cannot go on from its middle.
    #[error("cannot go on in the middle of the session: {what}")]
    Resume {
        /// Why.
        what: String,
    },
    /// A file with what was covered cannot be read or written.
    #[error("coverage {path}: {reason}")]
    Coverage {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A repro bundle cannot be written, read or run.
    #[error("bundle {path}: {reason}")]
    Bundle {
        /// The directory, or the file in it.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A core that this build does not have.
    #[error(
        "there is no core `{name}` in this build (it has: assay{}{known}); build with `--features cores`, see docs/bring-your-own-core.md",
        if known.is_empty() { "" } else { ", " }
    )]
    Core {
        /// What was asked for.
        name: String,
        /// What there is beside our own.
        known: String,
    },
    /// Hardware that runs alone did not come to an end.
    #[error("no end after {clock_cycles} clock cycles")]
    NoEnd {
        /// How long it ran.
        clock_cycles: u64,
    },
    /// A waveform could not be written or converted.
    #[error("waveform {path}: {reason}")]
    Waves {
        /// The file.
        path: PathBuf,
        /// What the system or the converter says.
        reason: String,
    },
}
