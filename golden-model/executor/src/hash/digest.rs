use std::fmt;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::KoalaBear;

/// Eight KoalaBear elements: the value of a tree node, a root, the journal's state or an image digest.
///
/// As bytes it is eight canonical little-endian 32-bit words; as text those bytes in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub(crate) [KoalaBear; Self::ELEMENTS]);

/// Bytes or text that are no [`Digest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// An element is not below the modulus.
    #[error("digest element {index} is {got:#010x}, not below the modulus {modulus:#010x}")]
    NotCanonical {
        /// Which of the eight.
        index: usize,
        /// Its value.
        got: u32,
        /// KoalaBear's modulus.
        modulus: u32,
    },
    /// The text is not 64 hexadecimal digits.
    #[error("a digest is 64 hexadecimal digits, got {got} characters or other signs")]
    NotHex {
        /// Characters found.
        got: usize,
    },
}

impl Digest {
    /// Field elements in a digest.
    pub const ELEMENTS: usize = assay_abi::hash::DIGEST_ELEMENTS as usize;
    /// Bytes of a digest.
    pub const BYTES: usize = 4 * Self::ELEMENTS;
    /// All elements 0: the journal's state before the first word.
    pub const ZERO: Self = Self([KoalaBear::ZERO; Self::ELEMENTS]);

    /// The elements in canonical form (not Montgomery), element 0 first.
    #[must_use]
    pub fn elements(&self) -> [u32; Self::ELEMENTS] {
        self.0.map(|element| element.as_canonical_u32())
    }

    /// The digest of eight canonical elements.
    ///
    /// # Errors
    /// [`DigestError::NotCanonical`] if one is not below the modulus.
    pub fn from_elements(elements: [u32; Self::ELEMENTS]) -> Result<Self, DigestError> {
        let modulus = KoalaBear::ORDER_U32;
        match elements.iter().position(|&element| element >= modulus) {
            Some(index) => Err(DigestError::NotCanonical {
                index,
                got: elements[index],
                modulus,
            }),
            None => Ok(Self(elements.map(KoalaBear::new))),
        }
    }

    /// Eight canonical little-endian words.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (words, _) = bytes.as_chunks_mut::<4>();
        for (word, element) in words.iter_mut().zip(self.elements()) {
            *word = element.to_le_bytes();
        }
        bytes
    }

    /// The inverse of [`Digest::to_bytes`].
    ///
    /// # Errors
    /// [`DigestError::NotCanonical`] if a word is not below the modulus.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, DigestError> {
        let (words, _) = bytes.as_chunks::<4>();
        Self::from_elements(std::array::from_fn(|i| u32::from_le_bytes(words[i])))
    }

    /// The inverse of `to_string`.
    ///
    /// # Errors
    /// [`DigestError`] if the text is not 64 hexadecimal digits, or an element is not below the modulus.
    pub fn from_hex(text: &str) -> Result<Self, DigestError> {
        let not_hex = || DigestError::NotHex {
            got: text.chars().count(),
        };
        let mut bytes = [0; Self::BYTES];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != Self::BYTES || !rest.is_empty() {
            return Err(not_hex());
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let digit = |c: u8| char::from(c).to_digit(16);
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                return Err(not_hex());
            };
            *byte = (high << 4 | low) as u8;
        }
        Self::from_bytes(&bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
