use assay_abi::machine::{MEM_BYTES, NUM_PAGES};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::image::ImageError;

const R: u32 = 4;
const W: u32 = 2;
const X: u32 = 1;

/// One program header with its bytes.
#[derive(Clone)]
struct Part {
    kind: u32,
    address: u32,
    bytes: Vec<u8>,
    memory_bytes: u32,
    flags: u32,
}

fn part(address: u32, bytes: &[u8], memory_bytes: u32, flags: u32) -> Part {
    let bytes = bytes.to_vec();
    Part {
        kind: 1,
        address,
        bytes,
        memory_bytes,
        flags,
    }
}

/// An ELF file, byte by byte: header, program headers, contents, string table, symbols, section headers.
fn elf(entry: u32, parts: &[Part], symbols: &[(&str, u32, u32)]) -> Vec<u8> {
    let mut file = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let half = |file: &mut Vec<u8>, value: u16| file.extend(value.to_le_bytes());
    let word = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
    half(&mut file, 2); // ET_EXEC
    half(&mut file, 243); // EM_RISCV
    word(&mut file, 1);
    word(&mut file, entry);
    word(&mut file, 52); // program headers
    let contents = 52 + 32 * parts.len();
    let bytes: usize = parts.iter().map(|part| part.bytes.len()).sum();
    let mut names = vec![0];
    let mut table = vec![0; 16];
    for (name, address, size) in symbols {
        word(&mut table, names.len() as u32);
        names.extend(name.bytes().chain([0]));
        word(&mut table, *address);
        word(&mut table, *size);
        table.extend([0x12, 0, 1, 0]); // global function
    }
    let (names_at, table_at) = (contents + bytes, contents + bytes + names.len());
    let sections_at = table_at + table.len();
    word(&mut file, sections_at as u32);
    word(&mut file, 0); // flags
    for value in [52, 32, parts.len() as u16, 40, 3, 0] {
        half(&mut file, value);
    }
    let mut at = contents;
    for part in parts {
        let header = [
            part.kind,
            at as u32,
            part.address,
            part.address,
            part.bytes.len() as u32,
            part.memory_bytes,
            part.flags,
            1,
        ];
        header.iter().for_each(|&value| word(&mut file, value));
        at += part.bytes.len();
    }
    parts.iter().for_each(|part| file.extend(&part.bytes));
    file.extend(&names);
    file.extend(&table);
    let section = |file: &mut Vec<u8>, kind, at: usize, size: usize, link| {
        for value in [0, kind, 0, 0, at as u32, size as u32, link, 0, 1, 16] {
            word(file, value);
        }
    };
    file.extend([0; 40]);
    section(&mut file, 2, table_at, table.len(), 2);
    section(&mut file, 3, names_at, names.len(), 0);
    file
}

/// A program of two instructions with data and bss.
fn parts() -> Vec<Part> {
    vec![
        part(0x1000, &[0x13, 0, 0, 0, 0x73, 0, 0, 0], 8, R | X),
        part(0x1400, b"read-only", 9, R),
        part(0x2403, b"data!", 0x100, R | W),
    ]
}

fn good() -> Vec<u8> {
    elf(0x1004, &parts(), &[("_start", 0x1000, 8)])
}

fn refused(file: &[u8]) -> ElfError {
    let error = load(file).unwrap_err();
    println!("{error}");
    error
}

fn patched(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = good();
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn load_puts_every_byte_in_its_place() {
    let image = load(&good()).unwrap();
    assert_eq!(image.entry, 0x1004);
    assert_eq!(image.text, 4..5);
    let text = image.text_content();
    assert_eq!(text.base(), 0x1000);
    assert_eq!(text.words()[..3], [0x13, 0x73, 0]);
    let pages: Vec<u32> = image.pages().map(|(page, _)| page).collect();
    assert_eq!(pages, [4, 5, 9]);
    assert_eq!(image.page(5).unwrap()[0], u32::from_le_bytes(*b"read"));
    let data = image.page(9).unwrap();
    assert_eq!(data[0], u32::from(b'd') << 24);
    assert_eq!(data[1], u32::from_le_bytes(*b"ata!"));
    assert!(image.page(10).is_none());
}

#[test]
fn load_finds_demangled_symbols() {
    let names = [
        ("_start", 0x1000, 4),
        ("_ZN5guest4main17h0123456789abcdefE", 0x1004, 0),
        (".Lloop", 0x1004, 4),
        ("$x", 0x1000, 0),
        ("data", 0x2404, 4),
    ];
    let image = load(&elf(0x1000, &parts(), &names)).unwrap();
    assert_eq!(image.symbol(0x1003), Some(("_start", 3)));
    assert_eq!(image.symbol(0x1008), Some(("guest::main", 4)));
    assert_eq!(image.symbol(0xfff), None);
    assert_eq!(image.symbols().address("guest::main"), Some(0x1004));
    assert_eq!(image.symbols().iter().count(), 2);
}

#[test]
fn load_rejects_what_is_no_riscv_executable() {
    assert!(matches!(refused(b""), ElfError::NotElf { .. }));
    assert!(matches!(refused(b"#!/bin/sh\n"), ElfError::NotElf { .. }));
    assert!(matches!(refused(b"\x7fELF\x01"), ElfError::NotElf { .. }));
    assert!(matches!(
        refused(&patched(4, &[2])),
        ElfError::Class { found: 2 }
    ));
    assert!(matches!(
        refused(&patched(5, &[2])),
        ElfError::Endianness { found: 2 }
    ));
    assert!(matches!(
        refused(&patched(6, &[0])),
        ElfError::Version { found: 0 }
    ));
    for (kind, name) in [(1, "REL"), (3, "DYN"), (4, "CORE")] {
        let error = refused(&patched(16, &[kind]));
        assert!(matches!(error, ElfError::Type { .. }) && error.to_string().contains(name));
    }
    assert!(matches!(
        refused(&patched(18, &[62])),
        ElfError::Machine { found: 62 }
    ));
    assert!(matches!(
        refused(&patched(20, &[9])),
        ElfError::Version { found: 9 }
    ));
    assert!(matches!(
        refused(&patched(36, &[1])),
        ElfError::Compressed { flags: 1 }
    ));
    for (flags, name) in [(2, "single"), (4, "double"), (6, "quad")] {
        let error = refused(&patched(36, &[flags]));
        assert!(matches!(error, ElfError::FloatAbi { .. }) && error.to_string().contains(name));
    }
    assert!(matches!(
        refused(&patched(42, &[33])),
        ElfError::EntrySize { found: 33, .. }
    ));
    assert!(matches!(
        refused(&patched(46, &[41])),
        ElfError::EntrySize { found: 41, .. }
    ));
    assert!(matches!(refused(&patched(44, &[0])), ElfError::NoSegments));
    for (kind, name) in [(2, "dynamic"), (3, "interpreter")] {
        let error = refused(&patched(52 + 64, &[kind]));
        assert!(matches!(error, ElfError::Dynamic { .. }) && error.to_string().contains(name));
    }
}

#[test]
fn load_rejects_every_truncation() {
    let file = good();
    for len in 0..file.len() {
        let error = load(&file[..len]).unwrap_err();
        let expected = if len < 16 {
            matches!(error, ElfError::NotElf { .. })
        } else {
            matches!(error, ElfError::Truncated { found, .. } if found == len as u64)
        };
        assert!(expected, "{len} of {} bytes: {error}", file.len());
    }
    println!("refused all {} truncations", file.len());
}

#[test]
fn load_rejects_entries_outside_the_text() {
    for entry in [
        0x1001,
        0x1002,
        0xffc,
        0x1400,
        0x2404,
        0,
        u32::MAX,
        MEM_BYTES,
    ] {
        let error = refused(&elf(entry, &parts(), &[]));
        assert!(
            matches!(error, ElfError::Image(ImageError::Entry { .. })),
            "{entry:#x}"
        );
    }
    assert!(load(&elf(0x13fc, &parts(), &[])).is_ok());
}

#[test]
fn load_rejects_segments_that_do_not_fit() {
    let with = |part: Part| {
        let mut parts = parts();
        parts.push(part);
        elf(0x1000, &parts, &[])
    };
    let small = refused(&with(part(0x4000, &[1; 8], 7, R | W)));
    assert!(matches!(
        small,
        ElfError::SegmentSize {
            index: 3,
            file_bytes: 8,
            memory_bytes: 7,
            ..
        }
    ));
    for (address, memory) in [
        (MEM_BYTES - 4, 8),
        (MEM_BYTES, 1),
        (u32::MAX, u32::MAX),
        (0x4000, u32::MAX),
        (0xffff_fffc, 8),
    ] {
        let error = refused(&with(part(address, &[1], memory, R | W)));
        assert!(
            matches!(error, ElfError::OutOfMemory { index: 3, .. }),
            "{error}"
        );
    }
    let both = refused(&with(part(0x4000, &[1], 4, R | W | X)));
    assert!(matches!(
        both,
        ElfError::WritableText {
            index: 3,
            address: 0x4000
        }
    ));
    for (address, memory) in [(0x2403, 1), (0x2500, 8), (0x1ff0, 0x500), (0x1404, 4)] {
        let error = refused(&with(part(address, &[], memory, R)));
        assert!(matches!(error, ElfError::Overlap { .. }), "{error}");
    }
    // Contents that the file does not have, with sums beyond 32 bits.
    for (offset, bytes) in [(0xffff_ffff_u32, 8_u32), (8, 0xffff_ffff), (0, 0x1000_0000)] {
        let mut file = with(part(0x4000, &[], 0xffff_ffff, R));
        let header = 52 + 3 * 32;
        file[header + 4..header + 8].copy_from_slice(&offset.to_le_bytes());
        file[header + 16..header + 20].copy_from_slice(&bytes.to_le_bytes());
        let error = refused(&file);
        assert!(matches!(error, ElfError::Truncated { .. }), "{error}");
    }
}

#[test]
fn load_rejects_text_in_pieces_and_data_in_its_pages() {
    let with = |parts: &[Part]| elf(0x1000, parts, &[]);
    let code = part(0x1000, &[0x13, 0, 0, 0], 4, R | X);
    let none = refused(&with(&[part(0x1000, &[0; 8], 8, R)]));
    assert!(matches!(none, ElfError::NoText));
    // A gap of one page belongs to the text, one of two does not.
    let near = load(&with(&[code.clone(), part(0x1800, &[1], 4, R | X)])).unwrap();
    assert_eq!(near.text, 4..7);
    let far = refused(&with(&[code.clone(), part(0x1c00, &[1], 4, R | X)]));
    assert!(
        matches!(
            far,
            ElfError::TextGap {
                before: 5,
                after: 7
            }
        ),
        "{far}"
    );
    for address in [0xfff, 0x1004, 0x13ff] {
        let memory = if address == 0xfff { 1 + 0x400 } else { 1 };
        let code = part(
            0x1000 + u32::from(address == 0xfff) * 0x400,
            &[1; 4],
            4,
            R | X,
        );
        let data = part(address, &[1], memory, R | W);
        let result = load(&elf(code.address, &[code.clone(), data], &[]));
        match (address, result) {
            (0xfff, Ok(image)) => assert_eq!(image.text, 5..6),
            (_, Err(error)) => {
                println!("{error}");
                assert!(
                    matches!(error, ElfError::WritableInText { index: 1, .. }),
                    "{error}"
                );
            }
            (_, Ok(_)) => panic!("data at {address:#x} was taken"),
        }
    }
    // Data in the gap between two pieces of text lies in the text's pages too.
    let gap = [
        code.clone(),
        part(0x1400, &[1], 4, R | W),
        part(0x1800, &[1], 4, R | X),
    ];
    assert!(matches!(
        refused(&with(&gap)),
        ElfError::WritableInText { .. }
    ));
    // Read-only data may share pages with code.
    let shared = load(&with(&[code, part(0x1010, b"abcd", 4, R)])).unwrap();
    assert_eq!(
        shared.text_content().words()[4],
        u32::from_le_bytes(*b"abcd")
    );
}

#[test]
fn load_takes_the_largest_bss_without_pages() {
    let mut parts = parts();
    parts.push(part(0x4000, &[], MEM_BYTES - 0x4000, R | W));
    let image = load(&elf(0x1000, &parts, &[])).unwrap();
    assert_eq!(image.pages().count(), 3);
    // The last byte of memory can be given too.
    parts[3] = part(MEM_BYTES - 1, &[0xab], 1, R | W);
    let image = load(&elf(0x1000, &parts, &[])).unwrap();
    assert_eq!(image.page(NUM_PAGES - 1).unwrap()[255], 0xab00_0000);
}

#[test]
fn load_ignores_other_headers_and_empty_segments() {
    let mut parts = parts();
    let mut note = part(0x9000_0000, &[], u32::MAX, 7);
    note.kind = 4;
    parts.push(note);
    parts.push(part(0x1000, &[], 0, R | W));
    let with = load(&elf(0x1004, &parts, &[])).unwrap();
    assert_eq!(with.digest(), load(&good()).unwrap().digest());
}

/// The image digest depends on the program, not on how its file is laid out.
#[test]
fn id_changes_with_every_part_of_the_program() {
    let id = |entry, parts: &[Part]| load(&elf(entry, parts, &[])).unwrap().digest();
    let base = id(0x1000, &parts());
    assert_eq!(
        base,
        load(&elf(0x1000, &parts(), &[("other", 0x1000, 4)]))
            .unwrap()
            .digest()
    );
    let mut reversed = parts();
    reversed.reverse();
    assert_eq!(base, id(0x1000, &reversed));
    assert_ne!(base, id(0x1004, &parts()));
    for at in 0..3 {
        let mut changed = parts();
        changed[at].bytes[0] ^= 1;
        assert_ne!(base, id(0x1000, &changed), "segment {at}");
    }
    let mut longer = parts();
    longer.push(part(0x1804, &[], 4, R | X));
    longer[1].address = 0x1c00;
    let mut moved = parts();
    moved[1].address = 0x1c00;
    assert_ne!(id(0x1000, &moved), id(0x1000, &longer), "text range");
}

fn mutate(file: &mut Vec<u8>, rng: &mut StdRng) {
    let edges = [0, 1, 0x7f, 0x80, 0xff];
    for _ in 0..rng.random_range(1..=6) {
        // Headers decide, so most changes go there.
        let end = if rng.random_bool(0.7) {
            52 + 32 * 3
        } else {
            file.len()
        };
        let at = rng.random_range(0..end.min(file.len()));
        match rng.random_range(0..4) {
            0 => file[at] ^= 1 << rng.random_range(0..8),
            1 => file[at] = edges[rng.random_range(0..edges.len())],
            2 => file[at] = rng.next_u32() as u8,
            _ => {
                let value = [0, 1, u32::MAX, MEM_BYTES, file.len() as u32, rng.next_u32()];
                let value = value[rng.random_range(0..value.len())].to_le_bytes();
                let at = at & !3;
                for (byte, new) in file[at..].iter_mut().zip(value) {
                    *byte = new;
                }
            }
        }
    }
    if rng.random_bool(0.1) {
        let len = rng.random_range(1..=file.len());
        file.truncate(len);
    }
}

/// Random changes of a good file load or are refused, and what loads is a program. `ASSAY_FUZZ` sets how many,
/// `ASSAY_SEED` the seed.
#[test]
fn load_survives_random_mutations() {
    let count = crate::testing::fuzz_count(20_000);
    let seed = crate::testing::seed();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let names = [
        ("_start", 0x1000, 8),
        ("_ZN5guest4main17h0123456789abcdefE", 0x1004, 0),
    ];
    let file = elf(0x1004, &parts(), &names);
    let mut loaded = 0;
    for _ in 0..count {
        let mut file = file.clone();
        mutate(&mut file, &mut rng);
        if let Ok(image) = load(&file) {
            loaded += 1;
            assert!(image.entry.is_multiple_of(4) && image.text.contains(&(image.entry >> 10)));
            assert!(image.pages().all(|(page, _)| page < NUM_PAGES));
            assert!(image.symbols().iter().all(|(name, _)| !name.is_empty()));
        }
    }
    println!("{count} mutated files, {loaded} of them still load");
    assert!(0 < loaded && loaded < count);
}

proptest! {
    /// Bytes that are nothing but a header's start are refused, not looked at beyond their end.
    #[test]
    fn load_survives_random_bytes_behind_a_good_ident(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut file = good()[..16].to_vec();
        file.extend(bytes);
        prop_assert!(load(&file).is_err());
    }
}
