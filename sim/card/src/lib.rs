#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

#[cfg(feature = "verilator")]
mod body;
#[cfg(feature = "verilator")]
mod memory;
#[cfg(feature = "verilator")]
mod model;
#[cfg(feature = "verilator")]
mod port;
#[cfg(feature = "verilator")]
mod transport;

#[cfg(feature = "verilator")]
pub use body::{Body, Misbehaviour, Surroundings};
#[cfg(feature = "verilator")]
pub use memory::CardMemory;
#[cfg(feature = "verilator")]
pub use transport::VerilatedCard;

/// Whether this build has the card.
pub const HAS_CARD: bool = cfg!(feature = "verilator");
