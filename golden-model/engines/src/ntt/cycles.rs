//! When the engine does what: its queues and delays, no data.
//!
//! Cycle 0 is the one in which the first beat goes in. Beats come and are taken whenever the engine lets them.

use crate::field::{ADD_LATENCY, mul_latency};

use super::job::{Op, Shape};

/// What a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// From the first beat in to the last beat out, both counted.
    pub total: usize,
    /// Beats that must go through the pipeline: each takes one cycle at least.
    pub ideal: usize,
}

/// From a butterfly's operands to its sum and difference, a register in front.
const BUTTERFLY_ADD: usize = 1 + ADD_LATENCY;
/// From a result out of the pipeline to the read of its beat in the store: it is written, then counted.
const STORE_WRITE: usize = 2;
/// From that read to the beat on the port: RAM, register, queue.
const STORE_READ: usize = 3;
/// What the RAMs and the register behind them take, from the first address to the multiplication.
const SOURCE: usize = 3;

/// The pipeline's latency for columns of 2^log_n elements.
fn pipe(shape: &Shape, log_n: usize) -> usize {
    (0..shape.log_max)
        .map(|stage| {
            let commutator = match stage {
                _ if stage + 1 == shape.log_max => 0,
                _ if log_n >= stage + 2 => (1 << stage) + 1,
                _ => 1,
            };
            let butterfly = match stage {
                _ if log_n < stage + 1 => 1,
                0 => BUTTERFLY_ADD + 1,
                _ => BUTTERFLY_ADD + mul_latency(shape.products) + 1,
            };
            commutator + butterfly
        })
        .sum()
}

/// Cycles of the sequence in `ntt_scaling` once it has the base.
fn powers(shape: &Shape, log_n: usize) -> usize {
    let mul = mul_latency(shape.products);
    let log_interleave = (mul + 1).next_power_of_two().trailing_zeros() as usize;
    let last = log_interleave.max(log_n - 1);
    let level = |level: usize| {
        let products = if level < log_interleave {
            1 << level
        } else {
            0
        };
        products + 1 + mul + 2
    };
    (0..last).map(level).sum::<usize>() + 1
}

/// One pass of a column group through the pipeline.
struct Launch {
    group: usize,
    /// Which block of the extension; none for what comes from the load RAM.
    block: Option<usize>,
    /// Its result is coefficients that are read again.
    inverse_of_lde: bool,
}

/// The order in which groups go through.
fn sequence(op: Op, groups: usize) -> Vec<Launch> {
    let load = |group, inverse_of_lde| Launch {
        group,
        block: None,
        inverse_of_lde,
    };
    let Op::Lde { log_blowup } = op else {
        return (0..groups).map(|group| load(group, false)).collect();
    };
    let mut launches = vec![load(0, true)];
    for group in 0..groups {
        if group + 1 < groups {
            launches.push(load(group + 1, true));
        }
        launches.extend((0..1 << log_blowup).map(|block| Launch {
            group,
            block: Some(block),
            inverse_of_lde: false,
        }));
    }
    launches
}

/// Cycles of one job of `groups` column groups.
#[must_use]
pub fn predict(shape: &Shape, op: Op, log_n: usize, groups: usize, out_natural: bool) -> Cycles {
    let mul = mul_latency(shape.products);
    let beats = 1 << (log_n - 1);
    let start = mul - 2;
    // From a launch to the first pair of its result.
    let through = start + 1 + SOURCE + mul + pipe(shape, log_n);
    let load_slots = (1 << shape.log_load) / beats;
    let store_beats = 1 << shape.log_store;

    let launches = sequence(op, groups);
    let blocks = launches.iter().filter(|it| it.block.is_some()).count();
    // Beats of the load RAM: when a group is in, when its slot is free.
    let (mut loaded, mut freed): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut coefs_full = vec![0; groups];
    let mut coefs_freed = vec![0; groups];
    // When each beat leaves the store.
    let mut popped: Vec<usize> = Vec::new();
    // As if a launch had been two cycles before the first beat: the job is two cycles old then.
    let (mut previous, mut first) = (0, true);
    for launch in &launches {
        let mut at = if first { 0 } else { previous + beats };
        // The scaling.
        let settled = if first { 0 } else { previous + 2 };
        let ready = match (op, launch.block) {
            (Op::Inverse, None) | (Op::Forward, None) if !first => previous + 1,
            (Op::Forward, None) | (Op::Lde { .. }, Some(0)) => settled + 1 + powers(shape, log_n),
            (Op::Inverse | Op::Lde { .. }, None) => settled + 1,
            (_, Some(_)) => settled + 1 + mul + 3 + powers(shape, log_n),
        };
        at = at.max(ready);
        if launch.block.is_none() {
            let group = launch.group;
            let in_from = match group.checked_sub(1) {
                None => 0,
                Some(before) => {
                    let end = loaded[before];
                    let free = group.checked_sub(load_slots).map(|slot| freed[slot]);
                    match free {
                        Some(free) if free + 1 > end => free + 2,
                        _ => end + 1,
                    }
                }
            };
            loaded.push(in_from + beats - 1);
            at = at.max(loaded[group] + 1);
        } else {
            at = at.max(coefs_full[launch.group]);
        }
        if launch.inverse_of_lde {
            if let Some(slot) = launch.group.checked_sub(2) {
                at = at.max(coefs_freed[slot] + 1);
            }
        } else {
            // Room: what was promised, less what is gone.
            let needed = popped.len() + beats;
            if let Some(gone) = needed.checked_sub(store_beats).filter(|gone| *gone > 0) {
                at = at.max(popped[gone - 1] + 1);
            }
        }
        let read = at + start + beats;
        match launch.block {
            None => freed.push(read),
            Some(_) => coefs_freed[launch.group] = read,
        }
        let out = at + through;
        if launch.inverse_of_lde {
            coefs_full[launch.group] = out + beats;
        } else {
            for beat in 0..beats {
                let written = if out_natural {
                    out + beats - 1
                } else {
                    out + beat
                };
                let after = popped.last().map_or(0, |last| last + 1);
                popped.push(after.max(written + STORE_WRITE));
            }
        }
        (previous, first) = (at, false);
    }
    let last = popped.last().map_or(0, |last| last + STORE_READ);
    let passes = match op {
        Op::Lde { .. } => groups + blocks,
        Op::Forward | Op::Inverse => groups,
    };
    Cycles {
        total: last + 1,
        ideal: passes * beats,
    }
}
