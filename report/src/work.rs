//! What is done, and what it takes at least: elements, bytes, field multiplications.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::figure::Quantity;

/// Bytes of an element of a 31-bit field.
const ELEMENT: u64 = 4;
/// Bytes of a digest: eight elements.
const DIGEST: u64 = 8 * ELEMENT;
/// Elements that a permutation absorbs.
const RATE: u64 = 8;
/// Elements of a state.
const STATE: u64 = 16;
/// Multiplications of a permutation of KoalaBear: two for each x³, of 16 elements in 8 full rounds and of one in 20 partial ones. Its linear layers
/// add and halve.
const PERMUTATION: u64 = 2 * (8 * 16 + 20);

/// A sort of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Coefficients to values, all columns.
    Ntt,
    /// Values on a group to values on a coset of a larger one, all columns.
    Lde,
    /// Permutations of states.
    Poseidon2,
    /// A Merkle tree over rows.
    Merkle,
    /// Columns on the host to the root of the tree over their extension.
    Commit,
    /// A segment's proof.
    Segment,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Ntt,
        Self::Lde,
        Self::Poseidon2,
        Self::Merkle,
        Self::Commit,
        Self::Segment,
    ];

    /// As it is named on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ntt => "ntt",
            Self::Lde => "lde",
            Self::Poseidon2 => "poseidon2",
            Self::Merkle => "merkle",
            Self::Commit => "commit",
            Self::Segment => "segment",
        }
    }

    /// As a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ntt => "NTT",
            Self::Lde => "Low-degree extension",
            Self::Poseidon2 => "Poseidon2",
            Self::Merkle => "Merkle tree",
            Self::Commit => "Commitment",
            Self::Segment => "Segment proof",
        }
    }

    /// What is timed, in a sentence.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Self::Ntt => {
                "All columns of a matrix on the device from coefficients to values, which stay there."
            }
            Self::Lde => {
                "All columns of a matrix on the device from values on a group to values on a coset of one twice as large, which stay there."
            }
            Self::Poseidon2 => "Permutations of width 16, states on the device.",
            Self::Merkle => {
                "The tree over the rows of a matrix on the device; its root comes to the host."
            }
            Self::Commit => {
                "End to end: columns on the host go to the device, are extended, and the root of the tree over the extension comes back."
            }
            Self::Segment => {
                "A whole segment of the SHA-256 guest, from its record to the proof: witness, commitments, lookup argument, quotient, openings."
            }
        }
    }

    /// The rate that it is compared by.
    #[must_use]
    pub const fn rate(self) -> Quantity {
        match self {
            Self::Poseidon2 => Quantity::PermutationRate,
            Self::Segment => Quantity::GuestRate,
            _ => Quantity::ElementRate,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Work of some size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Work {
    /// [`Operation::Ntt`] of `2^log_height` rows.
    Ntt {
        /// Logarithm of the columns' length.
        log_height: u32,
        /// Columns.
        width: u32,
    },
    /// [`Operation::Lde`].
    Lde {
        /// Logarithm of the columns' length, before.
        log_height: u32,
        /// Columns.
        width: u32,
        /// Logarithm of the blow-up.
        added_bits: u32,
    },
    /// [`Operation::Poseidon2`].
    Poseidon2 {
        /// Logarithm of the number of states.
        log_states: u32,
    },
    /// [`Operation::Merkle`].
    Merkle {
        /// Logarithm of the rows.
        log_height: u32,
        /// Columns.
        width: u32,
    },
    /// [`Operation::Commit`].
    Commit {
        /// Logarithm of the columns' length, before.
        log_height: u32,
        /// Columns.
        width: u32,
        /// Logarithm of the blow-up.
        added_bits: u32,
    },
    /// [`Operation::Segment`].
    Segment {
        /// The segment holds `2^po2` cycles.
        po2: u32,
        /// How the proof is made.
        parameters: String,
    },
}

impl Work {
    /// Of which sort.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Ntt { .. } => Operation::Ntt,
            Self::Lde { .. } => Operation::Lde,
            Self::Poseidon2 { .. } => Operation::Poseidon2,
            Self::Merkle { .. } => Operation::Merkle,
            Self::Commit { .. } => Operation::Commit,
            Self::Segment { .. } => Operation::Segment,
        }
    }

    /// What its rate counts: elements of the result of a transform, permutations, elements that are hashed, elements that are committed to, cycles.
    #[must_use]
    pub const fn elements(&self) -> u64 {
        match *self {
            Self::Ntt { log_height, width }
            | Self::Merkle { log_height, width }
            | Self::Commit {
                log_height, width, ..
            } => (width as u64) << log_height,
            Self::Lde {
                log_height,
                width,
                added_bits,
            } => (width as u64) << (log_height + added_bits),
            Self::Poseidon2 { log_states } => 1 << log_states,
            Self::Segment { po2, .. } => 1 << po2,
        }
    }

    /// The fewest bytes that the device's memory has to give and take: input once, results once. `None` of a proof.
    #[must_use]
    pub const fn bytes(&self) -> Option<u64> {
        Some(match *self {
            Self::Ntt { .. } => 2 * ELEMENT * self.elements(),
            Self::Lde {
                log_height, width, ..
            } => ELEMENT * (((width as u64) << log_height) + self.elements()),
            Self::Poseidon2 { .. } => 2 * STATE * ELEMENT * self.elements(),
            Self::Merkle { log_height, .. } => ELEMENT * self.elements() + tree(log_height),
            Self::Commit {
                log_height,
                added_bits,
                ..
            } => {
                let extended = self.elements() << added_bits;
                ELEMENT * (self.elements() + extended) + tree(log_height + added_bits)
            }
            Self::Segment { .. } => return None,
        })
    }

    /// Field multiplications. `None` of a proof.
    #[must_use]
    pub const fn multiplications(&self) -> Option<u64> {
        Some(match *self {
            Self::Ntt { log_height, width } => width as u64 * transform(log_height),
            Self::Lde {
                log_height,
                width,
                added_bits,
            } => width as u64 * extension(log_height, added_bits),
            Self::Poseidon2 { log_states } => PERMUTATION << log_states,
            Self::Merkle { log_height, width } => hashing(log_height, width),
            Self::Commit {
                log_height,
                width,
                added_bits,
            } => {
                width as u64 * extension(log_height, added_bits)
                    + hashing(log_height + added_bits, width)
            }
            Self::Segment { .. } => return None,
        })
    }
}

/// Bytes of a tree's digests, each written once.
const fn tree(log_height: u32) -> u64 {
    DIGEST * ((2 << log_height) - 1)
}

/// Butterflies of a column, a multiplication each.
const fn transform(log_height: u32) -> u64 {
    ((log_height as u64) << log_height) / 2
}

/// Of a column: the inverse transform, and for each coset of the large group a scaling and a transform.
const fn extension(log_height: u32, added_bits: u32) -> u64 {
    transform(log_height) + ((transform(log_height) + (1 << log_height)) << added_bits)
}

/// Of a tree: the permutations of each row, and one a node.
const fn hashing(log_height: u32, width: u32) -> u64 {
    let rows = (width as u64).div_ceil(RATE) << log_height;
    PERMUTATION * (rows + (1 << log_height) - 1)
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ntt { log_height, width } | Self::Merkle { log_height, width } => {
                write!(f, "2^{log_height} × {width}")
            }
            Self::Lde {
                log_height,
                width,
                added_bits,
            }
            | Self::Commit {
                log_height,
                width,
                added_bits,
            } => write!(
                f,
                "2^{log_height} × {width}, blow-up {}",
                1_u64 << added_bits
            ),
            Self::Poseidon2 { log_states } => write!(f, "2^{log_states} states"),
            Self::Segment { po2, parameters } => write!(f, "2^{po2} cycles, {parameters}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transform_of_eight_points_multiplies_twelve_times_a_column() {
        let work = Work::Ntt {
            log_height: 3,
            width: 5,
        };
        assert_eq!(work.multiplications(), Some(5 * 12));
        assert_eq!(work.elements(), 40);
        assert_eq!(work.bytes(), Some(320));
    }

    #[test]
    fn an_extension_is_one_transform_back_and_a_scaled_one_for_each_coset() {
        let of = |added_bits| Work::Lde {
            log_height: 4,
            width: 3,
            added_bits,
        };
        let transform = 8 * 4;
        let (twice, four) = (of(1).multiplications(), of(2).multiplications());
        assert_eq!(twice, Some(3 * (3 * transform + 2 * 16)));
        assert_eq!(four, Some(3 * (5 * transform + 4 * 16)));
        assert_eq!(of(1).bytes(), Some(3 * 4 * (16 + 32)));
        assert_eq!(of(1).elements(), 3 * 32);
    }

    #[test]
    fn a_commitment_is_its_extension_and_the_tree_over_that() {
        let commit = Work::Commit {
            log_height: 6,
            width: 20,
            added_bits: 1,
        };
        let lde = Work::Lde {
            log_height: 6,
            width: 20,
            added_bits: 1,
        };
        let merkle = Work::Merkle {
            log_height: 7,
            width: 20,
        };
        let sum = |of: fn(&Work) -> Option<u64>| of(&lde).unwrap() + of(&merkle).unwrap();
        assert_eq!(commit.multiplications(), Some(sum(Work::multiplications)));
        // Rows are hashed as they are made: nobody has to read them again.
        assert_eq!(commit.bytes().unwrap() + 4 * 20 * 128, sum(Work::bytes));
        // Three permutations a row of 20, one a node.
        assert_eq!(merkle.multiplications(), Some(296 * (3 * 128 + 127)));
    }

    #[test]
    fn sizes_beyond_32_bits_are_counted() {
        let work = Work::Lde {
            log_height: 24,
            width: 2000,
            added_bits: 1,
        };
        assert_eq!(work.elements(), 2000 << 25);
        assert!(work.multiplications().unwrap() > u64::from(u32::MAX));
    }
}
