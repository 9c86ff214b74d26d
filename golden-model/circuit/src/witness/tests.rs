//! Whole witnesses, checked without proving.

use std::{collections::BTreeMap, println, sync::Arc, vec::Vec};

use assay_abi::{FaultCause, Po2};
use assay_executor::{Image, Input, Segment, Session, SessionConfig, decode, preflight};
use assay_progen::{Config, generate};

use super::{WitnessError, witness};
use crate::program;

fn segments(elf: &[u8], input: &[u32], po2: u8) -> Vec<Segment> {
    let config = SessionConfig {
        po2: Po2::try_from(po2).expect("a segment limit"),
        cycle_limit: None,
        roots: true,
    };
    let image = Arc::new(Image::from_elf(elf).expect("an image"));
    let input = Input::from_words(input.to_vec()).expect("a short input");
    let mut segments = Vec::new();
    Session::new(image, input, config)
        .run(&mut segments)
        .expect("a Vec takes every segment");
    segments
}

#[test]
fn witnesses_of_random_programs_are_clean() {
    let mut instructions = BTreeMap::new();
    let (mut rows, mut messages, mut count) = (0, 0, 0);
    let mut faults = Vec::new();
    for seed in 0..6 {
        let config = Config {
            instructions: 10_000,
            ..Config::default()
        };
        let generated = generate(seed, &config);
        for segment in segments(&generated.elf, &generated.input, 13 + seed as u8 % 4) {
            let preflight = preflight(&segment).expect("it replays");
            let program = program::decode(&segment.text);
            let witness = match witness(&segment, &preflight, &program) {
                Err(WitnessError::Fault { cause, .. }) => {
                    faults.push(FaultCause::name(cause));
                    continue;
                }
                other => other.unwrap_or_else(|error| panic!("seed {seed}: {error}")),
            };
            let report = witness.check(&program);
            assert!(report.is_clean(), "seed {seed}: {report}");
            witness.claim.check().expect("a claim");
            rows += report.rows;
            messages += report.messages;
            count += 1;
            for record in &preflight.records {
                let instruction = decode::decode(record.insn).expect("it retired");
                *instructions.entry(instruction.op.mnemonic()).or_insert(0) += 1;
            }
        }
    }
    println!(
        "{} instructions in {count} segments, {rows} rows, {messages} messages hold; refused for {faults:?}",
        instructions.values().sum::<u32>()
    );
    println!("{instructions:?}");
    // All but EBREAK, which never retires.
    assert_eq!(instructions.len(), decode::Op::ALL.len() - 1);
}

#[test]
fn records_that_contradict_the_segment_are_named() {
    let generated = generate(1, &Config::default());
    let segments = segments(&generated.elf, &generated.input, 13);
    let segment = &segments[0];
    let honest = preflight(segment).expect("it replays");
    let program = program::decode(&segment.text);
    let at = honest.records.len() / 2;
    type Edit = fn(&mut assay_abi::Record);
    let edits: [(&str, Edit); 6] = [
        ("cycle", |record| record.cycle += 1),
        ("pc", |record| record.pc += 2),
        ("next pc", |record| record.next_pc ^= 8),
        ("value before", |record| record.a_value ^= 1),
        ("value after", |record| record.c_new ^= 1),
        ("time", |record| record.a_time += 1),
    ];
    for (what, edit) in edits {
        let mut rows = honest.clone();
        // One that reads and writes a register.
        let near = rows.records[at..]
            .iter_mut()
            .find(|record| record.flags & 5 == 5);
        edit(near.expect("there are such"));
        match witness(segment, &rows, &program) {
            Err(WitnessError::Record { cycle, what: told }) => {
                println!("{what}: {told}, cycle {cycle}")
            }
            other => panic!("{what}: {:?}", other.map(|witness| witness.claim)),
        }
    }
}
