#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "witness"))]
extern crate std;

#[cfg(feature = "witness")]
pub mod adversary;
pub mod align;
#[cfg(feature = "witness")]
mod answers;
pub mod bump;
pub mod bus;
#[cfg(feature = "witness")]
pub mod calls;
#[cfg(test)]
mod cheats;
#[cfg(feature = "witness")]
pub mod check;
pub mod claim;
mod columns;
pub mod cpu;
pub mod div;
pub mod hash;
pub mod lut;
pub mod mul;
pub mod op;
pub mod program;
pub mod shift;
pub mod sys;
pub mod table;
#[cfg(feature = "witness")]
mod witness;

/// The base field.
pub type Felt = p3_koala_bear::KoalaBear;

pub use claim::Claim;
pub use table::{SegmentAir, Table, airs};
#[cfg(feature = "witness")]
pub use witness::{Witness, WitnessError, witness};
