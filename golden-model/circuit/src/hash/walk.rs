//! The nodes between the touched pages and the root.

use alloc::vec::Vec;

use assay_executor::{Digest, hash, tree::DEPTH};

use super::Siblings;
use crate::bus::REGISTER_PAGE;

/// A digest before the segment and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Before.
    pub before: Digest,
    /// After.
    pub after: Digest,
}

/// A child of a [`TreeNode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its digests.
    pub digest: Change,
    /// Whether a touched page lies at or below it.
    pub touched: bool,
}

/// A node with a touched page below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeNode {
    /// Its level, pages of memory at 0.
    pub level: u32,
    /// Its position there.
    pub index: u32,
    /// What it is the digest of, from left to right.
    pub children: [Child; 2],
}

/// The nodes above the touched pages, lowest first, the root last.
///
/// # Panics
/// If a sibling is missing: the witness has no proof then.
pub fn nodes(
    memory: impl IntoIterator<Item = (u32, Change)>,
    registers: Change,
    siblings: &Siblings,
) -> Vec<TreeNode> {
    let touched = |digest| Child {
        digest,
        touched: true,
    };
    let sibling = |level, index| {
        let digest = siblings
            .get(level, index)
            .unwrap_or_else(|| panic!("no digest of node {index:#x} at level {level}"));
        Child {
            digest: Change {
                before: digest,
                after: digest,
            },
            touched: false,
        }
    };
    let mut out = Vec::new();
    let mut row: Vec<(u32, Change)> = memory.into_iter().collect();
    row.sort_unstable_by_key(|&(index, _)| index);
    for level in 1..=DEPTH as u32 {
        let from = out.len();
        for pair in row.chunk_by(|(left, _), (right, _)| left / 2 == right / 2) {
            let index = pair[0].0 / 2;
            let children = [0, 1].map(|half| {
                let child = 2 * index + half;
                pair.iter()
                    .find(|&&(index, _)| index == child)
                    .map_or_else(|| sibling(level - 1, child), |&(_, digest)| touched(digest))
            });
            out.push(TreeNode {
                level,
                index,
                children,
            });
        }
        row = above(&out[from..]);
    }
    let memory = row
        .first()
        .map_or_else(|| sibling(DEPTH as u32, 0), |&(_, digest)| touched(digest));
    out.push(TreeNode {
        level: REGISTER_PAGE.0 + 1,
        index: 0,
        children: [memory, touched(registers)],
    });
    out
}

/// How many nodes there are above touched pages of memory (ascending).
pub fn count(mut pages: Vec<u32>) -> usize {
    let level = |_| {
        pages.iter_mut().for_each(|index| *index /= 2);
        pages.dedup();
        pages.len()
    };
    (0..DEPTH).map(level).sum::<usize>() + 1
}

/// Positions and digests of nodes.
fn above(nodes: &[TreeNode]) -> Vec<(u32, Change)> {
    let compress = |of: fn(&Change) -> Digest| {
        let pairs: Vec<[Digest; 2]> = nodes
            .iter()
            .map(|node| node.children.map(|child| of(&child.digest)))
            .collect();
        hash::compress_many(&pairs)
    };
    let before = compress(|digest| digest.before);
    let after = compress(|digest| digest.after);
    nodes
        .iter()
        .zip(before.into_iter().zip(after))
        .map(|(node, (before, after))| (node.index, Change { before, after }))
        .collect()
}
