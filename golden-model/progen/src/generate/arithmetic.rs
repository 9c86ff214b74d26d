//! Units that compute in registers.

use super::state::Generator;
use crate::encode::{self, ImmOp, Reg, RegOp};

const MULTIPLY_DIVIDE: [RegOp; 8] = [
    RegOp::Mul,
    RegOp::Mulh,
    RegOp::Mulhsu,
    RegOp::Mulhu,
    RegOp::Div,
    RegOp::Divu,
    RegOp::Rem,
    RegOp::Remu,
];
/// Operands where sign, overflow and carry go wrong.
const CORNERS: [u32; 12] = [
    0,
    1,
    2,
    3,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_ffff,
    0xffff_fffe,
    0x0000_ffff,
    0xffff_0000,
    0x0001_0000,
];

impl Generator<'_> {
    /// One cheap instruction: never a load, store, multiplication or jump.
    pub(super) fn simple(&mut self) {
        let (d, a, b) = (
            self.destination_after_sources(),
            self.source(),
            self.source(),
        );
        let word = match self.below(20) {
            0..=8 => {
                let op = self.pick(&RegOp::ALL[..10]);
                encode::reg_op(op, d, a, b)
            }
            9..=16 => {
                let op = self.pick(ImmOp::ALL);
                let imm = if op.is_shift() {
                    let amount = self.between(0, 31);
                    self.pick(&[0, 1, 31, amount, amount, amount])
                } else {
                    let any = self.between(-2048, 2047);
                    self.pick(&[any, any, any, any, 0, 1, -1, -2048, 2047])
                };
                encode::imm_op(op, d, a, imm)
            }
            17 => encode::lui(d, self.below(1 << 20)),
            18 => encode::auipc(d, self.below(1 << 20)),
            _ => {
                let operands = self.below(1 << 12);
                let d = if self.config.plain_fences {
                    Reg::ZERO
                } else {
                    b
                };
                return self.emit(encode::fence(operands, d, a));
            }
        };
        self.emit(word);
        self.wrote(d);
    }

    /// A destination that is not yet noted as written, so that the sources picked after it are older values.
    fn destination_after_sources(&mut self) -> Reg {
        if self.one_in(20) {
            Reg::ZERO
        } else {
            self.free()
        }
    }

    pub(super) fn arithmetic(&mut self) {
        for _ in 0..=self.below(5) {
            self.simple();
        }
    }

    pub(super) fn multiply_divide(&mut self) {
        match self.below(4) {
            0 => self.corner_operands(),
            1 => self.dependent_chain(),
            _ => {
                for _ in 0..=self.below(3) {
                    let (d, a, b) = (
                        self.destination_after_sources(),
                        self.source(),
                        self.source(),
                    );
                    let op = self.pick(&MULTIPLY_DIVIDE);
                    self.emit(encode::reg_op(op, d, a, b));
                    self.wrote(d);
                    if self.one_in(2) {
                        self.simple();
                    }
                }
            }
        }
    }

    /// Divisions by zero, overflows, and everything next to them.
    fn corner_operands(&mut self) {
        let (a, b) = self.free_pair(Default::default());
        let (x, y) = (self.pick(&CORNERS), self.pick(&CORNERS));
        self.with_asm(|asm| {
            asm.li(a, x);
            asm.li(b, y);
        });
        for _ in 0..=self.below(4) {
            let op = self.pick(&MULTIPLY_DIVIDE);
            let d = self.destination_after_sources();
            // The same operands again unless `d` is one of them; then its result goes on as an operand.
            let (p, q) = if self.one_in(6) { (b, a) } else { (a, b) };
            self.emit(encode::reg_op(op, d, p, q));
            self.wrote(d);
        }
    }

    /// Long-latency operations that each need the one before.
    fn dependent_chain(&mut self) {
        let acc = self.free();
        for _ in 0..3 + self.below(4) {
            let op = if self.one_in(3) {
                self.pick(RegOp::ALL)
            } else {
                self.pick(&MULTIPLY_DIVIDE)
            };
            let other = self.source();
            let (a, b) = self.pick(&[(acc, other), (other, acc), (acc, acc), (acc, other)]);
            self.emit(encode::reg_op(op, acc, a, b));
        }
        self.wrote(acc);
    }

    /// Folds every register into x10 and commits it: what went wrong anywhere shows in the journal.
    pub(super) fn checksum(&mut self) {
        // A program that leaves the host out has nobody to tell.
        if self.config.mix.host == 0 {
            return;
        }
        if !self.is_free(Reg::A0) || !self.is_free(Reg::A7) {
            return;
        }
        let before = self.keep;
        self.keep = before.with(Reg::A0);
        for reg in Reg::all().skip(1).filter(|&r| r != Reg::A0) {
            let op = self.pick(&[RegOp::Add, RegOp::Xor, RegOp::Sub]);
            self.emit(encode::reg_op(op, Reg::A0, Reg::A0, reg));
            if reg.number() % 8 == 0 {
                self.emit(encode::imm_op(ImmOp::Srai, Reg::A7, Reg::A0, 13));
                self.emit(encode::imm_op(ImmOp::Slli, Reg::A0, Reg::A0, 5));
                self.emit(encode::reg_op(RegOp::Xor, Reg::A0, Reg::A0, Reg::A7));
            }
        }
        self.keep = before;
        self.commit();
    }
}
