use alloc::vec::Vec;
use core::fmt;

use assay_circuit::claim::Claim;
use p3_batch_stark::BatchProof;

use crate::config::Config;

/// A proof as Plonky3 has it.
pub type Proof = BatchProof<Config>;

/// A segment's claim and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// What is claimed.
    pub claim: Claim,
    /// The proof, encoded.
    pub proof: Vec<u8>,
}

/// Bytes that are no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// They cannot be read as one.
    Malformed,
    /// There is more after its end.
    Trailing {
        /// How much.
        bytes: usize,
    },
    /// They can be read as one, which has another encoding.
    NotCanonical,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the proof cannot be read"),
            Self::Trailing { bytes } => write!(f, "the proof is followed by {bytes} bytes"),
            Self::NotCanonical => f.write_str("the proof is not in canonical form"),
        }
    }
}

/// Reads a proof; exactly one encoding of each is accepted.
///
/// # Errors
/// [`SealError`].
pub fn decode_proof(bytes: &[u8]) -> Result<Proof, SealError> {
    let (proof, rest) =
        postcard::take_from_bytes::<Proof>(bytes).map_err(|_| SealError::Malformed)?;
    if !rest.is_empty() {
        return Err(SealError::Trailing { bytes: rest.len() });
    }
    // Lengths have several encodings; what is written has one.
    match postcard::to_allocvec(&proof) {
        Ok(again) if again == bytes => Ok(proof),
        _ => Err(SealError::NotCanonical),
    }
}
