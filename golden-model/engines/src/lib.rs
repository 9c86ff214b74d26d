#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod commit;
pub mod field;
pub mod merkle;
pub mod ntt;
pub mod poseidon2;
