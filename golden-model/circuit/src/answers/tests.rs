use std::{println, vec::Vec};

use p3_air::Air;
use p3_matrix::{Matrix, dense::RowMajorMatrix};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::oracle;
use crate::{
    Felt,
    align::{self, AlignAir},
    calls::Calls,
    check::{self, Instance, RowBuilder},
    div::{self, DivAir},
    lut::Counts,
    mul::{self, MulAir},
    op::Op,
    shift::{self, ShiftAir},
};

/// Operands at every border that the constraints know.
pub const CORNERS: [u32; 22] = [
    0,
    1,
    2,
    3,
    15,
    16,
    17,
    31,
    32,
    33,
    0x7f,
    0x80,
    0x80ff,
    0x7fff,
    0xffff,
    0x1_0000,
    0x2_8000,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_7fff,
    0xffff_ffff,
];

const PRODUCTS: [Op; 4] = [Op::Mul, Op::Mulh, Op::Mulhsu, Op::Mulhu];

/// Every corner with every corner, and random operands, for all operations.
fn asked() -> Calls {
    let mut calls = Calls::default();
    let mut ask = |op: Op, u, v| {
        if op.apply(u, v).is_some() {
            calls.ask(op, u, v);
        }
    };
    let mut rng = StdRng::seed_from_u64(11);
    for op in Op::FUNCTIONS {
        for u in CORNERS {
            for v in CORNERS {
                ask(op, u, v);
            }
            for offset in 0..4 {
                ask(op, u, offset);
                ask(op, u, offset << 16 | 0x12f4);
            }
        }
        for _ in 0..300 {
            let (u, v) = (rng.random(), rng.random());
            ask(op, u, v);
            ask(op, u, v % 4);
            ask(op, u, v & 0x3_ffff);
            ask(op, u >> (v % 32), v);
            ask(op, u, v >> (u % 32));
        }
    }
    calls
}

/// Checks one table; `products` is what it asks the table of products.
fn confirm<A>(
    name: &str,
    air: &A,
    main: &RowMajorMatrix<Felt>,
    (calls, ops): (&Calls, &[Op]),
    products: &Calls,
    counts: &Counts,
) where
    A: for<'r> Air<RowBuilder<'r>>,
{
    let mut outside = oracle::lookups(counts);
    outside.extend(oracle::operations(calls, ops, 1));
    outside.extend(oracle::operations(products, &PRODUCTS, -1));
    let instance = Instance {
        name,
        air,
        main,
        preprocessed: None,
        public_values: &[],
    };
    let report = check::check(&[instance], outside);
    assert!(report.is_clean(), "{name}: {report}");
    let distinct = calls.of(ops).count();
    assert_eq!(main.height(), distinct.next_power_of_two());
    println!(
        "{name}: {distinct} operations equal Op::apply, {} messages",
        report.messages
    );
}

/// Those of the calls that one table answers.
fn only(calls: &Calls, ops: &[Op]) -> Calls {
    let mut out = Calls::default();
    for (call, count) in calls.of(ops) {
        (0..count).for_each(|_| out.ask(call.op, call.u, call.v));
    }
    out
}

#[test]
fn answers_equal_op_apply() {
    let asked = asked();
    let none = Calls::default();

    let ops = [Op::Sll, Op::Srl, Op::Sra];
    let (mut shifts, mut counts) = (only(&asked, &ops), Counts::default());
    let table = shift::generate(&mut shifts, &mut counts, 0);
    confirm("shift", &ShiftAir, &table, (&asked, &ops), &shifts, &counts);

    let ops = [Op::Div, Op::Divu, Op::Rem, Op::Remu];
    let (mut divisions, mut counts) = (only(&asked, &ops), Counts::default());
    let table = div::generate(&mut divisions, &mut counts, 0);
    confirm("div", &DivAir, &table, (&asked, &ops), &divisions, &counts);

    let mut products = only(&asked, &PRODUCTS);
    products.merge(shifts);
    products.merge(divisions);
    let mut counts = Counts::default();
    let table = mul::generate(&products, &mut counts, 0);
    confirm(
        "mul",
        &MulAir,
        &table,
        (&products, &PRODUCTS),
        &none,
        &counts,
    );

    let ops = [Op::Lb, Op::Lh, Op::Lbu, Op::Lhu, Op::Sb, Op::Sh];
    let mut counts = Counts::default();
    let table = align::generate(&asked, &mut counts, 0);
    confirm("align", &AlignAir, &table, (&asked, &ops), &none, &counts);
}

#[test]
fn tables_that_nobody_asks_are_padding() {
    let mut calls = Calls::default();
    let mut counts = Counts::default();
    let tables = [
        shift::generate(&mut calls, &mut counts, 3),
        div::generate(&mut calls, &mut counts, 3),
        align::generate(&calls, &mut counts, 3),
        mul::generate(&calls, &mut counts, 3),
    ];
    assert!(tables.iter().all(|table| table.height() == 8));
    // Divisions and shifts ask for products even then: eight each of one or two.
    let asked: Vec<_> = calls.of(&PRODUCTS).map(|(_, count)| count).collect();
    assert_eq!(asked, [8, 8, 8]);
}
