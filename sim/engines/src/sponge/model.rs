//! The sponges of this build.

use assay_engines::field::{FieldId, Products};
use assay_engines::poseidon2::Folding;

/// A `bench_sponge`, with its parameters as `build/models.rs` has them.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name in the build.
    pub name: &'static str,
    /// Its core.
    pub folding: Folding,
    /// Rows in hand.
    pub slots: usize,
}

impl Model {
    /// As an ECP5 has it.
    ///
    /// # Panics
    /// If the units do not divide the rounds, which is a fault of this table.
    #[must_use]
    pub fn folded(field: FieldId) -> Self {
        let (name, share, slots) = match field {
            FieldId::KoalaBear => ("sponge_koalabear", 2, 32),
            FieldId::BabyBear => ("sponge_babybear", 4, 64),
        };
        Self {
            name,
            folding: Folding::new(field, Products::Three, 1, 1, share)
                .expect("units divide rounds"),
            slots,
        }
    }

    /// A permutation a cycle. It writes no waves.
    ///
    /// # Panics
    /// As [`Model::folded`].
    #[must_use]
    pub fn unrolled(field: FieldId) -> Self {
        let (name, products) = match field {
            FieldId::KoalaBear => ("sponge_koalabear_unrolled", Products::Three),
            FieldId::BabyBear => ("sponge_babybear_unrolled", Products::Four),
        };
        Self {
            name,
            folding: Folding::new(field, products, 8, field.partial_rounds(), 1)
                .expect("all units"),
            slots: 1024,
        }
    }
}
