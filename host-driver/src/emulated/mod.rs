//! The card in Rust, register by register and command by command: the golden twin of `assay_card`.
//!
//! Commands run one at a time in the order of submission, on a thread of their own, by Plonky3's functions. Status, detail and memory are those of
//! the RTL; cycles are the engines' formulas for memory that never waits.

mod check;
mod engines;
mod execute;
mod registers;
mod shape;
mod store;

pub use shape::Shape;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use assay_abi::{
    Command, CommandStatus as Status, Completion, card, command_flags, completion_flags,
};

use crate::dma::{DmaBuffer, DmaMap, HostFault, HostMemory};
use crate::transport::{Transport, TransportError};
use check::Failure;
use execute::{Done, Memories, Traffic};
use registers::{Enable, Registers};
use store::Store;

/// A card that is a thread of this process.
pub struct EmulatedCard {
    shared: Arc<Shared>,
    map: DmaMap,
    worker: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// The worker waits here for something to do.
    work: Condvar,
    /// The host waits here for interrupts.
    raised: Condvar,
    shape: Shape,
    host: Arc<dyn HostMemory>,
}

#[derive(Default)]
struct State {
    registers: Registers,
    /// What became of the commands of the dependency window, the latest last.
    window: VecDeque<bool>,
    interrupts: u32,
    /// Counts rises of `enable` and resets: what was fetched in an earlier life is dropped.
    life: u64,
    memory_lost: bool,
    /// The next completion is written twice.
    twice: bool,
    quit: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn raise(&self, state: &mut State, vector: u32) {
        if state.registers.interrupts() {
            state.interrupts |= 1 << vector;
            self.raised.notify_all();
        }
    }

    fn halt(&self, state: &mut State) {
        state.registers.halted = true;
        self.raise(state, card::VECTOR_HALTED);
    }
}

impl EmulatedCard {
    /// A card of that shape, with host memory of its own.
    ///
    /// # Errors
    /// [`TransportError::System`] if there is no thread for it, or no address space for its memory.
    pub fn new(shape: Shape) -> Result<Self, TransportError> {
        let map = DmaMap::default();
        Self::with_host(shape, map.clone(), Arc::new(map))
    }

    /// A card that reaches host memory through `host`, which may be more than the map that it allocates from: a fault, or a counter.
    ///
    /// # Errors
    /// [`TransportError::System`] if there is no thread for it, or no address space for its memory.
    pub fn with_host(
        shape: Shape,
        map: DmaMap,
        host: Arc<dyn HostMemory>,
    ) -> Result<Self, TransportError> {
        let system = |action| {
            move |error: io::Error| TransportError::System {
                name: NAME.to_owned(),
                action,
                reason: error.to_string(),
            }
        };
        let memory = Store::new(shape.memory_bytes).map_err(system("reserve card memory"))?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            raised: Condvar::new(),
            shape,
            host,
        });
        let for_worker = shared.clone();
        let worker = std::thread::Builder::new()
            .name("emulated card".to_owned())
            .spawn(move || work(&for_worker, memory))
            .map_err(system("start a thread"))?;
        Ok(Self {
            shared,
            map,
            worker: Some(worker),
        })
    }

    /// The host memory that it reaches.
    #[must_use]
    pub fn map(&self) -> &DmaMap {
        &self.map
    }

    /// Shows another contract hash than it has, as a card of another version would.
    pub fn show_contract_hash(&self, hash: [u8; 32]) {
        self.shared.lock().registers.contract_hash = hash;
    }

    /// Writes the next completion twice, as a card with a bug in its ring would.
    pub fn complete_twice(&self) {
        self.shared.lock().twice = true;
    }
}

const NAME: &str = "emulated card";

impl Drop for EmulatedCard {
    fn drop(&mut self) {
        self.shared.lock().quit = true;
        self.shared.work.notify_all();
        if let Some(worker) = self.worker.take()
            && worker.join().is_err()
        {
            tracing::error!("the emulated card's thread panicked");
        }
    }
}

impl Transport for EmulatedCard {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        Ok(self
            .shared
            .lock()
            .registers
            .read(offset, &self.shared.shape))
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        let mut state = self.shared.lock();
        match state.registers.write(offset, value) {
            Enable::Rose => {
                state.life += 1;
                state.window.clear();
            }
            // What is fetched is run at once: nothing waits that could be aborted.
            Enable::Same => {}
        }
        self.shared.work.notify_all();
        Ok(())
    }

    fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError> {
        self.map.allocate(bytes)
    }

    fn wait(&self, timeout: Duration) -> Result<u32, TransportError> {
        let state = self.shared.lock();
        let waited = self
            .shared
            .raised
            .wait_timeout_while(state, timeout, |state| state.interrupts == 0);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut state.interrupts))
    }

    fn reset(&self) -> Result<(), TransportError> {
        let mut state = self.shared.lock();
        let (hash, build) = (state.registers.contract_hash, state.registers.build_id);
        let busy = state.registers.busy;
        state.registers = Registers {
            contract_hash: hash,
            build_id: build,
            busy,
            ..Registers::default()
        };
        state.life += 1;
        state.window.clear();
        state.interrupts = 0;
        state.memory_lost = true;
        Ok(())
    }
}

/// The card's life: fetches, runs, completes, until it is dropped.
fn work(shared: &Shared, mut memory: Store) {
    let mut state = shared.lock();
    while !state.quit {
        if state.memory_lost {
            state.memory_lost = false;
            memory.lose();
        }
        let ready = state.registers.pending() && state.registers.room();
        if !ready || state.registers.entries() == 0 {
            state = shared
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        state = step(shared, state, &mut memory);
    }
}

/// One command.
fn step<'a>(
    shared: &'a Shared,
    mut state: MutexGuard<'a, State>,
    memory: &mut Store,
) -> MutexGuard<'a, State> {
    let registers = &mut state.registers;
    let sequence = registers.submission_head;
    let entry = u64::from(sequence % registers.entries());
    let address = registers.submission_base + entry * Command::BYTES as u64;
    let mut bytes = [0; Command::BYTES];
    if shared.host.read(address, &mut bytes).is_err() {
        shared.halt(&mut state);
        return state;
    }
    let command = Command::from_bytes(&bytes);
    registers.counters.host_read += Command::BYTES as u64;
    registers.submission_head = sequence.wrapping_add(1);
    registers.busy = true;
    let life = state.life;
    let window = std::mem::take(&mut state.window);
    drop(state);

    let mut traffic = Traffic::default();
    let before = window.len() as u16;
    let checked = check::check(&command, sequence, before, &shared.shape);
    let waits =
        checked.and_then(|checked| dependencies(&command, sequence, &window).map(|()| checked));
    let result = waits.and_then(|checked| {
        let mut memories = Memories {
            shape: &shared.shape,
            card: memory,
            host: &*shared.host,
            traffic: &mut traffic,
        };
        execute::execute(&command, &checked, &mut memories).map(|done| (done, checked.engine))
    });

    let mut state = shared.lock();
    state.registers.busy = false;
    if state.life != life {
        return state;
    }
    state.window = window;
    state.window.push_back(result.is_ok());
    if state.window.len() > usize::from(card::DEPENDENCY_WINDOW) {
        state.window.pop_front();
    }
    let counters = &mut state.registers.counters;
    counters.host_read += traffic.read;
    counters.host_written += traffic.written;
    let done = match result {
        Ok((done, engine)) => {
            if let Some(engine) = engine {
                counters.busy[usize::from(engine.code())] += done.cycles;
            }
            counters.clock_cycles += done.cycles;
            Ok(done)
        }
        Err(failure) => Err(failure),
    };
    complete(shared, &mut state, &command, sequence, done);
    state
}

fn dependencies(command: &Command, sequence: u16, window: &VecDeque<bool>) -> Result<(), Failure> {
    for (flag, wait) in [
        (command_flags::WAIT_A, command.wait_a),
        (command_flags::WAIT_B, command.wait_b),
    ] {
        let distance = usize::from(sequence.wrapping_sub(wait));
        if command.flags & flag != 0 && !window[window.len() - distance] {
            return Err(Failure::new(Status::DepFailed, wait.into()));
        }
    }
    Ok(())
}

fn complete(
    shared: &Shared,
    state: &mut State,
    command: &Command,
    sequence: u16,
    result: Result<Done, Failure>,
) {
    let failure = result.err();
    let cycles = result.map_or(0, |done| done.cycles);
    let completion = Completion {
        cookie: command.cookie,
        sequence,
        status: failure.map_or(Status::Ok, |it| it.status).code(),
        detail: failure.map_or(0, |it| it.detail),
        cycles: u32::try_from(cycles).unwrap_or(u32::MAX),
        submission_head: state.registers.submission_head,
        ..Completion::default()
    };
    let counters = &mut state.registers.counters;
    counters.commands += 1;
    counters.errors += u64::from(failure.is_some());
    let times = 1 + u8::from(std::mem::take(&mut state.twice));
    for _ in 0..times {
        if put(shared, &mut state.registers, completion).is_err() {
            shared.halt(state);
            return;
        }
    }
    if failure.is_some() || command.flags & command_flags::INTERRUPT != 0 {
        shared.raise(state, card::VECTOR_COMPLETION);
    }
}

/// Puts a completion into the ring.
fn put(
    shared: &Shared,
    registers: &mut Registers,
    mut completion: Completion,
) -> Result<(), HostFault> {
    let number = registers.completion_tail;
    if (number / registers.entries()).is_multiple_of(2) {
        completion.flags |= completion_flags::PHASE;
    }
    let entry = u64::from(number % registers.entries());
    let address = registers.completion_base + entry * Completion::BYTES as u64;
    // The phase is the last that a host looks for, so what is behind it goes first.
    let (head, rest) = completion.as_bytes().split_at(8);
    shared.host.write(address + 8, rest)?;
    shared.host.write(address, head)?;
    registers.counters.host_written += Completion::BYTES as u64;
    registers.completion_tail = number.wrapping_add(1);
    Ok(())
}
