use assay_abi::hash::TAG_PAGE;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_koala_bear::KoalaBear;
use p3_symmetric::Permutation;

use super::{
    Digest,
    scalar::{BLOCK, POSEIDON2, STATE, limbs},
};
use crate::page::PageWords;

type Lanes = <KoalaBear as Field>::Packing;

/// States that the processor permutes side by side: 8 with AVX2, 16 with AVX-512, 4 with NEON, 1 without.
pub const LANES: usize = <Lanes as PackedValue>::WIDTH;

/// Element `i` of each lane's digest, transposed into digests.
fn digests(state: &[Lanes; STATE], out: &mut [Digest]) {
    for (lane, digest) in out.iter_mut().enumerate() {
        *digest = Digest(std::array::from_fn(|i| state[i].as_slice()[lane]));
    }
}

/// The digests of pages, in their order. Equal to [`super::page`] on each.
#[must_use]
pub fn pages(pages: &[&PageWords]) -> Vec<Digest> {
    let mut out = vec![Digest::ZERO; pages.len()];
    for (group, digests_out) in pages.chunks(LANES).zip(out.chunks_mut(LANES)) {
        let mut state = [Lanes::ZERO; STATE];
        state[BLOCK] = Lanes::from(KoalaBear::from_u32(TAG_PAGE));
        // Lanes beyond the group hash its first page again.
        let lanes: [&PageWords; LANES] =
            std::array::from_fn(|lane| group.get(lane).copied().unwrap_or(group[0]));
        for block in 0..lanes[0].len() / (BLOCK / 2) {
            for pair in 0..BLOCK / 2 {
                let word = block * (BLOCK / 2) + pair;
                let words: [[KoalaBear; 2]; LANES] =
                    std::array::from_fn(|lane| limbs(lanes[lane][word]));
                state[2 * pair] = Lanes::from_fn(|lane| words[lane][0]);
                state[2 * pair + 1] = Lanes::from_fn(|lane| words[lane][1]);
            }
            POSEIDON2.permute_mut(&mut state);
        }
        digests(&state, digests_out);
    }
    out
}

/// Tree nodes from pairs of children, in their order. Equal to [`super::compress`] on each.
#[must_use]
pub fn compress_many(children: &[[Digest; 2]]) -> Vec<Digest> {
    let mut out = vec![Digest::ZERO; children.len()];
    for (group, digests_out) in children.chunks(LANES).zip(out.chunks_mut(LANES)) {
        let mut state: [Lanes; STATE] = std::array::from_fn(|i| {
            Lanes::from_fn(|lane| {
                group
                    .get(lane)
                    .map_or(KoalaBear::ZERO, |pair| pair[i / BLOCK].0[i % BLOCK])
            })
        });
        POSEIDON2.permute_mut(&mut state);
        digests(&state, digests_out);
    }
    out
}
