//! What driving a card costs, measured on the card that is there.

use std::time::Instant;

use assay_abi::{Matrix, Transform, card, card_regs};

use crate::driver::Driver;
use crate::error::DriverError;
use crate::geometry::{aligned, opening, tree};
use crate::job::{Job, Ntt};
use crate::memory::CardBuffer;
use crate::ticket::Ticket;
use crate::transport::Transport;

/// What to measure with.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Commands that do nothing, for what a command costs.
    pub commands: u32,
    /// Commands that wait for each other, for what lies between them.
    pub chain: u32,
    /// log2 of a commitment's rows.
    pub log_rows: u8,
    /// Its columns.
    pub columns: u32,
    /// log2 of its blow-up.
    pub log_blowup: u8,
    /// Rows that are opened.
    pub openings: u32,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            commands: 20_000,
            chain: 200,
            log_rows: 10,
            columns: 32,
            log_blowup: 1,
            openings: 100,
        }
    }
}

/// What it cost.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Seconds of the host for each command, when many are under way.
    pub seconds_per_command: f64,
    /// Seconds from a command's submission to its end, when nothing else is.
    pub seconds_of_a_round_trip: f64,
    /// Clock cycles between the end of a command and the start of one that waits for it.
    pub cycles_between: f64,
    /// Of the commitment: extension, tree, openings.
    pub lde: Step,
    /// See there.
    pub merkle: Step,
    /// See there.
    pub open: Step,
    /// Bytes over the host port for each byte of columns, all of the commitment, its root and its openings.
    pub bytes_per_column_byte: f64,
}

/// A step of the commitment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Clock cycles.
    pub cycles: u32,
    /// Of these, waited for card memory.
    pub stall_memory: u32,
}

/// Words that are below both fields' moduli, none like another.
fn words(count: u64) -> Vec<u32> {
    let word = |index: u64| (index.wrapping_mul(0x9e37_79b9) % 0x7000_0000) as u32;
    (0..count).map(word).collect()
}

impl<T: Transport> Driver<T> {
    /// Measures.
    ///
    /// # Errors
    /// If the card fails, or is too small for the load.
    pub fn measure(&self, load: &Load) -> Result<Measured, DriverError> {
        let (seconds_per_command, seconds_of_a_round_trip) = self.commands(load.commands)?;
        let cycles_between = self.between(load.chain)?;
        let (steps, bytes_per_column_byte) = self.commitment(load)?;
        let [lde, merkle, open] = steps;
        Ok(Measured {
            seconds_per_command,
            seconds_of_a_round_trip,
            cycles_between,
            lde,
            merkle,
            open,
            bytes_per_column_byte,
        })
    }

    fn commands(&self, count: u32) -> Result<(f64, f64), DriverError> {
        let count = count.max(1);
        let began = Instant::now();
        for _ in 0..count {
            self.submit(Job::nop())?;
        }
        self.drain()?;
        let each = began.elapsed().as_secs_f64() / f64::from(count);
        let trips = count.div_ceil(20);
        let began = Instant::now();
        for _ in 0..trips {
            let ticket = self.submit(Job::nop())?;
            self.wait(&ticket)?;
        }
        Ok((each, began.elapsed().as_secs_f64() / f64::from(trips)))
    }

    /// A chain of fills, each of which waits for the one before: the clock cycles from the first one's start to the last one's end, less their own. Idle cycles around
    /// the chain are bounded by submitting it whole, and by a shorter chain's being subtracted.
    fn between(&self, count: u32) -> Result<f64, DriverError> {
        let short = self.chain(2)?;
        let long = self.chain(count.max(1) + 2)?;
        Ok((long - short) / f64::from(count.max(1)))
    }

    fn chain(&self, count: u32) -> Result<f64, DriverError> {
        let buffer = self.allocate(card::ALIGNMENT)?;
        self.drain()?;
        // Everything is in the ring before the card hears of it: what is measured is the card, not the host.
        let began = self.counter(card_regs::CLOCK_CYCLES_LO)?;
        let mut tickets: Vec<Ticket> = Vec::new();
        for _ in 0..count {
            let job = Job::fill(&buffer, 0).after(tickets.last());
            tickets.push(self.submit(job)?);
        }
        let mut own = 0;
        for ticket in &tickets {
            own += u64::from(self.wait(ticket)?.cycles);
        }
        let ended = self.counter(card_regs::CLOCK_CYCLES_LO)?;
        Ok((ended - began) as f64 - own as f64)
    }

    fn put(&self, words: &[u32]) -> Result<(CardBuffer, Ticket), DriverError> {
        let bytes = aligned(words.len() as u64 * 4).unwrap_or(u64::MAX);
        let buffer = self.allocate(bytes)?;
        let host = self.host_buffer(bytes)?;
        host.dma().write(0, words);
        let ticket = self.submit(Job::upload(host, bytes, &buffer, 0)?)?;
        Ok((buffer, ticket))
    }

    fn get(
        &self,
        from: &CardBuffer,
        offset: u64,
        bytes: u64,
        after: &Ticket,
    ) -> Result<(), DriverError> {
        let host = self.host_buffer(bytes)?;
        let ticket = self.submit(Job::download(from, offset, bytes, host)?.after([after]))?;
        self.wait(&ticket).map(drop)
    }

    fn commitment(&self, load: &Load) -> Result<([Step; 3], f64), DriverError> {
        let panels = self.identity().panels();
        let long = load.log_rows + load.log_blowup;
        let too_large = |what| DriverError::TooLarge {
            what,
            value: u64::MAX,
            limit: self.identity().memory_bytes,
        };
        let size = |log_rows| {
            panels
                .matrix(load.columns, log_rows)
                .ok_or(too_large("a matrix"))
        };
        let traffic = |driver: &Self| -> Result<u64, DriverError> {
            Ok(driver.counter(card_regs::HOST_READ_LO)?
                + driver.counter(card_regs::HOST_WRITTEN_LO)?)
        };
        let before = traffic(self)?;
        let (source, uploaded) = self.put(&words(size(load.log_rows)? / 4))?;
        let (extended, scratch) = (self.allocate(size(long)?)?, self.allocate(size(long)?)?);
        let ntt = Job::ntt(&Ntt {
            transform: Transform::Lde,
            log_rows: load.log_rows,
            log_blowup: load.log_blowup,
            order: 0,
            shift: 1,
            columns: load.columns,
            source: &source,
            destination: &extended,
            scratch: &scratch,
        });
        let ntt = self.submit(ntt.after([&uploaded]))?;
        let entry = Matrix {
            columns: load.columns,
            log_rows: long,
            ..Matrix::default()
        };
        let list = self.matrix_list(&[(&extended, entry)])?;
        let bytes = tree(long);
        let (digests, scratch) = (self.allocate(bytes)?, self.allocate(bytes)?);
        let merkle = self.submit(Job::merkle(&list, &digests, &scratch).after([&ntt]))?;
        let index = |word: &u32| word % (1 << long);
        let indices: Vec<u32> = words(load.openings.max(1).into())
            .iter()
            .map(index)
            .collect();
        let (positions, told) = self.put(&indices)?;
        let count = indices.len() as u64;
        let each = opening(&[entry]).ok_or(too_large("an opening"))?;
        let opened = self.allocate(each * count)?;
        let job = Job::open(&list, &digests, &positions, count, &opened);
        let open = self.submit(job.after([&merkle, &told]))?;
        // The root lies in the last beat but one of eight words: a whole beat is fetched.
        self.get(&digests, bytes - card::ALIGNMENT, card::ALIGNMENT, &merkle)?;
        self.get(&opened, 0, each * count, &open)?;
        let mut steps = [Step::default(); 3];
        for (step, ticket) in steps.iter_mut().zip([&ntt, &merkle, &open]) {
            let finished = self.wait(ticket)?;
            *step = Step {
                cycles: finished.cycles,
                stall_memory: finished.stall_memory,
            };
        }
        let columns = (u64::from(load.columns) * 4) << load.log_rows;
        let moved = traffic(self)? - before;
        Ok((steps, moved as f64 / columns as f64))
    }
}
