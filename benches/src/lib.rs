#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adversary;
pub mod checks;
pub mod clock;
pub mod core;
pub mod executor;
pub mod memory;
pub mod proofs;
pub mod suites;
pub mod workload;
