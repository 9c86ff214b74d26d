//! Quotients and remainders, checked through the products of [`crate::mul`].

mod air;
mod columns;
#[cfg(feature = "witness")]
pub(crate) mod generation;

pub use air::DivAir;
pub use columns::Div;
#[cfg(feature = "witness")]
pub use generation::generate;
