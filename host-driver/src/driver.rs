//! A card, opened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assay_abi::{Command, Matrix, Opcode, card, card_regs, command_flags};

use crate::command::waiting;
use crate::error::DriverError;
use crate::geometry::aligned;
use crate::host::{HostBuffer, HostPool};
use crate::identity::{Identity, read_card, read_counter, write_card};
use crate::job::{Job, MatrixList};
use crate::memory::{CardBuffer, CardMemory};
use crate::queue::{Corrupt, Queue};
use crate::ticket::{Finished, Ticket};
use crate::transport::{Transport, TransportError};

/// How a card is driven.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// log2 of the commands that may be under way.
    pub queue_log: u32,
    /// A card that ends no command for so long is stopped and set up again.
    pub timeout: Duration,
    /// How long a card may take to become idle before it is reset.
    pub grace: Duration,
    /// Without an interrupt the rings are looked at so often.
    pub look: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_log: 8,
            timeout: Duration::from_secs(30),
            grace: Duration::from_secs(2),
            look: Duration::from_millis(50),
        }
    }
}

/// What a driver has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Commands that ended.
    pub commands: u64,
    /// Of these, with an error.
    pub failed: u64,
    /// Bytes uploaded and downloaded.
    pub uploaded: u64,
    /// See there.
    pub downloaded: u64,
    /// Completions that were there without an interrupt having come.
    pub interrupts_lost: u64,
    /// Doorbells rung again.
    pub doorbells_again: u64,
    /// Completions of commands that had ended.
    pub completions_twice: u64,
    /// Times that the card was stopped and set up again.
    pub recoveries: u64,
    /// Of these, with a reset, which forgets card memory.
    pub resets: u64,
}

/// A card that is ready for commands. Shared by threads; each command's errors go to whoever waits for it.
pub struct Driver<T: Transport> {
    transport: T,
    identity: Identity,
    options: Options,
    pool: HostPool,
    /// Interrupts that came, to whichever thread.
    interrupts: AtomicU64,
    state: Mutex<State>,
}

struct State {
    queue: Queue,
    memory: CardMemory,
    /// Of card memory: it grows with each reset.
    generation: u64,
    health: Health,
    dead: Option<String>,
}

impl<T: Transport> Driver<T> {
    /// Opens a card: identity, contract hash, rings.
    ///
    /// # Errors
    /// [`DriverError`] says which card it is not, or why it cannot be reached.
    pub fn open(transport: T, options: Options) -> Result<Self, DriverError> {
        let options = Options {
            queue_log: options
                .queue_log
                .clamp(card::QUEUE_LOG_MIN, card::QUEUE_LOG_MAX),
            ..options
        };
        let identity = Identity::read(&transport)?;
        // Whoever had it before may have left it running.
        if !quiesce(&transport, options.grace)? {
            transport.reset()?;
        }
        write_card(&transport, card_regs::CONTROL, card_regs::control::RESET)?;
        let mut queue = Queue::new(&transport, options.queue_log)?;
        queue.begin(&transport)?;
        tracing::info!(
            card = transport.name(),
            memory_bytes = identity.memory_bytes,
            "opened"
        );
        let memory = CardMemory::new(identity.memory_bytes);
        Ok(Self {
            transport,
            identity,
            options,
            pool: HostPool::default(),
            interrupts: AtomicU64::new(0),
            state: Mutex::new(State {
                queue,
                memory,
                generation: 0,
                health: Health::default(),
                dead: None,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which card it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The way to it.
    #[must_use]
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// What was seen so far.
    #[must_use]
    pub fn health(&self) -> Health {
        self.lock().health
    }

    /// Bytes of card memory that nobody has.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        self.lock().memory.free()
    }

    /// Commands that have not ended.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().queue.waiting()
    }

    /// A 64-bit counter of the card's window, by the offset of its low word.
    ///
    /// # Errors
    /// The transport's.
    pub fn counter(&self, lo: u32) -> Result<u64, DriverError> {
        Ok(read_counter(&self.transport, lo)?)
    }

    /// Card memory; what it holds is undefined.
    ///
    /// # Errors
    /// [`DriverError::OutOfMemory`] says what there is.
    pub fn allocate(&self, bytes: u64) -> Result<CardBuffer, DriverError> {
        let state = self.lock();
        Ok(state.memory.allocate(bytes, state.generation)?)
    }

    /// Host memory for a transfer of so many bytes; what it holds is undefined.
    ///
    /// # Errors
    /// [`TransportError::HostMemory`] if there is none.
    pub fn host_buffer(&self, bytes: u64) -> Result<HostBuffer, DriverError> {
        let size = aligned(bytes).and_then(|it| usize::try_from(it).ok());
        let size = size.ok_or(TransportError::HostMemory {
            bytes,
            reason: "more than this machine can address".to_owned(),
        })?;
        Ok(self.pool.take(&self.transport, size)?)
    }

    /// Puts a list of matrices into card memory, tallest first.
    ///
    /// # Errors
    /// As [`Driver::submit`] and [`Driver::allocate`].
    pub fn matrix_list(
        &self,
        matrices: &[(&CardBuffer, Matrix)],
    ) -> Result<MatrixList, DriverError> {
        let list: Vec<Matrix> = matrices
            .iter()
            .map(|&(buffer, matrix)| Matrix {
                address: buffer.address(),
                ..matrix
            })
            .collect();
        let bytes = aligned((list.len() * Matrix::BYTES) as u64).unwrap_or(0);
        let entries = self.allocate(bytes)?;
        let host = self.host_buffer(bytes)?;
        host.dma().write::<u8>(0, bytemuck::cast_slice(&list));
        let uploaded = self.submit(Job::upload(host, bytes, &entries, 0)?)?;
        Ok(MatrixList {
            entries,
            count: list.len() as u32,
            matrices: matrices.iter().map(|&(buffer, _)| buffer.clone()).collect(),
            uploaded,
        })
    }

    /// Submits a job. Its buffers belong to the card until it ends. If the ring is full, this waits for room.
    ///
    /// # Errors
    /// [`DriverError`] if it cannot be submitted, or something that it waits for failed already.
    pub fn submit(&self, job: Job) -> Result<Ticket, DriverError> {
        if let Some(engine) = job.engine()
            && !self.identity.engines.contains(&engine)
        {
            return Err(DriverError::NoEngine {
                name: self.transport.name(),
                engine,
            });
        }
        self.enqueue(job, true)
    }

    /// Submits a command as it is, its checksum included: a test of the card's own checks.
    ///
    /// # Errors
    /// If it cannot be submitted.
    pub fn submit_raw(&self, command: Command) -> Result<Ticket, DriverError> {
        self.enqueue(Job::raw(command), false)
    }

    fn enqueue(&self, job: Job, seal: bool) -> Result<Ticket, DriverError> {
        let Job {
            mut command,
            opcode,
            keep,
            transfer,
            after,
        } = job;
        let mut state = self.lock();
        loop {
            if let Some(reason) = &state.dead {
                return Err(self.dead(reason));
            }
            if keep.iter().any(|it| it.generation() != state.generation) {
                return Err(DriverError::Stale);
            }
            let mut waits = Vec::new();
            for ticket in &after {
                match ticket.outcome() {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None if ticket.life() != state.queue.life => return Err(DriverError::Stale),
                    None => waits.push(ticket.sequence() as u16),
                }
            }
            waits.sort_unstable();
            waits.dedup();
            // A command waits for two: of more, a fence takes two at a time.
            let fence = waits.len() > 2;
            if state.queue.room() {
                let next = if fence {
                    crate::command::command(Opcode::Nop)
                } else {
                    command
                };
                let waits = &waits[..waits.len().min(2)];
                if fence {
                    let fence =
                        state
                            .queue
                            .push(waiting(next, waits), Opcode::Nop, None, Vec::new(), true);
                    self.ring(&mut state)?;
                    drop(state);
                    let others = after.into_iter().filter(|ticket| {
                        ticket.outcome().is_none() && !waits.contains(&(ticket.sequence() as u16))
                    });
                    let job = Job {
                        command,
                        opcode,
                        keep,
                        transfer,
                        after: others.chain([fence]).collect(),
                    };
                    return self.enqueue(job, seal);
                }
                if seal {
                    command.flags |= command_flags::INTERRUPT;
                    command = waiting(command, waits);
                }
                match opcode {
                    Opcode::Upload => state.health.uploaded += command.argument,
                    Opcode::Download => state.health.downloaded += command.argument,
                    _ => {}
                }
                let ticket = state.queue.push(command, opcode, transfer, keep, seal);
                self.ring(&mut state)?;
                return Ok(ticket);
            }
            state = self.progress(state, |state| state.queue.room())?;
        }
    }

    fn dead(&self, reason: &str) -> DriverError {
        DriverError::Dead {
            name: self.transport.name(),
            reason: reason.to_owned(),
        }
    }

    fn ring(&self, state: &mut State) -> Result<(), DriverError> {
        let tail = u32::from(state.queue.tail());
        write_card(&self.transport, card_regs::SUBMISSION_TAIL, tail)
            .map_err(|error| self.lost(state, error))
    }

    /// The device is gone: everything that waits fails.
    fn lost(&self, state: &mut State, error: TransportError) -> DriverError {
        let error = DriverError::Transport(error);
        tracing::error!(card = self.transport.name(), "{error}");
        state.dead = Some(error.to_string());
        self.pool.close();
        state.queue.abandon(&error);
        error
    }

    /// Waits until a command has ended.
    ///
    /// # Errors
    /// Why it failed.
    pub fn wait(&self, ticket: &Ticket) -> Result<Finished, DriverError> {
        if let Some(outcome) = ticket.outcome() {
            return outcome;
        }
        let state = self.lock();
        drop(self.progress(state, |_| ticket.outcome().is_some())?);
        ticket.outcome().unwrap_or(Err(DriverError::Stale))
    }

    /// Waits until everything has ended, well or not.
    ///
    /// # Errors
    /// If the card does not go on.
    pub fn drain(&self) -> Result<(), DriverError> {
        let state = self.lock();
        self.progress(state, |state| state.queue.waiting() == 0)
            .map(drop)
    }

    /// Reads completions until `done`. A card that goes on for the timeout without ending a command is recovered.
    fn progress<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        done: impl Fn(&State) -> bool,
    ) -> Result<MutexGuard<'a, State>, DriverError> {
        let mut last = Instant::now();
        let mut rung = false;
        let mut silent_since = None;
        loop {
            let ended = self.reap(&mut state)?;
            if ended > 0 {
                (last, rung) = (Instant::now(), false);
                if silent_since == Some(self.interrupts.load(Ordering::Acquire)) {
                    state.health.interrupts_lost += 1;
                    tracing::warn!(
                        card = self.transport.name(),
                        "completions without an interrupt"
                    );
                }
            }
            if done(&state) || state.queue.waiting() == 0 {
                return Ok(state);
            }
            if last.elapsed() >= self.options.timeout {
                let error = DriverError::Timeout {
                    name: self.transport.name(),
                    after: self.options.timeout,
                    waiting: state.queue.waiting(),
                };
                self.recover(&mut state, &error);
                return Ok(state);
            }
            drop(state);
            let look = self.options.look.min(self.options.timeout / 4);
            let before = self.interrupts.load(Ordering::Acquire);
            let raised = self.transport.wait(look);
            if raised.as_ref().is_ok_and(|&raised| raised != 0) {
                self.interrupts.fetch_add(1, Ordering::AcqRel);
            }
            state = self.lock();
            let raised = raised.map_err(|error| self.lost(&mut state, error))?;
            silent_since = (raised == 0).then_some(before);
            if raised == 0 || raised >> card::VECTOR_HALTED & 1 == 1 {
                self.look(&mut state, &mut rung)?;
            }
        }
    }

    fn reap(&self, state: &mut State) -> Result<u64, DriverError> {
        match state.queue.reap(&self.transport) {
            Ok(reaped) => {
                state.health.commands += reaped.ended;
                state.health.failed += reaped.failed;
                state.health.completions_twice += reaped.twice;
                Ok(reaped.ended)
            }
            Err(Corrupt::Transport(error)) => Err(self.lost(state, error)),
            Err(Corrupt::Said(what)) => {
                let error = DriverError::Protocol {
                    name: self.transport.name(),
                    what,
                };
                self.recover(state, &error);
                Ok(0)
            }
        }
    }

    /// Nothing came for a while: is the card there, did it halt, did it see the doorbell?
    fn look(&self, state: &mut State, rung: &mut bool) -> Result<(), DriverError> {
        let status = read_card(&self.transport, card_regs::STATUS)
            .map_err(|error| self.lost(state, error))?;
        if status == u32::MAX {
            let error = TransportError::Gone {
                name: self.transport.name(),
                reason: "every register reads as ones".to_owned(),
            };
            return Err(self.lost(state, error));
        }
        if status & card_regs::status::HALTED != 0 {
            let error = DriverError::Halted {
                name: self.transport.name(),
            };
            self.recover(state, &error);
            return Ok(());
        }
        let control = read_card(&self.transport, card_regs::CONTROL)
            .map_err(|error| self.lost(state, error))?;
        if control & card_regs::control::ENABLE == 0 {
            let error = DriverError::Reset {
                name: self.transport.name(),
            };
            self.recover(state, &error);
            return Ok(());
        }
        let head = read_card(&self.transport, card_regs::SUBMISSION_HEAD)
            .map_err(|error| self.lost(state, error))?;
        let idle = status & card_regs::status::IDLE != 0;
        if idle && head != u32::from(state.queue.tail()) && !*rung {
            *rung = true;
            state.health.doorbells_again += 1;
            tracing::warn!(card = self.transport.name(), "a doorbell was not heard");
            self.ring(state)?;
        }
        Ok(())
    }

    /// Stops the card and begins anew. What was under way ends with `error`; if the card does not become idle it is reset, and card memory is lost.
    fn recover(&self, state: &mut State, error: &DriverError) {
        tracing::error!(card = self.transport.name(), "{error}");
        state.health.recoveries += 1;
        match self.restart(state, error) {
            Ok(()) => {}
            Err(failed) => {
                let reason = format!("after \"{error}\": {failed}");
                tracing::error!(card = self.transport.name(), "out of use: {reason}");
                state.dead = Some(reason);
                self.pool.close();
                state.queue.abandon(error);
            }
        }
    }

    fn restart(&self, state: &mut State, error: &DriverError) -> Result<(), DriverError> {
        let idle = quiesce(&self.transport, self.options.grace)?;
        let kept = !matches!(error, DriverError::Reset { .. });
        if idle && kept {
            // What ended in the meantime has ended.
            if let Ok(reaped) = state.queue.reap(&self.transport) {
                state.health.commands += reaped.ended;
                state.health.failed += reaped.failed;
            }
            write_card(
                &self.transport,
                card_regs::CONTROL,
                card_regs::control::RESET,
            )?;
        } else {
            state.health.resets += 1;
            self.transport.reset()?;
            state.generation += 1;
            state.memory = CardMemory::new(self.identity.memory_bytes);
            if Identity::read(&self.transport)? != self.identity {
                return Err(DriverError::Protocol {
                    name: self.transport.name(),
                    what: "another card came back from the reset".to_owned(),
                });
            }
        }
        state.queue.abandon(error);
        state.queue.begin(&self.transport)?;
        Ok(())
    }
}

impl<T: Transport> Drop for Driver<T> {
    fn drop(&mut self) {
        // The rings go: the card must not use them any more.
        if let Err(error) = quiesce(&self.transport, self.options.grace) {
            tracing::warn!(card = self.transport.name(), "left as it is: {error}");
        }
        self.pool.close();
    }
}

/// Takes the card's queue away and waits until it is idle: whether it became so in time.
fn quiesce(transport: &impl Transport, grace: Duration) -> Result<bool, TransportError> {
    write_card(transport, card_regs::CONTROL, 0)?;
    let began = Instant::now();
    loop {
        let status = read_card(transport, card_regs::STATUS)?;
        if status == u32::MAX {
            return Err(TransportError::Gone {
                name: transport.name(),
                reason: "every register reads as ones".to_owned(),
            });
        }
        if status & card_regs::status::IDLE != 0 {
            return Ok(true);
        }
        if began.elapsed() >= grace {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}
