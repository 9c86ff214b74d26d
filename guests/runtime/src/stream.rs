//! Bytes over the machine's word streams.

use alloc::vec::Vec;

use crate::{commit_word, read_word, words_left};

/// Reads a frame: a word with the length in bytes, then the bytes, little-endian, zero-filled to a whole word.
///
/// A length beyond the input that is left ends the session with the fault `InputExhausted`.
pub fn read_frame() -> Vec<u8> {
    let length = read_word() as usize;
    let words = length.div_ceil(4);
    let mut bytes = Vec::with_capacity(4 * words.min(words_left() as usize));
    for _ in 0..words {
        bytes.extend_from_slice(&read_word().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Commits bytes, little-endian, zero-filled to a whole word. Their number is not part of it.
pub fn commit_bytes(bytes: &[u8]) {
    for chunk in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        commit_word(u32::from_le_bytes(word));
    }
}

/// Commits a word with the number of bytes, then the bytes.
pub fn commit_frame(bytes: &[u8]) {
    commit_word(bytes.len() as u32);
    commit_bytes(bytes);
}
