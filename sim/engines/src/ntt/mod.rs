//! The NTT engine in simulation.

mod channel;
mod hbm;
mod memory;
mod stream;

pub use channel::Timing;
pub(crate) use memory::Ports;
pub use memory::{MemoryError, MemoryRun, NttOnMemory};
pub use stream::{NttEngine, NttError, Pressure, Run, Stalls, Work};
