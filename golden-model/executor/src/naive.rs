//! The machine by the book: one instruction at a time, no speed.
//!
//! It is the twin of everything in this crate that is fast, and shares only the decoder with it. Read docs/machine.md beside it.

mod trace;

use std::{collections::HashMap, ops::Range, sync::Arc};

use assay_abi::{Ecall, FaultCause, machine};

use crate::{
    decode::{Format, Instruction, Op, decode},
    image::Image,
    input::Input,
    page::page_base,
};
pub use trace::NaiveTrace;

const X10: u8 = machine::ECALL_REG_ARGUMENT as u8;
const X17: u8 = machine::ECALL_REG_FUNCTION as u8;

/// What a timed access is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// A register.
    Register(u8),
    /// The word at this byte address, a multiple of 4.
    Word(u32),
}

/// A read, in slot A or B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// What is read.
    pub of: Location,
    /// The value found.
    pub value: u32,
}

/// A write, in slot C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// What is written.
    pub to: Location,
    /// The value before.
    pub old: u32,
    /// The value after.
    pub new: u32,
}

/// What happens at the machine's border when an `ECALL` retires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCall {
    /// The session ends with this exit code.
    Halt(u32),
    /// The input cursor advances.
    Read,
    /// Nothing.
    Left,
    /// This word goes to the journal.
    Commit(u32),
}

/// Everything that one instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Where it is.
    pub pc: u32,
    /// Its word.
    pub insn: u32,
    /// Where execution goes on.
    pub next_pc: u32,
    /// Access A.
    pub a: Option<Read>,
    /// Access B.
    pub b: Option<Read>,
    /// Access C.
    pub c: Option<Write>,
    /// The effective byte address of a load or store.
    pub mem_addr: Option<u32>,
    /// The call that an `ECALL` makes.
    pub host: Option<HostCall>,
}

/// Registers, memory, input and journal.
#[derive(Clone, Debug)]
pub struct NaiveMachine {
    /// Where the next instruction is.
    pub pc: u32,
    /// x0 to x31.
    pub registers: [u32; 32],
    /// Input words read so far.
    pub cursor: u32,
    /// What was committed.
    pub journal: Vec<u32>,
    memory: HashMap<u32, u32>,
    text: Range<u64>,
    input: Input,
}

impl NaiveMachine {
    /// The machine before the first instruction.
    #[must_use]
    pub fn new(image: &Arc<Image>, input: Input) -> Self {
        let memory = image
            .pages()
            .flat_map(|(page, words)| (page_base(page)..).step_by(4).zip(words.iter().copied()))
            .collect();
        let bytes = |page: u32| u64::from(page) << machine::PAGE_LOG_BYTES;
        Self {
            pc: image.entry,
            registers: [0; 32],
            cursor: 0,
            journal: Vec::new(),
            memory,
            text: bytes(image.text.start)..bytes(image.text.end),
            input,
        }
    }

    /// The word at a byte address that is a multiple of 4.
    #[must_use]
    pub fn word(&self, address: u32) -> u32 {
        assert!(address.is_multiple_of(4) && address < machine::MEM_BYTES);
        self.memory.get(&address).copied().unwrap_or(0)
    }

    /// Words in the whole input.
    #[must_use]
    pub fn input_len(&self) -> u32 {
        self.input.len()
    }

    /// Whether an address lies in the text.
    #[must_use]
    pub fn is_text(&self, address: u32) -> bool {
        self.text.contains(&u64::from(address))
    }

    /// What the next instruction would do; nothing changes.
    ///
    /// # Errors
    /// The fault that it meets.
    pub fn attempt(&self) -> Result<Effect, FaultCause> {
        let pc = self.pc;
        if !self.is_text(pc) {
            return Err(FaultCause::FetchOutOfText);
        }
        let insn = self.word(pc);
        let Some(instruction) = decode(insn) else {
            return Err(FaultCause::IllegalInstruction);
        };
        let effect = Effect {
            pc,
            insn,
            next_pc: pc.wrapping_add(4),
            a: None,
            b: None,
            c: None,
            mem_addr: None,
            host: None,
        };
        match instruction.op.format() {
            Format::Upper => self.upper(effect, instruction),
            Format::Immediate => self.immediate(effect, instruction),
            Format::Register => Ok(self.register_register(effect, instruction)),
            Format::Branch => self.branch(effect, instruction),
            Format::Load => self.load(effect, instruction),
            Format::Store => self.store(effect, instruction),
            Format::System => match instruction.op {
                Op::Fence => Ok(effect),
                Op::Ecall => self.ecall(effect),
                _ => Err(FaultCause::Breakpoint),
            },
        }
    }

    /// Makes an effect happen.
    pub fn apply(&mut self, effect: &Effect) {
        match effect.c {
            Some(Write {
                to: Location::Register(register),
                new,
                ..
            }) => self.registers[usize::from(register)] = new,
            Some(Write {
                to: Location::Word(address),
                new,
                ..
            }) => {
                self.memory.insert(address, new);
            }
            None => {}
        }
        match effect.host {
            Some(HostCall::Read) => self.cursor += 1,
            Some(HostCall::Commit(word)) => self.journal.push(word),
            Some(HostCall::Halt(_) | HostCall::Left) | None => {}
        }
        self.pc = effect.next_pc;
    }

    /// One instruction.
    ///
    /// # Errors
    /// The fault that it meets; nothing has changed then.
    pub fn step(&mut self) -> Result<Effect, FaultCause> {
        let effect = self.attempt()?;
        self.apply(&effect);
        Ok(effect)
    }

    fn read(&self, register: u8) -> Read {
        Read {
            of: Location::Register(register),
            value: self.registers[usize::from(register)],
        }
    }

    /// A write to x0 is none.
    fn write(&self, register: u8, new: u32) -> Option<Write> {
        (register != 0).then(|| Write {
            to: Location::Register(register),
            old: self.registers[usize::from(register)],
            new,
        })
    }

    fn upper(&self, effect: Effect, instruction: Instruction) -> Result<Effect, FaultCause> {
        let Instruction { op, rd, imm, .. } = instruction;
        let (value, next_pc) = match op {
            Op::Lui => (imm, effect.next_pc),
            Op::Auipc => (effect.pc.wrapping_add(imm), effect.next_pc),
            Op::Jal => (
                effect.pc.wrapping_add(4),
                jump_target(effect.pc.wrapping_add(imm))?,
            ),
            _ => unreachable!("{op:?} has no upper immediate"),
        };
        Ok(Effect {
            next_pc,
            c: self.write(rd, value),
            ..effect
        })
    }

    fn immediate(&self, effect: Effect, instruction: Instruction) -> Result<Effect, FaultCause> {
        let Instruction {
            op, rd, rs1, imm, ..
        } = instruction;
        let a = self.read(rs1);
        let (value, next_pc) = match op {
            Op::Jalr => (
                effect.pc.wrapping_add(4),
                jump_target(a.value.wrapping_add(imm) & !1)?,
            ),
            _ => (arithmetic(op, a.value, imm), effect.next_pc),
        };
        Ok(Effect {
            next_pc,
            a: Some(a),
            c: self.write(rd, value),
            ..effect
        })
    }

    fn register_register(&self, effect: Effect, instruction: Instruction) -> Effect {
        let Instruction {
            op, rd, rs1, rs2, ..
        } = instruction;
        let (a, b) = (self.read(rs1), self.read(rs2));
        Effect {
            a: Some(a),
            b: Some(b),
            c: self.write(rd, arithmetic(op, a.value, b.value)),
            ..effect
        }
    }

    fn branch(&self, effect: Effect, instruction: Instruction) -> Result<Effect, FaultCause> {
        let Instruction {
            op, rs1, rs2, imm, ..
        } = instruction;
        let (a, b) = (self.read(rs1), self.read(rs2));
        let (signed_a, signed_b) = (a.value as i32, b.value as i32);
        let taken = match op {
            Op::Beq => a.value == b.value,
            Op::Bne => a.value != b.value,
            Op::Blt => signed_a < signed_b,
            Op::Bge => signed_a >= signed_b,
            Op::Bltu => a.value < b.value,
            Op::Bgeu => a.value >= b.value,
            _ => unreachable!("{op:?} is no branch"),
        };
        let next_pc = if taken {
            jump_target(effect.pc.wrapping_add(imm))?
        } else {
            effect.next_pc
        };
        Ok(Effect {
            next_pc,
            a: Some(a),
            b: Some(b),
            ..effect
        })
    }

    fn load(&self, effect: Effect, instruction: Instruction) -> Result<Effect, FaultCause> {
        let Instruction {
            op, rd, rs1, imm, ..
        } = instruction;
        let a = self.read(rs1);
        let address = a.value.wrapping_add(imm);
        let width = match op {
            Op::Lb | Op::Lbu => 1,
            Op::Lh | Op::Lhu => 2,
            _ => 4,
        };
        if !address.is_multiple_of(width) {
            return Err(FaultCause::LoadMisaligned);
        }
        if address >= machine::MEM_BYTES {
            return Err(FaultCause::LoadOutOfRange);
        }
        let word_address = address & !3;
        let word = self.word(word_address);
        let bytes = word.to_le_bytes();
        let at = (address & 3) as usize;
        let value = match op {
            Op::Lb => i32::from(bytes[at] as i8) as u32,
            Op::Lbu => u32::from(bytes[at]),
            Op::Lh => i32::from(i16::from_le_bytes([bytes[at], bytes[at + 1]])) as u32,
            Op::Lhu => u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]])),
            _ => word,
        };
        Ok(Effect {
            a: Some(a),
            b: Some(Read {
                of: Location::Word(word_address),
                value: word,
            }),
            c: self.write(rd, value),
            mem_addr: Some(address),
            ..effect
        })
    }

    fn store(&self, effect: Effect, instruction: Instruction) -> Result<Effect, FaultCause> {
        let Instruction {
            op, rs1, rs2, imm, ..
        } = instruction;
        let (a, b) = (self.read(rs1), self.read(rs2));
        let address = a.value.wrapping_add(imm);
        let width = match op {
            Op::Sb => 1,
            Op::Sh => 2,
            _ => 4,
        };
        if !address.is_multiple_of(width) {
            return Err(FaultCause::StoreMisaligned);
        }
        if address >= machine::MEM_BYTES {
            return Err(FaultCause::StoreOutOfRange);
        }
        if self.is_text(address) {
            return Err(FaultCause::StoreToText);
        }
        let word_address = address & !3;
        let old = self.word(word_address);
        let mut bytes = old.to_le_bytes();
        let (at, width) = ((address & 3) as usize, width as usize);
        bytes[at..at + width].copy_from_slice(&b.value.to_le_bytes()[..width]);
        Ok(Effect {
            a: Some(a),
            b: Some(b),
            c: Some(Write {
                to: Location::Word(word_address),
                old,
                new: u32::from_le_bytes(bytes),
            }),
            mem_addr: Some(address),
            ..effect
        })
    }

    fn ecall(&self, effect: Effect) -> Result<Effect, FaultCause> {
        let (function, argument) = (self.read(X17), self.read(X10));
        let Ok(call) = Ecall::try_from(function.value) else {
            return Err(FaultCause::UnknownEcall);
        };
        let word = argument.value;
        let (host, new) = match call {
            Ecall::Halt => (HostCall::Halt(word), word),
            Ecall::Read => match self.input.words().get(self.cursor as usize) {
                Some(&next) => (HostCall::Read, next),
                None => return Err(FaultCause::InputExhausted),
            },
            Ecall::Left => (HostCall::Left, self.input.len() - self.cursor),
            Ecall::Commit => (HostCall::Commit(word), word),
        };
        Ok(Effect {
            next_pc: match call {
                Ecall::Halt => machine::HALT_PC,
                _ => effect.next_pc,
            },
            a: Some(function),
            b: Some(argument),
            c: self.write(X10, new),
            host: Some(host),
            ..effect
        })
    }
}

fn jump_target(target: u32) -> Result<u32, FaultCause> {
    if target.is_multiple_of(4) {
        Ok(target)
    } else {
        Err(FaultCause::JumpMisaligned)
    }
}

/// The result of an instruction that only computes; `b` is rs2's value or the immediate.
fn arithmetic(op: Op, a: u32, b: u32) -> u32 {
    let (wide_a, wide_b) = (i128::from(a as i32), i128::from(b as i32));
    let (plain_a, plain_b) = (i128::from(a), i128::from(b));
    let shift = b % 32;
    let power = 1_i128 << shift;
    let low = |wide: i128| wide.rem_euclid(1 << 32) as u32;
    let high = |wide: i128| low(wide.div_euclid(1 << 32));
    match op {
        Op::Addi | Op::Add => low(plain_a + plain_b),
        Op::Sub => low(plain_a - plain_b),
        Op::Slti | Op::Slt => u32::from(wide_a < wide_b),
        Op::Sltiu | Op::Sltu => u32::from(plain_a < plain_b),
        Op::Xori | Op::Xor => a ^ b,
        Op::Ori | Op::Or => a | b,
        Op::Andi | Op::And => a & b,
        Op::Slli | Op::Sll => low(plain_a * power),
        Op::Srli | Op::Srl => low(plain_a.div_euclid(power)),
        Op::Srai | Op::Sra => low(wide_a.div_euclid(power)),
        Op::Mul => low(plain_a * plain_b),
        Op::Mulh => high(wide_a * wide_b),
        Op::Mulhsu => high(wide_a * plain_b),
        Op::Mulhu => high(plain_a * plain_b),
        Op::Div if b == 0 => u32::MAX,
        Op::Div => low(wide_a / wide_b),
        Op::Divu if b == 0 => u32::MAX,
        Op::Divu => low(plain_a / plain_b),
        Op::Rem | Op::Remu if b == 0 => a,
        Op::Rem => low(wide_a % wide_b),
        Op::Remu => low(plain_a % plain_b),
        _ => unreachable!("{op:?} does not only compute"),
    }
}
