//! [`TwoAdicSubgroupDft`] on a device.

use std::sync::Arc;
use std::thread;

use p3_dft::{Radix2DitParallel, TwoAdicSubgroupDft};
use p3_matrix::Matrix;
use p3_matrix::bitrev::{BitReversedMatrixView, BitReversibleMatrix};
use p3_matrix::dense::RowMajorMatrix;

use super::HalContext;
use crate::error::HalError;
use crate::field::{HalField, share};
use crate::operation::Transform;
use crate::pool::wait_outside;

/// Plonky3's transform, on a device. As it comes (`default`), without one.
#[derive(Clone)]
pub struct HalDft<F: HalField> {
    context: Option<Arc<HalContext<F>>>,
    stock: Radix2DitParallel<F>,
}

impl<F: HalField> Default for HalDft<F> {
    fn default() -> Self {
        Self {
            context: None,
            stock: Radix2DitParallel::default(),
        }
    }
}

impl<F: HalField> HalDft<F> {
    pub(super) fn new(context: Arc<HalContext<F>>) -> Self {
        Self {
            context: Some(context),
            ..Self::default()
        }
    }

    /// The result with its rows as the device has them.
    fn run(&self, matrix: RowMajorMatrix<F>, transform: Transform<F>) -> RowMajorMatrix<F> {
        let context = match &self.context {
            Some(context) if !matrix.values.is_empty() => context,
            _ => return self.run_stock(matrix, transform),
        };
        let input = share(matrix);
        let thread = thread::current().id();
        let done = wait_outside(|| {
            let hal = context.hal();
            let buffer = hal.upload(input.clone())?;
            let output = hal.transform(&buffer, transform)?;
            drop(buffer);
            let host = hal.download(&output)?.wait()?;
            if matches!(transform, Transform::Lde { .. }) {
                context.keep(thread, output, host.clone());
            }
            Ok::<_, HalError>(host)
        });
        match done {
            Ok(host) => host.to_row_major_matrix(),
            Err(error) => {
                context.failed(error);
                self.run_stock(input.to_row_major_matrix(), transform)
            }
        }
    }

    fn run_stock(&self, matrix: RowMajorMatrix<F>, transform: Transform<F>) -> RowMajorMatrix<F> {
        let values = match transform {
            Transform::Idft { shift } => return self.stock.coset_idft_batch(matrix, shift),
            Transform::Dft { shift } => self.stock.coset_dft_batch(matrix, shift),
            Transform::Lde { added_bits, shift } => {
                self.stock.coset_lde_batch(matrix, added_bits, shift)
            }
        };
        values.bit_reverse_rows().to_row_major_matrix()
    }
}

impl<F: HalField> TwoAdicSubgroupDft<F> for HalDft<F> {
    type Evaluations = BitReversedMatrixView<RowMajorMatrix<F>>;

    fn dft_batch(&self, mat: RowMajorMatrix<F>) -> Self::Evaluations {
        self.coset_dft_batch(mat, F::ONE)
    }

    fn coset_dft_batch(&self, mat: RowMajorMatrix<F>, shift: F) -> Self::Evaluations {
        self.run(mat, Transform::Dft { shift }).bit_reverse_rows()
    }

    fn idft_batch(&self, mat: RowMajorMatrix<F>) -> RowMajorMatrix<F> {
        self.coset_idft_batch(mat, F::ONE)
    }

    fn coset_idft_batch(&self, mat: RowMajorMatrix<F>, shift: F) -> RowMajorMatrix<F> {
        self.run(mat, Transform::Idft { shift })
    }

    fn coset_lde_batch(
        &self,
        mat: RowMajorMatrix<F>,
        added_bits: usize,
        shift: F,
    ) -> Self::Evaluations {
        // Named as Plonky3 names its own: whoever measures phases finds it on every device.
        let _span = tracing::debug_span!("coset_lde_batch").entered();
        let lde = Transform::Lde { added_bits, shift };
        self.run(mat, lde).bit_reverse_rows()
    }
}
