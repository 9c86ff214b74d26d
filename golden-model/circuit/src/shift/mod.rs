//! Shifts by a register, and arithmetic ones: a shift is a product with a power of two, which [`crate::mul`] answers.

mod air;
mod columns;
#[cfg(feature = "witness")]
pub(crate) mod generation;

pub use air::ShiftAir;
pub use columns::Shift;
#[cfg(feature = "witness")]
pub use generation::generate;
