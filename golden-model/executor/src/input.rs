//! What a guest reads: a finite sequence of words.

/// The input of a session, in the order it is read.
///
/// The machine knows only words. Bytes become words as frames: one word with the length in bytes, then the bytes,
/// little-endian, filled with 0 to a whole word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    words: Vec<u32>,
}

/// Input that the machine cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The cursor has 32 bits.
    #[error("the input would have {got} words, the machine reads at most {max}")]
    TooLong {
        /// Words that the input would have.
        got: u64,
        /// Words that it may have.
        max: u64,
    },
}

impl Input {
    /// The most words that an input may have.
    pub const MAX_WORDS: u64 = u32::MAX as u64;

    /// No words at all.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// The input with exactly these words.
    ///
    /// # Errors
    /// [`InputError::TooLong`] above 2^32 − 1 words.
    pub fn from_words(words: Vec<u32>) -> Result<Self, InputError> {
        check_len(words.len() as u64)?;
        Ok(Self { words })
    }

    /// The input with one frame.
    ///
    /// # Errors
    /// As [`Input::push_frame`].
    pub fn from_frame(bytes: &[u8]) -> Result<Self, InputError> {
        let mut input = Self::new();
        input.push_frame(bytes)?;
        Ok(input)
    }

    /// Appends one word.
    ///
    /// # Errors
    /// [`InputError::TooLong`] if it does not fit any more.
    pub fn push_word(&mut self, word: u32) -> Result<(), InputError> {
        check_len(self.words.len() as u64 + 1)?;
        self.words.push(word);
        Ok(())
    }

    /// Appends bytes as a frame.
    ///
    /// # Errors
    /// [`InputError::TooLong`] if it does not fit any more; the input is unchanged then. A frame of 2^32 bytes or more
    /// has too many words for its length word, and is refused in the same way.
    pub fn push_frame(&mut self, bytes: &[u8]) -> Result<(), InputError> {
        let words = self.words.len() as u64 + 1 + (bytes.len() as u64).div_ceil(4);
        check_len(words)?;
        let length = u32::try_from(bytes.len()).map_err(|_| InputError::TooLong {
            got: words,
            max: Self::MAX_WORDS / 4,
        })?;
        self.words.push(length);
        let (whole, rest) = bytes.as_chunks::<4>();
        self.words
            .extend(whole.iter().map(|&b| u32::from_le_bytes(b)));
        if !rest.is_empty() {
            let mut last = [0; 4];
            last[..rest.len()].copy_from_slice(rest);
            self.words.push(u32::from_le_bytes(last));
        }
        Ok(())
    }

    /// All words, first read first.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.words.len() as u32
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

fn check_len(got: u64) -> Result<(), InputError> {
    if got > Input::MAX_WORDS {
        return Err(InputError::TooLong {
            got,
            max: Input::MAX_WORDS,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Journal;

    #[test]
    fn frames_fill_the_last_word_with_zero() {
        let mut input = Input::new();
        input.push_frame(b"").unwrap();
        input.push_frame(b"abcd").unwrap();
        input.push_frame(&[1, 2, 3, 4, 5]).unwrap();
        assert_eq!(
            input.words(),
            [0, 4, u32::from_le_bytes(*b"abcd"), 5, 0x0403_0201, 5]
        );
    }

    #[test]
    fn frames_roundtrip_at_every_small_length() {
        let bytes: Vec<u8> = (0..100).collect();
        let mut input = Input::new();
        for len in 0..=bytes.len() {
            input.push_frame(&bytes[..len]).unwrap();
        }
        let mut journal = Journal::new();
        input.words().iter().for_each(|&word| journal.push(word));
        let frames = journal.frames().unwrap();
        for (len, frame) in frames.iter().enumerate() {
            assert_eq!(frame, &bytes[..len]);
        }
        println!(
            "read back {} frames of 0 to {} bytes",
            frames.len(),
            bytes.len()
        );
        assert_eq!(frames.len(), 101);
    }
}
