//! What can go wrong when an engine runs.

use std::path::PathBuf;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The build has no such engine.
    #[error("no engine {name} in this build")]
    Unbuilt {
        /// What was asked for.
        name: String,
    },
    /// The waveform's file cannot be written, or the engine is too large for waves.
    #[error("{}: the waveform cannot be written, or this engine writes none", path.display())]
    Waves {
        /// The file.
        path: PathBuf,
    },
    /// An assertion in the RTL failed.
    #[error("assertion failed at clock {clock}: {place}")]
    Assertion {
        /// Where.
        place: String,
        /// When.
        clock: u64,
    },
}
