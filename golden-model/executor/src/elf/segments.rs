use std::{collections::BTreeMap, ops::Range};

use assay_abi::machine::{MEM_BYTES, PAGE_BYTES};
use goblin::elf::program_header::{PF_W, PF_X, PT_LOAD, ProgramHeader};

use super::{ElfError, in_file};
use crate::page::{PageWords, ZERO_PAGE, page_base};

/// A loadable segment that was found to lie in the file and in memory.
pub(super) struct Load<'a> {
    /// Number in the program header table, for messages.
    index: usize,
    address: u32,
    /// Behind the last byte; above `address`, at most 2^28.
    end: u32,
    bytes: &'a [u8],
    flags: u32,
}

impl Load<'_> {
    fn pages(&self) -> Range<u32> {
        self.address / PAGE_BYTES..self.end.div_ceil(PAGE_BYTES)
    }

    /// Writes the bytes that the file gives; what is zero beyond them needs no page.
    pub(super) fn copy_into(&self, pages: &mut BTreeMap<u32, Box<PageWords>>) {
        let mut address = self.address;
        let mut rest = self.bytes;
        while !rest.is_empty() {
            let offset = address % PAGE_BYTES;
            let (here, beyond) = rest.split_at(rest.len().min((PAGE_BYTES - offset) as usize));
            let words = pages
                .entry(address / PAGE_BYTES)
                .or_insert_with(|| Box::new(ZERO_PAGE));
            for (at, &byte) in (offset..).zip(here) {
                // No two segments share a byte, so it is 0 yet.
                words[at as usize / 4] |= u32::from(byte) << (8 * (at % 4));
            }
            address += here.len() as u32;
            rest = beyond;
        }
    }
}

/// The loadable segments that take memory, by rising address.
pub(super) fn check<'a>(
    file: &'a [u8],
    headers: &[ProgramHeader],
) -> Result<Vec<Load<'a>>, ElfError> {
    let mut loads = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        if header.p_type != PT_LOAD {
            continue;
        }
        // All of them are 32-bit numbers in the file, so sums do not overflow.
        let address = header.p_vaddr as u32;
        let end = header.p_vaddr + header.p_memsz;
        if header.p_filesz > header.p_memsz {
            return Err(ElfError::SegmentSize {
                index,
                address,
                file_bytes: header.p_filesz,
                memory_bytes: header.p_memsz,
            });
        }
        in_file(file, "loadable segment", header.p_offset, header.p_filesz)?;
        if end > u64::from(MEM_BYTES) {
            return Err(ElfError::OutOfMemory {
                index,
                address,
                end,
            });
        }
        if header.p_flags & (PF_W | PF_X) == PF_W | PF_X {
            return Err(ElfError::WritableText { index, address });
        }
        if header.p_memsz == 0 {
            continue;
        }
        let start = header.p_offset as usize;
        loads.push(Load {
            index,
            address,
            end: end as u32,
            bytes: &file[start..start + header.p_filesz as usize],
            flags: header.p_flags,
        });
    }
    loads.sort_by_key(|load| (load.address, load.index));
    for pair in loads.windows(2) {
        let [lower, upper] = pair else { continue };
        if upper.address < lower.end {
            return Err(ElfError::Overlap {
                first: lower.index,
                second: upper.index,
                address: upper.address,
                end: lower.end,
            });
        }
    }
    Ok(loads)
}

/// The pages of all executable segments, which must lie together.
pub(super) fn text(loads: &[Load<'_>]) -> Result<Range<u32>, ElfError> {
    let mut ranges = loads
        .iter()
        .filter(|load| load.flags & PF_X != 0)
        .map(Load::pages);
    let mut text = ranges.next().ok_or(ElfError::NoText)?;
    for range in ranges {
        if range.start > text.end + 1 {
            return Err(ElfError::TextGap {
                before: text.end,
                after: range.start,
            });
        }
        text.end = text.end.max(range.end);
    }
    Ok(text)
}

/// Refuses writable segments that lie in pages of the text.
pub(super) fn check_writable(loads: &[Load<'_>], text: &Range<u32>) -> Result<(), ElfError> {
    let (text_start, text_end) = (page_base(text.start), page_base(text.end));
    let found = loads
        .iter()
        .find(|load| load.flags & PF_W != 0 && load.address < text_end && load.end > text_start);
    match found {
        None => Ok(()),
        Some(load) => Err(ElfError::WritableInText {
            index: load.index,
            address: load.address,
            end: load.end,
            text_start,
            text_end,
        }),
    }
}
