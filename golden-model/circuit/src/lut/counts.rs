//! How often each entry of the lookup table is asked for.

use alloc::{vec, vec::Vec};

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::{Asked, LOG_HEIGHT};
use crate::{Felt, bus::Tag};

/// Entries in the table, and so its height.
pub const ENTRIES: usize = 1 << LOG_HEIGHT;

/// The table's columns.
#[must_use]
pub fn generate(counts: &Counts) -> RowMajorMatrix<Felt> {
    let width = Asked::<Felt>::WIDTH;
    let mut matrix = RowMajorMatrix::new(Felt::zero_vec(width * ENTRIES), width);
    for (at, row) in matrix.values.chunks_exact_mut(width).enumerate() {
        let asked = Asked {
            range16: counts.range16[at],
            range: counts.range[at],
            and: counts.and[at],
            or: counts.or[at],
            xor: counts.xor[at],
            bytes: counts.bytes[at],
        };
        let mut cells = [0; Asked::<Felt>::WIDTH];
        asked.write(&mut cells);
        row.copy_from_slice(&cells.map(Felt::from_u32));
    }
    matrix
}

/// Multiplicities of the lookup table. Every lookup that a table's constraints make, its generation must count here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// `range(16, v)` at `v`.
    pub range16: Vec<u32>,
    /// `range(k, v)` with `k < 16` at `2^k + v`.
    pub range: Vec<u32>,
    /// `and(x, y)` at `x + 256 y`, and so the next three.
    pub and: Vec<u32>,
    /// `or(x, y)`.
    pub or: Vec<u32>,
    /// `xor(x, y)`.
    pub xor: Vec<u32>,
    /// `bytes(x, y)`.
    pub bytes: Vec<u32>,
}

impl Default for Counts {
    fn default() -> Self {
        let zeros = || vec![0; ENTRIES];
        Self {
            range16: zeros(),
            range: zeros(),
            and: zeros(),
            or: zeros(),
            xor: zeros(),
            bytes: zeros(),
        }
    }
}

impl Counts {
    /// Counts a lookup of `v < 2^16`.
    pub fn range16(&mut self, v: u16) {
        self.range16[usize::from(v)] += 1;
    }

    /// Counts a lookup of `v < 2^k`.
    ///
    /// # Panics
    /// If that is not so, or `k` is above 16: a witness that asks for it has no proof.
    pub fn range(&mut self, k: u32, v: u32) {
        assert!(k <= 16 && v >> k == 0, "{v} is not below 2^{k}");
        match k {
            16 => self.range16[v as usize] += 1,
            _ => self.range[(1 << k) + v as usize] += 1,
        }
    }

    /// Counts a bitwise lookup ([`Tag::And`], [`Tag::Or`], [`Tag::Xor`]) or one of two bytes ([`Tag::Bytes`]).
    ///
    /// # Panics
    /// If the tag is another.
    pub fn bytewise(&mut self, tag: Tag, x: u8, y: u8) {
        let counts = match tag {
            Tag::And => &mut self.and,
            Tag::Or => &mut self.or,
            Tag::Xor => &mut self.xor,
            Tag::Bytes => &mut self.bytes,
            _ => panic!("{tag:?} is no bytewise lookup"),
        };
        counts[usize::from(x) + 256 * usize::from(y)] += 1;
    }

    /// Adds what another part of the witness counted.
    pub fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.range16, &other.range16),
            (&mut self.range, &other.range),
            (&mut self.and, &other.and),
            (&mut self.or, &other.or),
            (&mut self.xor, &other.xor),
            (&mut self.bytes, &other.bytes),
        ];
        for (ours, theirs) in pairs {
            for (our, their) in ours.iter_mut().zip(theirs) {
                *our += their;
            }
        }
    }
}
