use assay_abi::machine::NUM_PAGES;

use super::{DEPTH, MemoryTree};
use crate::hash::{self, Digest};

/// The digests beside the paths of a set of pages: what a verifier needs to get from those pages to the root.
///
/// Order: level by level from the pages up, and from left to right on each; a node that follows from the pages
/// themselves is left out, so paths that meet share what lies above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiProof {
    pub(crate) siblings: Vec<Digest>,
}

/// A proof that does not fit the pages it is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A proof starts from at least one page.
    #[error("a proof without pages shows nothing")]
    NoPages,
    /// The pages are not in ascending order, or one is given twice.
    #[error("page {page} follows page {before}: pages must ascend")]
    Order {
        /// The page before.
        before: u32,
        /// The page that should be above it.
        page: u32,
    },
    /// The page number is beyond memory.
    #[error("no page {page} in a memory of {NUM_PAGES} pages")]
    NoSuchPage {
        /// The page.
        page: u32,
    },
    /// The proof has fewer or more digests than the paths of these pages need.
    #[error("the paths of these pages need {expected} digests, the proof has {found}")]
    Length {
        /// Digests needed.
        expected: usize,
        /// Digests there.
        found: usize,
    },
}

/// Calls `sibling(level, index)` for every node that the pages (ascending, no two equal) do not give, in proof order.
fn for_each_sibling(pages: &[u32], mut sibling: impl FnMut(usize, u32)) {
    let mut nodes = pages.to_vec();
    for level in 0..DEPTH {
        let mut parents = Vec::with_capacity(nodes.len());
        let mut rest = nodes.as_slice();
        while let Some((&node, others)) = rest.split_first() {
            rest = others;
            if others.first() == Some(&(node | 1)) && node & 1 == 0 {
                rest = &others[1..];
            } else {
                sibling(level, node ^ 1);
            }
            parents.push(node / 2);
        }
        nodes = parents;
    }
}

pub(super) fn prove(tree: &MemoryTree, pages: &[u32]) -> MultiProof {
    assert!(!pages.is_empty(), "a proof without pages shows nothing");
    let mut pages = pages.to_vec();
    pages.sort_unstable();
    pages.dedup();
    let mut siblings = Vec::new();
    for_each_sibling(&pages, |level, index| {
        siblings.push(tree.node(level, index))
    });
    MultiProof { siblings }
}

impl MultiProof {
    /// A proof of these digests, in the order that the type says.
    #[must_use]
    pub const fn from_siblings(siblings: Vec<Digest>) -> Self {
        Self { siblings }
    }

    /// The digests, in the order that the type says.
    #[must_use]
    pub fn siblings(&self) -> &[Digest] {
        &self.siblings
    }

    /// The memory root that follows from the digests of these pages, which must ascend. Given the contents of the pages
    /// before a segment it is the root before; given those after, it is the root after.
    ///
    /// # Errors
    /// [`ProofError`] if the pages do not ascend or the proof is not one for exactly these pages.
    pub fn root(&self, pages: &[(u32, Digest)]) -> Result<Digest, ProofError> {
        check_pages(pages)?;
        let numbers: Vec<u32> = pages.iter().map(|&(page, _)| page).collect();
        let mut expected = 0;
        for_each_sibling(&numbers, |_, _| expected += 1);
        if expected != self.siblings.len() {
            return Err(ProofError::Length {
                expected,
                found: self.siblings.len(),
            });
        }

        let mut siblings = self.siblings.iter().copied();
        let mut nodes = pages.to_vec();
        let mut children = Vec::with_capacity(nodes.len());
        for _ in 0..DEPTH {
            children.clear();
            let mut parents = Vec::with_capacity(nodes.len());
            let mut rest = nodes.as_slice();
            while let Some((&(node, digest), others)) = rest.split_first() {
                rest = others;
                let pair = match others.first() {
                    Some(&(right, right_digest)) if node & 1 == 0 && right == node | 1 => {
                        rest = &others[1..];
                        [digest, right_digest]
                    }
                    _ => {
                        // The count was checked above.
                        let sibling = siblings.next().unwrap_or(Digest::ZERO);
                        if node & 1 == 0 {
                            [digest, sibling]
                        } else {
                            [sibling, digest]
                        }
                    }
                };
                children.push(pair);
                parents.push(node / 2);
            }
            nodes = parents
                .into_iter()
                .zip(hash::compress_many(&children))
                .collect();
        }
        Ok(nodes[0].1)
    }
}

fn check_pages(pages: &[(u32, Digest)]) -> Result<(), ProofError> {
    let Some(&(last, _)) = pages.last() else {
        return Err(ProofError::NoPages);
    };
    if let Some(pair) = pages.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        return Err(ProofError::Order {
            before: pair[0].0,
            page: pair[1].0,
        });
    }
    if last >= NUM_PAGES {
        return Err(ProofError::NoSuchPage { page: last });
    }
    Ok(())
}
