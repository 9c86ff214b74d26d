//! Accesses out of time, of other values, of other words.

use std::{boxed::Box, println, vec::Vec};

use assay_abi::machine::{SLOT_A, SLOT_B, SLOT_C, SLOTS_PER_CYCLE};
use assay_progen::encode::{ImmOp, Reg, RegOp, imm_op, reg_op};
use p3_field::PrimeCharacteristicRing;

use super::{Case, DATA, Felt, felt, halting, li, load_word, negative, store_word, x};
use crate::{bump::Bump, bus::key, table::Table};

/// Time of an access in a row.
fn time(row: usize, slot: u32) -> Felt {
    felt(SLOTS_PER_CYCLE * (row as u32 + 1) + slot)
}

/// Stores 0x11 in row 4 and 0x22 in row 7, loads in rows 5, 8 and 9.
fn stores_and_loads() -> Case {
    let mut body: Vec<u32> = [li(x(7), DATA), li(x(5), 0x11)].concat();
    body.extend([store_word(x(5), x(7), 0), load_word(Reg::ZERO, x(7), 0)]);
    body.push(imm_op(ImmOp::Addi, x(6), Reg::ZERO, 0x22));
    body.push(store_word(x(6), x(7), 0));
    body.extend([load_word(Reg::ZERO, x(7), 0); 2]);
    Case::new(&halting(&body), &[])
}

type Edit = Box<dyn Fn(&mut Case)>;

/// Lets the load in a row find another word.
fn finds(case: &mut Case, row: usize, value: u32, at: Felt) {
    case.edit_cpu(row, |cpu| {
        cpu.b_lo = felt(value);
        cpu.c_lo = felt(value);
        cpu.aux[6] = felt(value);
        cpu.b_time = at;
    });
}

#[test]
fn accesses_out_of_time_are_rejected() {
    let cheats: Vec<(&str, Edit)> = std::vec![
        (
            "a load of the value before the last store",
            Box::new(|case| {
                finds(case, 8, 0x11, time(5, SLOT_B));
                case.edit_cpu(7, |cpu| cpu.c_time = time(8, SLOT_B));
                case.edit_cpu(9, |cpu| cpu.b_time = time(7, SLOT_C));
            }),
        ),
        (
            "a load of a value not yet stored",
            Box::new(|case| {
                finds(case, 5, 0x22, time(7, SLOT_C));
                case.edit_cpu(7, |cpu| cpu.c_time = time(4, SLOT_C));
                case.edit_cpu(8, |cpu| cpu.b_time = time(5, SLOT_B));
            }),
        ),
        (
            "a load that takes what it leaves",
            Box::new(|case| {
                finds(case, 8, 0x77, time(8, SLOT_B));
                case.edit_cpu(9, |cpu| cpu.b_time = time(7, SLOT_C));
            }),
        ),
        (
            "a load of the value before the last store, with a bump back in time",
            Box::new(|case| {
                finds(case, 8, 0x11, time(5, SLOT_B));
                let to = time(6, SLOT_B);
                case.edit_cpu(7, |cpu| cpu.c_time = to);
                case.edit_cpu(9, |cpu| cpu.b_time = time(7, SLOT_C));
                let gap = to - time(8, SLOT_B) - Felt::ONE;
                let gap = p3_field::PrimeField32::as_canonical_u32(&gap);
                Bump {
                    real: Felt::ONE,
                    key: felt(DATA),
                    lo: felt(0x11),
                    hi: Felt::ZERO,
                    time: [to, Felt::ZERO],
                    gap: [felt(gap & 0xffff), felt(gap >> 16)],
                }
                .write(case.cells_mut(Table::Bump, 0));
            }),
        ),
        (
            "a load of a value that nothing left",
            Box::new(|case| finds(case, 8, 0x77, time(7, SLOT_C))),
        ),
        (
            "a load from text of a word of memory",
            Box::new(|case| {
                case.edit_cpu(8, |cpu| {
                    cpu.s2 = Felt::ONE;
                    cpu.b_key += felt(key::TEXT);
                });
            }),
        ),
        (
            "a load of another word",
            Box::new(|case| {
                case.edit_cpu(8, |cpu| {
                    cpu.b_key += felt(4);
                    cpu.aux[1] += Felt::ONE;
                });
            }),
        ),
        (
            "a load that is no access",
            Box::new(|case| {
                finds(case, 8, 0x77, Felt::ZERO);
                case.edit_cpu(8, |cpu| cpu.use_b = Felt::ZERO);
                case.edit_cpu(9, |cpu| cpu.b_time = time(7, SLOT_C));
            }),
        ),
        (
            "a store that is no access",
            Box::new(|case| {
                case.edit_cpu(7, |cpu| cpu.use_c = Felt::ZERO);
                finds(case, 8, 0x11, time(5, SLOT_B));
            }),
        ),
        (
            "a store of another value",
            Box::new(|case| {
                case.edit_cpu(7, |cpu| cpu.c_lo = felt(0x23));
                finds(case, 8, 0x23, time(7, SLOT_C));
            }),
        ),
        (
            "an access from further back than it can look",
            Box::new(|case| case.edit_cpu(8, |cpu| cpu.b_time -= felt(1 << 16))),
        ),
        (
            "an access twice",
            Box::new(|case| case.edit_cpu(8, |cpu| cpu.use_b = Felt::TWO)),
        ),
    ];
    let number = cheats.len();
    for (name, cheat) in cheats {
        let mut case = stores_and_loads();
        cheat(&mut case);
        println!("{name}: {}", case.rejected(name));
    }
    println!("{number} cheats with memory rejected");
}

#[test]
fn slots_of_one_register_out_of_order_are_rejected() {
    let mut body = li(x(5), 0x11).to_vec();
    body.push(reg_op(RegOp::Add, x(5), x(5), x(5)));
    let mut case = Case::new(&halting(&body), &[]);
    let honest = case.cpu(2);
    // C first, then A, then B: all find 0x11 and leave it, but C, which leaves 0x22 and is found by nobody.
    case.edit_cpu(2, |cpu| {
        cpu.c_time = honest.a_time;
        cpu.a_time = time(2, SLOT_C);
        cpu.b_time = time(2, SLOT_A);
    });
    case.rejected("C before A");
    let mut case = Case::new(&halting(&body), &[]);
    case.edit_cpu(2, |cpu| {
        cpu.b_time = honest.a_time;
        cpu.a_time = time(2, SLOT_B);
        cpu.c_time = time(2, SLOT_A);
    });
    case.rejected("B before A");
}

#[test]
fn writes_to_x0_are_rejected() {
    let zero = Reg::ZERO;
    let add = |by| imm_op(ImmOp::Addi, zero, zero, by);
    let mut case = Case::new(&halting(&[add(5), add(-5), add(0)]), &[]);
    let written = |row: usize| {
        move |cpu: &mut crate::cpu::Cpu<Felt>| {
            cpu.use_c = Felt::ONE;
            cpu.c_key = felt(key::REGISTERS);
            cpu.c_time = time(row, SLOT_A);
        }
    };
    case.edit_cpu(0, written(0));
    case.edit_cpu(1, written(1));
    case.edit_cpu(1, |cpu| {
        cpu.a_lo = felt(5);
        cpu.a_time = time(0, SLOT_C);
        cpu.c_old_lo = felt(5);
        (cpu.c_lo, cpu.c_hi) = (Felt::ZERO, Felt::ZERO);
        cpu.aux[1] = Felt::ZERO;
        cpu.aux[4] = Felt::ZERO;
        cpu.carry = [Felt::ONE; 2];
    });
    case.edit_cpu(2, |cpu| cpu.a_time = time(1, SLOT_C));
    let rejection = case.rejected("x0 is written");
    // All but the program agrees with it.
    assert_eq!(rejection.constraints, 0, "{rejection}");
    println!("x0 written: {rejection}");
}

#[test]
fn words_that_are_no_words_are_rejected() {
    // A sum with a limb of 17 bits, one with a fractional carry, one with carries that are no bits.
    let mut body = [li(x(5), 0xffff), li(x(6), 1)].concat();
    body.push(reg_op(RegOp::Add, x(8), x(5), x(6)));
    body.push(imm_op(ImmOp::Addi, x(8), Reg::ZERO, 0));
    let half = p3_field::Field::inverse(&felt(1 << 16));
    type Sum = (&'static str, [Felt; 2], [Felt; 2]);
    let sums: [Sum; 3] = [
        ("17 bits", [felt(0x1_0000), Felt::ZERO], [Felt::ZERO; 2]),
        ("fraction", [felt(0xffff), half], [half, Felt::ZERO]),
        (
            "two",
            [negative(0x1_0000), Felt::TWO],
            [Felt::TWO, Felt::ZERO],
        ),
    ];
    for (name, [lo, hi], carry) in sums {
        let mut case = Case::new(&halting(&body), &[]);
        case.edit_cpu(4, |cpu| {
            (cpu.c_lo, cpu.c_hi) = (lo, hi);
            (cpu.aux[1], cpu.aux[4]) = (lo, hi);
            cpu.carry = carry;
        });
        case.edit_cpu(5, |cpu| (cpu.c_old_lo, cpu.c_old_hi) = (lo, hi));
        println!("{name}: {}", case.rejected(name));
    }
}
