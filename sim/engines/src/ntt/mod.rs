//! The NTT engine in simulation.

mod stream;

pub use stream::{NttEngine, NttError, Pressure, Run, Stalls, Work};
