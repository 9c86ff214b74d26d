//! The machine at speed: memory, registers and the segment's account.
//!
//! What the inner loop ([`Machine::interpret`]) leaves alone is done here, one instruction at a time: faults, host calls, first
//! touches, and the decision that a segment is full.

use std::sync::Arc;

use assay_abi::{
    Ecall, FaultCause, Po2, SegmentEnd,
    machine::{
        ECALL_REG_ARGUMENT, ECALL_REG_FUNCTION, HALT_PC, JOURNAL_COST, MEM_BYTES, NUM_REGISTERS,
        PAGE_IN_COST, PAGE_LOG_BYTES, PAGE_OUT_COST,
    },
    stream,
};

use crate::{
    alu,
    decode::{Format, Instruction, Op, decode},
    observer::{Observer, Site},
    pager::{Pager, zeroed},
    program::Program,
    segment::Exit,
};

pub(crate) const X10: usize = ECALL_REG_ARGUMENT as usize;
pub(crate) const X17: usize = ECALL_REG_FUNCTION as usize;

/// x0 to x31, and behind them where writes to x0 go. A power of two that a byte can index needs no bounds check.
pub(crate) type Registers = Box<[u32; 256]>;

/// The host's words, or those of them that a segment reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape {
    pub words: Vec<u32>,
    /// Number of the first of `words` in the whole input.
    pub first: u32,
    /// Words in the whole input.
    pub len: u32,
}

/// What a segment has counted so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub segment: u32,
    /// What of the limit is left.
    pub budget: u32,
    pub cycles: u32,
    pub journal: Vec<u32>,
}

impl Account {
    fn new(segment: u32, po2: Po2) -> Self {
        Self {
            segment,
            // Every segment pays for the register page, both ways.
            budget: po2.limit() - PAGE_IN_COST - PAGE_OUT_COST,
            cycles: 0,
            journal: Vec::new(),
        }
    }
}

/// Why [`Machine::advance`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// As many instructions as were asked for have retired.
    Limit,
    /// The next instruction does not fit into the segment any more.
    Full,
    /// The guest halted.
    Halted { exit_code: u32 },
    /// The next instruction faults.
    Faulted { cause: FaultCause },
    /// A replayed segment does not hold this page, which the next instruction touches.
    NoPage { page: u32 },
    /// A replayed segment does not hold this input word, which the next instruction reads.
    NoInput { cursor: u32 },
}

pub(crate) struct Machine<O> {
    pub program: Arc<Program>,
    pub registers: Registers,
    pub pager: Pager,
    pub pc: u32,
    pub tape: Tape,
    pub cursor: u32,
    /// The cursor when the segment began.
    pub input_start: u32,
    /// Words committed in the session, modulo 2^32 as the stream counts them.
    pub journal_len: u32,
    pub order: u64,
    pub po2: Po2,
    pub account: Account,
    pub observer: O,
}

/// What the instruction in front of the machine needs before, or instead of, the inner loop.
enum Need {
    /// Nothing: the inner loop can do it.
    Nothing,
    /// Its page in the segment.
    Page { page: u32, store: bool },
    /// The host.
    Call(Ecall),
    /// Nothing, but it is a branch that must not be taken and is not.
    NotTaken(Instruction),
}

impl<O: Observer> Machine<O> {
    /// A machine that stands before its first instruction, with memory all zero but for the text.
    pub fn new(program: Arc<Program>, entry: u32, tape: Tape, po2: Po2, observer: O) -> Self {
        let mut pager = Pager::new(program.text.range());
        for (page, words) in program.text.pages() {
            pager.fill(page, words);
        }
        let mut machine = Self {
            program,
            registers: zeroed(),
            pager,
            pc: entry,
            tape,
            cursor: 0,
            input_start: 0,
            journal_len: 0,
            order: 0,
            po2,
            account: Account::new(0, po2),
            observer,
        };
        machine.observer.open(0, 0);
        machine
    }

    /// x0 to x31.
    pub fn register_values(&self) -> [u32; NUM_REGISTERS as usize] {
        std::array::from_fn(|i| self.registers[i])
    }

    /// Closes the account and begins segment number `segment`.
    pub fn open_segment(&mut self, segment: u32) -> Account {
        self.pager.close();
        self.input_start = self.cursor;
        self.observer.open(segment, self.order);
        std::mem::replace(&mut self.account, Account::new(segment, self.po2))
    }

    /// The stream's beat for the segment's end.
    pub fn end_beat(&self, exit: Exit) -> SegmentEnd {
        let account = &self.account;
        SegmentEnd {
            kind: match exit {
                Exit::Running => stream::KIND_BOUNDARY,
                _ => stream::KIND_END,
            },
            status: exit.status().code(),
            cause: exit.cause_code(),
            po2: self.po2.get(),
            segment: account.segment,
            cycles: account.cycles,
            touched: self.touched(),
            dirtied: self.dirtied(),
            journal_words: account.journal.len() as u32,
            input_words: self.cursor - self.input_start,
            cost: self.po2.limit() - account.budget,
            pc: self.pc,
            exit_code: exit.exit_code(),
            journal_total: self.journal_len,
            input_total: self.cursor,
            order: self.order,
            reserved0: 0,
        }
    }

    /// Pages touched in the segment, with the register page.
    pub fn touched(&self) -> u32 {
        self.pager.touched().len() as u32 + 1
    }

    /// Pages dirtied in the segment, with the register page.
    pub fn dirtied(&self) -> u32 {
        self.pager.dirtied() + 1
    }

    /// Retires at most `most` instructions, all of them in this segment.
    pub fn advance(&mut self, most: u64) -> Pause {
        let mut left = most;
        loop {
            if self.pc != HALT_PC {
                let allow = u64::from(self.account.budget).min(left) as u32;
                let done = self.interpret(allow);
                self.retire(done, 0);
                left -= u64::from(done);
            }
            if left == 0 {
                return Pause::Limit;
            }
            let need = match self.need() {
                Ok(need) => need,
                Err(cause) => return Pause::Faulted { cause },
            };
            // The inner loop stands still only in front of what it cannot do: here something is done, or the segment is full.
            if self.account.budget < self.cost(&need) {
                return Pause::Full;
            }
            match need {
                Need::Nothing => {}
                Need::Page { page, store } => {
                    if let Err(pause) = self.bring(page, store) {
                        return pause;
                    }
                }
                Need::Call(call) => {
                    if let Some(pause) = self.call(call) {
                        return pause;
                    }
                    left -= 1;
                }
                Need::NotTaken(branch) => {
                    self.pass(branch);
                    left -= 1;
                }
            }
        }
    }

    fn retire(&mut self, instructions: u32, extra_cost: u32) {
        self.account.budget -= instructions + extra_cost;
        self.account.cycles += instructions;
        self.order += u64::from(instructions);
    }

    /// The cost of the whole instruction.
    fn cost(&self, need: &Need) -> u32 {
        1 + match *need {
            Need::Nothing | Need::NotTaken(_) => 0,
            Need::Page { page, store } => self.page_cost(page, store),
            Need::Call(Ecall::Commit) => JOURNAL_COST,
            Need::Call(_) => 0,
        }
    }

    fn page_cost(&self, page: u32, store: bool) -> u32 {
        let mut cost = 0;
        if !self.pager.is_touched(page) {
            cost += PAGE_IN_COST;
        }
        if store && !self.pager.is_dirty(page) {
            cost += PAGE_OUT_COST;
        }
        cost
    }

    /// Looks at the next instruction, in the order in which faults are found.
    fn need(&self) -> Result<Need, FaultCause> {
        let at = self.pc.wrapping_sub(self.program.base) / 4;
        let Some(&word) = self.program.text.words().get(at as usize) else {
            return Err(FaultCause::FetchOutOfText);
        };
        let instruction = decode(word).ok_or(FaultCause::IllegalInstruction)?;
        let Instruction {
            op, rs1, rs2, imm, ..
        } = instruction;
        let a = self.registers[usize::from(rs1)];
        let b = self.registers[usize::from(rs2)];
        let address = a.wrapping_add(imm);
        match op.format() {
            Format::Load => self.reach(address, width(op), false),
            Format::Store => self.reach(address, width(op), true),
            Format::Branch if self.pc.wrapping_add(imm).is_multiple_of(4) => Ok(Need::Nothing),
            Format::Branch if taken(op, a, b) => Err(FaultCause::JumpMisaligned),
            Format::Branch => Ok(Need::NotTaken(instruction)),
            Format::Upper | Format::Immediate => match op {
                Op::Jal if !self.pc.wrapping_add(imm).is_multiple_of(4) => {
                    Err(FaultCause::JumpMisaligned)
                }
                Op::Jalr if address & 2 != 0 => Err(FaultCause::JumpMisaligned),
                _ => Ok(Need::Nothing),
            },
            Format::Register => Ok(Need::Nothing),
            Format::System => match op {
                Op::Ebreak => Err(FaultCause::Breakpoint),
                Op::Ecall => self.which_call().map(Need::Call),
                _ => Ok(Need::Nothing),
            },
        }
    }

    fn reach(&self, address: u32, width: u32, store: bool) -> Result<Need, FaultCause> {
        use FaultCause::*;
        let (misaligned, out_of_range) = match store {
            false => (LoadMisaligned, LoadOutOfRange),
            true => (StoreMisaligned, StoreOutOfRange),
        };
        if !address.is_multiple_of(width) {
            return Err(misaligned);
        }
        if address >= MEM_BYTES {
            return Err(out_of_range);
        }
        let page = address >> PAGE_LOG_BYTES;
        if store && self.pager.is_text(page) {
            return Err(StoreToText);
        }
        Ok(match self.page_cost(page, store) {
            0 => Need::Nothing,
            _ => Need::Page { page, store },
        })
    }

    fn which_call(&self) -> Result<Ecall, FaultCause> {
        let call = Ecall::try_from(self.registers[X17]).map_err(|_| FaultCause::UnknownEcall)?;
        if call == Ecall::Read && self.cursor == self.tape.len {
            return Err(FaultCause::InputExhausted);
        }
        Ok(call)
    }

    /// Brings a page into the segment. The access itself is then one for the inner loop.
    fn bring(&mut self, page: u32, store: bool) -> Result<(), Pause> {
        if !self.pager.may_touch(page) {
            return Err(Pause::NoPage { page });
        }
        let cost = self.page_cost(page, store);
        self.retire(0, cost);
        if !self.pager.is_touched(page) {
            let is_text = self.pager.is_text(page);
            self.observer.touch(page, self.pager.page(page), is_text);
            self.pager.touch(page);
        }
        if store {
            self.observer.dirty(page);
            self.pager.dirty(page);
        }
        Ok(())
    }

    fn call(&mut self, call: Ecall) -> Option<Pause> {
        let old = self.registers[X10];
        let mut new = old;
        let mut extra_cost = 0;
        let mut next_pc = self.pc.wrapping_add(4);
        let mut pause = None;
        match call {
            Ecall::Halt => {
                next_pc = HALT_PC;
                pause = Some(Pause::Halted { exit_code: old });
            }
            Ecall::Read => {
                let at = self.cursor.wrapping_sub(self.tape.first) as usize;
                let Some(&word) = self.tape.words.get(at) else {
                    return Some(Pause::NoInput {
                        cursor: self.cursor,
                    });
                };
                new = word;
                self.cursor += 1;
            }
            Ecall::Left => new = self.tape.len - self.cursor,
            Ecall::Commit => {
                self.account.journal.push(old);
                self.journal_len = self.journal_len.wrapping_add(1);
                extra_cost = JOURNAL_COST;
            }
        }
        self.registers[X10] = new;
        let at = self.pc.wrapping_sub(self.program.base) / 4;
        let function = self.registers[X17];
        self.observer
            .ecall(&self.program, at, next_pc, function, old, new);
        self.pc = next_pc;
        self.retire(1, extra_cost);
        pause
    }

    fn pass(&mut self, branch: Instruction) {
        let at = self.pc.wrapping_sub(self.program.base) / 4;
        let Instruction { rs1, rs2, .. } = branch;
        let ready = crate::program::Ready {
            rs1,
            rs2,
            ..self.program.ready[at as usize]
        };
        let value = |register| self.registers[usize::from(register)];
        let (a, b) = (value(rs1), value(rs2));
        let site = Site { at, next: at + 1 };
        self.observer.branch(&self.program, site, ready, a, b);
        self.pc = self.pc.wrapping_add(4);
        self.retire(1, 0);
    }
}

const fn width(op: Op) -> u32 {
    match op {
        Op::Lb | Op::Lbu | Op::Sb => 1,
        Op::Lh | Op::Lhu | Op::Sh => 2,
        _ => 4,
    }
}

const fn taken(op: Op, a: u32, b: u32) -> bool {
    match op {
        Op::Beq => a == b,
        Op::Bne => a != b,
        Op::Blt => alu::lt(a, b),
        Op::Bge => !alu::lt(a, b),
        Op::Bltu => a < b,
        _ => a >= b,
    }
}
