//! Segment boundaries against a recount that knows only records.

mod common;

use std::collections::BTreeSet;

use assay_abi::{
    Record,
    record_flags::{FIRST_DIRTY, FIRST_TOUCH, MEM_READ, MEM_WRITE},
};
use assay_executor::{Event, Exit, Image};
use assay_progen::{
    Assembler, Config,
    encode::{ECALL, ImmOp, LoadOp, Reg, StoreOp, fence, imm_op, load, store},
    generate,
};
use common::{Case, Matched, agree, po2};

const A: Reg = Reg::new(5);
const DATA: u32 = 0x0010_0000;
/// What is left of a segment of 2^13 after its register page.
const ROOM: u32 = 8192 - 256 - 192;

/// The cost of `records` as one segment.
fn cost(records: &[Record]) -> usize {
    let page = |r: &&Record| r.mem_addr >> 10;
    let touches = |r: &&Record| r.flags & (MEM_READ | MEM_WRITE) != 0;
    let stores = |r: &&Record| r.flags & MEM_WRITE != 0;
    let commits = |r: &&Record| r.insn == ECALL && r.a_value == 3;
    let touched: BTreeSet<u32> = records.iter().filter(touches).map(|r| page(&r)).collect();
    let dirtied: BTreeSet<u32> = records.iter().filter(stores).map(|r| page(&r)).collect();
    records.len()
        + 256 * (1 + touched.len())
        + 192 * (1 + dirtied.len())
        + 3 * records.iter().filter(commits).count()
}

/// Cuts all records of a session anew, from nothing but the rule, and demands the same boundaries, counts and flags.
fn recount(what: &str, events: &[Event], limit: usize) -> u64 {
    let mut segments: Vec<Vec<Record>> = vec![Vec::new()];
    let mut said: Vec<usize> = Vec::new();
    let mut before = 0;
    for event in events {
        match event {
            Event::Record(record) => {
                let open = segments.last_mut().expect("never empty");
                open.push(*record);
                if cost(open) > limit {
                    let record = open.pop().expect("just pushed");
                    segments.push(vec![record]);
                }
                let open = segments.last().expect("never empty");
                assert_eq!(record.segment as usize, segments.len() - 1, "{what}");
                assert_eq!(record.cycle as usize, open.len(), "{what}");
                let (last, earlier) = open.split_last().expect("just pushed");
                let same = |r: &&Record| {
                    r.flags & (MEM_READ | MEM_WRITE) != 0 && r.mem_addr >> 10 == last.mem_addr >> 10
                };
                let is_access = last.flags & (MEM_READ | MEM_WRITE) != 0;
                let first_touch = is_access && !earlier.iter().any(|r| same(&r));
                let first_dirty = last.flags & MEM_WRITE != 0
                    && !earlier.iter().any(|r| same(&r) && r.flags & MEM_WRITE != 0);
                assert_eq!(last.flags & FIRST_TOUCH != 0, first_touch, "{what}");
                assert_eq!(last.flags & FIRST_DIRTY != 0, first_dirty, "{what}");
            }
            Event::PageIn(..) => {}
            Event::End(end, _) => {
                said.push(end.cycles as usize);
                before += end.cycles as usize;
                assert_eq!(end.order as usize, before, "{what}");
                assert!(end.cost as usize <= limit, "{what}");
            }
        }
    }
    let counted: Vec<usize> = segments.iter().map(Vec::len).collect();
    assert_eq!(said, counted, "{what}");
    for (segment, end) in segments.iter().zip(events.iter().filter_map(|e| match e {
        Event::End(end, _) => Some(end),
        _ => None,
    })) {
        assert_eq!(cost(segment), end.cost as usize, "{what}");
    }
    segments.len() as u64
}

/// The last instruction, with what it must cost in a segment where nothing is touched.
fn last_instructions() -> Vec<(&'static str, Vec<u32>, u32)> {
    let ecall = |function| vec![imm_op(ImmOp::Addi, Reg::A7, Reg::ZERO, function), ECALL];
    vec![
        ("fence", vec![fence(0, A, A)], 1),
        ("a load that touches", vec![load(LoadOp::Lw, A, A, 0)], 257),
        (
            "a store that dirties",
            vec![store(StoreOp::Sb, A, A, 0)],
            449,
        ),
        ("a commit", ecall(3), 4),
        ("a read", ecall(1), 1),
        ("a left", ecall(2), 1),
        ("a halt", ecall(0), 1),
    ]
}

#[test]
fn every_kind_of_instruction_is_cut_where_it_does_not_fit() {
    let mut matched = Matched::default();
    let mut cuts = 0;
    for (what, words, cost) in last_instructions() {
        // From far too little filling to so much that the instruction is the first that does not fit, and beyond.
        let setup = 1 + words.len() as u32 - 1;
        let exact = ROOM - setup - cost;
        for fill in [
            exact - 1,
            exact,
            exact + 1,
            exact + cost - 1,
            exact + cost,
            exact + cost + 1,
        ] {
            let mut asm = Assembler::new(0x1000);
            asm.emit(0x0010_02b7); // lui t0, 0x100: the address DATA
            (0..fill).for_each(|_| asm.emit(fence(0, A, A)));
            words.iter().for_each(|&word| asm.emit(word));
            asm.emit(fence(0, A, A));
            asm.li(Reg::A7, 0);
            asm.emit(ECALL);
            let case = Case::words(&asm.finish().expect("no labels").words, &[5]);
            let what = format!("{what} after {fill} fences");
            let (this, exit) = agree(&what, &case, po2(13), None);
            assert!(matches!(exit, Exit::Halted { .. }), "{what}: {exit}");
            matched += this;
            let events = case.live(po2(13), None);
            cuts += recount_tail(&what, &events);
            // The instruction lies in the first segment exactly if it fits.
            let at = 0x1000 + 4 * (setup + fill);
            let segment = events.iter().find_map(|event| match event {
                Event::Record(record) if record.pc == at => Some(record.segment),
                _ => None,
            });
            assert_eq!(segment, Some(u32::from(fill > exact)), "{what}");
        }
    }
    println!("recounted {cuts} segments; {matched}");
    assert_eq!(DATA, 0x100 << 12);
}

/// As [`recount`]; long fills make it slow, so only the sums of each segment are recounted.
fn recount_tail(what: &str, events: &[Event]) -> u64 {
    let mut records = Vec::new();
    let mut segments = 0;
    let mut overflow = false;
    for event in events {
        match event {
            Event::Record(record) => {
                if overflow {
                    overflow = false;
                    let mut with_next = std::mem::take(&mut records);
                    with_next.push(*record);
                    assert!(cost(&with_next) > 8192, "{what}: closed too early");
                }
                records.push(*record);
            }
            Event::PageIn(..) => {}
            Event::End(end, _) => {
                assert_eq!(cost(&records), end.cost as usize, "{what}");
                assert!(end.cost <= 8192, "{what}");
                segments += 1;
                overflow = end.status == 0;
            }
        }
    }
    segments
}

#[test]
fn random_programs_are_cut_where_the_recount_cuts_them() {
    let mut segments = 0;
    let mut programs = 0;
    for seed in 500..530 {
        let config = Config {
            instructions: 3_000,
            data_pages: 64,
            ..Config::default()
        };
        let program = generate(seed, &config);
        let image = Image::from_elf(&program.elf).expect("a generated program");
        let case = Case::new(image, &program.input);
        let events = case.live(po2(13), None);
        segments += recount(&format!("seed {seed}"), &events, 8192);
        programs += 1;
    }
    println!("recounted {segments} segments of {programs} programs");
    assert!(segments > 2 * programs);
}
