//! The NTT engine of `rtl/ntt`: what it computes, by Plonky3's transforms, and when.

mod command;
mod cycles;
mod four_step;
mod job;

pub use command::{Command, Split};
pub use cycles::{Cycles, Pass, predict, predict_pass};
pub use four_step::four_step;
pub use job::{Job, JobError, Op, Shape};
