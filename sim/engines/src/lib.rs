#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

#[cfg(feature = "verilator")]
pub mod commit;
#[cfg(feature = "verilator")]
mod element;
mod error;
#[cfg(feature = "verilator")]
pub mod merkle;
#[cfg(feature = "verilator")]
mod model;
#[cfg(feature = "verilator")]
pub mod ntt;
// One source for both crates: a dependency on `assay-sim` would link its models beside the engines'.
#[path = "../../src/rng.rs"]
mod rng;
#[cfg(feature = "verilator")]
pub mod sponge;

pub use error::EngineError;
#[cfg(feature = "verilator")]
pub use model::Engine;
pub use rng::Rng;
