//! Rings, commands and completions, without a driver. Each test uses a part.
#![allow(dead_code)]

use std::time::Duration;

use assay_abi::{Command, Completion, HostPage, card, card_regs, completion_flags};
use assay_driver::command::sealed;
use assay_driver::{DmaBuffer, EmulatedCard, Shape, Transport};
use assay_engines::field::FieldId;

/// The queue of a card, as a host holds it.
pub struct Rings<'a, T: Transport> {
    pub card: &'a T,
    commands: DmaBuffer,
    completions: DmaBuffer,
    log: u32,
    submitted: u16,
    reaped: u16,
}

/// A register of the card's window.
pub fn register(offset: u32) -> u32 {
    card::WINDOW_CARD + offset
}

impl<'a, T: Transport> Rings<'a, T> {
    /// Enables the queue with rings of 2^`log` entries.
    pub fn new(card: &'a T, log: u32) -> Self {
        let commands = card.allocate(Command::BYTES << log).expect("host memory");
        let completions = card
            .allocate(Completion::BYTES << log)
            .expect("host memory");
        let write = |offset, value| card.write32(register(offset), value).expect("a register");
        for (lo, hi, address) in [
            (
                card_regs::SUBMISSION_BASE_BITS_31_0,
                card_regs::SUBMISSION_BASE_BITS_63_32,
                commands.address(),
            ),
            (
                card_regs::COMPLETION_BASE_BITS_31_0,
                card_regs::COMPLETION_BASE_BITS_63_32,
                completions.address(),
            ),
        ] {
            write(lo, address as u32);
            write(hi, (address >> 32) as u32);
        }
        write(card_regs::QUEUE_LOG, log);
        write(card_regs::SUBMISSION_TAIL, 0);
        write(card_regs::COMPLETION_HEAD, 0);
        write(
            card_regs::CONTROL,
            card_regs::control::ENABLE | card_regs::control::INTERRUPTS,
        );
        Self {
            card,
            commands,
            completions,
            log,
            submitted: 0,
            reaped: 0,
        }
    }

    /// Commands that the ring still takes.
    pub fn room(&self) -> u16 {
        (1 << self.log) - (self.submitted - self.reaped)
    }

    /// Puts a command into the ring as it is, and returns its sequence number.
    pub fn put(&mut self, command: &Command) -> u16 {
        assert!(self.room() > 0, "the ring is full");
        let entry = usize::from(self.submitted) & ((1 << self.log) - 1);
        self.commands
            .write(entry * Command::BYTES, command.as_bytes());
        let number = self.submitted;
        self.submitted = self.submitted.wrapping_add(1);
        number
    }

    /// Puts a command with its checksum.
    pub fn push(&mut self, command: Command) -> u16 {
        self.put(&sealed(command))
    }

    pub fn ring(&self) {
        let tail = register(card_regs::SUBMISSION_TAIL);
        self.card
            .write32(tail, self.submitted.into())
            .expect("the doorbell");
    }

    /// The next completion, if it is there; the card is not told.
    pub fn look(&mut self) -> Option<Completion> {
        let entry = usize::from(self.reaped) & ((1 << self.log) - 1);
        let phase = (self.reaped >> self.log) & 1 == 0;
        let mut bytes = [0_u8; Completion::BYTES];
        self.completions.read(entry * Completion::BYTES, &mut bytes);
        let completion = Completion::from_bytes(&bytes);
        let is_there = (completion.flags & completion_flags::PHASE != 0) == phase;
        is_there.then(|| {
            self.reaped = self.reaped.wrapping_add(1);
            completion
        })
    }

    /// Tells the card what was read.
    pub fn acknowledge(&self) {
        let head = register(card_regs::COMPLETION_HEAD);
        self.card
            .write32(head, self.reaped.into())
            .expect("the doorbell");
    }

    /// Waits for the next completion, or says what the card does instead.
    pub fn wait(&mut self) -> Result<Completion, String> {
        const LOOKS: usize = 3000;
        for _ in 0..LOOKS {
            if let Some(completion) = self.look() {
                self.acknowledge();
                return Ok(completion);
            }
            self.card
                .wait(Duration::from_micros(50))
                .map_err(|error| error.to_string())?;
        }
        Err("hang: no completion comes".to_owned())
    }

    /// Every command that was put has its completion: in the order of submission.
    pub fn drain(&mut self) -> Result<Vec<Completion>, String> {
        self.ring();
        let mut all = Vec::new();
        while self.reaped != self.submitted {
            all.push(self.wait()?);
        }
        all.sort_by_key(|it| it.sequence);
        Ok(all)
    }
}

/// Host memory in pages of its own, and their list.
pub struct Pages {
    pub list: DmaBuffer,
    pub pages: Vec<DmaBuffer>,
}

impl Pages {
    /// Pages of so many bytes.
    pub fn new(card: &impl Transport, lengths: &[usize]) -> Self {
        let list = card
            .allocate((lengths.len() * HostPage::BYTES).next_multiple_of(64))
            .expect("host memory");
        let pages: Vec<_> = lengths
            .iter()
            .map(|&length| card.allocate(length).expect("host memory"))
            .collect();
        let it = Self { list, pages };
        for (index, &length) in lengths.iter().enumerate() {
            it.set(
                index,
                HostPage {
                    address: it.pages[index].address(),
                    length: length as u32,
                    reserved0: 0,
                },
            );
        }
        it
    }

    /// Changes an entry of the list.
    pub fn set(&self, index: usize, page: HostPage) {
        self.list.write(index * HostPage::BYTES, page.as_bytes());
    }

    pub fn entry(&self, index: usize) -> HostPage {
        let mut bytes = [0_u8; HostPage::BYTES];
        self.list.read(index * HostPage::BYTES, &mut bytes);
        HostPage::from_bytes(&bytes)
    }

    /// Writes words over all pages.
    pub fn write(&self, words: &[u32]) {
        let mut rest = words;
        for page in &self.pages {
            let (now, later) = rest.split_at((page.len() / 4).min(rest.len()));
            page.write(0, now);
            rest = later;
        }
    }

    /// All words of all pages.
    pub fn read(&self) -> Vec<u32> {
        let mut all = Vec::new();
        for page in &self.pages {
            let mut words = vec![0_u32; page.len() / 4];
            page.read(0, &mut words);
            all.extend(words);
        }
        all
    }
}

/// Bytes of the cards' memory.
pub const MEMORY: u64 = 1 << 30;

/// The twin of the small card.
pub fn emulated() -> EmulatedCard {
    let mut shape = Shape::new(FieldId::KoalaBear, 1, 16, 20, MEMORY);
    shape.log_on_chip = 8;
    EmulatedCard::new(shape).expect("a thread")
}
