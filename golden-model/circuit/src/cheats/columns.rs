//! No column is free: cells of a right witness are changed one at a time.

use std::{print, println, vec::Vec};

use assay_abi::Po2;
use assay_progen::encode::{
    BranchOp, ImmOp, LoadOp, RegOp, StoreOp, branch, imm_op, load, reg_op, store,
};
use p3_air::BaseAir;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;

use super::{Case, DATA, Felt, call, felt, halting, li, x};
use crate::{
    check::{self, Instance, Message, RowOutcome},
    table::{SegmentAir, Table, airs},
};

/// Every kind of instruction, with calls; then more than 2^16 slots in which x5 is not accessed.
fn case() -> Case {
    let mut body: Vec<u32> =
        [li(x(5), 0x8765_4321), li(x(6), 0x0003_0005), li(x(7), DATA)].concat();
    body.push(store(StoreOp::Sw, x(5), x(7), 0));
    body.extend(RegOp::ALL.iter().map(|&op| reg_op(op, x(8), x(5), x(6))));
    body.extend(ImmOp::ALL.iter().map(|&op| imm_op(op, x(8), x(5), 18)));
    body.extend(LoadOp::ALL.iter().map(|&op| load(op, x(8), x(7), 0)));
    body.extend(StoreOp::ALL.iter().map(|&op| store(op, x(6), x(7), 4)));
    body.extend(BranchOp::ALL.iter().map(|&op| branch(op, x(5), x(6), 4)));
    for function in [1, 2, 3] {
        body.extend(call(function));
    }
    body.extend(li(x(9), 6_000));
    body.push(imm_op(ImmOp::Addi, x(9), x(9), -1));
    body.push(imm_op(ImmOp::Xori, x(8), x(8), 1));
    body.push(branch(BranchOp::Bne, x(9), x(0), -8));
    body.push(reg_op(RegOp::Add, x(8), x(5), x(5)));
    Case::of_size(
        &halting(&body),
        &[7, 9],
        Po2::try_from(15).expect("a segment limit"),
    )
}

/// What changed cells of a column.
#[derive(Clone, Copy, Default)]
struct Column {
    tried: usize,
    accepted: usize,
}

fn outcome(air: &SegmentAir, case: &Case, at: usize) -> RowOutcome {
    let public_values = case.witness.claim.public_values(air.table());
    let instance = Instance {
        name: air.table().name(),
        air,
        main: &case.witness.traces[air.table() as usize],
        preprocessed: None,
        public_values: &public_values,
    };
    let mut outcome = check::row(&instance, at);
    outcome
        .messages
        .retain(|message: &Message| !case.provides(message));
    outcome.messages.sort();
    outcome
}

/// Changes every cell of some rows, each alone.
fn change(air: &SegmentAir, case: &mut Case, rows: &[usize]) -> Vec<Column> {
    let height = case.witness.traces[air.table() as usize].height();
    let mut columns = std::vec![Column::default(); BaseAir::width(air)];
    for &row in rows {
        let around = [row, (row + height - 1) % height];
        let honest = around.map(|at| outcome(air, case, at));
        for (at, column) in columns.iter_mut().enumerate() {
            let cell = case.cells(air.table(), row)[at];
            for by in [Felt::ONE, -Felt::ONE, felt(0x1234_5678 + at as u32)] {
                case.cells_mut(air.table(), row)[at] = cell + by;
                let now = around.map(|at| outcome(air, case, at));
                column.tried += 1;
                column.accepted += usize::from(now == honest);
            }
            case.cells_mut(air.table(), row)[at] = cell;
        }
    }
    columns
}

#[test]
fn no_column_is_free() {
    let mut case = case();
    let instructions = case.rows.records.len();
    let (mut tried, mut accepted) = (0, 0);
    for air in airs(None) {
        let rows: Vec<usize> = match air.table() {
            // The straight part, the last turns of the loop, the end, padding.
            Table::Cpu => (0..75).chain(instructions - 12..instructions + 3).collect(),
            Table::Sys => (0..6).collect(),
            Table::Bump => (0..3).collect(),
            Table::Claim => (0..2).collect(),
            // Their own tests change them.
            _ => continue,
        };
        let columns = change(&air, &mut case, &rows);
        print!(
            "{}: accepted, of those tried in each column:",
            air.table().name()
        );
        for (at, column) in columns.iter().enumerate() {
            print!(" {}/{}", column.accepted, column.tried);
            assert!(
                column.accepted < column.tried,
                "column {at} of {} is free",
                air.table().name()
            );
            tried += column.tried;
            accepted += column.accepted;
        }
        println!();
    }
    println!("{tried} cells changed, {accepted} without effect, where a row does not use them");
}
