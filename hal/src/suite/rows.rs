//! Uploads, downloads and permutations.

use std::sync::Arc;

use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_symmetric::Permutation;

use super::check::{Check, Failure, Scale, Tally};
use crate::api::Hal;
use crate::field::{HalField, STATE, share};
use crate::operation::{Operation, Shape};

/// What goes up comes down.
///
/// # Errors
/// [`Failure`] of the device.
pub fn round_trips<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    let mut matrices = check.edges(Shape::new(4, 3));
    for height in [1, 2, 3, 7, 8] {
        matrices.push(check.matrix(Shape::new(height, 1)));
    }
    for _ in 0..scale.cases {
        let most = 1 << check.below(scale.max_log_height + 1);
        let shape = Shape::new(1 + check.below(most), check.width());
        matrices.push(check.matrix(shape));
    }
    let mut waiting = Vec::new();
    for matrix in matrices {
        let shape = Shape::new(matrix.height(), matrix.width);
        let shared = share(matrix.clone());
        let operation = Operation::Upload(shape);
        if let Some(buffer) = check.ask(&operation, |hal| hal.upload(shared))? {
            check.hold(|| format!("shape of {shape}"), buffer.shape() == shape)?;
            waiting.push((matrix, buffer));
        }
    }
    // All are under way before the first is waited for, and come back in another order.
    for (matrix, buffer) in waiting.into_iter().rev() {
        let found = check.must("download", hal.download(&buffer))?.wait();
        let found = check.must("download", found)?;
        check.same(|| format!("{:?} and back", buffer.shape()), &found, matrix)?;
    }
    check.finish()
}

/// Poseidon2 states, many at a time.
///
/// # Errors
/// [`Failure`] of the device.
pub fn permutations<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    let permutation = F::permutation();
    let mut inputs = check.edges(Shape::new(2, STATE));
    for states in [1, 2, 3, 15, 16, 17, 100, (1 << scale.max_log_height) + 5] {
        inputs.push(check.matrix(Shape::new(states, STATE)));
    }
    for input in inputs {
        let shape = Shape::new(input.height(), STATE);
        let shared = share(input.clone());
        let operation = Operation::Permute(shape);
        let done = check.ask(&operation, |hal| {
            let buffer = hal.upload(shared)?;
            hal.permute(&buffer)
        })?;
        let Some(done) = done else { continue };
        let found = check.must("download", hal.download(&done))?.wait();
        let found = check.must("permutations", found)?;
        let expected = input.row_slices().flat_map(|row| {
            let mut state: [F; STATE] = std::array::from_fn(|i| row[i]);
            permutation.permute_mut(&mut state);
            state
        });
        let expected = RowMajorMatrix::new(expected.collect(), STATE);
        check.same(
            || format!("{} permutations", shape.height),
            &found,
            expected,
        )?;
    }
    check.finish()
}
