//! How a card is built.

use std::mem::offset_of;

use assay_abi::{Command, Engine, Transform, card_regs, field_params, order};
use assay_engines::field::FieldId;

use crate::geometry::Panels;

/// How the card is built: what its capability registers say.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Of its engines.
    pub field: FieldId,
    /// log2 of the words that its NTT takes a cycle, 1 to 4.
    pub log_lanes: u32,
    /// log2 of the longest column of its NTT.
    pub log_rows: u8,
    /// log2 of the longest column that it holds on chip: only those come or go in other orders than the usual one.
    pub log_on_chip: u8,
    /// Clock cycles a permutation.
    pub interval: u32,
    /// Bytes of its memory.
    pub memory_bytes: u64,
    /// Which engines there are.
    pub engines: Vec<Engine>,
    /// How it lays matrices out.
    pub panels: Panels,
}

impl Shape {
    /// A card without a witness core: with two lanes, columns up to 2^16 and a folded hasher, as the smallest build of the RTL is.
    #[must_use]
    pub fn small(field: FieldId, memory_bytes: u64) -> Self {
        let interval = match field {
            FieldId::KoalaBear => 20,
            FieldId::BabyBear => 16,
        };
        Self::new(field, 1, 16, interval, memory_bytes)
    }

    /// A card without a witness core.
    #[must_use]
    pub fn new(
        field: FieldId,
        log_lanes: u32,
        log_rows: u8,
        interval: u32,
        memory_bytes: u64,
    ) -> Self {
        let without = [Engine::Trace, Engine::Feed];
        let engines = Engine::ALL.iter().copied();
        Self {
            field,
            log_lanes,
            log_rows,
            log_on_chip: log_rows.min(12),
            interval,
            memory_bytes,
            engines: engines.filter(|it| !without.contains(it)).collect(),
            panels: Panels::of(log_lanes),
        }
    }

    pub(super) fn has(&self, engine: Engine) -> bool {
        self.engines.contains(&engine)
    }

    pub(super) fn holds(&self, address: u64, bytes: Option<u64>) -> bool {
        bytes
            .and_then(|bytes| address.checked_add(bytes))
            .is_some_and(|end| end <= self.memory_bytes)
    }

    /// The first field for which the NTT does not take a command.
    pub(super) fn refuses(&self, command: &Command, transform: Transform) -> Option<u64> {
        let longest = command.log_rows.saturating_add(command.log_blowup);
        let two_adicity = match self.field {
            FieldId::KoalaBear => field_params::koalabear::TWO_ADICITY,
            FieldId::BabyBear => field_params::babybear::TWO_ADICITY,
        };
        let panels = command.count.div_ceil(self.panels.columns);
        let shift = u64::from(self.field.modulus());
        if command.log_rows == 0 || command.log_rows > self.log_rows {
            return Some(offset_of!(Command, log_rows) as u64);
        }
        if command.log_blowup > 7 || u32::from(longest) > two_adicity {
            return Some(offset_of!(Command, log_blowup) as u64);
        }
        let out_natural = command.order & order::OUT_NATURAL != 0;
        let long = command.log_rows > self.log_on_chip;
        if (transform == Transform::Lde && out_natural) || (long && command.order != 0) {
            return Some(offset_of!(Command, order) as u64);
        }
        if command.argument == 0 || command.argument >= shift {
            return Some(offset_of!(Command, argument) as u64);
        }
        (panels >= 1 << 16).then_some(offset_of!(Command, count) as u64)
    }

    /// What the capability register says.
    #[must_use]
    pub fn capability(&self) -> u32 {
        use card_regs::capability::{FIELD_CODE, INTERVAL, LOG_LANES, LOG_ROWS};
        let place = |mask: u32, value: u32| (value << mask.trailing_zeros()) & mask;
        place(LOG_LANES, self.log_lanes)
            | place(LOG_ROWS, self.log_rows.into())
            | place(INTERVAL, self.interval)
            | place(FIELD_CODE, self.field as u32)
    }
}
