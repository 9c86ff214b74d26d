//! Units that change the flow of control.

use super::RegSet;
use super::state::{Function, Generator};
use crate::asm::Label;
use crate::encode::{self, BranchOp, ImmOp, LoadOp, Reg, RegOp, StoreOp};

/// Words that a conditional branch may safely be asked to reach, with room for one more unit.
const NEAR_WORDS: usize = 700;
/// Free registers that code needs to be worth writing.
const ENOUGH_FREE: u32 = 8;

/// A forward branch whose label is not bound yet.
pub(super) struct Pending {
    label: Label,
    units: u32,
    from: usize,
}

impl Generator<'_> {
    /// Writes units, with branches that skip some of them.
    pub(super) fn body(&mut self, units: u32, depth: u32) {
        let mut pending: Vec<Pending> = Vec::new();
        for _ in 0..units {
            let mix = &self.config.mix;
            let weights = [
                mix.arithmetic,
                mix.multiply_divide,
                mix.memory,
                mix.text_loads,
                mix.branches,
                mix.jumps,
                mix.calls,
                mix.loops,
                mix.host,
                if self.layout.far_distance.is_some() {
                    mix.far_twins
                } else {
                    0
                },
                mix.hazards,
            ];
            let mut at = self.below(weights.iter().sum());
            let kind = weights
                .iter()
                .position(|&weight| match at.checked_sub(weight) {
                    Some(rest) => {
                        at = rest;
                        false
                    }
                    None => true,
                })
                .expect("below the sum of weights");
            match kind {
                0 => self.arithmetic(),
                1 => self.multiply_divide(),
                2 => self.memory(),
                3 => self.text_loads(),
                4 if self.one_in(4) => self.branch_storm(),
                4 => self.forward_branch(&mut pending),
                5 => self.jump(),
                6 if self.one_in(4) => self.recursion(),
                6 => self.call(),
                7 => {
                    self.bind_all(&mut pending);
                    self.counted_loop(depth);
                }
                8 => self.host(),
                9 => self.far_twin(),
                _ => self.hazard(),
            }
            let now = self.asm.len();
            let (due, rest): (Vec<_>, Vec<_>) = pending
                .drain(..)
                .partition(|p| p.units == 0 || now - p.from > NEAR_WORDS);
            due.into_iter().for_each(|p| self.asm.bind(p.label));
            pending = rest
                .into_iter()
                .map(|p| Pending {
                    units: p.units - 1,
                    ..p
                })
                .collect();
        }
        self.bind_all(&mut pending);
    }

    fn bind_all(&mut self, pending: &mut Vec<Pending>) {
        pending.drain(..).for_each(|p| self.asm.bind(p.label));
    }

    /// A branch that depends on data and skips the next few units.
    fn forward_branch(&mut self, pending: &mut Vec<Pending>) {
        if self.one_in(8) {
            return self.branch_to_half_word();
        }
        let (op, a, b) = (self.pick(BranchOp::ALL), self.source(), self.source());
        let label = self.asm.label();
        pending.push(Pending {
            label,
            units: self.below(5),
            from: self.asm.len(),
        });
        self.with_asm(|asm| asm.branch(op, a, b, label));
    }

    /// A branch that is never taken, to an address that no instruction may have: no fault.
    fn branch_to_half_word(&mut self) {
        let reg = self.source();
        let op = self.pick(&[BranchOp::Bne, BranchOp::Blt, BranchOp::Bltu]);
        let offset = self.pick(&[2, 6, -2, 4094, -4094]);
        self.emit(encode::branch(op, reg, reg, offset));
    }

    /// Branches in a row, each to one of the next few places.
    fn branch_storm(&mut self) {
        let labels: Vec<Label> = (0..3 + self.below(7)).map(|_| self.asm.label()).collect();
        for (i, &label) in labels.iter().enumerate() {
            let ahead = &labels[i..];
            let target = ahead[self.below(ahead.len().min(4) as u32) as usize];
            let (op, a, b) = (self.pick(BranchOp::ALL), self.source(), self.source());
            if self.one_in(6) {
                let d = self.destination();
                self.with_asm(|asm| asm.jal(d, target));
            } else {
                self.with_asm(|asm| asm.branch(op, a, b, target));
            }
            if self.one_in(2) {
                self.simple();
            }
            self.asm.bind(label);
        }
    }

    /// An unconditional transfer; what it jumps over would do harm if it ran.
    fn jump(&mut self) {
        let target = self.asm.label();
        let d = self.destination();
        match self.below(5) {
            0 => self.with_asm(|asm| asm.jal(d, target)),
            1 => {
                let reg = self.source();
                let op = self.pick(&[BranchOp::Beq, BranchOp::Bge, BranchOp::Bgeu]);
                self.with_asm(|asm| asm.branch(op, reg, reg, target));
            }
            2 => {
                let t = self.free();
                self.with_asm(|asm| asm.pc_relative(t, target, 0, encode::jalr(d, t, 0)));
            }
            3 => {
                // The lowest bit of the target is dropped; the register that the jump reads may be the one that it links.
                let t = self.free();
                let (shift, link) = (self.between(-2000, 2000), self.pick(&[t, d]));
                self.with_asm(|asm| asm.la(t, target, shift));
                let odd = self.between(0, 1) * i32::from(shift & 1 == 0);
                self.emit(encode::jalr(link, t, odd - shift));
            }
            _ => return self.jump_table(target),
        }
        for _ in 0..=self.below(5) {
            self.poison();
        }
        self.asm.bind(target);
    }

    /// A word that must not be executed: none of these is counted.
    pub(super) fn poison(&mut self) {
        let any = self.rng_word();
        let reg = self.source();
        let store = encode::store(StoreOp::Sw, reg, Reg::ZERO, 3);
        let misaligned = encode::load(LoadOp::Lw, reg, Reg::ZERO, 1);
        let word = self.pick(&[
            0,
            u32::MAX,
            any,
            any,
            encode::EBREAK,
            encode::ECALL,
            store,
            misaligned,
            encode::jal(reg, 0),
            encode::branch(BranchOp::Beq, reg, reg, -2),
            encode::jalr(reg, Reg::ZERO, 2),
            encode::reg_op(RegOp::Divu, reg, reg, Reg::ZERO),
        ]);
        self.asm.emit(word);
    }

    pub(super) fn rng_word(&mut self) -> u32 {
        self.below(1 << 16) << 16 | self.below(1 << 16)
    }

    /// Jumps through a table in text, chosen by data.
    fn jump_table(&mut self, end: Label) {
        let index = self.source();
        let (t, u) = self.free_pair(RegSet::default());
        let table = self.asm.label();
        let log = 1 + self.below(3);
        self.emit(encode::imm_op(ImmOp::Andi, t, index, (1 << log) - 1));
        self.emit(encode::imm_op(ImmOp::Slli, t, t, 2));
        self.with_asm(|asm| asm.la(u, table, 0));
        self.emit(encode::reg_op(RegOp::Add, t, t, u));
        self.emit(encode::load(LoadOp::Lw, t, t, 0));
        self.emit(encode::jalr(u, t, 0));
        self.asm.bind(table);
        let cases: Vec<Label> = (0..1 << log).map(|_| self.asm.label()).collect();
        cases.iter().for_each(|&case| self.asm.address(case, 0));
        for (i, &case) in cases.iter().enumerate() {
            self.asm.bind(case);
            self.arithmetic();
            if i + 1 < cases.len() && !self.one_in(5) {
                self.with_asm(|asm| asm.jal(Reg::ZERO, end));
                self.poison();
            }
        }
        self.asm.bind(end);
    }

    /// A loop whose counter nothing else writes.
    fn counted_loop(&mut self, depth: u32) {
        let affordable = self.budget() / (self.times * 8 * 40);
        if depth >= 2 || self.free_count() < ENOUGH_FREE + 2 || affordable < 2 {
            return self.arithmetic();
        }
        let trips = 1 + self.below(affordable.min(24) as u32);
        let up = self.one_in(3);
        let (counter, limit) = self.free_pair(RegSet::default());
        let (first, last) = if up {
            (-(trips as i32) / 2, trips as i32 - trips as i32 / 2)
        } else {
            (trips as i32, 0)
        };
        self.with_asm(|asm| {
            asm.li(counter, first as u32);
            if up {
                asm.li(limit, last as u32);
            }
        });
        let kept = RegSet::default()
            .with(counter)
            .with(if up { limit } else { counter });
        let top = self.asm.here();
        let start = self.asm.len();
        self.repeated(u64::from(trips), |g| {
            g.keeping_all(kept, |g| {
                match g.below(4) {
                    0 => g.arithmetic(),
                    1 => {}
                    _ => {
                        let units = 1 + g.below(if depth == 0 { 8 } else { 4 });
                        g.body(units, depth + 1);
                    }
                }
                g.emit(encode::imm_op(
                    ImmOp::Addi,
                    counter,
                    counter,
                    if up { 1 } else { -1 },
                ));
                let (again, done) = if up {
                    (BranchOp::Blt, BranchOp::Bge)
                } else {
                    (BranchOp::Bne, BranchOp::Beq)
                };
                let other = if up { limit } else { Reg::ZERO };
                if g.asm.len() - start < NEAR_WORDS && g.one_in(3) {
                    // Leaves the loop when it must, and else whenever data says so: what goes back is a branch of any kind.
                    let (out, op) = (g.asm.label(), g.pick(BranchOp::ALL));
                    let (a, b) = (g.source(), g.source());
                    g.with_asm(|asm| {
                        asm.branch(done, counter, other, out);
                        asm.branch(op, a, b, top);
                        asm.bind(out);
                    });
                } else if g.asm.len() - start > NEAR_WORDS || g.one_in(4) {
                    let out = g.asm.label();
                    g.with_asm(|asm| {
                        asm.branch(done, counter, other, out);
                        asm.jal(Reg::ZERO, top);
                        asm.bind(out);
                    });
                } else {
                    g.with_asm(|asm| asm.branch(again, counter, other, top));
                }
            });
        });
        self.wrote(counter);
    }

    /// Calls a function that is written at the end of the block.
    fn call(&mut self) {
        if self.budget() / self.times < 8 * 100 {
            return self.arithmetic();
        }
        if self.functions.len() < 3 && self.one_in(2) {
            let function = Function {
                entry: self.asm.label(),
                link: self.free(),
                skips_word: self.one_in(5),
                keep: RegSet::default(),
                calls: 0,
            };
            self.functions.push(function);
        }
        let callable: Vec<usize> = (0..self.functions.len())
            .filter(|&i| {
                let f = &self.functions[i];
                let kept = f.keep.union(self.keep).with(f.link);
                self.is_free(f.link) && kept.0.count_ones() + ENOUGH_FREE <= 31
            })
            .collect();
        if callable.is_empty() {
            return self.arithmetic();
        }
        let chosen = self.pick(&callable);
        let function = &mut self.functions[chosen];
        function.calls += self.times;
        function.keep = function.keep.union(self.keep);
        let (entry, link, skips_word) = (function.entry, function.link, function.skips_word);
        if self.one_in(3) {
            self.with_asm(|asm| asm.pc_relative(link, entry, 0, encode::jalr(link, link, 0)));
        } else {
            self.with_asm(|asm| asm.jal(link, entry));
        }
        if skips_word {
            self.poison();
        }
    }

    /// Writes the functions that were called; they may call those behind them.
    pub(super) fn write_functions(&mut self) {
        let over = self.asm.label();
        self.with_asm(|asm| asm.jal(Reg::ZERO, over));
        let (keep, times) = (self.keep, self.times);
        let mut written = 0;
        while !self.functions.is_empty() {
            let function = self.functions.remove(0);
            if self.one_in(2) {
                self.poison();
            }
            self.asm.bind(function.entry);
            if function.calls == 0 {
                self.asm.emit(0);
                continue;
            }
            self.times = function.calls;
            self.keep = keep.union(function.keep).with(function.link);
            // Few calls deeper than a handful: the bound on them multiplies.
            let units = if written < 4 { 2 + self.below(6) } else { 0 };
            match units {
                0 => self.arithmetic(),
                units => self.body(units, 1),
            }
            written += 1;
            let d = match self.below(8) {
                0 => function.link,
                1 => self.free(),
                _ => Reg::ZERO,
            };
            self.emit(encode::jalr(
                d,
                function.link,
                if function.skips_word { 4 } else { 0 },
            ));
        }
        (self.keep, self.times) = (keep, times);
        self.asm.bind(over);
    }

    /// A function that calls itself a few times, with its links on a stack.
    fn recursion(&mut self) {
        let affordable = self.budget() / (self.times * 8 * 16);
        if self.free_count() < ENOUGH_FREE + 3 || affordable < 2 {
            return self.arithmetic();
        }
        let depth = 1 + self.below(affordable.min(20) as u32);
        let (link, stack) = self.free_pair(RegSet::default());
        let left = self.free_except(RegSet::default().with(link).with(stack));
        let top = self.layout.private.end;
        let (enter, unwind, over) = (self.asm.label(), self.asm.label(), self.asm.label());
        self.with_asm(|asm| {
            asm.li(stack, top);
            asm.li(left, depth);
            asm.jal(link, enter);
            asm.jal(Reg::ZERO, over);
        });
        self.asm.bind(enter);
        self.repeated(u64::from(depth), |g| {
            g.emit(encode::imm_op(ImmOp::Addi, stack, stack, -4));
            g.emit(encode::store(StoreOp::Sw, link, stack, 0));
            g.emit(encode::imm_op(ImmOp::Addi, left, left, -1));
            g.with_asm(|asm| {
                asm.branch(BranchOp::Beq, left, Reg::ZERO, unwind);
                asm.jal(link, enter);
                asm.bind(unwind);
            });
            g.keeping_all(RegSet::default().with(stack).with(link), Self::arithmetic);
            g.emit(encode::load(LoadOp::Lw, link, stack, 0));
            g.emit(encode::imm_op(ImmOp::Addi, stack, stack, 4));
            g.emit(encode::jalr(Reg::ZERO, link, 0));
        });
        self.poison();
        self.asm.bind(over);
    }
}
