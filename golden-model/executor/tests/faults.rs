//! Every cause of a fault, in the order in which they are found, and that a fault changes nothing.

mod common;

use assay_abi::{
    FaultCause::{self, *},
    SegmentStatus, machine, stream,
};
use assay_executor::{Event, Exit};
use assay_progen::{
    Assembler,
    encode::{
        BranchOp, EBREAK, ECALL, LoadOp, Reg, StoreOp, branch, fence, jal, jalr, load, store,
    },
};
use common::{Case, Matched, agree, po2};

const A: Reg = Reg::new(5);
const B: Reg = Reg::new(6);

/// Code that faults at `asm.pc()` minus 4, that is at its last word, or where `pc` says.
fn assert_faults(what: &str, asm: Assembler, cause: FaultCause, pc: Option<u32>) -> Matched {
    let pc = pc.unwrap_or(asm.pc() - 4);
    let case = Case::words(&asm.finish().expect("no labels").words, &[]);
    let (matched, exit) = agree(what, &case, po2(13), None);
    assert_eq!(exit, Exit::Faulted { cause }, "{what}");
    let events = case.live(po2(13), None);
    let Some((Event::End(end, registers), before)) = events.split_last() else {
        panic!("{what}: the last event is no end");
    };
    assert_eq!(end.kind, stream::KIND_END, "{what}");
    assert_eq!(end.status, SegmentStatus::Faulted.code(), "{what}");
    assert_eq!((end.cause, end.pc), (cause.code(), pc), "{what}");
    assert_eq!(end.exit_code, 0, "{what}");
    // The registers are those that the records before have written.
    let mut expected = [0; 32];
    for event in before {
        if let Event::Record(record) = event {
            assert!(
                record.pc != pc || cause == FetchOutOfText,
                "{what}: the faulting instruction has a record"
            );
            let writes_register =
                record.flags & 4 != 0 && record.flags & assay_abi::record_flags::MEM_WRITE == 0;
            if writes_register {
                let register = match record.insn {
                    ECALL => 10,
                    insn => insn >> 7 & 31,
                };
                expected[register as usize] = record.c_new;
            }
        }
    }
    assert_eq!(*registers, expected, "{what}");
    matched
}

fn code(words: &[u32]) -> Assembler {
    let mut asm = Assembler::new(0x1000);
    words.iter().for_each(|&word| asm.emit(word));
    asm
}

fn with(a: u32, word: u32) -> Assembler {
    let mut asm = Assembler::new(0x1000);
    asm.li(A, a);
    asm.li(B, 0x1234_5678);
    asm.emit(word);
    asm
}

#[test]
fn every_cause_is_found_and_changes_nothing() {
    let mut matched = Matched::default();
    let mut faults = |what: &str, asm, cause, pc| {
        matched += assert_faults(what, asm, cause, pc);
    };
    faults(
        "jump behind",
        code(&[jal(A, 0x400)]),
        FetchOutOfText,
        Some(0x1400),
    );
    faults(
        "jump before",
        code(&[jal(A, -4)]),
        FetchOutOfText,
        Some(0xffc),
    );
    let far = with(0xffff_fffc, jalr(B, A, 0));
    faults("jump far", far, FetchOutOfText, Some(0xffff_fffc));
    let fall = code(&[fence(0, A, A); 256]);
    faults("falling off the end", fall, FetchOutOfText, Some(0x1400));

    faults("zeros", code(&[0]), IllegalInstruction, None);
    faults("fence.i", code(&[0x0000_100f]), IllegalInstruction, None);
    faults("csr", code(&[0xc000_2573]), IllegalInstruction, None);
    faults("ebreak", code(&[EBREAK]), Breakpoint, None);

    faults("jal", code(&[jal(A, 6)]), JumpMisaligned, None);
    faults("jal far", code(&[jal(A, 0x8002)]), JumpMisaligned, None);
    faults("jalr", with(0x1006, jalr(B, A, 0)), JumpMisaligned, None);
    faults(
        "jalr odd",
        with(0x1007, jalr(B, A, 0)),
        JumpMisaligned,
        None,
    );
    let taken = branch(BranchOp::Bne, A, Reg::ZERO, 6);
    faults("branch", with(1, taken), JumpMisaligned, None);

    let end = machine::MEM_BYTES;
    for op in LoadOp::ALL {
        let word = load(*op, B, A, 1);
        if op.width() > 1 {
            faults("load", with(0x10_0000, word), LoadMisaligned, None);
            // Misaligned comes first.
            faults("load", with(end, word), LoadMisaligned, None);
        }
        let word = load(*op, B, A, 0);
        faults("load", with(end, word), LoadOutOfRange, None);
        faults("load", with(0xffff_fffc, word), LoadOutOfRange, None);
        let zero = load(*op, Reg::ZERO, A, 0);
        faults("load to x0", with(end, zero), LoadOutOfRange, None);
    }
    for op in StoreOp::ALL {
        let word = store(*op, B, A, 1);
        if op.width() > 1 {
            faults("store", with(0x10_0000, word), StoreMisaligned, None);
            faults("store", with(end, word), StoreMisaligned, None);
            // … and before the text is looked at.
            faults("store", with(0x1000, word), StoreMisaligned, None);
        }
        let word = store(*op, B, A, 0);
        faults("store", with(end, word), StoreOutOfRange, None);
        faults("store", with(0xffff_fffc, word), StoreOutOfRange, None);
        faults("store", with(0x1000, word), StoreToText, None);
        faults("store", with(0x13fc, word), StoreToText, None);
        // Also when a load has touched the page before.
        let mut asm = Assembler::new(0x1000);
        asm.li(A, 0x1000);
        asm.emit(load(LoadOp::Lw, B, A, 0));
        asm.emit(word);
        faults("store to touched text", asm, StoreToText, None);
    }

    for (function, cause) in [
        (1, InputExhausted),
        (4, UnknownEcall),
        (255, UnknownEcall),
        (256, UnknownEcall),
        (0xffff_ffff, UnknownEcall),
    ] {
        let mut asm = Assembler::new(0x1000);
        asm.li(Reg::A0, 77);
        asm.li(Reg::A7, function);
        asm.emit(ECALL);
        faults(&format!("ecall {function:#x}"), asm, cause, None);
    }
    println!("{matched}, each ends in a fault");
}

#[test]
fn last_words_of_memory_and_around_the_text_can_be_used() {
    let mut asm = Assembler::new(0x1000);
    for address in [0, 0xffc, 0x1400, machine::MEM_BYTES - 4] {
        asm.li(A, address);
        asm.emit(store(StoreOp::Sw, A, A, 0));
        asm.emit(load(LoadOp::Lw, B, A, 0));
        asm.emit(load(LoadOp::Lbu, B, A, 3));
    }
    asm.li(Reg::A7, 0);
    asm.emit(ECALL);
    let case = Case::words(&asm.finish().expect("no labels").words, &[]);
    let (matched, exit) = agree("edges of memory", &case, po2(13), None);
    assert!(matches!(exit, Exit::Halted { .. }), "{exit}");
    assert_eq!(matched.pages, 4);
    println!("{matched}");
}

#[test]
fn a_fault_that_would_not_fit_closes_the_segment_it_follows() {
    // 448 for the register page; the rest of 2^13 is filled with fences, then comes a fault.
    let fill = 8192 - 448;
    for (count, segments) in [(fill - 1, 1), (fill, 1), (fill + 1, 2)] {
        let mut words = vec![fence(0, A, A); count];
        words.push(EBREAK);
        let case = Case::words(&words, &[]);
        let (matched, exit) = agree("filled", &case, po2(13), None);
        assert_eq!(exit, Exit::Faulted { cause: Breakpoint });
        assert_eq!(matched.segments, segments, "{count} fences");
        // The session limit comes before the fault.
        let (_, exit) = agree("filled", &case, po2(13), Some(count as u64));
        assert_eq!(exit, Exit::Stopped);
    }
}
