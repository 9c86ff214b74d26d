//! Programs for the machine, made in Rust: an assembler, a writer of ELF files and a generator of random programs.
//!
//! It depends on the contract alone and on nothing that runs the programs, so that it cannot share a bug with it.
#![forbid(unsafe_code)]

pub mod asm;
pub mod elf;
pub mod encode;
pub mod generate;
pub mod shrink;

pub use asm::{AsmError, Assembler, Code, Label};
pub use elf::{Access, ElfFile, LoadSegment};
pub use generate::{Config, End, Ending, Mix, Program, generate};
