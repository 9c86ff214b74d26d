use core::fmt;

use crate::machine::{PO2_DEFAULT, PO2_MAX, PO2_MIN};

/// The base-two logarithm of a segment's cost limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Po2(u8);

/// A segment limit that the machine does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Po2OutOfRange {
    /// What was asked for.
    pub got: u8,
}

impl Po2 {
    /// The smallest limit.
    pub const MIN: Self = Self(PO2_MIN);
    /// The largest limit.
    pub const MAX: Self = Self(PO2_MAX);
    /// The limit when none is asked for.
    pub const DEFAULT: Self = Self(PO2_DEFAULT);

    /// The logarithm.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The limit itself, `2^po2`.
    #[must_use]
    pub const fn limit(self) -> u32 {
        1 << self.0
    }
}

impl Default for Po2 {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<u8> for Po2 {
    type Error = Po2OutOfRange;

    fn try_from(got: u8) -> Result<Self, Po2OutOfRange> {
        if (PO2_MIN..=PO2_MAX).contains(&got) {
            Ok(Self(got))
        } else {
            Err(Po2OutOfRange { got })
        }
    }
}

impl fmt::Display for Po2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Po2OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "segment limit 2^{} is not one of 2^{PO2_MIN} to 2^{PO2_MAX}",
            self.got
        )
    }
}

impl core::error::Error for Po2OutOfRange {}
