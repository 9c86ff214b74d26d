//! Inputs: the same for every device, of a seed and of the work's size.

use assay_circuit::Felt;
use assay_hal::{HostMatrix, Shape, share};
use assay_report::Work;
use p3_matrix::dense::RowMajorMatrix;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Elements of a Poseidon2 state.
const STATE: usize = 16;

/// The size of the matrix that a piece of work begins with; `None` of a segment.
pub fn shape(work: &Work) -> Option<Shape> {
    let (log_height, width) = match *work {
        Work::Ntt { log_height, width }
        | Work::Merkle { log_height, width }
        | Work::Lde {
            log_height, width, ..
        }
        | Work::Commit {
            log_height, width, ..
        } => (log_height, width as usize),
        Work::Poseidon2 { log_states } => (log_states, STATE),
        Work::Segment { .. } => return None,
    };
    Some(Shape::new(1 << log_height, width))
}

/// A matrix of random elements.
pub fn matrix(shape: Shape, seed: u64) -> HostMatrix<Felt> {
    let Shape { height, width } = shape;
    let mut rng = SmallRng::seed_from_u64(seed ^ ((height as u64) << 32) ^ width as u64);
    let values = (0..height * width).map(|_| Felt::new(rng.random::<u32>()));
    share(RowMajorMatrix::new(values.collect(), width))
}
