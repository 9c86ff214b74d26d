use alloc::sync::Arc;

use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_lookup::Count;
use p3_matrix::dense::RowMajorMatrix;

use super::{Entry, ProgramTable};
use crate::{
    Felt,
    bus::{PROGRAM, TableBuilder},
    cpu::Class,
};

/// Provides the program's entries; its one column of its own says how often.
#[derive(Clone, Debug, Default)]
pub struct ProgramAir {
    /// What the key fixes; absent where only its width matters.
    pub table: Option<Arc<ProgramTable>>,
}

impl<E: PrimeCharacteristicRing> Entry<E> {
    /// Class and flags (`s1, s2, use_b, use_c, delegated`) in one element, none of them 0: all are boolean and at most one class is set.
    pub fn code(classes: [E; Class::COUNT], flags: [E; 5]) -> E {
        let classes = classes
            .into_iter()
            .zip(1..)
            .map(|(flag, number)| flag * E::from_u32(number << 5));
        let flags = flags
            .into_iter()
            .zip(0..)
            .map(|(flag, bit)| flag * E::from_u32(1 << bit));
        classes.chain(flags).sum()
    }
}

fn tuple<E>(entry: Entry<E>) -> [E; 10] {
    let Entry {
        pc,
        code,
        op,
        tag,
        a_key,
        b_key,
        c_key,
        imm,
        b_lo,
        b_hi,
    } = entry;
    [pc, code, op, tag, a_key, b_key, c_key, imm, b_lo, b_hi]
}

/// Asks that the program has this entry; `count` must be boolean by constraint.
pub fn look_up<B: TableBuilder>(builder: &mut B, entry: Entry<B::Expr>, count: B::Expr) {
    builder.push_interaction(PROGRAM, tuple(entry), Count::bounded(count, 1));
}

impl BaseAir<Felt> for ProgramAir {
    fn width(&self) -> usize {
        1
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Felt>> {
        self.table.as_ref().map(|table| table.matrix())
    }

    fn preprocessed_width(&self) -> usize {
        Entry::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn preprocessed_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for ProgramAir {
    fn eval(&self, builder: &mut AB) {
        let entry = Entry::read(builder.preprocessed().current_slice());
        let count: AB::Expr = builder.main().current_slice()[0].into();
        let fields = tuple(entry).map(Into::<AB::Expr>::into);
        builder.push_interaction(PROGRAM, fields, Count::provided(-count));
    }
}
