#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod alu;
mod atomic;
pub mod decode;
mod elf;
pub mod hash;
mod image;
mod input;
mod interpret;
mod journal;
mod live;
mod machine;
pub mod naive;
mod observer;
mod page;
mod pager;
mod preflight;
mod program;
mod recording;
mod segment;
mod session;
mod sink;
#[cfg(test)]
mod testing;
mod trace;
pub mod tree;

pub use elf::ElfError;
pub use hash::Digest;
pub use image::{Image, ImageError, SymbolTable, Text};
pub use input::{Input, InputError};
pub use journal::{FrameError, Journal, absorb as absorb_journal};
pub use live::LiveTrace;
pub use page::{PageWords, ZERO_PAGE, page_base, page_from_bytes, page_of};
pub use preflight::{Preflight, PreflightError, Replayer, preflight, verify_segment};
pub use segment::{
    CheckError, Exit, FORMAT_VERSION as SEGMENT_FORMAT_VERSION, MAGIC as SEGMENT_MAGIC, Page,
    Roots, Segment, SegmentError, State,
};
pub use session::{Session, SessionConfig, SessionError, SessionSummary};
pub use sink::{
    CallbackSink, DirectorySink, Manifest, ManifestError, NullSink, SegmentDirectory,
    SegmentDirectoryError, SegmentSink, SessionEnd, SinkError,
};
pub use trace::{BeatWriter, Event, TraceSink};
