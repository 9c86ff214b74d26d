//! Transforms against Plonky3's one that works in place and in one thread.

use std::sync::Arc;

use p3_dft::{Radix2Dit, TwoAdicSubgroupDft};
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;

use super::check::{Check, Failure, Scale, Tally};
use crate::api::Hal;
use crate::field::{HalField, share};
use crate::operation::{Operation, Order, Shape, Transform};

/// What Plonky3 makes of it.
pub fn expected<F: HalField>(
    input: RowMajorMatrix<F>,
    transform: Transform<F>,
) -> RowMajorMatrix<F> {
    let dft = Radix2Dit::default();
    let natural = match transform {
        Transform::Dft { shift } => dft.coset_dft_batch(input, shift),
        Transform::Idft { shift } => return dft.coset_idft_batch(input, shift),
        Transform::Lde { added_bits, shift } => dft.coset_lde_batch(input, added_bits, shift),
    };
    natural.bit_reverse_rows().to_row_major_matrix()
}

/// Transforms of all sizes, and the way back.
///
/// # Errors
/// [`Failure`] of the device.
pub fn transforms<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    for log_height in 0..=scale.max_log_height {
        for width in [1, check.width()] {
            let shape = Shape::new(1 << log_height, width);
            let input = check.matrix(shape);
            for transform in all(&mut check, log_height) {
                one(&mut check, &input, transform)?;
            }
        }
    }
    let shape = Shape::new(1 << scale.max_log_height.min(4), 3);
    for input in check.edges(shape) {
        for transform in all(&mut check, scale.max_log_height.min(4)) {
            one(&mut check, &input, transform)?;
        }
    }
    for _ in 0..scale.cases {
        let log_height = check.below(scale.max_log_height + 1);
        let shape = Shape::new(1 << log_height, check.width());
        let input = check.matrix(shape);
        let transforms = all(&mut check, log_height);
        let transform = transforms[check.below(transforms.len())];
        one(&mut check, &input, transform)?;
    }
    check.finish()
}

fn all<F: HalField>(check: &mut Check<'_, F>, log_height: usize) -> Vec<Transform<F>> {
    let random = match check.element() {
        shift if shift == F::ZERO => F::TWO,
        shift => shift,
    };
    let mut transforms = Vec::new();
    for shift in [F::ONE, F::GENERATOR, random] {
        transforms.extend([Transform::Dft { shift }, Transform::Idft { shift }]);
    }
    for added_bits in 0..=3.min(check.scale.max_log_height - log_height) {
        for shift in [F::ONE, F::GENERATOR, random] {
            transforms.push(Transform::Lde { added_bits, shift });
        }
    }
    transforms
}

fn one<F: HalField>(
    check: &mut Check<'_, F>,
    input: &RowMajorMatrix<F>,
    transform: Transform<F>,
) -> Result<(), Failure> {
    let shape = Shape::new(input.height(), input.width);
    let shared = share(input.clone());
    if check.ask(&Operation::Upload(shape), |_| Ok(()))?.is_none() {
        return Ok(());
    }
    let buffer = check.must("upload", check.hal.upload(shared))?;
    let operation = transform.operation(shape);
    let Some(done) = check.ask(&operation, |hal| hal.transform(&buffer, transform))? else {
        return Ok(());
    };
    drop(buffer);
    let what = || format!("{transform:?} of {shape}");
    let order = match transform {
        Transform::Idft { .. } => Order::Natural,
        _ => Order::BitReversed,
    };
    check.hold(|| format!("{}: order", what()), done.order() == order)?;
    check.must(&what(), check.hal.wait(&done))?;
    let found = check.must(&what(), check.hal.download(&done))?.wait();
    let found = check.must(&what(), found)?;
    let expected = expected(input.clone(), transform);
    check.same(what, &found, expected)
}
