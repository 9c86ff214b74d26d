//! Where segments go as they close.

mod directory;
mod manifest;
mod read;
#[cfg(test)]
mod tests;

use assay_abi::Po2;

use crate::{
    hash::Digest,
    segment::{Exit, Segment},
};
pub use directory::DirectorySink;
pub use manifest::{MANIFEST_NAME, Manifest, ManifestError};
pub use read::{SegmentDirectory, SegmentDirectoryError};

/// Takes the segments of a session, in order, each as soon as it closes.
pub trait SegmentSink {
    /// Takes one segment. A sink that keeps none of them keeps the session's memory flat.
    ///
    /// # Errors
    /// [`SinkError`] ends the session.
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError>;

    /// Called once, after the last segment, however the guest ended; not if the session failed.
    ///
    /// # Errors
    /// [`SinkError`] if what was taken cannot be kept.
    fn finish(&mut self, end: &SessionEnd) -> Result<(), SinkError> {
        let _ = end;
        Ok(())
    }
}

/// What is known of a session when its last segment has closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEnd {
    /// The program's image digest.
    pub image_digest: Digest,
    /// The segment limit.
    pub po2: Po2,
    /// How the last segment closed.
    pub exit: Exit,
    /// The pc after it: `HALT_PC` after a halt, the faulting pc after a fault.
    pub pc: u32,
    /// How many segments there are.
    pub segments: u32,
    /// Instructions retired.
    pub cycles: u64,
    /// Words in the input.
    pub input_len: u32,
    /// How many of them were read.
    pub input_read: u32,
    /// Words committed.
    pub journal_len: u32,
}

/// A sink that could not keep a segment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// A file or directory could not be written.
    #[error("cannot write {path}: {source}. Is there space, and may you write there?")]
    Write {
        /// Which.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is something in the output directory already.
    #[error(
        "{path} is not empty ({found} is there): choose another directory, or force the old session to be replaced"
    )]
    NotEmpty {
        /// The directory.
        path: std::path::PathBuf,
        /// One of its entries.
        found: String,
    },
    /// The session's end does not fit the segments that were given.
    #[error("the session ended with {expected} segments, the sink was given {found}")]
    Count {
        /// What the session says.
        expected: u32,
        /// What the sink was given.
        found: u32,
    },
    /// A callback refused.
    #[error("the segment's receiver refused: {0}")]
    Refused(Box<dyn std::error::Error + Send + Sync>),
}

/// Keeps all of them in memory.
impl SegmentSink for Vec<Segment> {
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        self.push(segment);
        Ok(())
    }
}

/// Hands each segment to a closure.
#[derive(Debug)]
pub struct CallbackSink<F>(F);

impl<F, E> CallbackSink<F>
where
    F: FnMut(Segment) -> Result<(), E>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// The sink that calls `callback`; an error from it ends the session as [`SinkError::Refused`].
    pub const fn new(callback: F) -> Self {
        Self(callback)
    }
}

impl<F, E> SegmentSink for CallbackSink<F>
where
    F: FnMut(Segment) -> Result<(), E>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        (self.0)(segment).map_err(|error| SinkError::Refused(error.into()))
    }
}

/// Drops all segments: for sessions of which only the result counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullSink;

impl SegmentSink for NullSink {
    fn segment(&mut self, _: Segment) -> Result<(), SinkError> {
        Ok(())
    }
}
