//! The hash table: pages come in and go out, the Merkle tree before and after, the journal's sponge. One permutation a row.

#[cfg(feature = "witness")]
mod input;

#[cfg(feature = "witness")]
pub use input::{Input, PageUse, Siblings, SiblingsError};
