//! Witnesses of the repository's guests, checked without proving.

use std::{fs, sync::Arc};

use assay_abi::Po2;
use assay_circuit::{program, witness};
use assay_executor::{Image, Input, Session, SessionConfig, preflight};
use assay_guests::{GUESTS, folder, sample_of_size};

#[test]
fn witnesses_of_guests_are_clean() {
    for guest in GUESTS {
        let elf = folder().join("elf").join(format!("{}.elf", guest.name));
        let image = Image::from_elf(&fs::read(elf).expect("a committed ELF")).expect("an image");
        let sample = sample_of_size(guest.name, 256).expect("a sample");
        let config = SessionConfig {
            po2: Po2::try_from(14).expect("a segment limit"),
            cycle_limit: None,
            roots: true,
        };
        let input = Input::from_words(sample.words()).expect("a short input");
        let mut segments = Vec::new();
        Session::new(Arc::new(image), input, config)
            .run(&mut segments)
            .expect("a Vec takes every segment");
        let last = segments.len() - 1;
        let program = program::decode(&segments[0].text);
        for segment in [0, last / 2, last].map(|at| &segments[at]) {
            let rows = preflight(segment).expect("it replays");
            let witness = witness(segment, &rows, &program).expect("it has no fault");
            let report = witness.check(&program);
            assert!(report.is_clean(), "{}: {report}", guest.name);
            println!(
                "{} segment {} of {}: {} instructions, {} rows, {} messages hold",
                guest.name,
                segment.index,
                segments.len(),
                rows.records.len(),
                report.rows,
                report.messages
            );
        }
    }
}
