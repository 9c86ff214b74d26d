//! Trees, and what Plonky3 makes of them.

use assay_engines::merkle::{Shape, ShapeError, beats, layers};
use assay_engines::poseidon2::Poseidon2Field;
use p3_matrix::dense::RowMajorMatrix;

use super::{Job, Outcome};
use crate::element::draw;
use crate::rng::Rng;

/// Height and width of each matrix of a tree.
pub type Dimensions = Vec<(usize, usize)>;

/// Trees over random matrices, one behind the other in memory.
pub struct Forest {
    /// What the engine is asked for.
    pub jobs: Vec<Job>,
    /// Of each tree.
    pub shapes: Vec<Shape>,
    /// Address and words of every digest.
    pub expected: Vec<(usize, Vec<u32>)>,
    /// Digests that the engine writes, with those that are joined by others.
    pub writes: usize,
}

/// How an outcome differs from what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// Words, or rows' ends, were no good for the engine.
    #[error("error: something was refused")]
    Refused,
    /// Trees were.
    #[error("error: refused jobs {0:?}")]
    RefusedJobs(Vec<usize>),
    /// Nothing happened any more.
    #[error("hang: {done} of {trees} trees, {got} of {writes} digests")]
    Hang {
        /// Trees that are done,
        done: usize,
        /// of so many;
        trees: usize,
        /// digests that were written,
        got: usize,
        /// of so many.
        writes: usize,
    },
    /// Other words.
    #[error("value: digest {address} is {got:08x?}, Plonky3 says {expected:08x?}")]
    Value {
        /// Of the digest.
        address: usize,
        /// What is there, if anything.
        got: Option<[u32; 8]>,
        /// Plonky3's.
        expected: Vec<u32>,
    },
    /// Digests too many or too few.
    #[error("order: {got} digests written, not {writes}")]
    Writes {
        /// Digests that were written.
        got: usize,
        /// Digests that must be.
        writes: usize,
    },
}

impl Forest {
    /// Trees of these shapes, for an engine that has so many rows in hand.
    ///
    /// # Errors
    /// If matrices make no tree.
    pub fn new<F: Poseidon2Field>(
        trees: &[Dimensions],
        slots: usize,
        seed: u64,
    ) -> Result<Self, ShapeError> {
        let mut rng = Rng::new(seed, F::ORDER_U32.into());
        let mut forest = Self {
            jobs: Vec::new(),
            shapes: Vec::new(),
            expected: Vec::new(),
            writes: 0,
        };
        let mut base = 0;
        for dimensions in trees {
            let shape = Shape::new(dimensions)?;
            let matrices: Vec<RowMajorMatrix<F>> = dimensions
                .iter()
                .map(|&(height, width)| {
                    let values = (0..height * width).map(|_| draw(&mut rng)).collect();
                    RowMajorMatrix::new(values, width)
                })
                .collect();
            let beats = beats(&matrices, slots)?;
            let (job, next) = Job::new(&shape, beats, base);
            for (layer, address) in layers(matrices)?.iter().zip(shape.addresses()) {
                for (node, digest) in layer.iter().enumerate() {
                    let words = digest.iter().map(|it| it.to_word()).collect();
                    forest.expected.push((base + address + node, words));
                }
                forest.writes += layer.len();
            }
            forest.writes += shape.scratch();
            forest.jobs.push(job);
            forest.shapes.push(shape);
            base = next;
        }
        Ok(forest)
    }

    /// Compares every digest in memory.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, outcome: &Outcome) -> Result<(), Difference> {
        if outcome.error {
            return Err(Difference::Refused);
        }
        if !outcome.refused.is_empty() {
            return Err(Difference::RefusedJobs(outcome.refused.clone()));
        }
        if outcome.done.len() != self.jobs.len() {
            return Err(Difference::Hang {
                done: outcome.done.len(),
                trees: self.jobs.len(),
                got: outcome.writes,
                writes: self.writes,
            });
        }
        for (address, words) in &self.expected {
            let got = outcome.memory.get(*address).copied().flatten();
            if got.is_none_or(|got| got[..] != words[..]) {
                return Err(Difference::Value {
                    address: *address,
                    got,
                    expected: words.clone(),
                });
            }
        }
        if outcome.writes != self.writes {
            return Err(Difference::Writes {
                got: outcome.writes,
                writes: self.writes,
            });
        }
        Ok(())
    }

    /// Of all trees.
    #[must_use]
    pub fn permutations(&self) -> usize {
        self.shapes.iter().map(Shape::permutations).sum()
    }
}
