#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod command;
mod dma;
mod driver;
mod emulated;
mod error;
pub mod faults;
pub mod geometry;
mod host;
mod identity;
mod job;
mod measure;
mod memory;
mod queue;
mod ranges;
#[cfg(feature = "suite")]
pub mod suite;
mod ticket;
mod transport;
pub mod vfio;

pub use dma::{DmaBuffer, DmaMap, HostFault, HostMemory};
pub use driver::{Driver, Health, Options};
pub use emulated::{EmulatedCard, Shape};
pub use error::DriverError;
pub use host::HostBuffer;
pub use identity::Identity;
pub use job::{Job, MatrixList, Ntt};
pub use measure::{Load, Measured, Step};
pub use memory::{CardBuffer, OutOfMemory};
pub use ticket::{Finished, Ticket};
pub use transport::{Transport, TransportError};
