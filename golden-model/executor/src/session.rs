//! A session: one run of a program, cut into segments that go to a sink as they close.

mod capture;
mod roots;

use std::sync::Arc;

use assay_abi::Po2;

use crate::{
    hash::Digest,
    image::Image,
    input::Input,
    journal::Journal,
    machine::{Machine, Pause, Tape},
    observer::Observer,
    page::PageWords,
    program::Program,
    segment::{Exit, Roots, Segment, State},
    sink::{SegmentSink, SessionEnd, SinkError},
};
use capture::Capture;
use roots::{Job, Pipeline};

/// How a session runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// The segment limit.
    pub po2: Po2,
    /// Stop after exactly this many instructions, if the guest has not ended before.
    pub cycle_limit: Option<u64>,
    /// Compute the roots and proofs of each segment, on a second thread beside the execution.
    pub roots: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            po2: Po2::DEFAULT,
            cycle_limit: None,
            roots: true,
        }
    }
}

/// A program and its input, ready to run.
#[derive(Debug)]
pub struct Session {
    image: Arc<Image>,
    input: Input,
    config: SessionConfig,
}

/// What a session came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// The program's image digest.
    pub image_digest: Digest,
    /// The segment limit.
    pub po2: Po2,
    /// How it ended; [`Exit::Stopped`] at the cycle limit.
    pub exit: Exit,
    /// Where it ended: `HALT_PC` after a halt, the faulting pc after a fault.
    pub pc: u32,
    /// Instructions retired.
    pub cycles: u64,
    /// Segments closed, at least one.
    pub segments: u32,
    /// Words in the input.
    pub input_len: u32,
    /// How many of them were read.
    pub input_read: u32,
    /// Everything that the guest committed.
    pub journal: Journal,
    /// Pages touched in each segment, added up, register pages among them.
    pub touched: u64,
    /// Pages dirtied likewise.
    pub dirtied: u64,
    /// The digests at the end, if they were to be computed.
    pub roots: Option<Roots>,
}

/// A session that could not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The sink did not take a segment.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Segments have 32-bit numbers.
    #[error(
        "the session needs more than 2^32 segments of 2^{po2}; a larger segment limit needs fewer"
    )]
    TooManySegments {
        /// The segment limit.
        po2: u8,
    },
}

impl SessionSummary {
    /// What sinks are told.
    #[must_use]
    pub fn end(&self) -> SessionEnd {
        SessionEnd {
            image_digest: self.image_digest,
            po2: self.po2,
            exit: self.exit,
            pc: self.pc,
            segments: self.segments,
            cycles: self.cycles,
            input_len: self.input_len,
            input_read: self.input_read,
            journal_len: self.journal.words().len() as u32,
        }
    }
}

/// A machine with an image in its memory.
pub(crate) fn load<O: Observer>(
    image: &Image,
    program: Arc<Program>,
    input: Vec<u32>,
    po2: Po2,
    observer: O,
) -> Machine<O> {
    let tape = Tape {
        len: input.len() as u32,
        words: input,
        first: 0,
    };
    let mut machine = Machine::new(program, image.entry, tape, po2, observer);
    for (page, words) in image.pages() {
        machine.pager.fill(page, words);
    }
    machine
}

impl Session {
    /// The session of a program with this input.
    #[must_use]
    pub const fn new(image: Arc<Image>, input: Input, config: SessionConfig) -> Self {
        Self {
            image,
            input,
            config,
        }
    }

    /// Runs to the guest's end or the cycle limit. Segments go to the sink in order, each as soon as it is complete, so
    /// that memory stays what guest memory, input and journal take.
    ///
    /// # Errors
    /// [`SessionError`] if the sink refuses; a guest's fault is no error but a way to end.
    pub fn run(self, sink: &mut dyn SegmentSink) -> Result<SessionSummary, SessionError> {
        let summary = if self.config.roots {
            let tree = self.image.tree().clone();
            std::thread::scope(|scope| {
                let mut pipeline = Pipeline::spawn(scope, tree);
                let mut summary =
                    self.execute(|segment, dirty| pipeline.push(Job { segment, dirty }, sink))?;
                summary.roots = pipeline.finish(sink)?;
                Ok::<_, SessionError>(summary)
            })?
        } else {
            self.execute(|segment, _| sink.segment(segment))?
        };
        sink.finish(&summary.end())?;
        Ok(summary)
    }

    /// Runs, and hands out each segment without roots, with the pages that it dirtied as they are after it.
    fn execute(
        self,
        mut close: impl FnMut(Segment, Vec<(u32, Box<PageWords>)>) -> Result<(), SinkError>,
    ) -> Result<SessionSummary, SessionError> {
        let Self {
            image,
            input,
            config,
        } = self;
        let SessionConfig {
            po2,
            cycle_limit,
            roots,
        } = config;
        let image_digest = image.digest();
        let program = Arc::new(Program::new(image.text_content()));
        let words = input.words().to_vec();
        drop(input);
        let mut machine = load(&image, program, words, po2, Capture::default());
        let mut journal = Journal::new();
        let (mut touched, mut dirtied) = (0, 0);
        let mut pre = state(&machine);
        loop {
            let left = cycle_limit.map_or(u64::MAX, |limit| limit - machine.order);
            let exit = match machine.advance(left) {
                Pause::Limit if cycle_limit.is_none() => continue,
                Pause::Limit => Exit::Stopped,
                Pause::Full => Exit::Running,
                Pause::Halted { exit_code } => Exit::Halted { exit_code },
                Pause::Faulted { cause } => Exit::Faulted { cause },
                Pause::NoPage { .. } | Pause::NoInput { .. } => {
                    unreachable!("a session has all pages and its whole input")
                }
            };
            let segment = segment(&mut machine, &image, image_digest, &mut pre, exit);
            journal.extend(&segment.journal);
            touched += u64::from(segment.touched);
            dirtied += u64::from(segment.dirtied);
            let dirty = if roots {
                dirty_pages(&machine)
            } else {
                Vec::new()
            };
            let next = machine.account.segment.checked_add(1);
            close(segment, dirty)?;
            if exit != Exit::Running {
                return Ok(SessionSummary {
                    image_digest,
                    po2,
                    exit,
                    pc: machine.pc,
                    cycles: machine.order,
                    segments: machine.account.segment + 1,
                    input_len: machine.tape.len,
                    input_read: machine.cursor,
                    journal,
                    touched,
                    dirtied,
                    roots: None,
                });
            }
            let next = next.ok_or(SessionError::TooManySegments { po2: po2.get() })?;
            machine.open_segment(next);
        }
    }
}

fn state<O: Observer>(machine: &Machine<O>) -> State {
    State {
        pc: machine.pc,
        registers: machine.register_values(),
        input_cursor: machine.cursor,
        journal_len: machine.journal_len,
        order: machine.order,
        roots: None,
    }
}

/// The segment that ends here; `pre` becomes the state before the next.
fn segment(
    machine: &mut Machine<Capture>,
    image: &Image,
    image_digest: Digest,
    pre: &mut State,
    exit: Exit,
) -> Segment {
    let post = state(machine);
    let pre = std::mem::replace(pre, post.clone());
    let first = pre.input_cursor as usize;
    let input = &machine.tape.words[first..post.input_cursor as usize];
    Segment {
        index: machine.account.segment,
        po2: machine.po2,
        image_digest,
        entry: image.entry,
        text: Arc::clone(image.text_content()),
        pages: machine.observer.take(),
        proof: None,
        input: input.to_vec(),
        input_len: machine.tape.len,
        journal: std::mem::take(&mut machine.account.journal),
        exit,
        cycles: machine.account.cycles,
        touched: machine.touched(),
        dirtied: machine.dirtied(),
        pre,
        post,
    }
}

fn dirty_pages<O: Observer>(machine: &Machine<O>) -> Vec<(u32, Box<PageWords>)> {
    let pager = &machine.pager;
    pager
        .touched()
        .iter()
        .filter(|&&page| pager.is_dirty(page))
        .map(|&page| (page, Box::new(*pager.page(page))))
        .collect()
}
