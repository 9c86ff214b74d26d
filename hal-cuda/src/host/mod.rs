//! The device that is the host.

mod call;

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::device::{Argument, Device, Grid};
use crate::error::DeviceError;
use crate::kernel::Kernel;

/// What words hold that nobody wrote; no element's word is so large.
const POISON: u32 = 0xa5a5_a5a5;
/// Words in front of an allocation and behind it that no kernel may change.
const GUARD: usize = 64;

/// A bug that tests plant into the kernels; host builds alone have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plant(pub u32);

/// Runs the kernels' own text on the host, one block after the other, as [`Device`] of every test. Memory is poisoned when it is
/// allocated, what a kernel writes beside its memory is noticed after the launch, and so is shared memory that is read before it is written.
#[derive(Debug, Default)]
pub struct HostDevice {
    /// Bytes that may be allocated at once; no limit if not given.
    limit: Option<u64>,
    /// Threads of a block run from the last to the first.
    backwards: bool,
    /// The bug that its kernels have.
    plant: Plant,
    used: Arc<AtomicU64>,
    /// One thing after the other, as on a stream.
    stream: Mutex<()>,
}

/// An allocation of a [`HostDevice`].
pub struct HostMemory {
    /// Kernels write into it through a pointer, while the stream is locked.
    words: Box<[AtomicU32]>,
    bytes: u64,
    used: Arc<AtomicU64>,
}

impl HostMemory {
    fn len(&self) -> usize {
        (self.bytes / 4) as usize
    }

    /// Those from `offset` on.
    fn words(&self, offset: usize, words: usize) -> Result<&[AtomicU32], DeviceError> {
        let there = self.words[GUARD..GUARD + self.len()].get(offset..offset + words);
        there.ok_or_else(|| DeviceError::Copy {
            words,
            why: format!("word {offset} of {} is too far", self.len()),
        })
    }

    /// Whether nothing was written beside it.
    fn is_intact(&self) -> bool {
        let intact = |words: &[AtomicU32]| {
            let mut words = words.iter();
            words.all(|word| word.load(Ordering::Relaxed) == POISON)
        };
        intact(&self.words[..GUARD]) && intact(&self.words[GUARD + self.len()..])
    }
}

impl fmt::Debug for HostMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} words of the host", self.len())
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl HostDevice {
    /// A device with no more memory than that.
    #[must_use]
    pub fn with_memory(bytes: u64) -> Self {
        Self {
            limit: Some(bytes),
            ..Self::default()
        }
    }

    /// The same, whose blocks run their threads from the last to the first.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            backwards: true,
            ..self
        }
    }

    /// A device with a bug.
    #[must_use]
    pub fn with_plant(plant: Plant) -> Self {
        Self {
            plant,
            ..Self::default()
        }
    }

    /// Bytes that are allocated.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device for HostDevice {
    type Memory = HostMemory;

    fn name(&self) -> String {
        "cuda-host".to_owned()
    }

    fn memory(&self) -> Result<Option<(u64, u64)>, DeviceError> {
        Ok(self
            .limit
            .map(|total| (total.saturating_sub(self.used()), total)))
    }

    fn allocate(&self, words: usize) -> Result<HostMemory, DeviceError> {
        let asked = 4 * words as u64;
        let limit = self.limit.unwrap_or(u64::MAX);
        let fits = |used: u64| used.checked_add(asked).filter(|&sum| sum <= limit);
        let (used, order) = (&self.used, Ordering::Relaxed);
        used.fetch_update(order, order, fits)
            .map_err(|used| DeviceError::OutOfMemory {
                asked,
                free: limit.saturating_sub(used),
            })?;
        let words = (0..words + 2 * GUARD).map(|_| AtomicU32::new(POISON));
        Ok(HostMemory {
            words: words.collect(),
            bytes: asked,
            used: Arc::clone(used),
        })
    }

    fn write(&self, to: &HostMemory, offset: usize, words: &[u32]) -> Result<(), DeviceError> {
        let _stream = self.lock();
        for (to, &word) in to.words(offset, words.len())?.iter().zip(words) {
            to.store(word, Ordering::Relaxed);
        }
        Ok(())
    }

    fn read(&self, from: &HostMemory, offset: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        let _stream = self.lock();
        let there = from.words(offset, words.len())?;
        for (word, from) in words.iter_mut().zip(there) {
            *word = from.load(Ordering::Relaxed);
        }
        Ok(())
    }

    fn launch(
        &self,
        kernel: Kernel,
        grid: Grid,
        arguments: &[Argument<'_, HostMemory>],
    ) -> Result<(), DeviceError> {
        let _stream = self.lock();
        call::launch(self, kernel, grid, arguments).map_err(|why| DeviceError::Launch {
            kernel: kernel.name(),
            why: why.to_owned(),
        })
    }

    fn synchronise(&self) -> Result<(), DeviceError> {
        Ok(())
    }
}
