//! Units that talk to the host.

use assay_abi::Ecall;

use super::RegSet;
use super::state::Generator;
use crate::encode::{self, ImmOp, LoadOp, Reg};

impl Generator<'_> {
    pub(super) fn host(&mut self) {
        if !self.is_free(Reg::A0) || !self.is_free(Reg::A7) {
            return self.arithmetic();
        }
        match self.below(5) {
            0 => self.commit(),
            4 => self.commit_storm(),
            1 => {
                self.set_call(Ecall::Left);
                self.call_host();
            }
            _ => self.read_some(),
        }
    }

    /// Reads a few words with x17 set once, and uses each at once.
    fn read_some(&mut self) {
        self.set_call(Ecall::Read);
        self.keeping(Reg::A7, |g| {
            for _ in 0..=g.below(3) {
                g.reads += g.times;
                g.call_host();
                if g.one_in(2) {
                    g.simple();
                }
            }
        });
    }

    pub(super) fn commit(&mut self) {
        self.keeping(Reg::A0, |g| g.set_call(Ecall::Commit));
        if self.one_in(2) {
            // A change of x17 after it was read must not matter, one of x10 just before must.
            let imm = self.between(-9, 9);
            self.emit(encode::imm_op(ImmOp::Addi, Reg::A0, Reg::A0, imm));
        }
        self.call_host();
    }

    /// Words one after the other, faster than a host may take them.
    fn commit_storm(&mut self) {
        self.keeping(Reg::A0, |g| g.set_call(Ecall::Commit));
        self.keeping(Reg::A7, |g| {
            for _ in 0..2 + g.below(5) {
                g.emit(encode::ECALL);
                if g.one_in(2) {
                    let imm = g.between(-2048, 2047);
                    g.emit(encode::imm_op(ImmOp::Xori, Reg::A0, Reg::A0, imm));
                }
            }
        });
        self.wrote(Reg::A0);
    }

    fn call_host(&mut self) {
        self.emit(encode::ECALL);
        self.wrote(Reg::A0);
        if self.one_in(4) {
            self.emit(encode::imm_op(ImmOp::Xori, Reg::A0, Reg::A0, -1));
        }
    }

    /// Puts the number of a call into x17: as a constant, by way of another register, or loaded right before its use.
    pub(super) fn set_call(&mut self, call: Ecall) {
        let number = call as u32;
        match self.below(3) {
            0 => self.with_asm(|asm| asm.li(Reg::A7, number)),
            1 => {
                let t = self.free_except(RegSet::default().with(Reg::A0).with(Reg::A7));
                self.with_asm(|asm| asm.li(t, number + 5));
                self.emit(encode::imm_op(ImmOp::Addi, Reg::A7, t, -5));
                self.wrote(t);
            }
            _ => {
                let (after, table) = (self.asm.label(), self.asm.label());
                self.with_asm(|asm| {
                    asm.jal(Reg::ZERO, after);
                });
                self.asm.bind(table);
                self.asm.emit(number);
                self.asm.bind(after);
                let second = encode::load(LoadOp::Lw, Reg::A7, Reg::A7, 0);
                self.with_asm(|asm| asm.pc_relative(Reg::A7, table, 0, second));
            }
        }
    }
}
