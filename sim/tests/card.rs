//! The card's registers: what starts a session, what stops one, and that a soft reset leaves nothing behind and cuts no burst.
#![cfg(feature = "verilator")]

use assay_abi::stream::{BEAT_BYTES, KIND_END};
use assay_abi::{CONTRACT_HASH, Po2, SegmentEnd, SegmentStatus, regs};
use assay_executor::{Image, Input};
use assay_progen::encode::{self, BranchOp, ImmOp, LoadOp, Reg, RegOp, StoreOp};
use assay_progen::{Access, Assembler, ElfFile, LoadSegment};
use assay_sim::{Rtl, Timing, WitnessCard};

const TEXT: u32 = 0x1000;
const DATA: u32 = 0x10_0000;
const PAGES: u32 = 24;
/// No session here takes this many cycles.
const PATIENCE: u32 = 4_000_000;

/// Adds up and rewrites words over pages that the image holds, so that loading it again restores everything.
fn image(rounds: u32) -> Image {
    let (sum, at, word, round, end) = (
        Reg::new(5),
        Reg::new(6),
        Reg::new(7),
        Reg::new(8),
        Reg::new(9),
    );
    let mut asm = Assembler::new(TEXT);
    asm.li(round, rounds);
    asm.li(end, DATA + PAGES * 1024);
    let outer = asm.here();
    asm.li(at, DATA);
    let inner = asm.here();
    asm.emit(encode::load(LoadOp::Lw, word, at, 0));
    asm.emit(encode::reg_op(RegOp::Add, sum, sum, word));
    asm.emit(encode::store(StoreOp::Sw, sum, at, 0));
    asm.emit(encode::imm_op(ImmOp::Addi, at, at, 76));
    asm.branch(BranchOp::Blt, at, end, inner);
    asm.emit(encode::imm_op(ImmOp::Addi, round, round, -1));
    asm.branch(BranchOp::Bne, round, Reg::ZERO, outer);
    asm.li(Reg::A0, 42);
    asm.li(Reg::A7, 0);
    asm.emit(encode::ECALL);
    let code = asm.finish().expect("labels are bound and near");
    let data: Vec<u8> = (0..PAGES * 1024).map(|i| (i % 251) as u8 + 1).collect();
    let segments = [
        (TEXT, code.bytes(), Access::ReadExecute),
        (DATA, data, Access::ReadWrite),
    ]
    .map(|(address, bytes, access)| LoadSegment {
        address,
        memory_bytes: bytes.len() as u32,
        bytes,
        access,
    });
    let elf = ElfFile {
        entry: TEXT,
        segments: segments.into(),
        symbols: code.symbols,
    };
    Image::from_elf(&elf.to_bytes()).expect("a valid program")
}

fn card(seed: u64) -> WitnessCard {
    WitnessCard::new(Rtl::fast(), Timing::HARSH, seed)
}

fn start(card: &mut WitnessCard, image: &Image) {
    let input = Input::from_words(Vec::new()).expect("no words are few");
    card.start(image, &input, Po2::MIN)
        .expect("the card starts");
}

type Beats = Vec<[u8; BEAT_BYTES]>;

/// Every beat to the end of the stream.
fn drain(card: &mut WitnessCard) -> Beats {
    let mut beats = Beats::new();
    for _ in 0..PATIENCE {
        card.cycle();
        assert_eq!(card.misbehaviour().map(|it| format!("{it:?}")), None);
        if let Some(beat) = card.next_beat() {
            beats.push(*beat.bytes());
            if beat.last {
                return beats;
            }
        }
    }
    panic!("the stream does not end; {} beats came", beats.len());
}

/// The header of the stream's end: two register beats follow it.
fn end(beats: &Beats) -> SegmentEnd {
    let end = SegmentEnd::from_bytes(&beats[beats.len() - 3]);
    assert_eq!(end.kind, KIND_END);
    end
}

fn status(card: &mut WitnessCard) -> u32 {
    card.read_register(regs::STATUS).expect("a status")
}

fn soft_reset(card: &mut WitnessCard) {
    card.write_register(regs::CONTROL, regs::control::SOFT_RESET)
        .expect("the card takes a reset");
    for _ in 0..PATIENCE {
        // The host must take what the trace unit still has to say.
        while card.next_beat().is_some() {}
        if status(card) & regs::status::READY != 0 {
            assert!(
                card.is_quiet(),
                "a memory port was reset while it owed an answer"
            );
            while card.next_beat().is_some() {}
            return;
        }
    }
    panic!("the card does not become ready");
}

#[test]
fn registers_show_the_contract_and_refuse_what_is_not_there() {
    let mut card = card(1);
    assert_eq!(card.contract_hash().expect("readable"), CONTRACT_HASH);
    assert_eq!(status(&mut card), regs::status::READY);
    let mut read = 0;
    for register in regs::ALL {
        if register.readable {
            card.read_register(register.offset).expect(register.name);
            read += 1;
        }
        if register.writable && register.offset != regs::CONTROL {
            card.write_register(register.offset, u32::MAX)
                .expect(register.name);
            let value = card.read_register(register.offset).expect(register.name);
            let low_bits = value & value.wrapping_add(1) == 0;
            assert!(value != 0 && low_bits, "{}: {value:#x}", register.name);
        }
    }
    assert!(card.read_register(0x0fc).is_err(), "no register is there");
    assert!(
        card.write_register(0x800, 1).is_err(),
        "no register is there"
    );
    println!("matched {read} registers");
}

#[test]
fn session_after_a_soft_reset_matches_the_first() {
    let image = image(12);
    let mut card = card(2);
    start(&mut card, &image);
    let first = drain(&mut card);
    assert_eq!(end(&first).status, SegmentStatus::Halted.code());
    assert_eq!(end(&first).exit_code, 42);
    assert!(end(&first).segment > 1, "several segments");
    for _ in 0..3 {
        soft_reset(&mut card);
        start(&mut card, &image);
        assert!(
            drain(&mut card) == first,
            "the same session, the same beats"
        );
    }
    println!("matched {} beats four times", first.len());
}

#[test]
fn soft_reset_in_the_middle_of_a_session_leaves_nothing_behind() {
    let image = image(12);
    let whole = {
        let mut card = card(3);
        start(&mut card, &image);
        drain(&mut card)
    };
    let mut card = card(4);
    for cycles in [0, 1, 37, 300, 1_111, 5_000, 20_011] {
        start(&mut card, &image);
        for _ in 0..cycles {
            card.cycle();
        }
        soft_reset(&mut card);
    }
    start(&mut card, &image);
    assert!(
        drain(&mut card) == whole,
        "the same session, the same beats"
    );
    println!("matched {} beats after 7 sessions cut short", whole.len());
}

#[test]
fn start_is_ignored_while_a_session_runs() {
    let image = image(4);
    let mut undisturbed = card(5);
    start(&mut undisturbed, &image);
    let whole = drain(&mut undisturbed);
    let mut card = card(5);
    start(&mut card, &image);
    let mut beats = Beats::new();
    for _ in 0..200 {
        card.write_register(regs::CONTROL, regs::control::START)
            .expect("a write that does nothing");
        while let Some(beat) = card.next_beat() {
            beats.push(*beat.bytes());
        }
    }
    beats.extend(drain(&mut card));
    assert!(beats == whole, "the same session, the same beats");
}

#[test]
fn stopped_session_ends_at_an_instruction_border() {
    let image = image(1_000);
    let mut card = card(6);
    start(&mut card, &image);
    for _ in 0..20_000 {
        card.cycle();
    }
    card.stop().expect("the card takes a stop");
    let beats = drain(&mut card);
    let end = end(&beats);
    assert_eq!(end.status, SegmentStatus::Stopped.code());
    let counters = card.counters().expect("readable");
    assert_eq!(end.order, counters.instret);
    assert_eq!(end.order, counters.trace_records);
    let status = status(&mut card);
    assert_eq!(
        status & (regs::status::STOPPED | regs::status::RUNNING | regs::status::TRACE_DONE),
        regs::status::STOPPED | regs::status::TRACE_DONE
    );
    println!("matched a stop after {} retired instructions", end.order);
}
