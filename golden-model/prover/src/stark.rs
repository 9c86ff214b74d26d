//! Plonky3's prover over any transform and any Merkle tree: where an accelerator plugs in underneath.

use std::fmt::Debug;

use assay_circuit::Felt;
use assay_hal::HalError;
use assay_verifier::{
    Digest, Parameters,
    config::{self, Challenge, Commitment, Pcs},
};
use p3_air::{Air, DebugConstraintBuilder};
use p3_batch_stark::{
    ProverData, StarkInstance, folder::ProverConstraintFolderWithLookups, prove_batch,
};
use p3_commit::Mmcs;
use p3_dft::TwoAdicSubgroupDft;
use p3_lookup::InteractionSymbolicBuilder;
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::StarkConfig;

use crate::grind::Grinder;

/// The configuration that proves.
pub(crate) type ProverConfig<Dft, M> = StarkConfig<Pcs<Dft, M>, Challenge, Grinder>;

/// A prover for tables whose fixed columns are committed to.
pub trait Engine: Send + Sync {
    /// The commitment to the columns that the key fixes; `None` if there are none.
    fn commitment(&self) -> Option<Digest>;

    /// Proves traces, in the order of the tables: the encoding of a stock `BatchProof`, the same bytes on every run.
    ///
    /// # Errors
    /// [`StarkError`] if the tables cannot be proved.
    fn prove(
        &self,
        traces: &[RowMajorMatrix<Felt>],
        public: &[Vec<Felt>],
    ) -> Result<Vec<u8>, StarkError>;

    /// How many times the memory of Plonky3's own prover a proof takes at most.
    fn memory(&self) -> u64 {
        1
    }
}

/// Tables that cannot be proved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StarkError {
    /// Plonky3 refuses.
    #[error("the proof system refuses: {0}")]
    Refused(String),
    /// There are more or fewer traces than tables.
    #[error("{found} traces for {expected} tables")]
    Count {
        /// How many tables there are.
        expected: usize,
        /// How many traces.
        found: usize,
    },
    /// No device did what the proof needs, or one did it wrong.
    #[error(transparent)]
    Device(#[from] HalError),
    /// The proof cannot be written.
    #[error("the proof cannot be encoded: {0}")]
    Encode(#[from] postcard::Error),
}

/// Plonky3's batch prover over a transform, a Merkle tree and a list of tables.
pub struct Stark<Dft, M, A>
where
    Dft: TwoAdicSubgroupDft<Felt>,
    M: Mmcs<Felt, Commitment = Commitment, MultiProof: Sync, Error: Sync>,
{
    config: ProverConfig<Dft, M>,
    airs: Vec<A>,
    data: ProverData<ProverConfig<Dft, M>>,
}

impl<Dft, M, A> Stark<Dft, M, A>
where
    Dft: TwoAdicSubgroupDft<Felt>,
    M: Mmcs<Felt, Commitment = Commitment, MultiProof: Sync, Error: Sync>,
    A: Air<InteractionSymbolicBuilder<Felt, Challenge>>,
{
    /// Commits to the columns that the tables fix. `log_heights` matters for tables that have such columns.
    ///
    /// # Errors
    /// [`StarkError::Refused`] if a table cannot be proved.
    pub fn new(
        parameters: Parameters,
        dft: Dft,
        mmcs: M,
        airs: Vec<A>,
        log_heights: &[usize],
    ) -> Result<Self, StarkError> {
        let pcs = config::pcs(parameters, dft, mmcs);
        let challenger = Grinder(config::challenger(parameters));
        let config = config::stark(parameters, pcs, challenger);
        let data =
            ProverData::from_airs_and_degrees(&config, &airs, log_heights).map_err(refused)?;
        Ok(Self { config, airs, data })
    }
}

impl<Dft, M, A> Engine for Stark<Dft, M, A>
where
    Dft: TwoAdicSubgroupDft<Felt> + Send + Sync,
    M: Mmcs<Felt, Commitment = Commitment, MultiProof: Sync, Error: Sync> + Send + Sync,
    M::ProverData<RowMajorMatrix<Felt>>: Send + Sync,
    A: Air<InteractionSymbolicBuilder<Felt, Challenge>>
        + for<'a> Air<DebugConstraintBuilder<'a, Felt, Challenge>>
        + for<'a> Air<ProverConstraintFolderWithLookups<'a, ProverConfig<Dft, M>>>
        + Clone
        + Send
        + Sync,
{
    fn commitment(&self) -> Option<Digest> {
        let preprocessed = self.data.common.preprocessed.as_ref()?;
        preprocessed.commitment.roots().first().copied()
    }

    fn prove(
        &self,
        traces: &[RowMajorMatrix<Felt>],
        public: &[Vec<Felt>],
    ) -> Result<Vec<u8>, StarkError> {
        let expected = self.airs.len();
        for found in [traces.len(), public.len()] {
            if found != expected {
                return Err(StarkError::Count { expected, found });
            }
        }
        let traces: Vec<_> = traces.iter().collect();
        let instances = StarkInstance::new_multiple(&self.airs, &traces, public);
        let proof = prove_batch(&self.config, &instances, &self.data).map_err(refused)?;
        Ok(postcard::to_allocvec(&proof)?)
    }
}

fn refused(error: impl Debug) -> StarkError {
    StarkError::Refused(format!("{error:?}"))
}
