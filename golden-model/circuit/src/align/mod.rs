//! Loads and stores of bytes and halves: what they take out of a word, or put into it.

mod air;
mod columns;
#[cfg(feature = "witness")]
pub(crate) mod generation;

pub use air::AlignAir;
pub use columns::Align;
#[cfg(feature = "witness")]
pub use generation::generate;
