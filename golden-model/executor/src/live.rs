//! The golden trace while a session runs, one event at a time: what a lock-step check compares hardware with.

use std::{collections::VecDeque, sync::Arc};

use assay_abi::Po2;

use crate::{image::Image, input::Input, naive::NaiveTrace, trace::Event};

/// A golden machine that is asked for its events one by one, in stream order.
#[derive(Debug)]
pub struct LiveTrace {
    trace: NaiveTrace,
    scratch: Vec<Event>,
    waiting: VecDeque<Event>,
}

impl LiveTrace {
    /// The session before its first instruction. Without a cycle limit it runs until the guest halts or faults.
    #[must_use]
    pub fn new(image: Arc<Image>, input: Input, po2: Po2, cycle_limit: Option<u64>) -> Self {
        Self {
            trace: NaiveTrace::new(&image, input, po2, cycle_limit),
            scratch: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// The next event; `None` after the session's end.
    pub fn next_event(&mut self) -> Option<Event> {
        if self.waiting.is_empty() {
            self.trace.step(&mut self.scratch);
            self.waiting.extend(self.scratch.drain(..));
        }
        self.waiting.pop_front()
    }
}

impl Iterator for LiveTrace {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.next_event()
    }
}
