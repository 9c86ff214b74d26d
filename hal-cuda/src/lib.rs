#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod cost;
mod device;
mod engine;
mod error;
mod fault;
mod gpu;
mod hal;
#[cfg(feature = "host")]
mod host;
mod kernel;
mod peaks;
mod plan;
mod sources;
mod transform;
mod tree;

pub use device::{Argument, Device, Grid};
pub use error::DeviceError;
pub use fault::{Calls, Fault, Faulty, FaultyMemory, Saboteur};
pub use gpu::{
    Absent, Capability, Code, Facts, Found, GpuDevice, GpuMemory, ImageError, NvrtcError, SHIPPED,
    Target, Version, compile_kernels, detect, sources_hash,
};
pub use hal::CudaHal;
#[cfg(feature = "host")]
pub use host::{HostDevice, HostMemory, Plant};
pub use kernel::{Kernel, KernelField, Task};
pub use sources::{SOURCES, Source};
