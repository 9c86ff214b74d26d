//! Whether the claims of a receipt, taken as true, say what the receipt says: that the program ran from its start to its end.

use core::fmt;

use assay_circuit::claim::{Claim, ClaimError, State};

use crate::{
    hash::{self, Digest, Permutation},
    receipt::Receipt,
};

/// A receipt whose claims do not chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainError {
    /// There is no segment.
    Empty,
    /// No segment makes this claim.
    Claim {
        /// Number of the segment.
        segment: usize,
        /// What is wrong with it.
        error: ClaimError,
    },
    /// A claim is about another text.
    Text {
        /// Number of the segment.
        segment: usize,
    },
    /// A segment does not start where the one before it ended, or the first not at the program's start.
    Start {
        /// Number of the segment.
        segment: usize,
        /// What differs.
        what: &'static str,
    },
    /// A segment that is not the last one halts.
    HaltInside {
        /// Number of the segment.
        segment: usize,
    },
    /// The last segment does not halt.
    NoHalt,
    /// The journal's words do not hash to what the segment claims.
    Journal {
        /// Number of the segment.
        segment: usize,
    },
    /// The journal has more words than the segments commit.
    JournalLength {
        /// Words that the segments commit.
        expected: usize,
        /// Words there.
        found: usize,
    },
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no segment"),
            Self::Claim { segment, error } => write!(f, "segment {segment}: {error}"),
            Self::Text { segment } => write!(f, "segment {segment} is about another text"),
            Self::Start { segment: 0, what } => {
                write!(
                    f,
                    "segment 0 does not start as the program does: {what} differs"
                )
            }
            Self::Start { segment, what } => write!(
                f,
                "segment {segment} does not start where the one before it ended: {what} differs"
            ),
            Self::HaltInside { segment } => {
                write!(f, "segment {segment} halts, and is not the last one")
            }
            Self::NoHalt => f.write_str("the last segment does not halt"),
            Self::Journal { segment } => write!(
                f,
                "the journal's words are not those that segment {segment} commits"
            ),
            Self::JournalLength { expected, found } => write!(
                f,
                "the journal has {found} words, the segments commit {expected}"
            ),
        }
    }
}

/// What must be the same at the end of one segment and the start of the next.
#[derive(Clone, Copy)]
struct Border {
    state: State,
    journal: Digest,
    input: u32,
}

/// Checks everything about the claims but their proofs; gives the exit code.
pub(crate) fn check(receipt: &Receipt) -> Result<u32, ChainError> {
    let program = &receipt.program;
    let permutation = hash::permutation();
    let mut words = &receipt.journal[..];
    let mut border = Border {
        state: State {
            pc: program.entry,
            root: program.root,
        },
        journal: hash::ZERO,
        input: 0,
    };
    let claims = || receipt.seals.iter().map(|seal| &seal.claim).enumerate();
    let (last, input_len) = match (receipt.seals.len().checked_sub(1), receipt.seals.first()) {
        (Some(last), Some(first)) => (last, first.claim.input_len),
        _ => return Err(ChainError::Empty),
    };
    let mut exit = None;
    for (segment, claim) in claims() {
        claim
            .check()
            .map_err(|error| ChainError::Claim { segment, error })?;
        if claim.text != program.text {
            return Err(ChainError::Text { segment });
        }
        if claim.input_len != input_len {
            let what = "the input's length";
            return Err(ChainError::Start { segment, what });
        }
        follows(&border, claim).map_err(|what| ChainError::Start { segment, what })?;
        match claim.exit {
            Some(_) if segment != last => return Err(ChainError::HaltInside { segment }),
            None if segment == last => return Err(ChainError::NoHalt),
            code => exit = code,
        }
        words = absorb(&permutation, claim, words).ok_or(ChainError::Journal { segment })?;
        border = Border {
            state: claim.post,
            journal: claim.journal_post,
            input: claim.input_post,
        };
    }
    if !words.is_empty() {
        let found = receipt.journal.len();
        let expected = found - words.len();
        return Err(ChainError::JournalLength { expected, found });
    }
    exit.ok_or(ChainError::NoHalt)
}

fn follows(border: &Border, claim: &Claim) -> Result<(), &'static str> {
    if claim.pre.pc != border.state.pc {
        Err("the pc")
    } else if claim.pre.root != border.state.root {
        Err("the root")
    } else if claim.journal_pre != border.journal {
        Err("the journal's state")
    } else if claim.input_pre != border.input {
        Err("the input cursor")
    } else {
        Ok(())
    }
}

/// Takes the words that a segment commits off the journal; `None` if they are not those that it claims.
fn absorb<'a>(permutation: &Permutation, claim: &Claim, words: &'a [u32]) -> Option<&'a [u32]> {
    let (own, rest) = words.split_at_checked(claim.journal_words as usize)?;
    let state = own.iter().fold(claim.journal_pre, |state, &word| {
        hash::journal_step(permutation, state, word)
    });
    (state == claim.journal_post).then_some(rest)
}
