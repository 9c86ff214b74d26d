#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod chain;
pub mod config;
pub mod hash;
mod key;
mod parameters;
mod receipt;
mod seal;
mod shape;
pub mod soundness;
mod verify;
mod wire;

pub use assay_circuit::{
    claim::{Claim, State},
    table::Table,
};
pub use chain::ChainError;
pub use hash::Digest;
pub use key::{Program, ProgramError, VerifyingKey};
pub use parameters::{LOG_BLOWUP, Parameters, Settings};
pub use receipt::{FORMAT_VERSION, Receipt, SealFile};
pub use seal::{Proof, Seal, SealError, decode_proof};
pub use shape::{HeightError, MAX_LOG_HEIGHT, log_heights};
pub use verify::{Verified, VerifyError, public_values, verify, verify_seal};
pub use wire::DecodeError;
