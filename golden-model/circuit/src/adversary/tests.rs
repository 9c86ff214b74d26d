use std::{println, sync::Arc, vec, vec::Vec};

use assay_abi::Po2;
use assay_executor::{Image, Input, Segment, Session, SessionConfig, preflight};
use assay_progen::{Config, generate};

use p3_field::PrimeCharacteristicRing;

use super::{Subject, free_cells, lies, probe::Sent};
use crate::{
    Felt, bump::Bump, bus::Tag, cpu::Cpu, program, sys::Sys, table::Table, witness::witness,
};

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

/// Every message that a table's rows send or take, with what [`Subject::chosen`] lets a row choose of it, and the cells that it should be.
#[test]
fn what_a_row_chooses_is_what_it_leaves() {
    let limb = Felt::from_u32(1 << 16);
    let mut found = [0; 4];
    for subject in subjects(0) {
        for at in 0..subject.height() {
            let cells = subject.row(at);
            // The row's own, behind what the row before it says.
            let outcome = subject.outcome(at, cells);
            let before = outcome.messages.len() - subject.own_messages(&outcome);
            let sent = |message: &Sent| message.count != Felt::ZERO;
            let chosen: Vec<(&Sent, Vec<Felt>)> = outcome
                .messages
                .iter()
                .enumerate()
                .filter(|&(index, message)| index >= before && sent(message))
                .map(|(index, message)| {
                    let range = subject.chosen(&outcome, index);
                    (message, message.tuple[range].to_vec())
                })
                .filter(|(_, elements)| !elements.is_empty())
                .collect();
            for (message, elements) in chosen {
                let (tag, count, expected, which) = match subject.table() {
                    Table::Cpu => {
                        let cpu = Cpu::read(cells);
                        (Tag::Memory, Felt::ONE, vec![cpu.c_lo, cpu.c_hi], 0)
                    }
                    Table::Sys if message.tuple[0] == felt(Tag::Memory) => {
                        let sys = Sys::read(cells);
                        (Tag::Memory, Felt::ONE, sys.moved.to_vec(), 1)
                    }
                    Table::Sys => {
                        let sys = Sys::read(cells);
                        (Tag::Operation, Felt::NEG_ONE, sys.result.to_vec(), 2)
                    }
                    Table::Bump => {
                        let [low, high] = Bump::read(cells).time;
                        (Tag::Memory, Felt::ONE, vec![low + high * limb], 3)
                    }
                    table => panic!("{} chooses nothing", table.name()),
                };
                assert_eq!(message.tuple[0], felt(tag));
                assert_eq!((message.count, elements), (count, expected));
                found[which] += 1;
            }
        }
    }
    println!("chosen by rows: {found:?}");
    // A segment this short carries no word over.
    assert!(found[..3].iter().all(|&count| count > 0), "{found:?}");
}

fn felt(tag: Tag) -> Felt {
    Felt::from_u8(tag as u8)
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
