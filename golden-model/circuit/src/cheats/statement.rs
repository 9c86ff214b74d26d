//! Claims of something else than what the witness shows, and calls that the machine would answer otherwise.

use std::{boxed::Box, println, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{Case, DATA, ECALL, Felt, call, felt, halting, li, load_word, store_word, x};
use crate::{claim::Claim, sys::Sys, table::Table};

/// Reads 7 and 9 (sys rows 0 and 1), asks what is left (2), commits that (3), and something else (4), halts (5) with it. Loads from text and memory.
fn case() -> Case {
    let mut body = [li(x(7), DATA), li(x(8), super::BASE)].concat();
    body.extend([store_word(x(8), x(7), 0), load_word(x(9), x(8), 0)]);
    for function in [1, 1, 2, 3] {
        body.extend(call(function));
    }
    body.extend(li(x(10), 0x55));
    body.extend(call(3));
    Case::new(&halting(&body), &[7, 9, 11])
}

#[test]
fn other_claims_are_rejected() {
    type Edit = Box<dyn Fn(&mut Claim)>;
    let mut edits: Vec<(&str, Edit)> = std::vec![
        ("text start", Box::new(|claim| claim.text.start += 1)),
        (
            "text end",
            Box::new(|claim| claim.text.end = claim.text.start)
        ),
        ("pc before", Box::new(|claim| claim.pre.pc += 4)),
        ("pc after", Box::new(|claim| claim.post.pc += 3)),
        ("journal words", Box::new(|claim| claim.journal_words += 1)),
        (
            "fewer journal words",
            Box::new(|claim| claim.journal_words -= 1)
        ),
        ("input length", Box::new(|claim| claim.input_len += 1)),
        ("shorter input", Box::new(|claim| claim.input_len -= 1)),
        (
            "input cursor before",
            Box::new(|claim| claim.input_pre += 1)
        ),
        (
            "input cursor after",
            Box::new(|claim| claim.input_post += 1)
        ),
        (
            "both cursors",
            Box::new(|claim| {
                claim.input_pre += 1;
                claim.input_post += 1;
                claim.input_len += 1;
            })
        ),
        ("no exit", Box::new(|claim| claim.exit = None)),
        ("exit code", Box::new(|claim| claim.exit = Some(0x56))),
        (
            "high limb of the exit code",
            Box::new(|claim| claim.exit = Some(0x1_0055))
        ),
    ];
    for element in 0..8 {
        edits.push((
            "root before",
            Box::new(move |claim| claim.pre.root[element] += Felt::ONE),
        ));
        edits.push((
            "root after",
            Box::new(move |claim| claim.post.root[element] += Felt::ONE),
        ));
        edits.push((
            "journal before",
            Box::new(move |claim| claim.journal_pre[element] += Felt::ONE),
        ));
        edits.push((
            "journal after",
            Box::new(move |claim| claim.journal_post[element] += Felt::ONE),
        ));
    }
    let mut case = case();
    let honest = case.witness.claim.clone();
    let number = edits.len();
    for (name, edit) in edits {
        case.witness.claim = honest.clone();
        edit(&mut case.witness.claim);
        assert_ne!(case.witness.claim, honest, "{name}");
        case.rejected(name);
    }
    println!("{number} other claims rejected");
}

/// Lets the call of a row answer with another word, and the instructions after it believe it.
fn answers(case: &mut Case, row: usize, [lo, hi]: [Felt; 2]) {
    let honest = Sys::read(case.cells(Table::Sys, row));
    case.edit_sys(row, |sys| sys.result = [lo, hi]);
    let at = p3_field::PrimeField32::as_canonical_u32(&honest.cycle) as usize - 1;
    case.edit_cpu(at, |cpu| (cpu.c_lo, cpu.c_hi) = (lo, hi));
    // The next that names x10 is the next call, two instructions later.
    case.edit_cpu(at + 3, |cpu| {
        (cpu.b_lo, cpu.b_hi) = (lo, hi);
        (cpu.c_old_lo, cpu.c_old_hi) = (lo, hi);
        (cpu.aux[8], cpu.aux[9]) = (lo, hi);
    });
    case.edit_sys(row + 1, |sys| sys.argument = [lo, hi]);
}

#[test]
fn other_answers_to_calls_are_rejected() {
    type Edit = Box<dyn Fn(&mut Case)>;
    let cheats: Vec<(&str, Edit)> = std::vec![
        (
            "an input word whose limb has 17 bits",
            Box::new(|case| answers(case, 0, [felt(0x1_0007), Felt::ZERO])),
        ),
        (
            "more left than there is",
            Box::new(|case| {
                answers(case, 2, [felt(2), Felt::ZERO]);
                case.edit_sys(3, |sys| sys.result = [felt(2), Felt::ZERO]);
            }),
        ),
        (
            "more left than there is, with another rest",
            Box::new(|case| {
                answers(case, 2, [felt(2), Felt::ZERO]);
                case.edit_sys(2, |sys| sys.rest = [felt(2), Felt::ZERO]);
            }),
        ),
        (
            "a read that does not move the cursor",
            Box::new(|case| {
                case.edit_sys(1, |sys| sys.moved = sys.cursor);
                case.edit_sys(2, |sys| {
                    (sys.cursor, sys.moved) = ([Felt::ONE, Felt::ZERO], [Felt::ONE, Felt::ZERO])
                });
                case.witness.claim.input_post -= 1;
            }),
        ),
        (
            "a read beyond the input",
            Box::new(|case| {
                let beyond = |cursor: u32| [felt(cursor), Felt::ZERO];
                case.edit_sys(0, |sys| {
                    (sys.cursor, sys.moved) = (beyond(2), beyond(3));
                    sys.rest = [Felt::ZERO; 2];
                });
                case.edit_sys(1, |sys| {
                    (sys.cursor, sys.moved) = (beyond(3), beyond(4));
                    sys.rest = [-Felt::ONE, Felt::ZERO];
                });
                case.edit_sys(2, |sys| {
                    (sys.cursor, sys.moved) = (beyond(4), beyond(4));
                    sys.rest = [-Felt::ONE, Felt::ZERO];
                });
                answers(case, 2, [-Felt::ONE, Felt::ZERO]);
                (case.witness.claim.input_pre, case.witness.claim.input_post) = (2, 4);
            }),
        ),
        (
            "a cursor that stays in other limbs",
            Box::new(|case| {
                let limbs = [felt(2) - felt(1 << 16), Felt::ONE];
                case.edit_sys(2, |sys| {
                    sys.moved = limbs;
                    sys.carry = Felt::ONE;
                    sys.rest = [Felt::ONE + felt(1 << 16), -Felt::ONE];
                });
            }),
        ),
        (
            "a read answered as what is left",
            Box::new(|case| {
                case.edit_sys(1, |sys| (sys.read, sys.left) = (Felt::ZERO, Felt::ONE));
            }),
        ),
        (
            "a commit of another word",
            Box::new(|case| {
                case.edit_sys(3, |sys| {
                    sys.argument = [felt(3), Felt::ZERO];
                    sys.result = sys.argument;
                });
            }),
        ),
        (
            "a commit that changes x10",
            Box::new(|case| case.edit_sys(4, |sys| sys.result = [felt(0x56), Felt::ZERO])),
        ),
        (
            "commits in another order",
            Box::new(|case| {
                let (first, second) = (
                    case.cells(Table::Sys, 3).to_vec(),
                    case.cells(Table::Sys, 4).to_vec(),
                );
                let (mut first, mut second) = (Sys::read(&first), Sys::read(&second));
                std::mem::swap(&mut first.cursor, &mut second.cursor);
                std::mem::swap(&mut first.moved, &mut second.moved);
                let early = 4 * p3_field::PrimeField32::as_canonical_u32(&first.cycle) + 3;
                let late = 4 * p3_field::PrimeField32::as_canonical_u32(&second.cycle) + 3;
                (first.time, second.time) = (felt(late), Felt::ZERO);
                // The chain of the cursor would end with the earlier call.
                case.edit_sys(3, |sys| *sys = first);
                case.edit_sys(4, |sys| *sys = second);
                case.cells_mut(Table::Claim, 0)[2] = felt(early);
            }),
        ),
        (
            "a commit that no instruction asks for",
            Box::new(|case| {
                let row = Sys::read(case.cells(Table::Sys, 4));
                case.edit_sys(7, |sys| *sys = row);
            }),
        ),
        (
            "a halt that is no exit",
            Box::new(|case| {
                case.edit_sys(5, |sys| sys.halt = Felt::ZERO);
                case.witness.claim.exit = None;
            }),
        ),
        (
            "a call that is two",
            Box::new(|case| case.edit_sys(3, |sys| sys.halt = Felt::ONE)),
        ),
        (
            "a call answered twice",
            Box::new(|case| case.edit_sys(3, |sys| sys.commit = Felt::TWO)),
        ),
        (
            "a call that nobody answers",
            Box::new(|case| {
                let cycle = p3_field::PrimeField32::as_canonical_u32(
                    &Sys::read(case.cells(Table::Sys, 3)).cycle,
                );
                case.edit_cpu(cycle as usize - 1, |cpu| cpu.delegated = Felt::ZERO);
            }),
        ),
        (
            "a call with a number of more than 16 bits",
            Box::new(|case| {
                let cycle = p3_field::PrimeField32::as_canonical_u32(
                    &Sys::read(case.cells(Table::Sys, 3)).cycle,
                );
                case.edit_cpu(cycle as usize - 1, |cpu| cpu.a_hi = Felt::ONE);
                case.edit_cpu(cycle as usize - 2, |cpu| cpu.c_hi = Felt::ONE);
            }),
        ),
    ];
    let number = cheats.len();
    for (name, cheat) in cheats {
        let mut case = case();
        cheat(&mut case);
        println!("{name}: {}", case.rejected(name));
    }
    assert_eq!(call(0)[2], ECALL);
    println!("{number} cheats with calls rejected");
}
