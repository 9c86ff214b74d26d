//! What the tests of the machine share.
#![allow(dead_code)] // each test file uses its part

use std::sync::Arc;

use assay_abi::Po2;
use assay_executor::{
    Event, Exit, Image, Input, LiveTrace, Replayer, Segment, Session, SessionConfig,
    SessionSummary, naive::NaiveTrace,
};

/// A program with its input.
#[derive(Clone)]
pub struct Case {
    pub image: Arc<Image>,
    pub input: Input,
}

impl Case {
    pub fn new(image: Image, input: &[u32]) -> Self {
        Self {
            image: Arc::new(image),
            input: Input::from_words(input.to_vec()).expect("a short input"),
        }
    }

    /// Instructions at 0x1000, which is the entry, and nothing else.
    pub fn words(words: &[u32], input: &[u32]) -> Self {
        Self::new(
            Image::from_words(0x1000, words).expect("a small text"),
            input,
        )
    }

    pub fn naive(&self, po2: Po2, cycle_limit: Option<u64>) -> Vec<Event> {
        NaiveTrace::new(&self.image, self.input.clone(), po2, cycle_limit).run()
    }

    pub fn live(&self, po2: Po2, cycle_limit: Option<u64>) -> Vec<Event> {
        LiveTrace::new(
            Arc::clone(&self.image),
            self.input.clone(),
            po2,
            cycle_limit,
        )
        .collect()
    }

    pub fn session(
        &self,
        po2: Po2,
        cycle_limit: Option<u64>,
        roots: bool,
    ) -> (SessionSummary, Vec<Segment>) {
        let config = SessionConfig {
            po2,
            cycle_limit,
            roots,
        };
        let mut segments = Vec::new();
        let summary = Session::new(Arc::clone(&self.image), self.input.clone(), config)
            .run(&mut segments)
            .expect("a Vec takes every segment");
        (summary, segments)
    }
}

pub fn po2(log: u8) -> Po2 {
    Po2::try_from(log).expect("a segment limit of the machine")
}

/// The trace of all segments, each replayed alone, last segment first.
pub fn replay(segments: &[Segment]) -> Vec<Event> {
    let mut replayer = Replayer::new(Vec::new());
    let mut traces = Vec::new();
    for segment in segments.iter().rev() {
        replayer
            .replay(segment)
            .unwrap_or_else(|error| panic!("segment {} replays: {error}", segment.index));
        traces.push(std::mem::take(replayer.sink_mut()));
    }
    traces.into_iter().rev().flatten().collect()
}

/// What was matched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Matched {
    pub programs: u64,
    pub records: u64,
    pub pages: u64,
    pub segments: u64,
}

impl std::ops::AddAssign for Matched {
    fn add_assign(&mut self, other: Self) {
        self.programs += other.programs;
        self.records += other.records;
        self.pages += other.pages;
        self.segments += other.segments;
    }
}

impl std::fmt::Display for Matched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "matched {} retired instructions, {} pages and {} segments of {} programs",
            self.records, self.pages, self.segments, self.programs
        )
    }
}

fn assert_same(what: &str, expected: &[Event], got: &[Event]) {
    for (at, (expected, got)) in expected.iter().zip(got).enumerate() {
        assert_eq!(expected, got, "{what}: event {at} (left: naive)");
    }
    assert_eq!(expected.len(), got.len(), "{what}: number of events");
}

/// Runs a case on the naive machine, live, as a session and segment by segment, and demands that all say the same.
pub fn agree(what: &str, case: &Case, po2: Po2, cycle_limit: Option<u64>) -> (Matched, Exit) {
    let expected = case.naive(po2, cycle_limit);
    assert_same(
        &format!("{what}, live"),
        &expected,
        &case.live(po2, cycle_limit),
    );
    let (summary, segments) = case.session(po2, cycle_limit, false);
    assert_same(&format!("{what}, replayed"), &expected, &replay(&segments));

    let mut matched = Matched {
        programs: 1,
        ..Matched::default()
    };
    let mut journal = Vec::new();
    for event in &expected {
        match event {
            Event::Record(_) => matched.records += 1,
            Event::PageIn(..) => matched.pages += 1,
            Event::End(end, registers) => {
                let segment = &segments[matched.segments as usize];
                assert_eq!(segment.end_beat(), *end, "{what}: the segment's own end");
                assert_eq!(segment.post.registers, *registers, "{what}");
                journal.extend_from_slice(&segment.journal);
                matched.segments += 1;
            }
        }
    }
    let last = segments.last().expect("at least one segment");
    assert_eq!(u64::from(summary.segments), matched.segments, "{what}");
    assert_eq!(summary.cycles, matched.records, "{what}");
    assert_eq!(summary.exit, last.exit, "{what}");
    assert_eq!(summary.pc, last.post.pc, "{what}");
    assert_eq!(summary.journal.words(), journal, "{what}");
    (matched, summary.exit)
}
