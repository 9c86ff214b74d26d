//! Code far behind the rest, at addresses that a small branch predictor confuses with those of branches near by.

use super::RegSet;
use super::state::Generator;
use crate::asm::Label;
use crate::encode::{self, BranchOp, ImmOp, Reg, RegOp};

/// Trips of the loop between a branch and its twin: enough for a two-bit counter to make up its mind.
const TRIPS: u32 = 6;
/// Words of a piece behind its twin, at most.
const LONGEST_TAIL: usize = 24;

/// A piece of far code that holds one twin; it is written when all near code is.
#[derive(Debug, Clone)]
pub(super) struct Far {
    entry: Label,
    link: Reg,
    /// Address of the branch near by.
    near: u32,
    /// How many words the branch near by skips: its twin skips another number.
    near_skips: u32,
    keep: RegSet,
    times: u64,
}

impl Generator<'_> {
    /// A loop that runs a jump here and, by turns, whatever lies at the same low address bits in far code.
    pub(super) fn far_twin(&mut self) {
        let room = self.layout.far_distance.map_or(0, |distance| distance / 2);
        let near_bytes = self.asm.pc() - self.layout.text;
        let last = self.far.last().map_or(0, |far| far.near + 256);
        let affordable = self.budget() / (self.times * 8 * 40);
        if near_bytes > room
            || self.asm.pc() < last
            || affordable < u64::from(TRIPS)
            || self.free_count() < 10
        {
            return self.arithmetic();
        }
        let trips = 2 + self.below(TRIPS);
        let (counter, link) = self.free_pair(RegSet::default());
        let (entry, over) = (self.asm.label(), self.asm.label());
        let skips = 1 + self.below(4);
        self.with_asm(|asm| asm.li(counter, trips));
        let top = self.asm.here();
        let kept = RegSet::default().with(counter).with(link);
        let mut near = 0;
        self.repeated(u64::from(trips), |g| {
            g.keeping_all(kept, |g| {
                g.simple();
                near = g.asm.pc();
                if g.one_in(2) {
                    let reg = g.source();
                    g.with_asm(|asm| asm.branch(BranchOp::Beq, reg, reg, over));
                } else {
                    let d = g.destination();
                    g.with_asm(|asm| asm.jal(d, over));
                }
                for _ in 0..skips {
                    g.poison();
                }
                g.asm.bind(over);
                g.with_asm(|asm| asm.jal(link, entry));
                g.emit(encode::imm_op(ImmOp::Addi, counter, counter, -1));
                g.with_asm(|asm| asm.branch(BranchOp::Bne, counter, Reg::ZERO, top));
            });
        });
        let keep = self.keep.union(kept);
        self.far.push(Far {
            entry,
            link,
            near,
            near_skips: skips,
            keep,
            times: self.times * u64::from(trips),
        });
    }

    /// Writes the far code, behind everything else.
    pub(super) fn write_far(&mut self) {
        let Some(distance) = self.layout.far_distance else {
            return;
        };
        for (number, far) in std::mem::take(&mut self.far).into_iter().enumerate() {
            let before = self.below(3);
            let start = |twin: u32| twin - 4 * before;
            let mut twin = far.near + distance;
            while start(twin) < self.asm.pc() {
                twin += distance;
            }
            while self.asm.pc() < start(twin) {
                self.asm.emit(0);
            }
            assert!(
                twin + 4 * (LONGEST_TAIL as u32) < self.layout.text_limit(),
                "far code fits"
            );
            self.asm.symbol(format!("far_{number}"));
            self.asm.bind(far.entry);
            let (keep, times) = (self.keep, self.times);
            (self.keep, self.times) = (far.keep, far.times);
            for _ in 0..before {
                self.simple();
            }
            self.twin(&far);
            for _ in 0..self.below(3) {
                self.simple();
            }
            self.emit(encode::jalr(Reg::ZERO, far.link, 0));
            (self.keep, self.times) = (keep, times);
        }
    }

    /// What stands where the branch near by would.
    fn twin(&mut self, far: &Far) {
        let over = self.asm.label();
        let reg = self.source();
        match self.below(8) {
            0 => return self.simple(),
            1 => {
                let (d, other) = (self.free(), self.source());
                let op = self.pick(RegOp::ALL);
                return self.emit(encode::reg_op(op, d, reg, other));
            }
            2 | 3 => {
                let (op, other) = (self.pick(BranchOp::ALL), self.source());
                self.with_asm(|asm| asm.branch(op, reg, other, over));
            }
            4 | 5 => self.with_asm(|asm| asm.branch(BranchOp::Bge, reg, reg, over)),
            _ => {
                let d = self.free();
                self.with_asm(|asm| asm.jal(d, over));
            }
        }
        // Safe words: a branch that depends on data may fall through to them.
        for _ in 0..far.near_skips + 1 + self.below(3) {
            self.simple();
        }
        self.asm.bind(over);
    }
}
