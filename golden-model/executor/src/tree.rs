//! The memory's Merkle tree: 2^18 pages, default digests where nothing was written.
//!
//! Invariant: every stored node is `compress` of its two children, and a block that is not stored holds the digests of
//! memory that is all zero.

mod proof;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use assay_abi::machine::NUM_PAGES;

use crate::{
    hash::{self, Digest},
    page::{PageWords, ZERO_PAGE},
};
pub use proof::{MultiProof, ProofError};

/// Levels above the pages: a page's path has this many siblings.
pub const DEPTH: usize = NUM_PAGES.trailing_zeros() as usize;

/// Levels of a storage block: 126 nodes, which fill just under 4 KiB.
const BLOCK_LEVELS: usize = 6;
const BLOCK_NODES: usize = 2 << BLOCK_LEVELS;
const _: () = assert!(DEPTH.is_multiple_of(BLOCK_LEVELS));

/// The digest of a subtree of zero pages, by the level of its root: `DEFAULTS[0]` is the zero page's.
static DEFAULTS: LazyLock<[Digest; DEPTH + 1]> = LazyLock::new(|| {
    let mut digests = [hash::page(&ZERO_PAGE); DEPTH + 1];
    for level in 1..=DEPTH {
        digests[level] = hash::compress(digests[level - 1], digests[level - 1]);
    }
    digests
});

/// The digest of a subtree of zero pages of this height, 0 to [`DEPTH`].
///
/// # Panics
/// If `level` is above [`DEPTH`].
#[must_use]
pub fn default_digest(level: usize) -> Digest {
    DEFAULTS[level]
}

/// Six levels of a subtree without its root: of local level `l` (0 lowest), node `i` is at `2^(6 − l) + i`.
type Block = Box<[Digest; BLOCK_NODES]>;

/// The tree over all pages of memory; the register page is beside it, not in it.
///
/// Only blocks of 64 pages in which something was set are stored: 4 KiB each, 17 MiB if all of them are.
#[derive(Clone)]
pub struct MemoryTree {
    /// By layer, lowest first: layer `n` holds levels `6 n` to `6 n + 5`.
    layers: [Vec<Option<Block>>; DEPTH / BLOCK_LEVELS],
    root: Digest,
}

/// Where a node below the root is stored.
struct Place {
    layer: usize,
    block: usize,
    node: usize,
}

const fn place(level: usize, index: u32) -> Place {
    let local = level % BLOCK_LEVELS;
    let width = BLOCK_LEVELS - local;
    Place {
        layer: level / BLOCK_LEVELS,
        block: (index >> width) as usize,
        node: (1 << width) + (index as usize & ((1 << width) - 1)),
    }
}

impl Default for MemoryTree {
    fn default() -> Self {
        Self::empty()
    }
}

impl MemoryTree {
    /// The tree of memory that is all zero.
    #[must_use]
    pub fn empty() -> Self {
        let layers =
            std::array::from_fn(|layer| vec![None; 1 << (DEPTH - (layer + 1) * BLOCK_LEVELS)]);
        Self {
            layers,
            root: DEFAULTS[DEPTH],
        }
    }

    /// The tree of memory that holds these pages, and 0 elsewhere.
    ///
    /// # Panics
    /// As [`MemoryTree::update`].
    #[must_use]
    pub fn from_pages<'a>(pages: impl IntoIterator<Item = (u32, &'a PageWords)>) -> Self {
        let mut tree = Self::empty();
        // Zero pages have their digests already.
        let pages = pages.into_iter().filter(|(_, words)| **words != ZERO_PAGE);
        tree.update_pages(&pages.collect::<Vec<_>>());
        tree
    }

    /// The memory root.
    #[must_use]
    pub const fn root(&self) -> Digest {
        self.root
    }

    /// The node `index` from the left on a level, level 0 being the pages.
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn node(&self, level: usize, index: u32) -> Digest {
        assert!(
            level <= DEPTH && index < NUM_PAGES >> level,
            "no node {index} on level {level}"
        );
        if level == DEPTH {
            return self.root;
        }
        let place = place(level, index);
        match &self.layers[place.layer][place.block] {
            Some(block) => block[place.node],
            None => DEFAULTS[level],
        }
    }

    fn set(&mut self, level: usize, index: u32, digest: Digest) {
        if level == DEPTH {
            self.root = digest;
            return;
        }
        let place = place(level, index);
        let block = self.layers[place.layer][place.block].get_or_insert_with(|| {
            let lowest = place.layer * BLOCK_LEVELS;
            Box::new(std::array::from_fn(|node| match node.checked_ilog2() {
                // Nodes 0 and 1 are no nodes of the block.
                None | Some(0) => Digest::ZERO,
                Some(width) => DEFAULTS[lowest + BLOCK_LEVELS - width as usize],
            }))
        });
        block[place.node] = digest;
    }

    /// Replaces the digests of pages, in any order, and hashes every node above them once. Of a page that is given
    /// twice, the last digest counts.
    ///
    /// # Panics
    /// If a page number is 2^18 or above.
    pub fn update(&mut self, pages: &[(u32, Digest)]) {
        for &(page, digest) in pages {
            assert!(
                page < NUM_PAGES,
                "no page {page} in a memory of {NUM_PAGES}"
            );
            self.set(0, page, digest);
        }
        let mut nodes: Vec<u32> = pages.iter().map(|&(page, _)| page).collect();
        nodes.sort_unstable();
        let mut children = Vec::with_capacity(nodes.len());
        for level in 1..=DEPTH {
            nodes.iter_mut().for_each(|node| *node /= 2);
            nodes.dedup();
            children.clear();
            children.extend(nodes.iter().map(|&node| {
                [
                    self.node(level - 1, 2 * node),
                    self.node(level - 1, 2 * node + 1),
                ]
            }));
            for (&node, digest) in nodes.iter().zip(hash::compress_many(&children)) {
                self.set(level, node, digest);
            }
        }
    }

    /// Hashes pages side by side and replaces their digests.
    ///
    /// # Panics
    /// As [`MemoryTree::update`].
    pub fn update_pages(&mut self, pages: &[(u32, &PageWords)]) {
        let contents: Vec<&PageWords> = pages.iter().map(|&(_, words)| words).collect();
        let digests = hash::pages(&contents);
        let updates: Vec<_> = pages.iter().map(|&(page, _)| page).zip(digests).collect();
        self.update(&updates);
    }

    /// The digests that lead from these pages (any order, repetitions allowed) to the root.
    ///
    /// # Panics
    /// If a page number is 2^18 or above, or there is no page.
    #[must_use]
    pub fn prove(&self, pages: &[u32]) -> MultiProof {
        proof::prove(self, pages)
    }

    /// Bytes of heap that the stored nodes take.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let slots: usize = self.layers.iter().map(Vec::len).sum();
        let blocks = self.layers.iter().flatten().flatten().count();
        slots * size_of::<Option<Block>>() + blocks * BLOCK_NODES * size_of::<Digest>()
    }
}

impl std::fmt::Debug for MemoryTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryTree")
            .field("root", &self.root)
            .field("heap_bytes", &self.heap_bytes())
            .finish()
    }
}
