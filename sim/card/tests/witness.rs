//! The witness core on the card: its program and input go up by commands, its records land in card memory, and the host reads them back.
#![cfg(feature = "witness")]

#[path = "../../tests/columns/mod.rs"]
mod columns;
mod common;

use std::sync::Arc;

use assay_abi::stream::BEAT_BYTES;
use assay_abi::{
    Command, CommandStatus as Status, Completion, Opcode, Po2, completion_flags, regs,
};
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_circuit::{program, witness};
use assay_driver::Transport;
use assay_driver::command::{command, waiting};
use assay_executor::{Event, Image, Input, LiveTrace, preflight};
use assay_progen::{Config, generate};
use assay_sim::{Checker, GoldenTrace, Timing};
use columns::{columns_match, golden_segments, segments_of};
use common::{Pages, Rings};

const PAGE_WORDS: usize = 256;
/// Guest memory from address 0, its shadow in the upper half; between them what the card's other commands use.
const SHADOW: u64 = 1 << 29;
const INPUT: u64 = 0x1000_0000;
const TRACE: u64 = 0x1100_0000;

struct Golden(LiveTrace);

impl GoldenTrace for Golden {
    fn next_event(&mut self) -> Option<Event> {
        self.0.next_event()
    }
}

struct Host<'a> {
    card: &'a VerilatedCard,
    rings: Rings<'a, VerilatedCard>,
}

impl Host<'_> {
    fn upload(&mut self, destination: u64, words: &[u32]) {
        let pages = Pages::new(self.card, &[(4 * words.len()).next_multiple_of(64)]);
        pages.write(words);
        self.rings.push(Command {
            list: pages.list.address(),
            count: 1,
            destination,
            argument: pages.pages[0].len() as u64,
            ..command(Opcode::Upload)
        });
        let done = self.rings.drain().expect("a completion");
        assert_eq!(done[0].status, 0);
    }

    fn load(&mut self, image: &Image) {
        for (page, words) in image.pages() {
            let address = u64::from(page) * 4 * PAGE_WORDS as u64;
            self.upload(address, &words[..]);
            // The times beside the words mean nothing yet.
            let shadow: Vec<u32> = words.iter().flat_map(|&word| [word, !word]).collect();
            self.upload(SHADOW + 2 * address, &shadow);
        }
    }

    fn start(&self, image: &Image, input: &Input) {
        for (offset, value) in [
            (regs::ENTRY_PC, image.entry),
            (regs::TEXT_START, image.text.start),
            (regs::TEXT_END, image.text.end),
            (regs::PO2, u32::from(Po2::MIN.get())),
            (regs::INPUT_LENGTH, input.words().len() as u32),
            (regs::MEM_BASE, 0),
            (regs::SHADOW_BASE, (SHADOW >> 29) as u32),
            (regs::CONTROL, regs::control::START),
        ] {
            self.card.write32(offset, value).expect("a register");
        }
    }
}

fn trace(destination: u64, bytes: u64) -> Command {
    Command {
        destination,
        argument: bytes,
        ..command(Opcode::Trace)
    }
}

/// A whole session, its trace taken in pieces of so many bytes; returns the beats, which are the golden ones.
fn session(
    image: &Arc<Image>,
    input: &Input,
    piece: u64,
    timing: Timing,
    seed: u64,
) -> Vec<[u8; BEAT_BYTES]> {
    let surroundings = Surroundings {
        host: timing,
        card: timing,
        seed,
    };
    let card = VerilatedCard::new("witness", surroundings).expect("a card");
    let rings = Rings::new(&card, 6);
    let mut host = Host { card: &card, rings };
    host.load(image);
    let words = input.words();
    if !words.is_empty() {
        host.upload(INPUT, words);
        host.rings.push(Command {
            source: INPUT,
            argument: words.len() as u64,
            ..command(Opcode::Feed)
        });
    }
    host.start(image, input);
    let golden = LiveTrace::new(image.clone(), input.clone(), Po2::MIN, None);
    let mut checker = Checker::new(Golden(golden), image.entry);
    let mut beats = Vec::new();
    loop {
        let traced = host.rings.push(trace(TRACE, piece));
        let pages = Pages::new(&card, &[piece as usize]);
        let fetched = host.rings.push(waiting(
            Command {
                list: pages.list.address(),
                count: 1,
                source: TRACE,
                argument: piece,
                ..command(Opcode::Download)
            },
            &[traced],
        ));
        // The feed ends when the program has read all, which it may never do.
        host.rings.ring();
        let mut done = Vec::new();
        while !done.iter().any(|it: &Completion| it.sequence == fetched) {
            done.push(host.rings.wait().expect("a completion"));
        }
        let traced = done.iter().find(|it| it.sequence == traced).expect("it");
        assert_eq!(traced.status, Status::Ok.code());
        let ends = traced.flags & completion_flags::END != 0;
        let words = pages.read();
        let count = traced.detail as usize / BEAT_BYTES;
        assert!(ends || count * BEAT_BYTES == piece as usize);
        for (index, beat) in words.chunks(BEAT_BYTES / 4).take(count).enumerate() {
            let mut bytes = [0; BEAT_BYTES];
            for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(beat) {
                *to = word.to_le_bytes();
            }
            let last = ends && index + 1 == count;
            checker
                .beat(&bytes, last)
                .unwrap_or_else(|error| panic!("beat {}: {error:?}", beats.len()));
            beats.push(bytes);
        }
        if ends {
            assert!(checker.is_finished());
            return beats;
        }
    }
}

/// The random program of this seed, unless it faults: what faults has no columns.
fn halting(seed: u64) -> Option<(u64, Arc<Image>, Input)> {
    let config = Config {
        instructions: 2_000,
        ..Config::default()
    };
    let program = generate(seed, &config);
    let image = Arc::new(Image::from_elf(&program.elf).expect("a program"));
    let input = Input::from_words(program.input).expect("a short input");
    let segments = golden_segments(image.clone(), input.clone());
    let halts = segments.iter().all(|segment| {
        let golden = preflight(segment).expect("it replays");
        witness(segment, &golden, &program::decode(&segment.text)).is_ok()
    });
    halts.then_some((seed, image, input))
}

#[test]
fn records_in_card_memory_give_the_golden_columns() {
    let (mut beats, mut cells, mut segments) = (0, 0, 0);
    let programs = (3..).filter_map(halting).take(2);
    for ((seed, image, input), (piece, timing)) in
        programs.zip([(1 << 14, Timing::STEADY), (640, Timing::RANDOM)])
    {
        let found = session(&image, &input, piece, timing, seed);
        let rtl = segments_of(&found);
        let golden = golden_segments(image, input);
        assert_eq!(golden.len(), rtl.len());
        for (segment, rtl) in golden.iter().zip(&rtl) {
            cells += columns_match(segment, rtl);
        }
        beats += found.len();
        segments += golden.len();
    }
    println!(
        "matched {cells} cells of the columns of {segments} segments, from {beats} beats in card memory"
    );
}

#[test]
fn a_trace_without_a_session_ends_when_the_queue_stops() {
    let card = VerilatedCard::new("witness", Surroundings::default()).expect("a card");
    let mut rings = Rings::new(&card, 6);
    rings.push(trace(TRACE, 4096));
    rings.push(Command {
        source: INPUT,
        argument: 100,
        ..command(Opcode::Feed)
    });
    rings.ring();
    for _ in 0..600 {
        card.read32(0).expect("time goes on");
    }
    assert!(rings.look().is_none());
    let control = common::register(assay_abi::card_regs::CONTROL);
    card.write32(control, 0).expect("a register");
    let mut done = [rings.wait().expect("one"), rings.wait().expect("the other")];
    done.sort_by_key(|it| it.sequence);
    assert_eq!((done[0].status, done[0].detail), (Status::Ok.code(), 0));
    assert_eq!(done[1].status, Status::Aborted.code());
}
