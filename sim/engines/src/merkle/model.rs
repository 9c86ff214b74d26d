//! The Merkle engines of this build.

use assay_engines::field::{FieldId, Products};
use assay_engines::merkle::Machine;
use assay_engines::poseidon2::Folding;

/// A `bench_merkle`, with its parameters as `build/models.rs` has them.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name in the build.
    pub name: &'static str,
    /// The twin's parameters.
    pub machine: Machine,
}

impl Model {
    /// A small one: of BabyBear the smallest, of KoalaBear one of several units, which writes no waves.
    ///
    /// # Panics
    /// If the units do not divide the rounds, which is a fault of this table.
    #[must_use]
    pub fn folded(field: FieldId) -> Self {
        let (name, products, full, partial, share, slots) = match field {
            FieldId::KoalaBear => ("merkle_koalabear", Products::Four, 2, 5, 1, 256),
            FieldId::BabyBear => ("merkle_babybear", Products::Three, 1, 1, 2, 64),
        };
        let folding =
            Folding::new(field, products, full, partial, share).expect("units divide rounds");
        Self {
            name,
            machine: Machine {
                folding,
                slots,
                out_depth: slots,
                read_depth: 64,
                write_depth: 64,
            },
        }
    }

    /// A permutation a cycle, in KoalaBear. It writes no waves.
    ///
    /// # Panics
    /// As [`Model::folded`].
    #[must_use]
    pub fn unrolled() -> Self {
        let folding =
            Folding::new(FieldId::KoalaBear, Products::Four, 8, 20, 1).expect("all units");
        Self {
            name: "merkle_unrolled",
            machine: Machine {
                folding,
                slots: 1024,
                out_depth: 1024,
                read_depth: 256,
                write_depth: 256,
            },
        }
    }
}
