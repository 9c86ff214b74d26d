//! How few round units serve many states, and what that costs in cycles: the arithmetic of `rtl/poseidon2/poseidon2_pkg.sv`.

use super::FULL_ROUNDS;
use crate::field::{ADD_LATENCY, FieldId, Products, mul_latency, reduce_latency};

/// Widths of the sums of the external and the internal layer.
const EXTERNAL_WIDTH: u32 = 37;
const INTERNAL_WIDTH: u32 = 36;
const HALF: usize = FULL_ROUNDS / 2;

impl FieldId {
    /// Exponent of the S-box.
    #[must_use]
    pub fn degree(self) -> usize {
        match self {
            Self::KoalaBear => 3,
            Self::BabyBear => 7,
        }
    }

    /// Partial rounds of width 16.
    #[must_use]
    pub fn partial_rounds(self) -> usize {
        match self {
            Self::KoalaBear => 20,
            Self::BabyBear => 13,
        }
    }
}

/// How much hardware a permutation gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folding {
    field: FieldId,
    products: Products,
    full_units: usize,
    partial_units: usize,
    share: usize,
}

/// Why there is no such engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldingError {
    /// Full rounds are split evenly.
    #[error("{0} full-round units: it must be 1, 2, 4 or 8")]
    FullUnits(usize),
    /// So are partial rounds.
    #[error("{units} partial-round units: it must divide {rounds}")]
    PartialUnits {
        /// Given.
        units: usize,
        /// Of the field.
        rounds: usize,
    },
    /// So are the words of a state.
    #[error("{0} turns of an S-box in a round: it must be 1, 2, 4 or 8")]
    Share(usize),
    /// An engine with all eight units takes a state a cycle, and nothing less.
    #[error("eight full-round units go with all {rounds} partial ones, and unshared S-boxes")]
    HalfUnrolled {
        /// Of the field.
        rounds: usize,
    },
}

impl Folding {
    /// An engine with this many units; `share` is how many words of a state one S-box of a full round serves.
    ///
    /// # Errors
    /// If the units do not divide the rounds, or half of it only is unrolled.
    pub fn new(
        field: FieldId,
        products: Products,
        full_units: usize,
        partial_units: usize,
        share: usize,
    ) -> Result<Self, FoldingError> {
        let rounds = field.partial_rounds();
        if ![1, 2, 4, 8].contains(&full_units) {
            return Err(FoldingError::FullUnits(full_units));
        }
        if partial_units == 0 || !rounds.is_multiple_of(partial_units) {
            return Err(FoldingError::PartialUnits {
                units: partial_units,
                rounds,
            });
        }
        if ![1, 2, 4, 8].contains(&share) {
            return Err(FoldingError::Share(share));
        }
        if full_units == FULL_ROUNDS && (partial_units != rounds || share != 1) {
            return Err(FoldingError::HalfUnrolled { rounds });
        }
        Ok(Self {
            field,
            products,
            full_units,
            partial_units,
            share,
        })
    }

    /// Cycles from one permutation to the next.
    #[must_use]
    pub fn interval(&self) -> usize {
        let full = FULL_ROUNDS / self.full_units * self.share;
        full.max(self.field.partial_rounds() / self.partial_units)
    }

    /// Cycles from a state to its permutation in `poseidon2_core`.
    #[must_use]
    pub fn latency(&self) -> usize {
        let interval = self.interval();
        let chain = self.full_units.min(HALF);
        // Where states meet at a unit there is a register.
        let entrance = |visits: usize| usize::from(visits > 1);
        let full_visits = FULL_ROUNDS / self.full_units;
        let full = entrance(full_visits) + chain * self.full_round();
        let full_loop = spread(full, full_visits, self.share, interval);
        // If the full rounds' layer has a turn left it is the initial one, at the end of a visit before the first.
        let shares =
            full_visits > 1 && (1..=full_visits).all(|k| !(k * full_loop).is_multiple_of(interval));
        let initial = self.external() + if shares { full_loop - full } else { 0 };
        let visits = self.field.partial_rounds() / self.partial_units;
        let partial_loop = spread(
            entrance(visits) + self.partial_units * self.partial_round(),
            visits,
            1,
            interval,
        );
        // The second half begins in the phase in which the partial rounds began.
        let partial = (visits * partial_loop).next_multiple_of(interval);
        initial + 2 * (HALF / chain) * full_loop + partial
    }

    /// Permutations that are under way at once.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.latency().div_ceil(self.interval())
    }

    fn sbox(&self) -> usize {
        let square = mul_latency(Products::Four);
        let product = mul_latency(self.products);
        match self.field.degree() {
            3 => square + product,
            _ => square + 2 * product,
        }
    }

    fn external(&self) -> usize {
        5 + reduce_latency(self.field, EXTERNAL_WIDTH)
    }

    fn full_round(&self) -> usize {
        let queue = if self.share == 1 { 0 } else { self.share };
        queue + ADD_LATENCY + self.sbox() + self.external()
    }

    fn partial_round(&self) -> usize {
        ADD_LATENCY + self.sbox() + 2 + reduce_latency(self.field, INTERNAL_WIDTH)
    }

    /// The clock cycle, counted from the reset, in which `poseidon2_core` takes a state that waits for it since `waiting`. The core first lets
    /// the line of its tags run empty.
    #[must_use]
    pub fn taken(&self, waiting: u64) -> u64 {
        let interval = self.interval() as u64;
        waiting
            .next_multiple_of(interval)
            .max((self.in_flight() as u64 + 2) * interval)
    }

    /// Whether `poseidon2_core` takes a state in that clock cycle after the reset.
    #[must_use]
    pub fn takes(&self, clock: u64) -> bool {
        self.taken(clock) == clock
    }

    /// The clock cycle in which `poseidon2_sponge` gives the last of `count` results, if it accepts the first request in cycle `accepted`,
    /// every request makes a permutation, none is missing, no row waits for itself and results are taken.
    #[must_use]
    pub fn finished(&self, accepted: u64, count: usize) -> u64 {
        // Three steps to the core; two through the results' queue.
        let first = self.taken(accepted + 3);
        first + ((count - 1) * self.interval() + self.latency()) as u64 + 2
    }
}

/// The least length at or above `latency` by which that many visits, one after the other and each of `share` cycles, lie apart modulo `cycle`.
fn spread(latency: usize, visits: usize, share: usize, cycle: usize) -> usize {
    (latency..latency + cycle)
        .find(|length| (1..visits).all(|k| (share..=cycle - share).contains(&(k * length % cycle))))
        .unwrap_or_else(|| unreachable!("a length of `share` modulo `cycle` spreads them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_refuses_units_that_do_not_divide_the_rounds() {
        let new = |field, full, partial, share| {
            Folding::new(field, Products::Four, full, partial, share).map(|it| it.interval())
        };
        assert_eq!(new(FieldId::KoalaBear, 1, 1, 1), Ok(20));
        assert_eq!(new(FieldId::KoalaBear, 1, 1, 2), Ok(20));
        assert_eq!(new(FieldId::KoalaBear, 2, 5, 1), Ok(4));
        assert_eq!(new(FieldId::KoalaBear, 8, 20, 1), Ok(1));
        assert_eq!(new(FieldId::BabyBear, 1, 1, 2), Ok(16));
        assert_eq!(
            new(FieldId::KoalaBear, 3, 1, 1),
            Err(FoldingError::FullUnits(3))
        );
        assert_eq!(
            new(FieldId::BabyBear, 1, 2, 1),
            Err(FoldingError::PartialUnits {
                units: 2,
                rounds: 13
            })
        );
        assert_eq!(
            new(FieldId::KoalaBear, 1, 1, 3),
            Err(FoldingError::Share(3))
        );
        assert_eq!(
            new(FieldId::KoalaBear, 8, 10, 1),
            Err(FoldingError::HalfUnrolled { rounds: 20 })
        );
    }
}
