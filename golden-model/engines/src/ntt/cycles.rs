//! When the engine does what: its queues and delays, no data.
//!
//! Cycle 0 is the one in which the first beat goes in. Beats come and are taken whenever the engine lets them.

use crate::field::{ADD_LATENCY, mul_latency};

use super::job::{Op, Shape};

/// What a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// From the first beat in to the first beat out; of a command, of its last pass.
    pub first: usize,
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
/// From a launch to the next one at least.
const PACE: usize = 2;
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

/// What the engine does in one pass over its input: a job, or a part of the four-step method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What is done with each column group.
    pub op: Op,
    /// log2 of a group's length.
    pub log_n: usize,
    /// log2 of the groups of a panel.
    pub log_repeat: usize,
    /// Columns that go through side by side.
    pub panels: usize,
    /// Beats come in tiles.
    pub strided_in: bool,
    /// Beats go in tiles.
    pub strided_out: bool,
    /// Of each tile all panels come before the next tile.
    pub by_rows: bool,
    /// Each group of a panel has its own powers.
    pub factors: bool,
    /// Each group goes in natural order.
    pub out_natural: bool,
}

/// Beats of an element in a tile: `LogTile`.
pub(super) const LOG_TILE: usize = 3;

impl Pass {
    fn groups(&self) -> usize {
        self.panels << self.log_repeat
    }

    /// Column groups that come together.
    fn tile(&self) -> usize {
        if self.strided_in { 2 << LOG_TILE } else { 1 }
    }

    /// Which group of its panel the next one in the order of the pass is.
    fn of_panel(&self, group: usize) -> usize {
        let tile = self.tile();
        if self.by_rows {
            group / (tile * self.panels) * tile + group % tile
        } else {
            group % (1 << self.log_repeat)
        }
    }

    /// Beats that must go through the pipeline: each takes one cycle at least.
    #[must_use]
    pub fn ideal(&self) -> usize {
        let blocks = match self.op {
            Op::Lde { log_blowup } => 1 + (1 << log_blowup),
            Op::Forward | Op::Inverse => 1,
        };
        (self.groups() * blocks) << (self.log_n - 1)
    }
}

/// One column group's way through the pipeline.
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

/// Cycles from the moment that a launch's scaling is known to its powers.
fn scaling(shape: &Shape, pass: &Pass, launch: &Launch) -> usize {
    let mul = mul_latency(shape.products);
    let product = mul + 3;
    let sequence = powers(shape, pass.log_n);
    let of_panel = pass.of_panel(launch.group);
    let block = |c| {
        if c == 0 { sequence } else { product + sequence }
    };
    match (pass.op, launch.block) {
        (Op::Lde { .. }, Some(0)) if launch.group == 0 => pass.log_repeat * product + sequence,
        (_, Some(c)) => block(c),
        _ if pass.factors => block(of_panel),
        (Op::Forward, None) if pass.strided_in => match of_panel {
            0 => pass.log_repeat * product + sequence,
            // As many products as recurrences.
            _ => (mul + 1).next_power_of_two() + mul + 2,
        },
        (Op::Forward, None) => sequence,
        (Op::Inverse | Op::Lde { .. }, None) => 0,
    }
}

/// Cycles of one pass; the job came `head` cycles before it had to.
#[must_use]
pub fn predict_pass(shape: &Shape, pass: &Pass, head: usize) -> Cycles {
    let mul = mul_latency(shape.products);
    let (log_n, groups, tile) = (pass.log_n, pass.groups(), pass.tile());
    let beats = 1 << (log_n - 1);
    let start = mul - 1;
    // From a launch to the first pair of its result.
    let through = start + 1 + SOURCE + mul + pipe(shape, log_n);
    let slot_beats = beats * tile;
    let load_slots = (1 << shape.log_load) / slot_beats;
    let store_beats = 1 << shape.log_store;
    let out_tile = if pass.strided_out { tile } else { 1 };
    // Nothing changes from a group to the next.
    let repeated = !pass.factors && (pass.op == Op::Inverse || !pass.strided_in);

    let launches = sequence(pass.op, groups);
    // Slots of the load RAM: when the last beat is in, when the slot is free.
    let (mut loaded, mut freed): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut coefs_full = vec![0; groups];
    let mut coefs_freed = vec![0; groups];
    // When each beat leaves the store.
    let mut popped: Vec<usize> = Vec::new();
    // As if a launch had been two cycles before the first beat: the job is two cycles old then.
    let (mut previous, mut first) = (0, true);
    for launch in &launches {
        let group = launch.group;
        let mut at = if first { 0 } else { previous + beats.max(PACE) };
        let of_lde = matches!(pass.op, Op::Lde { .. });
        let ready = if !first && !of_lde && repeated {
            previous + 1
        } else {
            let settled = if first { 0 } else { previous + 2 };
            let ready = settled + 1 + scaling(shape, pass, launch);
            if first {
                ready.saturating_sub(head)
            } else {
                ready
            }
        };
        at = at.max(ready);
        if launch.block.is_none() {
            let slot = group / tile;
            if slot == loaded.len() {
                let in_from = match slot.checked_sub(1) {
                    None => 0,
                    Some(before) => {
                        let end = loaded[before];
                        let free = slot.checked_sub(load_slots).map(|slot| freed[slot]);
                        match free {
                            Some(free) if free + 1 > end => free + 2,
                            _ => end + 1,
                        }
                    }
                };
                loaded.push(in_from + slot_beats - 1);
            }
            at = at.max(loaded[slot] + 1);
        } else {
            at = at.max(coefs_full[group]);
        }
        if launch.inverse_of_lde {
            if let Some(slot) = group.checked_sub(2) {
                at = at.max(coefs_freed[slot] + 1);
            }
        } else if group % out_tile == 0 {
            // Room: what was promised, less what is gone.
            let needed = popped.len() + beats * out_tile;
            if let Some(gone) = needed.checked_sub(store_beats).filter(|gone| *gone > 0) {
                at = at.max(popped[gone - 1] + 1);
            }
        }
        let read = at + start + beats;
        match launch.block {
            None if (group + 1) % tile == 0 => freed.push(read),
            None => {}
            Some(_) => coefs_freed[group] = read,
        }
        let out = at + through;
        if launch.inverse_of_lde {
            coefs_full[group] = out + beats;
        } else if (group + 1) % out_tile == 0 {
            for beat in 0..beats * out_tile {
                let written = if pass.out_natural || pass.strided_out {
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
    let out = |popped: Option<&usize>| popped.map_or(0, |at| at + STORE_READ);
    Cycles {
        first: out(popped.first()),
        total: out(popped.last()) + 1,
        ideal: pass.ideal(),
    }
}

/// Cycles of one job of `groups` column groups.
#[must_use]
pub fn predict(shape: &Shape, op: Op, log_n: usize, groups: usize, out_natural: bool) -> Cycles {
    let pass = Pass {
        op,
        log_n,
        log_repeat: 0,
        panels: groups,
        strided_in: false,
        strided_out: false,
        by_rows: false,
        factors: false,
        out_natural,
    };
    predict_pass(shape, &pass, 0)
}
