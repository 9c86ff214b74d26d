//! The last instructions before a failure as a program of their own: what was executed, in a row.

use std::collections::BTreeMap;

use super::subject::Subject;
use crate::asm::Assembler;
use crate::encode::{self, Reg};

/// An instruction that was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its address.
    pub pc: u32,
    /// Its word.
    pub insn: u32,
    /// Address of the next one.
    pub next_pc: u32,
    /// What it wrote to its register, if it wrote one.
    pub written: Option<u32>,
    /// Whether it loaded from the text, which is another one in a program that is made from it.
    pub from_text: bool,
}

/// Where execution stands in front of some steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The registers, x0 first.
    pub registers: [u32; 32],
    /// The pages of memory that are not zero, the text's apart.
    pub data: BTreeMap<u32, Vec<u32>>,
    /// The input words that are left.
    pub input: Vec<u32>,
}

/// A program at `base` that executes the steps in a row, and with `again` starts over behind them: jumps go to the next step, over a word
/// that would end the program; constants stand for what depends on places in the text.
#[must_use]
pub fn linear(base: u32, start: &Start, steps: &[Step], again: bool) -> Subject {
    let mut asm = Assembler::new(base);
    for (reg, &value) in Reg::all().zip(&start.registers).skip(1) {
        if value != 0 {
            asm.li(reg, value);
        }
    }
    let top = asm.here();
    for step in steps {
        let word = step.insn;
        let rd = Reg::new((word >> 7 & 31) as u8);
        let rs1 = Reg::new((word >> 15 & 31) as u8);
        let next = asm.label();
        let jumps = step.next_pc != step.pc.wrapping_add(4);
        match word & 0x7f {
            0x63 => {
                // Its offset is that of the label: only the rest counts.
                let op = encode::BranchOp::ALL
                    .iter()
                    .find(|&&op| op as u32 == word >> 12 & 7);
                let rs2 = Reg::new((word >> 20 & 31) as u8);
                if let Some(&op) = op {
                    asm.branch(op, rs1, rs2, next);
                    if jumps {
                        asm.emit(encode::EBREAK);
                    }
                }
            }
            0x6f => {
                asm.jal(rd, next);
                asm.emit(encode::EBREAK);
            }
            0x67 if rs1 == Reg::ZERO => {
                asm.jal(rd, next);
                asm.emit(encode::EBREAK);
            }
            0x67 => {
                asm.pc_relative(rs1, next, 0, encode::jalr(rd, rs1, 0));
                asm.emit(encode::EBREAK);
            }
            0x17 => asm.li(rd, step.written.unwrap_or(0)),
            0x03 if step.from_text => asm.li(rd, step.written.unwrap_or(0)),
            _ => asm.emit(word),
        }
        asm.bind(next);
    }
    if again {
        asm.jal(Reg::ZERO, top);
    }
    let code = asm.finish().expect("every label is near and bound");
    let text = (base..).step_by(4).zip(code.words).collect();
    let mut subject = Subject::new(&text, base);
    subject.data = start.data.clone();
    subject.input = start.input.clone();
    subject
}
