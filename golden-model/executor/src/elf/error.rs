use assay_abi::machine::MEM_BYTES;
use goblin::elf::header::{et_to_str, machine_to_str};

use crate::image::ImageError;

/// Why a file is no program for this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ElfError {
    /// The magic number is missing.
    #[error(
        "not an ELF file: it starts with {start:02x?}, expected [7f, 45, 4c, 46] (\\x7fELF). Give the linked executable"
    )]
    NotElf {
        /// The first bytes, at most 4.
        start: Vec<u8>,
    },
    /// The file ends before something that its headers announce.
    #[error(
        "the file is truncated: its {what} ends at byte {expected}, the file has {found}. Copy or link it again"
    )]
    Truncated {
        /// Which part.
        what: &'static str,
        /// Bytes needed.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// The class is not 32 bits.
    #[error("ELF class {found} ({}), expected 1 (32-bit): build for riscv32im", class_name(*.found))]
    Class {
        /// `EI_CLASS`.
        found: u8,
    },
    /// The data encoding is not little-endian.
    #[error("ELF data encoding {found}, expected 1 (little-endian): build for riscv32im")]
    Endianness {
        /// `EI_DATA`.
        found: u8,
    },
    /// The ELF version is not 1.
    #[error("ELF version {found}, expected 1: the file is damaged")]
    Version {
        /// As found.
        found: u32,
    },
    /// Another processor's program.
    #[error("program for machine {found} ({}), expected 243 (RISC-V): build for riscv32im", machine_to_str(*.found))]
    Machine {
        /// `e_machine`.
        found: u16,
    },
    /// Not an executable with fixed addresses.
    #[error("ELF type {found} ({}), expected 2 (EXEC): {}", et_to_str(*.found), type_advice(*.found))]
    Type {
        /// `e_type`.
        found: u16,
    },
    /// Compressed instructions.
    #[error(
        "the flags {flags:#x} say compressed instructions (RVC), which the machine does not have: build for riscv32im, without c, and all libraries too"
    )]
    Compressed {
        /// `e_flags`.
        flags: u32,
    },
    /// Floating-point registers in the calling convention.
    #[error("the flags {flags:#x} say {} floating-point ABI, expected soft-float: build with -mabi=ilp32", float_name(*.flags))]
    FloatAbi {
        /// `e_flags`.
        flags: u32,
    },
    /// Dynamic linking.
    #[error(
        "the file has {what}: it is dynamically linked. Link it statically (-static, -no-pie; Rust: -C relocation-model=static)"
    )]
    Dynamic {
        /// What says so.
        what: &'static str,
    },
    /// A table of another layout.
    #[error("{table} entries of {found} bytes, expected {expected}: the file is damaged")]
    EntrySize {
        /// Which table.
        table: &'static str,
        /// Bytes of an entry.
        found: u16,
        /// What a 32-bit ELF has.
        expected: u16,
    },
    /// There is nothing to load.
    #[error(
        "the file has no loadable segment: give the linked executable, not a stripped or debug-only file"
    )]
    NoSegments,
    /// There is nothing to execute.
    #[error("no loadable segment is executable: mark the text's segment R+X in the link script")]
    NoText,
    /// A segment's file part is larger than its memory.
    #[error(
        "segment {index} at {address:#010x} has {file_bytes} bytes in the file and {memory_bytes} in memory, expected at most as many in the file: it is damaged"
    )]
    SegmentSize {
        /// Number in the program header table.
        index: usize,
        /// Where it starts.
        address: u32,
        /// `p_filesz`.
        file_bytes: u64,
        /// `p_memsz`.
        memory_bytes: u64,
    },
    /// A segment reaches beyond memory.
    #[error(
        "segment {index} lies at {address:#010x} to {end:#x}, memory ends at {MEM_BYTES:#x}: link it lower"
    )]
    OutOfMemory {
        /// Number in the program header table.
        index: usize,
        /// Where it starts.
        address: u32,
        /// Where it ends.
        end: u64,
    },
    /// A segment is writable and executable.
    #[error(
        "segment {index} at {address:#010x} is writable and executable, but text is read-only: give text and data segments of their own in the link script"
    )]
    WritableText {
        /// Number in the program header table.
        index: usize,
        /// Where it starts.
        address: u32,
    },
    /// Two segments share bytes of memory.
    #[error(
        "segment {second} starts at {address:#010x}, before segment {first} ends at {end:#010x}: give them memory of their own in the link script"
    )]
    Overlap {
        /// Number of the lower one.
        first: usize,
        /// Number of the upper one.
        second: usize,
        /// Where the upper one starts.
        address: u32,
        /// Where the lower one ends.
        end: u32,
    },
    /// Executable segments lie far apart.
    #[error(
        "executable code ends at page {before:#x} and goes on at page {after:#x}, but text is one range with gaps of at most one page: place all code together in the link script"
    )]
    TextGap {
        /// Page behind the lower part.
        before: u32,
        /// First page of the upper part.
        after: u32,
    },
    /// Something writable shares a page with text.
    #[error(
        "writable segment {index} at {address:#010x} to {end:#010x} lies in the text's pages, {text_start:#010x} to {text_end:#010x}: start data on a page boundary (ALIGN(1024) in the link script)"
    )]
    WritableInText {
        /// Number in the program header table.
        index: usize,
        /// Where it starts.
        address: u32,
        /// Where it ends.
        end: u32,
        /// Byte address of the text.
        text_start: u32,
        /// Byte address behind the text.
        text_end: u32,
    },
    /// Entry or text make no program.
    #[error("{0}: set the entry symbol (ENTRY in the link script)")]
    Image(#[from] ImageError),
    /// What the ELF library says of a header.
    #[error("the file is damaged: {0}")]
    Damaged(#[from] goblin::error::Error),
}

const fn class_name(class: u8) -> &'static str {
    match class {
        2 => "64-bit",
        _ => "unknown",
    }
}

const fn float_name(flags: u32) -> &'static str {
    match flags >> 1 & 3 {
        1 => "single",
        2 => "double",
        _ => "quad",
    }
}

const fn type_advice(kind: u16) -> &'static str {
    match kind {
        1 => "this is an object file, link it first",
        3 => "link it statically at fixed addresses (-static, -no-pie)",
        _ => "give the linked executable",
    }
}
