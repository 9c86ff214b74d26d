//! The lookup table.

#[cfg(feature = "witness")]
mod counts;

#[cfg(feature = "witness")]
pub use counts::Counts;
