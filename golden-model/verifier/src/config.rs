//! The proof system: Plonky3's own types, put together once.

use assay_abi::CONTRACT_HASH;
use assay_circuit::Felt;
use p3_challenger::{CanObserve, DuplexChallenger};
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2Dit;
use p3_field::{Field, PrimeCharacteristicRing, extension::BinomialExtensionField};
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{MerkleCap, PaddingFreeSponge, TruncatedPermutation};
use p3_uni_stark::StarkConfig;

use crate::{
    hash::{Permutation, contract_limbs, permutation},
    parameters::{LOG_BLOWUP, LOG_FINAL_POLY_LEN, MAX_LOG_ARITY, Parameters, Settings},
    receipt::FORMAT_VERSION,
};

type Packed = <Felt as Field>::Packing;

/// The field of the challenges.
pub type Challenge = BinomialExtensionField<Felt, 4>;
/// Hashes rows.
pub type RowHash = PaddingFreeSponge<Permutation, 16, 8, 8>;
/// Hashes nodes.
pub type Compress = TruncatedPermutation<Permutation, 2, 8, 16>;
/// Commits to matrices over the base field.
pub type ValueMmcs = MerkleTreeMmcs<Packed, Packed, RowHash, Compress, 2, 8>;
/// Commits to matrices over the challenges' field.
pub type ChallengeMmcs<M = ValueMmcs> = ExtensionMmcs<Felt, Challenge, M>;
/// What a commitment is.
pub type Commitment = MerkleCap<Felt, [Felt; 8]>;
/// The transcript.
pub type Challenger = DuplexChallenger<Felt, Permutation, 16, 8>;
/// The polynomial commitment scheme, over any transform and any Merkle tree.
pub type Pcs<Dft, M> = TwoAdicFriPcs<Felt, Dft, M, ChallengeMmcs<M>>;
/// The configuration that verifies.
pub type Config = StarkConfig<Pcs<Radix2Dit<Felt>, ValueMmcs>, Challenge, Challenger>;

/// The Merkle tree, as it comes.
#[must_use]
pub fn value_mmcs() -> ValueMmcs {
    let permutation = permutation();
    ValueMmcs::new(
        RowHash::new(permutation.clone()),
        Compress::new(permutation),
        0,
    )
}

/// The transcript at its start: it has seen what a proof must not be carried across.
#[must_use]
pub fn challenger(parameters: Parameters) -> Challenger {
    let mut challenger = Challenger::new(permutation());
    for element in contract_limbs(&CONTRACT_HASH) {
        challenger.observe(element);
    }
    challenger.observe(Felt::from_u32(FORMAT_VERSION));
    challenger.observe(Felt::from_u8(parameters.code()));
    challenger
}

/// The commitment scheme of a set.
#[must_use]
pub fn pcs<Dft, M: Clone>(parameters: Parameters, dft: Dft, mmcs: M) -> Pcs<Dft, M> {
    let Settings {
        queries,
        query_pow,
        batch_pow,
        commit_pow,
        lookup_pow: _,
        ood_pow: _,
    } = parameters.settings();
    let fri = FriParameters {
        log_blowup: LOG_BLOWUP,
        log_final_poly_len: LOG_FINAL_POLY_LEN,
        max_log_arity: MAX_LOG_ARITY,
        num_queries: queries,
        batch_proof_of_work_bits: batch_pow,
        commit_proof_of_work_bits: commit_pow,
        query_proof_of_work_bits: query_pow,
        mmcs: ChallengeMmcs::new(mmcs.clone()),
    };
    TwoAdicFriPcs::new(dft, mmcs, fri)
}

/// The configuration over a commitment scheme and a transcript.
#[must_use]
pub fn stark<P: Clone, C: Clone>(
    parameters: Parameters,
    pcs: P,
    challenger: C,
) -> StarkConfig<P, Challenge, C> {
    let Settings {
        lookup_pow,
        ood_pow,
        ..
    } = parameters.settings();
    StarkConfig::new(pcs, challenger)
        .with_lookup_proof_of_work_bits(lookup_pow)
        .with_ood_proof_of_work_bits(ood_pow)
}

/// The configuration that verifies proofs of a set.
#[must_use]
pub fn config(parameters: Parameters) -> Config {
    let pcs = pcs(parameters, Radix2Dit::default(), value_mmcs());
    stark(parameters, pcs, challenger(parameters))
}
