//! One row of one table, evaluated on values.

use alloc::{string::String, vec::Vec};

use p3_air::{Air, AirBuilder, RowWindow};
use p3_field::PrimeCharacteristicRing;
use p3_lookup::{Count, InteractionBuilder};
use p3_matrix::{Matrix, dense::RowMajorMatrix};

use super::Instance;
use crate::Felt;

/// One tuple on one bus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message {
    /// The bus.
    pub bus: String,
    /// The tuple.
    pub tuple: Vec<Felt>,
    /// How often it is sent; negative (modulo p) if it is received.
    pub count: Felt,
}

/// What a row's evaluation gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowOutcome {
    /// Constraints that do not hold, by index.
    pub failures: Vec<usize>,
    /// Tuples with a count other than 0.
    pub messages: Vec<Message>,
}

/// Evaluates constraints on the values of a row and its successor.
pub struct RowBuilder<'a> {
    main: RowWindow<'a, Felt>,
    preprocessed: RowWindow<'a, Felt>,
    public_values: &'a [Felt],
    row: usize,
    height: usize,
    constraint: usize,
    outcome: RowOutcome,
}

/// Evaluates row `at` of a table; the row after the last is the first.
///
/// # Panics
/// If the table has no such row.
pub fn row<A>(instance: &Instance<'_, A>, at: usize) -> RowOutcome
where
    A: for<'r> Air<RowBuilder<'r>>,
{
    let height = instance.main.height();
    assert!(
        at < height,
        "{} has {height} rows, no row {at}",
        instance.name
    );
    let mut builder = RowBuilder {
        main: window(instance.main, at),
        preprocessed: instance
            .preprocessed
            .map_or(RowWindow::from_two_rows(&[], &[]), |matrix| {
                window(matrix, at)
            }),
        public_values: instance.public_values,
        row: at,
        height,
        constraint: 0,
        outcome: RowOutcome::default(),
    };
    instance.air.eval(&mut builder);
    builder.outcome
}

fn window(matrix: &RowMajorMatrix<Felt>, at: usize) -> RowWindow<'_, Felt> {
    let width = matrix.width();
    let slice = |row: usize| &matrix.values[row * width..(row + 1) * width];
    RowWindow::from_two_rows(slice(at), slice((at + 1) % matrix.height()))
}

impl RowBuilder<'_> {
    fn message(&mut self, bus: &str, tuple: Vec<Felt>, count: Felt) {
        if count != Felt::ZERO {
            self.outcome.messages.push(Message {
                bus: bus.into(),
                tuple,
                count,
            });
        }
    }
}

impl<'a> AirBuilder for RowBuilder<'a> {
    type F = Felt;
    type Expr = Felt;
    type Var = Felt;
    type PreprocessedWindow = RowWindow<'a, Felt>;
    type MainWindow = RowWindow<'a, Felt>;
    type PublicVar = Felt;
    type PeriodicVar = Felt;

    fn main(&self) -> Self::MainWindow {
        self.main
    }

    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        &self.preprocessed
    }

    fn is_first_row(&self) -> Felt {
        Felt::from_bool(self.row == 0)
    }

    fn is_last_row(&self) -> Felt {
        Felt::from_bool(self.row + 1 == self.height)
    }

    fn is_transition(&self) -> Felt {
        Felt::from_bool(self.row + 1 < self.height)
    }

    fn assert_zero<I: Into<Felt>>(&mut self, x: I) {
        if x.into() != Felt::ZERO {
            self.outcome.failures.push(self.constraint);
        }
        self.constraint += 1;
    }

    fn public_values(&self) -> &[Felt] {
        self.public_values
    }
}

impl InteractionBuilder for RowBuilder<'_> {
    fn push_interaction<E: Into<Felt>>(
        &mut self,
        bus_name: &str,
        fields: impl IntoIterator<Item = E>,
        count: impl Into<Count<Felt>>,
    ) {
        let tuple = fields.into_iter().map(Into::into).collect();
        let (count, _) = count.into().into_parts();
        self.message(bus_name, tuple, count);
    }

    fn push_local_interaction(
        &mut self,
        _tuples: impl IntoIterator<Item = (Vec<Felt>, Count<Felt>)>,
    ) {
        unreachable!("no table of ours has local lookups: they are never packed");
    }

    fn push_exclusive_interaction(
        &mut self,
        bus_name: &str,
        branches: impl IntoIterator<Item = (Felt, Count<Felt>, Vec<Felt>)>,
    ) {
        for (flag, count, tuple) in branches {
            let (count, _) = count.into_parts();
            self.message(bus_name, tuple, flag * count);
        }
    }
}
