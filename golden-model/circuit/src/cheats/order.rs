//! Rows in another order, flags that are no flags, instructions that are not the program's.

use std::{boxed::Box, println, vec::Vec};

use assay_executor::Image;
use assay_progen::encode::{Reg, RegOp, jal, jalr, reg_op};
use p3_field::{Field, PrimeCharacteristicRing};

use super::{BASE, Case, DATA, Felt, felt, halting, li, load_word, negative, store_word, x};
use crate::{cpu::Class, program, table::Table};

/// Rows 0 to 5; halts in row 8.
fn case() -> Case {
    let mut body = [li(x(5), 0x11), li(x(6), 0x22)].concat();
    body.push(reg_op(RegOp::Add, x(8), x(5), x(6)));
    body.push(jal(x(1), 4));
    Case::new(&halting(&body), &[])
}

/// Copies what a row did to another, which keeps its place in time.
fn copy(case: &mut Case, from: usize, to: usize) {
    let cycle = case.cpu(to).cycle;
    let mut cpu = case.cpu(from);
    cpu.cycle = cycle;
    case.edit_cpu(to, |row| *row = cpu);
}

type Edit = Box<dyn Fn(&mut Case)>;

#[test]
fn rows_out_of_order_are_rejected() {
    let cheats: Vec<(&str, Edit)> = std::vec![
        ("an instruction repeated", Box::new(|case| copy(case, 3, 4))),
        ("an instruction skipped", Box::new(|case| copy(case, 5, 4))),
        (
            "two instructions swapped",
            Box::new(|case| {
                let row = case.cpu(2);
                copy(case, 3, 2);
                let cycle = case.cpu(3).cycle;
                case.edit_cpu(3, |cpu| {
                    *cpu = row;
                    cpu.cycle = cycle;
                });
            }),
        ),
        (
            "execution after the halt",
            Box::new(|case| copy(case, 0, 9))
        ),
        (
            "execution after padding",
            Box::new(|case| copy(case, 0, 11))
        ),
        (
            "padding that reads a register",
            Box::new(|case| case.edit_cpu(12, |cpu| cpu.use_b = Felt::ONE)),
        ),
        (
            "padding that writes one",
            Box::new(|case| case.edit_cpu(12, |cpu| cpu.use_c = Felt::ONE)),
        ),
        (
            "padding that delegates",
            Box::new(|case| case.edit_cpu(12, |cpu| cpu.delegated = Felt::ONE)),
        ),
        (
            "padding that jumps",
            Box::new(|case| case.edit_cpu(12, |cpu| cpu.pc = felt(BASE))),
        ),
        (
            "padding of two classes that cancel",
            Box::new(|case| {
                case.edit_cpu(12, |cpu| {
                    cpu.class[Class::Add as usize] = Felt::ONE;
                    cpu.class[Class::Constant as usize] = negative(1);
                });
            }),
        ),
        (
            "an instruction of two classes",
            Box::new(|case| case.edit_cpu(4, |cpu| cpu.class[Class::Less as usize] = Felt::ONE)),
        ),
        (
            "a class that is 2",
            Box::new(|case| {
                case.edit_cpu(4, |cpu| {
                    cpu.class[Class::Add as usize] = Felt::TWO;
                    cpu.class[Class::Less as usize] = negative(1);
                });
            }),
        ),
        (
            "cycles that count from another number",
            Box::new(|case| case.edit_cpu(0, |cpu| cpu.cycle = Felt::TWO)),
        ),
        (
            "a cycle that is skipped",
            Box::new(|case| case.edit_cpu(12, |cpu| cpu.cycle += Felt::ONE)),
        ),
        (
            "a jump to another place",
            Box::new(|case| case.edit_cpu(5, |cpu| cpu.imm = felt(BASE))),
        ),
        (
            "a halt without a call",
            Box::new(|case| {
                case.edit_cpu(7, |cpu| {
                    cpu.cond = Felt::ONE;
                    cpu.imm = Felt::ONE;
                });
                copy(case, 9, 8);
            }),
        ),
        (
            "a halt that goes on",
            Box::new(|case| {
                case.edit_cpu(8, |cpu| {
                    cpu.cond = Felt::ZERO;
                    cpu.aux[10] -= Felt::ONE;
                });
            }),
        ),
        (
            "an operand of another register",
            Box::new(|case| {
                case.edit_cpu(4, |cpu| {
                    (cpu.b_key, cpu.b_lo) = (cpu.a_key, cpu.a_lo);
                    cpu.b_time = felt(4 * 5);
                    (cpu.c_lo, cpu.aux[1]) = (felt(0x22), felt(0x22));
                });
            }),
        ),
        (
            "another constant",
            Box::new(|case| {
                case.edit_cpu(1, |cpu| {
                    cpu.b_lo = felt(0x12);
                    (cpu.c_lo, cpu.aux[1]) = (felt(0x12), felt(0x12));
                });
            }),
        ),
    ];
    let number = cheats.len();
    for (name, cheat) in cheats {
        let mut case = case();
        cheat(&mut case);
        println!("{name}: {}", case.rejected(name));
    }
    println!("{number} cheats with the order of rows rejected");
}

/// Puts another program under a witness.
fn reword(case: &mut Case, words: &[u32]) {
    let image = Image::from_words(BASE, words).expect("a small text");
    case.program = program::decode(image.text_content());
}

#[test]
fn addresses_that_fault_are_rejected() {
    let quarter = felt(4).inverse();
    // Loads and stores of words at an odd address, as if at the word's; in row 2.
    for store in [false, true] {
        let word = |offset| match store {
            true => store_word(x(8), x(7), offset),
            false => load_word(Reg::ZERO, x(7), offset),
        };
        let around = |word| {
            let mut body = li(x(7), DATA).to_vec();
            body.push(word);
            halting(&body)
        };
        for ignored in [true, false] {
            let mut case = Case::new(&around(word(0)), &[]);
            reword(&mut case, &around(word(1)));
            case.edit_cpu(2, |cpu| {
                cpu.imm = Felt::ONE;
                if ignored {
                    cpu.aux[11] = Felt::ONE;
                } else {
                    cpu.aux[1] += quarter;
                }
            });
            println!("odd address: {}", case.rejected("an odd address"));
        }
    }
    // A jump to an odd address that keeps its bit 0: the pc after it is odd.
    let jump = |offset| {
        let mut body = li(x(6), BASE + 12).to_vec();
        body.push(jalr(x(1), x(6), offset));
        halting(&body)
    };
    let mut case = Case::new(&jump(0), &[]);
    reword(&mut case, &jump(1));
    case.edit_cpu(2, |cpu| {
        cpu.imm = Felt::ONE;
        cpu.aux[1] += quarter;
    });
    case.edit_cpu(3, |cpu| cpu.pc += Felt::ONE);
    case.rejected("a jump that keeps bit 0");
    // A jump that goes by a multiple of p further.
    let mut case = Case::new(&jump(0), &[]);
    case.edit_cpu(2, |cpu| {
        cpu.aux[4] += felt(0x7f00);
        cpu.aux[1] += quarter;
    });
    case.rejected("a jump over p");
}

#[test]
fn negative_offset_of_a_small_base_is_rejected() {
    // lw at -4(x0) faults; as if the carry out of the high limb were there.
    let around = |word| {
        let mut body = li(x(5), 0x11).to_vec();
        body.extend([store_word(x(5), Reg::ZERO, 0), word]);
        halting(&body)
    };
    let mut case = Case::new(&around(load_word(Reg::ZERO, Reg::ZERO, 0)), &[]);
    reword(&mut case, &around(load_word(Reg::ZERO, Reg::ZERO, -4)));
    case.edit_cpu(3, |cpu| {
        cpu.s1 = Felt::ONE;
        cpu.imm = felt(0xfffc);
        cpu.aux[1] = felt(0x3fff);
        cpu.aux[4] = felt(0xffff);
        cpu.b_key = felt(0xfffc) + felt(0xffff) * felt(1 << 16);
    });
    case.rejected("an address below 0");
    assert!(case.cells(Table::Cpu, 3).contains(&felt(0xfffc)));
}
