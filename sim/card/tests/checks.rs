//! Every status of docs/card.md with its detail, on the RTL and on the emulated card.
#![cfg(feature = "verilator")]

mod common;

use std::mem::offset_of;

use assay_abi::{Command, CommandStatus as Status, HostPage, Matrix, Opcode, Transform, order};
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::Transport;
use assay_driver::command::{command, sealed, waiting};
use common::{MEMORY, Pages, Rings, emulated};

const SOURCE: u64 = offset_of!(Command, source) as u64;
const DESTINATION: u64 = offset_of!(Command, destination) as u64;
const AUXILIARY: u64 = offset_of!(Command, auxiliary) as u64;
const LIST: u64 = offset_of!(Command, list) as u64;
const ARGUMENT: u64 = offset_of!(Command, argument) as u64;
const COUNT: u64 = offset_of!(Command, count) as u64;
const LOG_ROWS: u64 = offset_of!(Command, log_rows) as u64;
const LOG_BLOWUP: u64 = offset_of!(Command, log_blowup) as u64;
const TRANSFORM: u64 = offset_of!(Command, transform) as u64;
const ORDER: u64 = offset_of!(Command, order) as u64;

/// Commands that fail alone, with what they fail with.
fn broken(list: u64, matrices: u64) -> Vec<(Command, Status, u64)> {
    let nop = command(Opcode::Nop);
    let fill = Command {
        destination: 64,
        argument: 64,
        count: 9,
        ..command(Opcode::Fill)
    };
    let upload = Command {
        list,
        count: 1,
        destination: 0,
        argument: 64,
        ..command(Opcode::Upload)
    };
    let ntt = Command {
        log_rows: 4,
        transform: Transform::Forward.code(),
        source: 0,
        destination: 0x1000,
        auxiliary: 0x2000,
        argument: 1,
        count: 3,
        ..command(Opcode::Ntt)
    };
    let lde = Command {
        transform: Transform::Lde.code(),
        log_blowup: 1,
        ..ntt
    };
    let merkle = Command {
        list: matrices,
        count: 1,
        destination: 0x1000,
        auxiliary: 0x8000,
        ..command(Opcode::Merkle)
    };
    let open = Command {
        list: matrices,
        count: 1,
        source: 0x1000,
        auxiliary: 0x8000,
        destination: 0x9000,
        argument: 1,
        ..command(Opcode::Open)
    };
    let permute = Command {
        argument: 1,
        ..command(Opcode::Permute)
    };
    use Status::{
        BadAlignment, BadField, BadLength, BadOpcode, BadVersion, DepInvalid, OutOfRange,
        Unsupported,
    };
    vec![
        (Command { version: 2, ..nop }, BadVersion, 1),
        (
            Command {
                version: 0,
                opcode: 0,
                ..nop
            },
            BadVersion,
            1,
        ),
        (Command { opcode: 0, ..nop }, BadOpcode, 0),
        (
            Command {
                opcode: 11,
                flags: 0x8000,
                ..nop
            },
            BadOpcode,
            0,
        ),
        (
            Command {
                flags: 8,
                wait_a: 1,
                ..nop
            },
            BadField,
            2,
        ),
        (
            Command {
                wait_a: 1,
                wait_b: 1,
                ..nop
            },
            BadField,
            8,
        ),
        (
            Command {
                wait_b: 1,
                log_rows: 1,
                ..nop
            },
            BadField,
            10,
        ),
        (
            Command {
                log_rows: 1,
                ..fill
            },
            BadField,
            LOG_ROWS,
        ),
        (
            Command {
                log_blowup: 1,
                ..ntt
            },
            BadField,
            LOG_BLOWUP,
        ),
        (
            Command {
                log_blowup: 1,
                ..fill
            },
            BadField,
            LOG_BLOWUP,
        ),
        (
            Command {
                transform: 3,
                order: 4,
                ..ntt
            },
            BadField,
            TRANSFORM,
        ),
        (
            Command {
                transform: 1,
                ..fill
            },
            BadField,
            TRANSFORM,
        ),
        (Command { order: 4, ..ntt }, BadField, ORDER),
        (Command { order: 1, ..open }, BadField, ORDER),
        (
            Command {
                source: 64,
                list: 1,
                ..fill
            },
            BadField,
            SOURCE,
        ),
        (
            Command {
                destination: 64,
                ..nop
            },
            BadField,
            DESTINATION,
        ),
        (
            Command {
                auxiliary: 64,
                ..fill
            },
            BadField,
            AUXILIARY,
        ),
        (Command { list: 64, ..ntt }, BadField, LIST),
        (
            Command {
                argument: 64,
                ..merkle
            },
            BadField,
            ARGUMENT,
        ),
        (
            Command {
                count: 1,
                ..permute
            },
            BadField,
            COUNT,
        ),
        (Command { count: 1, ..nop }, BadField, COUNT),
        (
            Command {
                log_rows: 17,
                ..ntt
            },
            Unsupported,
            LOG_ROWS,
        ),
        (Command { log_rows: 0, ..ntt }, Unsupported, LOG_ROWS),
        (
            Command {
                log_blowup: 8,
                ..lde
            },
            Unsupported,
            LOG_BLOWUP,
        ),
        (
            Command {
                order: order::OUT_NATURAL,
                ..lde
            },
            Unsupported,
            ORDER,
        ),
        (
            Command {
                log_rows: 9,
                order: order::IN_REVERSED,
                ..ntt
            },
            Unsupported,
            ORDER,
        ),
        (Command { argument: 0, ..ntt }, Unsupported, ARGUMENT),
        (
            Command {
                argument: 0x7f00_0001,
                ..ntt
            },
            Unsupported,
            ARGUMENT,
        ),
        (
            Command {
                count: 65536,
                ..ntt
            },
            Unsupported,
            COUNT,
        ),
        (
            Command {
                count: 65,
                ..merkle
            },
            Unsupported,
            COUNT,
        ),
        (
            Command {
                argument: 64,
                destination: 0,
                ..command(Opcode::Trace)
            },
            Unsupported,
            0,
        ),
        (
            Command {
                argument: 64,
                ..command(Opcode::Feed)
            },
            Unsupported,
            0,
        ),
        (
            Command {
                argument: 0,
                ..fill
            },
            BadLength,
            ARGUMENT,
        ),
        (
            Command {
                argument: 65,
                destination: 1,
                ..fill
            },
            BadLength,
            ARGUMENT,
        ),
        (
            Command {
                count: 0,
                destination: 1,
                ..upload
            },
            BadLength,
            COUNT,
        ),
        (
            Command {
                argument: 32,
                count: 0,
                ..upload
            },
            BadLength,
            ARGUMENT,
        ),
        (Command { count: 0, ..ntt }, BadLength, COUNT),
        (Command { count: 0, ..merkle }, BadLength, COUNT),
        (
            Command {
                argument: 0,
                count: 0,
                ..open
            },
            BadLength,
            ARGUMENT,
        ),
        (
            Command {
                argument: 0,
                ..permute
            },
            BadLength,
            ARGUMENT,
        ),
        (
            Command {
                source: 32,
                destination: 16,
                ..ntt
            },
            BadAlignment,
            SOURCE,
        ),
        (
            Command {
                destination: MEMORY + 1,
                ..fill
            },
            BadAlignment,
            DESTINATION,
        ),
        (
            Command {
                auxiliary: 8,
                ..lde
            },
            BadAlignment,
            AUXILIARY,
        ),
        (
            Command {
                list: list + 16,
                ..upload
            },
            BadAlignment,
            LIST,
        ),
        (Command { list: 48, ..open }, BadAlignment, LIST),
        (
            Command {
                source: MEMORY - 128,
                destination: MEMORY,
                ..ntt
            },
            OutOfRange,
            SOURCE,
        ),
        (
            Command {
                destination: MEMORY - 128,
                ..lde
            },
            OutOfRange,
            DESTINATION,
        ),
        (
            Command {
                auxiliary: MEMORY - 64,
                ..lde
            },
            OutOfRange,
            AUXILIARY,
        ),
        (
            Command {
                destination: MEMORY,
                ..fill
            },
            OutOfRange,
            DESTINATION,
        ),
        (
            Command {
                destination: u64::MAX - 63,
                ..fill
            },
            OutOfRange,
            DESTINATION,
        ),
        (
            Command {
                argument: u64::MAX - 63,
                ..fill
            },
            OutOfRange,
            DESTINATION,
        ),
        (
            Command {
                destination: MEMORY - 64,
                argument: 128,
                ..upload
            },
            OutOfRange,
            DESTINATION,
        ),
        (
            Command {
                argument: 1 << 58,
                ..permute
            },
            OutOfRange,
            SOURCE,
        ),
        (
            Command {
                list: MEMORY - 64,
                count: 3,
                ..merkle
            },
            OutOfRange,
            LIST,
        ),
        (
            Command {
                list: 1 << 40,
                ..open
            },
            OutOfRange,
            LIST,
        ),
        (
            Command {
                auxiliary: MEMORY - 64,
                argument: 17,
                ..open
            },
            OutOfRange,
            AUXILIARY,
        ),
        (waiting(nop, &[40_000]), DepInvalid, 8),
        (
            Command {
                flags: 4,
                wait_b: 40_000,
                destination: 0,
                ..permute
            },
            DepInvalid,
            10,
        ),
    ]
}

#[test]
fn a_bad_command_fails_alone_with_its_status_and_detail() {
    let rtl = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let twin = emulated();
    let mut tried = 0;
    fn run<T: Transport>(card: &T) -> Vec<(Command, Status, u64, u8, u64)> {
        let page = Pages::new(card, &[64]);
        let mut rings = Rings::new(card, 6);
        let mut seen = Vec::new();
        for (bad, status, detail) in broken(page.list.address(), 0x4000) {
            rings.push(bad);
            rings.push(command(Opcode::Nop));
            let done = rings.drain().expect("completions");
            assert_eq!(done[1].status, Status::Ok.code(), "behind {bad:?}");
            seen.push((bad, status, detail, done[0].status, done[0].detail));
        }
        // A sum that does not fit, bit by bit.
        for bit in [0, 5, 31] {
            let mut wrong = sealed(command(Opcode::Nop));
            wrong.crc ^= 1 << bit;
            rings.put(&wrong);
            let done = rings.drain().expect("a completion");
            seen.push((wrong, Status::BadCrc, 0, done[0].status, done[0].detail));
        }
        seen
    }
    for (name, seen) in [("the RTL", run(&rtl)), ("the twin", run(&twin))] {
        for (command, status, detail, got, got_detail) in seen {
            assert_eq!(
                (got, got_detail),
                (status.code(), detail),
                "{name}: not {status:?}: {command:?}"
            );
            tried += 1;
        }
    }
    println!("matched {tried} refusals with docs/card.md");
}

#[test]
fn pages_and_matrices_are_checked_entry_by_entry() {
    let rtl = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let twin = emulated();
    fn run<T: Transport>(card: &T) -> Vec<(u8, u64)> {
        let mut rings = Rings::new(card, 6);
        let mut seen = Vec::new();
        let good = [64, 128, 4096, 64];
        let total: usize = good.iter().sum();
        let changes: [(usize, fn(&mut HostPage)); 7] = [
            (1, |it| it.reserved0 = 1),
            (0, |it| it.length = 0),
            (2, |it| it.length = 65),
            (3, |it| it.length = 128),
            (2, |it| it.address += 4),
            (1, |it| it.address = 64),
            (3, |it| it.address = 1 << 50),
        ];
        for opcode in [Opcode::Upload, Opcode::Download] {
            for (index, change) in changes {
                let pages = Pages::new(card, &good);
                let mut page = pages.entry(index);
                change(&mut page);
                pages.set(index, page);
                let mut it = Command {
                    list: pages.list.address(),
                    count: 4,
                    argument: total as u64,
                    ..command(opcode)
                };
                rings.push(it);
                // Too few, too many; a list that is not there, or ends where nothing is.
                it.count = 2;
                it.argument = if index == 2 { 192 } else { 4096 };
                rings.push(it);
                it.count = 4;
                it.argument = 192;
                rings.push(it);
                it.list = 1 << 52;
                rings.push(it);
                it.list = pages.list.address();
                it.count = 400;
                it.argument = 1 << 20;
                rings.push(it);
                let done = rings.drain().expect("completions");
                seen.extend(done.iter().map(|it| (it.status, it.detail)));
            }
        }
        // Lists of matrices.
        let good = [
            Matrix {
                address: 0x10000,
                columns: 3,
                log_rows: 4,
                reserved0: [0; 19],
            },
            Matrix {
                address: 0x20000,
                columns: 1,
                log_rows: 4,
                reserved0: [0; 19],
            },
            Matrix {
                address: 0x30000,
                columns: 9,
                log_rows: 2,
                reserved0: [0; 19],
            },
        ];
        let changes: [(usize, fn(&mut Matrix)); 8] = [
            (1, |it| it.reserved0[18] = 1),
            (0, |it| it.log_rows = 25),
            (1, |it| it.log_rows = 5),
            (2, |it| it.columns = 0),
            (1, |it| it.address += 32),
            (2, |it| it.address = MEMORY - 64),
            (0, |it| it.columns = u32::MAX),
            (2, |it| it.log_rows = 200),
        ];
        for (index, change) in changes {
            let mut list = good;
            change(&mut list[index]);
            let pages = Pages::new(card, &[128]);
            let words: Vec<u32> = list
                .iter()
                .flat_map(|it| it.as_bytes().as_chunks::<4>().0.to_vec())
                .map(u32::from_le_bytes)
                .collect();
            pages.write(&words);
            let upload = rings.push(Command {
                list: pages.list.address(),
                count: 1,
                destination: 0x4000,
                argument: 128,
                ..command(Opcode::Upload)
            });
            let merkle = Command {
                list: 0x4000,
                count: 3,
                destination: 0x5000,
                auxiliary: 0x6000,
                ..command(Opcode::Merkle)
            };
            let open = Command {
                list: 0x4000,
                count: 3,
                source: 0x5000,
                auxiliary: 0x6000,
                destination: 0x7000,
                argument: 1,
                ..command(Opcode::Open)
            };
            rings.push(waiting(merkle, &[upload]));
            rings.push(waiting(open, &[upload]));
            let done = rings.drain().expect("completions");
            seen.extend(done.iter().map(|it| (it.status, it.detail)));
            // With a good list, what does not fit is the tree, or what is opened.
            if index == 7 {
                let words: Vec<u32> = good
                    .iter()
                    .flat_map(|it| it.as_bytes().as_chunks::<4>().0.to_vec())
                    .map(u32::from_le_bytes)
                    .collect();
                pages.write(&words);
                let upload = rings.push(Command {
                    list: pages.list.address(),
                    count: 1,
                    destination: 0x4000,
                    argument: 128,
                    ..command(Opcode::Upload)
                });
                for bad in [
                    Command {
                        destination: MEMORY - 512,
                        ..merkle
                    },
                    Command {
                        auxiliary: MEMORY - 1024 + 64,
                        ..merkle
                    },
                    Command {
                        source: MEMORY - 64,
                        destination: MEMORY,
                        ..open
                    },
                    Command {
                        destination: MEMORY - 64,
                        ..open
                    },
                    Command {
                        argument: 1 << 20,
                        destination: MEMORY - (1 << 27),
                        ..open
                    },
                ] {
                    rings.push(waiting(bad, &[upload]));
                }
                let done = rings.drain().expect("completions");
                seen.extend(done.iter().map(|it| (it.status, it.detail)));
            }
        }
        seen
    }
    let (rtl, twin) = (run(&rtl), run(&twin));
    for (index, (rtl, twin)) in rtl.iter().zip(&twin).enumerate() {
        assert_eq!(rtl, twin, "command {index}");
    }
    let failed = rtl.iter().filter(|it| it.0 != 0).count();
    assert!(failed > 60, "{failed} of {}", rtl.len());
    println!(
        "matched {} completions with the twin's, {failed} of them errors",
        rtl.len()
    );
}
