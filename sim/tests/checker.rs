//! The checker on streams that are made from the golden trace: whole, it accepts them; changed anywhere, it names the field.

use std::sync::Arc;

use assay_abi::stream::{BEAT_BYTES, KIND_BOUNDARY, KIND_END, KIND_PAGE_IN, KIND_RECORD};
use assay_abi::{Field, PageIn, Po2, Record, SegmentEnd};
use assay_executor::{Event, Image, Input, LiveTrace};
use assay_progen::{Config, Ending, generate};
use assay_sim::{Checker, Divergence, GoldenTrace, HISTORY, Matched};

type Beat = [u8; BEAT_BYTES];

/// A golden trace, as events and as the beats that hardware would send.
struct Session {
    entry: u32,
    events: Vec<Event>,
    beats: Vec<Beat>,
    journal: Vec<u32>,
}

fn session(seed: u64, ending: Ending) -> Session {
    let program = generate(
        seed,
        &Config {
            instructions: 30_000,
            ending,
            ..Config::default()
        },
    );
    let image = Arc::new(Image::from_elf(&program.elf).unwrap());
    let input = Input::from_words(program.input).unwrap();
    let events: Vec<Event> = LiveTrace::new(image.clone(), input, Po2::MIN, None).collect();
    let mut beats = Vec::new();
    let mut journal = Vec::new();
    let words = |beats: &mut Vec<Beat>, words: &[u32]| {
        for beat in words.chunks(BEAT_BYTES / 4) {
            let bytes: Vec<u8> = beat.iter().flat_map(|word| word.to_le_bytes()).collect();
            beats.push(bytes.try_into().unwrap());
        }
    };
    for event in &events {
        match event {
            Event::Record(record) => {
                beats.push(*record.as_bytes());
                if record.insn == 0x73 && record.a_value == 3 {
                    journal.push(record.b_value);
                }
            }
            Event::PageIn(page, content) => {
                beats.push(*page.as_bytes());
                words(&mut beats, &content[..]);
            }
            Event::End(end, registers) => {
                beats.push(*end.as_bytes());
                words(&mut beats, registers);
            }
        }
    }
    Session {
        entry: image.entry,
        events,
        beats,
        journal,
    }
}

impl Session {
    fn checker(&self) -> Checker<impl GoldenTrace> {
        Checker::new(self.events.clone().into_iter(), self.entry)
    }

    /// Checks a stream with this session's trace.
    fn check(&self, beats: &[Beat], journal: &[u32]) -> Result<Matched, Box<Divergence>> {
        let mut checker = self.checker();
        for &word in journal {
            checker.journal(word)?;
        }
        for (index, beat) in beats.iter().enumerate() {
            checker.beat(beat, index + 1 == beats.len())?;
        }
        checker.finish()?;
        Ok(checker.matched())
    }

    /// The divergence of a stream that `change` has changed.
    fn divergence(&self, change: impl FnOnce(&mut Vec<Beat>)) -> Box<Divergence> {
        let mut beats = self.beats.clone();
        change(&mut beats);
        self.check(&beats, &self.journal).unwrap_err()
    }

    /// The index of the beat that begins the event number `number` of this kind.
    fn header(&self, kind: u8, number: usize) -> usize {
        let mut index = 0;
        let mut seen = 0;
        for event in &self.events {
            let (this, beats) = match event {
                Event::Record(_) => (KIND_RECORD, 1),
                Event::PageIn(..) => (KIND_PAGE_IN, 17),
                Event::End(end, _) => (end.kind, 3),
            };
            if this == kind {
                if seen == number {
                    return index;
                }
                seen += 1;
            }
            index += beats;
        }
        panic!("the session has no event {number} of kind {kind}");
    }
}

#[test]
fn checker_accepts_the_golden_trace_and_counts_it() {
    for seed in 0..6 {
        let session = session(seed, Ending::Any);
        let matched = session.check(&session.beats, &session.journal).unwrap();
        let count = |kind: fn(&Event) -> bool| {
            session.events.iter().filter(|event| kind(event)).count() as u64
        };
        assert_eq!(
            matched.records,
            count(|event| matches!(event, Event::Record(_)))
        );
        assert_eq!(
            matched.pages,
            count(|event| matches!(event, Event::PageIn(..)))
        );
        assert_eq!(matched.page_words, 256 * matched.pages);
        assert_eq!(
            matched.boundaries + matched.ends,
            count(|event| matches!(event, Event::End(..)))
        );
        assert_eq!(
            (matched.ends, matched.beats),
            (1, session.beats.len() as u64)
        );
        assert_eq!(matched.journal_words, session.journal.len() as u64);
        assert!(matched.boundaries > 0 && matched.pages > 20, "{matched:?}");
        println!("seed {seed}: matched {matched:?}");
    }
}

#[test]
fn checker_names_every_field_of_every_layout_that_is_flipped() {
    let session = session(1, Ending::Halt);
    let layouts: [(u8, &[Field]); 4] = [
        (KIND_RECORD, Record::FIELDS),
        (KIND_PAGE_IN, PageIn::FIELDS),
        (KIND_BOUNDARY, SegmentEnd::FIELDS),
        (KIND_END, SegmentEnd::FIELDS),
    ];
    let mut flipped = 0;
    for (kind, fields) in layouts {
        // The first event of its kind, and one in the middle, except that there is one end.
        for number in [0, 1, 2]
            .into_iter()
            .take(if kind == KIND_END { 1 } else { 3 })
        {
            let at = session.header(kind, number);
            for field in fields {
                for byte in [0, field.bytes - 1] {
                    let divergence = session
                        .divergence(|beats| beats[at][(field.offset + byte) as usize] ^= 0x80);
                    let difference = &divergence.differences[0];
                    assert_eq!(difference.field, field.name, "kind {kind}, byte {byte}");
                    assert_eq!(divergence.differences.len(), 1);
                    let shift = if field.bytes > 8 { 0 } else { 8 * byte };
                    assert_eq!(difference.expected ^ difference.got, 0x80 << shift);
                    flipped += 1;
                }
            }
        }
    }
    println!("{flipped} flipped bytes were each named by their field");
}

#[test]
fn checker_names_every_word_of_a_page_and_every_register_that_is_changed() {
    let session = session(2, Ending::Halt);
    let page = session.header(KIND_PAGE_IN, 3);
    for word in 0..256 {
        let divergence =
            session.divergence(|beats| beats[page + 1 + word / 16][word % 16 * 4 + 2] ^= 1);
        let difference = &divergence.differences[0];
        assert_eq!(
            (difference.field, difference.index),
            ("content", Some(word as u64))
        );
        assert_eq!(difference.expected ^ difference.got, 0x1_0000);
    }
    for end in [
        session.header(KIND_BOUNDARY, 0),
        session.header(KIND_END, 0),
    ] {
        for register in 0..32 {
            let divergence =
                session.divergence(|beats| beats[end + 1 + register / 16][register % 16 * 4] ^= 1);
            let difference = &divergence.differences[0];
            assert_eq!(
                (difference.field, difference.index),
                ("registers", Some(register as u64))
            );
        }
    }
}

#[test]
fn checker_sees_beats_that_are_dropped_repeated_or_of_another_kind() {
    let session = session(3, Ending::Halt);
    let first = |divergence: Box<Divergence>| divergence.differences[0].field;
    let record = session.header(KIND_RECORD, 500);
    assert_ne!(
        first(session.divergence(|beats| {
            beats.remove(record);
        })),
        "kind"
    );
    assert_eq!(
        first(session.divergence(|beats| beats.insert(record, beats[record]))),
        "cycle"
    );
    // A boundary too late: the record that did not fit comes in its place.
    let boundary = session.header(KIND_BOUNDARY, 0);
    let divergence = session.divergence(|beats| drop(beats.drain(boundary..boundary + 3)));
    assert_eq!(
        (
            divergence.differences.len(),
            divergence.differences[0].field
        ),
        (1, "kind")
    );
    assert!(
        divergence.expected.contains("boundary of segment 0"),
        "{}",
        divergence.expected
    );
    assert!(
        divergence.got.contains("page") || divergence.got.contains("record"),
        "{}",
        divergence.got
    );
    let page = session.header(KIND_PAGE_IN, 5);
    assert_eq!(
        first(session.divergence(|beats| drop(beats.drain(page..page + 17)))),
        "kind"
    );
    assert_eq!(
        first(session.divergence(|beats| {
            beats.remove(page + 1);
        })),
        "content"
    );
}

#[test]
fn checker_sees_an_end_that_comes_early_late_or_unmarked() {
    let session = session(4, Ending::Halt);
    // Without its last beat the stream has no end mark, and nothing more comes.
    let mut checker = session.checker();
    for beat in &session.beats[..session.beats.len() - 1] {
        checker.beat(beat, false).unwrap();
    }
    assert_eq!(checker.finish().unwrap_err().differences[0].field, "kind");
    let last = session.beats.last().unwrap();
    assert_eq!(
        checker.beat(last, false).unwrap_err().differences[0].field,
        "last"
    );
    // A record with the end mark.
    let mut checker = session.checker();
    let early = loop_to_first_record(&session, &mut checker);
    assert_eq!(
        checker.beat(&early, true).unwrap_err().differences[0].field,
        "last"
    );
    // A beat after the end.
    let divergence = session.divergence(|beats| beats.push(*last));
    assert!(["last", "kind"].contains(&divergence.differences[0].field));
}

fn loop_to_first_record(session: &Session, checker: &mut Checker<impl GoldenTrace>) -> Beat {
    let at = session.header(KIND_RECORD, 0);
    for beat in &session.beats[..at] {
        checker.beat(beat, false).unwrap();
    }
    session.beats[at]
}

#[test]
fn checker_sees_journal_words_that_are_wrong_missing_or_too_many() {
    let session = (0..20)
        .map(|seed| session(seed, Ending::Halt))
        .find(|session| session.journal.len() > 3)
        .unwrap();
    let journal = |change: fn(&mut Vec<u32>)| {
        let mut words = session.journal.clone();
        change(&mut words);
        session
            .check(&session.beats, &words)
            .unwrap_err()
            .differences[0]
            .clone()
    };
    let wrong = journal(|words| words[2] ^= 4);
    assert_eq!(
        (wrong.field, wrong.index, wrong.expected ^ wrong.got),
        ("journal", Some(2), 4)
    );
    let count = session.journal.len() as u64;
    let missing = journal(|words| {
        words.pop();
    });
    assert_eq!(
        (missing.field, missing.expected, missing.got),
        ("journal", count, count - 1)
    );
    let extra = journal(|words| words.push(0));
    assert_eq!(
        (extra.field, extra.expected, extra.got),
        ("journal", count, count + 1)
    );
}

#[test]
fn checker_keeps_the_last_retirements_of_both_sides() {
    let session = session(5, Ending::Halt);
    let at = session.header(KIND_RECORD, 1000);
    let mut checker = session.checker();
    for beat in &session.beats[..at] {
        checker.beat(beat, false).unwrap();
    }
    let mut wrong = session.beats[at];
    wrong[32] ^= 1; // c_new
    let divergence = checker.beat(&wrong, false).unwrap_err();
    assert_eq!(
        (divergence.order, divergence.differences[0].field),
        (1000, "c_new")
    );
    let golden: Vec<u64> = checker
        .golden_history()
        .map(|record| record.order)
        .collect();
    assert_eq!(golden, (1001 - HISTORY as u64..=1000).collect::<Vec<_>>());
    let (golden, rtl): (Vec<_>, Vec<_>) = (
        checker.golden_history().collect(),
        checker.rtl_history().collect(),
    );
    assert_eq!(golden[..HISTORY - 1], rtl[..HISTORY - 1]);
    assert_ne!(golden[HISTORY - 1], rtl[HISTORY - 1]);
}
