#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod card;
mod error;
mod limits;
mod matrix;
#[cfg(feature = "suite")]
pub mod suite;
mod tally;
mod tree;

pub use card::FpgaHal;
