//! NVIDIA's driver, called through `cudarc`: the only `unsafe` on the way to a GPU.
//!
//! `cudarc` looks functions up when they are first called, and panics if the library or the function is not there. [`Installed`] asks for all of
//! [`FUNCTIONS`] first; a [`Context`] is made after that, so no call from here can find one missing. Its bindings are those of the newest CUDA, whose
//! functions are the same here as those of 12.0: an error that a driver gives has a name in them.

#![allow(unsafe_code)]

use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use cudarc::driver::DriverError;
use cudarc::driver::result;
use cudarc::driver::sys;

use super::arch::Capability;
use super::detect::{Facts, Found, Version};

/// All functions of the driver that are called from here.
const FUNCTIONS: [&str; 35] = [
    "cuCtxSetCurrent",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetDefaultMemPool",
    "cuDeviceGetName",
    "cuDevicePrimaryCtxRelease_v2",
    "cuDevicePrimaryCtxRetain",
    "cuDriverGetVersion",
    "cuEventCreate",
    "cuEventDestroy_v2",
    "cuEventRecord",
    "cuEventSynchronize",
    "cuFuncSetAttribute",
    "cuGetErrorName",
    "cuGetErrorString",
    "cuInit",
    "cuLaunchKernel",
    "cuMemAllocAsync",
    "cuMemFreeAsync",
    "cuMemFreeHost",
    "cuMemGetInfo_v2",
    "cuMemHostAlloc",
    "cuMemPoolGetAttribute",
    "cuMemPoolSetAttribute",
    "cuMemPoolTrimTo",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyHtoDAsync_v2",
    "cuModuleGetFunction",
    "cuModuleLoadData",
    "cuModuleUnload",
    "cuStreamCreate",
    "cuStreamDestroy_v2",
    "cuStreamQuery",
    "cuStreamSynchronize",
];

/// The driver of this machine.
pub struct Installed;

/// An error in the driver's words.
fn said(error: DriverError) -> String {
    let name = error.error_name().ok();
    let text = error.error_string().ok();
    match name.zip(text) {
        Some((name, text)) => format!("{} ({})", name.to_string_lossy(), text.to_string_lossy()),
        None => format!("error {}", error.0 as u32),
    }
}

/// Whether the library, which is there, has a function.
fn has(name: &str) -> bool {
    // SAFETY: only asked after `library`, so this does not panic; the address is looked at as a pointer and never called.
    unsafe { sys::culib().get::<*const c_void>(name.as_bytes()) }.is_ok()
}

impl Facts for Installed {
    fn library(&self) -> bool {
        // SAFETY: loads NVIDIA's library by name, and lets it go again; what it does when loaded is to find its own files.
        unsafe { sys::is_culib_present() }
    }

    fn lacking(&self) -> Option<&'static str> {
        FUNCTIONS.into_iter().find(|name| !has(name))
    }

    fn version(&self) -> Result<Version, String> {
        let mut number: c_int = 0;
        if !has("cuDriverGetVersion") {
            return Err("it does not say its version".to_owned());
        }
        // SAFETY: writes one integer, which outlives the call; may be called before `cuInit`.
        let called = unsafe { sys::cuDriverGetVersion(&raw mut number) };
        match called {
            sys::CUresult::CUDA_SUCCESS => Ok(Version::of(number.unsigned_abs())),
            // Its words are not asked for: an old library may lack the function that has them.
            code => Err(format!("error {}", code as u32)),
        }
    }

    fn start(&self) -> Result<u32, String> {
        match result::init() {
            Err(DriverError(sys::CUresult::CUDA_ERROR_NO_DEVICE)) => return Ok(0),
            started => started.map_err(said)?,
        }
        result::device::get_count()
            .map(c_int::unsigned_abs)
            .map_err(said)
    }

    fn device(&self, ordinal: u32) -> Result<Found, String> {
        let device = result::device::get(ordinal.cast_signed()).map_err(said)?;
        let of = |attribute| {
            // SAFETY: the device was given by the driver a line above.
            unsafe { result::device::get_attribute(device, attribute) }
                .map(c_int::unsigned_abs)
                .map_err(said)
        };
        use sys::CUdevice_attribute as Attribute;
        Ok(Found {
            ordinal,
            name: result::device::get_name(device).map_err(said)?,
            capability: Capability::new(
                of(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
                of(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
            ),
            pools: of(Attribute::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED)? != 0,
        })
    }
}

/// What a call of the driver said when it did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In its own words.
    pub why: String,
    /// What follows from it.
    pub grade: Grade,
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// There is not enough memory.
    Memory,
    /// This call did not succeed; others may.
    Call,
    /// No call will succeed any more.
    Lost,
}

impl From<DriverError> for Refusal {
    fn from(error: DriverError) -> Self {
        use sys::CUresult as C;
        let grade = match error.0 {
            C::CUDA_ERROR_OUT_OF_MEMORY => Grade::Memory,
            // Those after which the driver answers every call of the context with the same error, and those by which it says that there is none.
            C::CUDA_ERROR_DEINITIALIZED
            | C::CUDA_ERROR_DEVICE_UNAVAILABLE
            | C::CUDA_ERROR_INVALID_CONTEXT
            | C::CUDA_ERROR_ECC_UNCORRECTABLE
            | C::CUDA_ERROR_NVLINK_UNCORRECTABLE
            | C::CUDA_ERROR_ILLEGAL_ADDRESS
            | C::CUDA_ERROR_LAUNCH_TIMEOUT
            | C::CUDA_ERROR_CONTEXT_IS_DESTROYED
            | C::CUDA_ERROR_ASSERT
            | C::CUDA_ERROR_HARDWARE_STACK_ERROR
            | C::CUDA_ERROR_ILLEGAL_INSTRUCTION
            | C::CUDA_ERROR_MISALIGNED_ADDRESS
            | C::CUDA_ERROR_INVALID_ADDRESS_SPACE
            | C::CUDA_ERROR_INVALID_PC
            | C::CUDA_ERROR_LAUNCH_FAILED
            | C::CUDA_ERROR_SYSTEM_NOT_READY
            | C::CUDA_ERROR_EXTERNAL_DEVICE
            | C::CUDA_ERROR_UNKNOWN => Grade::Lost,
            _ => Grade::Call,
        };
        Self {
            why: said(error),
            grade,
        }
    }
}

type Done<T> = Result<T, Refusal>;

/// A GPU's primary context and one stream of it, in which everything is done in the order in which it was asked for.
pub struct Context {
    device: sys::CUdevice,
    context: sys::CUcontext,
    stream: sys::CUstream,
    pool: sys::CUmemoryPool,
}

// SAFETY: the driver's functions may be called from any thread; each of ours makes the context current in its thread first.
unsafe impl Send for Context {}
// SAFETY: the same; the driver locks what threads share.
unsafe impl Sync for Context {}

impl Context {
    /// Opens a GPU that was found.
    pub fn open(found: &Found) -> Done<Arc<Self>> {
        let device = result::device::get(found.ordinal.cast_signed())?;
        // SAFETY: the device was given by the driver a line above.
        let (context, pool) = unsafe {
            let context = result::primary_ctx::retain(device)?;
            (context, result::device::get_default_mem_pool(device))
        };
        let mut opened = Self {
            device,
            context,
            stream: ptr::null_mut(),
            pool: ptr::null_mut(),
        };
        // From here on dropping it lets the context go.
        opened.pool = pool?;
        opened.enter()?;
        opened.stream = result::stream::create(result::stream::StreamKind::NonBlocking)?;
        let mut keep_all = u64::MAX;
        // SAFETY: the pool is the driver's own; the attribute is a 64-bit integer, which outlives the call.
        unsafe {
            result::mem_pool::set_attribute(
                opened.pool,
                sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
                (&raw mut keep_all).cast(),
            )?;
        }
        Ok(Arc::new(opened))
    }

    /// Makes the context current in this thread.
    fn enter(&self) -> Done<()> {
        // SAFETY: the context is retained until we are dropped.
        Ok(unsafe { result::ctx::set_current(self.context) }?)
    }

    /// Free and total bytes; what the pool keeps and nobody uses is free.
    pub fn memory(&self) -> Done<(u64, u64)> {
        self.enter()?;
        let (free, total) = result::mem_get_info()?;
        let of = |attribute| {
            let mut bytes = 0_u64;
            // SAFETY: both attributes are 64-bit integers; ours outlives the call.
            unsafe {
                result::mem_pool::get_attribute(self.pool, attribute, (&raw mut bytes).cast())
            }
            .map(|()| bytes)
        };
        let reserved = of(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT)?;
        let used = of(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)?;
        Ok((free as u64 + reserved.saturating_sub(used), total as u64))
    }

    /// Waits for everything that was asked for.
    pub fn synchronise(&self) -> Done<()> {
        self.enter()?;
        // SAFETY: the stream lives as long as we do.
        Ok(unsafe { result::stream::synchronize(self.stream) }?)
    }

    /// Takes memory; what is in it is not defined. If there is not enough, what the pool keeps goes back first.
    pub fn allocate(self: &Arc<Self>, words: usize) -> Done<Memory> {
        self.enter()?;
        let bytes = words.max(1).saturating_mul(size_of::<u32>());
        // SAFETY: the stream lives as long as we do, and the memory is only used in it.
        let take = || unsafe { result::malloc_async(self.stream, bytes) };
        let pointer = match take() {
            Err(DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => {
                self.synchronise()?;
                // SAFETY: the pool is the driver's own and belongs to the device.
                unsafe { result::mem_pool::trim_to(self.pool, 0) }?;
                take()
            }
            taken => taken,
        }?;
        Ok(Memory {
            context: Arc::clone(self),
            pointer,
            words,
        })
    }

    /// Host memory that the GPU copies from and to by itself.
    pub fn pin(self: &Arc<Self>, words: usize) -> Done<Pinned> {
        self.enter()?;
        // SAFETY: plain page-locked memory; it is freed when `Pinned` is dropped.
        let pointer = unsafe { result::malloc_host(words * size_of::<u32>(), 0) }?;
        let mut pinned = Pinned {
            context: Arc::clone(self),
            pointer: pointer.cast(),
            words,
            event: ptr::null_mut(),
        };
        pinned.event = result::event::create(sys::CUevent_flags::CU_EVENT_DISABLE_TIMING)?;
        Ok(pinned)
    }

    /// Loads machine code, or PTX that ends in a zero.
    pub fn load(self: &Arc<Self>, code: &[u8]) -> Done<Module> {
        self.enter()?;
        // SAFETY: the driver reads the image up to the end that its own header gives, or to the zero of PTX; callers pass whole files whose
        // SHA-256 they have checked, or what NVRTC wrote.
        let module = unsafe { result::module::load_data(code.as_ptr().cast()) }?;
        Ok(Module {
            context: Arc::clone(self),
            module,
        })
    }

    /// Starts a kernel.
    pub fn launch(
        &self,
        function: &Function,
        (blocks, threads, shared_bytes): ([u32; 3], u32, u32),
        arguments: &mut [Word],
    ) -> Done<()> {
        self.enter()?;
        // More than this a kernel has to be allowed.
        const WITHOUT_ASKING: u32 = 48 << 10;
        let most = sys::CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        let words = arguments.iter_mut().map(|word| ptr::from_mut(word).cast());
        let mut words: Vec<*mut c_void> = words.collect();
        // SAFETY: the function's module is held by `Function`. The driver copies the arguments before it returns; each is 8 bytes here, and a kernel
        // reads as many of them as its parameter has, in little-endian order. That number and kinds of arguments are those of the kernel is what
        // `CudaHal` promises, and the same calls on `HostDevice` check. Memory among them is alive: it is freed in the order of this stream.
        unsafe {
            if shared_bytes > WITHOUT_ASKING {
                result::function::set_function_attribute(
                    function.function,
                    most,
                    shared_bytes.cast_signed(),
                )?;
            }
            result::launch_kernel(
                function.function,
                blocks.into(),
                (threads, 1, 1),
                shared_bytes,
                self.stream,
                &mut words,
            )?;
        }
        Ok(())
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if self.enter().is_ok() && !self.stream.is_null() {
            // SAFETY: ours, and nobody can name it any more.
            unsafe { result::stream::destroy(self.stream) }.ok();
        }
        // SAFETY: retained once, in `open`.
        unsafe { result::primary_ctx::release(self.device) }.ok();
    }
}

/// A kernel's argument, as the driver takes it: the low bytes count.
#[repr(C, align(8))]
pub struct Word(pub u64);

/// Words of the GPU's memory.
pub struct Memory {
    context: Arc<Context>,
    pointer: sys::CUdeviceptr,
    words: usize,
}

impl Memory {
    /// How many.
    pub const fn words(&self) -> usize {
        self.words
    }

    /// Where one of them is, for a kernel of the same context; nothing if it is beyond the end.
    pub fn address(&self, offset: usize, context: &Arc<Context>) -> Option<Word> {
        let here = offset <= self.words && Arc::ptr_eq(&self.context, context);
        here.then(|| Word(self.pointer + offset as u64 * size_of::<u32>() as u64))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.context.enter().is_ok() {
            // SAFETY: ours, and freed in the order of the stream: after all that still uses it. In a lost context it fails, and nothing is left to free.
            unsafe { result::free_async(self.pointer, self.context.stream) }.ok();
        }
    }
}

/// Page-locked words of host memory, and the event after which the GPU is done with them.
pub struct Pinned {
    context: Arc<Context>,
    pointer: *mut u32,
    words: usize,
    event: sys::CUevent,
}

// SAFETY: owned memory; the GPU copies only between a method that starts a copy and the wait, and both take `&mut`.
unsafe impl Send for Pinned {}

impl Pinned {
    /// Waits until the GPU is done with them.
    pub fn wait(&mut self) -> Done<()> {
        self.context.enter()?;
        // SAFETY: the event is ours; one that was never recorded counts as done.
        Ok(unsafe { result::event::synchronize(self.event) }?)
    }

    /// Takes words over and starts copying them to the GPU, once it is done with those before.
    pub fn send(&mut self, words: &[u32], to: &Memory, offset: usize) -> Done<()> {
        assert!(words.len() <= self.words && offset + words.len() <= to.words);
        self.wait()?;
        let device = to.pointer + (offset * size_of::<u32>()) as u64;
        // SAFETY: lengths were compared above; the GPU is done with the buffer, and our words are no part of it. It is not touched again before
        // the event, which is recorded behind the copy.
        unsafe {
            ptr::copy_nonoverlapping(words.as_ptr(), self.pointer, words.len());
            sys::cuMemcpyHtoDAsync_v2(
                device,
                self.pointer.cast(),
                size_of_val(words),
                self.context.stream,
            )
            .result()?;
            result::event::record(self.event, self.context.stream)?;
        }
        Ok(())
    }

    /// Starts copying words from the GPU, once it is done with those before; [`take`](Self::take) has them.
    pub fn fetch(&mut self, from: &Memory, offset: usize, words: usize) -> Done<()> {
        assert!(words <= self.words && offset + words <= from.words);
        self.wait()?;
        let device = from.pointer + (offset * size_of::<u32>()) as u64;
        // SAFETY: as in `send`.
        unsafe {
            let bytes = words * size_of::<u32>();
            sys::cuMemcpyDtoHAsync_v2(self.pointer.cast(), device, bytes, self.context.stream)
                .result()?;
            result::event::record(self.event, self.context.stream)?;
        }
        Ok(())
    }

    /// Waits for the words that were fetched.
    pub fn take(&mut self, words: &mut [u32]) -> Done<()> {
        assert!(words.len() <= self.words);
        self.wait()?;
        // SAFETY: the lengths were compared, the GPU is done with the buffer, and page-locked memory of any content is integers.
        unsafe { ptr::copy_nonoverlapping(self.pointer, words.as_mut_ptr(), words.len()) };
        Ok(())
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if !self.event.is_null() {
            self.wait().ok();
        }
        if self.context.enter().is_ok() {
            // SAFETY: both are ours; the GPU is done with the memory, or its context is lost and nothing runs in it.
            unsafe {
                if !self.event.is_null() {
                    result::event::destroy(self.event).ok();
                }
                result::free_host(self.pointer.cast()).ok();
            }
        }
    }
}

/// Loaded code.
pub struct Module {
    context: Arc<Context>,
    module: sys::CUmodule,
}

// SAFETY: a handle that any thread may use.
unsafe impl Send for Module {}
// SAFETY: the same.
unsafe impl Sync for Module {}

impl Module {
    /// A kernel by its name.
    pub fn function(self: &Arc<Self>, name: &str) -> Done<Function> {
        self.context.enter()?;
        let name = CString::new(name).map_err(|_| Refusal {
            why: format!("`{name}` is no name"),
            grade: Grade::Call,
        })?;
        // SAFETY: the module is loaded until we are dropped.
        let function = unsafe { result::module::get_function(self.module, name) }?;
        Ok(Function {
            _module: Arc::clone(self),
            function,
        })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // Its kernels may still run.
        self.context.synchronise().ok();
        if self.context.enter().is_ok() {
            // SAFETY: loaded once, and no `Function` is left.
            unsafe { result::module::unload(self.module) }.ok();
        }
    }
}

/// A kernel.
pub struct Function {
    _module: Arc<Module>,
    function: sys::CUfunction,
}

// SAFETY: a handle that any thread may use.
unsafe impl Send for Function {}
// SAFETY: the same.
unsafe impl Sync for Function {}

/// Whether NVIDIA's run-time compiler can be loaded and has what is called.
pub fn has_nvrtc() -> bool {
    use cudarc::nvrtc::sys as nvrtc;
    const CALLED: [&str; 8] = [
        "nvrtcCompileProgram",
        "nvrtcCreateProgram",
        "nvrtcDestroyProgram",
        "nvrtcGetErrorString",
        "nvrtcGetPTX",
        "nvrtcGetPTXSize",
        "nvrtcGetProgramLog",
        "nvrtcGetProgramLogSize",
    ];
    // SAFETY: the library is loaded by name, and only then asked for addresses, which are not called.
    unsafe {
        nvrtc::is_culib_present()
            && CALLED.iter().all(|name| {
                let found = nvrtc::culib().get::<*const c_void>(name.as_bytes());
                found.is_ok()
            })
    }
}
