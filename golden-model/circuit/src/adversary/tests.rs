use std::{println, sync::Arc, vec::Vec};

use assay_abi::Po2;
use assay_executor::{Image, Input, Segment, Session, SessionConfig, preflight};
use assay_progen::{Config, generate};

use super::{Subject, free_cells, lies};
use crate::{program, table::Table, witness::witness};

/// The tables of a segment of a random program.
fn subjects(seed: u64) -> Vec<Subject> {
    let generated = generate(
        seed,
        &Config {
            instructions: 12_000,
            ..Config::default()
        },
    );
    let config = SessionConfig {
        po2: Po2::try_from(13).expect("a segment limit"),
        cycle_limit: None,
        roots: true,
    };
    let image = Arc::new(Image::from_elf(&generated.elf).expect("an image"));
    let input = Input::from_words(generated.input).expect("a short input");
    let mut segments: Vec<Segment> = Vec::new();
    Session::new(image, input, config)
        .run(&mut segments)
        .expect("a Vec takes every segment");
    // Cells that serve the input are bound where it is read.
    let segment = segments
        .iter()
        .max_by_key(|segment| segment.input.len())
        .expect("a session has a segment");
    let program = program::decode(&segment.text);
    let rows = preflight(segment).expect("it replays");
    let witness = witness(segment, &rows, &program).expect("a witness");
    Subject::of_segment(&witness, &program)
}

#[test]
fn one_part_alone_rejects_each_lie() {
    let lies = lies();
    let wrong: Vec<_> = lies
        .iter()
        .map(|lie| (lie.name, lie.part, lie.rejecting()))
        .filter(|(_, part, rejecting)| rejecting.as_deref() != Some(&[*part]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("rejected {} lies, each by one part", lies.len());
}

/// What a single changed cell of a table that answers operations may be: a row that nobody asks for can be any that is true, and some
/// cells are not used by some operations.
#[test]
fn single_changes_to_answers_are_rejected() {
    const UNUSED: [(Table, &str); 3] = [
        // By zero there is no margin; the rest has its own constraints then.
        (Table::Div, "margin"),
        // The exponent may be 0.
        (Table::Shift, "inverse"),
        // Unsigned loads have neither a value nor a sign.
        (Table::Align, "value"),
    ];
    let mut tried = 0;
    for subject in Subject::of_operands(&OPERANDS) {
        let table = subject.table();
        for column in free_cells(&subject, 60, 1) {
            tried += column.tried;
            assert!(
                column.accepted < column.tried,
                "{} {} is free",
                table.name(),
                column.name
            );
            let unused = UNUSED
                .iter()
                .any(|&(of, name)| of == table && column.name.starts_with(name));
            let asked = column
                .examples
                .iter()
                .filter(|&&row| subject.is_asked(row))
                .count();
            assert!(
                unused || asked == 0,
                "{} {}: rows {:?}",
                table.name(),
                column.name,
                column.examples
            );
        }
    }
    println!("judged {tried} changed cells");
}

#[test]
fn no_column_of_a_segment_is_free() {
    let mut tried = 0;
    for subject in subjects(0) {
        for column in free_cells(&subject, 40, 1) {
            tried += column.tried;
            let name = (column.table.name(), &column.name);
            // Tables that this segment does not use are padding all over.
            let padding = matches!(column.table, Table::Bump);
            assert!(
                padding || column.accepted < column.tried,
                "{name:?} is free"
            );
        }
    }
    println!("judged {tried} changed cells");
}

const OPERANDS: [u32; 10] = [
    0,
    1,
    3,
    31,
    256,
    0x8000,
    0x1234_89ab,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
];
