//! Calls of the machine: one row for each `ECALL`. Input and journal have cursors, which are timed words like any other, so that their
//! order is that of time.

mod air;
mod columns;

pub use air::SysAir;
pub use columns::Sys;
