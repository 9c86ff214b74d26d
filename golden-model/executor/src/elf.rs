//! Reads a program from an ELF executable, and says of any other file why it is none.
//!
//! Every number in the file is checked before it is used: no file makes the loader panic or take more memory than its
//! own bytes and the pages that they fill.

mod error;
mod segments;
mod symbols;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use goblin::{
    container::{Container, Ctx, Endian},
    elf::{
        Elf,
        header::{
            EI_CLASS, EI_DATA, EI_VERSION, ELFCLASS32, ELFDATA2LSB, ELFMAG, EM_RISCV, ET_EXEC,
            EV_CURRENT, Header,
        },
        program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, ProgramHeader},
    },
};

use crate::image::{Image, SymbolTable};
pub use error::ElfError;

const HEADER_BYTES: usize = 52;
const PROGRAM_HEADER_BYTES: u16 = 32;
const SECTION_HEADER_BYTES: u16 = 40;

/// `e_flags`: compressed instructions may occur.
const FLAG_RVC: u32 = 1;
/// `e_flags`: bits of the floating-point calling convention, 0 for soft-float.
const FLAG_FLOAT_ABI: u32 = 0b110;

const CTX: Ctx = Ctx {
    container: Container::Little,
    le: Endian::Little,
};

pub(crate) fn load(file: &[u8]) -> Result<Image, ElfError> {
    let header = header(file)?;
    let headers = program_headers(file, &header)?;
    let loads = segments::check(file, &headers)?;
    let text = segments::text(&loads)?;
    segments::check_writable(&loads, &text)?;

    let mut pages = BTreeMap::new();
    for load in &loads {
        load.copy_into(&mut pages);
    }
    let symbols = SymbolTable::new(symbols::read(file, &header, &text)?);
    Ok(Image::with_symbols(
        header.e_entry as u32,
        text,
        pages,
        symbols,
    )?)
}

/// The file header, of a kind of file that can be a program for this machine.
fn header(file: &[u8]) -> Result<Header, ElfError> {
    let ident = file
        .first_chunk::<16>()
        .filter(|ident| ident.starts_with(ELFMAG));
    let Some(ident) = ident else {
        let start = file[..file.len().min(4)].to_vec();
        return Err(ElfError::NotElf { start });
    };
    if ident[EI_CLASS] != ELFCLASS32 {
        let found = ident[EI_CLASS];
        return Err(ElfError::Class { found });
    }
    if ident[EI_DATA] != ELFDATA2LSB {
        let found = ident[EI_DATA];
        return Err(ElfError::Endianness { found });
    }
    if ident[EI_VERSION] != EV_CURRENT {
        let found = u32::from(ident[EI_VERSION]);
        return Err(ElfError::Version { found });
    }
    in_file(file, "file header", 0, HEADER_BYTES as u64)?;
    let header = Elf::parse_header(file)?;
    if header.e_machine != EM_RISCV {
        let found = header.e_machine;
        return Err(ElfError::Machine { found });
    }
    if header.e_type != ET_EXEC {
        let found = header.e_type;
        return Err(ElfError::Type { found });
    }
    if header.e_version != u32::from(EV_CURRENT) {
        let found = header.e_version;
        return Err(ElfError::Version { found });
    }
    if header.e_flags & FLAG_RVC != 0 {
        let flags = header.e_flags;
        return Err(ElfError::Compressed { flags });
    }
    if header.e_flags & FLAG_FLOAT_ABI != 0 {
        let flags = header.e_flags;
        return Err(ElfError::FloatAbi { flags });
    }
    Ok(header)
}

fn program_headers(file: &[u8], header: &Header) -> Result<Vec<ProgramHeader>, ElfError> {
    let count = header.e_phnum;
    if count == 0 {
        return Err(ElfError::NoSegments);
    }
    if header.e_phentsize != PROGRAM_HEADER_BYTES {
        return Err(ElfError::EntrySize {
            table: "program header",
            found: header.e_phentsize,
            expected: PROGRAM_HEADER_BYTES,
        });
    }
    let bytes = u64::from(count) * u64::from(PROGRAM_HEADER_BYTES);
    in_file(file, "program header table", header.e_phoff, bytes)?;
    let headers = ProgramHeader::parse(file, header.e_phoff as usize, usize::from(count), CTX)?;
    for header in &headers {
        let what = match header.p_type {
            PT_DYNAMIC => "a dynamic section",
            PT_INTERP => "a request for a program interpreter",
            _ => continue,
        };
        return Err(ElfError::Dynamic { what });
    }
    if !headers.iter().any(|header| header.p_type == PT_LOAD) {
        return Err(ElfError::NoSegments);
    }
    Ok(headers)
}

/// Refuses a range of bytes that the file does not have.
fn in_file(file: &[u8], what: &'static str, offset: u64, bytes: u64) -> Result<(), ElfError> {
    let end = offset.saturating_add(bytes);
    if end > file.len() as u64 {
        return Err(ElfError::Truncated {
            what,
            expected: end,
            found: file.len() as u64,
        });
    }
    Ok(())
}
