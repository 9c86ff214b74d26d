//! Takes away what a failure does not need: delta debugging over the words of a program.

use std::collections::BTreeMap;

use super::subject::Subject;
use crate::encode::{self, ImmOp, Reg};

/// Words of a program in which every pair is tried.
const MOST_FOR_PAIRS: usize = 32;

/// Knows whether a program fails.
pub trait Oracle {
    /// Whether the program fails as the first one did.
    fn fails(&mut self, subject: &Subject) -> bool;

    /// What each instruction of the program wrote to its register when it was first executed, by its address. Instructions that wrote
    /// different values at different times are left out.
    fn values(&mut self, subject: &Subject) -> BTreeMap<u32, u32>;

    /// Whether there is no more time: the best so far is the result.
    fn is_over(&self) -> bool;
}

/// The smallest program that can be had from one that fails by taking away words, data and input, and by putting constants in the place
/// of what computed them.
pub fn reduce(mut subject: Subject, oracle: &mut dyn Oracle) -> Subject {
    loop {
        let before = (subject.len(), subject.data.len(), subject.input.len());
        subject = fewer_words(subject, oracle);
        subject = less_data(subject, oracle);
        subject = constants(subject, oracle);
        subject = fewer_pairs(subject, oracle);
        let after = (subject.len(), subject.data.len(), subject.input.len());
        if after == before || oracle.is_over() {
            return subject;
        }
    }
}

/// Takes out runs of words, long ones first.
fn fewer_words(mut subject: Subject, oracle: &mut dyn Oracle) -> Subject {
    let mut size = subject.len().div_ceil(2);
    loop {
        let mut smaller = false;
        // From the end: there is the failure, and what is behind it goes first.
        let mut end = subject.len();
        while end > 0 && !oracle.is_over() {
            let mut at = end.saturating_sub(size);
            // Not across the end of a block.
            let mut room = subject.rest_of_block(at);
            while at + room < end {
                at += room;
                room = subject.rest_of_block(at);
            }
            let count = end - at;
            let ways: &[bool] = if subject.has_holes() {
                &[false, true]
            } else {
                &[false]
            };
            let found = ways
                .iter()
                .filter_map(|&keep_behind| subject.without(at, count, keep_behind))
                .find(|candidate| oracle.fails(candidate));
            if let Some(found) = found {
                subject = found;
                smaller = true;
            }
            end = at.min(subject.len());
        }
        if oracle.is_over() || (size == 1 && !smaller) {
            return subject;
        }
        if size > 1 {
            size = size.div_ceil(2).min(subject.len().max(1));
        }
    }
}

/// Takes out two words that are not neighbours, where there are few: the step forward and the step back.
fn fewer_pairs(mut subject: Subject, oracle: &mut dyn Oracle) -> Subject {
    let mut first = 0;
    while subject.len() <= MOST_FOR_PAIRS && first + 1 < subject.len() && !oracle.is_over() {
        let found = (first + 1..subject.len())
            .filter_map(|second| subject.without(second, 1, false)?.without(first, 1, false))
            .find(|candidate| oracle.fails(candidate));
        match found {
            Some(found) => subject = found,
            None => first += 1,
        }
    }
    subject
}

/// Takes out pages of data, and input.
fn less_data(mut subject: Subject, oracle: &mut dyn Oracle) -> Subject {
    let mut attempt = |subject: &mut Subject, change: &dyn Fn(&mut Subject)| {
        let mut candidate = subject.clone();
        change(&mut candidate);
        let smaller = candidate != *subject && oracle.fails(&candidate);
        if smaller {
            *subject = candidate;
        }
        smaller
    };
    if !attempt(&mut subject, &|subject| subject.data.clear()) {
        for page in subject.data.keys().copied().collect::<Vec<_>>() {
            attempt(&mut subject, &|subject| {
                subject.data.remove(&page);
            });
        }
    }
    if !attempt(&mut subject, &|subject| subject.input.clear()) {
        while attempt(&mut subject, &|subject| {
            subject.input.truncate(subject.input.len() / 2);
        }) {}
    }
    subject
}

/// Puts constants in the place of what computed them, so that what they were computed from can go.
fn constants(mut subject: Subject, oracle: &mut dyn Oracle) -> Subject {
    let values = oracle.values(&subject);
    let known: Vec<(u32, u32)> = values.into_iter().collect();
    // From the end, so that the addresses in front stay what they are.
    for (address, value) in known.into_iter().rev() {
        let place =
            (0..subject.len()).find(|&at| subject.word(at).is_some_and(|(it, _)| it == address));
        let Some((at, (_, word))) = place.and_then(|at| Some((at, subject.word(at)?))) else {
            continue;
        };
        let short = constant(Reg::new((word >> 7 & 31) as u8), value);
        if short.contains(&word) || oracle.is_over() {
            continue;
        }
        if let Some(candidate) = subject.replaced(at, &short)
            && oracle.fails(&candidate)
        {
            subject = candidate;
        }
    }
    subject
}

/// The one or two words that load a constant.
fn constant(reg: Reg, value: u32) -> Vec<u32> {
    let low = (value as i32) << 20 >> 20;
    let upper = value.wrapping_sub(low as u32) >> 12;
    match (upper, low) {
        (0, low) => vec![encode::imm_op(ImmOp::Addi, reg, Reg::ZERO, low)],
        (upper, 0) => vec![encode::lui(reg, upper)],
        (upper, low) => vec![
            encode::lui(reg, upper),
            encode::imm_op(ImmOp::Addi, reg, reg, low),
        ],
    }
}
