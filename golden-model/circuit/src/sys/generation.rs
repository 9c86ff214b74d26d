use assay_abi::{Ecall, machine::SLOTS_PER_CYCLE};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::Sys;
use crate::{Felt, lut::Counts};

/// One `ECALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostCall {
    /// Which.
    pub call: Ecall,
    /// The instruction's cycle.
    pub cycle: u32,
    /// x10 before.
    pub argument: u32,
    /// x10 after.
    pub result: u32,
    /// The cursor before; of a halt 0.
    pub cursor: u32,
    /// When it was touched before.
    pub time: u32,
}

const fn limbs(word: u32) -> [u32; 2] {
    [word & 0xffff, word >> 16]
}

/// The table's columns, one row for each call.
#[must_use]
pub fn generate(
    calls: &[HostCall],
    input_len: u32,
    counts: &mut Counts,
    min_log_height: usize,
) -> RowMajorMatrix<Felt> {
    let width = Sys::<Felt>::WIDTH;
    let height = calls.len().next_power_of_two().max(1 << min_log_height);
    let mut matrix = RowMajorMatrix::new(Felt::zero_vec(width * height), width);
    for (call, row) in calls.iter().zip(matrix.values.chunks_exact_mut(width)) {
        let mut cells = [0; Sys::<Felt>::WIDTH];
        cells_of(call, input_len, counts).write(&mut cells);
        row.copy_from_slice(&cells.map(Felt::from_u32));
    }
    matrix
}

fn cells_of(host: &HostCall, input_len: u32, counts: &mut Counts) -> Sys<u32> {
    let HostCall {
        call,
        cycle,
        argument,
        result,
        cursor,
        time,
    } = *host;
    let (reads, commits) = (call == Ecall::Read, call == Ecall::Commit);
    let input = reads || call == Ecall::Left;
    let moves = reads || commits;
    let moved = cursor + u32::from(moves);
    let rest = if input { input_len - moved } else { 0 };
    let mut range16 = |word: u32| {
        for limb in limbs(word) {
            counts.range(16, limb);
        }
    };
    if reads {
        range16(result);
    }
    if input {
        range16(rest);
    }
    if moves {
        counts.range(16, moved & 0xffff);
    }
    if input || commits {
        let now = SLOTS_PER_CYCLE * cycle + SLOTS_PER_CYCLE - 1;
        counts.range(16, now - time - 1);
    }
    let low = |word: u32| word & 0xffff;
    Sys {
        halt: (call == Ecall::Halt).into(),
        read: reads.into(),
        left: (call == Ecall::Left).into(),
        commit: commits.into(),
        cycle,
        argument: limbs(argument),
        result: limbs(result),
        cursor: limbs(cursor),
        time,
        moved: limbs(moved),
        carry: (moved >> 16) - (cursor >> 16),
        rest: limbs(rest),
        borrow: (input && low(input_len) < low(moved)).into(),
    }
}
