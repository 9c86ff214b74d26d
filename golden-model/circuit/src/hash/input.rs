use alloc::{collections::BTreeMap, vec::Vec};
use core::ops::Range;

use assay_abi::machine::{NUM_PAGES, PAGE_WORDS};
use assay_executor::{
    Digest, PageWords, Segment, hash,
    tree::{DEPTH, ProofError},
};

/// What the hash table's witness follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The program's text, in page numbers.
    pub text: Range<u32>,
    /// The pages that the segment touches, by ascending number, the register page among them.
    pub pages: Vec<PageUse>,
    /// The digests beside their paths.
    pub siblings: Siblings,
    /// The words that the segment commits, in order.
    pub journal: Vec<u32>,
    /// The journal's state before.
    pub journal_before: Digest,
}

/// A page that a segment touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageUse {
    /// Its number; 2^18 is the register page.
    pub number: u32,
    /// Its content before.
    pub before: PageWords,
    /// Its content after, if it is dirtied. Pages of the text never are.
    pub after: Option<PageWords>,
    /// The time at which each block of four words comes in: below the first access of each of its words, by at most 2^16.
    pub init_time: [u32; PAGE_WORDS as usize / 4],
    /// The time of each word's last access; that of its block's coming in if there was none.
    pub final_time: [u32; PAGE_WORDS as usize],
}

/// The digests beside the paths of a set of pages of memory, by level and index.
///
/// A segment's own proof is about all pages of the text and all touched pages; the circuit opens the touched ones alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Siblings(BTreeMap<(u32, u32), Digest>);

/// A segment from which no siblings follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SiblingsError {
    /// The session computed no roots.
    #[error("the segment has no Merkle proof: run the session with roots")]
    NoProof,
    /// The segment's proof does not fit its pages.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A page is touched that the proof does not lead to.
    #[error("page {page:#x} is touched, and the segment's proof does not lead to it")]
    NotProven {
        /// The page.
        page: u32,
    },
}

impl Siblings {
    /// The digests beside the paths of `touched` (any order, the register page among them or not), from a segment's proof.
    ///
    /// # Errors
    /// [`SiblingsError`] if the segment has no proof, or none of these pages. The contents are not checked against the root: that is
    /// [`Segment::verify_paths`].
    pub fn of_segment(
        segment: &Segment,
        touched: impl IntoIterator<Item = u32>,
    ) -> Result<Self, SiblingsError> {
        let proof = segment.proof.as_ref().ok_or(SiblingsError::NoProof)?;
        let (numbers, contents): (Vec<u32>, Vec<&PageWords>) = segment.proof_pages().unzip();
        let leaves: Vec<(u32, Digest)> = numbers.into_iter().zip(hash::pages(&contents)).collect();
        // Checks the order of the pages and the length of the proof.
        proof.root(&leaves)?;
        let nodes = all_nodes(leaves, proof.siblings());
        let mut touched: Vec<u32> = touched
            .into_iter()
            .filter(|&page| page < NUM_PAGES)
            .collect();
        touched.sort_unstable();
        touched.dedup();
        if let Some(&page) = touched
            .iter()
            .find(|&&page| !nodes.contains_key(&(0, page)))
        {
            return Err(SiblingsError::NotProven { page });
        }
        let mut siblings = BTreeMap::new();
        for_each_sibling(&touched, |place| {
            siblings.insert(place, nodes[&place]);
        });
        Ok(Self(siblings))
    }

    /// Siblings from their places, level and index, pages of memory at level 0.
    #[must_use]
    pub const fn from_nodes(nodes: BTreeMap<(u32, u32), Digest>) -> Self {
        Self(nodes)
    }

    /// The sibling at a place.
    #[must_use]
    pub fn get(&self, level: u32, index: u32) -> Option<Digest> {
        self.0.get(&(level, index)).copied()
    }
}

/// Every node that follows from the leaves (ascending) and the proof, its siblings among them. The proof has the right length.
fn all_nodes(leaves: Vec<(u32, Digest)>, siblings: &[Digest]) -> BTreeMap<(u32, u32), Digest> {
    let mut siblings = siblings.iter();
    let mut nodes = BTreeMap::new();
    let mut row: BTreeMap<u32, Digest> = leaves.into_iter().collect();
    for level in 0..DEPTH as u32 {
        let missing: Vec<u32> = row
            .keys()
            .map(|index| index ^ 1)
            .filter(|sibling| !row.contains_key(sibling))
            .collect();
        row.extend(missing.into_iter().zip(siblings.by_ref().copied()));
        let pairs: Vec<[Digest; 2]> = row
            .values()
            .copied()
            .collect::<Vec<_>>()
            .as_chunks()
            .0
            .to_vec();
        let parents = row.keys().step_by(2).map(|index| index / 2);
        let above = parents.zip(hash::compress_many(&pairs)).collect();
        nodes.extend(
            row.into_iter()
                .map(|(index, digest)| ((level, index), digest)),
        );
        row = above;
    }
    nodes.extend(
        row.into_iter()
            .map(|(index, digest)| ((DEPTH as u32, index), digest)),
    );
    nodes
}

/// Calls with level and index of each node beside the paths of these pages (ascending, no two equal). Without pages that is the root of
/// memory, which stands beside the register page.
pub(super) fn for_each_sibling(pages: &[u32], mut sibling: impl FnMut((u32, u32))) {
    let mut row = pages.to_vec();
    for level in 0..DEPTH as u32 {
        for &index in &row {
            if row.binary_search(&(index ^ 1)).is_err() {
                sibling((level, index ^ 1));
            }
        }
        row.iter_mut().for_each(|index| *index /= 2);
        row.dedup();
    }
    if row.is_empty() {
        sibling((DEPTH as u32, 0));
    }
}
