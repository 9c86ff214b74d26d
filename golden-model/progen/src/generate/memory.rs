//! Units that load and store.

use super::RegSet;
use super::state::{Base, Generator};
use crate::asm::Label;
use crate::encode::{self, BranchOp, ImmOp, LoadOp, NOP, Reg, RegOp, StoreOp};

impl Generator<'_> {
    pub(super) fn memory(&mut self) {
        match self.below(18) {
            0..=5 => {
                for _ in 0..=self.below(4) {
                    self.plain_access();
                    if self.one_in(3) {
                        self.simple();
                    }
                }
            }
            6..=9 => self.computed_access(),
            10..=12 => self.lanes(),
            13 => self.strides(),
            14 => self.pointer_chase(),
            15 | 16 => self.distance(),
            _ => self.low_memory(),
        }
    }

    fn base(&mut self) -> Base {
        let bases = self.bases.clone();
        self.pick(&bases)
    }

    /// Emits a random load or store of base register + offset, aligned for its width where the base register holds `address` (modulo 4).
    fn access(&mut self, base: Reg, lowest: i32, highest: i32, address: u32) {
        if self.below(5) < 3 {
            let op = self.pick(LoadOp::ALL);
            let offset = self.offset(lowest, highest, op.width(), address);
            let d = self.destination();
            self.emit(encode::load(op, d, base, offset));
        } else {
            let op = self.pick(StoreOp::ALL);
            let offset = self.offset(lowest, highest, op.width(), address);
            let source = self.source();
            self.emit(encode::store(op, source, base, offset));
        }
    }

    /// An offset in `lowest ..= highest - width` that makes `address + offset` a multiple of `width`.
    fn offset(&mut self, lowest: i32, highest: i32, width: u32, address: u32) -> i32 {
        let offset = self.between(lowest, highest - 4);
        let misaligned = address.wrapping_add_signed(offset) & (width - 1);
        // Down to the border of its own width, or up where that would leave the window.
        let down = offset - misaligned as i32;
        if down >= lowest {
            down
        } else {
            down + width as i32
        }
    }

    fn window(base: Base) -> (i32, i32) {
        let below = (base.address - base.region.start).min(2048) as i32;
        let above = (base.region.end - base.address).min(2048) as i32;
        (-below, above)
    }

    fn plain_access(&mut self) {
        let base = self.base();
        let (lowest, highest) = Self::window(base);
        self.access(base.reg, lowest, highest, base.address);
    }

    /// An access whose address depends on data: a masked register plus a base.
    fn computed_access(&mut self) {
        let base = self.base();
        let room = base.region.end - base.address;
        if room < 16 {
            return self.plain_access();
        }
        let bits = 2 + self.below((room - 8).ilog2() - 1);
        let mask = ((1_u32 << bits) - 1) & !3;
        let (index, t) = (self.source(), self.free());
        if mask < 2048 {
            self.emit(encode::imm_op(ImmOp::Andi, t, index, mask as i32));
        } else {
            let m = self.free_except(RegSet::default().with(t).with(index));
            self.with_asm(|asm| asm.li(m, mask));
            self.emit(encode::reg_op(RegOp::And, t, index, m));
            self.wrote(m);
        }
        self.emit(encode::reg_op(RegOp::Add, t, t, base.reg));
        let count = 1 + self.below(3);
        self.keeping(t, |g| {
            for _ in 0..count {
                g.access(t, 0, 7, base.address);
                if g.one_in(3) {
                    g.simple();
                }
            }
        });
        self.wrote(t);
    }

    /// Narrow and wide accesses to one or two neighbouring words, in all lanes and close together.
    fn lanes(&mut self) {
        let base = self.base();
        let (lowest, highest) = Self::window(base);
        if highest - lowest < 24 {
            return self.plain_access();
        }
        let at = self.between(lowest, highest - 12);
        let word = at + (base.address.wrapping_add_signed(at).wrapping_neg() & 3) as i32;
        for _ in 0..3 + self.below(5) {
            let bytes = if self.one_in(3) { 11 } else { 7 };
            self.access(base.reg, word, word + bytes, base.address);
            if self.one_in(4) {
                self.simple();
            }
        }
    }

    /// A row of accesses with one stride: page after page, or the same set of a cache again and again.
    fn strides(&mut self) {
        let base = self.base();
        let stride = self.pick(&[60, 64, 1020, 1024, 1028, 2048, 4096, 8192, 16384]);
        let count = ((base.region.end - base.address) / stride).min(12);
        if count < 2 {
            return self.plain_access();
        }
        let (t, step) = self.free_pair(RegSet::default());
        self.with_asm(|asm| asm.li(step, stride));
        self.emit(encode::imm_op(ImmOp::Addi, t, base.reg, 0));
        self.keeping_all(RegSet::default().with(t).with(step), |g| {
            for i in 0..count {
                g.access(t, 0, 7, base.address);
                if g.one_in(3) {
                    g.access(t, 0, 7, base.address);
                }
                if i + 1 < count {
                    g.emit(encode::reg_op(RegOp::Add, t, t, step));
                }
            }
        });
        self.wrote(t);
    }

    /// Stores an address, loads it back and uses it at once.
    fn pointer_chase(&mut self) {
        let base = self.base();
        let (lowest, highest) = Self::window(base);
        let at = self.offset(lowest, highest, 4, base.address);
        let target = self.base();
        let (t, u) = self.free_pair(RegSet::default());
        self.emit(encode::store(StoreOp::Sw, target.reg, base.reg, at));
        if self.one_in(3) {
            self.keeping(t, Self::simple);
        }
        self.emit(encode::load(LoadOp::Lw, t, base.reg, at));
        self.keeping(t, |g| {
            if g.one_in(3) {
                g.simple();
            }
            let (lowest, highest) = Self::window(target);
            g.access(t, lowest, highest, target.address);
        });
        // The chain goes on: a pointer to the pointer.
        self.emit(encode::store(StoreOp::Sw, base.reg, base.reg, at));
        self.emit(encode::load(LoadOp::Lw, u, base.reg, at));
        self.emit(encode::load(LoadOp::Lw, t, u, at));
        self.wrote(t);
        self.wrote(u);
    }

    /// A store, then a load of the same word or of one that shares its place in a cache, and a use: each a few instructions later.
    fn distance(&mut self) {
        let base = self.base();
        let (lowest, highest) = Self::window(base);
        let at = self.offset(lowest, highest, 4, base.address);
        let (t, d) = self.free_pair(RegSet::default());
        let alias = self.pick(&[0, 0, 0, 4096, 8192, 16384, 32768]);
        let fits = base.address.wrapping_add_signed(at) + alias + 4 <= base.region.end;
        let other = if fits { alias } else { 0 };
        self.with_asm(|asm| asm.li(t, other));
        self.emit(encode::reg_op(RegOp::Add, t, t, base.reg));
        self.keeping(t, |g| {
            let (store, source) = (g.pick(StoreOp::ALL), g.source());
            let lane = |g: &mut Self, width: u32| (g.below(4) & !(width - 1)) as i32;
            if g.one_in(2) {
                // Both lines are there, if they can be there at once.
                g.emit(encode::load(LoadOp::Lw, d, base.reg, at));
                g.emit(encode::load(LoadOp::Lw, d, t, at));
            }
            let shift = lane(g, store.width());
            g.emit(encode::store(store, source, base.reg, at + shift));
            for _ in 0..g.below(5) {
                g.simple();
            }
            if g.one_in(4) {
                let store = g.pick(StoreOp::ALL);
                let (source, shift) = (g.source(), lane(g, store.width()));
                g.emit(encode::store(store, source, t, at + shift));
            }
            let load = g.pick(LoadOp::ALL);
            let shift = lane(g, load.width());
            g.emit(encode::load(load, d, t, at + shift));
            if g.one_in(2) {
                // Back at once: the first line may be on its way to memory.
                g.emit(encode::load(LoadOp::Lw, d, base.reg, at));
            }
            g.keeping(d, |g| {
                for _ in 0..g.below(4) {
                    g.simple();
                }
            });
            let e = g.free();
            g.emit(encode::reg_op(RegOp::Sub, e, d, e));
            g.wrote(e);
        });
        self.wrote(d);
    }

    /// Reads memory once more at the end, with a stride that keeps it short: what was corrupted long ago shows here.
    pub(super) fn sweep(&mut self) {
        let region = self.layout.main;
        let count = (self.config.instructions / 32).clamp(16, 1 << 16) as u32;
        let bytes = region.end - region.start;
        // An odd number of words, so that every set and word of a line has its turn.
        let stride = ((bytes / count) & !7).max(8) + 4;
        let count = bytes / stride;
        let keep = RegSet::default();
        let (at, step) = self.free_pair(keep);
        let keep = keep.with(at).with(step);
        let (end, word) = self.free_pair(keep);
        let sum = self.free_except(keep.with(end).with(word));
        self.with_asm(|asm| {
            asm.li(at, region.start);
            asm.li(end, region.start + count * stride);
            asm.li(step, stride);
        });
        let top = self.asm.here();
        self.repeated(u64::from(count), |g| {
            g.emit(encode::load(LoadOp::Lw, word, at, 0));
            g.emit(encode::reg_op(RegOp::Add, at, at, step));
            g.emit(encode::reg_op(RegOp::Add, sum, sum, word));
            g.with_asm(|asm| asm.branch(BranchOp::Bltu, at, end, top));
        });
    }

    /// Memory around address 0, with x0 as the base.
    fn low_memory(&mut self) {
        if self.layout.low.is_none() {
            return self.plain_access();
        }
        for _ in 0..=self.below(3) {
            self.access(Reg::ZERO, 0, 2048, 0);
        }
    }

    /// Loads of instructions and tables from text.
    pub(super) fn text_loads(&mut self) {
        let start: Label = self.text_start;
        for _ in 0..=self.below(3) {
            let op = self.pick(LoadOp::ALL);
            let at = self.below(4 * self.asm.len() as u32 + 4) & !(op.width() - 1);
            let t = self.free();
            let d = self.destination();
            let second = encode::load(op, d, t, 0);
            self.with_asm(|asm| {
                if asm.len() * 4 > at as usize || at == 0 {
                    asm.pc_relative(t, start, at as i32, second);
                } else {
                    asm.emit(NOP);
                }
            });
        }
    }
}
