//! The card and what surrounds it: memories behind its ports, registers in front.

use std::sync::Arc;

use assay_abi::card_regs;
use assay_abi::plants::Plant;
use assay_driver::HostMemory;
use assay_sim::{ProtocolError, Rng, Timing};

use crate::memory::{CardMemory, HostSide};
use crate::model::Model;
use crate::port::{CardPort, Wired, card_port};

/// Cycles of reset before a run.
const RESET_CYCLES: u32 = 3;
/// A register access takes a handful of cycles; one that takes so many never ends.
const REGISTER_CYCLES: u32 = 1000;
/// Words in front of those of the memory ports, in both directions.
const FRONT: usize = 2;
/// Words of `bench_card`'s inputs beside the NTT's beat, which has one for each lane.
const WORDS_WITHOUT_LANES: usize = FRONT + 9 + 6 * 16 + 2 * 2;
/// Bytes of card memory, as `assay_card` has by default.
const MEMORY_BYTES: u64 = 1 << 30;

/// How unfriendly the memories are.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// The host's memory.
    pub host: Timing,
    /// The card's.
    pub card: Timing,
    /// Of all that is random.
    pub seed: u64,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            host: Timing::STEADY,
            card: Timing::STEADY,
            seed: 1,
        }
    }
}

/// What no card may do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// A port broke the bus protocol.
    #[error("clock {clock}: {error}")]
    Protocol {
        /// What it did.
        error: ProtocolError,
        /// When.
        clock: u64,
    },
    /// An assertion of the RTL failed.
    #[error("clock {clock}: assertion failed: {place}")]
    Assertion {
        /// Where.
        place: String,
        /// When.
        clock: u64,
    },
    /// A register access was not answered.
    #[error("register {offset:#x} does not answer")]
    Register {
        /// Its offset.
        offset: u32,
    },
    /// This build has no such card.
    #[error("no card {name} in this build")]
    Unbuilt {
        /// What was asked for.
        name: String,
    },
}

/// A card in simulation, clock by clock.
pub struct Body {
    model: Model,
    memory: CardMemory,
    host_memory: Arc<dyn HostMemory>,
    host: Wired<64>,
    /// Those to card memory.
    ports: Vec<Box<dyn CardPort>>,
    interrupts: u32,
    clock: u64,
}

impl Body {
    /// The card that `build/models.rs` calls `name`, after a reset, with one bug planted if `plant` names one.
    ///
    /// # Errors
    /// [`Misbehaviour::Unbuilt`], or what an assertion says about the reset.
    pub fn new(
        name: &str,
        plant: Option<&Plant>,
        host_memory: Arc<dyn HostMemory>,
        surroundings: Surroundings,
    ) -> Result<Self, Misbehaviour> {
        let model = Model::new(name, plant).ok_or_else(|| Misbehaviour::Unbuilt {
            name: name.to_owned(),
        })?;
        let Surroundings { host, card, seed } = surroundings;
        let (mut drive, mut sample) = (FRONT, FRONT);
        let host = Wired::<64>::new("host", host, Rng::new(seed, 1), &mut drive, &mut sample);
        // In the order of `bench_card`.
        let lanes = model.drive.len() - WORDS_WITHOUT_LANES;
        let ports = [
            ("dma", 16),
            ("ntt", lanes),
            ("hash", 16),
            ("open", 16),
            ("stream", 16),
            ("ibus", 2),
            ("dbus", 2),
            ("shadow", 16),
        ];
        let ports = (2..).zip(ports).map(|(purpose, (name, words))| {
            let rng = Rng::new(seed, purpose);
            card_port(words, name, card, rng, &mut drive, &mut sample)
        });
        let ports = ports.collect();
        let mut body = Self {
            model,
            memory: CardMemory::new(MEMORY_BYTES),
            host_memory,
            host,
            ports,
            interrupts: 0,
            clock: 0,
        };
        body.reset()?;
        Ok(body)
    }

    /// The pins' reset, and that of everything around: what was asked for is forgotten, what memory holds stays.
    ///
    /// # Errors
    /// [`Misbehaviour::Assertion`] if one failed.
    pub fn reset(&mut self) -> Result<(), Misbehaviour> {
        self.model.drive.fill(0);
        self.interrupts = 0;
        self.host.reset();
        for port in &mut self.ports {
            port.reset();
        }
        for _ in 0..RESET_CYCLES {
            self.model.cycle(false);
        }
        self.checked()
    }

    /// Card memory, past all ports.
    #[must_use]
    pub fn memory(&self) -> &CardMemory {
        &self.memory
    }

    /// Card memory, past all ports.
    pub fn memory_mut(&mut self) -> &mut CardMemory {
        &mut self.memory
    }

    /// Clock cycles since the reset.
    #[must_use]
    pub fn clock(&self) -> u64 {
        self.clock
    }

    /// The interrupts that came since the last call, a bit a vector.
    pub fn take_interrupts(&mut self) -> u32 {
        std::mem::take(&mut self.interrupts)
    }

    /// Whether all that was asked for on a memory port was answered.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.host.is_idle() && self.ports.iter().all(|it| it.is_idle())
    }

    fn checked(&self) -> Result<(), Misbehaviour> {
        let clock = self.clock;
        match self.model.failure() {
            Some(place) => Err(Misbehaviour::Assertion { place, clock }),
            None => Ok(()),
        }
    }

    /// One clock cycle.
    ///
    /// # Errors
    /// [`Misbehaviour`] of the card in it.
    pub fn cycle(&mut self) -> Result<(), Misbehaviour> {
        let words = &mut self.model.drive;
        // Interrupts are always taken.
        words[0] |= 1 << 5;
        self.host.drive(words);
        for port in &self.ports {
            port.drive(words);
        }
        self.model.cycle(true);
        self.clock += 1;
        let words = &self.model.sample;
        if words[0] >> 5 & 1 == 1 {
            self.interrupts |= 1 << (words[0] >> 6 & 1);
        }
        let card = &mut self.memory;
        let mut clocked = self.host.clock(words, &mut HostSide(&*self.host_memory));
        for port in &mut self.ports {
            clocked = clocked.and_then(|()| port.clock(words, card));
        }
        let clock = self.clock;
        clocked.map_err(|error| Misbehaviour::Protocol { error, clock })?;
        self.checked()
    }

    /// Reads a register; time goes on.
    ///
    /// # Errors
    /// [`Misbehaviour`] of the card meanwhile.
    pub fn read32(&mut self, offset: u32) -> Result<u32, Misbehaviour> {
        const VALID: u32 = 1 << 3;
        const READY: u32 = 1 << 4;
        self.model.drive[0] = offset << 16 | VALID | READY;
        for _ in 0..REGISTER_CYCLES {
            self.cycle()?;
            let flags = self.model.sample[0];
            if flags >> 3 & 1 == 1 {
                self.model.drive[0] &= !VALID;
            }
            if flags >> 4 & 1 == 1 {
                self.model.drive[0] = 0;
                return Ok(self.model.sample[1]);
            }
        }
        Err(Misbehaviour::Register { offset })
    }

    /// Writes a register; time goes on.
    ///
    /// # Errors
    /// [`Misbehaviour`] of the card meanwhile.
    pub fn write32(&mut self, offset: u32, value: u32) -> Result<(), Misbehaviour> {
        self.model.drive[0] = offset << 16 | 0b111;
        self.model.drive[1] = value;
        for _ in 0..REGISTER_CYCLES {
            self.cycle()?;
            let flags = self.model.sample[0];
            // Address and data are taken when they are taken.
            self.model.drive[0] &= !(flags & 0b11);
            if flags >> 2 & 1 == 1 {
                self.model.drive[0] = 0;
                return Ok(());
            }
        }
        Err(Misbehaviour::Register { offset })
    }

    /// A register of the card's own window.
    ///
    /// # Errors
    /// [`Misbehaviour`] of the card meanwhile.
    pub fn card_register(&mut self, offset: u32) -> Result<u32, Misbehaviour> {
        self.read32(card_window() + offset)
    }

    /// Whether it knows no command that has no completion.
    ///
    /// # Errors
    /// [`Misbehaviour`] of the card meanwhile.
    pub fn is_idle(&mut self) -> Result<bool, Misbehaviour> {
        Ok(self.card_register(card_regs::STATUS)? & card_regs::status::IDLE != 0)
    }
}

/// Where the card's own window begins.
pub(crate) const fn card_window() -> u32 {
    assay_abi::card::WINDOW_CARD
}
