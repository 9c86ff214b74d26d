//! The time of a piece of work, and what bounds it.

use serde::Serialize;

use crate::{card::Card, engines::Engines, work::Work};

/// What takes longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The engines' clock cycles.
    Compute,
    /// The card's memory.
    Memory,
    /// The link to the host.
    Pcie,
}

impl Bound {
    /// As people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Memory => "HBM",
            Self::Pcie => "PCIe",
        }
    }
}

/// Modelled seconds. Engines, memory and link work at the same time, so the longest is the whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Time {
    /// If nothing but the engines took time.
    pub compute: f64,
    /// If nothing but the card's memory took time.
    pub memory: f64,
    /// If nothing but the link took time.
    pub pcie: f64,
}

impl Time {
    /// The time of `work` by `engines` on `card`.
    #[must_use]
    pub fn new(work: &Work, engines: &Engines, card: &Card) -> Self {
        Self {
            compute: work.cycles / engines.clock,
            memory: work.memory_bytes / (card.memory_peak * card.memory_share),
            pcie: work.pcie_bytes / (card.pcie_peak * card.pcie_share),
        }
    }

    /// Seconds that it takes.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.compute.max(self.memory).max(self.pcie)
    }

    /// What takes longest.
    #[must_use]
    pub fn bound(&self) -> Bound {
        if self.compute >= self.memory.max(self.pcie) {
            Bound::Compute
        } else if self.memory >= self.pcie {
            Bound::Memory
        } else {
            Bound::Pcie
        }
    }
}
