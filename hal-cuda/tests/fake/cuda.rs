//! A driver for a machine without a GPU: the functions of libcuda.so.1 that we call, over host memory. It is compiled by `tests/driver.rs` and
//! found by its name, as NVIDIA's is; what it is like is said by environment variables:
//!
//! `FAKE_VERSION`, `FAKE_COUNT`, `FAKE_CAPABILITY`, `FAKE_INIT` (an error), `FAKE_BYTES` (of memory), `FAKE_FAIL` (`NAME:N:CODE`: the N-th call of
//! a function gives this error; one from 700 on stays, but for 701, as with NVIDIA's), `FAKE_LOG` (a file for what was taken and given back).

#![allow(non_snake_case, unused_unsafe)]

use std::alloc::{Layout, alloc, dealloc};
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Code = c_uint;

const INVALID: Code = 1;
const MEMORY: Code = 2;
const NOT_FOUND: Code = 500;

#[derive(Default)]
struct State {
    calls: HashMap<&'static str, u32>,
    /// The error that every call gives from now on.
    stuck: Option<Code>,
    /// Blocks of the GPU's memory, by address.
    blocks: Vec<(u64, usize)>,
    pinned: Vec<(u64, usize)>,
    streams: i64,
    events: i64,
    contexts: i64,
    modules: i64,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

struct Held(MutexGuard<'static, Option<State>>);

impl Held {
    fn get(&mut self) -> &mut State {
        self.0.get_or_insert_with(State::default)
    }
}

fn number(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

fn log(line: &str) {
    if let Some(path) = std::env::var_os("FAKE_LOG") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        if let Ok(mut file) = file {
            writeln!(file, "{line}").ok();
        }
    }
}

/// Counts a call; gives the error that it is to have.
fn enter(name: &'static str) -> Result<Held, Code> {
    let mut held = Held(STATE.lock().unwrap_or_else(PoisonError::into_inner));
    let state = held.get();
    if let Some(code) = state.stuck {
        return Err(code);
    }
    let calls = state.calls.entry(name).or_default();
    *calls += 1;
    let wanted = std::env::var("FAKE_FAIL").unwrap_or_default();
    let parts: Vec<&str> = wanted.split(':').collect();
    if let [of, nth, code] = parts[..]
        && of == name
        && nth.parse() == Ok(*calls)
    {
        let code = code.parse().unwrap_or(999);
        if code >= 700 && code != 701 {
            state.stuck = Some(code);
        }
        log(&format!("failed {name} {code}"));
        return Err(code);
    }
    Ok(held)
}

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes.max(1), 256).expect("a size")
}

macro_rules! call {
    ($name:ident($($arg:ident: $type:ty),*), $state:ident, $body:expr) => {
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: $type),*) -> Code {
            match enter(stringify!($name)) {
                Ok(mut held) => {
                    let $state = held.get();
                    let _ = &$state;
                    let result: Result<(), Code> = unsafe { $body };
                    result.err().unwrap_or(0)
                }
                Err(code) => code,
            }
        }
    };
}

call!(cuDriverGetVersion(version: *mut c_int), state, {
    *version = number("FAKE_VERSION", 12080) as c_int;
    Ok(())
});
call!(cuInit(_flags: c_uint), state, {
    match number("FAKE_INIT", 0) {
        0 => Ok(()),
        code => Err(code as Code),
    }
});
call!(cuDeviceGetCount(count: *mut c_int), state, {
    *count = number("FAKE_COUNT", 1) as c_int;
    Ok(())
});
call!(cuDeviceGet(device: *mut c_int, ordinal: c_int), state, {
    *device = ordinal;
    Ok(())
});
call!(cuDeviceGetName(name: *mut c_char, length: c_int, _device: c_int), state, {
    let text = b"Fake GPU\0";
    assert!(length as usize >= text.len());
    std::ptr::copy_nonoverlapping(text.as_ptr().cast(), name, text.len());
    Ok(())
});
call!(cuDeviceGetAttribute(value: *mut c_int, attribute: c_uint, _device: c_int), state, {
    let capability = number("FAKE_CAPABILITY", 90) as c_int;
    *value = match attribute {
        75 => capability / 10,
        76 => capability % 10,
        115 => number("FAKE_POOLS", 1) as c_int,
        _ => return INVALID,
    };
    Ok(())
});
call!(cuDeviceGetDefaultMemPool(pool: *mut *mut c_void, _device: c_int), state, {
    *pool = std::ptr::without_provenance_mut(0x9001);
    Ok(())
});
call!(cuDevicePrimaryCtxRetain(context: *mut *mut c_void, _device: c_int), state, {
    state.contexts += 1;
    *context = std::ptr::without_provenance_mut(0xc0);
    Ok(())
});
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDevicePrimaryCtxRelease_v2(_device: c_int) -> Code {
    let mut held = Held(STATE.lock().unwrap_or_else(PoisonError::into_inner));
    let state = held.get();
    state.contexts -= 1;
    log(&format!(
        "left blocks {} pinned {} streams {} events {} modules {} contexts {}",
        state.blocks.len(),
        state.pinned.len(),
        state.streams,
        state.events,
        state.modules,
        state.contexts
    ));
    0
}
call!(cuCtxSetCurrent(context: *mut c_void), state, {
    if context.addr() == 0xc0 { Ok(()) } else { Err(INVALID) }
});
call!(cuStreamCreate(stream: *mut *mut c_void, _flags: c_uint), state, {
    state.streams += 1;
    *stream = std::ptr::without_provenance_mut(0x57);
    Ok(())
});
call!(cuStreamDestroy_v2(_stream: *mut c_void), state, {
    state.streams -= 1;
    Ok(())
});
call!(cuStreamSynchronize(_stream: *mut c_void), state, Ok(()));
call!(cuEventCreate(event: *mut *mut c_void, _flags: c_uint), state, {
    state.events += 1;
    *event = std::ptr::without_provenance_mut(0xe);
    Ok(())
});
call!(cuEventDestroy_v2(_event: *mut c_void), state, {
    state.events -= 1;
    Ok(())
});
call!(cuEventRecord(_event: *mut c_void, _stream: *mut c_void), state, Ok(()));
call!(cuEventSynchronize(_event: *mut c_void), state, Ok(()));
call!(cuMemPoolSetAttribute(_pool: *mut c_void, _attribute: c_uint, _value: *mut c_void), state, Ok(()));
call!(cuMemPoolGetAttribute(_pool: *mut c_void, attribute: c_uint, value: *mut u64), state, {
    let used: usize = state.blocks.iter().map(|(_, bytes)| bytes).sum();
    match attribute {
        5 | 7 => {
            *value = used as u64;
            Ok(())
        }
        _ => Err(INVALID),
    }
});
call!(cuMemPoolTrimTo(_pool: *mut c_void, _bytes: usize), state, {
    log("trimmed");
    Ok(())
});
call!(cuMemGetInfo_v2(free: *mut usize, total: *mut usize), state, {
    let used: usize = state.blocks.iter().map(|(_, bytes)| bytes).sum();
    let all = number("FAKE_BYTES", 1 << 32) as usize;
    *free = all.saturating_sub(used);
    *total = all;
    Ok(())
});
call!(cuMemAllocAsync(pointer: *mut u64, bytes: usize, _stream: *mut c_void), state, {
    let used: usize = state.blocks.iter().map(|(_, bytes)| bytes).sum();
    if (used + bytes) as u64 > number("FAKE_BYTES", 1 << 32) {
        return MEMORY;
    }
    let block = alloc(layout(bytes));
    // What is in memory that was just taken is not defined: not zeros.
    block.write_bytes(0xa5, bytes);
    state.blocks.push((block.expose_provenance() as u64, bytes));
    *pointer = block.expose_provenance() as u64;
    Ok(())
});
call!(cuMemFreeAsync(pointer: u64, _stream: *mut c_void), state, {
    let Some(place) = state.blocks.iter().position(|(at, _)| *at == pointer) else {
        return INVALID;
    };
    let (at, bytes) = state.blocks.swap_remove(place);
    dealloc(std::ptr::with_exposed_provenance_mut(at as usize), layout(bytes));
    Ok(())
});
call!(cuMemHostAlloc(pointer: *mut *mut c_void, bytes: usize, _flags: c_uint), state, {
    let block = alloc(layout(bytes));
    state.pinned.push((block.expose_provenance() as u64, bytes));
    *pointer = block.cast();
    Ok(())
});
call!(cuMemFreeHost(pointer: *mut c_void), state, {
    let address = pointer.addr() as u64;
    let Some(place) = state.pinned.iter().position(|(at, _)| *at == address) else {
        return INVALID;
    };
    let (_, bytes) = state.pinned.swap_remove(place);
    dealloc(pointer.cast(), layout(bytes));
    Ok(())
});

/// Whether all of this lies in one of these blocks.
fn within(blocks: &[(u64, usize)], at: u64, bytes: usize) -> bool {
    let end = at + bytes as u64;
    blocks.iter().any(|&(block, size)| block <= at && end <= block + size as u64)
}

call!(cuMemcpyHtoDAsync_v2(to: u64, from: *const c_void, bytes: usize, _stream: *mut c_void), state, {
    let pinned = within(&state.pinned, from.addr() as u64, bytes);
    if !pinned || !within(&state.blocks, to, bytes) {
        return INVALID;
    }
    let to = std::ptr::with_exposed_provenance_mut::<u8>(to as usize);
    std::ptr::copy_nonoverlapping(from.cast(), to, bytes);
    Ok(())
});
call!(cuMemcpyDtoHAsync_v2(to: *mut c_void, from: u64, bytes: usize, _stream: *mut c_void), state, {
    let pinned = within(&state.pinned, to.addr() as u64, bytes);
    if !pinned || !within(&state.blocks, from, bytes) {
        return INVALID;
    }
    let from = std::ptr::with_exposed_provenance::<u8>(from as usize);
    std::ptr::copy_nonoverlapping(from, to.cast(), bytes);
    Ok(())
});

/// What runs kernels: the test's own function, whose address is in a file.
type Runner = unsafe extern "C" fn(*const c_char, *const [u32; 5], *mut *mut c_void);

fn runner() -> Option<Runner> {
    let address = std::fs::read_to_string(std::env::var_os("FAKE_RUNNER")?).ok()?;
    let address: usize = address.trim().parse().ok()?;
    // SAFETY: the test wrote the address of a function of this type, in this process.
    Some(unsafe { std::mem::transmute::<usize, Runner>(address) })
}

call!(cuModuleLoadData(module: *mut *mut c_void, image: *const c_char), state, {
    let text = CStr::from_ptr(image).to_string_lossy();
    log(&format!("loaded {}", text.lines().next().unwrap_or("")));
    state.modules += 1;
    *module = std::ptr::without_provenance_mut(0x30d);
    Ok(())
});
call!(cuModuleUnload(_module: *mut c_void), state, {
    state.modules -= 1;
    Ok(())
});
call!(cuModuleGetFunction(function: *mut *mut c_void, _module: *mut c_void, name: *const c_char), state, {
    let name = CStr::from_ptr(name).to_owned();
    if std::env::var("FAKE_LACKS").is_ok_and(|lacks| lacks.as_bytes() == name.as_bytes()) {
        return NOT_FOUND;
    }
    // A kernel is its name; there are few.
    *function = name.into_raw().cast();
    Ok(())
});
call!(cuFuncSetAttribute(_function: *mut c_void, attribute: c_uint, value: c_int), state, {
    log(&format!("allowed {attribute} {value}"));
    Ok(())
});
call!(cuLaunchKernel(
    function: *mut c_void, x: c_uint, y: c_uint, z: c_uint, threads: c_uint, threads_y: c_uint, threads_z: c_uint, shared: c_uint,
    _stream: *mut c_void, parameters: *mut *mut c_void, extra: *mut *mut c_void
), state, {
    // A GPU's own limits.
    if x == 0 || y == 0 || z == 0 || y > 65535 || z > 65535 || threads == 0 || threads > 1024 {
        return INVALID;
    }
    if threads_y != 1 || threads_z != 1 || !extra.is_null() || shared > 227 << 10 {
        return INVALID;
    }
    match runner() {
        Some(run) => run(function.cast(), &[x, y, z, threads, shared], parameters),
        None => log(&format!(
            "launched {} {x} {y} {z} {threads} {shared} {} {} {}",
            CStr::from_ptr(function.cast()).to_string_lossy(),
            **parameters.cast::<*const u64>(),
            **parameters.add(1).cast::<*const u32>(),
            **parameters.add(2).cast::<*const u64>(),
        )),
    }
    Ok(())
});
/// These two answer whatever happened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorName(_code: c_uint, text: *mut *const c_char) -> Code {
    unsafe { *text = c"CUDA_ERROR_OF_A_TEST".as_ptr() };
    0
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorString(code: c_uint, text: *mut *const c_char) -> Code {
    let words = std::ffi::CString::new(format!("error {code}")).unwrap_or_default();
    unsafe { *text = words.into_raw() };
    0
}
#[cfg(not(old))]
call!(cuStreamQuery(_stream: *mut c_void), state, Ok(()));
