//! A GPU of NVIDIA's, by its driver alone: no toolkit is needed to build or to run.

mod arch;
mod detect;
mod driver;
mod images;
mod nvrtc;
mod source;
mod staging;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::arch::OLDEST;
pub use self::arch::{Capability, SHIPPED, Target};
pub use self::detect::{Absent, Facts, Found, Version, detect};
use self::driver::{Context, Function, Grade, Installed, Module, Refusal, Word};
pub use self::images::ImageError;
use self::images::Images;
pub use self::nvrtc::{NvrtcError, compile as compile_kernels};
pub use self::source::hash as sources_hash;
use self::staging::Staging;
use crate::device::{Argument, Device, Grid};
use crate::error::DeviceError;
use crate::kernel::Kernel;

/// Where the code came from that runs on a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// An image.
    Image(Target),
    /// The sources, compiled to PTX when the GPU was opened.
    Sources(Target),
}

/// One GPU: one stream, its kernels, and buffers to and from it.
///
/// A GPU that is lost stays lost: everything that is asked of it from then on is the same error, at once.
pub struct GpuDevice {
    // Dropped in this order: what is of a context before it.
    functions: HashMap<&'static str, Function>,
    staging: Mutex<Staging>,
    context: Arc<Context>,
    found: Found,
    code: Code,
    lost: OnceLock<String>,
}

/// Words of a GPU's memory.
pub struct GpuMemory(driver::Memory);

fn missing(why: impl ToString) -> DeviceError {
    DeviceError::Missing {
        what: why.to_string(),
    }
}

impl GpuDevice {
    /// Opens the GPU of this number, and loads the kernels.
    ///
    /// # Errors
    /// [`DeviceError::Missing`]: one sentence on what is missing, and what to do.
    pub fn open(ordinal: u32) -> Result<Self, DeviceError> {
        let found = detect(&Installed, ordinal).map_err(missing)?;
        let refused = |doing: &str| {
            let who = format!("CUDA device {ordinal} ({})", found.name);
            let doing = doing.to_owned();
            move |Refusal { why, .. }: Refusal| missing(format!("{who} cannot {doing}: {why}"))
        };
        let context = Context::open(&found).map_err(refused("be opened"))?;
        let (code, functions) = load(&context, &found)?;
        let staging = Staging::new(&context).map_err(refused("pin host memory"))?;
        match &code {
            Code::Image(target @ Target::Cubin(_)) => {
                tracing::info!(device = found.name, capability = %found.capability, "CUDA kernels: machine code for {target}");
            }
            Code::Image(target) => {
                tracing::info!(device = found.name, capability = %found.capability, "CUDA kernels: PTX for {target}, compiled by the driver");
            }
            Code::Sources(target) => {
                tracing::info!(device = found.name, capability = %found.capability, "CUDA kernels: sources, compiled by NVRTC for {target}");
            }
        }
        Ok(Self {
            functions,
            staging: Mutex::new(staging),
            context,
            found,
            code,
            lost: OnceLock::new(),
        })
    }

    /// What GPU it is.
    #[must_use]
    pub const fn found(&self) -> &Found {
        &self.found
    }

    /// What code it runs.
    #[must_use]
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// The same error for all that comes after the GPU was lost.
    fn alive(&self) -> Result<(), DeviceError> {
        match self.lost.get() {
            Some(why) => Err(DeviceError::Lost { why: why.clone() }),
            None => Ok(()),
        }
    }

    /// What the driver's refusal is: of all calls from now on, or of this one.
    fn refusal(&self, refusal: Refusal, this: impl FnOnce(String) -> DeviceError) -> DeviceError {
        let Refusal { why, grade } = refusal;
        match grade {
            Grade::Lost => DeviceError::Lost {
                why: self.lost.get_or_init(|| why).clone(),
            },
            Grade::Memory | Grade::Call => this(why),
        }
    }

    fn refused(&self, what: &'static str) -> impl FnOnce(Refusal) -> DeviceError + '_ {
        move |refusal| self.refusal(refusal, |why| DeviceError::Refused { what, why })
    }

    fn copy(&self, words: usize) -> impl FnOnce(Refusal) -> DeviceError + '_ {
        move |refusal| self.refusal(refusal, |why| DeviceError::Copy { words, why })
    }
}

/// A copy's place, which the copy itself takes for granted.
fn within(memory: &GpuMemory, offset: usize, words: usize) -> Result<(), DeviceError> {
    let there = memory.0.words();
    let end = offset.checked_add(words);
    end.is_some_and(|end| end <= there)
        .then_some(())
        .ok_or_else(|| DeviceError::Copy {
            words,
            why: format!("from word {offset} on, of {there}"),
        })
}

impl Device for GpuDevice {
    type Memory = GpuMemory;

    fn name(&self) -> String {
        format!("cuda {}", self.found.name)
    }

    fn memory(&self) -> Result<Option<(u64, u64)>, DeviceError> {
        self.alive()?;
        let memory = self.context.memory();
        memory.map(Some).map_err(self.refused("say its memory"))
    }

    fn allocate(&self, words: usize) -> Result<GpuMemory, DeviceError> {
        self.alive()?;
        let asked = (words as u64).saturating_mul(size_of::<u32>() as u64);
        let taken = self.context.allocate(words);
        taken.map(GpuMemory).map_err(|refusal| match refusal.grade {
            Grade::Memory => DeviceError::OutOfMemory {
                asked,
                free: self.context.memory().map_or(0, |(free, _)| free),
            },
            Grade::Call | Grade::Lost => self.refused("give memory")(refusal),
        })
    }

    fn write(&self, to: &GpuMemory, offset: usize, words: &[u32]) -> Result<(), DeviceError> {
        self.alive()?;
        within(to, offset, words.len())?;
        let mut staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        let written = staging.write(&to.0, offset, words);
        written.map_err(self.copy(words.len()))
    }

    fn read(&self, from: &GpuMemory, offset: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        self.alive()?;
        within(from, offset, words.len())?;
        let mut staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        let count = words.len();
        let read = staging.read(&from.0, offset, words);
        read.map_err(self.copy(count))
    }

    fn launch(
        &self,
        kernel: Kernel,
        grid: Grid,
        arguments: &[Argument<'_, GpuMemory>],
    ) -> Result<(), DeviceError> {
        self.alive()?;
        let refused = |why: String| DeviceError::Launch {
            kernel: kernel.name(),
            why,
        };
        let word = |argument: &Argument<'_, GpuMemory>| match *argument {
            Argument::U32(number) => Ok(Word(number.into())),
            Argument::U64(number) => Ok(Word(number)),
            Argument::Memory { memory, offset } => {
                let address = memory.0.address(offset, &self.context);
                address.ok_or_else(|| {
                    let words = memory.0.words();
                    refused(format!("word {offset} of {words}, or another GPU's memory"))
                })
            }
        };
        let words = arguments.iter().map(word);
        let mut words: Vec<Word> = words.collect::<Result<_, _>>()?;
        let function = self.functions.get(kernel.name());
        let function = function.ok_or_else(|| refused("it is not loaded".to_owned()))?;
        let sizes = (grid.blocks, grid.threads, grid.shared_bytes);
        self.context
            .launch(function, sizes, &mut words)
            .map_err(|refusal| {
                self.refusal(refusal, |why| {
                    let Grid {
                        blocks,
                        threads,
                        shared_bytes,
                    } = grid;
                    refused(format!(
                        "{why}; {blocks:?} blocks of {threads} threads and {shared_bytes} bytes"
                    ))
                })
            })
    }

    fn synchronise(&self) -> Result<(), DeviceError> {
        self.alive()?;
        let done = self.context.synchronise();
        done.map_err(self.refused("end what it was asked"))
    }
}

type Loaded = (Code, HashMap<&'static str, Function>);

/// Loads the kernels: machine code, else PTX, else from the sources.
fn load(context: &Arc<Context>, found: &Found) -> Result<Loaded, DeviceError> {
    let gpu = found.capability;
    // What was tried, for the message if nothing works.
    let mut tried = Vec::new();
    match images(gpu) {
        Ok((images, targets)) => {
            for target in targets {
                let loaded = match images.read(target) {
                    Ok(code) => functions(context, &code).map_err(|Refusal { why, .. }| {
                        format!("{target} in {}: {why}", images.folder().display())
                    }),
                    Err(error) => Err(error.to_string()),
                };
                match loaded {
                    Ok(functions) => return Ok((Code::Image(target), functions)),
                    Err(why) => tried.push(why),
                }
            }
        }
        Err(error) => tried.push(error.to_string()),
    }
    for why in &tried {
        tracing::warn!("{why}; trying the next code");
    }
    // The newest that the compiler is known to know.
    let known = SHIPPED.into_iter().rfind(|known| *known <= gpu);
    let target = Target::Ptx(known.unwrap_or(OLDEST));
    let compiled = compile_kernels(target).map_err(|error| error.to_string());
    let loaded = compiled.and_then(|code| {
        functions(context, &code).map_err(|Refusal { why, .. }| format!("NVRTC's PTX: {why}"))
    });
    loaded
        .map(|functions| (Code::Sources(target), functions))
        .map_err(|why| {
            tried.push(why);
            let (ordinal, name) = (found.ordinal, &found.name);
            let tried = tried.join("; ");
            missing(format!(
                "no kernels for CUDA device {ordinal} ({name}, compute capability {gpu}): {tried}"
            ))
        })
}

fn images(gpu: Capability) -> Result<(Images, Vec<Target>), ImageError> {
    let images = Images::find()?;
    let targets = images.targets(gpu)?;
    Ok((images, targets))
}

/// All kernels of a piece of code.
fn functions(
    context: &Arc<Context>,
    code: &[u8],
) -> Result<HashMap<&'static str, Function>, Refusal> {
    let module: Arc<Module> = Arc::new(context.load(code)?);
    let kernels = Kernel::ALL.iter().map(|kernel| {
        let name = kernel.name();
        let function = module.function(name).map_err(|refusal| Refusal {
            why: format!("{name}: {}", refusal.why),
            ..refusal
        });
        function.map(|function| (name, function))
    });
    kernels.collect()
}
