//! Writes ELF executables for the machine: one read-execute segment, any number of read-write ones, a symbol table.

/// Bytes of a page: segments lie on page bounds.
const PAGE: u32 = assay_abi::machine::PAGE_BYTES;
const HEADER: u32 = 52;
const PROGRAM_HEADER: u32 = 32;
const SECTION_HEADER: u32 = 40;
const SYMBOL: u32 = 16;

/// What may be done with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Text: read and execute.
    ReadExecute,
    /// Data: read and write.
    ReadWrite,
}

/// A loadable piece of an image.
#[derive(Debug, Clone)]
pub struct LoadSegment {
    /// Where it starts; a multiple of the page size.
    pub address: u32,
    /// What the file gives.
    pub bytes: Vec<u8>,
    /// How much memory it takes, at least `bytes.len()`; the rest is zero.
    pub memory_bytes: u32,
    /// What may be done with it.
    pub access: Access,
}

/// An executable to be written.
#[derive(Debug, Clone, Default)]
pub struct ElfFile {
    /// Where execution starts.
    pub entry: u32,
    /// The segments, by rising address.
    pub segments: Vec<LoadSegment>,
    /// Names and addresses of places in the text.
    pub symbols: Vec<(String, u32)>,
}

impl ElfFile {
    /// The file's bytes.
    ///
    /// # Panics
    /// If a segment is not on a page bound or holds more bytes than memory.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0; (HEADER + PROGRAM_HEADER * self.segments.len() as u32) as usize];
        let mut program_headers = Vec::new();
        for segment in &self.segments {
            assert!(
                segment.address.is_multiple_of(PAGE),
                "segment at {:#x}",
                segment.address
            );
            assert!(
                segment.bytes.len() as u64 <= u64::from(segment.memory_bytes),
                "more bytes than memory"
            );
            out.resize(out.len().next_multiple_of(PAGE as usize), 0);
            let flags = match segment.access {
                Access::ReadExecute => 4 | 1,
                Access::ReadWrite => 4 | 2,
            };
            let file_bytes = segment.bytes.len() as u32;
            program_headers.extend([
                1,
                out.len() as u32,
                segment.address,
                segment.address,
                file_bytes,
                segment.memory_bytes,
                flags,
                PAGE,
            ]);
            out.extend(&segment.bytes);
        }
        out.resize(out.len().next_multiple_of(4), 0);
        let (symbols, strings) = self.symbol_table();
        let symbols_at = append(&mut out, &symbols);
        let strings_at = append(&mut out, &strings);
        let section_names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0";
        let names_at = append(&mut out, section_names);
        out.resize(out.len().next_multiple_of(4), 0);

        let text = self
            .segments
            .iter()
            .position(|s| s.access == Access::ReadExecute);
        let (text_address, text_offset, text_bytes) = text.map_or((0, 0, 0), |i| {
            (
                program_headers[8 * i + 2],
                program_headers[8 * i + 1],
                program_headers[8 * i + 4],
            )
        });
        // name, type, flags, address, offset, size, link, info, alignment, entry size
        let sections: [[u32; 10]; 5] = [
            [0; 10],
            [
                1,
                1,
                2 | 4,
                text_address,
                text_offset,
                text_bytes,
                0,
                0,
                4,
                0,
            ],
            [
                7,
                2,
                0,
                0,
                symbols_at,
                symbols.len() as u32,
                3,
                1,
                4,
                SYMBOL,
            ],
            [15, 3, 0, 0, strings_at, strings.len() as u32, 0, 0, 1, 0],
            [
                23,
                3,
                0,
                0,
                names_at,
                section_names.len() as u32,
                0,
                0,
                1,
                0,
            ],
        ];
        let sections_at = out.len() as u32;
        for word in sections.as_flattened() {
            out.extend(word.to_le_bytes());
        }

        let mut header = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let halves = |header: &mut Vec<u8>, values: &[u16]| {
            values.iter().for_each(|v| header.extend(v.to_le_bytes()))
        };
        let words = |header: &mut Vec<u8>, values: &[u32]| {
            values.iter().for_each(|v| header.extend(v.to_le_bytes()))
        };
        halves(&mut header, &[2, 243]); // executable, RISC-V
        words(&mut header, &[1, self.entry, HEADER, sections_at, 0]);
        halves(
            &mut header,
            &[
                HEADER as u16,
                PROGRAM_HEADER as u16,
                self.segments.len() as u16,
                SECTION_HEADER as u16,
                sections.len() as u16,
                sections.len() as u16 - 1,
            ],
        );
        words(&mut header, &program_headers);
        out[..header.len()].copy_from_slice(&header);
        out
    }

    fn symbol_table(&self) -> (Vec<u8>, Vec<u8>) {
        let mut symbols = vec![0; SYMBOL as usize];
        let mut strings = vec![0];
        for (name, address) in &self.symbols {
            symbols.extend((strings.len() as u32).to_le_bytes());
            symbols.extend(address.to_le_bytes());
            symbols.extend(0_u32.to_le_bytes());
            // Global function in section 1, the text.
            symbols.extend([1 << 4 | 2, 0, 1, 0]);
            strings.extend(name.as_bytes());
            strings.push(0);
        }
        (symbols, strings)
    }
}

fn append(out: &mut Vec<u8>, bytes: &[u8]) -> u32 {
    let at = out.len() as u32;
    out.extend(bytes);
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use goblin::elf::{Elf, program_header::PT_LOAD};

    #[test]
    fn written_file_parses_as_the_executable_it_describes() {
        let file = ElfFile {
            entry: 0x1004,
            segments: vec![
                LoadSegment {
                    address: 0x1000,
                    bytes: vec![1; 10],
                    memory_bytes: 12,
                    access: Access::ReadExecute,
                },
                LoadSegment {
                    address: 0x4000,
                    bytes: vec![2; 3],
                    memory_bytes: 0x2000,
                    access: Access::ReadWrite,
                },
            ],
            symbols: vec![("main".into(), 0x1004), ("end".into(), 0x1008)],
        };
        let bytes = file.to_bytes();
        let elf = Elf::parse(&bytes).unwrap();
        assert!(!elf.is_64 && elf.little_endian);
        assert_eq!(
            (elf.header.e_type, elf.header.e_machine, elf.header.e_flags),
            (2, 243, 0)
        );
        assert_eq!(elf.entry, 0x1004);
        let loads: Vec<_> = elf
            .program_headers
            .iter()
            .map(|p| (p.p_type, p.p_vaddr, p.p_filesz, p.p_memsz, p.p_flags))
            .collect();
        assert_eq!(
            loads,
            [
                (PT_LOAD, 0x1000, 10, 12, 5),
                (PT_LOAD, 0x4000, 3, 0x2000, 6)
            ]
        );
        let second = &elf.program_headers[1];
        assert_eq!(bytes[second.file_range()], [2, 2, 2]);
        let symbols: Vec<_> = elf
            .syms
            .iter()
            .skip(1)
            .map(|s| {
                (
                    elf.strtab.get_at(s.st_name).unwrap().to_owned(),
                    s.st_value,
                    s.is_function(),
                )
            })
            .collect();
        assert_eq!(
            symbols,
            [
                ("main".to_owned(), 0x1004, true),
                ("end".to_owned(), 0x1008, true)
            ]
        );
        assert_eq!(
            elf.shdr_strtab.get_at(elf.section_headers[1].sh_name),
            Some(".text")
        );
    }
}
