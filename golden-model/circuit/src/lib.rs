#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "witness"))]
extern crate std;

pub mod bus;
#[cfg(feature = "witness")]
pub mod calls;
#[cfg(feature = "witness")]
pub mod check;
pub mod lut;
pub mod op;

/// The base field.
pub type Felt = p3_koala_bear::KoalaBear;
