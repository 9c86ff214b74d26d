use std::time::Instant;

use assay_abi::CONTRACT_HASH;
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::{KoalaBear, default_koalabear_poseidon2_16};
use p3_symmetric::{
    CryptographicPermutation, Permutation, PseudoCompressionFunction, TruncatedPermutation,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::page::{PageWords, ZERO_PAGE};

fn random_page(rng: &mut StdRng) -> PageWords {
    std::array::from_fn(|_| rng.random())
}

fn random_digest(rng: &mut StdRng) -> Digest {
    compress(page(&random_page(rng)), Digest::ZERO)
}

/// `docs/machine.md`'s sponge on canonical integers, written as the page reads: no iterators shared with the module.
fn naive_sponge(tag: u32, elements: &[u32]) -> [u32; 8] {
    let mut state = [0; 16];
    state[8] = tag;
    for block in elements.chunks(8) {
        state[..8].fill(0);
        state[..block.len()].copy_from_slice(block);
        state = permute(state);
    }
    std::array::from_fn(|i| state[i])
}

fn naive_limbs(words: &[u32]) -> Vec<u32> {
    words
        .iter()
        .flat_map(|word| [word & 0xffff, word >> 16])
        .collect()
}

#[test]
fn permute_matches_plonky3s_default_permutation() {
    fn is_cryptographic(_: &impl CryptographicPermutation<[KoalaBear; 16]>) {}
    let p3 = default_koalabear_poseidon2_16();
    is_cryptographic(&p3);
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..100 {
        let state: [u32; 16] = std::array::from_fn(|_| rng.random_range(0..KoalaBear::ORDER_U32));
        let expected = p3
            .permute(state.map(KoalaBear::new))
            .map(|x| x.as_canonical_u32());
        assert_eq!(permute(state), expected);
    }
}

#[test]
fn page_matches_the_naive_sponge_at_edge_and_random_words() {
    let mut rng = StdRng::seed_from_u64(2);
    let edges = [
        0,
        1,
        0xffff,
        0x1_0000,
        0x7f00_0000,
        0x7f00_0001,
        0x7f00_0002,
        u32::MAX,
    ];
    let mut pages = vec![
        ZERO_PAGE,
        [u32::MAX; 256],
        std::array::from_fn(|i| edges[i % 8]),
    ];
    pages.extend((0..20).map(|_| random_page(&mut rng)));
    for words in &pages {
        assert_eq!(page(words).elements(), naive_sponge(1, &naive_limbs(words)));
    }
    println!("{} pages hash as the naive sponge does", pages.len());
}

#[test]
fn pages_agrees_with_page_at_every_batch_size() {
    let mut rng = StdRng::seed_from_u64(3);
    let contents: Vec<PageWords> = (0..4 * LANES + 3).map(|_| random_page(&mut rng)).collect();
    let expected: Vec<Digest> = contents.iter().map(page).collect();
    for count in 0..=contents.len() {
        let batch: Vec<&PageWords> = contents[..count].iter().collect();
        assert_eq!(pages(&batch), expected[..count], "batch of {count}");
    }
    println!(
        "batches of 0 to {} pages agree on {LANES} lanes",
        contents.len()
    );
}

#[test]
fn compress_many_agrees_with_compress_at_every_batch_size() {
    let mut rng = StdRng::seed_from_u64(4);
    let pairs: Vec<[Digest; 2]> = (0..4 * LANES + 3)
        .map(|_| [random_digest(&mut rng), random_digest(&mut rng)])
        .collect();
    let expected: Vec<Digest> = pairs
        .iter()
        .map(|&[left, right]| compress(left, right))
        .collect();
    for count in 0..=pairs.len() {
        assert_eq!(
            compress_many(&pairs[..count]),
            expected[..count],
            "batch of {count}"
        );
    }
}

#[test]
fn compress_matches_plonky3s_truncated_permutation() {
    let p3 = TruncatedPermutation::<_, 2, 8, 16>::new(default_koalabear_poseidon2_16());
    let mut rng = StdRng::seed_from_u64(5);
    for _ in 0..50 {
        let (left, right) = (random_digest(&mut rng), random_digest(&mut rng));
        assert_eq!(compress(left, right).0, p3.compress([left.0, right.0]));
        assert_ne!(compress(left, right), compress(right, left));
    }
}

#[test]
fn journal_step_and_image_digest_match_the_naive_formulas() {
    let mut rng = StdRng::seed_from_u64(6);
    let state = random_digest(&mut rng);
    let word: u32 = 0xdead_beef;
    let mut block = [0; 16];
    block[..8].copy_from_slice(&state.elements());
    block[8..11].copy_from_slice(&[0xbeef, 0xdead, 2]);
    let expected: [u32; 8] = std::array::from_fn(|i| permute(block)[i]);
    assert_eq!(journal_step(state, word).elements(), expected);

    let root = random_digest(&mut rng);
    let mut words: Vec<u32> = CONTRACT_HASH
        .chunks(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    words.extend([0x1_2344, 4, 9]);
    let mut elements = naive_limbs(&words);
    elements.extend(root.elements());
    assert_eq!(elements.len(), 16 + 6 + 8);
    let id = image_digest(&CONTRACT_HASH, 0x1_2344, &(4..9), root);
    assert_eq!(id.elements(), naive_sponge(3, &elements));
}

#[test]
fn root_is_memory_beside_the_register_page() {
    let mut registers = [0; 32];
    registers[1] = 7;
    registers[31] = u32::MAX;
    let mut words = ZERO_PAGE;
    words[1] = 7;
    words[31] = u32::MAX;
    let memory = page(&[1; 256]);
    assert_eq!(root(memory, &registers), compress(memory, page(&words)));
}

/// Two words that are equal modulo p, and every single-bit change, give other digests.
#[test]
fn page_tells_words_apart_that_are_equal_modulo_p() {
    let base = page(&ZERO_PAGE);
    let mut words = ZERO_PAGE;
    words[17] = KoalaBear::ORDER_U32;
    assert_ne!(page(&words), base);
    for bit in 0..32 {
        let mut words = ZERO_PAGE;
        words[255] ^= 1 << bit;
        assert_ne!(page(&words), base, "bit {bit}");
    }
}

#[test]
fn digest_rejects_elements_that_are_not_canonical() {
    let mut elements = [0; 8];
    elements[5] = KoalaBear::ORDER_U32;
    let error = Digest::from_elements(elements).unwrap_err();
    assert!(
        matches!(error, DigestError::NotCanonical { index: 5, .. }),
        "{error}"
    );
    assert!(Digest::from_bytes(&[255; 32]).is_err());
    for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
        let error = Digest::from_hex(text).unwrap_err();
        assert!(
            matches!(error, DigestError::NotHex { .. }),
            "{text:?}: {error}"
        );
    }
}

proptest! {
    #[test]
    fn digest_roundtrips_through_bytes_and_text(
        elements in proptest::array::uniform8(0..KoalaBear::ORDER_U32),
    ) {
        let digest = Digest::from_elements(elements).unwrap();
        prop_assert_eq!(digest.elements(), elements);
        prop_assert_eq!(Digest::from_bytes(&digest.to_bytes()), Ok(digest));
        prop_assert_eq!(Digest::from_hex(&digest.to_string()), Ok(digest));
    }
}

/// Not a limit, a figure: what the packed sponge reaches here, so that a slow build shows.
#[test]
fn pages_prints_its_rate() {
    let mut rng = StdRng::seed_from_u64(7);
    let contents: Vec<PageWords> = (0..32 * LANES).map(|_| random_page(&mut rng)).collect();
    let batch: Vec<&PageWords> = contents.iter().collect();
    let time = Instant::now();
    let packed = pages(&batch);
    let packed_s = time.elapsed().as_secs_f64();
    let time = Instant::now();
    let scalar: Vec<Digest> = contents.iter().map(page).collect();
    let scalar_s = time.elapsed().as_secs_f64();
    assert_eq!(packed, scalar);
    let permutations = 64.0 * contents.len() as f64;
    println!(
        "{} pages: {:.2} M permutations/s on {LANES} lanes, {:.2} M scalar",
        contents.len(),
        permutations / packed_s / 1e6,
        permutations / scalar_s / 1e6,
    );
    assert_eq!(KoalaBear::ZERO.as_canonical_u32(), 0);
}
