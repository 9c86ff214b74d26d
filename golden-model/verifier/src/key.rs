use alloc::{vec, vec::Vec};
use core::{fmt, ops::Range};

use assay_abi::{
    CONTRACT_HASH,
    machine::{NUM_PAGES, PAGE_LOG_BYTES},
};
use assay_circuit::{
    Felt,
    table::{MIN_LOG_HEIGHT, SegmentAir, Table, airs},
};
use p3_air::BaseAir;
use p3_batch_stark::{
    CommonData, ProverData,
    common::{GlobalPreprocessed, PreprocessedInstanceMeta},
};

use crate::{
    config::{Config, config},
    hash::{self, Digest},
    parameters::Parameters,
    shape::{self, MAX_LOG_HEIGHT},
};

/// What an image id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Byte address of the first instruction.
    pub entry: u32,
    /// The text's page numbers.
    pub text: Range<u32>,
    /// Root of the initial memory and registers.
    pub root: Digest,
    /// Commitment to the columns that the program fixes.
    pub commitment: Digest,
}

/// Parts that make no program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramError {
    /// The text is no range of pages inside memory, or longer than a table can be.
    Text,
    /// The entry is no multiple of 4 inside the text.
    Entry,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "the text is no range of pages in memory that a table can hold",
            Self::Entry => "the entry is no multiple of 4 inside the text",
        })
    }
}

impl Program {
    /// Checks that there can be such a program.
    ///
    /// # Errors
    /// [`ProgramError`].
    pub fn check(&self) -> Result<(), ProgramError> {
        check_text(&self.text)?;
        if !self.entry.is_multiple_of(4) || !self.text.contains(&(self.entry >> PAGE_LOG_BYTES)) {
            return Err(ProgramError::Entry);
        }
        Ok(())
    }

    /// The program as the machine sees it, under this release's contract.
    pub fn image_digest(&self) -> Digest {
        hash::image_digest(&CONTRACT_HASH, self.entry, &self.text, self.root)
    }

    /// What a receipt names it by.
    pub fn image_id(&self) -> Digest {
        hash::image_id(self.image_digest(), self.commitment)
    }
}

/// What proofs about a program are checked against: made from this crate's own tables, never read from a proof.
pub struct VerifyingKey {
    /// The proof system.
    pub config: Config,
    /// The tables, in order, without the columns that the program fixes.
    pub airs: Vec<SegmentAir>,
    /// Lookups, and the commitment to the columns that the program fixes.
    pub common: CommonData<Config>,
    /// The text's page numbers.
    pub text: Range<u32>,
}

impl VerifyingKey {
    /// The key for the proofs of a program with this text and this commitment.
    ///
    /// # Errors
    /// [`ProgramError::Text`] if there can be no such text.
    pub fn new(
        text: Range<u32>,
        commitment: Digest,
        parameters: Parameters,
    ) -> Result<Self, ProgramError> {
        check_text(&text)?;
        let config = config(parameters);
        let airs = airs(None);
        // The lookups' layout does not depend on heights.
        let heights = vec![MIN_LOG_HEIGHT; airs.len()];
        // Without columns to commit to, nothing can fail.
        let lookups = ProverData::from_airs_and_degrees(&config, &airs, &heights)
            .map_or_else(|_| Vec::new(), |data| data.common.lookups);
        let preprocessed = preprocessed(&airs, &text, commitment);
        Ok(Self {
            common: CommonData::new(Some(preprocessed), lookups),
            config,
            airs,
            text,
        })
    }
}

fn check_text(text: &Range<u32>) -> Result<(), ProgramError> {
    let possible = text.start < text.end
        && text.end <= NUM_PAGES
        && shape::program_log_height(text) <= MAX_LOG_HEIGHT;
    possible.then_some(()).ok_or(ProgramError::Text)
}

fn preprocessed(
    airs: &[SegmentAir],
    text: &Range<u32>,
    commitment: Digest,
) -> GlobalPreprocessed<Config> {
    let mut matrix_to_instance = Vec::new();
    let mut instances = Vec::with_capacity(airs.len());
    for (instance, (air, &table)) in airs.iter().zip(Table::ALL).enumerate() {
        let width = BaseAir::<Felt>::preprocessed_width(air);
        instances.push((width > 0).then(|| {
            let matrix_index = matrix_to_instance.len();
            matrix_to_instance.push(instance);
            PreprocessedInstanceMeta {
                matrix_index,
                width,
                degree_bits: *shape::log_heights(table, text).start(),
            }
        }));
    }
    GlobalPreprocessed {
        commitment: vec![commitment].into(),
        instances,
        matrix_to_instance,
    }
}
