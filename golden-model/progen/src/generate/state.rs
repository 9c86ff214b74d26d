//! The generator's state: the code so far, which registers mean what, and how often the next instruction runs.

use std::collections::VecDeque;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::far::Far;
use super::layout::{Layout, Region};
use super::{Config, RegSet};
use crate::asm::{Assembler, Label};
use crate::encode::Reg;

/// A register that holds an address for the length of a block, and the memory around it that may be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base {
    pub reg: Reg,
    pub address: u32,
    pub region: Region,
}

/// A function that is called in this block and written at its end.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub entry: Label,
    pub link: Reg,
    /// Callers have a word behind the call that must not run: the function returns behind it.
    pub skips_word: bool,
    /// What its callers need unchanged.
    pub keep: RegSet,
    /// How often it is called.
    pub calls: u64,
}

pub(super) struct Generator<'a> {
    pub config: &'a Config,
    pub seed: u64,
    pub rng: Xoshiro256PlusPlus,
    pub asm: Assembler,
    pub layout: Layout,
    pub text_start: Label,
    /// How often the code that is being written runs, at most.
    pub times: u64,
    /// Instructions executed so far, at most.
    pub bound: u64,
    /// Words read so far, at most.
    pub reads: u64,
    /// Private words handed out.
    pub private_words: u32,
    pub bases: Vec<Base>,
    /// Registers that must keep their values here.
    pub keep: RegSet,
    /// The last destinations, newest first.
    pub recent: VecDeque<Reg>,
    pub functions: Vec<Function>,
    /// Private words that values go through, from a store to the next load.
    pub slots: Vec<u32>,
    /// Far code to be written, by the address of what it is far from.
    pub far: Vec<Far>,
}

impl<'a> Generator<'a> {
    pub fn new(seed: u64, config: &'a Config) -> Generator<'a> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let layout = Layout::new(&mut rng, config.data_pages);
        let mut asm = Assembler::new(layout.text);
        let text_start = asm.here();
        Generator {
            config,
            seed,
            rng,
            asm,
            layout,
            text_start,
            times: 1,
            bound: 0,
            reads: 0,
            private_words: 0,
            bases: Vec::new(),
            keep: RegSet::default(),
            recent: VecDeque::new(),
            functions: Vec::new(),
            far: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        self.rng.random_range(0..end)
    }

    /// A number of the closed range.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        self.rng.random_range(low..=high)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }

    /// Instructions still to be generated, by the bound.
    pub fn budget(&self) -> u64 {
        self.config.instructions.saturating_sub(self.bound)
    }

    /// Writes an instruction.
    pub fn emit(&mut self, word: u32) {
        self.bound += self.times;
        self.asm.emit(word);
    }

    /// Writes instructions through the assembler's own helpers, and counts them.
    pub fn with_asm(&mut self, write: impl FnOnce(&mut Assembler)) {
        let before = self.asm.len();
        write(&mut self.asm);
        self.bound += (self.asm.len() - before) as u64 * self.times;
    }

    /// A register to read: often one that was written just now.
    pub fn source(&mut self) -> Reg {
        if !self.recent.is_empty() && self.below(8) < 5 {
            let i = self.below(self.recent.len().min(6) as u32);
            return self.recent[i as usize];
        }
        Reg::new(self.below(32) as u8)
    }

    /// A register to write, sometimes x0.
    pub fn destination(&mut self) -> Reg {
        if self.one_in(20) {
            return Reg::ZERO;
        }
        let reg = self.free();
        self.wrote(reg);
        reg
    }

    /// A register to write that is not x0 and is none of `except`.
    pub fn free_except(&mut self, except: RegSet) -> Reg {
        if self.below(5) == 0 {
            let again = self
                .recent
                .iter()
                .copied()
                .find(|&r| r != Reg::ZERO && !except.contains(r) && !self.keep.contains(r));
            if let Some(reg) = again {
                return reg;
            }
        }
        loop {
            let reg = Reg::new(1 + self.below(31) as u8);
            if !self.keep.contains(reg) && !except.contains(reg) {
                return reg;
            }
        }
    }

    pub fn free(&mut self) -> Reg {
        self.free_except(RegSet::default())
    }

    /// Two different free registers, neither of `except`.
    pub fn free_pair(&mut self, except: RegSet) -> (Reg, Reg) {
        let first = self.free_except(except);
        let second = self.free_except(except.with(first));
        (first, second)
    }

    /// How many registers are free.
    pub fn free_count(&self) -> u32 {
        31 - (self.keep.0 & !1).count_ones()
    }

    pub fn is_free(&self, reg: Reg) -> bool {
        !self.keep.contains(reg)
    }

    /// Notes a destination, so that the next units read it.
    pub fn wrote(&mut self, reg: Reg) {
        self.recent.push_front(reg);
        self.recent.truncate(8);
    }

    /// Keeps a register while `write` writes code.
    pub fn keeping(&mut self, reg: Reg, write: impl FnOnce(&mut Self)) {
        self.keeping_all(RegSet::default().with(reg), write);
    }

    /// Keeps registers while `write` writes code.
    pub fn keeping_all(&mut self, regs: RegSet, write: impl FnOnce(&mut Self)) {
        let before = self.keep;
        self.keep = before.union(regs);
        write(self);
        self.keep = before;
    }

    /// Runs `write` for code that is executed `times` as often as here.
    pub fn repeated(&mut self, times: u64, write: impl FnOnce(&mut Self)) {
        let before = self.times;
        self.times *= times;
        write(self);
        self.times = before;
    }

    /// Address of `count` fresh private words.
    pub fn private(&mut self, count: u32) -> u32 {
        let address = self.layout.private.start + 4 * self.private_words;
        self.private_words += count;
        assert!(
            address + 4 * count <= self.layout.private.end,
            "private words are used up"
        );
        address
    }
}
