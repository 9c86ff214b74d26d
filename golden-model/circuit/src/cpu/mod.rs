//! The instruction table: one row for each retired instruction, in order, padding behind them.

mod air;
mod columns;

pub use air::CpuAir;
pub use columns::{Class, Cpu};
