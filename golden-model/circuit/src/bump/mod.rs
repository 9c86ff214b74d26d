//! Carries a word over a time in which nothing accesses it, if that is longer than an access can look back.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod generation;

pub use air::BumpAir;
pub use columns::Bump;
#[cfg(feature = "witness")]
pub use generation::{Carried, generate};
