//! A segment: everything that is needed to replay one piece of a session alone.

mod check;
mod file;
mod state;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use assay_abi::{
    Po2, SegmentEnd,
    machine::{JOURNAL_COST, PAGE_IN_COST, PAGE_OUT_COST},
    stream,
};

use crate::{hash::Digest, image::Text, page::PageWords, tree::MultiProof};
pub use check::CheckError;
pub use file::{FORMAT_VERSION, MAGIC, SegmentError};
pub use state::{Exit, Roots, State};

/// One piece of a session, which replays without the others: on another machine, in any order.
///
/// What a segment says of itself is checked in three steps, each dearer than the one before: its bytes against their
/// checksum ([`Segment::from_bytes`]), its pages and digests against the roots ([`Segment::verify_paths`]), and its
/// instructions by replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Number in the session, from 0.
    pub index: u32,
    /// The limit of its cost.
    pub po2: Po2,
    /// The program's image digest.
    pub image_digest: Digest,
    /// The program's entry.
    pub entry: u32,
    /// The program's text, shared by the segments of a session in memory, stored in each file.
    pub text: Arc<Text>,
    /// The state before.
    pub pre: State,
    /// The state after.
    pub post: State,
    /// The pages outside the text that are touched, as they were before, by ascending number.
    pub pages: Vec<Page>,
    /// From `pages` and the text to the memory root before; absent if the session computed no roots.
    pub proof: Option<MultiProof>,
    /// The input words that are read, in order.
    pub input: Vec<u32>,
    /// Words in the session's whole input.
    pub input_len: u32,
    /// The words that are committed, in order.
    pub journal: Vec<u32>,
    /// How it closed.
    pub exit: Exit,
    /// Instructions retired.
    pub cycles: u32,
    /// Pages touched, those of the text and the register page among them.
    pub touched: u32,
    /// Pages dirtied, with the register page.
    pub dirtied: u32,
}

/// A page outside the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// Its number.
    pub number: u32,
    /// Its content.
    pub words: Box<PageWords>,
}

impl Page {
    fn numbered(&self) -> (u32, &PageWords) {
        (self.number, &self.words)
    }
}

impl Segment {
    /// The cost that the limit bounds. 64 bits: a segment that someone made up may claim anything.
    #[must_use]
    pub const fn cost(&self) -> u64 {
        self.cycles as u64
            + PAGE_IN_COST as u64 * self.touched as u64
            + PAGE_OUT_COST as u64 * self.dirtied as u64
            + JOURNAL_COST as u64 * self.journal.len() as u64
    }

    /// The content of a touched page or a page of the text before the segment; `None` for other pages.
    #[must_use]
    pub fn page(&self, number: u32) -> Option<&PageWords> {
        self.text.page(number).or_else(|| {
            let at = self.pages.binary_search_by_key(&number, |page| page.number);
            Some(&*self.pages[at.ok()?].words)
        })
    }

    /// All pages that the proof is about, with their content before, by ascending number.
    pub fn proof_pages(&self) -> impl Iterator<Item = (u32, &PageWords)> {
        let text = self.text.range();
        let split = self.pages.partition_point(|page| page.number < text.start);
        let (below, above) = self.pages.split_at(split);
        let below = below.iter().map(Page::numbered);
        below
            .chain(self.text.pages())
            .chain(above.iter().map(Page::numbered))
    }

    /// The trace stream's beat for this segment's end: a boundary if the session goes on, the end otherwise.
    #[must_use]
    pub fn end_beat(&self) -> SegmentEnd {
        SegmentEnd {
            kind: match self.exit {
                Exit::Running => stream::KIND_BOUNDARY,
                _ => stream::KIND_END,
            },
            status: self.exit.status().code(),
            cause: self.exit.cause_code(),
            po2: self.po2.get(),
            segment: self.index,
            cycles: self.cycles,
            touched: self.touched,
            dirtied: self.dirtied,
            journal_words: self.journal.len() as u32,
            input_words: self.input.len() as u32,
            // At most 2^22 in a segment that is right.
            cost: self.cost() as u32,
            pc: self.post.pc,
            exit_code: self.exit.exit_code(),
            journal_total: self.post.journal_len,
            input_total: self.post.input_cursor,
            order: self.post.order,
            reserved0: 0,
        }
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Page({:#x})", self.number)
    }
}
