//! The inner loop: runs of instructions that touch no new page, meet no fault and ask the host nothing.
//!
//! Text is cut into runs that end where control may go elsewhere. A run is paid for when it is entered, and what is left of it
//! given back if it must be left early, so that the limit costs nothing per instruction and still holds to the instruction.

use crate::{
    alu,
    machine::Machine,
    observer::{Load, Observer, Site, Store},
    pager::{DIRTY, TOUCHED, state_index, word_index},
    program::{Kind, Ready},
};

impl<O: Observer> Machine<O> {
    /// Executes at most `allow` instructions and stops early in front of one that is not for this loop. Returns how many
    /// were executed.
    pub(crate) fn interpret(&mut self, allow: u32) -> u32 {
        let Self {
            program,
            registers,
            pager,
            observer,
            pc,
            ..
        } = self;
        let program = &**program;
        let r = &mut **registers;
        let words = &mut *pager.words;
        let states = &*pager.states;
        let mut at = pc.wrapping_sub(program.base) / 4;
        let mut left = allow;
        'runs: while left > 0 {
            let Some(&run) = program.runs.get(at as usize) else {
                break;
            };
            let len = run.min(left);
            let end = at + len;
            left -= len;
            at = end;
            let mut rest = program.ready[(end - len) as usize..end as usize].iter();
            while let Some(&ready) = rest.next() {
                let Ready {
                    rd, rs1, rs2, imm, ..
                } = ready;
                let (rd, rs1, rs2) = (usize::from(rd), usize::from(rs1), usize::from(rs2));
                macro_rules! site {
                    () => {{
                        let next = end - rest.len() as u32;
                        Site { at: next - 1, next }
                    }};
                }
                // In front of this instruction: it and all behind it are given back.
                macro_rules! leave {
                    () => {{
                        let back = rest.len() as u32 + 1;
                        left += back;
                        at = end - back;
                        break 'runs;
                    }};
                }
                macro_rules! register {
                    (|$a:ident, $b:ident| $value:expr) => {{
                        let ($a, $b) = (r[rs1], r[rs2]);
                        let (old, new) = (r[rd], $value);
                        r[rd] = new;
                        observer.register(program, site!(), ready, $a, $b, old, new);
                    }};
                }
                macro_rules! immediate {
                    (|$a:ident, $b:ident| $value:expr) => {{
                        let ($a, $b) = (r[rs1], imm);
                        let (old, new) = (r[rd], $value);
                        r[rd] = new;
                        observer.immediate(program, site!(), ready, $a, old, new);
                    }};
                }
                macro_rules! branch {
                    (|$a:ident, $b:ident| $taken:expr) => {{
                        let ($a, $b) = (r[rs1], r[rs2]);
                        if $taken {
                            at = imm;
                        }
                        let site = Site {
                            at: end - 1,
                            next: at,
                        };
                        observer.branch(program, site, ready, $a, $b);
                    }};
                }
                macro_rules! load {
                    ($width:literal, |$word:ident, $address:ident| $value:expr) => {{
                        let a = r[rs1];
                        let $address = a.wrapping_add(imm);
                        if states[state_index($address)] & TOUCHED == 0 || $address % $width != 0 {
                            leave!();
                        }
                        let $word = words[word_index($address)];
                        let (old, new) = (r[rd], $value);
                        r[rd] = new;
                        let load = Load {
                            a,
                            address: $address,
                            word: $word,
                            old,
                            new,
                        };
                        observer.load(program, site!(), ready, load);
                    }};
                }
                macro_rules! store {
                    ($width:literal, |$word:ident, $value:ident, $address:ident| $new:expr) => {{
                        let (a, $value) = (r[rs1], r[rs2]);
                        let $address = a.wrapping_add(imm);
                        if states[state_index($address)] & DIRTY == 0 || $address % $width != 0 {
                            leave!();
                        }
                        let place = &mut words[word_index($address)];
                        let $word = *place;
                        let new = $new;
                        *place = new;
                        let store = Store {
                            a,
                            b: $value,
                            address: $address,
                            old: $word,
                            new,
                        };
                        observer.store(program, site!(), ready, store);
                    }};
                }
                match ready.kind {
                    Kind::Const => {
                        let old = r[rd];
                        r[rd] = imm;
                        observer.upper(program, site!(), ready, old, imm);
                    }
                    Kind::Jal => {
                        let (old, new) = (r[rd], program.base.wrapping_add(4 * end));
                        r[rd] = new;
                        at = imm;
                        let site = Site {
                            at: end - 1,
                            next: at,
                        };
                        observer.upper(program, site, ready, old, new);
                    }
                    Kind::Jalr => {
                        let a = r[rs1];
                        let target = a.wrapping_add(imm) & !1;
                        if !target.is_multiple_of(4) {
                            leave!();
                        }
                        let (old, new) = (r[rd], program.base.wrapping_add(4 * end));
                        r[rd] = new;
                        at = target.wrapping_sub(program.base) / 4;
                        let site = Site {
                            at: end - 1,
                            next: at,
                        };
                        observer.immediate(program, site, ready, a, old, new);
                    }
                    Kind::Beq => branch!(|a, b| a == b),
                    Kind::Bne => branch!(|a, b| a != b),
                    Kind::Blt => branch!(|a, b| alu::lt(a, b)),
                    Kind::Bge => branch!(|a, b| !alu::lt(a, b)),
                    Kind::Bltu => branch!(|a, b| a < b),
                    Kind::Bgeu => branch!(|a, b| a >= b),
                    Kind::Lb => load!(1, |w, at| i32::from(alu::lane(w, at) as i8) as u32),
                    Kind::Lh => load!(2, |w, at| i32::from(alu::lane(w, at) as i16) as u32),
                    Kind::Lw => load!(4, |w, at| w),
                    Kind::Lbu => load!(1, |w, at| alu::lane(w, at) & 0xff),
                    Kind::Lhu => load!(2, |w, at| alu::lane(w, at) & 0xffff),
                    Kind::Sb => store!(1, |w, v, at| alu::merge(w, v, 0xff, at)),
                    Kind::Sh => store!(2, |w, v, at| alu::merge(w, v, 0xffff, at)),
                    Kind::Sw => store!(4, |w, v, at| v),
                    Kind::Addi => immediate!(|a, b| a.wrapping_add(b)),
                    Kind::Slti => immediate!(|a, b| alu::set(alu::lt(a, b))),
                    Kind::Sltiu => immediate!(|a, b| alu::set(a < b)),
                    Kind::Xori => immediate!(|a, b| a ^ b),
                    Kind::Ori => immediate!(|a, b| a | b),
                    Kind::Andi => immediate!(|a, b| a & b),
                    Kind::Slli => immediate!(|a, b| a.wrapping_shl(b)),
                    Kind::Srli => immediate!(|a, b| a.wrapping_shr(b)),
                    Kind::Srai => immediate!(|a, b| alu::sra(a, b)),
                    Kind::Add => register!(|a, b| a.wrapping_add(b)),
                    Kind::Sub => register!(|a, b| a.wrapping_sub(b)),
                    Kind::Sll => register!(|a, b| a.wrapping_shl(b)),
                    Kind::Slt => register!(|a, b| alu::set(alu::lt(a, b))),
                    Kind::Sltu => register!(|a, b| alu::set(a < b)),
                    Kind::Xor => register!(|a, b| a ^ b),
                    Kind::Srl => register!(|a, b| a.wrapping_shr(b)),
                    Kind::Sra => register!(|a, b| alu::sra(a, b)),
                    Kind::Or => register!(|a, b| a | b),
                    Kind::And => register!(|a, b| a & b),
                    Kind::Mul => register!(|a, b| a.wrapping_mul(b)),
                    Kind::Mulh => register!(|a, b| alu::mulh(a, b)),
                    Kind::Mulhsu => register!(|a, b| alu::mulhsu(a, b)),
                    Kind::Mulhu => register!(|a, b| alu::mulhu(a, b)),
                    Kind::Div => register!(|a, b| alu::div(a, b)),
                    Kind::Divu => register!(|a, b| alu::divu(a, b)),
                    Kind::Rem => register!(|a, b| alu::rem(a, b)),
                    Kind::Remu => register!(|a, b| alu::remu(a, b)),
                    Kind::Fence => observer.fence(program, site!()),
                    Kind::Exact => leave!(),
                }
            }
        }
        *pc = program.base.wrapping_add(at.wrapping_mul(4));
        allow - left
    }
}
