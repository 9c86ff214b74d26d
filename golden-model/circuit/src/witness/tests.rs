//! Whole witnesses, checked without proving.

use std::{println, sync::Arc, vec::Vec};

use assay_abi::Po2;
use assay_executor::{Image, Input, Segment, Session, SessionConfig, preflight};
use assay_progen::{Config, generate};

use super::{Witness, WitnessError, witness};
use crate::{
    check::{Instance, Report, check},
    program,
    table::{SegmentAir, Table, airs},
};

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

fn report(airs: &[SegmentAir], witness: &Witness) -> Report {
    let preprocessed: Vec<_> = airs
        .iter()
        .map(p3_air::BaseAir::preprocessed_trace)
        .collect();
    let public_values: Vec<_> = Table::ALL
        .iter()
        .map(|&table| witness.claim.public_values(table))
        .collect();
    let instances: Vec<_> = airs
        .iter()
        .zip(&witness.traces)
        .zip(preprocessed.iter().zip(&public_values))
        .map(|((air, main), (preprocessed, public_values))| Instance {
            name: air.table().name(),
            air,
            main,
            preprocessed: preprocessed.as_ref(),
            public_values,
        })
        .collect();
    check(&instances, Vec::new())
}

#[test]
fn witnesses_of_random_programs_are_clean() {
    let mut matched = (0, 0, 0);
    for seed in 0..4 {
        let generated = generate(
            seed,
            &Config {
                instructions: 12_000,
                ..Config::default()
            },
        );
        for segment in segments(&generated.elf, &generated.input, 13) {
            let rows = preflight(&segment).expect("it replays");
            let program = program::decode(&segment.text);
            let witness = match witness(&segment, &rows, &program) {
                Err(WitnessError::Fault { .. }) => continue,
                other => other.unwrap_or_else(|error| panic!("seed {seed}: {error}")),
            };
            let report = report(&airs(Some(&program)), &witness);
            matched.0 += rows.records.len();
            matched.1 += report.rows;
            matched.2 += report.messages;
            assert!(report.is_clean(), "seed {seed}: {report}");
        }
    }
    println!(
        "{} instructions: {} rows and {} messages hold",
        matched.0, matched.1, matched.2
    );
}
