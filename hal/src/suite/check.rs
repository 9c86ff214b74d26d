//! Cases, counted.

use p3_matrix::dense::RowMajorMatrix;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

use crate::api::Hal;
use crate::dual;
use crate::error::HalError;
use crate::field::{HalField, HostMatrix, share};
use crate::operation::{Operation, Shape};

/// How much the suite does.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Logarithm of the greatest height, blow-up included.
    pub max_log_height: usize,
    /// The greatest width.
    pub max_width: usize,
    /// Random cases of each sort.
    pub cases: usize,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Scale {
    /// A few seconds on a CPU.
    pub const QUICK: Self = Self {
        max_log_height: 11,
        max_width: 40,
        cases: 24,
        seed: 1,
    };
    /// What simulated hardware does in a few seconds.
    pub const SMALL: Self = Self {
        max_log_height: 6,
        max_width: 12,
        cases: 4,
        seed: 1,
    };
}

/// What was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases with the right outcome.
    pub done: u64,
    /// Cases that the device said that it cannot do, and did not.
    pub refused: u64,
}

/// A case with the wrong outcome.
#[derive(Debug, thiserror::Error)]
#[error("seed {seed}: {what}")]
pub struct Failure {
    /// Of the random numbers.
    pub seed: u64,
    /// What, and what was wrong about it.
    pub what: String,
}

/// A device under test.
pub struct Check<'a, F> {
    pub hal: &'a dyn Hal<F>,
    pub scale: Scale,
    pub rng: SmallRng,
    pub tally: Tally,
}

impl<'a, F: HalField> Check<'a, F> {
    pub fn new(hal: &'a dyn Hal<F>, scale: Scale) -> Self {
        Self {
            hal,
            scale,
            rng: SmallRng::seed_from_u64(scale.seed),
            tally: Tally::default(),
        }
    }

    pub fn fail<T>(&self, what: impl Into<String>) -> Result<T, Failure> {
        Err(Failure {
            seed: self.scale.seed,
            what: what.into(),
        })
    }

    /// What has to succeed.
    pub fn must<T>(&self, what: &str, result: Result<T, HalError>) -> Result<T, Failure> {
        result.or_else(|error| self.fail(format!("{what}: {error}")))
    }

    /// Asks for an operation that is in order: it is done, or refused as the device announces. `None` if it is refused.
    pub fn ask<T>(
        &mut self,
        operation: &Operation<'_>,
        ask: impl FnOnce(&dyn Hal<F>) -> Result<T, HalError>,
    ) -> Result<Option<T>, Failure> {
        let announced = self.hal.estimate(operation);
        match (announced, ask(self.hal)) {
            (Ok(_), Ok(given)) => Ok(Some(given)),
            (Err(HalError::Unsupported { .. }), Err(HalError::Unsupported { .. })) => {
                self.tally.refused += 1;
                Ok(None)
            }
            (announced, given) => self.fail(format!(
                "{operation:?}: announced {announced:?}, and then {:?}",
                given.map(drop)
            )),
        }
    }

    /// A case whose result is a matrix.
    pub fn same(
        &mut self,
        what: impl FnOnce() -> String,
        found: &HostMatrix<F>,
        expected: RowMajorMatrix<F>,
    ) -> Result<(), Failure> {
        if let Some(difference) = dual::matrices(found, &share(expected)) {
            return self.fail(format!("{}: {difference}", what()));
        }
        self.tally.done += 1;
        Ok(())
    }

    /// A case that is right or wrong.
    pub fn hold(&mut self, what: impl FnOnce() -> String, holds: bool) -> Result<(), Failure> {
        if !holds {
            return self.fail(what());
        }
        self.tally.done += 1;
        Ok(())
    }

    /// A case that nobody can do.
    pub fn bad<T>(&mut self, what: &str, result: Result<T, HalError>) -> Result<(), Failure> {
        match result {
            Err(HalError::BadArgument(_)) => {
                self.tally.done += 1;
                Ok(())
            }
            result => {
                let given = result.map(drop);
                self.fail(format!("{what}: expected a bad argument, found {given:?}"))
            }
        }
    }

    /// The tally, of a part that must have tried something.
    pub fn finish(self) -> Result<Tally, Failure> {
        if self.tally.done + self.tally.refused == 0 {
            return self.fail("no case was tried");
        }
        Ok(self.tally)
    }

    pub fn element(&mut self) -> F {
        F::from_u64(self.rng.next_u64())
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    /// A width, small ones more often.
    pub fn width(&mut self) -> usize {
        let most = self.scale.max_width;
        let end = if self.below(3) == 0 {
            most
        } else {
            most.min(9)
        };
        1 + self.below(end)
    }

    pub fn matrix(&mut self, shape: Shape) -> RowMajorMatrix<F> {
        let values = (0..shape.height * shape.width).map(|_| self.element());
        RowMajorMatrix::new(values.collect(), shape.width)
    }

    /// Matrices that random numbers do not find.
    pub fn edges(&mut self, shape: Shape) -> Vec<RowMajorMatrix<F>> {
        let size = shape.height * shape.width;
        let largest = F::ZERO - F::ONE;
        let mut one = vec![F::ZERO; size];
        one[self.below(size)] = F::ONE;
        let mixed = (0..size).map(|i| if i % 2 == 0 { largest } else { F::ZERO });
        let values = [
            vec![F::ZERO; size],
            vec![F::ONE; size],
            vec![largest; size],
            one,
            mixed.collect(),
        ];
        let matrices = values.map(|values| RowMajorMatrix::new(values, shape.width));
        matrices.into()
    }
}
