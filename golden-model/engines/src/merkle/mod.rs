//! Merkle trees as the engine of `rtl/poseidon2` builds them: Plonky3's digests of every layer, where they lie in memory, in which order the
//! rows come, and when a tree is done.

mod cycles;

pub use cycles::{Latencies, Machine, Rows};

use p3_commit::Mmcs;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{PaddingFreeSponge, TruncatedPermutation};

use crate::poseidon2::{DIGEST, Poseidon2Field, RATE, WIDTH, compress, hash_row, portions};

/// What a digest is.
pub type Digest<F> = [F; DIGEST];

/// The heights and widths of a tree's matrices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    rows: usize,
    /// For each layer that matrices join, from the leaves up: the layer, and their widths.
    joins: Vec<(usize, Vec<usize>)>,
}

/// Why there is no such tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// No matrices, or the tallest have no rows.
    #[error("a tree needs a row")]
    Empty,
    /// A matrix of no columns.
    #[error("a matrix of {rows} rows has no columns")]
    Narrow {
        /// Of the matrix.
        rows: usize,
    },
    /// A height that is no layer's.
    #[error("a matrix of {got} rows joins no layer above {tallest} rows")]
    Height {
        /// Of the matrix.
        got: usize,
        /// Of the tallest one.
        tallest: usize,
    },
}

impl Shape {
    /// The tree over matrices of these heights and widths.
    ///
    /// # Errors
    /// If there are none, one is empty, or a height is not the number of nodes of a layer.
    pub fn new(dimensions: &[(usize, usize)]) -> Result<Self, ShapeError> {
        let rows = dimensions.iter().map(|&(rows, _)| rows).max().unwrap_or(0);
        if rows == 0 {
            return Err(ShapeError::Empty);
        }
        let mut shape = Self {
            rows,
            joins: Vec::new(),
        };
        for (layer, nodes) in shape.heights().into_iter().enumerate() {
            let widths: Vec<usize> = dimensions
                .iter()
                .filter(|&&(rows, _)| rows == nodes)
                .map(|&(_, width)| width)
                .collect();
            if !widths.is_empty() {
                shape.joins.push((layer, widths));
            }
        }
        let heights = shape.heights();
        for &(got, width) in dimensions {
            if width == 0 {
                return Err(ShapeError::Narrow { rows: got });
            }
            if !heights.contains(&got) {
                return Err(ShapeError::Height { got, tallest: rows });
            }
        }
        Ok(shape)
    }

    /// Rows of the tallest matrices.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Nodes of every layer, from the leaves to the root.
    #[must_use]
    pub fn heights(&self) -> Vec<usize> {
        let mut heights = vec![self.rows];
        while let Some(&below) = heights.last()
            && below > 1
        {
            heights.push(below.div_ceil(2));
        }
        heights
    }

    /// The layers that matrices join, the leaves first, with their widths in the order in which they were given.
    #[must_use]
    pub fn joins(&self) -> &[(usize, Vec<usize>)] {
        &self.joins
    }

    /// Bit k: shorter matrices join at layer k.
    #[must_use]
    pub fn injects(&self) -> u32 {
        self.joins
            .iter()
            .filter(|(layer, _)| *layer > 0)
            .map(|(layer, _)| 1 << layer)
            .sum()
    }

    /// The first digest of every layer, counted from the tree's first, and after them how many digests the tree takes.
    #[must_use]
    pub fn addresses(&self) -> Vec<usize> {
        let mut addresses = vec![0];
        let mut next = 0;
        for nodes in self.heights() {
            next += nodes.next_multiple_of(2);
            addresses.push(next);
        }
        addresses
    }

    /// Digests of scratch.
    #[must_use]
    pub fn scratch(&self) -> usize {
        let heights = self.heights();
        self.joins
            .iter()
            .filter(|(layer, _)| *layer > 0)
            .map(|(layer, _)| 2 * heights[*layer])
            .sum()
    }

    /// Permutations of the whole tree.
    #[must_use]
    pub fn permutations(&self) -> usize {
        let heights = self.heights();
        let rows: usize = self
            .joins
            .iter()
            .map(|(layer, widths)| heights[*layer] * widths.iter().sum::<usize>().div_ceil(RATE))
            .sum();
        let nodes: usize = heights[1..].iter().sum();
        let joins: usize = self
            .joins
            .iter()
            .filter(|(layer, _)| *layer > 0)
            .map(|(layer, _)| heights[*layer])
            .sum();
        rows + nodes + joins
    }
}

/// Some words of a row, as they come to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// How many of them count.
    pub words: usize,
    /// Whether the row ends.
    pub last: bool,
    /// Words of memory.
    pub data: [u32; RATE],
}

/// The rows of these matrices in the order in which an engine wants them that has `slots` rows in hand: tallest matrices first; of matrices of one
/// height `slots` rows at a time; of these, portion by portion, a portion of each row.
///
/// # Errors
/// As [`Shape::new`].
pub fn beats<F: Poseidon2Field>(
    matrices: &[RowMajorMatrix<F>],
    slots: usize,
) -> Result<Vec<Beat>, ShapeError> {
    let shape = shape(matrices)?;
    let heights = shape.heights();
    let mut beats = Vec::new();
    for (layer, widths) in shape.joins() {
        let nodes = heights[*layer];
        let group: Vec<_> = matrices.iter().filter(|it| it.height() == nodes).collect();
        let portions = portions(widths);
        for block in (0..nodes).step_by(slots) {
            for portion in &portions {
                let matrix = group[portion.matrix];
                for row in block..nodes.min(block + slots) {
                    let start = row * matrix.width + portion.column;
                    let mut data = [0; RATE];
                    for (word, value) in data
                        .iter_mut()
                        .zip(&matrix.values[start..start + portion.words])
                    {
                        *word = value.to_word();
                    }
                    beats.push(Beat {
                        words: portion.words,
                        last: portion.last,
                        data,
                    });
                }
            }
        }
    }
    Ok(beats)
}

/// The shape of these matrices' tree.
///
/// # Errors
/// As [`Shape::new`].
pub fn shape<F: Poseidon2Field>(matrices: &[RowMajorMatrix<F>]) -> Result<Shape, ShapeError> {
    let dimensions: Vec<_> = matrices.iter().map(|it| (it.height(), it.width)).collect();
    Shape::new(&dimensions)
}

/// Plonky3's digests of every layer, from the leaves to the root, without those that only fill a layer up to an even number.
///
/// Plonky3 shows a layer only if its length is a power of two. Other trees are folded here, and their root compared with Plonky3's.
///
/// # Errors
/// As [`Shape::new`].
///
/// # Panics
/// If the roots differ.
pub fn layers<F: Poseidon2Field>(
    matrices: Vec<RowMajorMatrix<F>>,
) -> Result<Vec<Vec<Digest<F>>>, ShapeError> {
    let shape = shape(&matrices)?;
    let hash = PaddingFreeSponge::<_, WIDTH, RATE, DIGEST>::new(F::permutation());
    let compress = TruncatedPermutation::<_, 2, DIGEST, WIDTH>::new(F::permutation());
    let mmcs = MerkleTreeMmcs::<F, F, _, _, 2, DIGEST>::new(hash, compress, 0);
    let folded = (!shape.rows.is_power_of_two()).then(|| folded(&matrices, &shape));
    let (commitment, tree) = mmcs.commit(matrices);
    let Some(layers) = folded else {
        let top = shape.heights().len() - 1;
        let layer = |layer| tree.cap(top - layer).into_roots();
        return Ok((0..=top).map(layer).collect());
    };
    assert_eq!(
        layers.last(),
        Some(&commitment.into_roots()),
        "the definition of a tree is not Plonky3's"
    );
    Ok(layers)
}

/// The layers by their definition.
fn folded<F: Poseidon2Field>(matrices: &[RowMajorMatrix<F>], shape: &Shape) -> Vec<Vec<Digest<F>>> {
    let rows = |nodes: usize| -> Vec<Digest<F>> {
        let group = matrices.iter().filter(|it| it.height() == nodes);
        (0..nodes)
            .map(|row| {
                let words = |it: &RowMajorMatrix<F>| {
                    it.values[row * it.width..(row + 1) * it.width].to_vec()
                };
                hash_row(&group.clone().flat_map(words).collect::<Vec<_>>())
            })
            .collect()
    };
    let mut layers: Vec<Vec<Digest<F>>> = Vec::new();
    for (layer, nodes) in shape.heights().into_iter().enumerate() {
        let joins = shape.joins.iter().any(|(at, _)| *at == layer);
        let joining = if joins { rows(nodes) } else { Vec::new() };
        let Some(below) = layers.last() else {
            layers.push(joining);
            continue;
        };
        let mut digests: Vec<_> = below
            .chunks(2)
            .map(|pair| {
                let right = pair.get(1).copied();
                compress(pair[0], right.unwrap_or([F::ZERO; DIGEST]))
            })
            .collect();
        for (digest, row) in digests.iter_mut().zip(joining) {
            *digest = compress(*digest, row);
        }
        layers.push(digests);
    }
    layers
}

#[cfg(test)]
mod tests {
    use p3_koala_bear::KoalaBear;

    use super::*;
    use crate::field::EngineField;
    use p3_field::PrimeCharacteristicRing;

    fn matrix(height: usize, width: usize, seed: u32) -> RowMajorMatrix<KoalaBear> {
        let values = (0..height * width)
            .map(|index| KoalaBear::from_u32(seed + index as u32))
            .collect();
        RowMajorMatrix::new(values, width)
    }

    #[test]
    fn layers_of_a_tree_with_shorter_matrices_match_their_definition() {
        let (tall, other, short) = (matrix(5, 3, 1), matrix(5, 6, 50), matrix(3, 9, 200));
        let row = |it: &RowMajorMatrix<KoalaBear>, index: usize| {
            it.values[index * it.width..(index + 1) * it.width].to_vec()
        };
        let zero = [KoalaBear::ZERO; DIGEST];
        let leaves: Vec<_> = (0..5)
            .map(|index| hash_row(&[row(&tall, index), row(&other, index)].concat()))
            .collect();
        let joined: Vec<_> = (0..3)
            .map(|index| {
                let right = leaves.get(2 * index + 1).copied().unwrap_or(zero);
                let children = compress(leaves[2 * index], right);
                compress(children, hash_row(&row(&short, index)))
            })
            .collect();
        let above = vec![compress(joined[0], joined[1]), compress(joined[2], zero)];
        let root = vec![compress(above[0], above[1])];
        let expected = vec![leaves, joined, above, root];
        assert_eq!(layers(vec![tall, short, other]), Ok(expected));
    }

    #[test]
    fn layers_that_plonky3_shows_match_their_definition() {
        let matrices = vec![matrix(8, 5, 1), matrix(4, 20, 70), matrix(4, 1, 300)];
        let shape = shape(&matrices).expect("a tree");
        let expected = folded(&matrices, &shape);
        assert_eq!(layers(matrices), Ok(expected));
    }

    #[test]
    fn shape_says_layers_addresses_and_permutations() {
        let shape = Shape::new(&[(5, 3), (3, 9), (5, 6)]).expect("a tree");
        assert_eq!(shape.heights(), [5, 3, 2, 1]);
        assert_eq!(shape.addresses(), [0, 6, 10, 12, 14]);
        assert_eq!(shape.joins(), [(0, vec![3, 6]), (1, vec![9])]);
        assert_eq!((shape.injects(), shape.scratch()), (0b10, 6));
        assert_eq!(shape.permutations(), 5 * 2 + 3 * 2 + 3 + 3 + 2 + 1);
    }

    #[test]
    fn shape_refuses_what_is_no_tree() {
        assert_eq!(Shape::new(&[]), Err(ShapeError::Empty));
        assert_eq!(
            Shape::new(&[(8, 1), (4, 0)]),
            Err(ShapeError::Narrow { rows: 4 })
        );
        let height = |got, tallest| Err(ShapeError::Height { got, tallest });
        assert_eq!(Shape::new(&[(8, 1), (3, 1)]), height(3, 8));
        assert_eq!(Shape::new(&[(6, 1), (4, 1)]), height(4, 6));
    }

    #[test]
    fn beats_come_block_by_block_and_portion_by_portion() {
        let matrices = [matrix(3, 2, 1), matrix(3, 9, 100)];
        let beats = beats(&matrices, 2).expect("a tree");
        let counts: Vec<_> = beats.iter().map(|it| (it.words, it.last)).collect();
        let block = |rows: usize| {
            [(2, false), (8, false), (1, true)]
                .into_iter()
                .flat_map(move |it| std::iter::repeat_n(it, rows))
        };
        assert_eq!(counts, block(2).chain(block(1)).collect::<Vec<_>>());
        assert_eq!(beats[1].data[0], KoalaBear::from_u32(3).to_word());
        assert_eq!(beats[2].data[7], KoalaBear::from_u32(107).to_word());
    }
}
