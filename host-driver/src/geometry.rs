//! Where things lie in card memory: panels, trees, openings. All sizes in bytes, all products checked.

use assay_abi::{Matrix, card::ALIGNMENT, hash};

/// Bytes of a field element.
pub const WORD: u64 = 4;
/// Bytes of a digest.
pub const DIGEST: u64 = hash::DIGEST_ELEMENTS as u64 * WORD;
/// Bytes of a Poseidon2 state.
pub const STATE: u64 = hash::WIDTH as u64 * WORD;
/// The most matrices of a tree.
pub const MAX_MATRICES: u32 = 64;
/// log2 of the rows of the tallest matrix of a tree.
pub const MAX_LOG_ROWS: u8 = 24;

/// `bytes`, filled up to the contract's alignment; `None` if that is no 64-bit number.
#[must_use]
pub fn aligned(bytes: u64) -> Option<u64> {
    bytes.checked_next_multiple_of(ALIGNMENT)
}

/// How a card with `lanes` words a cycle lays matrices out: panels of half as many columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panels {
    /// Columns of a panel.
    pub columns: u32,
}

impl Panels {
    /// Of a card with 2^`log_lanes` lanes, at least two.
    #[must_use]
    pub fn of(log_lanes: u32) -> Self {
        Self {
            columns: 1 << log_lanes.saturating_sub(1),
        }
    }

    /// Bytes of a matrix; `None` if that is no 64-bit number.
    #[must_use]
    pub fn matrix(self, columns: u32, log_rows: u8) -> Option<u64> {
        let panels = u64::from(columns.div_ceil(self.columns));
        let rows = 1_u64.checked_shl(u32::from(log_rows))?;
        panels
            .checked_mul(u64::from(self.columns) * WORD)?
            .checked_mul(rows)
    }

    /// Where the word of a row and a column lies in a matrix of 2^`log_rows` rows.
    #[must_use]
    pub fn word(self, row: u64, column: u32, log_rows: u8) -> u64 {
        let panel = u64::from(column / self.columns);
        let lane = u64::from(column % self.columns);
        (((panel << log_rows) + row) * u64::from(self.columns) + lane) * WORD
    }

    /// Copies the rows of a matrix, row by row, into panels. `columns` is not 0, `rows` has whole rows, `panels` as many words as [`Panels::matrix`] says.
    pub fn pack(self, columns: usize, rows: &[u32], panels: &mut [u32]) {
        let width = self.columns as usize;
        let height = rows.len() / columns;
        for (index, panel) in panels.chunks_mut(width * height).enumerate() {
            let first = index * width;
            let present = width.min(columns - first);
            for (to, from) in panel.chunks_mut(width).zip(rows.chunks(columns)) {
                to[..present].copy_from_slice(&from[first..first + present]);
                to[present..].fill(0);
            }
        }
    }

    /// The way back.
    pub fn unpack(self, columns: usize, panels: &[u32], rows: &mut [u32]) {
        let width = self.columns as usize;
        let height = rows.len() / columns;
        for (index, panel) in panels.chunks(width * height).enumerate() {
            let first = index * width;
            let present = width.min(columns - first);
            for (from, to) in panel.chunks(width).zip(rows.chunks_mut(columns)) {
                to[first..first + present].copy_from_slice(&from[..present]);
            }
        }
    }
}

/// Bytes of a tree over matrices of 2^`log_rows` rows, and of the scratch that it is made with.
#[must_use]
pub fn tree(log_rows: u8) -> u64 {
    DIGEST << (log_rows + 1)
}

/// Where digest `index` of a layer lies in a tree over 2^`log_rows` rows; layer 0 has the leaves.
#[must_use]
pub fn digest(log_rows: u8, layer: u8, index: u64) -> u64 {
    let below = (2_u64 << log_rows) - (2_u64 << (log_rows - layer));
    (below + index) * DIGEST
}

/// Bytes of an opening of one index: a row of each matrix, then the path.
#[must_use]
pub fn opening(matrices: &[Matrix]) -> Option<u64> {
    let log_rows = matrices.iter().map(|it| it.log_rows).max().unwrap_or(0);
    let rows = matrices.iter().try_fold(0_u64, |sum, it| {
        sum.checked_add(aligned(u64::from(it.columns) * WORD)?)
    })?;
    rows.checked_add(aligned(u64::from(log_rows) * DIGEST)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_and_rows_are_each_others_way_back() {
        for log_lanes in 1..=4 {
            let panels = Panels::of(log_lanes);
            for columns in [1_u32, 2, 3, 7, 8, 9, 17] {
                for log_rows in [0_u8, 1, 3] {
                    let height = 1 << log_rows;
                    let rows: Vec<u32> = (1..=height * columns).collect();
                    let bytes = panels.matrix(columns, log_rows).expect("small");
                    let mut packed = vec![u32::MAX; bytes as usize / 4];
                    panels.pack(columns as usize, &rows, &mut packed);
                    for row in 0..height {
                        for column in 0..columns {
                            let at = panels.word(u64::from(row), column, log_rows) as usize / 4;
                            assert_eq!(packed[at], rows[(row * columns + column) as usize]);
                        }
                    }
                    let others = packed.iter().filter(|&&word| word == 0).count();
                    assert_eq!(others, packed.len() - rows.len());
                    let mut back = vec![0; rows.len()];
                    panels.unpack(columns as usize, &packed, &mut back);
                    assert_eq!(back, rows);
                }
            }
        }
        assert_eq!(Panels::of(4).matrix(u32::MAX, 63), None);
    }

    #[test]
    fn layers_lie_behind_each_other_and_the_root_before_the_last_digest() {
        for log_rows in 0..=6 {
            let mut next = 0;
            for layer in 0..=log_rows {
                assert_eq!(digest(log_rows, layer, 0), next);
                next += (DIGEST << (log_rows - layer)).max(2 * DIGEST);
            }
            assert_eq!(next, tree(log_rows));
            let root = digest(log_rows, log_rows, 0);
            assert_eq!(root, ((2 << log_rows) - 2) * DIGEST);
        }
    }
}
