//! No bytes make decoders or verifier panic, and no changed receipt is accepted.
//!
//! `ASSAY_FUZZ_CASES` sets how many are tried; the seed is printed, and the cases in the words that the figures are counted from.

mod common;

use assay_verifier::{Receipt, SealFile, decode_proof};
use common::proved;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

fn cases(default: u32) -> u32 {
    std::env::var("ASSAY_FUZZ_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

const SEED: u64 = 0x0a55_a7ed;

/// One to four changes: bits, bytes, runs removed, repeated or copied from elsewhere.
fn mutate(rng: &mut SmallRng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..bytes.len());
        let run = rng.random_range(1..64_usize).min(bytes.len() - at);
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
            2 => drop(bytes.drain(at..at + run)),
            3 => {
                let copy = bytes[at..at + run].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let to = rng.random_range(0..=bytes.len() - run);
                bytes.copy_within(at..at + run, to);
            }
            _ => bytes[at..at + run].fill(rng.random_range(0..=255)),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

#[test]
fn mutated_receipts_are_rejected_without_a_panic() {
    let proved = proved();
    let good = proved.receipt.to_bytes();
    let mut rng = SmallRng::seed_from_u64(SEED);
    let (mut refused, mut rejected) = (0, 0);
    let cases = cases(300);
    for case in 0..cases {
        let mut receipt = proved.receipt.clone();
        // Half of them anywhere in the file, half inside a proof, where decoding goes on.
        if case % 2 == 0 {
            let mut bytes = good.clone();
            mutate(&mut rng, &mut bytes);
            match Receipt::from_bytes(&bytes) {
                Ok(decoded) => receipt = decoded,
                Err(_) => {
                    refused += 1;
                    continue;
                }
            }
        } else {
            let which = rng.random_range(0..receipt.seals.len());
            mutate(&mut rng, &mut receipt.seals[which].proof);
        }
        if receipt == proved.receipt {
            continue;
        }
        assert!(proved.check(&receipt).is_err(), "case {case}, seed {SEED}");
        rejected += 1;
    }
    println!(
        "{cases} mutated receipts: {refused} not decoded, {rejected} rejected, seed {SEED:#x}"
    );
    println!("fuzz cases: {cases} mutated receipts");
    assert!(
        rejected > cases / 4,
        "most cases have to get beyond the decoder"
    );
}

/// Changes that keep a proof's form: an element or a byte of it, so that the verifier itself is reached.
#[test]
fn proofs_with_one_element_changed_are_rejected_without_a_panic() {
    let proved = proved();
    let mut rng = SmallRng::seed_from_u64(SEED + 1);
    let (mut formed, cases) = (0, cases(300));
    for case in 0..cases {
        let mut receipt = proved.receipt.clone();
        let seal = &mut receipt.seals[0];
        let at = rng.random_range(0..seal.proof.len());
        seal.proof[at] ^= 1 << rng.random_range(0..7);
        formed += u32::from(decode_proof(&seal.proof).is_ok());
        assert!(proved.check(&receipt).is_err(), "case {case}, byte {at}");
    }
    println!("{cases} changed proofs rejected, {formed} of which could be decoded");
    println!("fuzz cases: {cases} changed proofs");
    assert!(formed > cases / 2);
}

#[test]
fn random_bytes_are_refused() {
    let mut rng = SmallRng::seed_from_u64(SEED + 2);
    let cases = cases(300) * 10;
    for _ in 0..cases {
        let len = rng.random_range(0..400);
        let mut bytes: Vec<u8> = (0..len).map(|_| rng.random_range(0..=255)).collect();
        assert!(decode_proof(&bytes).is_err());
        // With the right start, so that more of the decoder is reached.
        for head in [
            &proved().receipt.to_bytes()[..45],
            b"ASSAYSEL\x01\0\0\0\x03",
        ] {
            let with = [head, &bytes].concat();
            assert!(Receipt::from_bytes(&with).is_err() || with.len() > 100);
            assert!(SealFile::from_bytes(&with).is_err());
        }
        bytes.reverse();
        assert!(Receipt::from_bytes(&bytes).is_err());
    }
    println!("fuzz cases: {cases} random files");
}
