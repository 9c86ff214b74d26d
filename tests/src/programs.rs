//! Small programs with one property each, as ELF files.

use assay_progen::encode::{self, BranchOp, ImmOp, LoadOp, Reg, RegOp, StoreOp};
use assay_progen::{Access, Assembler, ElfFile, LoadSegment};

const TEXT: u32 = 0x1000;
const DATA: u32 = 0x10_0000;
/// What [`long_loop`] walks over, again and again.
const WINDOW: u32 = 64 << 10;

const T0: Reg = Reg::new(5);
const T1: Reg = Reg::new(6);
const T2: Reg = Reg::new(7);
const S0: Reg = Reg::new(8);
const S1: Reg = Reg::new(9);
const S2: Reg = Reg::new(18);

/// ECALLs by their number in x17.
#[derive(Clone, Copy)]
enum Call {
    Halt = 0,
    Read = 1,
    Commit = 3,
}

fn ecall(asm: &mut Assembler, call: Call) {
    asm.li(Reg::A7, call as u32);
    asm.emit(encode::ECALL);
}

fn halt(asm: &mut Assembler, exit_code: u32) {
    asm.li(Reg::A0, exit_code);
    ecall(asm, Call::Halt);
}

/// Assembles a program with one data segment of zeros.
fn program(write: impl FnOnce(&mut Assembler)) -> Vec<u8> {
    let mut asm = Assembler::new(TEXT);
    asm.symbol("_start");
    write(&mut asm);
    let code = asm
        .finish()
        .expect("the program's labels are bound and near");
    let bytes = code.bytes();
    let memory_bytes = bytes.len() as u32;
    ElfFile {
        entry: TEXT,
        segments: vec![
            LoadSegment {
                address: TEXT,
                bytes,
                memory_bytes,
                access: Access::ReadExecute,
            },
            LoadSegment {
                address: DATA,
                bytes: Vec::new(),
                memory_bytes: WINDOW,
                access: Access::ReadWrite,
            },
        ],
        symbols: code.symbols,
    }
    .to_bytes()
}

/// A loop of eight instructions that loads, computes, stores and branches, over a window of 64 pages. It retires
/// `instructions` rounded up to a whole iteration and a dozen for its frame, commits a word and halts.
#[must_use]
pub fn long_loop(instructions: u64) -> Vec<u8> {
    const BODY: u64 = 8;
    let iterations = u32::try_from(instructions.div_ceil(BODY)).expect("at most 2^35 instructions");
    program(|asm| {
        asm.li(S0, DATA);
        asm.li(S1, iterations);
        asm.li(S2, WINDOW - 1);
        asm.li(T0, 0);
        asm.li(Reg::A0, 0);
        let top = asm.here();
        asm.emit(encode::reg_op(RegOp::Add, T2, S0, T0));
        asm.emit(encode::load(LoadOp::Lw, T1, T2, 0));
        asm.emit(encode::reg_op(RegOp::Add, Reg::A0, T1, S1));
        asm.emit(encode::store(StoreOp::Sw, Reg::A0, T2, 0));
        asm.emit(encode::imm_op(ImmOp::Addi, T0, T0, 4));
        asm.emit(encode::reg_op(RegOp::And, T0, T0, S2));
        asm.emit(encode::imm_op(ImmOp::Addi, S1, S1, -1));
        asm.branch(BranchOp::Bne, S1, Reg::ZERO, top);
        ecall(asm, Call::Commit);
        halt(asm, 0);
    })
}

/// Never ends.
#[must_use]
pub fn forever() -> Vec<u8> {
    program(|asm| {
        asm.symbol("spin");
        let top = asm.here();
        asm.emit(encode::imm_op(ImmOp::Addi, T0, T0, 1));
        asm.jal(Reg::ZERO, top);
    })
}

/// Halts at once with this exit code.
#[must_use]
pub fn exits(exit_code: u32) -> Vec<u8> {
    program(|asm| halt(asm, exit_code))
}

/// Reads this many input words, commits each, and halts with 0.
#[must_use]
pub fn echoes(words: u32) -> Vec<u8> {
    program(|asm| {
        asm.li(S1, words);
        let top = asm.here();
        asm.symbol("echo");
        ecall(asm, Call::Read);
        ecall(asm, Call::Commit);
        asm.emit(encode::imm_op(ImmOp::Addi, S1, S1, -1));
        asm.branch(BranchOp::Bne, S1, Reg::ZERO, top);
        halt(asm, 0);
    })
}

/// Jumps to this address.
#[must_use]
pub fn jumps_to(address: u32) -> Vec<u8> {
    program(|asm| {
        asm.li(T0, address);
        asm.symbol("leap");
        asm.emit(encode::jalr(Reg::ZERO, T0, 0));
    })
}

/// Calls itself for ever, with a stack that begins four pages above the text and grows down into it.
#[must_use]
pub fn overflows_its_stack() -> Vec<u8> {
    program(|asm| {
        asm.li(Reg::SP, TEXT + (5 << 10));
        asm.symbol("recurse");
        let top = asm.here();
        asm.emit(encode::imm_op(ImmOp::Addi, Reg::SP, Reg::SP, -16));
        asm.emit(encode::store(StoreOp::Sw, Reg::RA, Reg::SP, 12));
        asm.jal(Reg::RA, top);
    })
}

/// Executes this word in a function `culprit`, after two instructions, and would then halt with 0.
#[must_use]
pub fn executes(word: u32) -> Vec<u8> {
    program(|asm| {
        asm.li(T0, DATA);
        asm.emit(encode::NOP);
        asm.symbol("culprit");
        asm.emit(word);
        halt(asm, 0);
    })
}
