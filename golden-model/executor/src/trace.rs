//! The golden trace: what the machine tells the world, in the order of the contract's stream.

use std::io;

use assay_abi::{PageIn, Record, SegmentEnd};
use bytemuck::bytes_of;

use crate::page::PageWords;

/// Takes a trace in stream order.
///
/// Every method is called in the order of the beats: a page in front of the record that touches it, a segment's end in front of
/// what the next segment begins with.
pub trait TraceSink {
    /// One retired instruction.
    fn record(&mut self, record: &Record);
    /// A page and its content at that moment.
    fn page_in(&mut self, page: &PageIn, words: &PageWords);
    /// A boundary or the end, and the registers at that point.
    fn end(&mut self, end: &SegmentEnd, registers: &[u32; 32]);
}

/// One element of the trace, in stream order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// One retired instruction.
    Record(Record),
    /// A page enters the segment, with its content.
    PageIn(PageIn, Box<PageWords>),
    /// A segment closes, with the registers at that point.
    End(SegmentEnd, [u32; 32]),
}

impl Event {
    /// Hands the event to a sink.
    pub fn deliver(&self, sink: &mut impl TraceSink) {
        match self {
            Self::Record(record) => sink.record(record),
            Self::PageIn(page, words) => sink.page_in(page, words),
            Self::End(end, registers) => sink.end(end, registers),
        }
    }
}

impl<S: Extend<Event>> TraceSink for S {
    fn record(&mut self, record: &Record) {
        self.extend([Event::Record(*record)]);
    }

    fn page_in(&mut self, page: &PageIn, words: &PageWords) {
        self.extend([Event::PageIn(*page, Box::new(*words))]);
    }

    fn end(&mut self, end: &SegmentEnd, registers: &[u32; 32]) {
        self.extend([Event::End(*end, *registers)]);
    }
}

/// Writes the trace as exactly the contract's 64-byte beats.
///
/// The first error of the writer is kept, nothing is written after it, and [`BeatWriter::finish`] returns it.
#[derive(Debug)]
pub struct BeatWriter<W> {
    writer: W,
    result: io::Result<()>,
}

impl<W: io::Write> BeatWriter<W> {
    /// Beats go to `writer`; one that buffers is worth its while.
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            result: Ok(()),
        }
    }

    fn write(&mut self, beats: &[u8]) {
        if self.result.is_ok() {
            self.result = self.writer.write_all(beats);
        }
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// The first error that the writer met.
    pub fn finish(mut self) -> io::Result<W> {
        self.result?;
        self.writer.flush()?;
        Ok(self.writer)
    }
}

impl<W: io::Write> TraceSink for BeatWriter<W> {
    fn record(&mut self, record: &Record) {
        self.write(bytes_of(record));
    }

    fn page_in(&mut self, page: &PageIn, words: &PageWords) {
        self.write(bytes_of(page));
        self.write(bytes_of(words));
    }

    fn end(&mut self, end: &SegmentEnd, registers: &[u32; 32]) {
        self.write(bytes_of(end));
        self.write(bytes_of(registers));
    }
}
