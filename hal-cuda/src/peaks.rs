//! What a device reaches at best, measured on it.

use std::time::{Duration, Instant};

use assay_hal::{HalError, HalField, Kind, Peaks};

use crate::device::{Argument, Device, Grid};
use crate::engine::{Engine, at, flat};
use crate::kernel::Task;

/// Words of each of the two buffers of a copy, if there is room: more than caches hold.
const COPIED: u64 = 64 << 20;
/// The same of a device that does not tell how much room it has.
const COPIED_BLINDLY: u64 = 4 << 20;
/// Words that a thread copies.
const WORDS: u64 = 4;
/// Threads of a block.
const THREADS: u32 = 256;
/// Products of a chain, and chains of a thread, as `kernels/peaks.cuh` has them.
const ROUNDS: u32 = 4096;
const CHAINS: u64 = 8;
/// Instructions of a product: `kernels/field.cuh`.
const INSTRUCTIONS: f64 = 4.0;
/// What is timed is repeated until it takes so long, so that a launch costs nothing beside it.
const LEAST: Duration = Duration::from_millis(20);
/// Doublings of what is timed, at most.
const DOUBLINGS: u32 = 16;
/// Measurements, of which the fastest counts.
const TIMES: u32 = 5;
/// No operation of a prover: failures are told as those of a permutation.
const KIND: Kind = Kind::Permute;

/// Measures copies and products.
///
/// # Errors
/// Why it could not.
pub fn measure<F: HalField, D: Device>(engine: &Engine<F, D>) -> Result<Peaks, HalError> {
    let memory = engine.device.memory();
    let free = memory.map_err(|error| engine.error(KIND, error))?;
    // A quarter of what is free for both buffers together, in words.
    let words = free
        .map_or(COPIED_BLINDLY, |(free, _)| COPIED.min(free / 32))
        .max(WORDS);
    let (copies, copy) = copied(engine, words)?;
    let (blocks, multiplications) = multiplied(engine)?;
    Ok(Peaks {
        copy,
        multiplications,
        instructions: Some(multiplications * INSTRUCTIONS),
        method: format!(
            "the fastest of {TIMES}: {copies} copies of {} MiB by a kernel; {ROUNDS} products of {CHAINS} chains in each of {blocks} blocks of {THREADS} threads, {INSTRUCTIONS} instructions a product",
            (words * 4) >> 20
        ),
    })
}

/// The fastest of some runs of a job that is launched a number of times, and that number: so many that it takes long enough.
fn timed<F: HalField, D: Device>(
    engine: &Engine<F, D>,
    mut job: impl FnMut(u32) -> Result<(), HalError>,
) -> Result<(u32, f64), HalError> {
    let mut once = |amount| -> Result<Duration, HalError> {
        let began = Instant::now();
        job(amount)?;
        let ended = engine.device.synchronise();
        ended.map_err(|error| engine.error(KIND, error))?;
        Ok(began.elapsed())
    };
    let mut amount = 1;
    // The first time code is loaded and memory touched.
    once(amount)?;
    for _ in 0..DOUBLINGS {
        if once(amount)? >= LEAST {
            break;
        }
        amount *= 2;
    }
    let mut fastest = f64::INFINITY;
    for _ in 0..TIMES {
        fastest = fastest.min(once(amount)?.as_secs_f64());
    }
    Ok((amount, fastest))
}

/// How many copies were timed, and bytes read and written a second.
fn copied<F: HalField, D: Device>(
    engine: &Engine<F, D>,
    words: u64,
) -> Result<(u32, f64), HalError> {
    let source = engine.allocate(KIND, words as usize)?;
    let target = engine.allocate(KIND, words as usize)?;
    let zeros = vec![0; words as usize];
    engine.write(KIND, &source, &zeros)?;
    let grid = flat(words.div_ceil(WORDS), THREADS);
    let arguments = [at(&source, 0), at(&target, 0), Argument::U64(words)];
    let (copies, seconds) = timed(engine, |copies| {
        (0..copies).try_for_each(|_| engine.launch(KIND, Task::Copy, grid, &arguments))
    })?;
    Ok((copies, (8 * words * u64::from(copies)) as f64 / seconds))
}

/// How many blocks were timed, and products a second.
fn multiplied<F: HalField, D: Device>(engine: &Engine<F, D>) -> Result<(u32, f64), HalError> {
    let sums = engine.allocate(KIND, (THREADS as usize) << DOUBLINGS)?;
    let arguments = [
        at(&sums, 0),
        Argument::U32(F::GENERATOR.to_unique_u32()),
        Argument::U32(ROUNDS),
    ];
    let (blocks, seconds) = timed(engine, |blocks| {
        let grid = Grid {
            blocks: [blocks, 1, 1],
            threads: THREADS,
            shared_bytes: 0,
        };
        engine.launch(KIND, Task::Products, grid, &arguments)
    })?;
    let products = u64::from(blocks * THREADS) * CHAINS * u64::from(ROUNDS);
    Ok((blocks, products as f64 / seconds))
}
