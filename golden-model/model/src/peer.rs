//! Somebody else's measured transform: a check on the model.

use serde::Serialize;

use crate::{engines::stream, time::Bound};

/// A transform that was measured on a card.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Peer {
    /// Whose.
    pub name: &'static str,
    /// Binary logarithm of its length.
    pub log_n: u32,
    /// Bytes of a field element.
    pub element_bytes: f64,
    /// Butterflies a cycle.
    pub butterflies: f64,
    /// Stages that elements go through between two visits to memory.
    pub stages: u32,
    /// Hz.
    pub clock: f64,
    /// What its memory gives, bytes a second.
    pub memory: f64,
    /// Seconds.
    pub measured: f64,
}

/// The winner of ZPrize 2022's NTT track: Goldilocks on a Varium C1100, whose memory is that of the cards here.
pub const SUPRANATIONAL: Peer = Peer {
    name: "Supranational, ZPrize, 2^24 Goldilocks",
    log_n: 24,
    element_bytes: 8.0,
    butterflies: 192.0,
    stages: 12,
    clock: 464e6,
    memory: 360e9,
    measured: 2.47e-3,
};

impl Peer {
    /// Seconds and bound by the model that ours are made with: passes over memory, at the utilisation of our own engine.
    #[must_use]
    pub fn modelled(&self, utilisation: f64) -> (f64, Bound) {
        let passes = f64::from(self.log_n.div_ceil(self.stages));
        let elements = (1_u64 << self.log_n) as f64;
        // A butterfly of each stage takes two elements a cycle.
        let per_cycle = 2.0 * self.butterflies / f64::from(self.stages);
        let compute = stream(passes * elements, per_cycle, utilisation) / self.clock;
        let memory = passes * 2.0 * elements * self.element_bytes / self.memory;
        if compute >= memory {
            (compute, Bound::Compute)
        } else {
            (memory, Bound::Memory)
        }
    }

    /// How far the model is from what was measured, in percent.
    #[must_use]
    pub fn error_pct(&self, utilisation: f64) -> f64 {
        (self.modelled(utilisation).0 / self.measured - 1.0) * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supranationals_transform_comes_out_within_a_fifth() {
        for utilisation in [0.85, 0.9, 1.0] {
            let error = SUPRANATIONAL.error_pct(utilisation);
            assert!(error.abs() < 20.0, "{error} % at {utilisation}");
        }
        // One that could not be: half the butterflies.
        let half = Peer {
            butterflies: 96.0,
            ..SUPRANATIONAL
        };
        assert!(half.error_pct(0.9) > 20.0);
    }
}
