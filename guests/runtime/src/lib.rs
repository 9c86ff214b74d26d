//! Runtime of Rust guests for the machine of `docs/machine.md`.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//! assay_guest::entry!(main);
//!
//! fn main() {
//!     let input = assay_guest::read_frame();
//!     assay_guest::commit_word(input.len() as u32);
//! }
//! ```
//!
//! A panic ends the session with the fault `Breakpoint` and adds nothing to the journal. What was committed before stays in it, so a
//! reader of the journal looks at how the session ended first. The panic's message is lost: the machine has no place for it.
#![no_std]

extern crate alloc;

mod ecall;
mod entry;
mod heap;
mod stream;

pub use ecall::{commit_word, halt, read_word, words_left};
pub use entry::ExitCode;
pub use stream::{commit_bytes, commit_frame, read_frame};
