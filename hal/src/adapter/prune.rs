//! Many paths of one tree without what they share, as `p3-merkle-tree` sends them.

use crate::field::Digest;
use crate::handle::Opening;

/// The digests that a verifier who knows these rows cannot compute: layer by layer from the leaves on, and in a layer from left to right. `rows` ascend
/// and do not repeat; `levels` is the length of a path.
pub fn prune<F: Copy>(rows: &[usize], openings: &[Opening<F>], levels: usize) -> Vec<Digest<F>> {
    let mut digests = Vec::new();
    // A node that is known, and an opening below it.
    let mut nodes: Vec<(usize, usize)> = rows.iter().copied().zip(0..).collect();
    for level in 0..levels {
        let mut parents: Vec<(usize, usize)> = Vec::with_capacity(nodes.len());
        for &(node, opening) in &nodes {
            let known = |&(parent, _): &(usize, usize)| parent == node >> 1;
            if !parents.last().is_some_and(known) {
                parents.push((node >> 1, opening));
            }
        }
        let mut children = nodes.iter().peekable();
        while let Some(&(node, opening)) = children.next() {
            let sibling = node ^ 1;
            if children.next_if(|&&(next, _)| next == sibling).is_none() {
                digests.push(openings[opening].path[level]);
            }
        }
        nodes = parents;
    }
    digests
}
