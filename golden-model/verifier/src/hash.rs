//! The machine's hashing, as far as receipts need it (`docs/machine.md`, "Roots, journal and image id").

use alloc::string::String;
use core::{fmt::Write, ops::Range};

use assay_abi::hash::{RATE, TAG_IMAGE, TAG_IMAGE_ID, TAG_JOURNAL, WIDTH};
use assay_circuit::Felt;
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::{Poseidon2KoalaBear, default_koalabear_poseidon2_16};
use p3_symmetric::Permutation as _;

/// Eight field elements.
pub type Digest = [Felt; 8];
/// Plonky3's permutation of width 16 with its own constants.
pub type Permutation = Poseidon2KoalaBear<16>;

/// All elements 0: the journal's state before the first word.
pub const ZERO: Digest = [Felt::ZERO; 8];
/// Bytes of a digest: eight canonical little-endian words.
pub const DIGEST_BYTES: usize = 32;

const STATE: usize = WIDTH as usize;
const BLOCK: usize = RATE as usize;

/// The permutation. Making it takes a moment: keep it.
#[must_use]
pub fn permutation() -> Permutation {
    default_koalabear_poseidon2_16()
}

fn limbs(word: u32) -> [Felt; 2] {
    [
        Felt::from_u16(word as u16),
        Felt::from_u16((word >> 16) as u16),
    ]
}

fn first_eight(state: &[Felt; STATE]) -> Digest {
    core::array::from_fn(|i| state[i])
}

fn sponge(tag: u32, elements: impl IntoIterator<Item = Felt>) -> Digest {
    let permutation = permutation();
    let mut elements = elements.into_iter().peekable();
    let mut state = [Felt::ZERO; STATE];
    state[BLOCK] = Felt::from_u32(tag);
    while elements.peek().is_some() {
        for slot in &mut state[..BLOCK] {
            *slot = elements.next().unwrap_or(Felt::ZERO);
        }
        permutation.permute_mut(&mut state);
    }
    first_eight(&state)
}

/// A contract hash as the sponges take it.
pub(crate) fn contract_limbs(hash: &[u8; 32]) -> impl Iterator<Item = Felt> {
    let (words, _) = hash.as_chunks::<4>();
    words
        .iter()
        .flat_map(|&bytes| limbs(u32::from_le_bytes(bytes)))
}

/// The digest of a program as the machine sees it: contract, entry, text (page numbers) and initial root.
pub fn image_digest(
    contract_hash: &[u8; 32],
    entry: u32,
    text: &Range<u32>,
    root: Digest,
) -> Digest {
    let words = [entry, text.start, text.end];
    let elements = contract_limbs(contract_hash).chain(words.into_iter().flat_map(limbs));
    sponge(TAG_IMAGE, elements.chain(root))
}

/// What a receipt names a program by: its image digest and the commitment to the circuit's columns for it.
pub fn image_id(image_digest: Digest, commitment: Digest) -> Digest {
    sponge(TAG_IMAGE_ID, image_digest.into_iter().chain(commitment))
}

/// The journal's state after one more word.
pub fn journal_step(permutation: &Permutation, state: Digest, word: u32) -> Digest {
    let mut block = [Felt::ZERO; STATE];
    block[..BLOCK].copy_from_slice(&state);
    block[BLOCK..BLOCK + 2].copy_from_slice(&limbs(word));
    block[BLOCK + 2] = Felt::from_u32(TAG_JOURNAL);
    permutation.permute_mut(&mut block);
    first_eight(&block)
}

/// Eight canonical little-endian words.
#[must_use]
pub fn to_bytes(digest: &Digest) -> [u8; DIGEST_BYTES] {
    let mut bytes = [0; DIGEST_BYTES];
    let (words, _) = bytes.as_chunks_mut::<4>();
    for (word, element) in words.iter_mut().zip(digest) {
        *word = element.as_canonical_u32().to_le_bytes();
    }
    bytes
}

/// The inverse of [`to_bytes`]; `None` if a word is not below the modulus.
#[must_use]
pub fn from_bytes(bytes: &[u8; DIGEST_BYTES]) -> Option<Digest> {
    let (words, _) = bytes.as_chunks::<4>();
    let words: [u32; 8] = core::array::from_fn(|i| u32::from_le_bytes(words[i]));
    words
        .iter()
        .all(|&word| word < Felt::ORDER_U32)
        .then(|| words.map(Felt::new))
}

/// The bytes in hexadecimal.
#[must_use]
pub fn to_hex(digest: &Digest) -> String {
    let mut text = String::with_capacity(2 * DIGEST_BYTES);
    for byte in to_bytes(digest) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The inverse of [`to_hex`]; `None` if the text is not 64 hexadecimal digits of canonical words.
#[must_use]
pub fn from_hex(text: &str) -> Option<Digest> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != DIGEST_BYTES || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; DIGEST_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |c: u8| char::from(c).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    from_bytes(&bytes)
}
