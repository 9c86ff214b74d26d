//! Which card it is, and what it can do.

use assay_abi::{CONTRACT_HASH, Engine, card, card_regs, regs};

use crate::error::DriverError;
use crate::geometry::Panels;
use crate::transport::{Transport, TransportError};

/// A card's registers about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The contract's version.
    pub version: u32,
    /// Which build of the RTL it is.
    pub build_id: u32,
    /// 0: KoalaBear, 1: BabyBear.
    pub field_code: u32,
    /// log2 of the words that its NTT takes a cycle.
    pub log_lanes: u32,
    /// log2 of the longest column of its NTT.
    pub log_rows: u8,
    /// Clock cycles a permutation.
    pub interval: u32,
    /// Which engines it has.
    pub engines: Vec<Engine>,
    /// Bytes of its memory.
    pub memory_bytes: u64,
}

fn field(value: u32, mask: u32) -> u32 {
    (value & mask) >> mask.trailing_zeros()
}

/// A register of the card's window.
pub(crate) fn read_card(transport: &impl Transport, offset: u32) -> Result<u32, TransportError> {
    transport.read32(card::WINDOW_CARD + offset)
}

/// The same, written.
pub(crate) fn write_card(
    transport: &impl Transport,
    offset: u32,
    value: u32,
) -> Result<(), TransportError> {
    transport.write32(card::WINDOW_CARD + offset, value)
}

/// A 64-bit counter of the card's window, while the card runs.
pub(crate) fn read_counter(transport: &impl Transport, lo: u32) -> Result<u64, TransportError> {
    let mut high = read_card(transport, lo + 4)?;
    loop {
        let low = read_card(transport, lo)?;
        let again = read_card(transport, lo + 4)?;
        if again == high {
            return Ok(u64::from(high) << 32 | u64::from(low));
        }
        high = again;
    }
}

impl Identity {
    /// Reads it, and refuses what is no card of this contract.
    ///
    /// # Errors
    /// [`DriverError::Identity`], [`DriverError::Contract`], or the transport's.
    pub fn read(transport: &impl Transport) -> Result<Self, DriverError> {
        let found = transport.read32(card::WINDOW_WITNESS + regs::IDENTITY)?;
        if found == u32::MAX {
            return Err(TransportError::Gone {
                name: transport.name(),
                reason: "every register reads as ones".to_owned(),
            }
            .into());
        }
        if found != card::IDENTITY {
            return Err(DriverError::Identity {
                name: transport.name(),
                expected: card::IDENTITY,
                found,
            });
        }
        let witness = |offset| transport.read32(card::WINDOW_WITNESS + offset);
        let build_id = witness(regs::BUILD_ID)?;
        let mut hash = [0; 32];
        for (offset, bytes) in (0..).step_by(4).zip(hash.as_chunks_mut::<4>().0) {
            *bytes = witness(regs::CONTRACT_HASH + offset)?.to_le_bytes();
        }
        if hash != CONTRACT_HASH {
            return Err(DriverError::Contract {
                name: transport.name(),
                expected: CONTRACT_HASH,
                found: hash,
                build_id,
            });
        }
        use card_regs::capability::{FIELD_CODE, INTERVAL, LOG_LANES, LOG_ROWS};
        let capability = read_card(transport, card_regs::CAPABILITY)?;
        let engines = read_card(transport, card_regs::ENGINES)?;
        let present = |engine: &Engine| engines >> engine.code() & 1 == 1;
        Ok(Self {
            version: witness(regs::VERSION)?,
            build_id,
            field_code: field(capability, FIELD_CODE),
            log_lanes: field(capability, LOG_LANES),
            log_rows: field(capability, LOG_ROWS) as u8,
            interval: field(capability, INTERVAL),
            engines: Engine::ALL.iter().copied().filter(present).collect(),
            memory_bytes: read_counter(transport, card_regs::MEMORY_BYTES_LO)?,
        })
    }

    /// How it lays matrices out.
    #[must_use]
    pub fn panels(&self) -> Panels {
        Panels::of(self.log_lanes)
    }
}
