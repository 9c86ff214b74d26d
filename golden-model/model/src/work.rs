//! What an operation takes of each part of a card.

use assay_engines::{ntt::Op, poseidon2::permutations};
use serde::Serialize;

use crate::engines::Engines;

/// Bytes of a field element.
const FELT: f64 = 4.0;
/// Bytes of a digest.
const DIGEST: f64 = 32.0;

/// A matrix, one column after the other of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Binary logarithm of its height.
    pub log_height: usize,
    /// Columns.
    pub width: usize,
}

impl Matrix {
    fn cells(&self) -> f64 {
        self.width as f64 * self.rows()
    }

    fn rows(&self) -> f64 {
        (1_u64 << self.log_height) as f64
    }

    fn extended(&self, log_blowup: usize) -> Self {
        Self {
            log_height: self.log_height + log_blowup,
            ..*self
        }
    }
}

/// An operation of the card.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "operation")]
pub enum Operation {
    /// A transform of every column.
    Ntt {
        /// In the card's memory.
        matrix: Matrix,
    },
    /// Low-degree extension of every column.
    Lde {
        /// In the card's memory.
        matrix: Matrix,
        /// Binary logarithm of the blow-up.
        log_blowup: usize,
    },
    /// One Merkle tree over matrices, shorter ones injected.
    Merkle {
        /// In the card's memory.
        matrices: Vec<Matrix>,
    },
    /// Extension and one tree over matrices that come from the host.
    Commit {
        /// In the host's memory, before extension.
        matrices: Vec<Matrix>,
        /// Binary logarithm of the blow-up.
        log_blowup: usize,
    },
}

/// Clock cycles of the engines and bytes that are moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Work {
    /// Clock cycles of the engines.
    pub cycles: f64,
    /// Bytes read from and written to the card's memory.
    pub memory_bytes: f64,
    /// Bytes over the link, in the direction that has more.
    pub pcie_bytes: f64,
}

impl Work {
    /// What an operation takes of such engines.
    #[must_use]
    pub fn new(operation: &Operation, engines: &Engines) -> Self {
        match operation {
            Operation::Ntt { matrix } => ntt(*matrix, engines),
            Operation::Lde { matrix, log_blowup } => lde(*matrix, *log_blowup, engines).0,
            Operation::Merkle { matrices } => {
                let hashing = Hashing::of(matrices);
                Self {
                    cycles: engines.hash_cycles(hashing.rows + hashing.nodes),
                    memory_bytes: hashing.row_bytes + hashing.digest_bytes,
                    pcie_bytes: DIGEST,
                }
            }
            Operation::Commit {
                matrices,
                log_blowup,
            } => commit(matrices, *log_blowup, engines),
        }
    }
}

fn ntt(matrix: Matrix, engines: &Engines) -> Work {
    let Matrix { log_height, width } = matrix;
    let (cycles, transfers) = if engines.on_chip(log_height) {
        (engines.on_chip_cycles(Op::Forward, log_height, width), 2.0)
    } else {
        (engines.pass_cycles(2.0, log_height, width), 4.0)
    };
    Work {
        cycles,
        memory_bytes: transfers * matrix.cells() * FELT,
        pcie_bytes: 0.0,
    }
}

/// What an extension takes, and the cycles of its last pass, which are among it.
fn lde(matrix: Matrix, log_blowup: usize, engines: &Engines) -> (Work, f64) {
    let Matrix { log_height, width } = matrix;
    let blowup = (1_u64 << log_blowup) as f64;
    let (cycles, last, transfers) = if engines.on_chip(log_height) {
        let cycles = engines.on_chip_cycles(Op::Lde { log_blowup }, log_height, width);
        // Of 1 + blow-up passes, those that give rows.
        (cycles, cycles * blowup / (1.0 + blowup), 1.0 + blowup)
    } else {
        // Over the strided digit and back; over the other, and out; over the strided digit again.
        let passes = |passes| engines.pass_cycles(passes, log_height, width);
        (
            passes(2.0 + 2.0 * blowup),
            passes(blowup),
            3.0 + 3.0 * blowup,
        )
    };
    let work = Work {
        cycles,
        memory_bytes: transfers * matrix.cells() * FELT,
        pcie_bytes: 0.0,
    };
    (work, last)
}

/// Permutations of a tree, and what they move.
struct Hashing {
    /// For rows.
    rows: f64,
    /// For nodes: of two children, and of a node with an injected row.
    nodes: f64,
    /// Of rows, read.
    row_bytes: f64,
    /// Of digests, written and read again.
    digest_bytes: f64,
}

impl Hashing {
    fn of(matrices: &[Matrix]) -> Self {
        let mut heights: Vec<_> = matrices.iter().map(|matrix| matrix.log_height).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.dedup();
        let mut it = Self {
            rows: 0.0,
            nodes: 0.0,
            row_bytes: 0.0,
            digest_bytes: 0.0,
        };
        for (place, &log_height) in heights.iter().enumerate() {
            let same = matrices
                .iter()
                .filter(|matrix| matrix.log_height == log_height);
            let width = same.map(|matrix| matrix.width).sum();
            let rows = (1_u64 << log_height) as f64;
            it.rows += rows * permutations(width) as f64;
            it.row_bytes += rows * width as f64 * FELT;
            // Written, and read for the level above or for the injection.
            it.digest_bytes += 2.0 * rows * DIGEST;
            if place == 0 {
                it.nodes += rows - 1.0;
                it.digest_bytes += 2.0 * (rows - 1.0) * DIGEST;
            } else {
                it.nodes += rows;
                it.digest_bytes += 2.0 * rows * DIGEST;
            }
        }
        it
    }
}

fn commit(matrices: &[Matrix], log_blowup: usize, engines: &Engines) -> Work {
    let mut work = Work::default();
    let mut last_passes = 0.0;
    for &matrix in matrices {
        let (extension, last) = lde(matrix, log_blowup, engines);
        work.cycles += extension.cycles;
        work.memory_bytes += extension.memory_bytes;
        work.pcie_bytes += matrix.cells() * FELT;
        last_passes += last;
    }
    let extended: Vec<_> = matrices.iter().map(|it| it.extended(log_blowup)).collect();
    let hashing = Hashing::of(&extended);
    let rows = engines.hash_cycles(hashing.rows);
    work.cycles += engines.hash_cycles(hashing.nodes);
    work.memory_bytes += hashing.digest_bytes;
    if engines.fused {
        // Rows are hashed while the last pass makes them, and need not be read again; they are written, because openings need them.
        work.cycles += (rows - last_passes).max(0.0);
    } else {
        work.cycles += rows;
        work.memory_bytes += hashing.row_bytes;
    }
    work
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINES: Engines = Engines::USUAL;

    fn matrix(log_height: usize, width: usize) -> Matrix {
        Matrix { log_height, width }
    }

    #[test]
    fn extension_in_memory_takes_six_passes_and_moves_nine_times_its_input() {
        let operation = Operation::Lde {
            matrix: matrix(20, 64),
            log_blowup: 1,
        };
        let work = Work::new(&operation, &ENGINES);
        let cells = f64::from(64 << 20);
        assert_eq!(work.cycles, 6.0 * cells / 16.0);
        assert_eq!(work.memory_bytes, 9.0 * cells * 4.0);
    }

    #[test]
    fn columns_that_do_not_fill_a_panel_cost_as_if_they_did() {
        let of = |width| {
            let operation = Operation::Ntt {
                matrix: matrix(20, width),
            };
            Work::new(&operation, &ENGINES).cycles
        };
        assert_eq!(of(1), of(8));
        assert_eq!(of(9), 2.0 * of(8));
    }

    #[test]
    fn on_chip_cycles_are_the_twins() {
        let operation = Operation::Ntt {
            matrix: matrix(12, 160),
        };
        let work = Work::new(&operation, &ENGINES);
        let ideal = f64::from(160 << 12) / 16.0;
        assert!(work.cycles > ideal && work.cycles < 1.3 * ideal);
        assert_eq!(work.memory_bytes, 2.0 * f64::from(160 << 12) * 4.0);
    }

    #[test]
    fn tree_of_one_matrix_hashes_each_row_and_each_node() {
        let operation = Operation::Merkle {
            matrices: vec![matrix(16, 16)],
        };
        let work = Work::new(&operation, &ENGINES);
        assert_eq!(work.cycles, f64::from((2 << 16) + (1 << 16) - 1));
    }

    #[test]
    fn injected_matrix_costs_its_rows_and_a_compression_each() {
        let both = Hashing::of(&[matrix(10, 8), matrix(6, 24)]);
        let tall = Hashing::of(&[matrix(10, 8)]);
        assert_eq!(both.rows - tall.rows, 3.0 * 64.0);
        assert_eq!(both.nodes - tall.nodes, 64.0);
    }

    #[test]
    fn fusion_hides_hashing_behind_the_last_pass_and_saves_its_reads() {
        let operation = Operation::Commit {
            matrices: vec![matrix(20, 64)],
            log_blowup: 1,
        };
        let apart = Work::new(&operation, &ENGINES);
        let fused = Engines {
            fused: true,
            ..ENGINES
        };
        let fused = Work::new(&operation, &fused);
        let extended = f64::from(64 << 21);
        assert_eq!(apart.memory_bytes - fused.memory_bytes, extended * 4.0);
        // Eight permutations a row of 64 columns, against eight beats of the pass a row pair: hashing is twice as long.
        assert_eq!(apart.cycles - fused.cycles, extended / 16.0);
        assert_eq!(apart.pcie_bytes, f64::from(64 << 20) * 4.0);
    }
}
