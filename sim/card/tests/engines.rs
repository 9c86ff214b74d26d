//! The engines behind the card's queue: chains of commands on the RTL and on the emulated card, whose values are Plonky3's.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::{Command, Matrix, Opcode, Transform};
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::Transport;
use assay_driver::command::{command, waiting};
use assay_driver::geometry::{Panels, opening, tree};
use assay_sim::{Rng, Timing};
use common::{Pages, Rings, emulated};

const P: u32 = 0x7f00_0001;
const PANELS: Panels = Panels { columns: 1 };

fn elements(rng: &mut Rng, count: usize) -> Vec<u32> {
    (0..count).map(|_| rng.between(0, P - 1)).collect()
}

/// What a host does with a card, and what comes back.
struct Session<'a, T: Transport> {
    card: &'a T,
    rings: Rings<'a, T>,
    kept: Vec<Pages>,
}

impl<'a, T: Transport> Session<'a, T> {
    fn new(card: &'a T) -> Self {
        Self {
            card,
            rings: Rings::new(card, 6),
            kept: Vec::new(),
        }
    }

    fn upload(&mut self, destination: u64, words: &[u32]) -> u16 {
        let bytes = (words.len() * 4).next_multiple_of(64);
        let pages = Pages::new(self.card, &[bytes]);
        pages.write(words);
        let number = self.rings.push(Command {
            list: pages.list.address(),
            count: 1,
            destination,
            argument: bytes as u64,
            ..command(Opcode::Upload)
        });
        self.kept.push(pages);
        number
    }

    /// Statuses and details of all since the last call, then the words at some places.
    fn end(&mut self, places: &[(u64, u64)]) -> (Vec<(u8, u64)>, Vec<Vec<u32>>) {
        let mut done = self.rings.drain().expect("completions");
        let mut words = Vec::new();
        for &(source, bytes) in places {
            let pages = Pages::new(self.card, &[bytes.next_multiple_of(64) as usize]);
            self.rings.push(Command {
                list: pages.list.address(),
                count: 1,
                source,
                argument: bytes.next_multiple_of(64),
                ..command(Opcode::Download)
            });
            done.extend(self.rings.drain().expect("a completion"));
            let mut all = pages.read();
            all.truncate((bytes / 4) as usize);
            words.push(all);
        }
        self.kept.clear();
        (
            done.iter().map(|it| (it.status, it.detail)).collect(),
            words,
        )
    }
}

fn surroundings(seed: u64) -> Surroundings {
    let (host, card) = match seed % 3 {
        0 => (Timing::STEADY, Timing::STEADY),
        1 => (Timing::RANDOM, Timing::RANDOM),
        _ => (Timing::STEADY, Timing::RANDOM),
    };
    Surroundings { host, card, seed }
}

fn transforms<T: Transport>(card: &T, seed: u64) -> Vec<(Vec<(u8, u64)>, Vec<Vec<u32>>)> {
    let mut rng = Rng::new(seed, 20);
    let mut session = Session::new(card);
    let mut all = Vec::new();
    for round in 0..10_u32 {
        let log_rows = [1, 2, 3, 5, 8, 9, 10, 4, 7, 6][round as usize];
        let columns = rng.between(1, 5);
        let (transform, log_blowup) = match round % 3 {
            0 => (Transform::Lde, rng.between(1, 3) as u8),
            1 => (Transform::Forward, 0),
            _ => (Transform::Inverse, 0),
        };
        let words = PANELS.matrix(columns, log_rows).expect("small") as usize / 4;
        let mut data = elements(&mut rng, words);
        if round == 7 {
            data[words / 2] = P;
        }
        let uploaded = session.upload(0x10_0000, &data);
        session.rings.push(waiting(
            Command {
                transform: transform.code(),
                log_rows,
                log_blowup,
                source: 0x10_0000,
                destination: 0x20_0000,
                auxiliary: 0x30_0000,
                argument: u64::from(rng.between(1, P - 1)),
                count: columns,
                ..command(Opcode::Ntt)
            },
            &[uploaded],
        ));
        let result = PANELS
            .matrix(columns, log_rows + log_blowup)
            .expect("small");
        // What was not canonical leaves what nobody can say.
        let places = [(0x20_0000, result), (0x10_0000, 64)];
        all.push(session.end(if round == 7 { &places[1..] } else { &places }));
    }
    all
}

#[test]
fn transforms_match_the_twin() {
    for seed in [0, 1] {
        let rtl = VerilatedCard::new("small", surroundings(seed)).expect("a card");
        let twin = emulated();
        let (rtl, twin) = (transforms(&rtl, seed), transforms(&twin, seed));
        for (round, (rtl, twin)) in rtl.iter().zip(&twin).enumerate() {
            assert_eq!(rtl.0, twin.0, "seed {seed}, round {round}");
            assert_eq!(rtl.1, twin.1, "seed {seed}, round {round}");
        }
        assert!(rtl[7].0[1].0 != 0, "a word that is no element");
        println!("matched {} transforms with the twin's", rtl.len());
    }
}

/// A matrix of a tree: columns, log2 of its rows.
type Shape = (u32, u8);

fn trees<T: Transport>(
    card: &T,
    seed: u64,
    shapes: &[Vec<Shape>],
) -> Vec<(Vec<(u8, u64)>, Vec<Vec<u32>>)> {
    const LIST: u64 = 0x4000;
    const TREE: u64 = 0x40_0000;
    const SCRATCH: u64 = 0x50_0000;
    const INDICES: u64 = 0x8000;
    const OPENED: u64 = 0x60_0000;
    let mut rng = Rng::new(seed, 21);
    let mut session = Session::new(card);
    let mut all = Vec::new();
    for shape in shapes {
        let mut at = 0x10_0000;
        let mut list = Vec::new();
        let mut bad = false;
        for &(columns, log_rows) in shape {
            let bytes = PANELS.matrix(columns, log_rows).expect("small");
            list.push(Matrix {
                address: at,
                columns,
                log_rows,
                reserved0: [0; 19],
            });
            let mut data = elements(&mut rng, bytes as usize / 4);
            if rng.chance(3000) {
                data[0] = u32::MAX;
                bad = true;
            }
            session.upload(at, &data);
            at += bytes.next_multiple_of(64);
        }
        let words: Vec<u32> = list
            .iter()
            .flat_map(|it| it.as_bytes().as_chunks::<4>().0.to_vec())
            .map(u32::from_le_bytes)
            .collect();
        session.upload(LIST, &words);
        let top = shape[0].1;
        let count = rng.between(1, 20);
        let mut indices: Vec<u32> = (0..count).map(|_| rng.between(0, (1 << top) - 1)).collect();
        let wrong = rng.chance(20_000).then(|| rng.between(0, count - 1));
        if let Some(wrong) = wrong {
            indices[wrong as usize] = 1 << top;
        }
        let uploaded = session.upload(INDICES, &indices);
        let fence = session
            .rings
            .push(waiting(command(Opcode::Nop), &[uploaded]));
        let hashed = session.rings.push(waiting(
            Command {
                list: LIST,
                count: list.len() as u32,
                destination: TREE,
                auxiliary: SCRATCH,
                ..command(Opcode::Merkle)
            },
            &[fence, uploaded],
        ));
        session.rings.push(waiting(
            Command {
                list: LIST,
                count: list.len() as u32,
                source: TREE,
                auxiliary: INDICES,
                destination: OPENED,
                argument: count.into(),
                ..command(Opcode::Open)
            },
            &[hashed],
        ));
        let opened = opening(&list).expect("small") * u64::from(wrong.unwrap_or(count));
        let digests = tree(top) - 32;
        let places: &[_] = if bad {
            &[]
        } else {
            &[(TREE, digests), (OPENED, opened)]
        };
        let places: Vec<_> = places.iter().copied().filter(|it| it.1 > 0).collect();
        all.push(session.end(&places));
    }
    all
}

fn match_trees(seed: u64, shapes: &[Vec<Shape>]) {
    let rtl = VerilatedCard::new("small", surroundings(seed)).expect("a card");
    let twin = emulated();
    let (rtl, twin) = (trees(&rtl, seed, shapes), trees(&twin, seed, shapes));
    let mut words = 0;
    for ((rtl, twin), shape) in rtl.iter().zip(&twin).zip(shapes) {
        assert_eq!(rtl.0, twin.0, "seed {seed}, {shape:?}");
        for (place, (rtl, twin)) in rtl.1.iter().zip(&twin.1).enumerate() {
            let differs = rtl.iter().zip(twin).position(|(rtl, twin)| rtl != twin);
            assert_eq!(differs, None, "seed {seed}, {shape:?}, place {place}");
            words += rtl.len();
        }
    }
    println!(
        "matched {} trees and openings, {words} words, with the twin's",
        rtl.len()
    );
}

#[test]
fn trees_and_openings_match_the_twin() {
    match_trees(
        0,
        &[
            vec![(1, 0)],
            vec![(8, 1)],
            vec![(9, 3)],
            vec![(20, 6), (3, 6)],
            vec![(5, 7), (17, 4), (1, 4), (2, 0)],
        ],
    );
    match_trees(
        1,
        &[
            vec![(16, 2), (7, 1)],
            vec![(33, 5), (4, 3), (12, 2)],
            vec![(2, 8), (1, 8), (3, 5)],
        ],
    );
}

fn permutations<T: Transport>(card: &T, seed: u64) -> Vec<(Vec<(u8, u64)>, Vec<Vec<u32>>)> {
    let mut rng = Rng::new(seed, 22);
    let mut session = Session::new(card);
    let mut all = Vec::new();
    for (count, in_place) in [(1, false), (70, true), (33, false), (2, false), (5, true)] {
        let mut states = elements(&mut rng, 16 * count);
        if count == 2 {
            states[17] = P;
        }
        let uploaded = session.upload(0x9fc0, &states);
        let destination = if in_place { 0x9fc0 } else { 0x2_0000 };
        session.rings.push(waiting(
            Command {
                source: 0x9fc0,
                destination,
                argument: count as u64,
                ..command(Opcode::Permute)
            },
            &[uploaded],
        ));
        let places = [(destination, 64 * count as u64)];
        all.push(session.end(if count == 2 { &[] } else { &places }));
    }
    all
}

#[test]
fn permutations_match_the_twin() {
    for seed in [1, 2] {
        let rtl = VerilatedCard::new("small", surroundings(seed)).expect("a card");
        let twin = emulated();
        assert_eq!(
            permutations(&rtl, seed),
            permutations(&twin, seed),
            "seed {seed}"
        );
    }
    println!("matched 222 permutations with the twin's");
}
