//! Poseidon2 of width 16 as the engine of `rtl/poseidon2` computes it: Plonky3's permutation, sponge, compression and Merkle tree over
//! words of memory, the numbers that the RTL is generated from, and its cycles.

mod cycles;
mod package;
mod portions;

pub use cycles::{Folding, FoldingError};
pub use package::package;
pub use portions::{Portion, permutations, portions, portions_of};

use p3_baby_bear::BabyBear;
use p3_koala_bear::{KoalaBear, Poseidon2KoalaBear};
use p3_poseidon2::GenericPoseidon2LinearLayers;
use p3_symmetric::{
    CryptographicHasher, CryptographicPermutation, PaddingFreeSponge, Permutation,
    PseudoCompressionFunction, TruncatedPermutation,
};

use crate::field::EngineField;

/// Words of a state.
pub const WIDTH: usize = 16;
/// Words that a chunk of input overwrites.
pub const RATE: usize = 8;
/// Words of a digest.
pub const DIGEST: usize = 8;
/// Full rounds of every field.
pub const FULL_ROUNDS: usize = 8;
/// Partial rounds of the field that has most.
pub const PARTIAL_ROUNDS_MOST: usize = 20;

/// The constants of a field's permutation.
pub struct Parameters<F> {
    /// Of the full rounds, both halves.
    pub full: Vec<[F; WIDTH]>,
    /// Of the partial rounds.
    pub partial: Vec<F>,
    /// The exponent of the S-box.
    pub degree: u64,
}

/// An entry of the internal layer's diagonal: ± `factor` / 2^`shift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagonal {
    /// Whether it is subtracted.
    pub negative: bool,
    /// 1 to 4.
    pub factor: u32,
    /// 0 if the factor is not 1.
    pub shift: u32,
}

/// A field with Plonky3's default permutation of width 16.
pub trait Poseidon2Field: EngineField {
    /// Plonky3's permutation.
    type Permutation: CryptographicPermutation<[Self; WIDTH]>;

    /// The default one.
    fn permutation() -> Self::Permutation;

    /// Its constants.
    fn parameters() -> Parameters<Self>;

    /// One internal layer, x to (1 + diag(V)) x.
    fn internal_layer(state: &mut [Self; WIDTH]);

    /// V, by what the layer does to unit vectors.
    ///
    /// # Panics
    /// If an entry is no small multiple and no power of two.
    #[must_use]
    fn diagonal() -> [Diagonal; WIDTH] {
        std::array::from_fn(|lane| {
            let mut state = [Self::ZERO; WIDTH];
            state[lane] = Self::ONE;
            Self::internal_layer(&mut state);
            let entry = state[lane] - Self::ONE;
            let candidates = (2..=4)
                .map(|factor| (factor, 0))
                .chain((0..31).map(|shift| (1, shift)));
            candidates
                .flat_map(|(factor, shift)| {
                    [false, true].map(|negative| Diagonal {
                        negative,
                        factor,
                        shift,
                    })
                })
                .find(|it| {
                    let value =
                        Self::from_u32(it.factor) * Self::ONE.div_2exp_u64(u64::from(it.shift));
                    entry == if it.negative { -value } else { value }
                })
                .unwrap_or_else(|| panic!("entry {lane} of the diagonal is {entry}"))
        })
    }
}

impl Poseidon2Field for KoalaBear {
    type Permutation = Poseidon2KoalaBear<WIDTH>;

    fn permutation() -> Self::Permutation {
        p3_koala_bear::default_koalabear_poseidon2_16()
    }

    fn parameters() -> Parameters<Self> {
        Parameters {
            full: [
                p3_koala_bear::KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
                p3_koala_bear::KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
            ]
            .concat(),
            partial: p3_koala_bear::KOALABEAR_POSEIDON2_RC_16_INTERNAL.to_vec(),
            degree: p3_koala_bear::KOALABEAR_S_BOX_DEGREE,
        }
    }

    fn internal_layer(state: &mut [Self; WIDTH]) {
        p3_koala_bear::GenericPoseidon2LinearLayersKoalaBear::internal_linear_layer(state);
    }
}

impl Poseidon2Field for BabyBear {
    type Permutation = p3_baby_bear::Poseidon2BabyBear<WIDTH>;

    fn permutation() -> Self::Permutation {
        p3_baby_bear::default_babybear_poseidon2_16()
    }

    fn parameters() -> Parameters<Self> {
        Parameters {
            full: [
                p3_baby_bear::BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
                p3_baby_bear::BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
            ]
            .concat(),
            partial: p3_baby_bear::BABYBEAR_POSEIDON2_RC_16_INTERNAL.to_vec(),
            degree: p3_baby_bear::BABYBEAR_S_BOX_DEGREE,
        }
    }

    fn internal_layer(state: &mut [Self; WIDTH]) {
        p3_baby_bear::GenericPoseidon2LinearLayersBabyBear::internal_linear_layer(state);
    }
}

/// The permutation of a state.
#[must_use]
pub fn permute<F: Poseidon2Field>(state: [F; WIDTH]) -> [F; WIDTH] {
    F::permutation().permute(state)
}

/// The digest of a row, by the padding-free sponge.
#[must_use]
pub fn hash_row<F: Poseidon2Field>(row: &[F]) -> [F; DIGEST] {
    PaddingFreeSponge::<_, WIDTH, RATE, DIGEST>::new(F::permutation())
        .hash_iter(row.iter().copied())
}

/// The digest of two digests.
#[must_use]
pub fn compress<F: Poseidon2Field>(left: [F; DIGEST], right: [F; DIGEST]) -> [F; DIGEST] {
    TruncatedPermutation::<_, 2, DIGEST, WIDTH>::new(F::permutation()).compress([left, right])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_package_is_the_generated_one() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../rtl/generated/assay_poseidon2_pkg.sv");
        let committed = std::fs::read_to_string(path).expect("the package is committed");
        assert!(
            committed == package(),
            "run `cargo run -p assay-engines --example poseidon2_package`"
        );
    }

    fn numbers_are_those_of_the_contract<F: Poseidon2Field>(degree: u32, full: u32, partial: u32) {
        let parameters = F::parameters();
        assert_eq!(parameters.degree, u64::from(degree));
        assert_eq!(parameters.full.len(), full as usize);
        assert_eq!(parameters.partial.len(), partial as usize);
        assert_eq!(F::ID.degree(), degree as usize);
        assert_eq!(F::ID.partial_rounds(), partial as usize);
    }

    #[test]
    fn numbers_are_those_of_the_contract_in_both_fields() {
        use assay_abi::field_params::{babybear, koalabear};
        numbers_are_those_of_the_contract::<KoalaBear>(
            koalabear::POSEIDON2_DEGREE,
            koalabear::POSEIDON2_FULL_ROUNDS,
            koalabear::POSEIDON2_PARTIAL_ROUNDS,
        );
        numbers_are_those_of_the_contract::<BabyBear>(
            babybear::POSEIDON2_DEGREE,
            babybear::POSEIDON2_FULL_ROUNDS,
            babybear::POSEIDON2_PARTIAL_ROUNDS,
        );
    }
}
