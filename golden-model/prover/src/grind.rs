use assay_circuit::Felt;
use assay_verifier::config::{Challenger, Commitment};
use p3_challenger::{CanObserve, CanSample, CanSampleBits, FieldChallenger, GrindingChallenger};
use p3_field::{BasedVectorSpace, Field, PackedValue, PrimeCharacteristicRing, PrimeField32};
use p3_symmetric::Permutation;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

type Packed = <Felt as Field>::Packing;

const WIDTH: usize = 16;
const RATE: usize = 8;

/// Groups of candidates that are searched at once: enough to keep the processors busy, little enough not to be wasted.
const BLOCK: u32 = 1 << 12;

/// The stock transcript, except that grinding finds the **smallest** witness: Plonky3's parallel search takes whichever it meets first,
/// and then the same segment gives other bytes on every run.
#[derive(Clone, Debug)]
pub struct Grinder(pub Challenger);

impl GrindingChallenger for Grinder {
    type Witness = Felt;

    fn grind(&mut self, bits: usize) -> Felt {
        // As upstream: at zero difficulty the one canonical witness is 0, and the transcript stays as it is.
        if bits == 0 {
            return Felt::ZERO;
        }
        let witness = smallest_witness(&self.0, bits);
        let accepted = self.0.check_witness(bits, witness);
        assert!(accepted, "the search tests what the verifier tests");
        witness
    }

    fn check_witness(&mut self, bits: usize, witness: Felt) -> bool {
        self.0.check_witness(bits, witness)
    }
}

/// The smallest element that, observed, makes the next `bits` sampled bits 0.
///
/// # Panics
/// If there is none, which has the probability `(1 - 2^-bits)^p`.
fn smallest_witness(challenger: &Challenger, bits: usize) -> Felt {
    let absorbed = challenger.input_buffer.len();
    let mask = (1_u32 << bits) - 1;
    // The state that absorbing a candidate leads to, without the candidate: the sponge binds the number of elements absorbed.
    let mut state: [Packed; WIDTH] = std::array::from_fn(|i| match i {
        _ if i < absorbed => challenger.input_buffer[i].into(),
        _ if i < RATE => Packed::ZERO,
        _ => challenger.sponge_state[i].into(),
    });
    state[RATE] += Packed::from(Felt::from_usize(absorbed + 1));
    let lanes = Packed::WIDTH as u32;
    let find = |group: u32| {
        let first = group * lanes;
        let candidates = Packed::from_fn(|lane| Felt::from_u32(first + lane as u32));
        let mut state = state;
        state[absorbed] = candidates;
        challenger.permutation.permute_mut(&mut state);
        // Samples are taken from the end of the rate.
        let samples = state[RATE - 1];
        let hit = |sample: &Felt| sample.as_canonical_u32() & mask == 0;
        let lane = samples.as_slice().iter().position(hit)?;
        Some(candidates.as_slice()[lane])
    };
    let groups = Felt::ORDER_U32 / lanes;
    (0..groups)
        .step_by(BLOCK as usize)
        .find_map(|block| {
            (block..groups.min(block + BLOCK))
                .into_par_iter()
                .find_map_first(find)
        })
        .expect("some element of the field is a witness")
}

impl CanObserve<Felt> for Grinder {
    fn observe(&mut self, value: Felt) {
        self.0.observe(value);
    }
}

impl CanObserve<Commitment> for Grinder {
    fn observe(&mut self, value: Commitment) {
        self.0.observe(value);
    }
}

impl<E: BasedVectorSpace<Felt>> CanSample<E> for Grinder {
    fn sample(&mut self) -> E {
        self.0.sample()
    }
}

impl CanSampleBits<usize> for Grinder {
    fn sample_bits(&mut self, bits: usize) -> usize {
        self.0.sample_bits(bits)
    }
}

impl FieldChallenger<Felt> for Grinder {}

#[cfg(test)]
mod tests {
    use assay_verifier::{Parameters, config};

    use super::*;

    /// One at a time, as the verifier does it.
    fn naive(challenger: &Challenger, bits: usize) -> Felt {
        (0..Felt::ORDER_U32)
            .map(Felt::from_u32)
            .find(|&witness| challenger.clone().check_witness(bits, witness))
            .unwrap()
    }

    #[test]
    fn the_search_finds_the_smallest_witness_at_any_fill_of_the_buffer() {
        for observed in 0..2 * RATE as u32 {
            let mut challenger = config::challenger(Parameters::Test);
            for element in 0..observed {
                challenger.observe(Felt::from_u32(element));
            }
            for bits in [1, 5, 10] {
                let mut grinder = Grinder(challenger.clone());
                let found = grinder.grind(bits);
                assert_eq!(found, naive(&challenger, bits), "{observed} {bits}");
                let mut stock = challenger.clone();
                assert!(stock.check_witness(bits, found));
                let (ours, theirs): (Felt, Felt) = (grinder.sample(), stock.sample());
                assert_eq!(ours, theirs, "the transcripts go on alike");
            }
        }
    }

    #[test]
    fn no_difficulty_leaves_the_transcript_alone() {
        let challenger = config::challenger(Parameters::Test);
        let mut grinder = Grinder(challenger.clone());
        assert_eq!(grinder.grind(0), Felt::ZERO);
        let (ours, theirs): (Felt, Felt) = (grinder.sample(), challenger.clone().sample());
        assert_eq!(ours, theirs);
    }
}
