//! The NTT engine of `rtl/ntt`: what it computes, by Plonky3's transforms, and when.

mod cycles;
mod job;

pub use cycles::{Cycles, predict};
pub use job::{Job, JobError, Op, Shape};
