//! The hash table: pages come in and go out, the Merkle tree before and after, the journal's sponge. One permutation a row.
//!
//! A page that a segment touches is 64 rows in which its words come in. If the segment dirties it, another 64 in which they go out;
//! a clean page takes them back in the rows in which it gave them. The tree's nodes are opened from the root before down to those pages
//! and put together again, up to the root after; what the segment leaves alone goes straight from the one to the other.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod generation;
#[cfg(feature = "witness")]
mod input;
mod permutation;
#[cfg(feature = "witness")]
mod walk;

pub use air::HashAir;
pub use columns::Hash;
#[cfg(feature = "witness")]
pub use generation::generate;
#[cfg(feature = "witness")]
pub use input::{Input, PageUse, Siblings, SiblingsError};

#[cfg(test)]
mod tests;
