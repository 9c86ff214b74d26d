//! The inner loop: runs of instructions that touch no new page, meet no fault and ask the host nothing.
//!
//! Text is cut into runs that end where control may go elsewhere. A run is paid for when it is entered, and what is left of it
//! given back if it must be left early, so that the limit costs nothing per instruction and still holds to the instruction.
//! Where nobody watches, frequent pairs of instructions are run in one go: what an interpreter costs is mostly the jump to
//! the next instruction's code.

use assay_abi::Ecall;

use crate::{
    alu,
    machine::{Machine, X10, X17},
    observer::{Load, Observer, Site, Store},
    pager::{DIRTY, TOUCHED, state_index, word_index},
    program::{Kind, with_kinds},
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
            tape,
            cursor,
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
            let code = match O::FUSED && len == run {
                true => &program.fused,
                false => &program.ready,
            };
            let mut rest = code[(end - len) as usize..end as usize].iter();
            while let Some(&ready) = rest.next() {
                macro_rules! site {
                    () => {{
                        let next = end - rest.len() as u32;
                        Site { at: next - 1, next }
                    }};
                }
                // In front of the instruction that was taken last: it and all behind it are given back.
                macro_rules! leave {
                    () => {{
                        let back = rest.len() as u32 + 1;
                        left += back;
                        at = end - back;
                        break 'runs;
                    }};
                }
                macro_rules! reg {
                    ($field:expr) => {
                        r[usize::from($field)]
                    };
                }
                macro_rules! register {
                    ($i:ident, |$a:ident, $b:ident| $value:expr) => {{
                        let ($a, $b) = (reg!($i.rs1), reg!($i.rs2));
                        let (old, new) = (reg!($i.rd), $value);
                        reg!($i.rd) = new;
                        observer.register(program, site!(), $i, $a, $b, old, new);
                    }};
                }
                macro_rules! immediate {
                    ($i:ident, |$a:ident, $b:ident| $value:expr) => {{
                        let ($a, $b) = (reg!($i.rs1), $i.imm);
                        let (old, new) = (reg!($i.rd), $value);
                        reg!($i.rd) = new;
                        observer.immediate(program, site!(), $i, $a, old, new);
                    }};
                }
                macro_rules! branch {
                    ($i:ident, |$a:ident, $b:ident| $taken:expr) => {{
                        let ($a, $b) = (reg!($i.rs1), reg!($i.rs2));
                        if $taken {
                            at = $i.imm;
                        }
                        let site = Site {
                            at: end - 1,
                            next: at,
                        };
                        observer.branch(program, site, $i, $a, $b);
                    }};
                }
                macro_rules! load {
                    ($i:ident, $width:literal, |$word:ident, $address:ident| $value:expr) => {{
                        let a = reg!($i.rs1);
                        let $address = a.wrapping_add($i.imm);
                        if states[state_index($address)] & TOUCHED == 0
                            || $address & ($width - 1) != 0
                        {
                            leave!();
                        }
                        let $word = words[word_index($address)];
                        let (old, new) = (reg!($i.rd), $value);
                        reg!($i.rd) = new;
                        let load = Load {
                            a,
                            address: $address,
                            word: $word,
                            old,
                            new,
                        };
                        observer.load(program, site!(), $i, load);
                    }};
                }
                macro_rules! store {
                    ($i:ident, $width:literal, |$word:ident, $value:ident, $address:ident| $new:expr) => {{
                        let (a, $value) = (reg!($i.rs1), reg!($i.rs2));
                        let $address = a.wrapping_add($i.imm);
                        if states[state_index($address)] & DIRTY == 0
                            || $address & ($width - 1) != 0
                        {
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
                        observer.store(program, site!(), $i, store);
                    }};
                }
                macro_rules! link {
                    ($i:ident) => {{
                        let (old, new) = (reg!($i.rd), program.base.wrapping_add(4 * end));
                        reg!($i.rd) = new;
                        let site = Site {
                            at: end - 1,
                            next: at,
                        };
                        (site, old, new)
                    }};
                }
                macro_rules! op {
                    (Const, $i:ident) => {{
                        let old = reg!($i.rd);
                        reg!($i.rd) = $i.imm;
                        observer.upper(program, site!(), $i, old, $i.imm);
                    }};
                    (Jal, $i:ident) => {{
                        at = $i.imm;
                        let (site, old, new) = link!($i);
                        observer.upper(program, site, $i, old, new);
                    }};
                    (Jalr, $i:ident) => {{
                        let a = reg!($i.rs1);
                        let target = a.wrapping_add($i.imm) & !1;
                        if !target.is_multiple_of(4) {
                            leave!();
                        }
                        at = target.wrapping_sub(program.base) / 4;
                        let (site, old, new) = link!($i);
                        observer.immediate(program, site, $i, a, old, new);
                    }};
                    (Beq, $i:ident) => { branch!($i, |a, b| a == b) };
                    (Bne, $i:ident) => { branch!($i, |a, b| a != b) };
                    (Blt, $i:ident) => { branch!($i, |a, b| alu::lt(a, b)) };
                    (Bge, $i:ident) => { branch!($i, |a, b| !alu::lt(a, b)) };
                    (Bltu, $i:ident) => { branch!($i, |a, b| a < b) };
                    (Bgeu, $i:ident) => { branch!($i, |a, b| a >= b) };
                    (Lb, $i:ident) => { load!($i, 1, |w, at| i32::from(alu::lane(w, at) as i8) as u32) };
                    (Lh, $i:ident) => { load!($i, 2, |w, at| i32::from(alu::lane(w, at) as i16) as u32) };
                    (Lw, $i:ident) => { load!($i, 4, |w, at| w) };
                    (Lbu, $i:ident) => { load!($i, 1, |w, at| alu::lane(w, at) & 0xff) };
                    (Lhu, $i:ident) => { load!($i, 2, |w, at| alu::lane(w, at) & 0xffff) };
                    (Sb, $i:ident) => { store!($i, 1, |w, v, at| alu::merge(w, v, 0xff, at)) };
                    (Sh, $i:ident) => { store!($i, 2, |w, v, at| alu::merge(w, v, 0xffff, at)) };
                    (Sw, $i:ident) => { store!($i, 4, |w, v, at| v) };
                    (Addi, $i:ident) => { immediate!($i, |a, b| a.wrapping_add(b)) };
                    (Slti, $i:ident) => { immediate!($i, |a, b| alu::set(alu::lt(a, b))) };
                    (Sltiu, $i:ident) => { immediate!($i, |a, b| alu::set(a < b)) };
                    (Xori, $i:ident) => { immediate!($i, |a, b| a ^ b) };
                    (Ori, $i:ident) => { immediate!($i, |a, b| a | b) };
                    (Andi, $i:ident) => { immediate!($i, |a, b| a & b) };
                    (Slli, $i:ident) => { immediate!($i, |a, b| a.wrapping_shl(b)) };
                    (Srli, $i:ident) => { immediate!($i, |a, b| a.wrapping_shr(b)) };
                    (Srai, $i:ident) => { immediate!($i, |a, b| alu::sra(a, b)) };
                    (Add, $i:ident) => { register!($i, |a, b| a.wrapping_add(b)) };
                    (Sub, $i:ident) => { register!($i, |a, b| a.wrapping_sub(b)) };
                    (Sll, $i:ident) => { register!($i, |a, b| a.wrapping_shl(b)) };
                    (Slt, $i:ident) => { register!($i, |a, b| alu::set(alu::lt(a, b))) };
                    (Sltu, $i:ident) => { register!($i, |a, b| alu::set(a < b)) };
                    (Xor, $i:ident) => { register!($i, |a, b| a ^ b) };
                    (Srl, $i:ident) => { register!($i, |a, b| a.wrapping_shr(b)) };
                    (Sra, $i:ident) => { register!($i, |a, b| alu::sra(a, b)) };
                    (Or, $i:ident) => { register!($i, |a, b| a | b) };
                    (And, $i:ident) => { register!($i, |a, b| a & b) };
                    (Mul, $i:ident) => { register!($i, |a, b| a.wrapping_mul(b)) };
                    (Mulh, $i:ident) => { register!($i, |a, b| alu::mulh(a, b)) };
                    (Mulhsu, $i:ident) => { register!($i, |a, b| alu::mulhsu(a, b)) };
                    (Mulhu, $i:ident) => { register!($i, |a, b| alu::mulhu(a, b)) };
                    (Div, $i:ident) => { register!($i, |a, b| alu::div(a, b)) };
                    (Divu, $i:ident) => { register!($i, |a, b| alu::divu(a, b)) };
                    (Rem, $i:ident) => { register!($i, |a, b| alu::rem(a, b)) };
                    (Remu, $i:ident) => { register!($i, |a, b| alu::remu(a, b)) };
                    (Fence, $i:ident) => { observer.fence(program, site!()) };
                    (Ecall, $i:ident) => {{
                        // Only what costs one cycle and cannot fault; guests read their input word by word.
                        let (function, old) = (r[X17], r[X10]);
                        let new = if function == Ecall::Left.code() {
                            tape.len - *cursor
                        } else if function == Ecall::Read.code()
                            && let Some(&word) = tape.words.get((*cursor - tape.first) as usize)
                        {
                            *cursor += 1;
                            word
                        } else {
                            leave!();
                        };
                        r[X10] = new;
                        let Site { at, next } = site!();
                        let next_pc = program.base.wrapping_add(4 * next);
                        observer.ecall(program, at, next_pc, function, old, new);
                    }};
                    (Exact, $i:ident) => { leave!() };
                }
                macro_rules! dispatch {
                    ([$($single:ident)+] [$($pair:ident($first:ident, $second:ident))+]) => {
                        match ready.kind {
                            $(Kind::$single => op!($single, ready),)+
                            $(Kind::$pair => {
                                // Both lie in this run: `Program` fuses no others.
                                if !O::FUSED {
                                    leave!();
                                }
                                op!($first, ready);
                                let Some(&_second) = rest.next() else { break };
                                op!($second, _second);
                            })+
                        }
                    };
                }
                with_kinds!(dispatch);
            }
        }
        *pc = program.base.wrapping_add(at.wrapping_mul(4));
        allow - left
    }
}
