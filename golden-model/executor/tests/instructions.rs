//! Every instruction against results that were written down by hand from the specification, on the naive machine and at speed.

mod common;

use assay_abi::{Record, record_flags::USE_C};
use assay_executor::{Event, Exit};
use assay_progen::{
    Assembler,
    encode::{
        BranchOp, ECALL, ImmOp, LoadOp, Reg, RegOp, StoreOp, auipc, branch, fence, imm_op, jal,
        jalr, load, lui, reg_op, store,
    },
};
use common::{Case, Matched, agree, po2};

const A: Reg = Reg::new(5);
const B: Reg = Reg::new(6);
const D: Reg = Reg::new(7);
const DATA: u32 = 0x0010_0000;
const MIN: u32 = 0x8000_0000;
const MAX: u32 = 0x7fff_ffff;
const ONES: u32 = 0xffff_ffff;

/// Runs code that starts at 0x1000 and is followed by a halt; the record of the word at `at`.
fn record_of(asm: Assembler, at: u32, matched: &mut Matched) -> Record {
    let mut asm = asm;
    asm.li(Reg::A7, 0);
    asm.emit(ECALL);
    let case = Case::words(&asm.finish().expect("no labels").words, &[]);
    let (this, exit) = agree("one instruction", &case, po2(13), None);
    assert!(matches!(exit, Exit::Halted { .. }), "{exit}");
    *matched += this;
    let records = case.live(po2(13), None).into_iter();
    records
        .filter_map(|event| match event {
            Event::Record(record) if record.pc == at => Some(record),
            _ => None,
        })
        .next()
        .expect("the instruction retires")
}

/// What the instruction writes, with A and B set before.
fn result(a: u32, b: u32, instruction: u32, matched: &mut Matched) -> u32 {
    let mut asm = Assembler::new(0x1000);
    asm.li(A, a);
    asm.li(B, b);
    let at = asm.pc();
    asm.emit(instruction);
    let record = record_of(asm, at, matched);
    assert_eq!(record.flags & USE_C, USE_C);
    record.c_new
}

#[test]
fn register_operations_match_the_specification() {
    use RegOp::*;
    let table: &[(RegOp, u32, u32, u32)] = &[
        (Add, ONES, 1, 0),
        (Add, MAX, 1, MIN),
        (Sub, 0, 1, ONES),
        (Sub, MIN, 1, MAX),
        (Sll, 1, 31, MIN),
        (Sll, 1, 32, 1),
        (Sll, 0x1234_5678, 0xffff_ffe4, 0x2345_6780),
        (Slt, MIN, MAX, 1),
        (Slt, MAX, MIN, 0),
        (Slt, ONES, ONES, 0),
        (Sltu, MIN, MAX, 0),
        (Sltu, MAX, MIN, 1),
        (Sltu, 0, ONES, 1),
        (Xor, 0xff00_ff00, 0x0ff0_0ff0, 0xf0f0_f0f0),
        (Or, 0xff00_ff00, 0x0ff0_0ff0, 0xfff0_fff0),
        (And, 0xff00_ff00, 0x0ff0_0ff0, 0x0f00_0f00),
        (Srl, MIN, 31, 1),
        (Srl, MIN, 32, MIN),
        (Srl, ONES, 0xffff_ff01, MAX),
        (Sra, MIN, 31, ONES),
        (Sra, MIN, 1, 0xc000_0000),
        (Sra, MAX, 30, 1),
        (Sra, MIN, 0x40, MIN),
        (Mul, ONES, ONES, 1),
        (Mul, MIN, MIN, 0),
        (Mul, 0x1_0001, 0x1_0001, 0x0002_0001),
        (Mulh, MIN, MIN, 0x4000_0000),
        (Mulh, MIN, ONES, 0),
        (Mulh, ONES, 1, ONES),
        (Mulh, ONES, ONES, 0),
        (Mulh, MAX, MAX, 0x3fff_ffff),
        (Mulhsu, ONES, ONES, ONES),
        (Mulhsu, MIN, ONES, MIN),
        (Mulhsu, MAX, ONES, 0x7fff_fffe),
        (Mulhsu, 1, MIN, 0),
        (Mulhu, ONES, ONES, 0xffff_fffe),
        (Mulhu, MIN, 2, 1),
        (Mulhu, MIN, MIN, 0x4000_0000),
        (Div, 7, 0, ONES),
        (Div, MIN, 0, ONES),
        (Div, MIN, ONES, MIN),
        (Div, 0u32.wrapping_sub(7), 2, 0u32.wrapping_sub(3)),
        (Div, 7, 0u32.wrapping_sub(2), 0u32.wrapping_sub(3)),
        (Div, MIN, 1, MIN),
        (Divu, 7, 0, ONES),
        (Divu, MIN, ONES, 0),
        (Divu, ONES, 2, MAX),
        (Rem, 7, 0, 7),
        (Rem, MIN, 0, MIN),
        (Rem, MIN, ONES, 0),
        (Rem, 0u32.wrapping_sub(7), 2, ONES),
        (Rem, 7, 0u32.wrapping_sub(2), 1),
        (Remu, 7, 0, 7),
        (Remu, MIN, ONES, MIN),
        (Remu, ONES, 10, 5),
    ];
    let mut matched = Matched::default();
    for &(op, a, b, expected) in table {
        let found = result(a, b, reg_op(op, D, A, B), &mut matched);
        assert_eq!(found, expected, "{op:?} {a:#x} {b:#x}: {found:#x}");
        // The destination may be a source.
        let found = result(a, b, reg_op(op, A, A, B), &mut matched);
        assert_eq!(found, expected, "{op:?} onto rs1");
        let found = result(a, b, reg_op(op, B, A, B), &mut matched);
        assert_eq!(found, expected, "{op:?} onto rs2");
    }
    assert!(
        RegOp::ALL
            .iter()
            .all(|op| table.iter().any(|row| row.0 == *op))
    );
    println!("{} results; {matched}", 3 * table.len());
}

#[test]
fn immediate_operations_match_the_specification() {
    use ImmOp::*;
    let table: &[(ImmOp, u32, i32, u32)] = &[
        (Addi, 0, -2048, 0xffff_f800),
        (Addi, ONES, 1, 0),
        (Addi, 1, 2047, 2048),
        (Slti, MIN, -1, 1),
        (Slti, 0, -1, 0),
        (Sltiu, 0, -1, 1),
        (Sltiu, ONES, -1, 0),
        (Sltiu, 0, 1, 1),
        (Sltiu, 1, 1, 0),
        (Xori, 0x0f0f_0f0f, -1, 0xf0f0_f0f0),
        (Ori, 0, -2048, 0xffff_f800),
        (Andi, ONES, -2048, 0xffff_f800),
        (Andi, ONES, 2047, 2047),
        (Slli, ONES, 31, MIN),
        (Slli, 5, 0, 5),
        (Srli, ONES, 31, 1),
        (Srli, MIN, 0, MIN),
        (Srai, MIN, 31, ONES),
        (Srai, MAX, 31, 0),
    ];
    let mut matched = Matched::default();
    for &(op, a, imm, expected) in table {
        let found = result(a, 0, imm_op(op, D, A, imm), &mut matched);
        assert_eq!(found, expected, "{op:?} {a:#x} {imm}: {found:#x}");
    }
    assert!(
        ImmOp::ALL
            .iter()
            .all(|op| table.iter().any(|row| row.0 == *op))
    );
    let at_two_words = 0x1000 + 4 * 2;
    assert_eq!(result(0, 0, lui(D, 0xf_ffff), &mut matched), 0xffff_f000);
    let found = result(0, 0, auipc(D, 0xf_ffff), &mut matched);
    assert_eq!(found, at_two_words - 0x1000);
    println!("{} results; {matched}", table.len() + 2);
}

#[test]
fn lanes_match_the_specification() {
    use LoadOp::*;
    let mut matched = Matched::default();
    let word = 0x8899_7fa0;
    let table: &[(LoadOp, i32, u32)] = &[
        (Lb, 0, 0xffff_ffa0),
        (Lb, 1, 0x7f),
        (Lb, 2, 0xffff_ff99),
        (Lb, 3, 0xffff_ff88),
        (Lbu, 0, 0xa0),
        (Lbu, 1, 0x7f),
        (Lbu, 2, 0x99),
        (Lbu, 3, 0x88),
        (Lh, 0, 0x7fa0),
        (Lh, 2, 0xffff_8899),
        (Lhu, 0, 0x7fa0),
        (Lhu, 2, 0x8899),
        (Lw, 0, word),
    ];
    for &(op, lane, expected) in table {
        let mut asm = Assembler::new(0x1000);
        asm.li(A, DATA);
        asm.li(B, word);
        asm.emit(store(StoreOp::Sw, B, A, 0));
        let at = asm.pc();
        asm.emit(load(op, D, A, lane));
        let record = record_of(asm, at, &mut matched);
        assert_eq!(record.c_new, expected, "{op:?} lane {lane}");
        assert_eq!(record.b_value, word, "the whole word");
        assert_eq!(record.mem_addr, DATA + lane as u32);
    }
    let table: &[(StoreOp, i32, u32)] = &[
        (StoreOp::Sb, 0, 0x8899_7f34),
        (StoreOp::Sb, 1, 0x8899_34a0),
        (StoreOp::Sb, 2, 0x8834_7fa0),
        (StoreOp::Sb, 3, 0x3499_7fa0),
        (StoreOp::Sh, 0, 0x8899_1234),
        (StoreOp::Sh, 2, 0x1234_7fa0),
        (StoreOp::Sw, 0, 0xdead_1234),
    ];
    for &(op, lane, expected) in table {
        let mut asm = Assembler::new(0x1000);
        asm.li(A, DATA);
        asm.li(B, word);
        asm.emit(store(StoreOp::Sw, B, A, 0));
        asm.li(B, 0xdead_1234);
        let at = asm.pc();
        asm.emit(store(op, B, A, lane));
        let record = record_of(asm, at, &mut matched);
        assert_eq!(
            (record.c_old, record.c_new),
            (word, expected),
            "{op:?} {lane}"
        );
        assert_eq!(record.b_value, 0xdead_1234, "the whole register");
    }
    println!("{matched}");
}

#[test]
fn control_goes_where_the_specification_says() {
    use BranchOp::*;
    let mut matched = Matched::default();
    let table: &[(BranchOp, u32, u32, bool)] = &[
        (Beq, 3, 3, true),
        (Beq, 3, 4, false),
        (Bne, 3, 4, true),
        (Bne, ONES, ONES, false),
        (Blt, MIN, MAX, true),
        (Blt, MAX, MIN, false),
        (Blt, 5, 5, false),
        (Bge, MAX, MIN, true),
        (Bge, 5, 5, true),
        (Bge, ONES, 0, false),
        (Bltu, MAX, MIN, true),
        (Bltu, ONES, 0, false),
        (Bgeu, MIN, MAX, true),
        (Bgeu, 5, 5, true),
        (Bgeu, 0, ONES, false),
    ];
    for &(op, a, b, taken) in table {
        let mut asm = Assembler::new(0x1000);
        asm.li(A, a);
        asm.li(B, b);
        let at = asm.pc();
        asm.emit(branch(op, A, B, 8));
        asm.emit(fence(0xfff, D, D));
        let record = record_of(asm, at, &mut matched);
        let next = at + if taken { 8 } else { 4 };
        assert_eq!(record.next_pc, next, "{op:?} {a:#x} {b:#x}");
    }
    // A branch that is not taken may have any target.
    let mut asm = Assembler::new(0x1000);
    asm.li(A, 1);
    let at = asm.pc();
    asm.emit(branch(Beq, A, Reg::ZERO, 6));
    assert_eq!(record_of(asm, at, &mut matched).next_pc, at + 4);

    let mut asm = Assembler::new(0x1000);
    let at = asm.pc();
    asm.emit(jal(D, 8));
    asm.emit(fence(0, D, D));
    let record = record_of(asm, at, &mut matched);
    assert_eq!((record.c_new, record.next_pc), (at + 4, at + 8));

    // Bit 0 of the target is cleared; the link is written after the base is read.
    let mut asm = Assembler::new(0x1000);
    asm.li(A, 0x1010);
    let at = asm.pc();
    asm.emit(jalr(A, A, -3));
    asm.emit(fence(0, D, D));
    let record = record_of(asm, at, &mut matched);
    assert_eq!(at, 0x1008);
    assert_eq!((record.c_new, record.next_pc), (0x100c, 0x100c));
    println!("{matched}");
}

#[test]
fn x0_stays_zero_and_writes_to_it_are_no_access() {
    let mut matched = Matched::default();
    let mut asm = Assembler::new(0x1000);
    asm.li(A, DATA);
    asm.li(B, 99);
    asm.emit(store(StoreOp::Sw, B, A, 0));
    let first = asm.pc();
    let link = asm.pc() + 6 * 4;
    let writers = [
        lui(Reg::ZERO, 5),
        auipc(Reg::ZERO, 5),
        imm_op(ImmOp::Addi, Reg::ZERO, B, 1),
        reg_op(RegOp::Mul, Reg::ZERO, B, B),
        load(LoadOp::Lw, Reg::ZERO, A, 0),
        jal(Reg::ZERO, 4),
    ];
    writers.into_iter().for_each(|word| asm.emit(word));
    assert_eq!(asm.pc(), link);
    asm.li(D, link + 8 + 4);
    asm.emit(jalr(Reg::ZERO, D, 0));
    let reader = asm.pc();
    asm.emit(reg_op(RegOp::Add, D, Reg::ZERO, Reg::ZERO));
    asm.li(Reg::A7, 0);
    asm.emit(ECALL);
    let case = Case::words(&asm.finish().expect("no labels").words, &[]);
    let (this, _) = agree("x0", &case, po2(13), None);
    matched += this;
    for event in case.live(po2(13), None) {
        match event {
            Event::Record(r) if (first..reader).contains(&r.pc) && r.insn >> 7 & 31 == 0 => {
                let c = (r.flags & USE_C, r.c_old, r.c_new, r.c_time);
                assert_eq!(c, (0, 0, 0, 0), "pc {:#x}", r.pc);
            }
            // Both reads count, the second sees the time of the first.
            Event::Record(r) if r.pc == reader => {
                assert_eq!((r.a_value, r.b_value, r.c_new), (0, 0, 0));
                assert_eq!(r.b_time, 4 * r.cycle);
            }
            Event::End(_, registers) => assert_eq!(registers[0], 0),
            _ => {}
        }
    }
    println!("{matched}");
}
