//! Faults, put between a driver and its card: what buses, boards and hosts do to each other.
//!
//! A [`Saboteur`] stands in two places: in front of the transport, as [`Faulty`], and between the card and host memory, as [`FaultyHost`]. Each fault that is armed happens once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_abi::{Command, Completion, HostPage, Opcode, card, card_regs, regs};

use crate::command::sealed;
use crate::dma::{DmaBuffer, HostFault, HostMemory};
use crate::transport::{Transport, TransportError};

/// Something that goes wrong once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// An interrupt does not arrive.
    InterruptLost,
    /// A write of the doorbell does not arrive.
    DoorbellIgnored,
    /// A completion is not written.
    CompletionNever,
    /// A completion arrives once more, when the next one comes.
    CompletionTwice,
    /// A bit of a command is another one when the card reads it.
    CommandFlipped,
    /// The card reads a command, with a checksum that fits, of an opcode that there is not.
    WrongOpcode,
    /// The same, of no bytes.
    WrongLength,
    /// The same, with an address beyond card memory.
    WrongAddress,
    /// A bit of uploaded data is another one when the card reads it.
    DataFlipped,
    /// A bit of downloaded data is another one when it arrives.
    ResultFlipped,
    /// Data that the card reads or writes is not mapped.
    DataUnmapped,
    /// The submission ring is not mapped.
    RingUnmapped,
    /// Somebody resets the card while it runs a command.
    ResetInside,
    /// From now on every register reads as ones and no write arrives: the card was pulled out.
    Removed,
    /// The contract hash reads as another one.
    OtherContract,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::InterruptLost,
        Self::DoorbellIgnored,
        Self::CompletionNever,
        Self::CompletionTwice,
        Self::CommandFlipped,
        Self::WrongOpcode,
        Self::WrongLength,
        Self::WrongAddress,
        Self::DataFlipped,
        Self::ResultFlipped,
        Self::DataUnmapped,
        Self::RingUnmapped,
        Self::ResetInside,
        Self::Removed,
        Self::OtherContract,
    ];

    /// How tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InterruptLost => "interrupt lost",
            Self::DoorbellIgnored => "doorbell ignored",
            Self::CompletionNever => "completion never comes",
            Self::CompletionTwice => "completion comes twice",
            Self::CommandFlipped => "bit of a command flipped",
            Self::WrongOpcode => "command of an unknown opcode",
            Self::WrongLength => "command of a wrong length",
            Self::WrongAddress => "command with a wrong address",
            Self::DataFlipped => "bit of uploaded data flipped",
            Self::ResultFlipped => "bit of downloaded data flipped",
            Self::DataUnmapped => "data not mapped",
            Self::RingUnmapped => "ring not mapped",
            Self::ResetInside => "reset in the middle of a command",
            Self::Removed => "card pulled out",
            Self::OtherContract => "wrong contract hash",
        }
    }

    /// What becomes of an upload that the card reads, if this is about commands.
    fn spoil(self, command: Command) -> Option<Command> {
        let spoiled = match self {
            Self::WrongOpcode => Command {
                opcode: u8::MAX,
                ..command
            },
            Self::WrongLength => Command {
                argument: 0,
                ..command
            },
            Self::WrongAddress => Command {
                destination: 1 << 50,
                ..command
            },
            _ => return None,
        };
        Some(sealed(spoiled))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Default)]
struct Plan {
    armed: VecDeque<Fault>,
    happened: Vec<Fault>,
    removed: bool,
    other_contract: bool,
    /// Where the rings lie: the host told the card.
    submission: u64,
    completion: u64,
    entries: u64,
    /// The completion that is not written: all pieces of it.
    dropped: Option<u64>,
    /// The latest completion: its entry, and its pieces with their addresses.
    latest: (u64, Vec<(u64, Vec<u8>)>),
    /// Whether the card has touched data since the last doorbell.
    touched: bool,
    /// Where the latest commands' lists of pages lie.
    lists: VecDeque<std::ops::Range<u64>>,
}

/// Looks at the card until it has begun with a command.
const LOOKS: u32 = 100_000;
/// Lists that are remembered: as many as commands can be under way.
const LISTS: usize = 1 << card::QUEUE_LOG_MAX;

impl Plan {
    /// Whether this happens now.
    fn strikes(&mut self, fault: Fault) -> bool {
        let Some(index) = self.armed.iter().position(|&it| it == fault) else {
            return false;
        };
        self.armed.remove(index);
        self.happened.push(fault);
        true
    }

    /// Notes where the lists of these commands lie, which the card reads.
    fn note_lists(&mut self, commands: &[u8]) {
        for bytes in commands.as_chunks::<{ Command::BYTES }>().0 {
            let command = Command::from_bytes(bytes);
            let transfer = [Opcode::Upload.code(), Opcode::Download.code()];
            if transfer.contains(&command.opcode) {
                let bytes = u64::from(command.count) * HostPage::BYTES as u64;
                let end = command.list.saturating_add(bytes);
                self.lists.push_back(command.list..end);
            }
        }
        while self.lists.len() > LISTS {
            self.lists.pop_front();
        }
    }

    /// Spoils an upload among these commands, if that is armed.
    fn spoil(&mut self, commands: &mut [u8]) {
        let upload = Opcode::Upload.code();
        for bytes in commands.as_chunks_mut::<{ Command::BYTES }>().0 {
            let command = Command::from_bytes(bytes);
            let first = self.armed.iter().position(|it| it.spoil(command).is_some());
            if let Some(index) = first.filter(|_| command.opcode == upload)
                && let Some(fault) = self.armed.remove(index)
                && let Some(spoiled) = fault.spoil(command)
            {
                self.happened.push(fault);
                *bytes = *spoiled.as_bytes();
            }
        }
    }

    /// Notes a piece of a completion, and gives those of the one before if they are to come again.
    fn note_completion(&mut self, entry: u64, address: u64, bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut again = Vec::new();
        if self.latest.0 != entry {
            let (_, pieces) = std::mem::replace(&mut self.latest, (entry, Vec::new()));
            if !pieces.is_empty() && self.strikes(Fault::CompletionTwice) {
                again = pieces;
            }
        }
        self.latest.1.push((address, bytes.to_vec()));
        again
    }

    fn ring(&self, base: u64, entry: usize) -> std::ops::Range<u64> {
        base..base + self.entries * entry as u64
    }
}

/// Who decides what goes wrong.
#[derive(Clone, Default)]
pub struct Saboteur(Arc<Mutex<Plan>>);

impl Saboteur {
    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a fault happen at the next occasion.
    pub fn arm(&self, fault: Fault) {
        let mut plan = self.lock();
        match fault {
            Fault::Removed => (plan.removed, _) = (true, plan.happened.push(fault)),
            Fault::OtherContract => (plan.other_contract, _) = (true, plan.happened.push(fault)),
            _ => plan.armed.push_back(fault),
        }
    }

    /// What happened so far, in order.
    #[must_use]
    pub fn happened(&self) -> Vec<Fault> {
        self.lock().happened.clone()
    }

    /// Forgets what has not happened yet, and puts the card back.
    pub fn disarm(&self) {
        let mut plan = self.lock();
        plan.armed.clear();
        plan.removed = false;
        plan.other_contract = false;
    }
}

/// A transport with faults.
pub struct Faulty<T> {
    inner: T,
    saboteur: Saboteur,
}

impl<T: Transport> Faulty<T> {
    /// Puts a saboteur in front of it.
    #[must_use]
    pub fn new(inner: T, saboteur: Saboteur) -> Self {
        Self { inner, saboteur }
    }

    /// What is behind it.
    #[must_use]
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// Resets the card once it has begun to move a command's data.
    fn reset_inside(&self) -> Result<(), TransportError> {
        // On some bodies time goes on in calls only.
        for _ in 0..LOOKS {
            self.inner.read32(card::WINDOW_CARD + card_regs::STATUS)?;
            if self.saboteur.lock().touched {
                break;
            }
        }
        self.inner.reset()
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        let (removed, other) = {
            let plan = self.saboteur.lock();
            (plan.removed, plan.other_contract)
        };
        if removed {
            return Ok(u32::MAX);
        }
        let value = self.inner.read32(offset)?;
        let hash = card::WINDOW_WITNESS + regs::CONTRACT_HASH;
        Ok(if other && offset == hash {
            !value
        } else {
            value
        })
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        {
            let mut plan = self.saboteur.lock();
            if plan.removed {
                return Ok(());
            }
            let low = |base: u64| base >> 32 << 32 | u64::from(value);
            let high = |base: u64| u64::from(value) << 32 | base & 0xffff_ffff;
            match offset.wrapping_sub(card::WINDOW_CARD) {
                card_regs::SUBMISSION_BASE_BITS_31_0 => plan.submission = low(plan.submission),
                card_regs::SUBMISSION_BASE_BITS_63_32 => plan.submission = high(plan.submission),
                card_regs::COMPLETION_BASE_BITS_31_0 => plan.completion = low(plan.completion),
                card_regs::COMPLETION_BASE_BITS_63_32 => plan.completion = high(plan.completion),
                card_regs::QUEUE_LOG => plan.entries = 1 << value,
                card_regs::SUBMISSION_TAIL if plan.strikes(Fault::DoorbellIgnored) => return Ok(()),
                card_regs::SUBMISSION_TAIL if plan.strikes(Fault::ResetInside) => {
                    plan.touched = false;
                    drop(plan);
                    self.inner.write32(offset, value)?;
                    return self.reset_inside();
                }
                _ => {}
            }
        }
        self.inner.write32(offset, value)
    }

    fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError> {
        self.inner.allocate(bytes)
    }

    fn wait(&self, timeout: Duration) -> Result<u32, TransportError> {
        if self.saboteur.lock().removed {
            std::thread::sleep(timeout);
            return Ok(0);
        }
        let raised = self.inner.wait(timeout)?;
        let lost = raised != 0 && self.saboteur.lock().strikes(Fault::InterruptLost);
        Ok(if lost { 0 } else { raised })
    }

    fn reset(&self) -> Result<(), TransportError> {
        self.inner.reset()
    }
}

/// Host memory with faults, as the card sees it.
pub struct FaultyHost<H> {
    inner: H,
    saboteur: Saboteur,
}

impl<H: HostMemory> FaultyHost<H> {
    /// Puts a saboteur between the card and host memory.
    #[must_use]
    pub fn new(inner: H, saboteur: Saboteur) -> Self {
        Self { inner, saboteur }
    }
}

/// Whether data lies there: no ring and no list of pages.
fn is_data(plan: &Plan, address: u64) -> bool {
    let rings = [
        plan.ring(plan.submission, Command::BYTES),
        plan.ring(plan.completion, Completion::BYTES),
    ];
    let mut others = rings.iter().chain(&plan.lists);
    !others.any(|range| range.contains(&address))
}

/// Another bit.
fn flip(bytes: &mut [u8]) {
    if let Some(byte) = bytes.iter_mut().take(18).last() {
        *byte ^= 0x10;
    }
}

impl<H: HostMemory> HostMemory for FaultyHost<H> {
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), HostFault> {
        let (unmapped, flipped) = {
            let mut plan = self.saboteur.lock();
            let data = is_data(&plan, address);
            plan.touched |= data;
            let command = plan
                .ring(plan.submission, Command::BYTES)
                .contains(&address);
            (
                (data && plan.strikes(Fault::DataUnmapped))
                    || (command && plan.strikes(Fault::RingUnmapped)),
                (data && plan.strikes(Fault::DataFlipped))
                    || (command && plan.strikes(Fault::CommandFlipped)),
            )
        };
        if unmapped {
            return Err(HostFault { address });
        }
        self.inner.read(address, bytes)?;
        let mut plan = self.saboteur.lock();
        let ring = plan.ring(plan.submission, Command::BYTES);
        if ring.contains(&address) {
            plan.note_lists(bytes);
            plan.spoil(bytes);
        }
        if flipped {
            flip(bytes);
        }
        Ok(())
    }

    fn write(&self, address: u64, bytes: &[u8]) -> Result<(), HostFault> {
        let mut again = Vec::new();
        let flipped = {
            let mut plan = self.saboteur.lock();
            let ring = plan.ring(plan.completion, Completion::BYTES);
            if ring.contains(&address) {
                let entry = (address - ring.start) / Completion::BYTES as u64;
                if plan.dropped.is_some_and(|it| it != entry) {
                    plan.dropped = None;
                }
                if plan.dropped.is_none() && plan.strikes(Fault::CompletionNever) {
                    plan.dropped = Some(entry);
                }
                if plan.dropped.is_some() {
                    return Ok(());
                }
                again = plan.note_completion(entry, address, bytes);
            }
            let data = is_data(&plan, address);
            if data && plan.strikes(Fault::DataUnmapped) {
                return Err(HostFault { address });
            }
            data && plan.strikes(Fault::ResultFlipped)
        };
        for (address, bytes) in again {
            self.inner.write(address, &bytes)?;
        }
        if !flipped {
            return self.inner.write(address, bytes);
        }
        let mut bytes = bytes.to_vec();
        flip(&mut bytes);
        self.inner.write(address, &bytes)
    }
}
