use core::fmt;

/// A number that names nothing in one of the contract's code tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// The table, for example `fault cause`.
    pub table: &'static str,
    /// The number that it does not hold.
    pub code: u32,
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no {} of the contract", self.code, self.table)
    }
}

impl core::error::Error for UnknownCode {}
