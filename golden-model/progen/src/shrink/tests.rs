use std::collections::BTreeMap;

use super::{Oracle, Start, Step, Subject, linear, placed, reduce};
use crate::encode::{self, ImmOp, LoadOp, NOP, Reg, RegOp};

/// Fails if the text holds a division behind a load.
struct DivisionBehindLoad {
    runs: u32,
}

impl Oracle for DivisionBehindLoad {
    fn fails(&mut self, subject: &Subject) -> bool {
        self.runs += 1;
        let words: Vec<u32> = subject.text().unwrap().into_values().collect();
        let load = words.iter().position(|word| word & 0x7f == 0x03);
        let division = |word: &u32| word & 0xfe00_407f == 0x0200_4033;
        load.is_some_and(|load| words[load..].iter().any(division))
    }

    fn values(&mut self, _subject: &Subject) -> BTreeMap<u32, u32> {
        BTreeMap::new()
    }

    fn is_over(&self) -> bool {
        false
    }
}

#[test]
fn reduction_keeps_what_fails_and_nothing_else() {
    let mut text: BTreeMap<u32, u32> = (0x4000..0x5000).step_by(4).map(|at| (at, NOP)).collect();
    text.insert(0x4204, encode::load(LoadOp::Lb, Reg::RA, Reg::ZERO, 1));
    text.insert(
        0x4800,
        encode::reg_op(RegOp::Remu, Reg::RA, Reg::RA, Reg::A0),
    );
    let mut subject = Subject::new(&text, 0x4000);
    subject.data.insert(9, vec![1; 256]);
    subject.input = vec![1, 2, 3];
    let mut oracle = DivisionBehindLoad { runs: 0 };
    let reduced = reduce(subject, &mut oracle);
    let left: Vec<u32> = reduced.text().unwrap().into_values().collect();
    assert_eq!(left, [text[&0x4204], text[&0x4800]]);
    assert!(reduced.data.is_empty() && reduced.input.is_empty());
    assert!(oracle.runs < 150, "{} runs", oracle.runs);
}

#[test]
fn linear_program_holds_the_steps_and_reaches_the_next_one_from_every_jump() {
    let t0 = Reg::new(5);
    let step = |pc, insn, next_pc, written| Step {
        pc,
        insn,
        next_pc,
        written,
        from_text: false,
    };
    let add = encode::imm_op(ImmOp::Addi, t0, t0, 1);
    let steps = [
        step(0x100, add, 0x104, Some(1)),
        step(0x104, encode::jal(Reg::RA, 0x400), 0x504, Some(0x108)),
        step(0x504, encode::auipc(t0, 0), 0x508, Some(0x504)),
        step(0x508, encode::jalr(Reg::RA, t0, 8), 0x50c, Some(0x50c)),
        step(0x50c, add, 0x510, Some(2)),
    ];
    let start = Start {
        registers: std::array::from_fn(|r| if r == 9 { 7 } else { 0 }),
        data: BTreeMap::new(),
        input: Vec::new(),
    };
    let text = linear(0x1000, &start, &steps, true).text().unwrap();
    let expected = [
        encode::imm_op(ImmOp::Addi, Reg::new(9), Reg::ZERO, 7),
        add,
        encode::jal(Reg::RA, 8),
        encode::EBREAK,
        encode::imm_op(ImmOp::Addi, t0, Reg::ZERO, 0x504),
        encode::auipc(t0, 0),
        encode::jalr(Reg::RA, t0, 12),
        encode::EBREAK,
        add,
        encode::jal(Reg::ZERO, -32),
    ];
    assert_eq!(text.into_values().collect::<Vec<_>>(), expected);
}

#[test]
fn placed_program_holds_the_steps_where_they_lay_behind_their_registers() {
    let step = |pc, insn, next_pc| Step {
        pc,
        insn,
        next_pc,
        written: None,
        from_text: false,
    };
    let far = encode::jal(Reg::ZERO, 0x4_0000);
    let back = encode::jal(Reg::ZERO, -0x4_0000);
    let steps = [
        step(0x4_5004, NOP, 0x4_5008),
        step(0x4_5008, back, 0x5008),
        step(0x5008, far, 0x4_5008),
    ];
    let mut start = Start {
        registers: std::array::from_fn(|r| if r == 9 { 7 } else { 0 }),
        data: BTreeMap::new(),
        input: vec![3],
    };
    let subject = placed(&start, &steps).unwrap();
    let expected = BTreeMap::from([
        (
            0x4800,
            encode::imm_op(ImmOp::Addi, Reg::new(9), Reg::ZERO, 7),
        ),
        (0x4804, encode::jal(Reg::ZERO, 0x4_0800)),
        (0x5008, far),
        (0x4_5004, NOP),
        (0x4_5008, back),
    ]);
    assert_eq!(subject.text().unwrap(), expected);
    assert_eq!(
        (subject.entry(), subject.input.as_slice()),
        (0x4800, &[3][..])
    );
    // Where there is data, no prologue goes.
    start.data.insert(0x4800 / 1024, vec![1; 256]);
    assert_eq!(placed(&start, &steps), None);
    start.data.clear();
    let beyond = [step(0x5008, NOP, 0x500c), step(0x20_0000, NOP, 0x20_0004)];
    assert!(placed(&start, &beyond).is_some());
    assert_eq!(placed(&start, &[beyond[1], beyond[0]]), None);
}
