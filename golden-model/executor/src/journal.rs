//! What a guest commits: the session's public output.

use crate::hash::{self, Digest};

/// The words committed so far, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    words: Vec<u32>,
}

/// A journal whose words are not frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The last frame says that it is longer than the journal.
    #[error(
        "the frame at word {at} has {expected} bytes by its length word, the journal ends after {found}"
    )]
    Short {
        /// Word index of its length word.
        at: usize,
        /// Bytes that it should have.
        expected: u32,
        /// Bytes left in the journal.
        found: usize,
    },
    /// The bytes that fill the last word are not 0.
    #[error("the frame at word {at} of {len} bytes is filled with {fill:#x}, expected 0")]
    Fill {
        /// Word index of its length word.
        at: usize,
        /// Its length in bytes.
        len: u32,
        /// The bits behind its last byte.
        fill: u32,
    },
}

impl Journal {
    /// The journal of a session that has committed nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// Appends a word.
    pub fn push(&mut self, word: u32) {
        self.words.push(word);
    }

    /// Appends the words of one segment.
    pub fn extend(&mut self, words: &[u32]) {
        self.words.extend_from_slice(words);
    }

    /// All words, first committed first.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The words as little-endian bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.words
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }

    /// The running digest after the last word.
    #[must_use]
    pub fn digest(&self) -> Digest {
        absorb(Digest::ZERO, &self.words)
    }

    /// Cuts the journal into byte frames, as [`crate::Input::push_frame`] writes them.
    ///
    /// # Errors
    /// [`FrameError`] if the words are not whole frames.
    pub fn frames(&self) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut frames = Vec::new();
        let mut at = 0;
        while let Some((&len, rest)) = self.words[at..].split_first() {
            let words = (len as usize).div_ceil(4);
            let Some(body) = rest.get(..words) else {
                return Err(FrameError::Short {
                    at,
                    expected: len,
                    found: 4 * rest.len(),
                });
            };
            let mut bytes: Vec<u8> = body.iter().flat_map(|word| word.to_le_bytes()).collect();
            if let (Some(&last), used @ 1..) = (body.last(), len % 4) {
                let fill = last >> (8 * used);
                if fill != 0 {
                    return Err(FrameError::Fill { at, len, fill });
                }
            }
            bytes.truncate(len as usize);
            frames.push(bytes);
            at += 1 + words;
        }
        Ok(frames)
    }
}

/// The journal's digest after further words.
#[must_use]
pub fn absorb(state: Digest, words: &[u32]) -> Digest {
    words
        .iter()
        .fold(state, |state, &word| hash::journal_step(state, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(words: &[u32]) -> Journal {
        let mut journal = Journal::new();
        journal.extend(words);
        journal
    }

    #[test]
    fn frames_rejects_a_length_beyond_the_end() {
        for words in [&[1][..], &[2, 7, 9, 1, 2], &[u32::MAX, 1]] {
            let error = journal(words).frames().unwrap_err();
            assert!(matches!(error, FrameError::Short { .. }), "{error}");
        }
    }

    #[test]
    fn frames_rejects_a_fill_that_is_not_zero() {
        let error = journal(&[3, 0x0100_0000]).frames().unwrap_err();
        assert_eq!(
            error,
            FrameError::Fill {
                at: 0,
                len: 3,
                fill: 1
            }
        );
        assert_eq!(journal(&[3, 0x00ff_ffff]).frames().unwrap(), [[255; 3]]);
    }

    #[test]
    fn absorb_is_the_same_in_one_go_and_word_by_word() {
        let words = [1, 0x7f00_0001, 0xffff_ffff, 0];
        let whole = journal(&words).digest();
        assert_eq!(
            whole,
            absorb(absorb(Digest::ZERO, &words[..1]), &words[1..])
        );
        // A word and the same word plus the modulus are two journals.
        assert_ne!(journal(&[0]).digest(), journal(&[0x7f00_0001]).digest());
    }
}
