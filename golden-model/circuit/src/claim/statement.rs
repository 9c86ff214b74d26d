use alloc::vec::Vec;
use core::{fmt, ops::Range};

use assay_abi::machine::{HALT_PC, MEM_BYTES, NUM_PAGES, PO2_MAX};
use p3_field::PrimeCharacteristicRing;

use crate::{Felt, hash::HashAir, table::Table};

/// The machine at one end of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Where execution goes on; `HALT_PC` after a halt.
    pub pc: u32,
    /// Root of memory and registers.
    pub root: [Felt; 8],
}

/// What the proof of a segment says: from `pre`, the program, with some input, comes to `post`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The pages of the program's text.
    pub text: Range<u32>,
    /// Before.
    pub pre: State,
    /// After.
    pub post: State,
    /// The journal's state before.
    pub journal_pre: [Felt; 8],
    /// The journal's state after.
    pub journal_post: [Felt; 8],
    /// Words that the segment commits.
    pub journal_words: u32,
    /// Words in the session's whole input.
    pub input_len: u32,
    /// Input words read before.
    pub input_pre: u32,
    /// Input words read after.
    pub input_post: u32,
    /// The exit code, if the segment halts.
    pub exit: Option<u32>,
}

/// A claim that no segment makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimError {
    /// The text's pages are not a range within memory.
    Text,
    /// A pc is neither an address within memory nor the one after a halt.
    Pc,
    /// The pc after the segment and the exit code contradict each other.
    Exit,
    /// The input cursor goes back, or beyond the input.
    Input,
    /// More words are committed than a segment has cycles.
    Journal,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "the text's pages are not a range within memory",
            Self::Pc => "a pc is neither an address within memory nor the one after a halt",
            Self::Exit => "the pc after the segment and the exit code contradict each other",
            Self::Input => "the input cursor goes back, or beyond the input",
            Self::Journal => "more words are committed than a segment has cycles",
        })
    }
}

impl core::error::Error for ClaimError {}

fn limbs(word: u32) -> [Felt; 2] {
    [word & 0xffff, word >> 16].map(Felt::from_u32)
}

impl Claim {
    /// Checks that the claim is one that a segment can make. Public values are field elements, so a verifier must ask this first:
    /// it makes [`Claim::public_values`] injective.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ClaimError> {
        let Range { start, end } = self.text;
        let pc = |pc: u32| pc < MEM_BYTES;
        let halted = self.post.pc == HALT_PC;
        if start >= end || end > NUM_PAGES {
            Err(ClaimError::Text)
        } else if !pc(self.pre.pc) || !pc(self.post.pc) {
            Err(ClaimError::Pc)
        } else if halted != self.exit.is_some() {
            Err(ClaimError::Exit)
        } else if self.input_pre > self.input_post || self.input_post > self.input_len {
            Err(ClaimError::Input)
        } else if self.journal_words >> PO2_MAX != 0 {
            Err(ClaimError::Journal)
        } else {
            Ok(())
        }
    }

    /// What the claim says to a table.
    #[must_use]
    pub fn public_values(&self, table: Table) -> Vec<Felt> {
        let mut values = Vec::new();
        match table {
            Table::Cpu => values.extend([self.pre.pc, self.post.pc].map(Felt::from_u32)),
            Table::Sys => values.extend(limbs(self.input_len)),
            Table::Hash => values.extend(HashAir::public_values(&self.text)),
            Table::Claim => {
                for digest in [
                    self.pre.root,
                    self.post.root,
                    self.journal_pre,
                    self.journal_post,
                ] {
                    values.extend(digest);
                }
                for word in [self.journal_words, self.input_pre, self.input_post] {
                    values.extend(limbs(word));
                }
                values.push(Felt::from_bool(self.exit.is_some()));
                values.extend(limbs(self.exit.unwrap_or(0)));
            }
            Table::Program
            | Table::Lut
            | Table::Bump
            | Table::Mul
            | Table::Div
            | Table::Shift
            | Table::Align => {}
        }
        values
    }
}
