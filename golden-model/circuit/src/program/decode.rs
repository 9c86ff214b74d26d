use std::{sync::Arc, vec::Vec};

use assay_abi::machine::{ECALL_REG_ARGUMENT, ECALL_REG_FUNCTION, HALT_PC};
use assay_executor::{
    Text,
    decode::{self, Format, Instruction, Op as Mnemonic},
};

use super::{Entry, ProgramTable};
use crate::{
    bus::{Tag, key},
    cpu::Class,
    op::Op,
};

/// A target outside the text: no instruction has this address, and it is not that of a halt.
const NOWHERE: u32 = 2;

/// Decodes a text. Illegal words, `EBREAK` and data have no entry: an execution that comes there has no proof.
#[must_use]
pub fn decode(text: &Text) -> Arc<ProgramTable> {
    let base = text.base();
    let end = base + 4 * text.words().len() as u32;
    let target = |pc: u32, offset: u32| {
        let to = pc.wrapping_add(offset);
        match to.is_multiple_of(4) && (base..end).contains(&to) {
            true => to,
            // Left as it is, one of p or more would be another address.
            false => NOWHERE,
        }
    };
    let entries: Vec<_> = (base..)
        .step_by(4)
        .zip(text.words())
        .map(|(pc, &word)| {
            let instruction = decode::decode(word);
            let draft = instruction.and_then(|it| draft(pc, it, |offset| target(pc, offset)));
            draft.map_or_else(Entry::default, |draft| draft.entry(pc))
        })
        .collect();
    Arc::new(ProgramTable::new(base, entries))
}

/// An entry before it is packed.
#[derive(Clone, Copy)]
struct Draft {
    class: Class,
    s1: bool,
    s2: bool,
    a: Option<u8>,
    b: B,
    c: C,
    delegated: Option<Op>,
    tag: Option<Tag>,
    imm: u32,
}

#[derive(Clone, Copy)]
enum B {
    Constant([u32; 2]),
    Register(u8),
    Memory,
}

#[derive(Clone, Copy)]
enum C {
    None,
    Register(u8),
    Memory,
}

fn limbs(word: u32) -> [u32; 2] {
    [word & 0xffff, word >> 16]
}

impl Draft {
    fn entry(self, pc: u32) -> Entry<u32> {
        let register = |number: u8| key::register(number.into());
        let flags = [
            self.s1,
            self.s2,
            !matches!(self.b, B::Constant(_)),
            !matches!(self.c, C::None),
            self.delegated.is_some(),
        ];
        let class = (self.class as u32 + 1) << 5;
        let code = flags.into_iter().zip(0..);
        let code = code.fold(class, |code, (flag, bit)| code | u32::from(flag) << bit);
        let [b_lo, b_hi] = match self.b {
            B::Constant(limbs) => limbs,
            B::Register(_) | B::Memory => [0; 2],
        };
        Entry {
            pc,
            code,
            op: self.delegated.map_or(0, Op::code),
            tag: self.tag.map_or(0, |tag| tag as u32),
            a_key: self.a.map_or(0, register),
            b_key: match self.b {
                B::Register(number) => register(number),
                B::Constant(_) | B::Memory => 0,
            },
            c_key: match self.c {
                C::Register(number) => register(number),
                C::None | C::Memory => 0,
            },
            imm: self.imm,
            b_lo,
            b_hi,
        }
    }
}

fn draft(pc: u32, instruction: Instruction, target: impl Fn(u32) -> u32) -> Option<Draft> {
    let Instruction {
        op,
        rd,
        rs1,
        rs2,
        imm,
    } = instruction;
    let format = op.format();
    let c = match (format, rd) {
        (Format::Store, _) => C::Memory,
        (Format::Branch | Format::System, _) | (_, 0) => C::None,
        _ => C::Register(rd),
    };
    let base = Draft {
        class: Class::Constant,
        s1: false,
        s2: false,
        a: (!matches!(format, Format::Upper | Format::System)).then_some(rs1),
        b: match format {
            Format::Register | Format::Branch | Format::Store => B::Register(rs2),
            Format::Load => B::Memory,
            Format::Upper | Format::Immediate | Format::System => B::Constant(limbs(imm)),
        },
        c,
        delegated: None,
        tag: None,
        // Of those that neither jump nor use it otherwise; see `Cpu::cond`.
        imm: pc + 4,
    };
    let computes = matches!(format, Format::Immediate | Format::Register) && op != Mnemonic::Jalr;
    if computes && matches!(c, C::None) {
        return Some(base.add(false));
    }
    let offset = Draft {
        s1: imm >> 31 == 1,
        tag: Some(Tag::Range),
        imm: imm & 0xffff,
        ..base
    };
    use Mnemonic as M;
    Some(match op {
        M::Lui => base,
        M::Auipc => base.constant(pc.wrapping_add(imm)),
        M::Jal => Draft {
            imm: target(imm),
            ..base.constant(pc + 4)
        },
        M::Jalr => Draft {
            class: Class::Jump,
            ..offset.constant(pc + 4)
        },
        M::Beq | M::Bne => Draft {
            class: Class::Equal,
            s1: op == M::Bne,
            imm: target(imm),
            ..base
        },
        M::Blt | M::Bge | M::Bltu | M::Bgeu => Draft {
            s2: matches!(op, M::Bge | M::Bgeu),
            imm: target(imm),
            ..base.less(matches!(op, M::Blt | M::Bge))
        },
        M::Slti | M::Slt => base.less(true),
        M::Sltiu | M::Sltu => base.less(false),
        M::Lb | M::Lh | M::Lw | M::Lbu | M::Lhu => Draft {
            class: Class::Load,
            delegated: match op {
                M::Lb => Some(Op::Lb),
                M::Lh => Some(Op::Lh),
                M::Lbu => Some(Op::Lbu),
                M::Lhu => Some(Op::Lhu),
                _ => None,
            },
            ..offset
        },
        M::Sb | M::Sh | M::Sw => Draft {
            class: Class::Store,
            delegated: match op {
                M::Sb => Some(Op::Sb),
                M::Sh => Some(Op::Sh),
                _ => None,
            },
            ..offset
        },
        M::Addi | M::Add => base.add(false),
        M::Sub => base.add(true),
        M::Xori | M::Xor => base.logic(Tag::Xor),
        M::Ori | M::Or => base.logic(Tag::Or),
        M::Andi | M::And => base.logic(Tag::And),
        // `b` is 0.
        M::Slli | M::Srli if imm == 0 => base.add(false),
        M::Slli => base.shift(Class::ShiftLeft, imm),
        M::Srli => base.shift(Class::ShiftRight, 32 - imm),
        M::Srai | M::Sra => base.external(Op::Sra),
        M::Sll => base.external(Op::Sll),
        M::Srl => base.external(Op::Srl),
        M::Mul => base.external(Op::Mul),
        M::Mulh => base.external(Op::Mulh),
        M::Mulhsu => base.external(Op::Mulhsu),
        M::Mulhu => base.external(Op::Mulhu),
        M::Div => base.external(Op::Div),
        M::Divu => base.external(Op::Divu),
        M::Rem => base.external(Op::Rem),
        M::Remu => base.external(Op::Remu),
        M::Fence => base,
        M::Ecall => Draft {
            s1: true,
            a: Some(ECALL_REG_FUNCTION as u8),
            b: B::Register(ECALL_REG_ARGUMENT as u8),
            c: C::Register(ECALL_REG_ARGUMENT as u8),
            imm: HALT_PC,
            ..base.external(Op::Call)
        },
        M::Ebreak => return None,
    })
}

impl Draft {
    fn constant(self, value: u32) -> Self {
        let b = B::Constant(limbs(value));
        Self { b, ..self }
    }

    fn add(self, subtract: bool) -> Self {
        Self {
            class: Class::Add,
            s1: subtract,
            tag: Some(Tag::Range),
            ..self
        }
    }

    fn logic(self, tag: Tag) -> Self {
        Self {
            class: Class::Logic,
            tag: Some(tag),
            ..self
        }
    }

    fn less(self, signed: bool) -> Self {
        Self {
            class: Class::Less,
            s1: signed,
            tag: Some(Tag::Range),
            ..self
        }
    }

    /// A shift left by 1 to 31 bits, of which either the low or the high word is taken.
    fn shift(self, class: Class, bits: u32) -> Self {
        let within = bits % 16;
        Self {
            class,
            s1: bits >= 16,
            tag: Some(Tag::Range),
            b: B::Constant([within, 1 << (16 - within)]),
            imm: 1 << within,
            ..self
        }
    }

    fn external(self, op: Op) -> Self {
        Self {
            class: Class::Extern,
            delegated: Some(op),
            ..self
        }
    }
}

impl Entry<u32> {
    /// The class; `None` where there is no instruction.
    pub(crate) fn class(&self) -> Option<Class> {
        Class::ALL
            .get((self.code >> 5).checked_sub(1)? as usize)
            .copied()
    }

    /// `s1, s2, use_b, use_c, delegated`.
    pub(crate) fn flags(&self) -> [bool; 5] {
        std::array::from_fn(|bit| self.code >> bit & 1 == 1)
    }

    /// Whether it is an `ECALL`.
    pub(crate) fn is_call(&self) -> bool {
        self.op == Op::Call.code()
    }
}
