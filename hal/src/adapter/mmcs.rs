//! [`Mmcs`] on a device.

use std::sync::Arc;
use std::thread;

use p3_commit::{BatchOpening, BatchOpeningRef, Mmcs};
use p3_matrix::{Dimensions, Matrix};
use p3_merkle_tree::{MerkleTree, MerkleTreeError, PrunedMerklePaths};
use p3_symmetric::MerkleCap;

use super::prune::prune;
use super::{HalContext, copy, same};
use crate::error::HalError;
use crate::field::{DIGEST, Digest, HalField, StockMmcs, stock_mmcs};
use crate::handle::{Opening, Tree};
use crate::operation::log_ceil;
use crate::pool::wait_outside;

/// Plonky3's Merkle trees, on a device: the same commitments, openings and proofs as `MerkleTreeMmcs`, whose verifier this is.
#[derive(Clone)]
pub struct HalMmcs<F: HalField> {
    context: Arc<HalContext<F>>,
    stock: StockMmcs<F>,
}

/// What was committed to: the matrices on the host, the tree on the device.
pub struct HalTree<F, M>(Kept<F, M>);

enum Kept<F, M> {
    Device { matrices: Vec<M>, tree: Tree<F> },
    Stock(MerkleTree<F, F, M, 2, DIGEST>),
}

impl<F: HalField> HalMmcs<F> {
    pub(super) fn new(context: Arc<HalContext<F>>, cap_height: usize) -> Self {
        Self {
            context,
            stock: stock_mmcs::<F>(cap_height),
        }
    }

    /// A tree on the device. A matrix that is, element by element, an extension which this thread made last is there already.
    fn plant<M: Matrix<F>>(&self, matrices: &[M]) -> Result<(Vec<Digest<F>>, Tree<F>), HalError> {
        let hal = self.context.hal();
        let mut kept = self.context.take_kept(thread::current().id());
        let buffers = matrices.iter().map(|matrix| {
            match kept.iter().position(|kept| same(matrix, &kept.host)) {
                Some(at) => Ok(kept.swap_remove(at).buffer),
                None => {
                    let copy = copy(matrix);
                    wait_outside(|| hal.upload(copy))
                }
            }
        });
        let buffers: Vec<_> = buffers.collect::<Result<_, _>>()?;
        wait_outside(|| {
            let tree = hal.commit(&buffers)?;
            let cap = hal.cap(&tree, self.stock.cap_height())?.wait()?;
            Ok((cap, tree))
        })
    }

    /// Siblings from the leaf's to the one below the cap.
    fn levels(&self, tree: &Tree<F>) -> usize {
        let layers = log_ceil(tree.height());
        layers - self.stock.cap_height().min(layers)
    }

    /// Rows that ascend and do not repeat.
    fn open<M: Matrix<F>>(
        &self,
        rows: &[usize],
        matrices: &[M],
        tree: &Tree<F>,
    ) -> Vec<Opening<F>> {
        let hal = self.context.hal();
        match wait_outside(|| hal.open_rows(tree, rows)?.wait()) {
            Ok(openings) => openings,
            Err(error) => {
                self.context.failed(error);
                let mmcs = stock_mmcs::<F>(0);
                let (_, stock) = mmcs.commit(matrices.iter().map(copy).collect());
                let open = |&row: &usize| {
                    let (rows, path) = mmcs.open_batch(row, &stock).unpack();
                    Opening { rows, path }
                };
                rows.iter().map(open).collect()
            }
        }
    }
}

impl<F: HalField> Mmcs<F> for HalMmcs<F> {
    type ProverData<M> = HalTree<F, M>;
    type Commitment = MerkleCap<F, Digest<F>>;
    type Proof = Vec<Digest<F>>;
    type MultiProof = PrunedMerklePaths<F, DIGEST>;
    type Error = MerkleTreeError;

    fn commit<M: Matrix<F>>(&self, inputs: Vec<M>) -> (Self::Commitment, Self::ProverData<M>) {
        // As Plonky3 names it.
        let _span = tracing::debug_span!("build merkle tree").entered();
        match self.plant(&inputs) {
            Ok((cap, tree)) => {
                let matrices = inputs;
                (
                    MerkleCap::new(cap),
                    HalTree(Kept::Device { matrices, tree }),
                )
            }
            Err(error) => {
                self.context.failed(error);
                let (cap, tree) = self.stock.commit(inputs);
                (cap, HalTree(Kept::Stock(tree)))
            }
        }
    }

    fn open_batch<M: Matrix<F>>(
        &self,
        index: usize,
        prover_data: &Self::ProverData<M>,
    ) -> BatchOpening<F, Self> {
        let (rows, path) = match &prover_data.0 {
            Kept::Stock(tree) => self.stock.open_batch(index, tree).unpack(),
            Kept::Device { matrices, tree } => {
                let mut openings = self.open(&[index], matrices, tree);
                let opening = openings.swap_remove(0);
                let mut path = opening.path;
                path.truncate(self.levels(tree));
                (opening.rows, path)
            }
        };
        BatchOpening::new(rows, path)
    }

    fn get_matrices<'a, M: Matrix<F>>(&self, prover_data: &'a Self::ProverData<M>) -> Vec<&'a M> {
        match &prover_data.0 {
            Kept::Device { matrices, .. } => matrices.iter().collect(),
            Kept::Stock(tree) => self.stock.get_matrices(tree),
        }
    }

    fn verify_batch(
        &self,
        commit: &Self::Commitment,
        dimensions: &[Dimensions],
        index: usize,
        batch_opening: BatchOpeningRef<'_, F, Self>,
    ) -> Result<(), Self::Error> {
        let (rows, path) = batch_opening.unpack();
        let opening = BatchOpeningRef::new(rows, path);
        self.stock.verify_batch(commit, dimensions, index, opening)
    }

    fn open_multi_batch<M: Matrix<F>>(
        &self,
        indices: &[usize],
        prover_data: &Self::ProverData<M>,
    ) -> (Vec<Vec<Vec<F>>>, Self::MultiProof) {
        let (matrices, tree) = match &prover_data.0 {
            Kept::Stock(tree) => return self.stock.open_multi_batch(indices, tree),
            Kept::Device { matrices, tree } => (matrices, tree),
        };
        let mut rows = indices.to_vec();
        rows.sort_unstable();
        rows.dedup();
        let openings = self.open(&rows, matrices, tree);
        let opened = indices.iter().map(|index| {
            // Every index is one of the rows.
            let at = rows.partition_point(|row| row < index);
            openings[at].rows.clone()
        });
        let opened = opened.collect();
        let sibling_hashes = prune(&rows, &openings, self.levels(tree));
        (opened, PrunedMerklePaths { sibling_hashes })
    }

    fn verify_multi_batch<R: AsRef<[F]> + PartialEq>(
        &self,
        commit: &Self::Commitment,
        dimensions: &[Dimensions],
        indices: &[usize],
        opened_values: &[Vec<R>],
        proof: &Self::MultiProof,
    ) -> Result<(), Self::Error> {
        self.stock
            .verify_multi_batch(commit, dimensions, indices, opened_values, proof)
    }
}
