//! Plonky3's prover over devices.

use std::sync::Arc;

use assay_circuit::Felt;
use assay_hal::{Hal, HalContext, HalDft, HalMmcs};
use assay_verifier::{Digest, Parameters};
use p3_air::{Air, DebugConstraintBuilder};
use p3_batch_stark::folder::ProverConstraintFolderWithLookups;
use p3_lookup::InteractionSymbolicBuilder;
use p3_matrix::dense::RowMajorMatrix;

use assay_verifier::config::Challenge;

use crate::stark::{Engine, ProverConfig, Stark, StarkError};

/// Proofs of a segment that are begun before it is given up: a device that committed to something wrong is noticed when the proof is nearly
/// done, and is left out of the next.
const ATTEMPTS: usize = 2;
/// Memory that a proof takes at most, in units of what it takes without devices: columns and extensions are on the host, on their way, and, if
/// the device is one that keeps its memory in ours, there.
const MEMORY: u64 = 3;

/// The prover of a list of tables, whose transforms and trees are made by devices. Its proofs are those of [`Stark`] over Plonky3's own types.
pub struct HalStark<A> {
    context: Arc<HalContext<Felt>>,
    stark: Stark<HalDft<Felt>, HalMmcs<Felt>, A>,
}

impl<A: Air<InteractionSymbolicBuilder<Felt, Challenge>>> HalStark<A> {
    /// As [`Stark::new`].
    ///
    /// # Errors
    /// [`StarkError`] if a table cannot be proved, or no device commits to the columns that the tables fix.
    pub fn new(
        parameters: Parameters,
        hal: Arc<dyn Hal<Felt>>,
        airs: Vec<A>,
        log_heights: &[usize],
    ) -> Result<Self, StarkError> {
        let context = HalContext::new(hal);
        let (dft, mmcs) = (context.dft(), context.mmcs(0));
        let stark = Stark::new(parameters, dft, mmcs, airs, log_heights)?;
        match context.error_after(0) {
            Some(error) => Err(error.into()),
            None => Ok(Self { context, stark }),
        }
    }
}

impl<A> Engine for HalStark<A>
where
    A: Air<InteractionSymbolicBuilder<Felt, Challenge>>
        + for<'a> Air<DebugConstraintBuilder<'a, Felt, Challenge>>
        + for<'a> Air<
            ProverConstraintFolderWithLookups<'a, ProverConfig<HalDft<Felt>, HalMmcs<Felt>>>,
        > + Clone
        + Send
        + Sync,
{
    fn commitment(&self) -> Option<Digest> {
        self.stark.commitment()
    }

    fn prove(
        &self,
        traces: &[RowMajorMatrix<Felt>],
        public: &[Vec<Felt>],
    ) -> Result<Vec<u8>, StarkError> {
        let mut first = None;
        for _ in 0..ATTEMPTS {
            // Errors of proofs that are made at the same time count for all of them: they are made once too often, never given out wrong.
            let before = self.context.failures();
            let proof = self.stark.prove(traces, public)?;
            let Some(error) = self.context.error_after(before) else {
                return Ok(proof);
            };
            tracing::warn!(%error, "the proof is lost");
            let refusal = error.is_refusal();
            first.get_or_insert(error);
            if refusal {
                break;
            }
        }
        Err(first.map_or_else(|| StarkError::Refused("no attempt".to_owned()), Into::into))
    }

    fn memory(&self) -> u64 {
        MEMORY
    }
}
