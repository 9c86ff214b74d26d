use alloc::vec::Vec;
use core::fmt;

use crate::hash::{self, DIGEST_BYTES, Digest};

/// Bytes that are no receipt or seal of this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The first bytes are others.
    Magic {
        /// What was to be read.
        expected: &'static str,
    },
    /// Another version of the format.
    Version {
        /// This release's.
        expected: u32,
        /// The file's.
        found: u32,
    },
    /// Made under another contract.
    Contract {
        /// The file's.
        found: [u8; 32],
    },
    /// No parameter set has this byte.
    Parameters {
        /// The byte.
        found: u8,
    },
    /// The bytes end in the middle of something.
    Truncated {
        /// Of what.
        what: &'static str,
    },
    /// There is more after the end.
    Trailing {
        /// How much.
        bytes: usize,
    },
    /// A value is written in a way that this release does not write it.
    NotCanonical {
        /// Which.
        what: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { expected } => write!(f, "it does not start as {expected} does"),
            Self::Version { expected, found } => write!(
                f,
                "format version {found}, expected {expected}: use the release that made it"
            ),
            Self::Contract { found } => {
                f.write_str("made under contract ")?;
                found.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(", not this release's: use the release that made it")
            }
            Self::Parameters { found } => {
                write!(f, "no parameter set has the number {found}")
            }
            Self::Truncated { what } => {
                write!(f, "truncated in the middle of {what}: copy it again")
            }
            Self::Trailing { bytes } => write!(f, "{bytes} bytes too long"),
            Self::NotCanonical { what } => write!(f, "{what} is not in canonical form"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Reads little-endian fields off the front of bytes.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(
        &mut self,
        len: usize,
        what: &'static str,
    ) -> Result<&'a [u8], DecodeError> {
        let (front, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(DecodeError::Truncated { what })?;
        self.0 = rest;
        Ok(front)
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let (front, rest) = self
            .0
            .split_first_chunk()
            .ok_or(DecodeError::Truncated { what })?;
        self.0 = rest;
        Ok(*front)
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        Ok(u8::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn digest(&mut self, what: &'static str) -> Result<Digest, DecodeError> {
        let bytes: [u8; DIGEST_BYTES] = self.array(what)?;
        hash::from_bytes(&bytes).ok_or(DecodeError::NotCanonical { what })
    }

    /// A length in front of its bytes.
    pub(crate) fn counted(&mut self, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let len = self.u32(what)?;
        self.bytes(len as usize, what)
    }

    /// A count in front of its words.
    pub(crate) fn words(&mut self, what: &'static str) -> Result<Vec<u32>, DecodeError> {
        let count = self.u32(what)? as usize;
        let len = count
            .checked_mul(4)
            .ok_or(DecodeError::Truncated { what })?;
        let (words, _) = self.bytes(len, what)?.as_chunks::<4>();
        Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect())
    }

    pub(crate) const fn end(&self) -> Result<(), DecodeError> {
        match self.0.len() {
            0 => Ok(()),
            bytes => Err(DecodeError::Trailing { bytes }),
        }
    }
}

/// The inverse of [`Reader`].
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(crate) fn digest(&mut self, digest: &Digest) {
        self.bytes(&hash::to_bytes(digest));
    }

    /// Fewer than 2^32 bytes.
    pub(crate) fn counted(&mut self, bytes: &[u8]) {
        self.u32(bytes.len() as u32);
        self.bytes(bytes);
    }

    /// Fewer than 2^32 words.
    pub(crate) fn words(&mut self, words: &[u32]) {
        self.u32(words.len() as u32);
        for &word in words {
            self.u32(word);
        }
    }
}
