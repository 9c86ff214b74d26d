//! The tables of a segment's proof.

use alloc::{sync::Arc, vec::Vec};

use p3_air::{Air, BaseAir};
use p3_field::extension::BinomialExtensionField;
use p3_lookup::{Lookups, logup::LogUpGadget};
use p3_matrix::dense::RowMajorMatrix;

use crate::{
    Felt,
    align::AlignAir,
    bump::BumpAir,
    bus::TableBuilder,
    claim::ClaimAir,
    cpu::CpuAir,
    div::DivAir,
    hash::HashAir,
    lut::LutAir,
    mul::MulAir,
    program::{ProgramAir, ProgramTable},
    shift::ShiftAir,
    sys::SysAir,
};

/// The degree of a constraint is at most this: with blow-up 2 the quotient has two chunks.
pub const MAX_DEGREE: usize = 3;

/// No table is lower: the polynomial that a proof ends with must not be longer than the shortest column.
pub const MIN_LOG_HEIGHT: usize = 5;

macro_rules! tables {
    ($( $(#[$meta:meta])* $table:ident($air:ty) = $name:literal, )*) => {
        /// A table. The order is that of a proof's instances.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $( $(#[$meta])* $table, )* }

        /// The constraints of a table.
        #[derive(Clone, Debug)]
        pub enum SegmentAir { $( $(#[$meta])* $table($air), )* }

        impl Table {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$( Self::$table, )*];

            /// For people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$table => $name, )* }
            }
        }

        impl SegmentAir {
            /// Whose constraints these are.
            #[must_use]
            pub const fn table(&self) -> Table {
                match self { $( Self::$table(_) => Table::$table, )* }
            }
        }

        impl BaseAir<Felt> for SegmentAir {
            fn width(&self) -> usize {
                match self { $( Self::$table(air) => air.width(), )* }
            }

            fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Felt>> {
                match self { $( Self::$table(air) => air.preprocessed_trace(), )* }
            }

            fn preprocessed_width(&self) -> usize {
                match self { $( Self::$table(air) => air.preprocessed_width(), )* }
            }

            fn main_next_row_columns(&self) -> Vec<usize> {
                match self { $( Self::$table(air) => air.main_next_row_columns(), )* }
            }

            fn preprocessed_next_row_columns(&self) -> Vec<usize> {
                match self { $( Self::$table(air) => air.preprocessed_next_row_columns(), )* }
            }

            fn num_public_values(&self) -> usize {
                match self { $( Self::$table(air) => air.num_public_values(), )* }
            }

            fn max_constraint_degree(&self) -> Option<usize> {
                match self { $( Self::$table(air) => air.max_constraint_degree(), )* }
            }
        }

        impl<AB: TableBuilder> Air<AB> for SegmentAir {
            fn eval(&self, builder: &mut AB) {
                match self { $( Self::$table(air) => air.eval(builder), )* }
            }
        }
    };
}

tables! {
    /// Retired instructions.
    Cpu(CpuAir) = "cpu",
    /// The decoded text.
    Program(ProgramAir) = "program",
    /// Ranges, bytes, bitwise operations.
    Lut(LutAir) = "lut",
    /// Calls of the machine.
    Sys(SysAir) = "sys",
    /// Words carried over a long time.
    Bump(BumpAir) = "bump",
    /// Products.
    Mul(MulAir) = "mul",
    /// Quotients and remainders.
    Div(DivAir) = "div",
    /// Shifts by a register, and arithmetic ones.
    Shift(ShiftAir) = "shift",
    /// Loads and stores of bytes and halves.
    Align(AlignAir) = "align",
    /// Pages, the tree, the journal.
    Hash(HashAir) = "hash",
    /// What the proof says.
    Claim(ClaimAir) = "claim",
}

/// The constraints of all tables, in order; with the columns that the verifying key fixes if `program` is given, or with their widths alone.
#[must_use]
pub fn airs(program: Option<&Arc<ProgramTable>>) -> Vec<SegmentAir> {
    let table = program.cloned();
    let filled = table.is_some();
    let air = |&table_: &Table| match table_ {
        Table::Cpu => SegmentAir::Cpu(CpuAir),
        Table::Program => SegmentAir::Program(ProgramAir {
            table: table.clone(),
        }),
        Table::Lut => SegmentAir::Lut(LutAir { filled }),
        Table::Sys => SegmentAir::Sys(SysAir),
        Table::Bump => SegmentAir::Bump(BumpAir),
        Table::Mul => SegmentAir::Mul(MulAir),
        Table::Div => SegmentAir::Div(DivAir),
        Table::Shift => SegmentAir::Shift(ShiftAir),
        Table::Align => SegmentAir::Align(AlignAir),
        Table::Hash => SegmentAir::Hash(HashAir),
        Table::Claim => SegmentAir::Claim(ClaimAir),
    };
    Table::ALL.iter().map(air).collect()
}

/// Elements of the base field in one of the extension.
pub const EXTENSION: usize = 4;

/// Cells that a row of a table commits: in the main trace, and in the permutation's, an element of the extension counted as four. With
/// blow-up 2, lookups share columns as long as their degree is at most 3.
#[must_use]
pub fn cells(air: &SegmentAir) -> [usize; 2] {
    let lookups = Lookups::<Felt>::from_air::<BinomialExtensionField<Felt, EXTENSION>, _>(air);
    let packed = lookups.pack_same_bus(&LogUpGadget::new(), MAX_DEGREE);
    // One for each packed lookup, and the running sum.
    [air.width(), EXTENSION * (packed.len() + 1)]
}

#[cfg(test)]
mod tests;
