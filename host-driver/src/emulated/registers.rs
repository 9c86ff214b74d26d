//! The card's registers as the host sees them.

use assay_abi::{CONTRACT_HASH, CONTRACT_VERSION, Engine, card, card_regs, regs};

use super::shape::Shape;

/// What the host wrote, and what the card tells.
#[derive(Debug)]
pub struct Registers {
    pub contract_hash: [u8; 32],
    pub build_id: u32,
    pub control: u32,
    pub queue_log: u32,
    pub submission_base: u64,
    pub completion_base: u64,
    pub submission_tail: u16,
    pub submission_head: u16,
    pub completion_head: u16,
    pub completion_tail: u16,
    pub halted: bool,
    /// A command is being executed.
    pub busy: bool,
    pub counters: Counters,
}

/// What the card counts.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    pub clock_cycles: u64,
    pub commands: u64,
    pub errors: u64,
    pub host_read: u64,
    pub host_written: u64,
    /// By engine.
    pub busy: [u64; Engine::ALL.len()],
}

impl Default for Registers {
    fn default() -> Self {
        Self {
            contract_hash: CONTRACT_HASH,
            build_id: 0,
            control: 0,
            queue_log: 0,
            submission_base: 0,
            completion_base: 0,
            submission_tail: 0,
            submission_head: 0,
            completion_head: 0,
            completion_tail: 0,
            halted: false,
            busy: false,
            counters: Counters::default(),
        }
    }
}

fn low(value: u64) -> u32 {
    value as u32
}

fn high(value: u64) -> u32 {
    (value >> 32) as u32
}

impl Registers {
    pub fn enabled(&self) -> bool {
        self.control & card_regs::control::ENABLE != 0
    }

    pub fn interrupts(&self) -> bool {
        self.control & card_regs::control::INTERRUPTS != 0
    }

    /// Entries of a ring; 0 if the host chose a length that there is not.
    pub fn entries(&self) -> u16 {
        let known = card::QUEUE_LOG_MIN..=card::QUEUE_LOG_MAX;
        match known.contains(&self.queue_log) {
            true => 1 << self.queue_log,
            false => 0,
        }
    }

    /// Whether a command is there to fetch.
    pub fn pending(&self) -> bool {
        self.enabled() && !self.halted && self.submission_tail != self.submission_head
    }

    /// Whether the completion ring has room.
    pub fn room(&self) -> bool {
        self.completion_tail.wrapping_sub(self.completion_head) < self.entries()
    }

    fn idle(&self) -> bool {
        !self.busy && !self.pending()
    }

    pub fn read(&self, offset: u32, shape: &Shape) -> u32 {
        match offset.checked_sub(card::WINDOW_CARD) {
            Some(offset) => self.read_card(offset, shape),
            None => self.read_witness(offset),
        }
    }

    fn read_witness(&self, offset: u32) -> u32 {
        let hash = regs::CONTRACT_HASH..regs::CONTRACT_HASH + 32;
        match offset {
            regs::IDENTITY => card::IDENTITY,
            regs::VERSION => CONTRACT_VERSION,
            regs::BUILD_ID => self.build_id,
            offset if hash.contains(&offset) && offset % 4 == 0 => {
                let at = (offset - hash.start) as usize;
                let word: &[u8; 4] = self.contract_hash[at..]
                    .first_chunk()
                    .expect("a word of the hash");
                u32::from_le_bytes(*word)
            }
            _ => 0,
        }
    }

    fn read_card(&self, offset: u32, shape: &Shape) -> u32 {
        let counters = &self.counters;
        match offset {
            card_regs::CAPABILITY => shape.capability(),
            card_regs::ENGINES => shape.engines.iter().map(|it| 1 << it.code()).sum(),
            card_regs::MEMORY_BYTES_LO => low(shape.memory_bytes),
            card_regs::MEMORY_BYTES_HI => high(shape.memory_bytes),
            card_regs::CONTROL => self.control,
            card_regs::STATUS => {
                let flag = |set, mask| if set { mask } else { 0 };
                flag(self.idle(), card_regs::status::IDLE)
                    | flag(self.halted, card_regs::status::HALTED)
            }
            card_regs::QUEUE_LOG => self.queue_log,
            card_regs::SUBMISSION_BASE_BITS_31_0 => low(self.submission_base),
            card_regs::SUBMISSION_BASE_BITS_63_32 => high(self.submission_base),
            card_regs::COMPLETION_BASE_BITS_31_0 => low(self.completion_base),
            card_regs::COMPLETION_BASE_BITS_63_32 => high(self.completion_base),
            card_regs::SUBMISSION_TAIL => self.submission_tail.into(),
            card_regs::SUBMISSION_HEAD => self.submission_head.into(),
            card_regs::COMPLETION_HEAD => self.completion_head.into(),
            card_regs::COMPLETION_TAIL => self.completion_tail.into(),
            card_regs::CLOCK_CYCLES_LO => low(counters.clock_cycles),
            card_regs::CLOCK_CYCLES_HI => high(counters.clock_cycles),
            card_regs::COMMANDS_LO => low(counters.commands),
            card_regs::COMMANDS_HI => high(counters.commands),
            card_regs::ERRORS_LO => low(counters.errors),
            card_regs::ERRORS_HI => high(counters.errors),
            card_regs::HOST_READ_LO => low(counters.host_read),
            card_regs::HOST_READ_HI => high(counters.host_read),
            card_regs::HOST_WRITTEN_LO => low(counters.host_written),
            card_regs::HOST_WRITTEN_HI => high(counters.host_written),
            offset => self.read_busy(offset),
        }
    }

    /// An engine's cycles with a command. It never waits, so its stalls are 0.
    fn read_busy(&self, offset: u32) -> u32 {
        const LO: [u32; Engine::ALL.len()] = [
            card_regs::TRANSFER_IN_BUSY_LO,
            card_regs::TRANSFER_OUT_BUSY_LO,
            card_regs::NTT_BUSY_LO,
            card_regs::HASH_BUSY_LO,
            card_regs::OPEN_BUSY_LO,
            card_regs::TRACE_BUSY_LO,
            card_regs::FEED_BUSY_LO,
        ];
        let counts = LO.iter().zip(self.counters.busy);
        counts
            .filter_map(|(&lo, count)| match offset {
                offset if offset == lo => Some(low(count)),
                offset if offset == lo + 4 => Some(high(count)),
                _ => None,
            })
            .next()
            .unwrap_or(0)
    }

    /// A write of the host. Tells a rise of `enable`.
    pub fn write(&mut self, offset: u32, value: u32) -> Enable {
        let Some(offset) = offset.checked_sub(card::WINDOW_CARD) else {
            return Enable::Same;
        };
        let set_low = |base: &mut u64| *base = *base >> 32 << 32 | u64::from(value);
        let set_high = |base: &mut u64| *base = u64::from(value) << 32 | u64::from(low(*base));
        match offset {
            card_regs::CONTROL => return self.write_control(value),
            card_regs::QUEUE_LOG => self.queue_log = value & card_regs::queue_log::VALUE,
            card_regs::SUBMISSION_BASE_BITS_31_0 => set_low(&mut self.submission_base),
            card_regs::SUBMISSION_BASE_BITS_63_32 => set_high(&mut self.submission_base),
            card_regs::COMPLETION_BASE_BITS_31_0 => set_low(&mut self.completion_base),
            card_regs::COMPLETION_BASE_BITS_63_32 => set_high(&mut self.completion_base),
            card_regs::SUBMISSION_TAIL => self.submission_tail = value as u16,
            card_regs::COMPLETION_HEAD => self.completion_head = value as u16,
            _ => {}
        }
        Enable::Same
    }

    fn write_control(&mut self, value: u32) -> Enable {
        use card_regs::control::{ENABLE, INTERRUPTS, RESET};
        let was = self.enabled();
        self.control = value & (ENABLE | INTERRUPTS);
        if value & RESET != 0 && !self.enabled() && self.idle() {
            self.halted = false;
            self.counters = Counters::default();
        }
        if was || !self.enabled() {
            return Enable::Same;
        }
        self.submission_tail = 0;
        self.submission_head = 0;
        self.completion_head = 0;
        self.completion_tail = 0;
        Enable::Rose
    }
}

/// What a write did to `enable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enable {
    Same,
    Rose,
}
