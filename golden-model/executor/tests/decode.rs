//! The decoder and the disassembler against the assembler, which shares no code with them.

use std::collections::BTreeSet;

use assay_executor::decode::{Format, Instruction, Op, decode, disassemble};
use assay_progen::encode::{
    BranchOp, EBREAK, ECALL, ImmOp, LoadOp, Reg, RegOp, StoreOp, auipc, branch, fence, imm_op, jal,
    jalr, load, lui, reg_op, store,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

fn assert_decodes(word: u32, op: &str, rd: Reg, rs1: Reg, rs2: Reg, imm: i32) {
    let found = decode(word).unwrap_or_else(|| panic!("{op} {word:#010x} is legal"));
    let number = |register: Reg| register.number() as u8;
    let expected = Instruction {
        op: found.op,
        rd: number(rd),
        rs1: number(rs1),
        rs2: number(rs2),
        imm: imm as u32,
    };
    assert_eq!(found, expected, "{word:#010x}");
    assert_eq!(found.op.mnemonic(), op.to_lowercase(), "{word:#010x}");
}

#[test]
fn decode_inverts_the_assembler() {
    const SEED: u64 = 0x5eed;
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut words = 0;
    let zero = Reg::ZERO;
    for _ in 0..2000 {
        let mut register = || Reg::new(rng.random_range(0..32));
        let (d, a, b) = (register(), register(), register());
        let imm = rng.random_range(-2048..2048);
        let upper = rng.random_range(0..1 << 20);
        let short = rng.random_range(-2048..2048) * 2;
        let long = rng.random_range(-(1 << 19)..1 << 19) * 2;
        assert_decodes(lui(d, upper), "lui", d, zero, zero, (upper << 12) as i32);
        assert_decodes(
            auipc(d, upper),
            "auipc",
            d,
            zero,
            zero,
            (upper << 12) as i32,
        );
        assert_decodes(jal(d, long), "jal", d, zero, zero, long);
        assert_decodes(jalr(d, a, imm), "jalr", d, a, zero, imm);
        for &op in BranchOp::ALL {
            assert_decodes(
                branch(op, a, b, short),
                &format!("{op:?}"),
                zero,
                a,
                b,
                short,
            );
        }
        for &op in LoadOp::ALL {
            assert_decodes(load(op, d, a, imm), &format!("{op:?}"), d, a, zero, imm);
        }
        for &op in StoreOp::ALL {
            assert_decodes(store(op, b, a, imm), &format!("{op:?}"), zero, a, b, imm);
        }
        for &op in ImmOp::ALL {
            let imm = if op.is_shift() { imm & 31 } else { imm };
            assert_decodes(imm_op(op, d, a, imm), &format!("{op:?}"), d, a, zero, imm);
        }
        for &op in RegOp::ALL {
            assert_decodes(reg_op(op, d, a, b), &format!("{op:?}"), d, a, b, 0);
        }
        assert_decodes(fence(upper & 0xfff, d, a), "fence", zero, zero, zero, 0);
        words += 5 + BranchOp::ALL.len() + LoadOp::ALL.len() + StoreOp::ALL.len();
        words += ImmOp::ALL.len() + RegOp::ALL.len();
    }
    assert_decodes(ECALL, "ecall", zero, zero, zero, 0);
    assert_decodes(EBREAK, "ebreak", zero, zero, zero, 0);
    println!("decoded {words} words, seed {SEED:#x}");
}

/// Walks every opcode, funct3 and funct7, with all other bits at two values, and counts what is legal.
#[test]
fn legal_words_are_those_of_the_specification_and_no_others() {
    let mut legal = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for opcode in 0..128 {
        for funct3 in 0..8 {
            for funct7 in 0..128 {
                let word = opcode | funct3 << 12 | funct7 << 25;
                let others = 0x01ff_8f80;
                let found = (decode(word), decode(word | others));
                assert_eq!(
                    found.0.map(|i| i.op).filter(|op| *op != Op::Ecall),
                    found.1.map(|i| i.op),
                    "registers do not decide what is legal: {word:#010x}"
                );
                if let Some(instruction) = found.0 {
                    legal.insert((opcode, funct3, funct7));
                    seen.insert(format!("{:?}", instruction.op));
                }
            }
        }
    }
    let any7 = 128;
    let upper = 3 * 8 * any7; // LUI, AUIPC, JAL
    let fixed3 = (1 + 6 + 5 + 3 + 6 + 1) * any7; // JALR, branches, loads, stores, immediates, FENCE
    let fixed7 = 3 + 18 + 1; // immediate shifts, register-register, ECALL
    assert_eq!(legal.len(), upper + fixed3 + fixed7);
    assert_eq!(seen.len(), Op::ALL.len() - 1, "all but EBREAK");
    assert_eq!(
        Op::ALL
            .into_iter()
            .collect::<std::collections::HashSet<_>>()
            .len(),
        48
    );
    // ECALL and EBREAK are single words.
    for bit in 0..32 {
        for word in [ECALL, EBREAK] {
            let other = word ^ 1 << bit;
            let is_system = decode(other).is_some_and(|i| i.op.format() == Format::System);
            assert!(
                !is_system || other == ECALL || other == EBREAK,
                "{other:#010x}"
            );
        }
    }
    println!(
        "{} of {} opcodes and functions are legal",
        legal.len(),
        128 * 8 * 128
    );
}

#[test]
fn disassembly_reads_as_an_assembler_would_write_it() {
    let (a0, sp, zero) = (Reg::A0, Reg::SP, Reg::ZERO);
    for (word, expected) in [
        (lui(a0, 0x12345), "lui a0, 0x12345"),
        (auipc(sp, 1), "auipc sp, 0x1"),
        (jal(Reg::RA, -16), "jal ra, 0xff0"),
        (jalr(zero, Reg::RA, 0), "jalr zero, 0(ra)"),
        (branch(BranchOp::Bltu, a0, sp, 8), "bltu a0, sp, 0x1008"),
        (load(LoadOp::Lhu, a0, sp, -2), "lhu a0, -2(sp)"),
        (store(StoreOp::Sw, a0, sp, 12), "sw a0, 12(sp)"),
        (imm_op(ImmOp::Srai, a0, a0, 31), "srai a0, a0, 31"),
        (reg_op(RegOp::Mulhsu, a0, sp, zero), "mulhsu a0, sp, zero"),
        (fence(0, zero, zero), "fence"),
        (ECALL, "ecall"),
        (EBREAK, "ebreak"),
        (0xffff_ffff, ".word 0xffffffff"),
    ] {
        assert_eq!(disassemble(word, 0x1000), expected);
    }
}
