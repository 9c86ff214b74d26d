//! What is put on a card: how many engines, how wide, at which clock.

use assay_engines::{
    field::{FieldId, Products},
    ntt::{Op, Shape, predict},
};
use serde::Serialize;

use crate::card::Resources;

/// Share of its ideal throughput that an engine reaches.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Utilisation {
    /// NTT by the four-step method through the card's memory: elements a cycle and pass, of `lanes`.
    pub four_step: f64,
    /// Hashing of rows and of the tree above them: permutations a cycle, of one.
    pub merkle: f64,
}

/// The engines of a design. KoalaBear, multipliers of three products.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Engines {
    /// Hz. Assumed: no open tool times an UltraScale+ design.
    pub clock: f64,
    /// NTT engines, which share a matrix's columns.
    pub ntts: usize,
    /// Elements a cycle of each.
    pub lanes: usize,
    /// Binary logarithm of the longest column that stays on chip.
    pub log_max: usize,
    /// Unrolled Poseidon2 cores: a permutation a cycle each.
    pub hashers: usize,
    /// Rows go from the last pass of an extension straight to the hashers.
    pub fused: bool,
    /// What they reach of that.
    pub utilisation: Utilisation,
}

/// Why there is no such design.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnginesError {
    /// The RTL is built with these.
    #[error("{0} lanes: it must be 2, 4, 8 or 16")]
    Lanes(usize),
    /// Nothing would be done.
    #[error("at least one NTT engine and one hasher")]
    None,
    /// No clock.
    #[error("a clock of {0} Hz")]
    Clock(f64),
}

impl Engines {
    /// One of each, at a clock that is assumed, with no cycle lost.
    pub const USUAL: Self = Self {
        clock: 250e6,
        ntts: 1,
        lanes: 16,
        log_max: 12,
        hashers: 1,
        fused: false,
        utilisation: Utilisation {
            four_step: 1.0,
            merkle: 1.0,
        },
    };

    /// Checks that the RTL can be built so.
    ///
    /// # Errors
    /// Says which parameter is outside its range.
    pub fn check(&self) -> Result<(), EnginesError> {
        if ![2, 4, 8, 16].contains(&self.lanes) {
            return Err(EnginesError::Lanes(self.lanes));
        }
        if self.ntts == 0 || self.hashers == 0 {
            return Err(EnginesError::None);
        }
        if !(self.clock.is_finite() && self.clock > 0.0) {
            return Err(EnginesError::Clock(self.clock));
        }
        Ok(())
    }

    /// What they take of a device, from what one of each takes.
    #[must_use]
    pub fn resources(&self, ntt: &Resources, hasher: &Resources) -> Resources {
        let (ntts, hashers) = (self.ntts as f64, self.hashers as f64);
        Resources {
            dsp: ntts * ntt.dsp + hashers * hasher.dsp,
            lut: ntts * ntt.lut + hashers * hasher.lut,
            ramb36: ntts * ntt.ramb36 + hashers * hasher.ramb36,
            uram: ntts * ntt.uram + hashers * hasher.uram,
        }
    }

    /// Whether columns of this length stay on chip.
    pub(crate) fn on_chip(&self, log_n: usize) -> bool {
        log_n <= self.log_max
    }

    /// Column groups of the engine that gets most of `width` columns.
    fn groups(&self, width: usize) -> usize {
        width.div_ceil(self.lanes / 2).div_ceil(self.ntts)
    }

    /// Cycles of a job whose columns stay on chip, as the engine's twin predicts them: first word in to last word out.
    pub(crate) fn on_chip_cycles(&self, op: Op, log_n: usize, width: usize) -> f64 {
        let shape = Shape {
            field: FieldId::KoalaBear,
            products: Products::Three,
            lanes: self.lanes,
            log_max: self.log_max,
            log_load: self.log_max,
            log_store: self.log_max + 1,
        };
        predict(&shape, op, log_n, self.groups(width), false).total as f64
    }

    /// Cycles of `passes` passes over columns in the card's memory.
    pub(crate) fn pass_cycles(&self, passes: f64, log_n: usize, width: usize) -> f64 {
        // A beat holds two rows of lanes / 2 columns; the last panel may be part empty.
        let beats = self.groups(width) as f64 * (1_u64 << log_n) as f64 / 2.0;
        stream(passes * beats, 1.0, self.utilisation.four_step)
    }

    /// Cycles of this many permutations.
    pub(crate) fn hash_cycles(&self, permutations: f64) -> f64 {
        stream(permutations, self.hashers as f64, self.utilisation.merkle)
    }
}

/// Cycles of a stream of items, `per_cycle` of which would go by in a cycle at best.
pub(crate) fn stream(items: f64, per_cycle: f64, utilisation: f64) -> f64 {
    items / (per_cycle * utilisation)
}
