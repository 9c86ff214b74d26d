//! What the trace unit does at its edges.
#![cfg(feature = "verilator")]

use assay_abi::stream::KIND_END;
use assay_abi::{Po2, SegmentEnd, SegmentStatus};
use assay_executor::{Image, Input};
use assay_progen::Assembler;
use assay_progen::encode::{ImmOp, Reg, imm_op};
use assay_sim::{Rtl, Timing, WitnessCard};

#[test]
fn stop_before_the_first_retirement_ends_at_the_entry() {
    let entry = 0x2400;
    let mut asm = Assembler::new(entry);
    let top = asm.here();
    asm.emit(imm_op(ImmOp::Addi, Reg::A0, Reg::A0, 1));
    asm.jal(Reg::ZERO, top);
    let words = asm.finish().expect("labels are bound").words;
    let image = Image::from_words(entry, &words).expect("a valid program");
    let input = Input::from_words(Vec::new()).expect("no words are few");

    // The first instruction comes from a memory that is slower than the host.
    let timing = Timing {
        latency_min: 400,
        latency_max: 400,
        ..Timing::STEADY
    };
    let mut card = WitnessCard::new(Rtl::fast(), timing, 1);
    card.start(&image, &input, Po2::MIN).expect("a start");
    card.stop().expect("a stop");
    let mut beats = Vec::new();
    while beats.len() < 3 && card.clock() < 5000 {
        card.cycle();
        beats.extend(card.next_beat());
    }
    let end = SegmentEnd::from_bytes(beats[0].bytes());
    assert_eq!(end.kind, KIND_END);
    assert_eq!(end.status, SegmentStatus::Stopped.code());
    assert_eq!((end.order, end.cycles), (0, 0));
    assert_eq!(end.pc, entry);
    assert!(beats[2].last);
    println!("matched the end of a session that was stopped before it began");
}
