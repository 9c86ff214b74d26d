//! Which situations there are.

use assay_abi::FaultCause;
use assay_executor::decode::{Format, Op};

use super::caches::Found;
use super::cross::Cross;
use crate::registers::Counters;

/// What wrote a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Producer {
    Arithmetic,
    WordLoad,
    NarrowLoad,
    Mul,
    Mulh,
    Division,
    Link,
    Ecall,
}

impl Producer {
    const NAMES: [&'static str; 8] = [
        "arithmetic",
        "word load",
        "narrow load",
        "low product",
        "high product",
        "division",
        "link",
        "ecall",
    ];

    pub fn of(op: Op) -> Self {
        match op {
            Op::Lw => Self::WordLoad,
            Op::Lb | Op::Lbu | Op::Lh | Op::Lhu => Self::NarrowLoad,
            Op::Mul => Self::Mul,
            Op::Mulh | Op::Mulhsu | Op::Mulhu => Self::Mulh,
            Op::Div | Op::Divu | Op::Rem | Op::Remu => Self::Division,
            Op::Jal | Op::Jalr => Self::Link,
            Op::Ecall => Self::Ecall,
            _ => Self::Arithmetic,
        }
    }
}

pub(super) const LOADS: [Op; 5] = [Op::Lb, Op::Lh, Op::Lw, Op::Lbu, Op::Lhu];
pub(super) const STORES: [Op; 3] = [Op::Sb, Op::Sh, Op::Sw];
pub(super) const ACCESSES: [Op; 8] = [
    Op::Lb,
    Op::Lh,
    Op::Lw,
    Op::Lbu,
    Op::Lhu,
    Op::Sb,
    Op::Sh,
    Op::Sw,
];
pub(super) const BRANCHES: [Op; 6] = [Op::Beq, Op::Bne, Op::Blt, Op::Bge, Op::Bltu, Op::Bgeu];
pub(super) const DIVISIONS: [Op; 4] = [Op::Div, Op::Divu, Op::Rem, Op::Remu];
pub(super) const PRODUCTS: [Op; 8] = [
    Op::Mul,
    Op::Mulh,
    Op::Mulhsu,
    Op::Mulhu,
    Op::Div,
    Op::Divu,
    Op::Rem,
    Op::Remu,
];
pub(super) const SHIFTS: [Op; 6] = [Op::Slli, Op::Srli, Op::Srai, Op::Sll, Op::Srl, Op::Sra];
pub(super) const COMPARISONS: [Op; 10] = [
    Op::Slt,
    Op::Sltu,
    Op::Slti,
    Op::Sltiu,
    Op::Beq,
    Op::Bne,
    Op::Blt,
    Op::Bge,
    Op::Bltu,
    Op::Bgeu,
];

/// Causes of lost cycles that a card counts.
const LOST: [&str; 8] = [
    "branch",
    "load use",
    "multiply",
    "divide",
    "instruction miss",
    "data miss",
    "throttle",
    "ecall",
];

/// Bytes that an access moves.
pub(super) fn width(op: Op) -> u32 {
    match op {
        Op::Lb | Op::Lbu | Op::Sb => 1,
        Op::Lh | Op::Lhu | Op::Sh => 2,
        _ => 4,
    }
}

/// Whether it reads two registers, one, or none.
pub(super) fn sources(op: Op) -> usize {
    match op.format() {
        Format::Register | Format::Branch | Format::Store => 2,
        Format::Immediate | Format::Load => 1,
        Format::System if op == Op::Ecall => 2,
        Format::Upper | Format::System => 0,
    }
}

fn writes(op: Op) -> bool {
    matches!(
        op.format(),
        Format::Upper | Format::Immediate | Format::Register | Format::Load
    )
}

fn names(ops: &[Op]) -> Vec<&'static str> {
    ops.iter().map(|op| op.mnemonic()).collect()
}

/// Every cross.
#[derive(Clone, Debug)]
pub(super) struct Space {
    pub hazards: Cross,
    pub forwards: Cross,
    pub data: Cross,
    pub fetch: Cross,
    pub segment: Cross,
    pub pages: Cross,
    pub branches: Cross,
    pub jalr: Cross,
    pub aliases: Cross,
    pub divisions: Cross,
    pub signs: Cross,
    pub shifts: Cross,
    pub compares: Cross,
    pub registers: Cross,
    pub lanes: Cross,
    pub calls: Cross,
    pub ends: Cross,
    pub lost: Cross,
}

impl Space {
    pub fn new() -> Self {
        let all = names(&Op::ALL);
        let accesses = names(&ACCESSES);
        let op = |index: usize| Op::ALL[index];
        let places = || vec!["first of a segment", "inside", "last of a segment"];
        let mut ends = vec!["halt", "stop"];
        ends.extend(FaultCause::ALL.iter().map(|cause| cause.name()));
        Self {
            hazards: Cross::new(
                "hazards",
                "instruction, operand, what wrote it, how many instructions before",
                vec![
                    all.clone(),
                    vec!["rs1", "rs2"],
                    Producer::NAMES.to_vec(),
                    vec!["1", "2", "3", "4"],
                ],
                // x17 is no ECALL's result, and an ECALL that reads x17 has x10 for its second operand.
                |at| {
                    at[1] < sources(op(at[0]))
                        && !(op(at[0]) == Op::Ecall
                            && at[1] == 0
                            && at[2] == Producer::Ecall as usize)
                },
            ),
            forwards: Cross::new(
                "forwards",
                "load, the last store to its bytes, whether that wrote all of them, how many instructions before",
                vec![
                    names(&LOADS),
                    names(&STORES),
                    vec!["all", "some"],
                    vec!["1", "2", "3", "4", "5 to 8", "9 or more"],
                ],
                |at| (width(STORES[at[1]]) >= width(LOADS[at[0]])) == (at[2] == 0),
            ),
            data: Cross::new(
                "data",
                "access, data cache, place in the segment",
                vec![accesses.clone(), Found::NAMES.to_vec(), places()],
                |_| true,
            ),
            fetch: Cross::new(
                "fetch",
                "how an instruction is reached, instruction cache",
                vec![
                    vec!["next", "branch", "jal", "jalr"],
                    vec!["hit", "miss", "miss, victim"],
                ],
                |_| true,
            ),
            segment: Cross::new(
                "segment",
                "instruction next to a boundary",
                vec![all.clone(), vec!["first of a segment", "last of a segment"]],
                |at| op(at[0]) != Op::Ebreak,
            ),
            pages: Cross::new(
                "pages",
                "access that brings a page into the segment or makes it dirty, place in the segment",
                vec![
                    accesses.clone(),
                    vec!["touches", "touches and dirties", "dirties"],
                    places(),
                ],
                // A page that was touched before was touched in this segment.
                |at| match at[1] {
                    0 => at[0] < 5,
                    1 => at[0] >= 5,
                    _ => at[0] >= 5 && at[2] != 0,
                },
            ),
            branches: Cross::new(
                "branches",
                "branch, outcome, direction, compared with its last outcome",
                vec![
                    names(&BRANCHES),
                    vec!["taken", "not taken"],
                    vec!["forward", "backward"],
                    vec!["first time", "as before", "other than before"],
                ],
                |_| true,
            ),
            jalr: Cross::new(
                "jalr",
                "target compared with the last, link register",
                vec![
                    vec!["first time", "as before", "other than before"],
                    vec!["no link", "links its base", "links another"],
                ],
                |_| true,
            ),
            aliases: Cross::new(
                "aliases",
                "an instruction whose address ends in the same 18 bits as that of an earlier taken jump elsewhere",
                vec![vec![
                    "branch taken",
                    "branch not taken",
                    "jal",
                    "jalr",
                    "other",
                ]],
                |_| true,
            ),
            divisions: Cross::new(
                "divisions",
                "division, corner",
                vec![
                    names(&DIVISIONS),
                    vec![
                        "by 0",
                        "by 1",
                        "by -1",
                        "overflow",
                        "equal",
                        "0 by another",
                        "other",
                    ],
                ],
                |at| at[1] != 3 || at[0] % 2 == 0,
            ),
            signs: Cross::new(
                "signs",
                "multiplication or division, signs of its operands",
                vec![names(&PRODUCTS), vec!["0", "+", "-"], vec!["0", "+", "-"]],
                |_| true,
            ),
            shifts: Cross::new(
                "shifts",
                "shift, amount, sign",
                vec![
                    names(&SHIFTS),
                    vec!["0", "1 to 15", "16 to 30", "31"],
                    vec!["0", "+", "-"],
                ],
                |_| true,
            ),
            compares: Cross::new(
                "compares",
                "comparison, operands",
                vec![
                    names(&COMPARISONS),
                    vec![
                        "equal",
                        "less",
                        "less only if signed",
                        "less only if unsigned",
                        "greater",
                    ],
                ],
                |_| true,
            ),
            registers: Cross::new(
                "registers",
                "instruction, x0 and equal registers",
                vec![
                    all,
                    vec![
                        "rd = x0",
                        "rs1 = x0",
                        "rs2 = x0",
                        "rs1 = rs2",
                        "rd = rs1",
                        "rd = rs2",
                    ],
                ],
                |at| {
                    let op = op(at[0]);
                    let in_word = if op == Op::Ecall { 0 } else { sources(op) };
                    match at[1] {
                        0 => writes(op),
                        1 => in_word >= 1,
                        2 | 3 => in_word == 2,
                        4 => writes(op) && in_word >= 1,
                        _ => writes(op) && in_word == 2,
                    }
                },
            ),
            lanes: Cross::new(
                "lanes",
                "access, byte of the word",
                vec![accesses, vec!["0", "1", "2", "3"]],
                |at| (at[1] as u32).is_multiple_of(width(ACCESSES[at[0]])),
            ),
            calls: Cross::new(
                "calls",
                "ECALL, place in the segment",
                vec![vec!["halt", "read", "left", "commit"], places()],
                // Behind a halt there is no other segment.
                |at| at != [0, 2],
            ),
            ends: Cross::new("ends", "how a session ends", vec![ends], |_| true),
            lost: Cross::new(
                "lost",
                "runs in which the card counted lost cycles, by cause",
                vec![LOST.to_vec()],
                |_| true,
            ),
        }
    }

    pub fn crosses(&self) -> impl Iterator<Item = &Cross> {
        [
            &self.hazards,
            &self.forwards,
            &self.data,
            &self.fetch,
            &self.segment,
            &self.pages,
            &self.branches,
            &self.jalr,
            &self.aliases,
            &self.divisions,
            &self.signs,
            &self.shifts,
            &self.compares,
            &self.registers,
            &self.lanes,
            &self.calls,
            &self.ends,
            &self.lost,
        ]
        .into_iter()
    }

    fn crosses_mut(&mut self) -> impl Iterator<Item = &mut Cross> {
        [
            &mut self.hazards,
            &mut self.forwards,
            &mut self.data,
            &mut self.fetch,
            &mut self.segment,
            &mut self.pages,
            &mut self.branches,
            &mut self.jalr,
            &mut self.aliases,
            &mut self.divisions,
            &mut self.signs,
            &mut self.shifts,
            &mut self.compares,
            &mut self.registers,
            &mut self.lanes,
            &mut self.calls,
            &mut self.ends,
            &mut self.lost,
        ]
        .into_iter()
    }

    pub fn add(&mut self, name: &str, label: &str, count: u64) -> bool {
        self.crosses_mut()
            .find(|cross| cross.name == name)
            .is_some_and(|cross| cross.add(label, count))
    }

    pub fn counters(&mut self, counters: &Counters) {
        let lost = [
            counters.lost_branch,
            counters.lost_load_use,
            counters.lost_multiply,
            counters.lost_divide,
            counters.lost_imiss,
            counters.lost_dmiss,
            counters.lost_throttle,
            counters.lost_ecall,
        ];
        for (cause, _) in lost
            .into_iter()
            .enumerate()
            .filter(|(_, cycles)| *cycles > 0)
        {
            self.lost.hit(&[cause]);
        }
    }
}
