//! What a driver is asked to do.

use assay_abi::{Command, Engine, Opcode, Transform};

use crate::command::{command, engine};
use crate::error::DriverError;
use crate::host::HostBuffer;
use crate::memory::CardBuffer;
use crate::ticket::Ticket;

/// A command with what it must not lose while it runs.
#[derive(Debug)]
pub struct Job {
    pub(crate) command: Command,
    pub(crate) opcode: Opcode,
    pub(crate) keep: Vec<CardBuffer>,
    pub(crate) transfer: Option<HostBuffer>,
    pub(crate) after: Vec<Ticket>,
}

/// A transform of a matrix in card memory.
#[derive(Clone, Copy, Debug)]
pub struct Ntt<'a> {
    /// What is done with each column.
    pub transform: Transform,
    /// log2 of the source's rows.
    pub log_rows: u8,
    /// Of an extension: log2 of how many times longer the result is.
    pub log_blowup: u8,
    /// Bits of the contract's `order`.
    pub order: u8,
    /// Montgomery form.
    pub shift: u32,
    /// Columns.
    pub columns: u32,
    /// Where the matrix lies.
    pub source: &'a CardBuffer,
    /// Where the result goes.
    pub destination: &'a CardBuffer,
    /// As much as the result.
    pub scratch: &'a CardBuffer,
}

/// A list of matrices in card memory, for trees and openings.
#[derive(Clone, Debug)]
pub struct MatrixList {
    pub(crate) entries: CardBuffer,
    pub(crate) count: u32,
    /// The matrices, and the upload of the list.
    pub(crate) matrices: Vec<CardBuffer>,
    pub(crate) uploaded: Ticket,
}

fn within(buffer: &CardBuffer, offset: u64, bytes: u64) -> Result<u64, DriverError> {
    let length = buffer.bytes();
    let end = offset.saturating_add(bytes);
    // Transfers are of whole beats: a buffer is as long as they need.
    if end > length.next_multiple_of(assay_abi::card::ALIGNMENT) {
        return Err(DriverError::Range {
            offset,
            end,
            length,
        });
    }
    Ok(buffer.address() + offset)
}

impl Job {
    fn new(opcode: Opcode, keep: &[&CardBuffer]) -> Self {
        Self {
            command: command(opcode),
            opcode,
            keep: keep.iter().map(|&buffer| buffer.clone()).collect(),
            transfer: None,
            after: Vec::new(),
        }
    }

    /// A command as it is, for tests of a card.
    #[must_use]
    pub(crate) fn raw(command: Command) -> Self {
        let opcode = Opcode::try_from(command.opcode).unwrap_or(Opcode::Nop);
        Self {
            command,
            ..Self::new(opcode, &[])
        }
    }

    /// The engine that it needs.
    #[must_use]
    pub fn engine(&self) -> Option<Engine> {
        engine(self.opcode)
    }

    /// Nothing: a fence for what it waits for.
    #[must_use]
    pub fn nop() -> Self {
        Self::new(Opcode::Nop, &[])
    }

    /// The first `bytes` of host memory, a multiple of the contract's alignment, to card memory.
    ///
    /// # Errors
    /// [`DriverError::Range`] if they do not fit.
    pub fn upload(
        from: HostBuffer,
        bytes: u64,
        to: &CardBuffer,
        offset: u64,
    ) -> Result<Self, DriverError> {
        let mut job = Self::new(Opcode::Upload, &[to]);
        job.command.destination = within(to, offset, bytes)?;
        job.command.argument = bytes;
        host_range(&from, bytes)?;
        job.transfer = Some(from);
        Ok(job)
    }

    /// `bytes` of card memory, a multiple of the contract's alignment, to the beginning of host memory.
    ///
    /// # Errors
    /// [`DriverError::Range`] if they do not fit.
    pub fn download(
        from: &CardBuffer,
        offset: u64,
        bytes: u64,
        to: HostBuffer,
    ) -> Result<Self, DriverError> {
        let mut job = Self::new(Opcode::Download, &[from]);
        job.command.source = within(from, offset, bytes)?;
        job.command.argument = bytes;
        host_range(&to, bytes)?;
        job.transfer = Some(to);
        Ok(job)
    }

    /// Every word of card memory becomes `word`.
    #[must_use]
    pub fn fill(to: &CardBuffer, word: u32) -> Self {
        let mut job = Self::new(Opcode::Fill, &[to]);
        job.command.destination = to.address();
        job.command.argument = to.bytes().next_multiple_of(assay_abi::card::ALIGNMENT);
        job.command.count = word;
        job
    }

    /// A transform.
    #[must_use]
    pub fn ntt(ntt: &Ntt) -> Self {
        let mut job = Self::new(Opcode::Ntt, &[ntt.source, ntt.destination, ntt.scratch]);
        job.command = Command {
            log_rows: ntt.log_rows,
            log_blowup: ntt.log_blowup,
            transform: ntt.transform.code(),
            order: ntt.order,
            source: ntt.source.address(),
            destination: ntt.destination.address(),
            auxiliary: ntt.scratch.address(),
            argument: ntt.shift.into(),
            count: ntt.columns,
            ..job.command
        };
        job
    }

    /// A tree over matrices; tree and scratch are as long as [`crate::geometry::tree`] says.
    #[must_use]
    pub fn merkle(list: &MatrixList, tree: &CardBuffer, scratch: &CardBuffer) -> Self {
        let mut job = Self::listed(Opcode::Merkle, list, &[tree, scratch]);
        job.command.destination = tree.address();
        job.command.auxiliary = scratch.address();
        job
    }

    /// Rows and paths of `count` indices; the result is as long as [`crate::geometry::opening`] says for each.
    #[must_use]
    pub fn open(
        list: &MatrixList,
        tree: &CardBuffer,
        indices: &CardBuffer,
        count: u64,
        to: &CardBuffer,
    ) -> Self {
        let mut job = Self::listed(Opcode::Open, list, &[tree, indices, to]);
        job.command.source = tree.address();
        job.command.auxiliary = indices.address();
        job.command.destination = to.address();
        job.command.argument = count;
        job
    }

    fn listed(opcode: Opcode, list: &MatrixList, keep: &[&CardBuffer]) -> Self {
        let mut job = Self::new(opcode, keep);
        job.keep.push(list.entries.clone());
        job.keep.extend(list.matrices.iter().cloned());
        job.after.push(list.uploaded.clone());
        job.command.list = list.entries.address();
        job.command.count = list.count;
        job
    }

    /// Permutations of states.
    #[must_use]
    pub fn permute(from: &CardBuffer, to: &CardBuffer, states: u64) -> Self {
        let mut job = Self::new(Opcode::Permute, &[from, to]);
        job.command.source = from.address();
        job.command.destination = to.address();
        job.command.argument = states;
        job
    }

    /// Words to the witness core's input.
    #[must_use]
    pub fn feed(from: &CardBuffer, words: u64) -> Self {
        let mut job = Self::new(Opcode::Feed, &[from]);
        job.command.source = from.address();
        job.command.argument = words;
        job
    }

    /// The witness core's trace, as much as there is room.
    #[must_use]
    pub fn trace(to: &CardBuffer) -> Self {
        let mut job = Self::new(Opcode::Trace, &[to]);
        job.command.destination = to.address();
        job.command.argument = to.bytes();
        job
    }

    /// The same, once others have ended well.
    #[must_use]
    pub fn after<'a>(mut self, tickets: impl IntoIterator<Item = &'a Ticket>) -> Self {
        self.after.extend(tickets.into_iter().cloned());
        self
    }
}

fn host_range(buffer: &HostBuffer, bytes: u64) -> Result<(), DriverError> {
    let length = buffer.dma().len() as u64;
    if bytes > length {
        return Err(DriverError::Range {
            offset: 0,
            end: bytes,
            length,
        });
    }
    Ok(())
}
