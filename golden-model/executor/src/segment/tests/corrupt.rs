//! Files that are damaged, cut short, or something else.

use std::io::Write;

use assay_abi::CONTRACT_HASH;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use sha2::{Digest as _, Sha256};

use super::*;

const HEADER: usize = 96;

fn file() -> Vec<u8> {
    segment(FIRST).0.to_bytes()
}

/// A file around any compressed payload, with lengths and checksum as they should be.
fn around(compressed: &[u8], payload_len: u64) -> Vec<u8> {
    let mut file = file();
    file.truncate(64);
    file[48..56].copy_from_slice(&(compressed.len() as u64).to_le_bytes());
    file[56..64].copy_from_slice(&payload_len.to_le_bytes());
    let sum = Sha256::new()
        .chain_update(&file)
        .chain_update(compressed)
        .finalize();
    file.extend(sum);
    file.extend(compressed);
    file
}

fn payload() -> Vec<u8> {
    zstd::decode_all(&file()[HEADER..]).unwrap()
}

fn with_payload(payload: &[u8]) -> Vec<u8> {
    around(&zstd::encode_all(payload, 1).unwrap(), payload.len() as u64)
}

fn refused(file: &[u8]) -> SegmentError {
    Segment::from_bytes(file).unwrap_err()
}

#[test]
fn from_bytes_rejects_foreign_files() {
    for foreign in [
        &b""[..],
        b"\x7fELF",
        b"ASSAYSE",
        b"{\"format\": 1}",
        &[0; 200],
    ] {
        let error = refused(foreign);
        println!("{error}");
        assert!(matches!(error, SegmentError::NotASegment { .. }));
    }
}

#[test]
fn from_bytes_rejects_other_versions_and_contracts() {
    let mut other = file();
    other[8] = 2;
    let error = refused(&other);
    println!("{error}");
    assert!(matches!(
        error,
        SegmentError::Version {
            expected: 1,
            found: 2
        }
    ));
    let mut other = file();
    other[16 + 31] ^= 0x80;
    let error = refused(&other);
    println!("{error}");
    let text = error.to_string();
    assert!(matches!(error, SegmentError::Contract { expected, .. } if expected == CONTRACT_HASH));
    assert_eq!(
        text.split_whitespace()
            .filter(|word| word.len() > 60)
            .count(),
        2,
        "both hashes"
    );
}

#[test]
fn from_bytes_rejects_every_truncation_and_extension() {
    let file = file();
    for len in 0..file.len() {
        let error = refused(&file[..len]);
        let right = match len {
            0..8 => matches!(error, SegmentError::NotASegment { .. }),
            _ => matches!(error, SegmentError::Length { expected, found } if found < expected),
        };
        assert!(right, "{len} of {} bytes: {error}", file.len());
    }
    let mut long = file.clone();
    long.push(0);
    let error = refused(&long);
    println!("{error}");
    assert!(matches!(error, SegmentError::Length { expected, found } if found > expected));
    println!("refused all {} truncations", file.len());
}

#[test]
fn from_bytes_rejects_every_flipped_bit_of_the_header_and_some_of_each_payload_byte() {
    let file = file();
    let mut flips = 0;
    for at in 0..file.len() {
        for bit in 0..8 {
            if at >= HEADER && bit != at % 8 {
                continue;
            }
            let mut flipped = file.clone();
            flipped[at] ^= 1 << bit;
            let error = refused(&flipped);
            let right = match at {
                0..8 => matches!(error, SegmentError::NotASegment { .. }),
                8..12 => matches!(error, SegmentError::Version { .. }),
                16..48 => matches!(error, SegmentError::Contract { .. }),
                48..56 => matches!(error, SegmentError::Length { .. }),
                _ => matches!(error, SegmentError::Checksum { .. }),
            };
            assert!(right, "byte {at} bit {bit}: {error}");
            flips += 1;
        }
    }
    println!("refused {flips} single-bit flips in {} bytes", file.len());
}

#[test]
fn from_bytes_bounds_decompression_bombs() {
    let len = 1_u64 << 30;
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..len >> 20 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let error = refused(&around(&bomb, len));
    println!("{} bytes for {len}: {error}", bomb.len());
    assert!(matches!(error, SegmentError::TooLarge { found, .. } if found == len));
    // It says that it is small.
    let error = refused(&around(&bomb, 1000));
    println!("{error}");
    assert!(matches!(
        error,
        SegmentError::PayloadLength {
            expected: 1000,
            found: 1001
        }
    ));
    let error = refused(&around(&bomb, u64::MAX));
    assert!(matches!(error, SegmentError::TooLarge { .. }));
    let error = refused(&around(b"this is not zstd", 1000));
    println!("{error}");
    assert!(matches!(error, SegmentError::Decompress(_)));
}

#[test]
fn from_bytes_rejects_payloads_cut_anywhere_or_too_long() {
    let payload = payload();
    assert!(Segment::from_bytes(&with_payload(&payload)).is_ok());
    for len in (0..payload.len()).step_by(7).chain([payload.len() - 1]) {
        let error = refused(&with_payload(&payload[..len]));
        assert!(matches!(error, SegmentError::Payload(_)), "{len}: {error}");
    }
    let mut long = payload;
    long.extend([0; 3]);
    let error = refused(&with_payload(&long));
    println!("{error}");
    assert!(matches!(error, SegmentError::Payload(_)));
    // A length within, and one shorter than it says.
    let error = refused(&around(&zstd::encode_all(&b"abc"[..], 1).unwrap(), 4));
    assert!(matches!(
        error,
        SegmentError::PayloadLength {
            expected: 4,
            found: 3
        }
    ));
}

/// Random changes inside a payload whose checksum is made right again: what still loads has a shape that a replay can
/// rely on. `ASSAY_FUZZ` sets how many, `ASSAY_SEED` the seed.
#[test]
fn from_bytes_survives_random_payloads() {
    let count = crate::testing::fuzz_count(3_000);
    let seed = crate::testing::seed();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let payloads = kinds().map(|kind| segment(kind).0.to_bytes());
    let payloads: Vec<Vec<u8>> = payloads
        .map(|f| zstd::decode_all(&f[HEADER..]).unwrap())
        .collect();
    let (mut read, mut verified) = (0, 0);
    for _ in 0..count {
        let mut payload = payloads[rng.random_range(0..payloads.len())].clone();
        for _ in 0..rng.random_range(1..=4) {
            let at = rng.random_range(0..payload.len());
            // The fields before and behind the pages' contents are few bytes.
            let at = match rng.random_range(0..3) {
                0 => at % 50,
                1 => payload.len() - 1 - at % 700.min(payload.len()),
                _ => at,
            };
            payload[at] = match rng.random_range(0..3) {
                0 => payload[at] ^ 1 << rng.random_range(0..8),
                1 => [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
                _ => rng.next_u32() as u8,
            };
        }
        if let Ok(segment) = Segment::from_bytes(&with_payload(&payload)) {
            read += 1;
            assert_eq!(segment.check_shape(), Ok(()));
            let same = payloads.contains(&payload);
            let good = segment.verify_paths().is_ok();
            // Not every field is under a root (the input, for one), but whatever is was found.
            verified += u32::from(good && !same);
        }
    }
    println!(
        "{count} mutated payloads: {read} have a good shape, {verified} of those good paths too"
    );
    assert!(read > 0 && read < count);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn from_bytes_rejects_any_damage(
        at in 0.0..1.0_f64,
        bytes in proptest::collection::vec(any::<u8>(), 1..20),
        cut in proptest::option::of(0.0..1.0_f64),
    ) {
        let file = file();
        let mut damaged = file.clone();
        let start = (at * file.len() as f64) as usize;
        for (byte, new) in damaged[start..].iter_mut().zip(&bytes) {
            *byte = *new;
        }
        if let Some(cut) = cut {
            damaged.truncate((cut * file.len() as f64) as usize);
        }
        // Bytes 12 to 15 are under the checksum only, so every change is found.
        prop_assert_eq!(Segment::from_bytes(&damaged).is_err(), damaged != file);
    }
}
