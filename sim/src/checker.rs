//! The lock-step checker: every beat of the hardware's stream against the golden event that it must be.
//!
//! Invariant: after `n` beats without a divergence, the beats are byte for byte the golden trace's first `n`.

mod ending;

use std::collections::VecDeque;

use assay_abi::machine::{Ecall, PAGE_WORDS};
use assay_abi::stream::{BEAT_BYTES, KIND_END, KIND_RECORD};
use assay_abi::{PageIn, Record, SegmentEnd};
use assay_executor::Event;
use serde::Serialize;

use crate::difference::{
    Difference, compare_layout, compare_records, compare_words, describe, describe_event,
    difference,
};
use crate::golden::GoldenTrace;

/// Retirements of each side that a report shows.
pub const HISTORY: usize = 32;

/// The instruction word of `ECALL`.
const ECALL: u32 = 0x0000_0073;

/// How much was compared and found equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Retired instructions.
    pub records: u64,
    /// Pages that entered a segment.
    pub pages: u64,
    /// Words of those pages.
    pub page_words: u64,
    /// Segment boundaries, the end apart.
    pub boundaries: u64,
    /// Ends of the session, each with all registers: 1 in a run that ended.
    pub ends: u64,
    /// Words committed to the journal.
    pub journal_words: u64,
    /// Beats of 64 bytes.
    pub beats: u64,
}

/// Where the hardware's stream leaves the golden trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// What was expected, in words.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// All fields that differ; the first is the one that the report names. Those that say which instruction it is come first,
    /// the others in the contract's order.
    pub differences: Vec<Difference>,
    /// The segment in which it happened.
    pub segment: u32,
    /// Retired instructions of that segment so far, the instruction at fault included.
    pub cycle: u32,
    /// Number of the retirement at fault in the session.
    pub order: u64,
    /// Address of the instruction at fault, on the golden side.
    pub pc: u32,
    /// Its word, 0 where the golden side has none (at an end of a segment).
    pub insn: u32,
}

/// Compares a stream with a golden trace while both are made.
pub struct Checker<G> {
    golden: G,
    event: Option<Event>,
    /// The next beat of `event`.
    beat: usize,
    /// The golden record that the next page-in or boundary goes with.
    place: Place,
    golden_history: VecDeque<Record>,
    rtl_history: VecDeque<Record>,
    /// Journal words that one side has and the other has not yet shown.
    journal_expected: VecDeque<(u32, Place)>,
    journal_got: VecDeque<u32>,
    matched: Matched,
    end: Option<SegmentEnd>,
}

/// An instruction in the session.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    segment: u32,
    cycle: u32,
    order: u64,
    pc: u32,
    insn: u32,
}

impl Place {
    fn of(record: &Record) -> Self {
        Self {
            segment: record.segment,
            cycle: record.cycle,
            order: record.order,
            pc: record.pc,
            insn: record.insn,
        }
    }
}

impl<G: GoldenTrace> Checker<G> {
    /// A checker at the start of `golden`, whose program starts at `entry`.
    pub fn new(mut golden: G, entry: u32) -> Self {
        let event = golden.next_event();
        Self {
            golden,
            event,
            beat: 0,
            place: Place {
                cycle: 1,
                pc: entry,
                ..Place::default()
            },
            golden_history: VecDeque::with_capacity(HISTORY),
            rtl_history: VecDeque::with_capacity(HISTORY),
            journal_expected: VecDeque::new(),
            journal_got: VecDeque::new(),
            matched: Matched::default(),
            end: None,
        }
    }

    /// How much was equal so far.
    pub fn matched(&self) -> Matched {
        self.matched
    }

    /// Whether the end of the session has been compared.
    pub fn is_finished(&self) -> bool {
        self.end.is_some()
    }

    /// The end of the session, once it was compared.
    pub fn end(&self) -> Option<&SegmentEnd> {
        self.end.as_ref()
    }

    /// Whether some but not all beats of an event have come.
    pub fn is_inside_event(&self) -> bool {
        self.beat != 0
    }

    /// The last retirements that the golden side made, oldest first.
    pub fn golden_history(&self) -> impl Iterator<Item = &Record> {
        self.golden_history.iter()
    }

    /// The last records that the hardware sent, oldest first.
    pub fn rtl_history(&self) -> impl Iterator<Item = &Record> {
        self.rtl_history.iter()
    }

    /// A divergence at the place that has been reached, of a kind that the stream does not show.
    pub fn diverged(
        &self,
        expected: String,
        got: String,
        differences: Vec<Difference>,
    ) -> Box<Divergence> {
        let Place {
            segment,
            cycle,
            order,
            pc,
            insn,
        } = self.upcoming();
        Box::new(Divergence {
            expected,
            got,
            differences,
            segment,
            cycle,
            order,
            pc,
            insn,
        })
    }

    /// Compares the hardware's next beat; `last` is the stream's end mark.
    ///
    /// # Errors
    /// The [`Divergence`], if the beat is not the golden one.
    pub fn beat(&mut self, beat: &[u8; BEAT_BYTES], last: bool) -> Result<(), Box<Divergence>> {
        // One comparison decides the usual case, a record that is equal.
        if let Some(Event::Record(expected)) = &self.event
            && expected.as_bytes() == beat
            && !last
        {
            let record = *expected;
            return self.take_record(record);
        }
        self.any_beat(beat, last)
    }

    fn take_record(&mut self, record: Record) -> Result<(), Box<Divergence>> {
        remember(&mut self.golden_history, record);
        remember(&mut self.rtl_history, record);
        self.matched.records += 1;
        self.matched.beats += 1;
        self.place = Place {
            segment: record.segment,
            cycle: record.cycle + 1,
            order: record.order + 1,
            pc: record.next_pc,
            insn: 0,
        };
        if record.insn == ECALL && record.a_value == Ecall::Commit.code() {
            self.journal_expected
                .push_back((record.b_value, Place::of(&record)));
        }
        self.event = self.golden.next_event();
        self.compare_journal()
    }

    fn any_beat(&mut self, beat: &[u8; BEAT_BYTES], last: bool) -> Result<(), Box<Divergence>> {
        let Some(event) = &self.event else {
            let difference = difference("kind", None, 0, u64::from(beat[0]));
            return Err(self.diverged(
                "nothing after the end".to_owned(),
                describe(beat),
                vec![difference],
            ));
        };
        let mut differences = match event {
            Event::Record(expected) => compare_records(expected.as_bytes(), beat),
            Event::PageIn(expected, _) if self.beat == 0 => {
                compare_layout(PageIn::FIELDS, expected.as_bytes(), beat)
            }
            Event::End(expected, _) if self.beat == 0 => {
                compare_layout(SegmentEnd::FIELDS, expected.as_bytes(), beat)
            }
            Event::PageIn(_, content) => {
                compare_words("content", &content[..], self.beat - 1, beat)
            }
            Event::End(_, registers) => {
                compare_words("registers", &registers[..], self.beat - 1, beat)
            }
        };
        let (beats, ends) = match event {
            Event::Record(_) => (1, false),
            Event::PageIn(..) => (1 + assay_abi::stream::PAGE_CONTENT_BEATS, false),
            Event::End(end, _) => (1 + assay_abi::stream::REGISTER_BEATS, end.kind == KIND_END),
        };
        let complete = self.beat + 1 == beats;
        if last != (complete && ends) {
            differences.push(difference(
                "last",
                None,
                u64::from(complete && ends),
                u64::from(last),
            ));
        }
        if !differences.is_empty() {
            return Err(self.stream_divergence(beat, differences));
        }
        self.matched.beats += 1;
        self.beat += 1;
        if complete {
            self.complete(ends);
        }
        Ok(())
    }

    /// Takes an event of several beats into account, all of which were equal.
    fn complete(&mut self, ends: bool) {
        match self.event.take() {
            Some(Event::PageIn(..)) => {
                self.matched.pages += 1;
                self.matched.page_words += u64::from(PAGE_WORDS);
            }
            Some(Event::End(end, _)) if !ends => {
                self.matched.boundaries += 1;
                self.place = Place {
                    segment: end.segment + 1,
                    cycle: 1,
                    order: end.order,
                    pc: end.pc,
                    insn: 0,
                };
            }
            Some(Event::End(end, _)) => {
                self.matched.ends += 1;
                self.end = Some(end);
            }
            Some(Event::Record(_)) | None => {}
        }
        self.beat = 0;
        self.event = if ends { None } else { self.golden.next_event() };
    }

    /// Compares a word that the hardware committed.
    ///
    /// # Errors
    /// The [`Divergence`], if the golden side committed another one.
    pub fn journal(&mut self, word: u32) -> Result<(), Box<Divergence>> {
        self.journal_got.push_back(word);
        self.compare_journal()
    }

    fn compare_journal(&mut self) -> Result<(), Box<Divergence>> {
        while let (Some(&(expected, place)), Some(&got)) =
            (self.journal_expected.front(), self.journal_got.front())
        {
            let index = self.matched.journal_words;
            if expected != got {
                let Place {
                    segment,
                    cycle,
                    order,
                    pc,
                    insn,
                } = place;
                return Err(Box::new(Divergence {
                    expected: format!("journal word {index} is {expected:#010x}"),
                    got: format!("{got:#010x}"),
                    differences: vec![difference(
                        "journal",
                        Some(index),
                        u64::from(expected),
                        u64::from(got),
                    )],
                    segment,
                    cycle,
                    order,
                    pc,
                    insn,
                }));
            }
            self.journal_expected.pop_front();
            self.journal_got.pop_front();
            self.matched.journal_words += 1;
        }
        Ok(())
    }

    /// The instruction that the current event belongs to.
    fn upcoming(&self) -> Place {
        match &self.event {
            Some(Event::Record(record)) => Place::of(record),
            Some(Event::End(end, _)) => Place {
                segment: end.segment,
                cycle: end.cycles,
                order: end.order,
                pc: self.place.pc,
                insn: 0,
            },
            _ => self.place,
        }
    }

    fn stream_divergence(
        &mut self,
        beat: &[u8; BEAT_BYTES],
        mut differences: Vec<Difference>,
    ) -> Box<Divergence> {
        let header = self.beat == 0;
        let expected = self.event.as_ref().map_or_else(String::new, describe_event);
        let mut place = self.upcoming();
        let got = if header {
            // With another kind of beat, its fields mean something else: only the kind is compared.
            if differences
                .first()
                .is_some_and(|first| first.field == "kind")
            {
                differences.truncate(1);
            }
            describe(beat)
        } else {
            "a beat of its content that differs".to_owned()
        };
        if header && beat[0] == KIND_RECORD {
            remember(&mut self.rtl_history, Record::from_bytes(beat));
        }
        match &self.event {
            Some(Event::Record(record)) => remember(&mut self.golden_history, *record),
            // A page's event goes before the record of the instruction that touches it: show that one.
            Some(Event::PageIn(..)) => {
                if let Some(Event::Record(record)) = self.golden.next_event() {
                    place = Place::of(&record);
                    remember(&mut self.golden_history, record);
                }
            }
            Some(Event::End(..)) | None => {}
        }
        let Place {
            segment,
            cycle,
            order,
            pc,
            insn,
        } = place;
        Box::new(Divergence {
            expected,
            got,
            differences,
            segment,
            cycle,
            order,
            pc,
            insn,
        })
    }
}

fn remember(history: &mut VecDeque<Record>, record: Record) {
    if history.len() == HISTORY {
        history.pop_front();
    }
    history.push_back(record);
}
