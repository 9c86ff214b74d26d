//! Trees in card memory: the order of their matrices, and what their openings consist of.

use std::cmp::Reverse;

use assay_abi::Matrix as Entry;
use assay_driver::geometry::{WORD, aligned};
use assay_driver::{CardBuffer, MatrixList, Ticket};
use assay_hal::{DIGEST, Digest, Opening, Shape, log_ceil};

/// A tree, once its command has ended.
#[derive(Debug)]
pub struct Tree {
    pub list: MatrixList,
    /// Which matrix each entry of the list is.
    pub order: Vec<usize>,
    pub entries: Vec<Entry>,
    pub log_rows: u8,
    pub digests: CardBuffer,
    pub ticket: Ticket,
}

/// The order in which the card wants matrices: the tallest first, those of one height as they come.
pub fn order(shapes: &[Shape]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shapes.len()).collect();
    order.sort_by_key(|&i| Reverse(shapes[i].height));
    order
}

/// A matrix of this size in a list.
pub fn entry(shape: Shape) -> Entry {
    Entry {
        columns: shape.width as u32,
        log_rows: log_ceil(shape.height) as u8,
        ..Entry::default()
    }
}

/// Words that something of so many takes in an opening.
fn filled(words: usize) -> usize {
    // The words of one row, or of one path, are far from overflowing.
    aligned(words as u64 * WORD).map_or(0, |bytes| (bytes / WORD) as usize)
}

impl Tree {
    /// Words of the opening of one row.
    pub fn opening_words(&self) -> usize {
        let columns = self
            .entries
            .iter()
            .map(|entry| filled(entry.columns as usize));
        columns.sum::<usize>() + filled(usize::from(self.log_rows) * DIGEST)
    }

    /// Takes the opening of one row apart.
    pub fn opening<F: Copy>(&self, mut elements: &[F]) -> Opening<F> {
        let mut take = |count: usize| {
            let (taken, rest) = elements.split_at(filled(count));
            elements = rest;
            taken[..count].to_vec()
        };
        let mut rows = vec![Vec::new(); self.order.len()];
        for (&matrix, entry) in self.order.iter().zip(&self.entries) {
            rows[matrix] = take(entry.columns as usize);
        }
        let path = take(usize::from(self.log_rows) * DIGEST);
        let (path, _): (&[Digest<F>], _) = path.as_chunks();
        Opening {
            rows,
            path: path.to_vec(),
        }
    }
}
