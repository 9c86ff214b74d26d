use alloc::vec::Vec;
use core::fmt;

use assay_circuit::{
    Felt,
    claim::{Claim, ClaimError},
    table::Table,
};
use p3_batch_stark::verify_batch;

use crate::{
    chain::{self, ChainError},
    hash::{self, Digest},
    key::{ProgramError, VerifyingKey},
    parameters::Parameters,
    receipt::Receipt,
    seal::{Seal, SealError, decode_proof},
    shape::{self, HeightError},
    wire::DecodeError,
};

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The words that the guest committed.
    pub journal: Vec<u32>,
    /// x10 at the halt.
    pub exit_code: u32,
    /// Words in the guest's input, which itself stays unknown: there is an input with which the program does this.
    pub input_len: u32,
    /// How many segments there were.
    pub segments: usize,
    /// How it was proved.
    pub parameters: Parameters,
}

/// A receipt that proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The bytes are no receipt.
    Decode(DecodeError),
    /// The parameter set is none of those that are accepted.
    Parameters {
        /// The receipt's.
        found: Parameters,
    },
    /// There is no such program.
    Program(ProgramError),
    /// It is about another program.
    ImageId {
        /// What was asked for.
        expected: Digest,
        /// The receipt's.
        found: Digest,
    },
    /// The claims do not say that the program ran to its end.
    Chain(ChainError),
    /// A claim is one that no segment makes.
    Claim(ClaimError),
    /// A proof cannot be read.
    Seal {
        /// Number of the segment.
        segment: usize,
        /// What is wrong with it.
        error: SealError,
    },
    /// A proof's tables have heights that are not allowed.
    Height {
        /// Number of the segment.
        segment: usize,
        /// Which.
        error: HeightError,
    },
    /// A proof is wrong.
    Proof {
        /// Number of the segment.
        segment: usize,
        /// What Plonky3 says.
        reason: alloc::string::String,
    },
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => write!(f, "no receipt: {error}"),
            Self::Parameters { found } => {
                write!(
                    f,
                    "proved with the parameter set {found}, which is not accepted"
                )
            }
            Self::Program(error) => write!(f, "{error}"),
            Self::ImageId { expected, found } => write!(
                f,
                "the receipt is about image id {}, expected {}",
                hash::to_hex(found),
                hash::to_hex(expected)
            ),
            Self::Chain(error) => write!(f, "{error}"),
            Self::Claim(error) => write!(f, "{error}"),
            Self::Seal { segment, error } => write!(f, "segment {segment}: {error}"),
            Self::Height { segment, error } => write!(f, "segment {segment}: {error}"),
            Self::Proof { segment, reason } => {
                write!(f, "the proof of segment {segment} is wrong: {reason}")
            }
        }
    }
}

impl core::error::Error for VerifyError {}

/// Checks a receipt: that the program with this image id ran from its start to its end, on some input, and committed this journal.
///
/// # Errors
/// [`VerifyError`] says the first thing that is wrong. No receipt makes it panic.
pub fn verify(
    receipt: &Receipt,
    image_id: &Digest,
    accepted: &[Parameters],
) -> Result<Verified, VerifyError> {
    let parameters = receipt.parameters;
    if !accepted.contains(&parameters) {
        return Err(VerifyError::Parameters { found: parameters });
    }
    let program = &receipt.program;
    program.check().map_err(VerifyError::Program)?;
    let found = program.image_id();
    if found != *image_id {
        return Err(VerifyError::ImageId {
            expected: *image_id,
            found,
        });
    }
    // Cheap checks first.
    let exit_code = chain::check(receipt).map_err(VerifyError::Chain)?;
    let key = VerifyingKey::new(program.text.clone(), program.commitment, parameters)
        .map_err(VerifyError::Program)?;
    for (segment, seal) in receipt.seals.iter().enumerate() {
        verify_seal(&key, segment, seal)?;
    }
    Ok(Verified {
        journal: receipt.journal.clone(),
        exit_code,
        input_len: receipt.seals.first().map_or(0, |seal| seal.claim.input_len),
        segments: receipt.seals.len(),
        parameters,
    })
}

/// Checks one segment's proof of its claim; `segment` is its number, for errors.
///
/// # Errors
/// [`VerifyError`].
pub fn verify_seal(key: &VerifyingKey, segment: usize, seal: &Seal) -> Result<(), VerifyError> {
    let claim = &seal.claim;
    claim.check().map_err(VerifyError::Claim)?;
    if claim.text != key.text {
        return Err(VerifyError::Chain(ChainError::Text { segment }));
    }
    let proof = decode_proof(&seal.proof).map_err(|error| VerifyError::Seal { segment, error })?;
    shape::check(&proof.degree_bits, &claim.text)
        .map_err(|error| VerifyError::Height { segment, error })?;
    verify_batch(
        &key.config,
        &key.airs,
        &proof,
        &public_values(claim),
        &key.common,
    )
    .map_err(|error| VerifyError::Proof {
        segment,
        reason: alloc::format!("{error:?}"),
    })
}

/// The public values of all tables, in order.
#[must_use]
pub fn public_values(claim: &Claim) -> Vec<Vec<Felt>> {
    let values = |&table: &Table| claim.public_values(table);
    Table::ALL.iter().map(values).collect()
}
