//! Planted bugs of the card, one at a time: each shows as its list says.
#![cfg(feature = "verilator")]

mod common;
#[path = "../../engines/tests/common/mod.rs"]
mod planted;

use std::sync::Arc;

use assay_abi::plants::Plant;
use assay_abi::{Command, CommandStatus as Status, Opcode, card_regs};
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::command::{command, sealed, waiting};
use assay_driver::{DmaMap, Transport};
use assay_sim::Timing;
use common::{Pages, Rings, register};

/// A card that behaves does all this; else the field that shows it first, and how.
fn symptom(plant: Option<&'static Plant>) -> Option<(String, String)> {
    let surroundings = Surroundings {
        host: Timing::STEADY,
        card: Timing {
            latency_min: 200,
            latency_max: 200,
            ..Timing::STEADY
        },
        seed: 3,
    };
    let map = DmaMap::default();
    let card = VerilatedCard::with_host("small", plant, surroundings, map.clone(), Arc::new(map))
        .expect("a card");
    let found = |field: &str, what: &str| Some((field.to_owned(), what.to_owned()));
    let failed = |error: String| {
        let field = if error.contains("4 KiB") {
            "protocol"
        } else {
            "hang"
        };
        Some((field.to_owned(), error))
    };
    let mut rings = Rings::new(&card, 6);
    let lengths = [64, 64, 4096, 128];
    let (from, to) = (Pages::new(&card, &lengths), Pages::new(&card, &lengths));
    let words: Vec<u32> = (1..=4352 / 4).collect();
    from.write(&words);
    let transfer = |pages: &Pages, opcode| Command {
        list: pages.list.address(),
        count: 4,
        argument: 4352,
        ..command(opcode)
    };
    let upload = Command {
        destination: 0x10_0fc0,
        ..transfer(&from, Opcode::Upload)
    };
    let download = Command {
        source: 0x10_0fc0,
        ..transfer(&to, Opcode::Download)
    };
    // One upload alone: what it completes is there.
    rings.push(upload);
    match rings.drain() {
        Err(error) => return failed(error),
        Ok(done) if done[0].status != 0 => return found("completion", "an upload that fails"),
        Ok(_) => {}
    }
    if card.with_body(|body| body.memory().words(0x10_0fc0, words.len())) != words {
        return found("early", "an upload's completion is in front of its data");
    }
    // A chain.
    from.write(&vec![5_u32; words.len()]);
    let uploaded = rings.push(upload);
    rings.push(waiting(download, &[uploaded]));
    match rings.drain() {
        Err(error) => return failed(error),
        Ok(done) if done.iter().any(|it| it.status != 0) => {
            return found("completion", "a chain that fails");
        }
        Ok(_) => {}
    }
    if to.read() != vec![5; words.len()] {
        return found("value", "a download brings what was there before");
    }
    let mut wrong = sealed(command(Opcode::Nop));
    wrong.crc ^= 1;
    rings.put(&wrong);
    match rings.drain() {
        Err(error) => return failed(error),
        Ok(done) if done[0].status != Status::BadCrc.code() => {
            return found("completion", "a command with a wrong checksum runs");
        }
        Ok(_) => {}
    }
    // Twice round the ring.
    for _ in 0..4 {
        for _ in 0..40 {
            rings.push(command(Opcode::Nop));
        }
        match rings.drain() {
            Err(error) => return failed(error),
            Ok(done)
                if done
                    .windows(2)
                    .any(|it| it[1].sequence != it[0].sequence + 1) =>
            {
                return found("completion", "a completion of the last time round");
            }
            Ok(_) => {}
        }
    }
    // A full ring.
    let tail = || {
        card.read32(register(card_regs::COMPLETION_TAIL))
            .expect("a register")
    };
    let before = tail();
    for round in 0..2 {
        for _ in 0..40 {
            rings.push(command(Opcode::Nop));
        }
        rings.ring();
        for _ in 0..4000 {
            card.read32(0).expect("time goes on");
        }
        while round == 0 && rings.look().is_some() {}
    }
    if tail() - before > 64 {
        return found("completion", "more completions than the ring holds");
    }
    None
}

#[test]
fn planted_bugs_of_the_card_are_caught() {
    assert_eq!(symptom(None), None);
    planted::all_are_caught("card", |plant| symptom(Some(plant)));
}
