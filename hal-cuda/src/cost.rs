//! What operations take of a device's memory and of its arithmetic, by what the kernels do.

use assay_hal::{DIGEST, Operation, Shape, log_ceil};

use crate::kernel::KernelField;
use crate::plan::{middle, split};
use crate::tree::layers;

/// Instructions of a permutation in the machine code for sm_90, its two loads and stores of a state left out: eight full rounds, partial rounds,
/// and what is around them.
const fn permutation(field: KernelField) -> u64 {
    match field {
        KernelField::KoalaBear => 8 * 317 + 20 * 149 + 378,
        KernelField::BabyBear => 8 * 445 + 13 * 157 + 378,
    }
}

/// Bytes that the passes of an operation read and write, each element once a pass.
pub fn traffic(operation: &Operation<'_>, tile: u32) -> Option<u64> {
    let node = 4 * DIGEST as u64;
    let passes = |shape: Shape| split(log_ceil(shape.height) as u32, tile).len() as u64;
    Some(match *operation {
        Operation::Dft(shape) | Operation::Idft(shape) => 2 * shape.bytes() * passes(shape),
        Operation::Lde { shape, added_bits } => {
            let log = log_ceil(shape.height) as u32;
            let outer = log - middle(log, added_bits as u32, tile);
            let others = if outer == 0 {
                0
            } else {
                split(outer, tile).len() as u64
            };
            let extended = shape.bytes() << added_bits;
            2 * shape.bytes() * others + shape.bytes() + extended + 2 * extended * others
        }
        Operation::Commit(shapes) => {
            let rows: u64 = shapes.iter().map(|shape| shape.bytes()).sum();
            let highest = shapes.iter().map(|shape| shape.height).max().unwrap_or(1);
            let layers = layers(highest);
            let nodes = layers.iter().map(|layer| layer.padded as u64);
            // All but the root are read again; so are digests that join at a layer.
            let joined: u64 = joining(shapes, highest).iter().sum();
            rows + node * (2 * nodes.sum::<u64>() - 1 + 2 * joined)
        }
        Operation::Permute(shape) => 2 * shape.bytes(),
        _ => return None,
    })
}

/// Instructions of an operation that consists of permutations.
pub fn instructions(operation: &Operation<'_>, field: KernelField) -> Option<u64> {
    let permutations = match *operation {
        Operation::Permute(shape) => shape.height as u64,
        Operation::Commit(shapes) => {
            let highest = shapes.iter().map(|shape| shape.height).max().unwrap_or(1);
            let layers = layers(highest);
            let width = |nodes: usize| {
                let there = shapes
                    .iter()
                    .filter(|shape| log_ceil(shape.height) == log_ceil(nodes));
                there.map(|shape| shape.width).sum::<usize>()
            };
            let rows = layers.iter().map(|layer| {
                let chunks = width(layer.nodes).div_ceil(DIGEST) as u64;
                layer.nodes as u64 * chunks
            });
            let nodes = layers[1..].iter().map(|layer| layer.nodes as u64);
            let joined: u64 = joining(shapes, highest).iter().sum();
            rows.sum::<u64>() + nodes.sum::<u64>() + joined
        }
        _ => return None,
    };
    Some(permutations * permutation(field))
}

/// Nodes at which lower matrices join, of each of their heights.
fn joining(shapes: &[Shape], highest: usize) -> Vec<u64> {
    let mut lower: Vec<u64> = shapes
        .iter()
        .filter(|shape| shape.height < highest)
        .map(|shape| shape.height as u64)
        .collect();
    lower.sort_unstable();
    lower.dedup();
    lower
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::LOG_POINTS;

    #[test]
    fn an_extension_counts_its_passes() {
        let shape = Shape::new(1 << 20, 200);
        let added_bits = 1;
        let lde = Operation::Lde { shape, added_bits };
        // Read and written: N and N; N and 2N; 2N and 2N.
        assert_eq!(traffic(&lde, LOG_POINTS), Some(9 * shape.bytes()));
        let small = Shape::new(1 << 10, 200);
        let lde = Operation::Lde {
            shape: small,
            added_bits,
        };
        assert_eq!(traffic(&lde, LOG_POINTS), Some(3 * small.bytes()));
        let dft = Operation::Dft(Shape::new(1 << 23, 1));
        assert_eq!(traffic(&dft, LOG_POINTS), Some((6 * 4) << 23));
    }

    #[test]
    fn a_tree_counts_its_permutations() {
        let shapes = [Shape::new(8, 9), Shape::new(8, 8), Shape::new(2, 1)];
        // Rows of 17 and of 1; nodes; nodes at which a row joins.
        let permutations = 8 * 3 + 2 + (4 + 2 + 1) + 2;
        let commit = Operation::Commit(&shapes);
        let each = permutation(KernelField::KoalaBear);
        assert_eq!(
            instructions(&commit, KernelField::KoalaBear),
            Some(permutations * each)
        );
        // 15 nodes written and 14 read, and two digests that join.
        assert_eq!(
            traffic(&commit, LOG_POINTS),
            Some(4 * (8 * 17 + 2) + 32 * (29 + 4))
        );
    }
}
