use std::{ops::Range, sync::LazyLock};

use assay_abi::hash::{RATE, TAG_IMAGE, TAG_JOURNAL, TAG_PAGE, WIDTH};
use p3_field::PrimeCharacteristicRing;
use p3_koala_bear::{KoalaBear, Poseidon2KoalaBear, default_koalabear_poseidon2_16};
use p3_symmetric::Permutation;

use super::Digest;
use crate::page::{PageWords, ZERO_PAGE};

pub(super) const STATE: usize = WIDTH as usize;
pub(super) const BLOCK: usize = RATE as usize;

/// Plonky3's permutation with its default constants, scalar and packed.
pub(super) static POSEIDON2: LazyLock<Poseidon2KoalaBear<STATE>> =
    LazyLock::new(default_koalabear_poseidon2_16);

/// The permutation on canonical values, for twins in other languages to be compared with.
///
/// Values at or above the modulus are reduced.
#[must_use]
pub fn permute(state: [u32; STATE]) -> [u32; STATE] {
    use p3_field::PrimeField32;
    POSEIDON2
        .permute(state.map(KoalaBear::new))
        .map(|element| element.as_canonical_u32())
}

fn first_eight(state: &[KoalaBear; STATE]) -> Digest {
    Digest(std::array::from_fn(|i| state[i]))
}

/// The two 16-bit limbs of a word, low first: no two words alias modulo p.
pub(super) fn limbs(word: u32) -> [KoalaBear; 2] {
    [
        KoalaBear::from_u16(word as u16),
        KoalaBear::from_u16((word >> 16) as u16),
    ]
}

/// The overwrite-mode sponge with a domain tag in the first capacity element; a short last block is filled with 0.
fn sponge(tag: u32, elements: impl IntoIterator<Item = KoalaBear>) -> Digest {
    let mut elements = elements.into_iter().peekable();
    let mut state = [KoalaBear::ZERO; STATE];
    state[BLOCK] = KoalaBear::from_u32(tag);
    while elements.peek().is_some() {
        for slot in &mut state[..BLOCK] {
            *slot = elements.next().unwrap_or(KoalaBear::ZERO);
        }
        POSEIDON2.permute_mut(&mut state);
    }
    first_eight(&state)
}

/// The digest of a page: 64 permutations.
#[must_use]
pub fn page(words: &PageWords) -> Digest {
    sponge(TAG_PAGE, words.iter().flat_map(|&word| limbs(word)))
}

/// The digest of the page of its own that holds the registers.
#[must_use]
pub fn register_page(registers: &[u32; 32]) -> Digest {
    let mut words = ZERO_PAGE;
    words[..registers.len()].copy_from_slice(registers);
    page(&words)
}

/// A tree node from its two children: Plonky3's truncated permutation.
#[must_use]
pub fn compress(left: Digest, right: Digest) -> Digest {
    let mut state = [KoalaBear::ZERO; STATE];
    state[..BLOCK].copy_from_slice(&left.0);
    state[BLOCK..].copy_from_slice(&right.0);
    POSEIDON2.permute_mut(&mut state);
    first_eight(&state)
}

/// The state's root: memory and register page.
#[must_use]
pub fn root(memory_root: Digest, registers: &[u32; 32]) -> Digest {
    compress(memory_root, register_page(registers))
}

/// The journal's digest after one more word; it starts at [`Digest::ZERO`].
#[must_use]
pub fn journal_step(state: Digest, word: u32) -> Digest {
    let mut block = [KoalaBear::ZERO; STATE];
    block[..BLOCK].copy_from_slice(&state.0);
    block[BLOCK..BLOCK + 2].copy_from_slice(&limbs(word));
    block[BLOCK + 2] = KoalaBear::from_u32(TAG_JOURNAL);
    POSEIDON2.permute_mut(&mut block);
    first_eight(&block)
}

/// The digest of a program: contract, entry, text (page numbers) and the root of the initial memory with all
/// registers 0.
#[must_use]
pub fn image_digest(
    contract_hash: &[u8; 32],
    entry: u32,
    text: &Range<u32>,
    root: Digest,
) -> Digest {
    let (hash_words, _) = contract_hash.as_chunks::<4>();
    let words = hash_words.iter().map(|&bytes| u32::from_le_bytes(bytes));
    let words = words.chain([entry, text.start, text.end]);
    sponge(TAG_IMAGE, words.flat_map(limbs).chain(root.0))
}
