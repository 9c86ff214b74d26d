//! The golden trace while a session runs, one event at a time: what a lock-step check compares hardware with.

use std::{collections::VecDeque, sync::Arc};

use assay_abi::Po2;

use crate::{
    image::Image,
    input::Input,
    machine::{Machine, Pause},
    program::Program,
    recording::Recording,
    segment::Exit,
    session::load,
    trace::{Event, TraceSink},
};

/// Instructions that are executed ahead of the event that is asked for.
const AHEAD: u64 = 64;

/// A golden machine that is asked for its events one by one, in stream order.
///
/// It makes records with the same code as [`preflight`](crate::preflight()), and runs a little ahead.
pub struct LiveTrace {
    machine: Machine<Recording<VecDeque<Event>>>,
    cycle_limit: u64,
    exit: Option<Exit>,
}

impl LiveTrace {
    /// The session before its first instruction. Without a cycle limit it runs until the guest halts or faults.
    #[must_use]
    pub fn new(image: Arc<Image>, input: Input, po2: Po2, cycle_limit: Option<u64>) -> Self {
        let program = Arc::new(Program::new(image.text_content()));
        let recording = Recording::new(VecDeque::new());
        Self {
            machine: load(&image, program, input.words().to_vec(), po2, recording),
            cycle_limit: cycle_limit.unwrap_or(u64::MAX),
            exit: None,
        }
    }

    /// The next event; `None` after the session's end.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = self.machine.observer.sink.pop_front();
            if event.is_some() || self.exit.is_some() {
                return event;
            }
            self.advance();
        }
    }

    /// How the session ended, once the event that says so is made.
    #[must_use]
    pub const fn exit(&self) -> Option<Exit> {
        self.exit
    }

    fn advance(&mut self) {
        let left = self.cycle_limit - self.machine.order;
        let exit = match self.machine.advance(left.min(AHEAD)) {
            Pause::Limit if self.machine.order < self.cycle_limit => return,
            Pause::Limit => Exit::Stopped,
            Pause::Full => Exit::Running,
            Pause::Halted { exit_code } => Exit::Halted { exit_code },
            Pause::Faulted { cause } => Exit::Faulted { cause },
            Pause::NoPage { .. } | Pause::NoInput { .. } => {
                unreachable!("a session has all pages and its whole input")
            }
        };
        let machine = &mut self.machine;
        let (end, registers) = (machine.end_beat(exit), machine.register_values());
        machine.observer.sink.end(&end, &registers);
        if exit == Exit::Running {
            machine.open_segment(machine.account.segment.wrapping_add(1));
        } else {
            self.exit = Some(exit);
        }
    }
}

impl std::fmt::Debug for LiveTrace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveTrace")
            .field("segment", &self.machine.account.segment)
            .field("order", &self.machine.order)
            .field("pc", &self.machine.pc)
            .field("exit", &self.exit)
            .finish_non_exhaustive()
    }
}

impl Iterator for LiveTrace {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.next_event()
    }
}
