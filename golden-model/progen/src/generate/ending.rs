//! How programs end: a halt, or each fault in several ways.

use assay_abi::{Ecall, FaultCause};

use super::state::Generator;
use super::{End, Ending, RegSet};
use crate::asm::{Code, Label};
use crate::encode::{self, BranchOp, ImmOp, LoadOp, NOP, Reg, StoreOp};

/// An end whose pc may still be a label.
pub(super) enum LateEnd {
    Known(End),
    At(FaultCause, Label),
}

impl LateEnd {
    pub fn resolve(self, code: &Code) -> End {
        match self {
            LateEnd::Known(end) => end,
            LateEnd::At(cause, label) => End::Fault {
                cause,
                pc: code.address_of(label).expect("bound"),
            },
        }
    }
}

/// Words of which none is an instruction of the machine.
const ILLEGAL: [u32; 24] = [
    0x0000_0000, // all zeros
    0xffff_ffff, // all ones
    0x0000_4501, // compressed
    0x0000_100f, // FENCE.I
    0xc000_2573, // RDCYCLE
    0x3400_1073, // CSRRW
    0x3020_0073, // MRET
    0x1050_0073, // WFI
    0x0000_00f3, // ECALL with rd
    0x0000_8073, // ECALL with rs1
    0x0020_0073, // EBREAK + 1
    0x0000_3003, // LD
    0x0000_6003, // LWU
    0x0000_3023, // SD
    0x0000_7023, // store of width 7
    0x0000_2063, // branch 2
    0x0000_3063, // branch 3
    0x0000_1067, // JALR with funct3 1
    0x0200_1013, // SLLI by 32
    0x4000_1013, // SLLI with SRAI's bit
    0x4000_4033, // XOR with SUB's bit
    0x0400_0033, // funct7 2
    0x0000_002f, // atomics
    0x0000_0053, // floating point
];

impl Generator<'_> {
    /// Writes the end; afterwards nothing retires.
    pub(super) fn ending(&mut self) -> LateEnd {
        let any = if self.one_in(2) {
            None
        } else {
            Some(self.pick(FaultCause::ALL))
        };
        let fault = match self.config.ending {
            Ending::Any => any,
            Ending::Halt => None,
            Ending::Fault(fault) => Some(fault),
        };
        let end = match fault {
            None => {
                let exit_code = self.rng_word();
                self.with_asm(|asm| {
                    asm.li(Reg::A0, exit_code);
                    asm.li(Reg::A7, Ecall::Halt as u32);
                    asm.emit(encode::ECALL);
                });
                LateEnd::Known(End::Halt { exit_code })
            }
            Some(fault) => self.fault(fault),
        };
        // What a core fetches too far must not show.
        if !matches!(
            end,
            LateEnd::Known(End::Fault {
                cause: FaultCause::FetchOutOfText,
                ..
            })
        ) {
            for _ in 0..8 {
                self.poison();
            }
        }
        end
    }

    /// Loads a constant into a fresh register.
    fn constant(&mut self, value: u32) -> Reg {
        let reg = self.free();
        self.with_asm(|asm| asm.li(reg, value));
        reg
    }

    /// Writes the faulting word here. It does not retire, but the bound may count it.
    fn at_here(&mut self, cause: FaultCause, word: u32) -> LateEnd {
        let here = self.asm.here();
        self.emit(word);
        LateEnd::At(cause, here)
    }

    fn fault(&mut self, cause: FaultCause) -> LateEnd {
        match cause {
            FaultCause::FetchOutOfText => self.leave_text(),
            FaultCause::IllegalInstruction => {
                let word = self.pick(&ILLEGAL);
                self.at_here(cause, word)
            }
            FaultCause::Breakpoint => self.at_here(cause, encode::EBREAK),
            FaultCause::JumpMisaligned => {
                let reg = self.source();
                let base = self.constant(0x2000);
                let d = self.destination();
                let word = self.pick(&[
                    encode::branch(BranchOp::Beq, reg, reg, 6),
                    encode::branch(BranchOp::Bgeu, reg, reg, -2),
                    encode::jal(d, 10),
                    encode::jalr(d, base, 2),
                    encode::jalr(base, base, 3),
                ]);
                self.at_here(cause, word)
            }
            FaultCause::LoadMisaligned => {
                // Misalignment comes before range.
                let near = self.layout.main.start;
                let address = self.pick(&[near, 0, 0xffff_fff0, 1 << 28]);
                let (base, d) = (self.constant(address), self.destination());
                let (op, offset) = self.pick(&[
                    (LoadOp::Lw, 1),
                    (LoadOp::Lw, 2),
                    (LoadOp::Lw, 3),
                    (LoadOp::Lh, 1),
                    (LoadOp::Lhu, 3),
                    (LoadOp::Lw, -1),
                ]);
                self.at_here(cause, encode::load(op, d, base, offset))
            }
            FaultCause::LoadOutOfRange => {
                let (address, offset) = self.pick(&[
                    (1 << 28, 0),
                    ((1 << 28) - 4, 4),
                    (0, -4),
                    (1 << 31, 8),
                    (0xffff_f800, 2044),
                ]);
                let (base, d) = (self.constant(address), self.destination());
                let op = self.pick(LoadOp::ALL);
                self.at_here(cause, encode::load(op, d, base, offset))
            }
            FaultCause::StoreMisaligned => {
                // Misalignment comes before range and text.
                let (near, text) = (self.layout.main.start, self.layout.text);
                let address = self.pick(&[near, text, 0xffff_fff0, 1 << 28]);
                let (base, source) = (self.constant(address), self.source());
                let (op, offset) = self.pick(&[
                    (StoreOp::Sw, 1),
                    (StoreOp::Sw, 2),
                    (StoreOp::Sw, 7),
                    (StoreOp::Sh, 1),
                    (StoreOp::Sh, -1),
                ]);
                self.at_here(cause, encode::store(op, source, base, offset))
            }
            FaultCause::StoreOutOfRange => {
                let (address, offset) = self.pick(&[
                    (1 << 28, 0),
                    ((1 << 28) - 4, 4),
                    (0, -4),
                    (1 << 31, 8),
                    (0xffff_f800, 2044),
                ]);
                let (base, source) = (self.constant(address), self.source());
                let op = self.pick(StoreOp::ALL);
                self.at_here(cause, encode::store(op, source, base, offset))
            }
            FaultCause::StoreToText => {
                let (t, start) = (self.free(), self.text_start);
                let last = 4 * self.asm.len() as i32;
                let at = self.pick(&[0, 4, last & !3]);
                self.with_asm(|asm| asm.la(t, start, at));
                let op = self.pick(StoreOp::ALL);
                // Even a store of what is there already.
                let source = if self.one_in(2) {
                    self.source()
                } else {
                    self.loaded_from(t)
                };
                self.at_here(cause, encode::store(op, source, t, 0))
            }
            FaultCause::InputExhausted => {
                self.with_asm(|asm| asm.li(Reg::A7, Ecall::Read as u32));
                let here = self.asm.here();
                // Reads until nothing is left; the bound knows only how many words there are.
                self.bound += 2 * self.reads;
                self.emit(encode::ECALL);
                self.with_asm(|asm| asm.jal(Reg::ZERO, here));
                LateEnd::At(cause, here)
            }
            FaultCause::UnknownEcall => {
                let number = self.pick(&[4, 17, 255, 256, 1 << 16, 1 << 31, u32::MAX]);
                self.with_asm(|asm| asm.li(Reg::A7, number));
                self.at_here(cause, encode::ECALL)
            }
        }
    }

    fn loaded_from(&mut self, base: Reg) -> Reg {
        let d = self.free_except(RegSet::default().with(base));
        self.emit(encode::load(LoadOp::Lw, d, base, 0));
        d
    }

    /// Jumps out of text, or runs off its end.
    fn leave_text(&mut self) -> LateEnd {
        let below = self.layout.text.wrapping_sub(4);
        let data = self.layout.main.start;
        // Behind far code there is no running off the end.
        let way = if self.far.is_empty() {
            self.below(3)
        } else {
            1 + self.below(2)
        };
        let pc = match way {
            0 => {
                while !self.asm.pc().is_multiple_of(super::layout::PAGE) {
                    let reg = self.source();
                    let word = self.pick(&[NOP, NOP, encode::imm_op(ImmOp::Xori, reg, reg, 0)]);
                    self.emit(word);
                }
                self.asm.pc()
            }
            1 => {
                let pc = self.pick(&[below, data, 0xffff_fffc, 1 << 28, 0x7fff_fffc]);
                let (t, d) = (self.constant(pc), self.destination());
                self.emit(encode::jalr(d, t, 0));
                pc
            }
            _ => {
                let here = self.asm.pc();
                self.emit(encode::jal(Reg::RA, -(1 << 20)));
                here.wrapping_sub(1 << 20)
            }
        };
        LateEnd::Known(End::Fault {
            cause: FaultCause::FetchOutOfText,
            pc,
        })
    }
}
