//! Replays one [`Segment`] and fixes the order of its rows.
//!
//! Invariant: `records[i].cycle == i + 1`, and the events are those that a live session gives, to the byte.

use std::sync::Arc;

use assay_abi::{PageIn, Record, SegmentEnd};

use crate::{
    hash::Digest,
    image::Text,
    machine::{Machine, Pause, Tape},
    page::PageWords,
    program::Program,
    recording::Recording,
    segment::{CheckError, Exit, Segment},
    trace::TraceSink,
};

/// A segment's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// One for each retired instruction, in order.
    pub records: Vec<Record>,
    /// The pages touched, in the order of their first touch, each with its content at that moment. A page comes in front of
    /// the record with its cycle.
    pub pages: Vec<(PageIn, Box<PageWords>)>,
    /// How the segment closes.
    pub end: SegmentEnd,
    /// x0 to x31 after it.
    pub registers: [u32; 32],
}

/// A segment that does not replay to what it says of itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreflightError {
    /// The segment contradicts itself before anything is executed.
    #[error("segment {index}: {source}")]
    Shape {
        /// Number of the segment.
        index: u32,
        /// What does not fit.
        source: CheckError,
    },
    /// It starts where no instruction can be.
    #[error("segment {index} starts at pc {pc:#010x}, expected a multiple of 4")]
    Pc {
        /// Number of the segment.
        index: u32,
        /// Where it starts.
        pc: u32,
    },
    /// It touches a page that it does not hold.
    #[error(
        "segment {index} touches page {page:#x} at pc {pc:#010x}, cycle {cycle}, and does not hold it"
    )]
    NoPage {
        /// Number of the segment.
        index: u32,
        /// The page.
        page: u32,
        /// The instruction.
        pc: u32,
        /// Its cycle.
        cycle: u32,
    },
    /// It reads an input word that it does not hold.
    #[error("segment {index} reads input word {cursor} at pc {pc:#010x}, and does not hold it")]
    NoInput {
        /// Number of the segment.
        index: u32,
        /// Number of the word.
        cursor: u32,
        /// The instruction.
        pc: u32,
    },
    /// It replays to something else.
    #[error(
        "segment {index}: {what} is {found:#x} after the replay, the segment says {expected:#x}"
    )]
    Differs {
        /// Number of the segment.
        index: u32,
        /// Which number.
        what: &'static str,
        /// What the segment says.
        expected: u64,
        /// What the replay gave.
        found: u64,
    },
    /// Its memory after the replay has another root.
    #[error(
        "segment {index}: memory root after the replay is {found}, the segment says {expected}"
    )]
    Root {
        /// Number of the segment.
        index: u32,
        /// What the segment says.
        expected: Digest,
        /// What the replay gave.
        found: Digest,
    },
}

/// Replays segments, one after the other and in any order, in memory that it keeps.
pub struct Replayer<S> {
    machine: Machine<Recording<S>>,
}

/// The rows of a segment.
///
/// Many segments, or rows that need not be kept: [`Replayer`].
///
/// # Errors
/// [`PreflightError`] if the segment is not what a session gives.
pub fn preflight(segment: &Segment) -> Result<Preflight, PreflightError> {
    let rows = Preflight {
        records: Vec::with_capacity(segment.cycles.min(segment.po2.limit()) as usize),
        pages: Vec::new(),
        end: SegmentEnd::default(),
        registers: [0; 32],
    };
    let mut replayer = Replayer::new(rows);
    replayer.replay(segment)?;
    Ok(replayer.into_sink())
}

/// Checks all that a segment says of itself: hashes its pages, replays it, hashes its memory after.
///
/// # Errors
/// [`PreflightError`] names the first contradiction; [`CheckError::NoRoots`] is one.
pub fn verify_segment(segment: &Segment) -> Result<(), PreflightError> {
    let index = segment.index;
    let shape = |source| PreflightError::Shape { index, source };
    segment.verify_paths().map_err(shape)?;
    let mut replayer = Replayer::new(Discard);
    replayer.replay(segment)?;
    let pager = &replayer.machine.pager;
    let found = segment
        .memory_root_after(|page, _| pager.page(page))
        .map_err(shape)?;
    match segment.post.roots {
        Some(roots) if roots.memory != found => Err(PreflightError::Root {
            index,
            expected: roots.memory,
            found,
        }),
        _ => Ok(()),
    }
}

impl<S: TraceSink> Replayer<S> {
    /// A replayer whose traces go to `sink`.
    #[must_use]
    pub fn new(sink: S) -> Self {
        let text = Arc::new(Text::new(0..0, Vec::new()));
        let program = Arc::new(Program::new(&text));
        let po2 = assay_abi::Po2::DEFAULT;
        Self {
            machine: Machine::new(program, 0, Tape::default(), po2, Recording::new(sink)),
        }
    }

    /// Where the traces go.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.machine.observer.sink
    }

    /// Gives the sink back.
    #[must_use]
    pub fn into_sink(self) -> S {
        self.machine.observer.sink
    }

    /// Replays a segment alone and checks that it comes to the state it says. What was traced before an error has gone to
    /// the sink.
    ///
    /// # Errors
    /// [`PreflightError`] if the segment is not what a session gives.
    pub fn replay(&mut self, segment: &Segment) -> Result<(), PreflightError> {
        let index = segment.index;
        segment
            .check_shape()
            .map_err(|source| PreflightError::Shape { index, source })?;
        if !segment.pre.pc.is_multiple_of(4) {
            let pc = segment.pre.pc;
            return Err(PreflightError::Pc { index, pc });
        }
        self.load(segment);
        let machine = &mut self.machine;
        let most = match segment.exit {
            Exit::Stopped => u64::from(segment.cycles),
            _ => u64::MAX,
        };
        let exit = match machine.advance(most) {
            Pause::Limit => Exit::Stopped,
            Pause::Full => Exit::Running,
            Pause::Halted { exit_code } => Exit::Halted { exit_code },
            Pause::Faulted { cause } => Exit::Faulted { cause },
            Pause::NoPage { page } => {
                return Err(PreflightError::NoPage {
                    index,
                    page,
                    pc: machine.pc,
                    cycle: machine.account.cycles + 1,
                });
            }
            Pause::NoInput { cursor } => {
                let pc = machine.pc;
                return Err(PreflightError::NoInput { index, cursor, pc });
            }
        };
        let (end, registers) = (machine.end_beat(exit), machine.register_values());
        self.compare(segment, &end, &registers)?;
        self.machine.observer.sink.end(&end, &registers);
        Ok(())
    }

    fn load(&mut self, segment: &Segment) {
        let machine = &mut self.machine;
        let old_text = machine.program.text.range();
        machine.po2 = segment.po2;
        machine.order = segment.pre.order;
        machine.cursor = segment.pre.input_cursor;
        machine.open_segment(segment.index);
        machine.pager.restart(old_text, segment.text.range());
        if !Arc::ptr_eq(&machine.program.text, &segment.text) {
            machine.program = Arc::new(Program::new(&segment.text));
        }
        // The text's pages may have held another replay's data.
        for (page, words) in segment.text.pages() {
            machine.pager.fill(page, words);
        }
        for page in &segment.pages {
            machine.pager.allow(page.number, &page.words);
        }
        machine.registers[..32].copy_from_slice(&segment.pre.registers);
        machine.pc = segment.pre.pc;
        machine.tape = Tape {
            words: segment.input.clone(),
            first: segment.pre.input_cursor,
            len: segment.input_len,
        };
        machine.journal_len = segment.pre.journal_len;
    }

    fn compare(
        &self,
        segment: &Segment,
        end: &SegmentEnd,
        registers: &[u32; 32],
    ) -> Result<(), PreflightError> {
        let index = segment.index;
        let said = segment.end_beat();
        let same = |what, expected: u64, found: u64| match expected == found {
            true => Ok(()),
            false => Err(PreflightError::Differs {
                index,
                what,
                expected,
                found,
            }),
        };
        let words = |what, said: u32, found: u32| same(what, said.into(), found.into());
        words("cycles", said.cycles, end.cycles)?;
        words("status", said.status.into(), end.status.into())?;
        words("fault cause", said.cause.into(), end.cause.into())?;
        words("pc", said.pc, end.pc)?;
        words("exit code", said.exit_code, end.exit_code)?;
        words("input cursor", said.input_total, end.input_total)?;
        words("journal length", said.journal_total, end.journal_total)?;
        same("order", said.order, end.order)?;
        words("pages touched", said.touched, end.touched)?;
        words("pages dirtied", said.dirtied, end.dirtied)?;
        words("cost", said.cost, end.cost)?;
        for (said, &found) in segment.post.registers.iter().zip(registers) {
            words("a register", *said, found)?;
        }
        for (said, &found) in segment.journal.iter().zip(&self.machine.account.journal) {
            words("a journal word", *said, found)?;
        }
        let text = segment.text.range();
        let data = self.machine.pager.touched().iter();
        let data = data.filter(|page| !text.contains(page)).count();
        same(
            "pages touched outside the text",
            segment.pages.len() as u64,
            data as u64,
        )
    }
}

impl<S> std::fmt::Debug for Replayer<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replayer").finish_non_exhaustive()
    }
}

impl TraceSink for Preflight {
    #[inline(always)]
    fn record(&mut self, record: &Record) {
        self.records.push(*record);
    }

    fn page_in(&mut self, page: &PageIn, words: &PageWords) {
        self.pages.push((*page, Box::new(*words)));
    }

    fn end(&mut self, end: &SegmentEnd, registers: &[u32; 32]) {
        self.end = *end;
        self.registers = *registers;
    }
}

/// Replays for the checks alone.
struct Discard;

impl TraceSink for Discard {
    fn record(&mut self, _: &Record) {}
    fn page_in(&mut self, _: &PageIn, _: &PageWords) {}
    fn end(&mut self, _: &SegmentEnd, _: &[u32; 32]) {}
}
