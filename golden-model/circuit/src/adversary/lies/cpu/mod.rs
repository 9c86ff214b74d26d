mod flow;

use alloc::{vec, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{Rows, int};
use crate::{
    Felt,
    adversary::parts::Part::{self, Constraint, Interaction},
    bus::{Tag, key},
    cpu::{Class, Cpu},
    op::Op,
};

/// The places of constraints in `eval`, function by function.
const LOOKUPS: usize = 30;
const ADD: usize = 38;
const LOGIC: usize = 42;
const SHIFT: usize = 48;
const LESS: usize = 56;
const EQUAL: usize = 65;
const ADDRESS: usize = 69;
const TRANSFER: usize = 75;
const DELEGATE: usize = 79;

type Row = Cpu<Felt>;

/// The rows of a table, and what the claim says to it.
struct Table {
    rows: Vec<Row>,
    public: [Felt; 2],
}

const ONE: Felt = Felt::ONE;

/// An instruction at 0, or what has the flags of one, in the first cycle, with the lookups that it has for operands of 0.
fn row(class: Class) -> Row {
    let mut row = Row {
        cycle: Felt::ONE,
        ..Row::default()
    };
    row.class[class as usize] = Felt::ONE;
    lookups(&mut row, class);
    row
}

fn lookups(row: &mut Row, class: Class) {
    let tag = match class {
        Class::Logic => Tag::And,
        _ => Tag::Range,
    };
    row.tag = Felt::from_u8(tag as u8);
    let sizes = match class {
        Class::Add => [16, 16, 0, 0],
        Class::Less => [16, 16, 15, 15],
        Class::ShiftLeft | Class::ShiftRight => [0, 16, 0, 16],
        Class::Load | Class::Store | Class::Jump => [14, 12, 0, 0],
        _ => [0; 4],
    };
    for (at, size) in sizes.into_iter().enumerate() {
        row.aux[3 * at] = int(size);
    }
    match class {
        // By nothing.
        Class::ShiftLeft | Class::ShiftRight => (row.imm, row.b_hi) = (Felt::ONE, int(1 << 16)),
        // 0 equals 0.
        Class::Equal => (row.aux[0], row.cond, row.imm) = (Felt::ONE, Felt::ONE, int(4)),
        Class::Constant => (row.cond, row.imm) = (Felt::ONE, int(4)),
        _ => {}
    }
}

fn delegated(class: Class, op: Op) -> Row {
    let mut row = row(class);
    row.delegated = Felt::ONE;
    row.aux[10] = Felt::from_u32(op.code());
    row
}

fn padding() -> Row {
    Row {
        cycle: Felt::ONE,
        ..Row::default()
    }
}

/// A row, changed, and padding behind it, from a pc on.
fn then(pc: i64, mut row: Row, change: impl FnOnce(&mut Row)) -> Table {
    change(&mut row);
    let end = Row {
        pc: int(pc),
        cycle: Felt::TWO,
        ..Row::default()
    };
    Table {
        public: [row.pc, end.pc],
        rows: vec![row, end],
    }
}

/// An instruction, changed, that goes on behind itself.
fn wrong(class: Class, change: impl FnOnce(&mut Row)) -> Table {
    then(4, row(class), change)
}

pub(super) fn lies() -> Vec<(&'static str, Part, Rows)> {
    [
        flow::order(),
        flow::flags(),
        flow::flow(),
        ranges(),
        sums(),
        shifts(),
        comparisons(),
        addresses(),
        transfers(),
        operations(),
    ]
    .into_iter()
    .flatten()
    .map(|(name, constraint, rows)| (name, Constraint(constraint), rows))
    .chain(times())
    .map(|(name, part, Table { rows, public })| {
        (name, part, Rows::new(&rows, public.to_vec(), Row::write))
    })
    .collect()
}

/// Accesses that take what is left later.
fn times() -> [(&'static str, Part, Table); 3] {
    let late = int(1000);
    [
        (
            "a read of what is left later",
            Interaction(7),
            wrong(Class::Add, |row| row.a_time = late),
        ),
        (
            "a second read of what is left later",
            Interaction(10),
            wrong(Class::Add, |row| (row.use_b, row.b_time) = (ONE, late)),
        ),
        (
            "a write over what is left later",
            Interaction(13),
            wrong(Class::Add, |row| (row.use_c, row.c_time) = (ONE, late)),
        ),
    ]
}

type Lies = Vec<(&'static str, usize, Table)>;

fn ranges() -> Lies {
    let beyond = int(i64::from(key::REGISTERS));
    vec![
        (
            "a load from 2^28, the register page, by a low part of 2^16",
            LOOKUPS + 2,
            wrong(Class::Load, |row| {
                (row.a_lo, row.a_hi, row.imm) = (int(0xffff), int(0xfff), Felt::ONE);
                (row.aux[0], row.aux[1], row.aux[4]) = (int(16), int(0x4000), int(0xfff));
                row.b_key = beyond;
            }),
        ),
        (
            "a load from 2^28, the register page",
            LOOKUPS + 3,
            wrong(Class::Load, |row| {
                (row.a_hi, row.aux[3], row.aux[4]) = (int(0x1000), int(13), int(0x1000));
                row.b_key = beyond;
            }),
        ),
        (
            "-2^31 is not below 0",
            LOOKUPS + 6,
            wrong(Class::Less, |row| {
                (row.s1, row.a_hi) = (Felt::ONE, int(0x8000));
                (row.aux[4], row.aux[6], row.aux[7]) = (int(0x8000), int(16), int(0x8000));
            }),
        ),
        (
            "0 is below -2^31",
            LOOKUPS + 7,
            wrong(Class::Less, |row| {
                (row.s1, row.b_hi, row.imm) = (Felt::ONE, int(0x8000), int(4));
                (row.aux[4], row.aux[9], row.aux[10]) = (int(0x8000), int(16), int(0x8000));
                (row.carry[1], row.cond, row.c_lo) = (Felt::ONE, Felt::ONE, Felt::ONE);
            }),
        ),
    ]
}

fn sums() -> Lies {
    let add = |change: fn(&mut Row)| wrong(Class::Add, change);
    let and = |change: fn(&mut Row)| wrong(Class::Logic, change);
    // 2^16 times this is -1.
    const TIMES: i64 = (1 << 15) - (1 << 8);
    vec![
        (
            "0 + 0 = 1",
            ADD,
            add(|row| (row.c_lo, row.aux[1]) = (ONE, ONE)),
        ),
        (
            "0 + 0 = 2^16",
            ADD + 1,
            add(|row| (row.c_hi, row.aux[4]) = (ONE, ONE)),
        ),
        (
            "a sum with a low limb of 2^16",
            ADD + 2,
            add(|row| {
                (row.a_lo, row.b_lo) = (int(0x8000), int(0x8000));
                row.c_lo = int(0x1_0000);
            }),
        ),
        (
            "a sum with a high limb of 2^16",
            ADD + 3,
            add(|row| {
                (row.a_hi, row.b_hi) = (int(0x8000), int(0x8000));
                row.c_hi = int(0x1_0000);
            }),
        ),
        (
            "1 and 1 = 0, by the bytes of a",
            LOGIC,
            and(|row| {
                (row.a_lo, row.b_lo, row.aux[1]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "2^16 and 2^16 = 0, by the bytes of a",
            LOGIC + 1,
            and(|row| {
                (row.a_hi, row.b_hi, row.aux[7]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "1 and 1 = 0, by the bytes of b",
            LOGIC + 2,
            and(|row| {
                (row.a_lo, row.b_lo, row.aux[0]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "2^16 and 2^16 = 0, by the bytes of b",
            LOGIC + 3,
            and(|row| {
                (row.a_hi, row.b_hi, row.aux[6]) = (ONE, ONE, ONE);
            }),
        ),
        ("0 and 0 = 1", LOGIC + 4, and(|row| row.c_lo = ONE)),
        ("0 and 0 = 2^16", LOGIC + 5, and(|row| row.c_hi = ONE)),
        (
            "0 + 0 with a carry between the limbs that wraps",
            LESS + 7,
            add(|row| {
                (row.carry[0], row.c_lo, row.c_hi) = (int(TIMES), ONE, int(TIMES));
                (row.aux[1], row.aux[4]) = (row.c_lo, row.c_hi);
            }),
        ),
        (
            "0 + 0 with a carry beyond the limbs that wraps",
            LESS + 8,
            add(|row| {
                (row.carry[1], row.c_hi, row.aux[4]) = (int(TIMES), ONE, ONE);
            }),
        ),
    ]
}

fn shifts() -> Lies {
    let left = |change: fn(&mut Row)| wrong(Class::ShiftLeft, change);
    let right = |change: fn(&mut Row)| wrong(Class::ShiftRight, change);
    vec![
        ("1 shifted by 0 is 0", SHIFT, left(|row| row.a_lo = ONE)),
        (
            "2^16 shifted by 0 is 0",
            SHIFT + 1,
            left(|row| row.a_hi = ONE),
        ),
        (
            "1 times 1 is 0",
            SHIFT + 2,
            left(|row| (row.a_lo, row.aux[4]) = (ONE, ONE)),
        ),
        (
            "2^16 times 1 is 0",
            SHIFT + 3,
            left(|row| (row.a_hi, row.aux[10]) = (ONE, ONE)),
        ),
        ("0 shifted left is 1", SHIFT + 4, left(|row| row.c_lo = ONE)),
        (
            "0 shifted left is 2^16",
            SHIFT + 5,
            left(|row| row.c_hi = ONE),
        ),
        (
            "0 shifted right is 1",
            SHIFT + 6,
            right(|row| row.c_lo = ONE),
        ),
        (
            "0 shifted right is 2^16",
            SHIFT + 7,
            right(|row| row.c_hi = ONE),
        ),
    ]
}

fn comparisons() -> Lies {
    let less = |change: fn(&mut Row)| wrong(Class::Less, change);
    let equal = |change: fn(&mut Row)| wrong(Class::Equal, change);
    vec![
        (
            "2^16 is below 0, by half a sign of a",
            LESS,
            less(|row| {
                (row.s1, row.a_hi, row.imm) = (ONE, ONE, int(4));
                (row.aux[4], row.carry[1]) = (int(0xffff), ONE);
                (row.cond, row.c_lo) = (ONE, ONE);
            }),
        ),
        (
            "0 is not below 2^16, by half a sign of b",
            LESS + 1,
            less(|row| (row.s1, row.b_hi, row.aux[4]) = (ONE, ONE, ONE)),
        ),
        ("0 is not below 1", LESS + 2, less(|row| row.b_lo = ONE)),
        (
            "0 is not below 2^16",
            LESS + 3,
            less(|row| {
                (row.b_hi, row.aux[10]) = (ONE, ONE);
            }),
        ),
        (
            "0 is below 0",
            LESS + 4,
            less(|row| {
                (row.cond, row.c_lo, row.imm) = (ONE, ONE, int(4));
            }),
        ),
        (
            "a comparison with another result",
            LESS + 5,
            less(|row| row.c_lo = ONE),
        ),
        (
            "a comparison with a high limb",
            LESS + 6,
            less(|row| row.c_hi = ONE),
        ),
        ("1 equals 0", EQUAL, equal(|row| row.a_lo = ONE)),
        ("2^16 equals 0", EQUAL + 1, equal(|row| row.a_hi = ONE)),
        (
            "0 does not equal 0",
            EQUAL + 2,
            equal(|row| {
                (row.aux[0], row.cond) = (Felt::ZERO, Felt::ZERO);
            }),
        ),
        (
            "a branch on equal that is not taken",
            EQUAL + 3,
            equal(|row| row.cond = Felt::ZERO),
        ),
    ]
}

fn addresses() -> Lies {
    let load = |change: fn(&mut Row)| wrong(Class::Load, change);
    vec![
        (
            "a load from 4 that reads 0",
            ADDRESS,
            load(|row| row.a_lo = int(4)),
        ),
        (
            "a load from 2^16 that reads 0",
            ADDRESS + 1,
            load(|row| row.a_hi = Felt::ONE),
        ),
        (
            "a jump to 2 that goes to 0",
            ADDRESS + 2,
            then(0, row(Class::Jump), |row| {
                (row.a_lo, row.aux[11]) = (Felt::TWO, Felt::TWO);
            }),
        ),
        (
            "a word loaded from 1",
            ADDRESS + 3,
            load(|row| {
                (row.a_lo, row.aux[11], row.aux[8]) = (Felt::ONE, Felt::ONE, Felt::ONE);
            }),
        ),
        (
            "a load from 0 that reads 4",
            ADDRESS + 4,
            load(|row| row.b_key = int(4)),
        ),
        (
            "a store to 0 that writes 4",
            ADDRESS + 5,
            wrong(Class::Store, |row| row.c_key = int(4)),
        ),
    ]
}

fn transfers() -> Lies {
    let lo = |row: &mut Row| row.c_lo = Felt::ONE;
    let hi = |row: &mut Row| row.c_hi = Felt::ONE;
    vec![
        (
            "a constant of 0 that is 1",
            TRANSFER,
            wrong(Class::Constant, lo),
        ),
        (
            "a load of 0 that is 1",
            TRANSFER + 1,
            wrong(Class::Load, lo),
        ),
        (
            "a constant of 0 that is 2^16",
            TRANSFER + 2,
            wrong(Class::Constant, hi),
        ),
        (
            "a load of 0 that is 2^16",
            TRANSFER + 3,
            wrong(Class::Load, hi),
        ),
    ]
}

fn operations() -> Lies {
    let of = |class: Class, op: Op, change: fn(&mut Row)| then(4, delegated(class, op), change);
    let load = |change| of(Class::Load, Op::Lbu, change);
    let store = |change| of(Class::Store, Op::Sb, change);
    let multiply = |change| of(Class::Extern, Op::Mul, change);
    vec![
        (
            "a byte of 1, loaded as 0",
            DELEGATE,
            load(|row| row.b_lo = ONE),
        ),
        (
            "a byte of another half",
            DELEGATE + 1,
            load(|row| row.b_hi = ONE),
        ),
        (
            "byte 1 in place of byte 0",
            DELEGATE + 2,
            load(|row| {
                (row.b_lo, row.aux[6], row.aux[8], row.c_lo) = (int(256), int(256), ONE, ONE);
            }),
        ),
        (
            "a byte stored, and the next one lost",
            DELEGATE + 4,
            store(|row| row.c_old_lo = int(256)),
        ),
        (
            "a byte stored, and the high half lost",
            DELEGATE + 5,
            store(|row| row.c_old_hi = ONE),
        ),
        (
            "a byte of 1, stored as 0",
            DELEGATE + 6,
            store(|row| row.b_lo = ONE),
        ),
        (
            "a byte stored at 0 in place of 1",
            DELEGATE + 7,
            store(|row| {
                (row.a_lo, row.aux[11], row.b_lo) = (ONE, ONE, ONE);
                (row.aux[8], row.c_lo) = (ONE, ONE);
            }),
        ),
        (
            "1 times 1 is 0, by a",
            DELEGATE + 8,
            multiply(|row| {
                (row.a_lo, row.b_lo, row.aux[8]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "2^16 times 1 is 0, by a",
            DELEGATE + 9,
            multiply(|row| {
                (row.a_hi, row.b_lo, row.aux[8]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "a call of 2^16",
            DELEGATE + 10,
            of(Class::Extern, Op::Call, |row| {
                (row.s1, row.a_hi, row.aux[6]) = (ONE, ONE, row.cycle);
            }),
        ),
        (
            "1 times 1 is 0, by b",
            DELEGATE + 11,
            multiply(|row| {
                (row.a_lo, row.b_lo, row.aux[6]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "1 times 2^16 is 0, by b",
            DELEGATE + 12,
            multiply(|row| {
                (row.a_lo, row.b_hi, row.aux[6]) = (ONE, ONE, ONE);
            }),
        ),
        (
            "a product that halts, and asks for its high word",
            DELEGATE + 13,
            then(8, delegated(Class::Extern, Op::Mulh), |row| {
                (row.cond, row.imm) = (ONE, int(8));
            }),
        ),
    ]
}
