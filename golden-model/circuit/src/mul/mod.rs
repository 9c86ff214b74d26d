//! Products: the low and the high word, signed and not.

mod air;
mod columns;
#[cfg(feature = "witness")]
pub(crate) mod generation;
#[cfg(test)]
mod tests;

pub use air::MulAir;
pub use columns::Mul;
#[cfg(feature = "witness")]
pub use generation::generate;
