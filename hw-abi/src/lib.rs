#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(target_endian = "big")]
compile_error!(
    "the contract's structs are their little-endian bytes: a big-endian host needs conversions that do not exist"
);

mod code;
mod field;
#[rustfmt::skip]
#[path = "../generated/abi.rs"]
mod generated;
pub mod plants;
mod po2;
mod register;

pub use code::UnknownCode;
pub use field::Field;
pub use generated::{
    CONTRACT_HASH, CONTRACT_VERSION, Command, CommandStatus, Completion, Ecall, Engine, FaultCause,
    HostPage, Matrix, Opcode, PageIn, Record, SegmentEnd, SegmentStatus, ShadowWord, Transform,
    card, card_regs, command_flags, completion_flags, field_params, hash, machine, order,
    record_flags, regs, stream,
};
pub use po2::{Po2, Po2OutOfRange};
pub use register::{Counter, Register};
