//! Poseidon2 as `docs/machine.md` has it, in one row.

use core::ops::Range;

use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear, KOALABEAR_POSEIDON2_HALF_FULL_ROUNDS,
    KOALABEAR_POSEIDON2_PARTIAL_ROUNDS_16, KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_16_INTERNAL,
};
use p3_poseidon2_air::{Poseidon2Air, RoundConstants, num_cols};

use crate::Felt;

/// Elements of the state.
pub const STATE: usize = assay_abi::hash::WIDTH as usize;
/// Elements that a block overwrites, and that a digest has.
pub const RATE: usize = assay_abi::hash::RATE as usize;

const DEGREE: u64 = 3;
const FULL: usize = KOALABEAR_POSEIDON2_HALF_FULL_ROUNDS;
const PARTIAL: usize = KOALABEAR_POSEIDON2_PARTIAL_ROUNDS_16;

/// One permutation a row: the state before; after each of the first full rounds; element 0 after each partial round's cube; the state
/// after each of the last full rounds.
pub type Permutation =
    Poseidon2Air<Felt, GenericPoseidon2LinearLayersKoalaBear, STATE, DEGREE, 0, FULL, PARTIAL>;

/// Cells of a permutation.
pub const CELLS: usize = num_cols::<STATE, DEGREE, 0, FULL, PARTIAL>();
/// Where the state before stands.
pub const INPUT: Range<usize> = 0..STATE;
/// Where the state after stands.
pub const OUTPUT: Range<usize> = CELLS - STATE..CELLS;

/// The permutation's constraints, with Plonky3's constants.
pub const PERMUTATION: Permutation = Poseidon2Air::new(RoundConstants::new(
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
    KOALABEAR_POSEIDON2_RC_16_INTERNAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
));

/// The cells of permutations, as many side by side as the processor has lanes.
#[cfg(feature = "witness")]
pub mod cells {
    use core::array;

    use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
    use p3_poseidon2::GenericPoseidon2LinearLayers;

    use super::*;

    /// One element of several states.
    pub type Lanes = <Felt as Field>::Packing;
    /// How many.
    pub const LANES: usize = <Lanes as PackedValue>::WIDTH;

    type Layers = GenericPoseidon2LinearLayersKoalaBear;

    /// Permutes states and keeps what a row holds of it, in the order of the columns.
    #[must_use]
    pub fn permute(mut state: [Lanes; STATE]) -> [Lanes; CELLS] {
        let mut cells = [Lanes::ZERO; CELLS];
        let mut at = 0;
        let mut put = |values: &[Lanes]| {
            cells[at..at + values.len()].copy_from_slice(values);
            at += values.len();
        };
        put(&state);
        Layers::external_linear_layer(&mut state);
        let full = |state: &mut [Lanes; STATE], constants: &[Felt; STATE]| {
            *state = array::from_fn(|i| (state[i] + constants[i]).cube());
            Layers::external_linear_layer(state);
        };
        for constants in &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL {
            full(&mut state, constants);
            put(&state);
        }
        for &constant in &KOALABEAR_POSEIDON2_RC_16_INTERNAL {
            state[0] = (state[0] + constant).cube();
            put(&state[..1]);
            Layers::internal_linear_layer(&mut state);
        }
        for constants in &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL {
            full(&mut state, constants);
            put(&state);
        }
        assert_eq!(at, CELLS);
        cells
    }
}
