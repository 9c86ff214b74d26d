//! The fields, and Plonky3's types over them that every device has to agree with.

use std::borrow::Borrow;
use std::sync::Arc;

use p3_baby_bear::{BabyBear, Poseidon2BabyBear, default_babybear_poseidon2_16};
use p3_field::extension::{BinomialExtensionField, BinomiallyExtendable};
use p3_field::{Field, PrimeField32, TwoAdicField};
use p3_koala_bear::{KoalaBear, Poseidon2KoalaBear, default_koalabear_poseidon2_16};
use p3_matrix::dense::{DenseMatrix, DenseStorage, RowMajorMatrix};
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{CryptographicPermutation, PaddingFreeSponge, TruncatedPermutation};

/// Elements of a Poseidon2 state.
pub const STATE: usize = 16;
/// Elements of a digest.
pub const DIGEST: usize = 8;

/// A 31-bit field of Plonky3, with its Poseidon2 of width 16.
pub trait HalField: PrimeField32 + TwoAdicField + BinomiallyExtendable<4> + Ord {
    /// Plonky3's permutation.
    type Permutation: CryptographicPermutation<[Self; STATE]>
        + CryptographicPermutation<[<Self as Field>::Packing; STATE]>
        + Send
        + Sync
        + 'static;
    /// How reports call it.
    const NAME: &'static str;

    /// The permutation with Plonky3's own constants. Making it takes a moment: keep it.
    fn permutation() -> Self::Permutation;
}

impl HalField for KoalaBear {
    type Permutation = Poseidon2KoalaBear<STATE>;
    const NAME: &'static str = "koalabear";

    fn permutation() -> Self::Permutation {
        default_koalabear_poseidon2_16()
    }
}

impl HalField for BabyBear {
    type Permutation = Poseidon2BabyBear<STATE>;
    const NAME: &'static str = "babybear";

    fn permutation() -> Self::Permutation {
        default_babybear_poseidon2_16()
    }
}

/// A node of a Merkle tree.
pub type Digest<F> = [F; DIGEST];
/// The extension in which results are checked at random points.
pub type Extension<F> = BinomialExtensionField<F, 4>;
/// Hashes rows.
pub type RowHash<F> = PaddingFreeSponge<<F as HalField>::Permutation, STATE, DIGEST, DIGEST>;
/// Hashes nodes.
pub type Compress<F> = TruncatedPermutation<<F as HalField>::Permutation, 2, DIGEST, STATE>;
/// Plonky3's Merkle tree.
pub type StockMmcs<F> = MerkleTreeMmcs<
    <F as Field>::Packing,
    <F as Field>::Packing,
    RowHash<F>,
    Compress<F>,
    2,
    DIGEST,
>;

/// Plonky3's Merkle tree with a cap of `2^cap_height` digests.
#[must_use]
pub fn stock_mmcs<F: HalField>(cap_height: usize) -> StockMmcs<F> {
    let permutation = F::permutation();
    StockMmcs::<F>::new(
        RowHash::<F>::new(permutation.clone()),
        Compress::<F>::new(permutation),
        cap_height,
    )
}

/// Elements that several hold at the same time.
#[derive(Clone, Debug)]
pub struct Shared<F>(Arc<Vec<F>>);

impl<F> Borrow<[F]> for Shared<F> {
    fn borrow(&self) -> &[F] {
        &self.0
    }
}

impl<F: Clone + Send + Sync> DenseStorage<F> for Shared<F> {
    fn to_vec(self) -> Vec<F> {
        Arc::unwrap_or_clone(self.0)
    }
}

/// A matrix on the host: row-major, elements as Plonky3 has them in memory, held by several without copies.
pub type HostMatrix<F> = DenseMatrix<F, Shared<F>>;

/// A matrix that several can hold.
///
/// # Panics
/// In debug builds if the rows are not all of the same width.
#[must_use]
pub fn share<F: Clone + Send + Sync>(matrix: RowMajorMatrix<F>) -> HostMatrix<F> {
    HostMatrix::new(Shared(Arc::new(matrix.values)), matrix.width)
}

/// All elements, row by row.
#[must_use]
pub fn elements<F>(matrix: &HostMatrix<F>) -> &[F] {
    matrix.values.borrow()
}
