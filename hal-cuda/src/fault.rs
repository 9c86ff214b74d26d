//! Faults, put between a HAL and its device: what GPUs do to their users.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::device::{Argument, Device, Grid};
use crate::error::DeviceError;
use crate::kernel::Kernel;

/// The bit of a word that is another one.
const FLIPPED: u32 = 8;
/// What refusals say.
const WHY: &str = "a fault of a test";

/// Something that goes wrong once, at the n-th occasion from now on, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An allocation finds no memory.
    Full(u64),
    /// A launch is refused.
    Launch(u64),
    /// A copy, to or from the device, is refused.
    Copy(u64),
    /// From this call on, of whatever kind, the device is lost.
    Lost(u64),
    /// A word that is read is another one.
    Read(u64),
    /// After a launch, a word of the last memory that it was given is another one.
    Memory(u64),
}

/// How often a device was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// For memory.
    pub allocations: u64,
    /// To start a kernel.
    pub launches: u64,
    /// To take words, or to give them.
    pub copies: u64,
    /// To give words.
    pub reads: u64,
    /// Anything, waiting included.
    pub all: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Allocate,
    Launch,
    Read,
    Write,
    Other,
}

impl Calls {
    /// Counts a call; says whether this fault happens at it.
    fn count(&mut self, call: Call, fault: Option<Fault>) -> bool {
        let before = *self;
        self.all += 1;
        self.allocations += u64::from(call == Call::Allocate);
        self.launches += u64::from(call == Call::Launch);
        self.copies += u64::from(matches!(call, Call::Read | Call::Write));
        self.reads += u64::from(call == Call::Read);
        // What was counted is what is meant, at its number.
        match fault {
            None => false,
            Some(Fault::Full(at)) => {
                self.allocations > before.allocations && before.allocations == at
            }
            Some(Fault::Launch(at) | Fault::Memory(at)) => {
                self.launches > before.launches && before.launches == at
            }
            Some(Fault::Copy(at)) => self.copies > before.copies && before.copies == at,
            Some(Fault::Read(at)) => self.reads > before.reads && before.reads == at,
            Some(Fault::Lost(at)) => before.all >= at,
        }
    }
}

#[derive(Default)]
struct Plan {
    calls: Calls,
    armed: Option<Fault>,
    happened: bool,
}

/// Who decides what goes wrong, and counts.
#[derive(Clone, Default)]
pub struct Saboteur {
    plan: Arc<Mutex<Plan>>,
    live: Arc<AtomicU64>,
}

impl Saboteur {
    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Arms a fault; counting starts anew.
    pub fn arm(&self, fault: Fault) {
        *self.lock() = Plan {
            armed: Some(fault),
            ..Plan::default()
        };
    }

    /// What the device was asked since the last fault was armed.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.lock().calls
    }

    /// Whether the fault happened.
    #[must_use]
    pub fn happened(&self) -> bool {
        self.lock().happened
    }

    /// Allocations that were not dropped.
    #[must_use]
    pub fn live(&self) -> u64 {
        self.live.load(Ordering::SeqCst)
    }
}

/// A device with faults.
pub struct Faulty<D> {
    inner: D,
    saboteur: Saboteur,
}

/// Memory of a [`Faulty`] device: counted.
pub struct FaultyMemory<M> {
    inner: M,
    words: usize,
    live: Arc<AtomicU64>,
}

impl<M> Drop for FaultyMemory<M> {
    fn drop(&mut self) {
        self.live.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<D: Device> Faulty<D> {
    /// Puts a saboteur in front of a device.
    #[must_use]
    pub const fn new(inner: D, saboteur: Saboteur) -> Self {
        Self { inner, saboteur }
    }

    /// Counts a call; gives the fault that happens at it.
    fn call(&self, call: Call) -> Result<Option<Fault>, DeviceError> {
        let plan = &mut *self.saboteur.lock();
        let strikes = plan.calls.count(call, plan.armed);
        plan.happened |= strikes;
        match plan.armed.filter(|_| strikes) {
            Some(Fault::Lost(_)) => Err(DeviceError::Lost {
                why: "it fell off the bus".to_owned(),
            }),
            fault => Ok(fault),
        }
    }

    fn flip(&self, memory: &D::Memory, word: usize) -> Result<(), DeviceError> {
        let mut words = [0];
        self.inner.read(memory, word, &mut words)?;
        self.inner.write(memory, word, &[words[0] ^ FLIPPED])
    }
}

impl<D: Device> Device for Faulty<D> {
    type Memory = FaultyMemory<D::Memory>;

    fn name(&self) -> String {
        format!("faulty {}", self.inner.name())
    }

    fn memory(&self) -> Result<Option<(u64, u64)>, DeviceError> {
        self.call(Call::Other)?;
        self.inner.memory()
    }

    fn allocate(&self, words: usize) -> Result<Self::Memory, DeviceError> {
        if self.call(Call::Allocate)?.is_some() {
            return Err(DeviceError::OutOfMemory {
                asked: 4 * words as u64,
                free: 0,
            });
        }
        let inner = self.inner.allocate(words)?;
        self.saboteur.live.fetch_add(1, Ordering::SeqCst);
        Ok(FaultyMemory {
            inner,
            words,
            live: Arc::clone(&self.saboteur.live),
        })
    }

    fn write(&self, to: &Self::Memory, offset: usize, words: &[u32]) -> Result<(), DeviceError> {
        if self.call(Call::Write)?.is_some() {
            return Err(refusal(words.len()));
        }
        self.inner.write(&to.inner, offset, words)
    }

    fn read(
        &self,
        from: &Self::Memory,
        offset: usize,
        words: &mut [u32],
    ) -> Result<(), DeviceError> {
        let fault = self.call(Call::Read)?;
        if let Some(Fault::Copy(_)) = fault {
            return Err(refusal(words.len()));
        }
        self.inner.read(&from.inner, offset, words)?;
        let middle = words.len() / 2;
        if let (Some(_), Some(word)) = (fault, words.get_mut(middle)) {
            *word ^= FLIPPED;
        }
        Ok(())
    }

    fn launch(
        &self,
        kernel: Kernel,
        grid: Grid,
        arguments: &[Argument<'_, Self::Memory>],
    ) -> Result<(), DeviceError> {
        let fault = self.call(Call::Launch)?;
        if let Some(Fault::Launch(_)) = fault {
            return Err(DeviceError::Launch {
                kernel: kernel.name(),
                why: WHY.to_owned(),
            });
        }
        let inner = arguments.iter().map(|argument| match *argument {
            Argument::Memory { memory, offset } => Argument::Memory {
                memory: &memory.inner,
                offset,
            },
            Argument::U32(number) => Argument::U32(number),
            Argument::U64(number) => Argument::U64(number),
        });
        let inner: Vec<_> = inner.collect();
        self.inner.launch(kernel, grid, &inner)?;
        let last = arguments.iter().rev().find_map(|argument| match *argument {
            Argument::Memory { memory, offset } => Some((memory, offset)),
            _ => None,
        });
        match (fault, last) {
            (Some(_), Some((memory, offset))) => {
                self.flip(&memory.inner, offset + (memory.words - offset) / 2)
            }
            _ => Ok(()),
        }
    }

    fn synchronise(&self) -> Result<(), DeviceError> {
        self.call(Call::Other)?;
        self.inner.synchronise()
    }
}

fn refusal(words: usize) -> DeviceError {
    DeviceError::Copy {
        words,
        why: WHY.to_owned(),
    }
}
