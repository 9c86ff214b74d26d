//! The lookup table: ranges up to 16 bits, bytes, bitwise operations.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod counts;

pub use air::LutAir;
pub use columns::{Asked, Fixed};
#[cfg(feature = "witness")]
pub use counts::{Counts, generate};

/// Binary logarithm of the table's height.
pub const LOG_HEIGHT: usize = 16;
