//! Calls of the machine: one row for each `ECALL`. Input and journal have cursors, which are timed words like any other, so that their
//! order is that of time.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod generation;

pub use air::SysAir;
pub use columns::Sys;
#[cfg(feature = "witness")]
pub use generation::{HostCall, generate};
