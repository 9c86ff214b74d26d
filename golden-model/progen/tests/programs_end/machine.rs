//! The machine in its plainest form, to check the generator alone: no segments, no times, memory in a map.

use std::collections::HashMap;

use assay_abi::FaultCause;
use assay_progen::End;
use goblin::elf::Elf;

/// What ran.
#[derive(Debug)]
pub struct Run {
    pub end: Option<End>,
    pub retired: u64,
    pub journal: Vec<u32>,
    /// How often each kind of instruction retired, by opcode, funct3 and for register-register ones funct7.
    pub kinds: HashMap<(u32, u32, u32), u64>,
}

pub struct Machine {
    pc: u32,
    x: [u32; 32],
    words: HashMap<u32, u32>,
    text: std::ops::Range<u32>,
    input: Vec<u32>,
    cursor: usize,
    run: Run,
}

enum Step {
    Next(u32),
    Halt,
    Fault(FaultCause),
}

impl Machine {
    pub fn new(elf: &[u8], input: &[u32]) -> Machine {
        let parsed = Elf::parse(elf).unwrap();
        let mut words = HashMap::new();
        let mut text = 0..0;
        for p in &parsed.program_headers {
            for (i, &byte) in elf[p.file_range()].iter().enumerate() {
                let at = p.p_vaddr as u32 + i as u32;
                *words.entry(at & !3).or_insert(0) |= u32::from(byte) << (8 * (at & 3));
            }
            if p.is_executable() {
                text = (p.p_vaddr as u32 & !0x3ff)
                    ..((p.p_vaddr + p.p_memsz) as u32).next_multiple_of(0x400);
            }
        }
        let run = Run {
            end: None,
            retired: 0,
            journal: Vec::new(),
            kinds: HashMap::new(),
        };
        Machine {
            pc: parsed.entry as u32,
            x: [0; 32],
            words,
            text,
            input: input.to_vec(),
            cursor: 0,
            run,
        }
    }

    /// Runs to the end, or until more than `limit` instructions retired.
    pub fn run(mut self, limit: u64) -> Run {
        while self.run.retired <= limit {
            let pc = self.pc;
            match self.step() {
                Step::Next(next) => {
                    self.x[0] = 0;
                    self.pc = next;
                }
                Step::Halt => {
                    self.run.retired += 1;
                    self.run.end = Some(End::Halt {
                        exit_code: self.x[10],
                    });
                    break;
                }
                Step::Fault(cause) => {
                    self.run.end = Some(End::Fault { cause, pc });
                    break;
                }
            }
            self.run.retired += 1;
        }
        self.run
    }

    fn word(&self, address: u32) -> u32 {
        self.words.get(&(address & !3)).copied().unwrap_or(0)
    }

    fn step(&mut self) -> Step {
        if !self.text.contains(&self.pc) {
            return Step::Fault(FaultCause::FetchOutOfText);
        }
        let w = self.word(self.pc);
        let (opcode, f3, f7) = (w & 0x7f, w >> 12 & 7, w >> 25);
        let (rd, rs1, rs2) = (
            (w >> 7 & 31) as usize,
            (w >> 15 & 31) as usize,
            (w >> 20 & 31) as usize,
        );
        let (a, b) = (self.x[rs1], self.x[rs2]);
        let imm_i = ((w as i32) >> 20) as u32;
        let next = self.pc.wrapping_add(4);
        let kind = match opcode {
            0x33 => (opcode, f3, f7),
            0x13 if f3 & 3 == 1 => (opcode, f3, f7),
            0x37 | 0x17 | 0x6f => (opcode, 0, 0),
            _ => (opcode, f3, 0),
        };
        let illegal = Step::Fault(FaultCause::IllegalInstruction);
        let step = match opcode {
            0x37 => self.set(rd, w & 0xffff_f000, next),
            0x17 => self.set(rd, self.pc.wrapping_add(w & 0xffff_f000), next),
            0x6f => {
                let imm = (((w as i32) >> 31) << 20) as u32
                    | (w & 0xff000)
                    | (w >> 20 & 1) << 11
                    | (w >> 21 & 0x3ff) << 1;
                self.jump(rd, self.pc.wrapping_add(imm))
            }
            0x67 if f3 == 0 => self.jump(rd, a.wrapping_add(imm_i) & !1),
            0x63 => {
                let taken = match f3 {
                    0 => a == b,
                    1 => a != b,
                    4 => (a as i32) < b as i32,
                    5 => a as i32 >= b as i32,
                    6 => a < b,
                    7 => a >= b,
                    _ => return illegal,
                };
                let imm = (((w as i32) >> 31) << 12) as u32
                    | (w >> 7 & 1) << 11
                    | (w >> 25 & 0x3f) << 5
                    | (w >> 8 & 0xf) << 1;
                if taken {
                    self.jump(0, self.pc.wrapping_add(imm))
                } else {
                    Step::Next(next)
                }
            }
            0x03 => self.load(f3, rd, a.wrapping_add(imm_i), next),
            0x23 => self.store(f3, b, a.wrapping_add((imm_i & !31) | w >> 7 & 31), next),
            0x13 => {
                let value = match (f3, f7) {
                    (0, _) => a.wrapping_add(imm_i),
                    (2, _) => u32::from((a as i32) < imm_i as i32),
                    (3, _) => u32::from(a < imm_i),
                    (4, _) => a ^ imm_i,
                    (6, _) => a | imm_i,
                    (7, _) => a & imm_i,
                    (1, 0) => a << rs2,
                    (5, 0) => a >> rs2,
                    (5, 0x20) => ((a as i32) >> rs2) as u32,
                    _ => return illegal,
                };
                self.set(rd, value, next)
            }
            0x33 => {
                let (sa, sb) = (i64::from(a as i32), i64::from(b as i32));
                let value = match (f7, f3) {
                    (0, 0) => a.wrapping_add(b),
                    (0x20, 0) => a.wrapping_sub(b),
                    (0, 1) => a << (b & 31),
                    (0, 2) => u32::from(sa < sb),
                    (0, 3) => u32::from(a < b),
                    (0, 4) => a ^ b,
                    (0, 5) => a >> (b & 31),
                    (0x20, 5) => ((a as i32) >> (b & 31)) as u32,
                    (0, 6) => a | b,
                    (0, 7) => a & b,
                    (1, 0) => a.wrapping_mul(b),
                    (1, 1) => ((sa * sb) >> 32) as u32,
                    (1, 2) => ((sa * i64::from(b)) >> 32) as u32,
                    (1, 3) => ((u64::from(a) * u64::from(b)) >> 32) as u32,
                    (1, 4) => {
                        if b == 0 {
                            u32::MAX
                        } else {
                            (a as i32).wrapping_div(b as i32) as u32
                        }
                    }
                    (1, 5) => a.checked_div(b).unwrap_or(u32::MAX),
                    (1, 6) => {
                        if b == 0 {
                            a
                        } else {
                            (a as i32).wrapping_rem(b as i32) as u32
                        }
                    }
                    (1, 7) => a.checked_rem(b).unwrap_or(a),
                    _ => return illegal,
                };
                self.set(rd, value, next)
            }
            0x0f if f3 == 0 => Step::Next(next),
            0x73 if w == 0x73 => self.ecall(next),
            0x73 if w == 0x0010_0073 => Step::Fault(FaultCause::Breakpoint),
            _ => illegal,
        };
        if !matches!(step, Step::Fault(_)) {
            *self.run.kinds.entry(kind).or_default() += 1;
        }
        step
    }

    fn set(&mut self, rd: usize, value: u32, next: u32) -> Step {
        self.x[rd] = value;
        Step::Next(next)
    }

    fn jump(&mut self, rd: usize, target: u32) -> Step {
        if target & 3 != 0 {
            return Step::Fault(FaultCause::JumpMisaligned);
        }
        self.set(rd, self.pc.wrapping_add(4), target)
    }

    fn load(&mut self, f3: u32, rd: usize, address: u32, next: u32) -> Step {
        let shift = 8 * (address & 3);
        let word = self.word(address);
        let value = match f3 {
            0 => (word >> shift) as i8 as u32,
            1 => (word >> shift) as i16 as u32,
            2 => word,
            4 => word >> shift & 0xff,
            5 => word >> shift & 0xffff,
            _ => return Step::Fault(FaultCause::IllegalInstruction),
        };
        if address & ((1 << (f3 & 3)) - 1) != 0 {
            return Step::Fault(FaultCause::LoadMisaligned);
        }
        if address >= 1 << 28 {
            return Step::Fault(FaultCause::LoadOutOfRange);
        }
        self.set(rd, value, next)
    }

    fn store(&mut self, f3: u32, value: u32, address: u32, next: u32) -> Step {
        let mask = match f3 {
            0 => 0xff,
            1 => 0xffff,
            2 => u32::MAX,
            _ => return Step::Fault(FaultCause::IllegalInstruction),
        };
        if address & ((1 << f3) - 1) != 0 {
            return Step::Fault(FaultCause::StoreMisaligned);
        }
        if address >= 1 << 28 {
            return Step::Fault(FaultCause::StoreOutOfRange);
        }
        if self.text.contains(&address) {
            return Step::Fault(FaultCause::StoreToText);
        }
        let shift = 8 * (address & 3);
        let merged = self.word(address) & !(mask << shift) | (value & mask) << shift;
        self.words.insert(address & !3, merged);
        Step::Next(next)
    }

    fn ecall(&mut self, next: u32) -> Step {
        match self.x[17] {
            0 => Step::Halt,
            1 => match self.input.get(self.cursor) {
                Some(&word) => {
                    self.cursor += 1;
                    self.set(10, word, next)
                }
                None => Step::Fault(FaultCause::InputExhausted),
            },
            2 => self.set(10, (self.input.len() - self.cursor) as u32, next),
            3 => {
                self.run.journal.push(self.x[10]);
                Step::Next(next)
            }
            _ => Step::Fault(FaultCause::UnknownEcall),
        }
    }
}
