//! What all operations of a HAL share: the device, its constants, and how kernels are launched on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use assay_hal::{Count, Counts, Difference, HalError, HalField, Kind, Place};

use crate::device::{Argument, Device, Grid};
use crate::error::DeviceError;
use crate::kernel::{Kernel, KernelField, Task};

/// Logarithm of the largest group, and of the powers in one half of a table.
pub const LOG_ROOTS: u32 = 24;
const LOG_HALF: u32 = 12;
const HALF: usize = 1 << LOG_HALF;
/// Words of a table.
const TABLE: usize = 2 * HALF + LOG_ROOTS as usize;
/// Tables of powers that are kept.
const TABLES: usize = 64;

/// What tells a table of powers from another: base and factor.
type Key = (u32, u32);

/// A device under a HAL.
pub struct Engine<F, D: Device> {
    pub name: String,
    pub device: D,
    pub counts: Counts,
    /// Logarithm of the points of one pass, at most.
    pub tile: u32,
    /// Powers of the root of unity of order 2^24, and of its inverse.
    roots: D::Memory,
    powers: Mutex<HashMap<Key, Arc<D::Memory>>>,
    pub field: KernelField,
    /// What turns the integer that a word is into the element that it stands for: 2^-32.
    unit: F,
}

/// The words of a kernel's argument.
pub const fn at<M>(memory: &M, offset: usize) -> Argument<'_, M> {
    Argument::Memory { memory, offset }
}

impl<F: HalField, D: Device> Engine<F, D> {
    pub fn new(device: D, tile: u32) -> Result<Self, HalError> {
        let name = device.name();
        let kind = Kind::Upload;
        let Some(field) = KernelField::by_name(F::NAME) else {
            return Err(HalError::Unsupported {
                device: name,
                what: format!("compute in {}", F::NAME),
            });
        };
        let root = F::two_adic_generator(LOG_ROOTS as usize);
        let table = [root, root.inverse()].map(|root| powers(root, F::ONE));
        let table = table.concat();
        let made = device.allocate(table.len());
        let roots = made.map_err(|error| error.into_hal(&name, kind))?;
        let wrote = device.write(&roots, 0, &table);
        wrote.map_err(|error| error.into_hal(&name, kind))?;
        let one = F::from_u32(F::ONE.to_unique_u32());
        Ok(Self {
            name,
            device,
            counts: Counts::default(),
            tile,
            roots,
            powers: Mutex::default(),
            field,
            unit: one.inverse(),
        })
    }

    pub fn error(&self, kind: Kind, error: DeviceError) -> HalError {
        error.into_hal(&self.name, kind)
    }

    /// Does what an operation of this kind consists of, and counts it.
    pub fn operation<T>(
        &self,
        kind: Kind,
        (bytes_up, bytes_down): (u64, u64),
        job: impl FnOnce() -> Result<T, HalError>,
    ) -> Result<T, HalError> {
        let began = Instant::now();
        let done = job();
        let (failed, refused) = match &done {
            Ok(_) => (0, 0),
            Err(error) if error.is_refusal() => (0, 1),
            Err(_) => (1, 0),
        };
        let moved = |bytes| if failed + refused == 0 { bytes } else { 0 };
        let count = Count {
            calls: u64::from(failed + refused == 0),
            bytes_up: moved(bytes_up),
            bytes_down: moved(bytes_down),
            seconds: began.elapsed().as_secs_f64(),
            refused,
            failed,
            ..Count::default()
        };
        self.counts.add(kind, &count);
        done
    }

    /// Time that somebody waited for an operation.
    pub fn waited<T>(&self, kind: Kind, job: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = job();
        let count = Count {
            seconds: began.elapsed().as_secs_f64(),
            ..Count::default()
        };
        self.counts.add(kind, &count);
        done
    }

    /// Whether the device has room for what an operation takes at its height, before any of it is done.
    pub fn room(&self, kind: Kind, words: u64) -> Result<(), HalError> {
        let memory = self.device.memory();
        match memory.map_err(|error| self.error(kind, error))? {
            Some((free, _)) if 4 * words > free => Err(HalError::OutOfMemory {
                device: self.name.clone(),
                asked: 4 * words,
                free,
            }),
            _ => Ok(()),
        }
    }

    pub fn allocate(&self, kind: Kind, words: usize) -> Result<D::Memory, HalError> {
        let made = self.device.allocate(words);
        made.map_err(|error| self.error(kind, error))
    }

    pub fn write(&self, kind: Kind, to: &D::Memory, words: &[u32]) -> Result<(), HalError> {
        let wrote = self.device.write(to, 0, words);
        wrote.map_err(|error| self.error(kind, error))
    }

    /// Elements from the device.
    pub fn read(
        &self,
        kind: Kind,
        (from, offset): (&D::Memory, usize),
        words: usize,
        place: impl Fn(usize) -> Place,
    ) -> Result<Vec<F>, HalError> {
        let mut found = vec![0; words];
        let read = self.device.read(from, offset, &mut found);
        read.map_err(|error| self.error(kind, error))?;
        if let Some(at) = found.iter().position(|&word| word >= F::ORDER_U32) {
            return Err(HalError::WrongResult {
                device: self.name.clone(),
                operation: kind,
                difference: Difference {
                    place: place(at),
                    found: format!("the word {:#010x}", found[at]),
                    expected: format!("one below {:#010x}", F::ORDER_U32),
                },
            });
        }
        let of_montgomery = |word: u32| F::from_u32(word) * self.unit;
        Ok(found.into_iter().map(of_montgomery).collect())
    }

    pub fn launch(
        &self,
        kind: Kind,
        task: Task,
        grid: Grid,
        arguments: &[Argument<'_, D::Memory>],
    ) -> Result<(), HalError> {
        let kernel = Kernel::new(self.field, task);
        let launched = self.device.launch(kernel, grid, arguments);
        launched.map_err(|error| self.error(kind, error))
    }

    /// Powers of the root of unity, or of its inverse.
    pub fn roots(&self, inverse: bool) -> Argument<'_, D::Memory> {
        at(&self.roots, if inverse { TABLE } else { 0 })
    }

    /// What a kernel is given that asks for no powers.
    pub fn no_powers(&self) -> Argument<'_, D::Memory> {
        self.roots(false)
    }

    /// A table of `factor · base^i` for i below 2^24.
    pub fn powers(&self, kind: Kind, base: F, factor: F) -> Result<Arc<D::Memory>, HalError> {
        let key = (base.to_unique_u32(), factor.to_unique_u32());
        let mut tables = self.powers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(&key) {
            return Ok(Arc::clone(table));
        }
        let memory = Arc::new(self.allocate(kind, TABLE)?);
        self.write(kind, &memory, &powers(base, factor))?;
        if tables.len() == TABLES {
            tables.clear();
        }
        tables.insert(key, Arc::clone(&memory));
        Ok(memory)
    }

    /// The words of elements.
    pub fn words(elements: &[F]) -> Vec<u32> {
        elements.iter().map(F::to_unique_u32).collect()
    }
}

/// `factor · base^(4096 i)`, then `base^i`, for i below 4096, then `base^(2^i)` for i below 24.
fn powers<F: HalField>(base: F, factor: F) -> Vec<u32> {
    let high = base
        .exp_power_of_2(LOG_HALF as usize)
        .shifted_powers(factor);
    let low = base.powers();
    let squares = (0..LOG_ROOTS as usize).map(|log| base.exp_power_of_2(log));
    let all = high.take(HALF).chain(low.take(HALF)).chain(squares);
    all.map(|element| element.to_unique_u32()).collect()
}

/// A grid of as many threads as there is work, none of which waits for another.
pub fn flat(items: u64, threads: u32) -> Grid {
    Grid {
        blocks: [items.div_ceil(threads.into()) as u32, 1, 1],
        threads,
        shared_bytes: 0,
    }
}

/// Threads of a block that hashes: few where there is little, so that all multiprocessors have some.
pub const fn hashers(items: u64) -> u32 {
    if items < 1 << 16 { 32 } else { 128 }
}
