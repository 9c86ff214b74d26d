//! One instruction does another's work, and everything after it believes so.
//!
//! Two programs differ in one word. The witness is that of the second, the program is the first: only the row of that word can show it.

use std::{format, println, string::String, vec::Vec};

use assay_progen::encode::{
    BranchOp, ImmOp, LoadOp, NOP, Reg, RegOp, StoreOp, auipc, branch, imm_op, jal, jalr, load, lui,
    reg_op, store,
};
use p3_field::PrimeCharacteristicRing;

use super::{BASE, Case, DATA, Felt, halting, li, store_word, x};
use crate::cpu::{Class, Cpu};

/// A program around one word: operands in x5 and x6, the address of a word in x7, its result in x8.
fn around(word: u32, a: u32, b: u32) -> Vec<u32> {
    let mut body: Vec<u32> = [li(x(5), a), li(x(6), b), li(x(7), DATA + 0x40)].concat();
    body.extend(li(x(8), 0x8765_c321));
    body.push(store_word(x(8), x(7), 0));
    body.push(store_word(x(5), x(7), 4));
    body.push(word);
    body.extend([imm_op(ImmOp::Addi, x(9), x(8), 1), NOP]);
    halting(&body)
}

/// Address of the word in question.
const AT: u32 = BASE + 4 * 10;

/// What the program says of an instruction, put over another's row.
fn named(mut row: Cpu<Felt>, name: &Cpu<Felt>) -> Cpu<Felt> {
    row.class = name.class;
    row.s1 = name.s1;
    row.s2 = name.s2;
    row.use_b = name.use_b;
    row.use_c = name.use_c;
    row.delegated = name.delegated;
    row.tag = name.tag;
    row.imm = name.imm;
    row.a_key = name.a_key;
    if name.class[Class::Load as usize] == Felt::ZERO {
        row.b_key = name.b_key;
    }
    if name.class[Class::Store as usize] == Felt::ZERO {
        row.c_key = name.c_key;
    }
    if name.delegated == Felt::ONE {
        row.aux[10] = name.aux[10];
    }
    row
}

/// The ways to tell the lie: the other's work under this name; this one's work with the other's result; the same with the
/// lookups of the result that the class makes.
fn lies(own: &Cpu<Felt>, other: &Cpu<Felt>) -> Vec<Cpu<Felt>> {
    let mut result = *own;
    (result.c_lo, result.c_hi, result.cond) = (other.c_lo, other.c_hi, other.cond);
    let mut looked_up = result;
    if own.class[Class::Add as usize] == Felt::ONE {
        (looked_up.aux[1], looked_up.aux[4]) = (other.c_lo, other.c_hi);
    }
    let limbs =
        [other.c_lo, other.c_hi].map(|limb| p3_field::PrimeField32::as_canonical_u32(&limb));
    if own.class[Class::Logic as usize] == Felt::ONE {
        for (byte, at) in [limbs[0] & 255, limbs[0] >> 8, limbs[1] & 255, limbs[1] >> 8]
            .into_iter()
            .zip([2, 5, 8, 11])
        {
            looked_up.aux[at] = Felt::from_u32(byte);
        }
    }
    let mut borrowed = result;
    borrowed.carry = other.carry;
    let flipped = Cpu {
        carry: [own.carry[0], Felt::ONE - own.carry[1]],
        ..result
    };
    std::vec![named(*other, own), result, looked_up, borrowed, flipped]
}

#[derive(Default)]
struct Tally {
    told: usize,
    pairs: usize,
    without_effect: Vec<String>,
}

/// Tells every lie about `word` that `other` in its place makes.
fn tell(name: &str, word: u32, other: u32, a: u32, b: u32, tally: &mut Tally) {
    let own = Case::new(&around(word, a, b), &[]);
    let mut liar = Case::new(&around(other, a, b), &[]);
    let at = own.row_at(AT);
    let (honest, lying) = (own.cpu(at), liar.cpu(at));
    let [own_record, other_record] = [&own, &liar].map(|case| case.rows.records[at]);
    if own_record.c_new == other_record.c_new && own_record.next_pc == other_record.next_pc {
        tally.without_effect.push(name.into());
        return;
    }
    tally.pairs += 1;
    // A text is not in the witness but where it is loaded from, and these programs do not.
    liar.program = own.program.clone();
    for lie in lies(&honest, &lying) {
        liar.edit_cpu(at, |row| *row = lie);
        let rejected = liar.row_rejected(at, &lying);
        super::tell(name, rejected);
        assert!(rejected, "{name} is accepted");
        tally.told += 1;
    }
}

const OPERANDS: [(u32, u32); 3] = [
    (0x8123_4567, 0x0765_0013),
    (0x0000_0005, 0xffff_fffd),
    (0x7fff_8001, 0x8000_7fff),
];

#[test]
fn register_operations_with_others_results_are_rejected() {
    let mut tally = Tally::default();
    let word = |op| reg_op(op, x(8), x(5), x(6));
    for (at, &op) in RegOp::ALL.iter().enumerate() {
        let (a, b) = OPERANDS[at % OPERANDS.len()];
        for liar in [RegOp::Add, RegOp::Sub, RegOp::Xor, RegOp::Sltu, RegOp::Slt] {
            if liar != op {
                tell(
                    &format!("{op:?} as {liar:?}"),
                    word(op),
                    word(liar),
                    a,
                    b,
                    &mut tally,
                );
            }
        }
    }
    println!(
        "{} lies about {} pairs of register operations",
        tally.told, tally.pairs
    );
    assert!(
        tally.pairs >= 70,
        "without effect: {:?}",
        tally.without_effect
    );
}

#[test]
fn immediate_operations_with_others_results_are_rejected() {
    let mut tally = Tally::default();
    for &op in ImmOp::ALL {
        for immediate in [1, 15, 16, 31] {
            let word = imm_op(op, x(8), x(5), immediate);
            for liar in [
                imm_op(ImmOp::Addi, x(8), x(5), immediate + 1),
                imm_op(ImmOp::Xori, x(8), x(5), 0x55),
                imm_op(ImmOp::Slli, x(8), x(5), immediate ^ 1),
                imm_op(ImmOp::Srli, x(8), x(5), immediate ^ 3),
            ] {
                let name = format!("{op:?} {immediate} as {liar:#010x}");
                tell(&name, word, liar, 0x8123_4567, 0, &mut tally);
            }
        }
    }
    println!(
        "{} lies about {} pairs of immediate operations",
        tally.told, tally.pairs
    );
    assert!(
        tally.pairs >= 120,
        "without effect: {:?}",
        tally.without_effect
    );
}

#[test]
fn loads_and_stores_of_something_else_are_rejected() {
    let mut tally = Tally::default();
    for &op in LoadOp::ALL {
        let at = |op: LoadOp, offset| load(op, x(8), x(7), offset);
        let liars = LoadOp::ALL
            .iter()
            .filter(|&&liar| liar != op)
            .map(|&liar| at(liar, 0));
        for liar in liars.chain([at(op, 4)]) {
            let name = format!("{op:?} as {liar:#010x}");
            tell(&name, at(op, 0), liar, 0x1111_2222, 0, &mut tally);
        }
    }
    for &op in StoreOp::ALL {
        let at = |op: StoreOp, offset| store(op, x(5), x(7), offset);
        let liars = StoreOp::ALL
            .iter()
            .filter(|&&liar| liar != op)
            .map(|&liar| at(liar, 0));
        for liar in liars.chain([at(op, 8), store(op, x(6), x(7), 0)]) {
            let name = format!("{op:?} as {liar:#010x}");
            tell(&name, at(op, 0), liar, 0x1111_2222, 0x3333_4444, &mut tally);
        }
    }
    println!(
        "{} lies about {} pairs of loads and stores",
        tally.told, tally.pairs
    );
    assert!(
        tally.pairs >= 30,
        "without effect: {:?}",
        tally.without_effect
    );
}

#[test]
fn branches_both_ways_are_rejected() {
    let mut tally = Tally::default();
    for &op in BranchOp::ALL {
        for (a, b) in [
            (5, 5),
            (3, 0xffff_fff0),
            (0xffff_fff0, 3),
            (0x8000_0000, 0x7fff_ffff),
        ] {
            for &liar in BranchOp::ALL {
                let word = |op| branch(op, x(5), x(6), 8);
                let name = format!("{op:?} {a:#x} {b:#x} as {liar:?}");
                tell(&name, word(op), word(liar), a, b, &mut tally);
            }
        }
    }
    println!(
        "{} lies about {} pairs of branches",
        tally.told, tally.pairs
    );
    assert!(
        tally.pairs >= 60,
        "without effect: {:?}",
        tally.without_effect
    );
}

#[test]
fn constants_jumps_and_links_of_others_are_rejected() {
    let mut tally = Tally::default();
    let link = Reg::new(8);
    let over = |word: u32| match word & 0x7f {
        0x6f => jal(link, 8),
        _ => jal(link, 4),
    };
    for word in [
        lui(link, 0x12345),
        auipc(link, 0x12345),
        jal(link, 4),
        jal(link, 8),
    ] {
        for liar in [lui(link, 0x12346), auipc(link, 0x12344), over(word)] {
            let name = format!("{word:#010x} as {liar:#010x}");
            tell(&name, word, liar, 0, 0, &mut tally);
        }
    }
    // x6 holds an address of the program.
    for (word, liar) in [(0, 4), (4, 0), (0, 1)] {
        let [word, liar] = [word, liar].map(|offset| jalr(link, x(6), offset));
        let name = format!("{word:#010x} as {liar:#010x}");
        tell(&name, word, liar, 0, AT + 4, &mut tally);
    }
    println!(
        "{} lies about {} pairs of constants and jumps",
        tally.told, tally.pairs
    );
    assert!(
        tally.pairs >= 10,
        "without effect: {:?}",
        tally.without_effect
    );
}
