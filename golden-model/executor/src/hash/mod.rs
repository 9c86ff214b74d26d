//! The machine's hashing: Poseidon2 of width 16 over KoalaBear with Plonky3's constants (`docs/machine.md`, "Roots").
//!
//! Each hash exists twice: scalar, one state at a time, which is the definition; and packed, as many states side by side
//! as the processor has lanes, which is what the executor uses. The tests hold them equal.

mod digest;
mod packed;
mod scalar;

pub use digest::{Digest, DigestError};
pub use packed::{LANES, compress_many, pages};
pub use scalar::{compress, image_digest, journal_step, page, permute, register_page, root};

#[cfg(test)]
mod tests;
