//! The two rings, from the host's side.

use std::collections::{HashMap, VecDeque};

use assay_abi::{
    Command, CommandStatus, Completion, HostPage, Opcode, card, card_regs, completion_flags,
};

use crate::dma::DmaBuffer;
use crate::error::DriverError;
use crate::host::HostBuffer;
use crate::identity::write_card;
use crate::memory::CardBuffer;
use crate::ticket::{Finished, Ticket};
use crate::transport::{Transport, TransportError};

/// Pages of a transfer's list: there are as many lists as slots in the ring.
pub(crate) const PAGES: usize = 64;
/// A page is at least so long, if the transfer is.
const PAGE: u64 = 2 << 20;

/// A command that has not ended, with what it must not lose.
struct Pending {
    ticket: Ticket,
    opcode: Opcode,
    cookie: u32,
    transfer: Option<HostBuffer>,
    /// Which list of pages is its own until it ends.
    list: Option<usize>,
    _keep: Vec<CardBuffer>,
}

/// The rings, and what is in them.
pub(crate) struct Queue {
    commands: DmaBuffer,
    completions: DmaBuffer,
    pages: DmaBuffer,
    /// The lists of pages that no command has. Commands end in any order, so a slot of the ring is used again while the one before in it may still read its list.
    free_lists: Vec<usize>,
    entries: u64,
    /// Commands submitted, and completions read, since the rings began.
    submitted: u64,
    read: u64,
    /// What `completion_head` was told.
    told: u64,
    pending: HashMap<u16, Pending>,
    /// Why the latest failures failed, by sequence number: what waited for one of them fails for the same reason.
    failures: VecDeque<(u16, DriverError)>,
    /// How often the rings began.
    pub(crate) life: u64,
}

/// What completions said that were read in one go.
#[derive(Debug, Default)]
pub(crate) struct Reaped {
    /// Commands that ended.
    pub(crate) ended: u64,
    /// Of these, failed.
    pub(crate) failed: u64,
    /// Completions of commands that had ended before.
    pub(crate) twice: u64,
}

impl Queue {
    pub(crate) fn new(transport: &impl Transport, queue_log: u32) -> Result<Self, TransportError> {
        let entries = 1_usize << queue_log;
        Ok(Self {
            commands: transport.allocate(entries * Command::BYTES)?,
            completions: transport.allocate(entries * Completion::BYTES)?,
            pages: transport.allocate(entries * PAGES * HostPage::BYTES)?,
            free_lists: (0..entries).collect(),
            entries: entries as u64,
            submitted: 0,
            read: 0,
            told: 0,
            pending: HashMap::new(),
            failures: VecDeque::new(),
            life: 0,
        })
    }

    /// Begins both rings anew; what was pending is given back.
    pub(crate) fn begin(&mut self, transport: &impl Transport) -> Result<(), TransportError> {
        debug_assert!(self.pending.is_empty());
        self.submitted = 0;
        self.read = 0;
        self.told = 0;
        self.failures.clear();
        self.life += 1;
        let zeros = vec![0_u8; self.completions.len()];
        self.completions.write(0, &zeros);
        let log = self.entries.trailing_zeros();
        let (commands, completions) = (self.commands.address(), self.completions.address());
        for (register, value) in [
            (card_regs::QUEUE_LOG, log),
            (card_regs::SUBMISSION_BASE_BITS_31_0, commands as u32),
            (
                card_regs::SUBMISSION_BASE_BITS_63_32,
                (commands >> 32) as u32,
            ),
            (card_regs::COMPLETION_BASE_BITS_31_0, completions as u32),
            (
                card_regs::COMPLETION_BASE_BITS_63_32,
                (completions >> 32) as u32,
            ),
            (card_regs::SUBMISSION_TAIL, 0),
            (card_regs::COMPLETION_HEAD, 0),
            (
                card_regs::CONTROL,
                card_regs::control::ENABLE | card_regs::control::INTERRUPTS,
            ),
        ] {
            write_card(transport, register, value)?;
        }
        Ok(())
    }

    pub(crate) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Whether another command has room.
    pub(crate) fn room(&self) -> bool {
        (self.pending.len() as u64) < self.entries
    }

    /// Commands submitted, as the doorbell says it.
    pub(crate) fn tail(&self) -> u16 {
        self.submitted as u16
    }

    /// Puts a command into the ring; the doorbell is the caller's. There must be room.
    pub(crate) fn push(
        &mut self,
        mut command: Command,
        opcode: Opcode,
        transfer: Option<HostBuffer>,
        keep: Vec<CardBuffer>,
        seal: bool,
    ) -> Ticket {
        debug_assert!(self.room());
        let sequence = self.submitted;
        let slot = (sequence % self.entries) as usize;
        command.cookie = sequence as u32;
        let list = transfer.as_ref().and_then(|buffer| {
            let list = self.free_lists.pop()?;
            self.list_pages(&mut command, buffer, list);
            Some(list)
        });
        let command = if seal {
            crate::command::sealed(command)
        } else {
            command
        };
        self.commands
            .write(slot * Command::BYTES, command.as_bytes());
        let ticket = Ticket::new(self.life, sequence);
        let pending = Pending {
            ticket: ticket.clone(),
            opcode,
            cookie: command.cookie,
            transfer,
            list,
            _keep: keep,
        };
        self.pending.insert(sequence as u16, pending);
        self.submitted += 1;
        ticket
    }

    /// A transfer's pages. A buffer is one mapping; it is cut so that no page is longer than its entry can say.
    fn list_pages(&self, command: &mut Command, buffer: &HostBuffer, list: usize) {
        let bytes = command.argument;
        let length = bytes.div_ceil(PAGES as u64).max(PAGE);
        let length = length.next_multiple_of(card::ALIGNMENT);
        let offset = list * PAGES * HostPage::BYTES;
        let mut count = 0;
        for at in (0..bytes).step_by(length as usize) {
            let page = HostPage {
                address: buffer.dma().address() + at,
                length: length.min(bytes - at) as u32,
                reserved0: 0,
            };
            let place = offset + count * HostPage::BYTES;
            self.pages.write(place, page.as_bytes());
            count += 1;
        }
        command.list = self.pages.address() + offset as u64;
        command.count = count as u32;
    }

    /// Reads what completions there are.
    pub(crate) fn reap(&mut self, transport: &impl Transport) -> Result<Reaped, Corrupt> {
        let mut reaped = Reaped::default();
        loop {
            let slot = (self.read % self.entries) as usize;
            let expected = (self.read / self.entries).is_multiple_of(2);
            let offset = slot * Completion::BYTES;
            let last = self.completions.load(offset + 4).to_le_bytes()[3];
            if (last & completion_flags::PHASE != 0) != expected {
                break;
            }
            let mut bytes = [0; Completion::BYTES];
            self.completions.read(offset, &mut bytes);
            self.read += 1;
            self.take(&Completion::from_bytes(&bytes), &mut reaped)?;
        }
        // A register write costs more than a completion: only what a full ring would wait for is told.
        if self.read - self.told >= self.entries / 4 {
            self.told = self.read;
            write_card(
                transport,
                card_regs::COMPLETION_HEAD,
                self.read as u16 as u32,
            )
            .map_err(Corrupt::Transport)?;
        }
        Ok(reaped)
    }

    fn take(&mut self, completion: &Completion, reaped: &mut Reaped) -> Result<(), Corrupt> {
        let number = completion.sequence;
        let status = CommandStatus::try_from(completion.status).map_err(|_| {
            Corrupt::Said(format!("a completion has the status {}", completion.status))
        })?;
        let ended = self.submitted.wrapping_sub(u64::from(completion.cookie)) & 0xffff_ffff;
        let Some(pending) = self.pending.get(&number) else {
            // A sequence number below the next one: it ended before.
            if completion.cookie as u16 == number && (1..=0xffff).contains(&ended) {
                reaped.twice += 1;
                return Ok(());
            }
            return Err(Corrupt::Said(format!(
                "a completion of command {number}, which was not submitted"
            )));
        };
        if pending.cookie != completion.cookie {
            return Err(Corrupt::Said(format!(
                "the completion of command {number} has the cookie {:#x}, not {:#x}",
                completion.cookie, pending.cookie
            )));
        }
        let Some(pending) = self.pending.remove(&number) else {
            return Ok(());
        };
        self.free_lists.extend(pending.list);
        reaped.ended += 1;
        let outcome = if status == CommandStatus::Ok {
            Ok(Finished {
                cycles: completion.cycles,
                stall_memory: completion.stall_memory,
                stall_host: completion.stall_host,
                detail: completion.detail,
                end: completion.flags & completion_flags::END != 0,
            })
        } else {
            reaped.failed += 1;
            let root = match status {
                CommandStatus::DepFailed => self.failure(completion.detail),
                _ => None,
            };
            let error = root.unwrap_or(DriverError::Command {
                sequence: pending.ticket.sequence(),
                opcode: pending.opcode,
                status,
                detail: completion.detail,
            });
            if self.failures.len() == usize::from(card::DEPENDENCY_WINDOW) {
                self.failures.pop_front();
            }
            self.failures.push_back((number, error.clone()));
            Err(error)
        };
        // What was uploaded is nobody's any more; what was downloaded is whose the ticket is.
        let result = pending
            .transfer
            .filter(|_| pending.opcode == Opcode::Download);
        pending.ticket.finish(outcome, result);
        Ok(())
    }

    /// Why a command failed, if that is remembered.
    fn failure(&self, sequence: u64) -> Option<DriverError> {
        let latest = self.failures.iter().rev();
        let mut found = latest.filter(|(number, _)| u64::from(*number) == sequence);
        found.next().map(|(_, error)| error.clone())
    }

    /// Ends all that is pending with an error. The card must be known to leave their memory alone.
    pub(crate) fn abandon(&mut self, error: &DriverError) {
        for (_, pending) in self.pending.drain() {
            self.free_lists.extend(pending.list);
            pending.ticket.finish(Err(error.clone()), None);
        }
    }
}

/// A completion ring that cannot be.
#[derive(Debug)]
pub(crate) enum Corrupt {
    Said(String),
    Transport(TransportError),
}
