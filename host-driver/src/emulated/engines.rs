//! What the engines compute, by Plonky3, on words of card memory.

use assay_abi::{Matrix, Transform as Kind, order};
use assay_engines::field::Products;
use assay_engines::merkle;
use assay_engines::ntt::{Command as NttCommand, Job, Op, Shape as NttShape};
use assay_engines::poseidon2::{Poseidon2Field, WIDTH};
use p3_matrix::Matrix as _;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_symmetric::Permutation;

use super::shape::Shape;

/// A field that a card can be built for.
pub trait CardField: Poseidon2Field {}

impl<F: Poseidon2Field> CardField for F {}

/// The elements that words stand for; `None` if one is not below p.
fn elements<F: CardField>(words: &[u32]) -> Option<Vec<F>> {
    let factor = F::from_u32(F::ONE.to_word()).inverse();
    words
        .iter()
        .map(|&word| (word < F::ORDER_U32).then(|| F::from_u32(word) * factor))
        .collect()
}

fn words<F: CardField>(elements: &[F]) -> Vec<u32> {
    elements.iter().map(|element| element.to_word()).collect()
}

/// A transform of columns.
pub struct Transform {
    pub kind: Kind,
    pub columns: usize,
    pub log_rows: u8,
    pub log_blowup: u8,
    pub order: u8,
    /// Montgomery form.
    pub shift: u32,
}

impl Transform {
    fn job<F: CardField>(&self) -> Option<Job<F>> {
        Some(Job {
            op: match self.kind {
                Kind::Forward => Op::Forward,
                Kind::Inverse => Op::Inverse,
                Kind::Lde => Op::Lde {
                    log_blowup: self.log_blowup.into(),
                },
            },
            log_n: self.log_rows.into(),
            width: self.columns,
            in_reversed: self.order & order::IN_REVERSED != 0,
            out_natural: self.order & order::OUT_NATURAL != 0,
            shift: F::from_word(self.shift)?,
        })
    }

    /// Rows to rows.
    pub fn run<F: CardField>(&self, rows: &[u32]) -> Option<Vec<u32>> {
        let job = self.job::<F>()?;
        let matrix = RowMajorMatrix::new(elements(rows)?, self.columns);
        let natural = if job.in_reversed {
            matrix.bit_reverse_rows().to_row_major_matrix()
        } else {
            matrix
        };
        Some(words(&job.expected(natural).values))
    }

    /// How long the engine takes on ready memory; 0 if it would not take it.
    pub fn cycles<F: CardField>(&self, shape: &Shape) -> u64 {
        let log_max = usize::from(shape.log_on_chip);
        let engine = NttShape {
            field: F::ID,
            products: Products::Four,
            lanes: 1 << shape.log_lanes,
            log_max,
            log_load: log_max,
            log_store: log_max + 1,
        };
        let command = self.job::<F>().map(|job| NttCommand {
            job,
            source: 0,
            destination: 0,
            scratch: 0,
            by_rows: None,
        });
        let cycles = command.and_then(|command| command.cycles(&engine).ok());
        cycles.map_or(0, |cycles| cycles.total as u64)
    }
}

/// Permutations of states.
pub fn permute<F: CardField>(states: &[u32]) -> Option<Vec<u32>> {
    let permutation = F::permutation();
    let mut elements = elements::<F>(states)?;
    for state in elements.as_chunks_mut::<WIDTH>().0 {
        permutation.permute_mut(state);
    }
    Some(words(&elements))
}

/// Every digest of the tree over matrices, as it lies in memory, without the last one, which nobody writes.
pub fn tree<F: CardField>(list: &[Matrix], rows: Vec<Vec<u32>>) -> Option<Vec<u32>> {
    let matrices = list
        .iter()
        .zip(rows)
        .map(|(matrix, rows)| {
            let values = elements::<F>(&rows)?;
            Some(RowMajorMatrix::new(values, matrix.columns as usize))
        })
        .collect::<Option<Vec<_>>>()?;
    let layers = merkle::layers(matrices).ok()?;
    let digests = layers.iter().flatten().flatten();
    Some(digests.map(|element| element.to_word()).collect())
}

/// Permutations of a tree.
pub fn permutations(list: &[Matrix]) -> u64 {
    let dimensions: Vec<_> = list
        .iter()
        .map(|it| (1_usize << it.log_rows, it.columns as usize))
        .collect();
    let shape = merkle::Shape::new(&dimensions);
    shape.map_or(0, |shape| shape.permutations() as u64)
}
