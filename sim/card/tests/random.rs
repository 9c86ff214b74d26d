//! Random commands on the RTL and on the emulated card: the same completions, the same memories.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::{Command, Matrix, Opcode, Transform};
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::Transport;
use assay_driver::command::{command, sealed, waiting};
use assay_sim::{Rng, Timing};
use common::{MEMORY, Pages, Rings, emulated};

/// Card memory in areas, each of which one command at a time uses.
const AREAS: usize = 6;
const AREA: u64 = 0x8000;
/// Where lists of matrices lie.
const LISTS: u64 = 0x10_0000;
const P: u32 = 0x7f00_0001;

fn area(index: usize) -> u64 {
    AREA * (index as u64 + 1)
}

/// Bytes in pages of random lengths.
fn pages(card: &impl Transport, rng: &mut Rng, bytes: usize) -> Pages {
    let mut lengths = Vec::new();
    let mut left = bytes;
    while left > 0 {
        let length = (64 * rng.between(1, 40) as usize).min(left);
        lengths.push(length);
        left -= length;
    }
    Pages::new(card, &lengths)
}

fn word(rng: &mut Rng) -> u64 {
    let choices = [
        0,
        1,
        63,
        64,
        100,
        192,
        MEMORY,
        MEMORY - 64,
        1 << 40,
        1 << 63,
        u64::MAX - 63,
        u64::MAX,
    ];
    choices[rng.between(0, choices.len() as u32 - 1) as usize]
}

/// One field changed.
fn mutate(rng: &mut Rng, mut it: Command) -> Command {
    match rng.between(0, 12) {
        0 => it.opcode = rng.between(0, 20) as u8,
        1 => it.version ^= 1 << rng.between(0, 7),
        2 => it.flags ^= 1 << rng.between(0, 15),
        3 => it.wait_a = rng.between(0, 0xffff) as u16,
        // Not what would run and reach into other areas.
        4 => it.log_rows = [0, 17, 99, 255][rng.between(0, 3) as usize],
        5 => it.log_blowup = [8, 40, 255][rng.between(0, 2) as usize],
        6 => it.transform = rng.between(0, 5) as u8,
        7 => it.order = rng.between(0, 7) as u8,
        8 => it.source = word(rng),
        9 => it.destination = word(rng),
        10 => it.auxiliary = word(rng),
        11 => it.list = word(rng),
        _ => it.argument = word(rng),
    }
    it
}

/// Statuses, details and cookies by number, host pages that were written, and all areas in the end.
type Outcome = (Vec<(u16, u8, u64, u32)>, Vec<Vec<u32>>);

fn run<T: Transport>(card: &T, seed: u64, rounds: u32) -> Outcome {
    let mut rng = Rng::new(seed, 30);
    let log = rng.between(6, 9);
    let mut rings = Rings::new(card, log);
    let mut completions = Vec::new();
    let mut words = Vec::new();
    // Elements everywhere.
    let everything = pages(card, &mut rng, AREAS * AREA as usize);
    let start: Vec<u32> = (0..AREAS as u32 * AREA as u32 / 4)
        .map(|_| rng.between(0, P - 1))
        .collect();
    everything.write(&start);
    rings.push(Command {
        list: everything.list.address(),
        count: everything.pages.len() as u32,
        destination: area(0),
        argument: AREAS as u64 * AREA,
        ..command(Opcode::Upload)
    });
    completions.extend(rings.drain().expect("a completion"));
    for round in 0..rounds {
        let mut last: [Option<u16>; AREAS] = [None; AREAS];
        let mut kept = Vec::new();
        let alone = round % 3 == 2;
        for step in 0..if alone { 1 } else { rng.between(1, 14) } {
            let a = rng.between(0, AREAS as u32 - 1) as usize;
            let b = (a + rng.between(1, AREAS as u32 - 1) as usize) % AREAS;
            let bytes = 64 * u64::from(rng.between(1, 60));
            let kind = rng.between(0, 7);
            let it = match kind {
                0 | 1 => {
                    let pages = pages(card, &mut rng, bytes as usize);
                    let data: Vec<u32> = (0..bytes / 4).map(|_| rng.between(0, P - 1)).collect();
                    pages.write(&data);
                    let it = Command {
                        list: pages.list.address(),
                        count: pages.pages.len() as u32,
                        argument: bytes,
                        ..command(if kind == 0 {
                            Opcode::Upload
                        } else {
                            Opcode::Download
                        })
                    };
                    kept.push(pages);
                    match kind {
                        0 => Command {
                            destination: area(a) + 64,
                            ..it
                        },
                        _ => Command {
                            source: area(a),
                            ..it
                        },
                    }
                }
                2 => Command {
                    destination: area(a),
                    argument: bytes,
                    count: rng.between(0, P - 1),
                    ..command(Opcode::Fill)
                },
                3 => Command {
                    source: area(a),
                    destination: area(b),
                    argument: u64::from(rng.between(1, 12)),
                    ..command(Opcode::Permute)
                },
                4 | 5 => {
                    let lde = kind == 5;
                    let log_rows = rng.between(1, 6) as u8;
                    Command {
                        log_rows,
                        log_blowup: if lde { rng.between(0, 2) as u8 } else { 0 },
                        transform: match (lde, rng.between(0, 1)) {
                            (true, _) => Transform::Lde.code(),
                            (false, 0) => Transform::Forward.code(),
                            (false, _) => Transform::Inverse.code(),
                        },
                        order: if lde { 0 } else { rng.between(0, 3) as u8 },
                        source: area(a),
                        destination: area(b),
                        auxiliary: area(b) + AREA / 2,
                        argument: u64::from(rng.between(1, P - 1)),
                        count: rng.between(1, 12),
                        ..command(Opcode::Ntt)
                    }
                }
                6 => {
                    let matrix = Matrix {
                        address: area(a),
                        columns: rng.between(1, 20),
                        log_rows: rng.between(0, 5) as u8,
                        reserved0: [0; 19],
                    };
                    let list = pages(card, &mut rng, 64);
                    let bytes = matrix.as_bytes().as_chunks::<4>().0;
                    let entry: Vec<u32> = bytes.iter().map(|it| u32::from_le_bytes(*it)).collect();
                    list.write(&entry);
                    let at = LISTS + 64 * u64::from(step);
                    let loaded = rings.push(Command {
                        list: list.list.address(),
                        count: 1,
                        destination: at,
                        argument: 64,
                        ..command(Opcode::Upload)
                    });
                    kept.push(list);
                    // Two waits are all there are: the list's is taken over by the area's.
                    let before: Vec<u16> = last[a].into_iter().chain([loaded]).collect();
                    last[a] = Some(rings.push(waiting(command(Opcode::Nop), &before)));
                    Command {
                        list: at,
                        count: 1,
                        destination: area(b),
                        auxiliary: area(b) + AREA / 2,
                        ..command(Opcode::Merkle)
                    }
                }
                _ => command(Opcode::Nop),
            };
            let it = Command {
                cookie: rng.between(0, u32::MAX),
                ..it
            };
            let waits: Vec<u16> = [last[a], last[b]].into_iter().flatten().collect();
            let mut it = waiting(it, &waits);
            if alone {
                it = mutate(&mut rng, it);
            }
            let number = if alone && rng.chance(10_000) {
                let mut it = sealed(it);
                it.crc ^= 1 << rng.between(0, 31);
                rings.put(&it)
            } else {
                rings.push(it)
            };
            last[a] = Some(number);
            last[b] = Some(number);
        }
        let done = rings
            .drain()
            .unwrap_or_else(|error| panic!("seed {seed}, round {round}: {error}"));
        let clean = done.iter().all(|it| it.status == 0);
        completions.extend(done);
        // Of a transfer that failed, and of what was not canonical, nobody can say what is there.
        if clean {
            words.extend(kept.iter().map(Pages::read));
        }
    }
    let back = Pages::new(card, &[AREAS * AREA as usize]);
    rings.push(Command {
        list: back.list.address(),
        count: 1,
        source: area(0),
        argument: AREAS as u64 * AREA,
        ..command(Opcode::Download)
    });
    completions.extend(rings.drain().expect("a completion"));
    words.push(back.read());
    let completions = completions
        .iter()
        .map(|it| (it.sequence, it.status, it.detail, it.cookie))
        .collect();
    (completions, words)
}

#[test]
fn random_commands_match_the_twin() {
    let slow = std::env::var_os("ASSAY_SLOW").is_some();
    let (runs, rounds) = if slow { (40, 60) } else { (4, 24) };
    let mut statuses = std::collections::BTreeMap::new();
    let mut commands = 0;
    for seed in 0..runs {
        let timing = |pick| match pick {
            0 => Timing::STEADY,
            1 => Timing::RANDOM,
            _ => Timing::HARSH,
        };
        let surroundings = Surroundings {
            host: timing(seed % 3),
            card: timing((seed / 2) % 3),
            seed,
        };
        let rtl = VerilatedCard::new("small", surroundings).expect("a card");
        let (rtl, twin) = (run(&rtl, seed, rounds), run(&emulated(), seed, rounds));
        for (index, (rtl, twin)) in rtl.0.iter().zip(&twin.0).enumerate() {
            assert_eq!(rtl, twin, "seed {seed}, completion {index}");
            *statuses.entry(rtl.1).or_insert(0) += 1;
            commands += 1;
        }
        assert!(rtl.1 == twin.1, "seed {seed}: memories differ");
    }
    println!("matched {commands} random commands with the twin's, statuses {statuses:?}");
}
