#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod device;
mod error;
#[cfg(feature = "host")]
mod host;
mod kernel;
mod sources;

pub use device::{Argument, Device, Grid};
pub use error::DeviceError;
#[cfg(feature = "host")]
pub use host::{HostDevice, HostMemory, Plant};
pub use kernel::{Kernel, KernelField, Task};
pub use sources::{SOURCES, Source};
