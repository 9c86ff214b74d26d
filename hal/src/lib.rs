#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapter;
mod api;
mod cpu;
mod dual;
mod error;
mod fallback;
mod field;
mod handle;
mod operation;
mod peaks;
mod pool;
mod queue;
mod sample;
#[cfg(feature = "suite")]
pub mod suite;
mod usage;

pub use adapter::{HalContext, HalDft, HalMmcs, HalTree};
pub use api::Hal;
pub use cpu::{CpuHal, Limits};
pub use dual::DualHal;
pub use error::{Difference, HalError, Place};
pub use fallback::{Fallback, Member, Policy};
pub use field::{
    Compress, DIGEST, Digest, Extension, HalField, HostMatrix, RowHash, STATE, Shared, StockMmcs,
    elements, share, stock_mmcs,
};
pub use handle::{Buffer, Opening, Owner, Pending, Tree};
pub use operation::{Capabilities, Cost, Kind, Operation, Order, Shape, Transform, log_ceil};
pub use peaks::Peaks;
pub use queue::{Queue, Slot};
pub use sample::Sampling;
pub use usage::{Count, Counts, Usage};
