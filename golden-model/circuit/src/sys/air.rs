use core::array;

use assay_abi::machine::{Ecall, SLOTS_PER_CYCLE};
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Sys;
use crate::{
    Felt,
    bus::{self, MachineCall, Node, TableBuilder, TreeKind, Word, key},
    op::Op,
};

/// Constraints of the machine's calls. Public values: the number of words of the input, two limbs.
#[derive(Clone, Copy, Debug)]
pub struct SysAir;

impl BaseAir<Felt> for SysAir {
    fn width(&self) -> usize {
        Sys::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn num_public_values(&self) -> usize {
        2
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for SysAir {
    fn eval(&self, builder: &mut AB) {
        let row = Sys::read(builder.main().current_slice());
        let len: [AB::Expr; 2] = array::from_fn(|i| builder.public_values()[i].into());
        let Sys {
            halt,
            read,
            left,
            commit,
            ..
        } = row;
        for flag in [halt, read, left, commit] {
            builder.assert_bool(flag);
        }
        let real: AB::Expr = halt + read + left.into() + commit.into();
        builder.assert_bool(real.clone());
        results(builder, &row);
        cursor(builder, &row, len);
        call(builder, &row, real);
    }
}

fn constant<E: PrimeCharacteristicRing>(value: u32) -> E {
    E::from_u32(value)
}

/// What x10 is afterwards: an input word is any word, the rest leave it or say what is left.
fn results<AB: TableBuilder>(builder: &mut AB, row: &Sys<AB::Var>) {
    let keeps = row.halt + row.commit;
    for (result, (argument, rest)) in row
        .result
        .into_iter()
        .zip(row.argument.into_iter().zip(row.rest))
    {
        builder.when(keeps.clone()).assert_eq(result, argument);
        builder.when(row.left).assert_eq(result, rest);
        bus::range16(builder, result, row.read.into());
    }
    bus::exit(builder, row.argument.map(Into::into), row.halt.into());
}

/// Reading and committing move their cursor by one. Of the input there is never less than nothing left.
fn cursor<AB: TableBuilder>(builder: &mut AB, row: &Sys<AB::Var>, len: [AB::Expr; 2]) {
    let Sys {
        read,
        left,
        commit,
        cursor: [lo, hi],
        moved: [moved_lo, moved_hi],
        carry,
        rest: [rest_lo, rest_hi],
        borrow,
        ..
    } = *row;
    let limb = constant::<AB::F>(1 << 16);
    builder.assert_bool(carry);
    builder.assert_bool(borrow);
    let by = read + commit;
    // A cursor that stays keeps its limbs.
    builder.when(AB::Expr::ONE - by.clone()).assert_zero(carry);
    builder.assert_eq(moved_lo, lo + by.clone() - carry * limb);
    builder.assert_eq(moved_hi, hi + carry);
    bus::range16(builder, moved_lo, by.clone());

    let input = read + left;
    let [len_lo, len_hi] = len;
    let mut when = builder.when(input.clone());
    when.assert_eq(rest_lo, len_lo - moved_lo + borrow * limb);
    when.assert_eq(rest_hi, len_hi - moved_hi - borrow);
    for rest in [rest_lo, rest_hi] {
        bus::range16(builder, rest, input.clone());
    }

    let used = input.clone() + commit;
    let key = input * constant::<AB::F>(key::INPUT_CURSOR)
        + commit * constant::<AB::F>(key::JOURNAL_CURSOR);
    let now =
        row.cycle * constant::<AB::F>(SLOTS_PER_CYCLE) + constant::<AB::F>(SLOTS_PER_CYCLE - 1);
    let word = |lo: AB::Var, hi: AB::Var, time: AB::Expr| Word {
        key: key.clone(),
        lo: lo.into(),
        hi: hi.into(),
        time,
    };
    bus::receive_word(builder, word(lo, hi, row.time.into()), used.clone());
    bus::send_word(builder, word(moved_lo, moved_hi, now.clone()), used.clone());
    bus::range16(builder, now - row.time - AB::Expr::ONE, used);

    let [word_lo, word_hi] = row.argument.map(Into::into);
    let mut digest = [const { AB::Expr::ZERO }; 8];
    [digest[0], digest[1]] = [word_lo, word_hi];
    bus::node(
        builder,
        Node {
            kind: bus::kind(TreeKind::JournalWord),
            level: AB::Expr::ZERO,
            index: lo + hi * limb,
            digest,
        },
        commit.into(),
    );
}

/// The instruction that asks.
fn call<AB: TableBuilder>(builder: &mut AB, row: &Sys<AB::Var>, real: AB::Expr) {
    let halts = row.halt * constant::<AB::F>(Op::Halt.code());
    let goes_on = (real.clone() - row.halt) * constant::<AB::F>(Op::Call.code());
    let numbered = [
        (row.halt, Ecall::Halt),
        (row.read, Ecall::Read),
        (row.left, Ecall::Left),
        (row.commit, Ecall::Commit),
    ];
    bus::receive_call(
        builder,
        MachineCall {
            op: halts + goes_on,
            cycle: row.cycle.into(),
            call: numbered
                .into_iter()
                .map(|(flag, call)| flag * constant::<AB::F>(call.code()))
                .sum(),
            argument: row.argument.map(Into::into),
            result: row.result.map(Into::into),
        },
        real,
    );
}
