//! Trees: their layers, how they are made, and what is opened of them.

use std::sync::Arc;

use assay_hal::{DIGEST, Digest, HalError, HalField, Kind, Opening, Shape, log_ceil};

use crate::device::{Argument, Device, Grid};
use crate::engine::{Engine, at, flat, hashers};
use crate::kernel::Task;

/// Matrices that one launch hashes.
const MATRICES: usize = 4;
/// Flags of `kernels/hash.cuh`.
const CONTINUES: u32 = 1;
const ENDS: u32 = 2;
/// Logarithm of the nodes from which on one block makes all layers.
const LOG_TOP: u32 = 10;
const TOP_THREADS: u32 = 512;
const COPIERS: u32 = 256;

/// A tree on a device.
pub struct Tree<M> {
    pub digests: M,
    /// Nodes of each layer, from the leaves to the root, and at which digest it starts.
    pub layers: Vec<Layer>,
    pub matrices: Vec<(Arc<M>, Shape)>,
}

/// A layer: as many nodes as it has, filled up to an even number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    pub start: usize,
    pub nodes: usize,
    pub padded: usize,
}

/// The layers over so many rows.
pub fn layers(rows: usize) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let (mut start, mut nodes) = (0, rows);
    loop {
        let padded = if nodes == 1 {
            1
        } else {
            nodes.next_multiple_of(2)
        };
        layers.push(Layer {
            start,
            nodes,
            padded,
        });
        if nodes == 1 {
            return layers;
        }
        (start, nodes) = (start + padded, padded / 2);
    }
}

impl<M> Tree<M> {
    /// Words of the opening of one row.
    pub fn opening_words(&self) -> usize {
        let widths = self.matrices.iter().map(|(_, shape)| shape.width);
        widths.sum::<usize>() + (self.layers.len() - 1) * DIGEST
    }

    /// Takes the opening of one row apart.
    pub fn opening<F: Copy>(&self, mut elements: &[F]) -> Opening<F> {
        let rows = self.matrices.iter().map(|(_, shape)| {
            let (row, rest) = elements.split_at(shape.width);
            elements = rest;
            row.to_vec()
        });
        let rows = rows.collect();
        let (path, _): (&[Digest<F>], _) = elements.as_chunks();
        Opening {
            rows,
            path: path.to_vec(),
        }
    }
}

impl<F: HalField, D: Device> Engine<F, D> {
    /// The tree over matrices of heights that were checked.
    pub fn commit(
        &self,
        matrices: Vec<(Arc<D::Memory>, Shape)>,
    ) -> Result<Tree<D::Memory>, HalError> {
        let kind = Kind::Commit;
        let rows = matrices.iter().map(|(_, shape)| shape.height).max();
        let layers = layers(rows.unwrap_or(1));
        let nodes = layers.iter().map(|layer| layer.padded).sum::<usize>();
        let depth = layers.len() - 1;
        let at_layer = |layer: usize| {
            let of = |shape: &Shape| depth - log_ceil(shape.height) == layer;
            let there = matrices.iter().filter(move |(_, shape)| of(shape));
            there.collect::<Vec<_>>()
        };
        self.room(kind, (nodes * DIGEST) as u64)?;
        let digests = self.allocate(kind, nodes * DIGEST)?;
        self.hash_rows(&at_layer(0), layers[0], &digests)?;
        for (above, pair) in layers.windows(2).enumerate() {
            let [below, layer] = [pair[0], pair[1]];
            let lower = (above + 1..=depth).any(|layer| !at_layer(layer).is_empty());
            if !lower && below.nodes.is_power_of_two() && below.nodes <= 1 << LOG_TOP {
                self.top(&digests, below)?;
                break;
            }
            let joining = at_layer(above + 1);
            let joined = match joining.is_empty() {
                true => None,
                false => {
                    let alone = Layer {
                        start: 0,
                        padded: layer.nodes,
                        ..layer
                    };
                    let joined = self.allocate(kind, layer.nodes * DIGEST)?;
                    self.hash_rows(&joining, alone, &joined)?;
                    Some(joined)
                }
            };
            let arguments = [
                at(&digests, below.start * DIGEST),
                at(joined.as_ref().unwrap_or(&digests), 0),
                at(&digests, layer.start * DIGEST),
                Argument::U64(layer.nodes as u64),
                Argument::U64(layer.padded as u64),
                Argument::U32(joined.is_some().into()),
            ];
            let nodes = layer.padded as u64;
            self.launch(
                kind,
                Task::Compress,
                flat(nodes, hashers(nodes)),
                &arguments,
            )?;
        }
        Ok(Tree {
            digests,
            layers,
            matrices,
        })
    }

    /// The digests of the rows of matrices of one height.
    fn hash_rows(
        &self,
        matrices: &[&(Arc<D::Memory>, Shape)],
        layer: Layer,
        digests: &D::Memory,
    ) -> Result<(), HalError> {
        let kind = Kind::Commit;
        let groups = matrices.len().div_ceil(MATRICES);
        let carried = match groups {
            1 => None,
            _ => Some(self.allocate(kind, layer.nodes * 2 * DIGEST)?),
        };
        let mut absorbed = 0;
        for (i, group) in matrices.chunks(MATRICES).enumerate() {
            let mut arguments = Vec::with_capacity(14);
            for j in 0..MATRICES {
                let (matrix, width) = match group.get(j) {
                    Some((matrix, shape)) => (&**matrix, shape.width as u32),
                    None => (&*group[0].0, 0),
                };
                arguments.extend([at(matrix, 0), Argument::U32(width)]);
            }
            let first = if i > 0 { CONTINUES } else { 0 };
            let last = if i + 1 == groups { ENDS } else { 0 };
            arguments.extend([
                Argument::U64(layer.nodes as u64),
                Argument::U64(layer.padded as u64),
                Argument::U32(absorbed as u32),
                Argument::U32(first | last),
                at(carried.as_ref().unwrap_or(digests), 0),
                at(digests, layer.start * DIGEST),
            ]);
            let rows = layer.padded as u64;
            self.launch(kind, Task::HashRows, flat(rows, hashers(rows)), &arguments)?;
            let widths = group.iter().map(|(_, shape)| shape.width);
            absorbed = (absorbed + widths.sum::<usize>()) % DIGEST;
        }
        Ok(())
    }

    fn top(&self, digests: &D::Memory, layer: Layer) -> Result<(), HalError> {
        let log = layer.nodes.ilog2();
        let grid = Grid {
            blocks: [1; 3],
            threads: (layer.nodes as u32 / 2).clamp(32, TOP_THREADS),
            shared_bytes: (8 * 4) << log,
        };
        let arguments = [at(digests, layer.start * DIGEST), Argument::U32(log)];
        self.launch(Kind::Commit, Task::Top, grid, &arguments)
    }

    /// Collects the openings of rows, which there are.
    pub fn open(&self, tree: &Tree<D::Memory>, rows: &[usize]) -> Result<D::Memory, HalError> {
        let kind = Kind::Open;
        let depth = tree.layers.len() - 1;
        let starts = tree.layers[..depth].iter().map(|layer| layer.start as u32);
        let sent: Vec<u32> = starts.chain(rows.iter().map(|&row| row as u32)).collect();
        let stride = tree.opening_words();
        self.room(kind, (sent.len() + rows.len() * stride) as u64)?;
        let numbers = self.allocate(kind, sent.len())?;
        self.write(kind, &numbers, &sent)?;
        let opened = self.allocate(kind, rows.len() * stride)?;
        let mut offset = 0;
        let count = rows.len() as u64;
        for (matrix, shape) in &tree.matrices {
            let arguments = [
                at(&**matrix, 0),
                Argument::U32(shape.width as u32),
                at(&numbers, depth),
                Argument::U32(rows.len() as u32),
                Argument::U32((depth - log_ceil(shape.height)) as u32),
                at(&opened, offset),
                Argument::U32(stride as u32),
            ];
            let grid = flat(count * shape.width as u64, COPIERS);
            self.launch(kind, Task::GatherRows, grid, &arguments)?;
            offset += shape.width;
        }
        if depth > 0 {
            let arguments = [
                at(&tree.digests, 0),
                at(&numbers, 0),
                Argument::U32(depth as u32),
                at(&numbers, depth),
                Argument::U32(rows.len() as u32),
                at(&opened, offset),
                Argument::U32(stride as u32),
            ];
            let grid = flat(count * (depth * DIGEST) as u64, COPIERS);
            self.launch(kind, Task::GatherPaths, grid, &arguments)?;
        }
        Ok(opened)
    }
}
