//! Results checked at random places: what a device may get wrong without being noticed, and with which probability.
//!
//! * Transforms: both sides of a transform are the same polynomials. Each is evaluated at one random point z of the degree-4 extension, from the input
//!   and from the output, and the two values are compared. Two different polynomials with N coefficients agree at a random point with a probability of at
//!   most N / p^4, which is below 2^-99 for every size that the field has: **any** wrong element of a checked column is found. With
//!   `columns: Some(k)` a column is looked at with probability k/width. Cost: 4 multiplications for each element of both sides, no transform.
//! * Trees: `rows` random rows, their leaves hashed again, and their paths up to the root. If a share f of the leaves is wrong, all of that is
//!   missed with probability (1-f)^rows; a wrong node of a layer of n nodes is met with probability 1-(1-1/n)^rows. So one wrong leaf of a large tree passes,
//!   and does no harm until it is opened: every row that is opened is checked, always.
//! * Permutations: `states` random ones, done again. A share f of wrong ones is missed with probability (1-f)^states.

use p3_commit::{BatchOpeningRef, Mmcs};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_matrix::interpolation::Interpolate;
use p3_matrix::{Dimensions, Matrix};
use p3_symmetric::{MerkleCap, Permutation};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt};

use crate::error::{Difference, Place};
use crate::field::{Digest, Extension, HalField, HostMatrix, STATE, StockMmcs, elements};
use crate::handle::Opening;
use crate::operation::{Shape, Transform};

/// How much is checked.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// Columns of a transform; all if not given.
    pub columns: Option<usize>,
    /// Rows of a tree.
    pub rows: usize,
    /// Permutations of a batch.
    pub states: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            columns: None,
            rows: 32,
            states: 64,
        }
    }
}

impl Sampling {
    /// Multiplications of base elements that checking a transform takes.
    #[must_use]
    pub fn transform_cost<F: HalField>(&self, shape: Shape, transform: &Transform<F>) -> u64 {
        let columns = self.columns.unwrap_or(shape.width).min(shape.width) as u64;
        let rows = shape.height + transform.output(shape).0.height;
        4 * columns * rows as u64
    }
}

fn differ(place: Place, found: impl ToString, expected: impl ToString) -> Difference {
    Difference {
        place,
        found: found.to_string(),
        expected: expected.to_string(),
    }
}

/// The columns that are looked at, of a matrix.
fn pick<F: HalField>(matrix: &HostMatrix<F>, columns: Option<&[usize]>) -> HostMatrix<F> {
    let Some(columns) = columns else {
        return matrix.clone();
    };
    let rows = elements(matrix).chunks_exact(matrix.width);
    let values = rows.flat_map(|row| columns.iter().map(|&column| row[column]));
    crate::field::share(RowMajorMatrix::new(values.collect(), columns.len()))
}

/// Checks the result of a transform.
pub fn transform<F: HalField>(
    sampling: &Sampling,
    rng: &mut SmallRng,
    transform: Transform<F>,
    input: &HostMatrix<F>,
    output: &HostMatrix<F>,
) -> Option<Difference> {
    let expected = transform.output(Shape::new(input.height(), input.width)).0;
    if Shape::new(output.height(), output.width) != expected {
        let found = output.dimensions();
        return Some(differ(Place::Size, found, expected));
    }
    let width = input.width;
    let columns: Option<Vec<usize>> = sampling
        .columns
        .filter(|&columns| columns < width)
        .map(|columns| (0..columns).map(|_| rng.random_range(0..width)).collect());
    let point = Extension::<F>::from_basis_coefficients_fn(|_| F::from_u64(rng.next_u64()));
    let input = pick(input, columns.as_deref());
    let output = pick(output, columns.as_deref());
    let on =
        |shift: F, values: HostMatrix<F>| values.bit_reverse_rows().interpolate_coset(shift, point);
    let (expected, found) = match transform {
        Transform::Dft { shift } => (at(&input, point), on(shift, output)),
        Transform::Idft { shift } => (input.interpolate_coset(shift, point), at(&output, point)),
        Transform::Lde { shift, .. } => (input.interpolate_coset(F::ONE, point), on(shift, output)),
    };
    let wrong = found.iter().zip(&expected).position(|(a, b)| a != b)?;
    let column = columns.map_or(wrong, |columns| columns[wrong]);
    Some(differ(Place::Column(column), found[wrong], expected[wrong]))
}

/// The polynomials with these coefficients at a point.
fn at<F: HalField>(coefficients: &HostMatrix<F>, point: Extension<F>) -> Vec<Extension<F>> {
    let powers = point.powers().collect_n(coefficients.height());
    coefficients.columnwise_dot_product(&powers)
}

/// Checks permutations.
pub fn permutations<F: HalField>(
    sampling: &Sampling,
    rng: &mut SmallRng,
    permutation: &F::Permutation,
    input: &HostMatrix<F>,
    output: &HostMatrix<F>,
) -> Option<Difference> {
    if input.dimensions() != output.dimensions() {
        let (found, expected) = (output.dimensions(), input.dimensions());
        return Some(differ(Place::Size, found, expected));
    }
    let (inputs, _) = elements(input).as_chunks::<STATE>();
    let (outputs, _) = elements(output).as_chunks::<STATE>();
    (0..sampling.states).find_map(|_| {
        let row = rng.random_range(0..inputs.len());
        let expected = permutation.permute(inputs[row]);
        let column = (0..STATE).find(|&i| outputs[row][i] != expected[i])?;
        let place = Place::Element { row, column };
        Some(differ(place, outputs[row][column], expected[column]))
    })
}

/// Checks one opened row: its path to the root, and that it is the row of the matrices where the host has them.
pub fn opening<F: HalField>(
    mmcs: &StockMmcs<F>,
    root: &Digest<F>,
    shapes: &[Shape],
    matrices: &[Option<HostMatrix<F>>],
    row: usize,
    opening: &Opening<F>,
) -> Option<Difference> {
    let highest = shapes.iter().map(|shape| shape.height).max().unwrap_or(1);
    let pairs = opening.rows.iter().zip(shapes.iter().zip(matrices));
    for (matrix, (found, (shape, host))) in pairs.enumerate() {
        let Some(host) = host else { continue };
        let shift = crate::operation::log_ceil(highest) - crate::operation::log_ceil(shape.height);
        let start = (row >> shift) * shape.width;
        let expected = &elements(host)[start..start + shape.width];
        if let Some(column) = found.iter().zip(expected).position(|(a, b)| a != b) {
            let place = Place::Opened {
                row,
                matrix,
                column,
            };
            return Some(differ(place, found[column], expected[column]));
        }
    }
    let dimensions = shapes.iter().map(|shape| Dimensions {
        width: shape.width,
        height: shape.height,
    });
    let dimensions: Vec<_> = dimensions.collect();
    let cap = MerkleCap::new(vec![*root]);
    let reference = BatchOpeningRef::new(&opening.rows, &opening.path);
    let verified = mmcs.verify_batch(&cap, &dimensions, row, reference);
    let error = verified.err()?;
    Some(differ(Place::Path { row }, error, "the root"))
}
