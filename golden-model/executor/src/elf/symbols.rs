use std::ops::Range;

use goblin::elf::{
    header::Header,
    section_header::{SHT_SYMTAB, SectionHeader},
    sym::{STT_FUNC, STT_NOTYPE, Symtab},
};

use super::{CTX, ElfError, SECTION_HEADER_BYTES, in_file};
use crate::{image::Symbol, page::page_base};

const SYMBOL_BYTES: usize = 16;

/// The names of places in the text (pages), demangled. A file without a symbol table has none; a name that cannot be
/// read is left out, since names are for people only.
///
/// # Errors
/// [`ElfError::Truncated`] if the section table, at the end of most files, is not there.
pub(super) fn read(
    file: &[u8],
    header: &Header,
    text: &Range<u32>,
) -> Result<Vec<Symbol>, ElfError> {
    if header.e_shoff == 0 || header.e_shnum == 0 {
        return Ok(Vec::new());
    }
    if header.e_shentsize != SECTION_HEADER_BYTES {
        return Err(ElfError::EntrySize {
            table: "section header",
            found: header.e_shentsize,
            expected: SECTION_HEADER_BYTES,
        });
    }
    let bytes = u64::from(header.e_shnum) * u64::from(SECTION_HEADER_BYTES);
    in_file(file, "section header table", header.e_shoff, bytes)?;
    let (offset, count) = (header.e_shoff as usize, usize::from(header.e_shnum));
    let sections = SectionHeader::parse(file, offset, count, CTX)?;

    let Some(table) = sections
        .iter()
        .find(|section| section.sh_type == SHT_SYMTAB)
    else {
        return Ok(Vec::new());
    };
    in_file(file, "symbol table", table.sh_offset, table.sh_size)?;
    let Some(strings) = sections.get(table.sh_link as usize) else {
        return Ok(Vec::new());
    };
    in_file(file, "string table", strings.sh_offset, strings.sh_size)?;
    let start = strings.sh_offset as usize;
    let strings = &file[start..start + strings.sh_size as usize];
    let count = table.sh_size as usize / SYMBOL_BYTES;
    if count == 0 {
        return Ok(Vec::new());
    }

    let text = page_base(text.start)..page_base(text.end);
    let symbols = Symtab::parse(file, table.sh_offset as usize, count, CTX)?;
    let symbols = symbols.iter().filter_map(|symbol| {
        let address = symbol.st_value as u32;
        let kind = symbol.st_type();
        if !text.contains(&address) || !(kind == STT_FUNC || kind == STT_NOTYPE) {
            return None;
        }
        let name = strings
            .get(symbol.st_name..)?
            .split(|&byte| byte == 0)
            .next()?;
        let name = std::str::from_utf8(name).ok()?;
        // Assemblers' labels of their own, and marks of where code begins.
        if name.is_empty() || name.starts_with(".L") || name.starts_with('$') {
            return None;
        }
        Some(Symbol {
            address,
            size: symbol.st_size as u32,
            name: format!("{:#}", rustc_demangle::demangle(name)),
        })
    });
    Ok(symbols.collect())
}
