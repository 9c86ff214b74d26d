//! The columns that a segment is proved with, from the RTL's trace stream and from the executor's records.
#![cfg(feature = "verilator")]

mod columns;

use std::fs;
use std::sync::Arc;

use assay_abi::stream::BEAT_BYTES;
use assay_abi::{Po2, Record};
use assay_circuit::{Table, WitnessError, program, witness};
use assay_executor::{Image, Input, Preflight, Segment, preflight};
use assay_progen::{Config, generate};
use assay_sim::{Rtl, Timing, WitnessCard};
use columns::{columns_match, golden_segments, segments_of};

/// Clock cycles within which a card comes to its end.
const PATIENCE: u64 = 20_000_000;

/// All beats of a session on the RTL.
fn beats(image: &Image, input: &Input, timing: Timing) -> Vec<[u8; BEAT_BYTES]> {
    let mut card = WitnessCard::new(Rtl::fast(), timing, 1);
    card.start(image, input, Po2::MIN).expect("a start");
    let mut beats = Vec::new();
    while card.clock() < PATIENCE {
        card.cycle();
        while card.next_word().is_some() {}
        while let Some(beat) = card.next_beat() {
            beats.push(*beat.bytes());
            if beat.last {
                return beats;
            }
        }
    }
    panic!("no end after {PATIENCE} clock cycles");
}

/// A session on the executor, and its segments as the RTL streamed them.
fn both(image: Arc<Image>, input: Input, timing: Timing) -> Vec<(Segment, Preflight)> {
    let rtl = segments_of(&beats(&image, &input, timing));
    let segments = golden_segments(image, input);
    assert_eq!(segments.len(), rtl.len());
    segments.into_iter().zip(rtl).collect()
}

fn random_program() -> (Arc<Image>, Input) {
    let config = Config {
        instructions: 20_000,
        ..Config::default()
    };
    let program = generate(11, &config);
    let image = Image::from_elf(&program.elf).expect("an image");
    let input = Input::from_words(program.input).expect("a short input");
    (Arc::new(image), input)
}

fn guest(name: &str, bytes: usize) -> (Arc<Image>, Input) {
    let path = assay_guests::folder().join(format!("elf/{name}.elf"));
    let image = Image::from_elf(&fs::read(path).expect("a committed ELF")).expect("an image");
    let sample = assay_guests::sample_of_size(name, bytes).expect("a sample");
    let input = Input::from_words(sample.words()).expect("a short input");
    (Arc::new(image), input)
}

#[test]
fn columns_from_rtl_records_are_those_from_executor_records() {
    let (mut segments, mut records, mut cells) = (0, 0, 0);
    for ((image, input), timing) in [
        (random_program(), Timing::HARSH),
        (guest("sha256", 200), Timing::RANDOM),
        (guest("sort", 100), Timing::STEADY),
    ] {
        for (segment, rtl) in both(image, input, timing) {
            cells += columns_match(&segment, &rtl);
            segments += 1;
            records += rtl.records.len();
        }
    }
    println!(
        "matched {cells} cells of {} tables from the {records} records of {segments} RTL segments",
        Table::ALL.len()
    );
    assert!(segments >= 6, "{segments} segments");
}

/// What no column is made of: what says which record it is, and the word, which the columns have from the image. The lock-step checker compares them.
const UNREAD: [&str; 6] = ["kind", "flags", "reserved0", "insn", "segment", "order"];

/// Each field of some of the RTL's records with one bit changed: no witness, or another one.
#[test]
fn one_bit_of_an_rtl_record_shows_in_the_columns() {
    let (image, input) = random_program();
    let (segment, rtl) = both(image, input, Timing::STEADY).swap_remove(1);
    let program = program::decode(&segment.text);
    let golden = preflight(&segment).expect("it replays");
    let honest = witness(&segment, &golden, &program).expect("it goes on");
    let (mut refused, mut differ) = (0, 0);
    let mut unread = Vec::new();
    for field in Record::FIELDS {
        let mut seen = 0;
        for (at, record) in rtl
            .records
            .iter()
            .enumerate()
            .step_by(rtl.records.len() / 12)
        {
            let mut rows = rtl.clone();
            let mut beat = *record.as_bytes();
            beat[field.offset as usize] ^= 1 << (at % 8);
            rows.records[at] = Record::from_bytes(&beat);
            match witness(&segment, &rows, &program) {
                Err(WitnessError::Record { .. }) => refused += 1,
                Err(error) => panic!("{}: {error}", field.name),
                Ok(other) if other.traces != honest.traces => differ += 1,
                Ok(_) => continue,
            }
            seen += 1;
        }
        if seen == 0 {
            unread.push(field.name);
        }
    }
    println!(
        "one bit changed: {refused} records refused, {differ} other columns; unread: {unread:?}"
    );
    assert_eq!(unread, UNREAD);
}
