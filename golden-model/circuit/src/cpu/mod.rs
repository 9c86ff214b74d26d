//! The instruction table: one row for each retired instruction, in order, padding behind them.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod generation;

pub use air::CpuAir;
pub use columns::{Class, Cpu};
#[cfg(feature = "witness")]
pub(crate) use generation::{Asked, generate};
