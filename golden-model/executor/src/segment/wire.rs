//! Little-endian fields of a segment's payload.

use std::ops::Range;

/// Appends fields.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    pub fn words(&mut self, words: &[u32]) {
        self.0.reserve(4 * words.len());
        for word in words {
            self.0.extend(word.to_le_bytes());
        }
    }

    /// Their number, then the words.
    pub fn counted_words(&mut self, words: &[u32]) {
        self.u32(words.len() as u32);
        self.words(words);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// What a payload lacks or has too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It ends too early.
    #[error("{what} at byte {at} needs {expected} bytes, {found} are left")]
    Short {
        /// The field.
        what: &'static str,
        /// Where it starts.
        at: usize,
        /// Bytes that it needs.
        expected: u64,
        /// Bytes there.
        found: usize,
    },
    /// A field has a value that it cannot have.
    #[error("{what} at byte {at} is {found}, expected {expected}")]
    Value {
        /// The field.
        what: &'static str,
        /// Where it starts.
        at: usize,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Something follows the last field.
    #[error("{found} bytes follow the last field, expected none")]
    Trailing {
        /// How many.
        found: usize,
    },
}

/// Takes fields off the front.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn take(&mut self, what: &'static str, count: u64) -> Result<&'a [u8], WireError> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(count).ok().and_then(|n| rest.get(..n));
        let Some(taken) = taken else {
            return Err(WireError::Short {
                what,
                at: self.at,
                expected: count,
                found: rest.len(),
            });
        };
        self.at += taken.len();
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        let bytes = self.take(what, N as u64)?;
        // `take` gave exactly N bytes.
        Ok(std::array::from_fn(|i| bytes[i]))
    }

    pub fn u8(&mut self, what: &'static str) -> Result<u8, WireError> {
        self.array(what).map(|[byte]| byte)
    }

    pub fn u32(&mut self, what: &'static str) -> Result<u32, WireError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub fn u64(&mut self, what: &'static str) -> Result<u64, WireError> {
        self.array(what).map(u64::from_le_bytes)
    }

    pub fn words(&mut self, what: &'static str, count: u64) -> Result<Vec<u32>, WireError> {
        let (words, _) = self.take(what, count.saturating_mul(4))?.as_chunks();
        Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect())
    }

    pub fn counted_words(&mut self, what: &'static str) -> Result<Vec<u32>, WireError> {
        let count = self.u32(what)?;
        self.words(what, u64::from(count))
    }

    /// A number within bounds.
    pub fn within(&mut self, what: &'static str, bounds: Range<u32>) -> Result<u32, WireError> {
        let at = self.at;
        let found = self.u32(what)?;
        if bounds.contains(&found) {
            return Ok(found);
        }
        let expected = format!("{} to {}", bounds.start, bounds.end.saturating_sub(1));
        Err(WireError::Value {
            what,
            at,
            expected,
            found: found.to_string(),
        })
    }

    /// Reads with `read`, and names the field if the value is refused.
    pub fn parsed<T, U, E: std::fmt::Display>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
        parse: impl FnOnce(T) -> Result<U, E>,
        expected: &str,
    ) -> Result<U, WireError> {
        let at = self.at;
        parse(read(self)?).map_err(|error| WireError::Value {
            what,
            at,
            expected: expected.to_owned(),
            found: error.to_string(),
        })
    }

    pub fn end(self) -> Result<(), WireError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            found => Err(WireError::Trailing { found }),
        }
    }
}
