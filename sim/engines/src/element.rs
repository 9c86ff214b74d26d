//! Random elements of a field.

use assay_engines::poseidon2::Poseidon2Field;

use crate::rng::Rng;

/// An element, edges more often than chance has them.
pub fn draw<F: Poseidon2Field>(rng: &mut Rng) -> F {
    let word = match rng.between(0, 9) {
        0 => 0,
        1 => 1,
        2 => F::ORDER_U32 - 1,
        _ => rng.between(0, F::ORDER_U32 - 1),
    };
    F::from_word(word).expect("below p")
}
