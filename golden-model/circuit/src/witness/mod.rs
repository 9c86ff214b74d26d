//! From a segment and its trace records to the columns of all tables.

mod memory;
#[cfg(test)]
mod tests;

use std::{sync::Arc, vec, vec::Vec};

use assay_abi::FaultCause;
use assay_executor::{Digest, Exit, Preflight, Roots, Segment};
use p3_air::BaseAir;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use crate::{
    Felt, align, bump,
    check::{Instance, Report, check},
    claim::{self, Claim, State},
    cpu, div,
    hash::{self, Siblings, SiblingsError},
    lut, mul,
    program::ProgramTable,
    shift, sys,
    table::{MIN_LOG_HEIGHT, airs},
};
pub(crate) use memory::{Memory, look_back, place_of};

/// A segment's columns.
#[derive(Clone, Debug)]
pub struct Witness {
    /// What they show.
    pub claim: Claim,
    /// One for each of [`Table::ALL`], in that order.
    pub traces: Vec<RowMajorMatrix<Felt>>,
}

impl Witness {
    /// Checks the witness without proving it: what a proof would show, and where it does not hold.
    #[must_use]
    pub fn check(&self, program: &Arc<ProgramTable>) -> Report {
        let airs = airs(Some(program));
        let fixed: Vec<_> = airs.iter().map(BaseAir::preprocessed_trace).collect();
        let public_values: Vec<_> = airs
            .iter()
            .map(|air| self.claim.public_values(air.table()))
            .collect();
        let instances: Vec<_> = airs
            .iter()
            .zip(&self.traces)
            .zip(fixed.iter().zip(&public_values))
            .map(|((air, main), (fixed, public_values))| Instance {
                name: air.table().name(),
                air,
                main,
                preprocessed: fixed.as_ref(),
                public_values,
            })
            .collect();
        check(&instances, Vec::new())
    }
}

/// A segment that has no witness.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// It ends in a fault.
    #[error(
        "the segment ends in a fault at pc {pc:#010x}, {cause}: a session that faults has no receipt"
    )]
    Fault {
        /// Why.
        cause: FaultCause,
        /// The instruction that faulted.
        pc: u32,
    },
    /// The session that made it computed no roots.
    #[error("the segment has no roots: its session was run without them")]
    NoRoots,
    /// Its pages have no paths to its roots.
    #[error(transparent)]
    Siblings(#[from] SiblingsError),
    /// A record is not what the machine does.
    #[error("the record of cycle {cycle} contradicts the segment or itself: {what}")]
    Record {
        /// Which record.
        cycle: u32,
        /// What about it.
        what: &'static str,
    },
}

/// The columns of a segment: a pure function of the segment and of its records, whoever made them.
///
/// # Errors
/// [`WitnessError::Fault`] if the segment ends in a fault, the others if it or the records are not what a session gives.
pub fn witness(
    segment: &Segment,
    rows: &Preflight,
    program: &Arc<ProgramTable>,
) -> Result<Witness, WitnessError> {
    let claim = claim_of(segment)?;
    let followed = memory::follow(
        &rows.records,
        program,
        &segment.pre.registers,
        &rows.pages,
        segment.pre.input_cursor,
    )?;
    let (instructions, asked) =
        cpu::generate(&rows.records, program, &followed.memory, segment.pre.pc)?;
    let cpu::Asked {
        mut counts,
        mut calls,
        mut carried,
    } = asked;
    carried.extend(followed.carried);
    let fetched = followed.fetched.into_iter().map(Felt::from_u32).collect();
    let least = MIN_LOG_HEIGHT;
    // Quotients and shifts ask for products.
    let div = div::generate(&mut calls, &mut counts, least);
    let shift = shift::generate(&mut calls, &mut counts, least);
    let mul = mul::generate(&calls, &mut counts, least);
    let align = align::generate(&calls, &mut counts, least);
    let sys = sys::generate(&followed.calls, segment.input_len, &mut counts, least);
    let bump = bump::generate(&carried, &mut counts, least);
    let ends = claim::generate(followed.input_time, followed.journal_time, least);
    let hash = hash::generate(&hash_input(segment, followed.memory)?, &mut counts, least);
    let traces = vec![
        instructions,
        RowMajorMatrix::new(fetched, 1),
        lut::generate(&counts),
        sys,
        bump,
        mul,
        div,
        shift,
        align,
        hash,
        ends,
    ];
    Ok(Witness { claim, traces })
}

fn hash_input(segment: &Segment, memory: Memory) -> Result<hash::Input, WitnessError> {
    let roots = segment.pre.roots.as_ref().ok_or(WitnessError::NoRoots)?;
    let pages: Vec<_> = memory.into_pages().collect();
    let numbers = pages.iter().map(|page| page.number);
    Ok(hash::Input {
        text: segment.text.range(),
        siblings: Siblings::of_segment(segment, numbers)?,
        pages,
        journal: segment.journal.clone(),
        journal_before: roots.journal,
    })
}

fn claim_of(segment: &Segment) -> Result<Claim, WitnessError> {
    let Segment { pre, post, .. } = segment;
    if let Exit::Faulted { cause } = segment.exit {
        let pc = post.pc;
        return Err(WitnessError::Fault { cause, pc });
    }
    let (Some(before), Some(after)) = (&pre.roots, &post.roots) else {
        return Err(WitnessError::NoRoots);
    };
    let felts = |digest: Digest| digest.elements().map(Felt::from_u32);
    let state = |pc, roots: &Roots| State {
        pc,
        root: felts(roots.root),
    };
    Ok(Claim {
        text: segment.text.range(),
        pre: state(pre.pc, before),
        post: state(post.pc, after),
        journal_pre: felts(before.journal),
        journal_post: felts(after.journal),
        journal_words: segment.journal.len() as u32,
        input_len: segment.input_len,
        input_pre: pre.input_cursor,
        input_post: post.input_cursor,
        exit: match segment.exit {
            Exit::Halted { exit_code } => Some(exit_code),
            _ => None,
        },
    })
}
