/// A 32-bit register of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Its name, as in the register description.
    pub name: &'static str,
    /// Its byte offset.
    pub offset: u32,
    /// Whether a read means anything.
    pub readable: bool,
    /// Whether a write does anything.
    pub writable: bool,
}

/// A 64-bit counter in two registers. While the card runs, read high, low, high again, and repeat if high changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name, as in the register description.
    pub name: &'static str,
    /// Byte offset of bits 31:0.
    pub lo: u32,
    /// Byte offset of bits 63:32.
    pub hi: u32,
}
