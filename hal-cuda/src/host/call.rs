//! The call of a kernel: the only code of this folder that the compiler cannot check.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char};

use super::{GUARD, HostDevice, HostMemory};
use crate::device::{Argument, Grid};
use crate::kernel::Kernel;

/// `HostGrid` of `kernels/host.cc`.
#[repr(C)]
struct HostGrid {
    blocks: [u32; 3],
    threads: u32,
    shared_words: u32,
    backwards: u32,
    plant: u32,
}

unsafe extern "C" {
    fn assay_host_launch(
        name: *const c_char,
        grid: *const HostGrid,
        arguments: *const u64,
        count: usize,
    ) -> u32;
}

/// Runs a kernel. The device's stream is locked.
pub(super) fn launch(
    device: &HostDevice,
    kernel: Kernel,
    grid: Grid,
    arguments: &[Argument<'_, HostMemory>],
) -> Result<(), &'static str> {
    let name = CString::new(kernel.name()).map_err(|_| "a name with a zero")?;
    let words = arguments.iter().map(|argument| match argument {
        Argument::Memory { memory, offset } if *offset < memory.len() => {
            Ok(memory.words[GUARD + offset..].as_ptr() as u64)
        }
        Argument::Memory { .. } => Err("an address behind its memory"),
        Argument::U32(number) => Ok(u64::from(*number)),
        Argument::U64(number) => Ok(*number),
    });
    let words: Vec<u64> = words.collect::<Result<_, _>>()?;
    let grid = HostGrid {
        blocks: grid.blocks,
        threads: grid.threads,
        shared_words: grid.shared_bytes / 4,
        backwards: device.backwards.into(),
        plant: device.plant.0,
    };
    // SAFETY: the name ends with a zero; grid and arguments outlive the call, and the kernel is called only if it takes as many arguments as there
    // are. Addresses are those of atomics, which may change behind a shared reference, in allocations that the arguments keep alive; nobody else uses
    // them meanwhile, since whoever reads, writes or launches holds the device's lock. That a kernel stays within its memory is what the kernels'
    // tests are for: guards around every allocation are looked at below.
    let code =
        unsafe { assay_host_launch(name.as_ptr(), &raw const grid, words.as_ptr(), words.len()) };
    let changed = arguments
        .iter()
        .any(|argument| matches!(argument, Argument::Memory { memory, .. } if !memory.is_intact()));
    match code {
        _ if changed => Err("it wrote beside its memory"),
        0 => Ok(()),
        1 => Err("it left its shared memory"),
        2 => Err("it read shared memory that nobody had written"),
        3 => Err("there is no such kernel"),
        4 => Err("it takes another number of arguments"),
        _ => Err("no memory for a block"),
    }
}
