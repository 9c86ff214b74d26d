//! The card's queue and its transfers, in RTL.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::{Command, CommandStatus as Status, Completion, Opcode, card, card_regs};
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::Transport;
use assay_driver::command::{command, waiting};
use assay_sim::{Rng, Timing};
use common::{Pages, Rings, register};

fn random(seed: u64) -> Surroundings {
    Surroundings {
        host: Timing::RANDOM,
        card: Timing::RANDOM,
        seed,
    }
}

fn words(seed: u32, count: usize) -> Vec<u32> {
    (0..count as u32)
        .map(|index| (seed ^ index).wrapping_mul(0x9e37_79b9))
        .collect()
}

#[test]
fn transfers_bring_pages_there_and_back() {
    let card = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let mut rings = Rings::new(&card, 6);
    let lengths = [64, 4096, 192, 8192, 64];
    let (from, to) = (Pages::new(&card, &lengths), Pages::new(&card, &lengths));
    let bytes: usize = lengths.iter().sum();
    let data = words(7, bytes / 4);
    from.write(&data);
    let upload = rings.push(Command {
        list: from.list.address(),
        count: lengths.len() as u32,
        destination: 0x1fc0,
        argument: bytes as u64,
        cookie: 77,
        ..command(Opcode::Upload)
    });
    rings.push(waiting(
        Command {
            list: to.list.address(),
            count: lengths.len() as u32,
            source: 0x1fc0,
            argument: bytes as u64,
            ..command(Opcode::Download)
        },
        &[upload],
    ));
    let fill = rings.push(Command {
        destination: 0x10_0040,
        argument: 5000 * 64,
        count: 0x1234_5678,
        ..command(Opcode::Fill)
    });
    rings.push(waiting(command(Opcode::Nop), &[upload, fill]));
    let done = rings.drain().expect("completions");
    for completion in &done {
        assert_eq!(completion.status, Status::Ok.code());
    }
    assert_eq!(done[0].cookie, 77);
    assert_eq!(to.read(), data);
    card.with_body(|body| {
        assert_eq!(body.memory().words(0x1fc0, data.len()), data);
        assert_eq!(
            body.memory().words(0x10_0040, 80_000),
            [0x1234_5678; 80_000]
        );
        assert_eq!(body.memory().words(0x10_0000, 16), [0; 16]);
    });
}

fn fill(destination: u64, bytes: u64) -> Command {
    Command {
        destination,
        argument: bytes,
        count: destination as u32 | 1,
        ..command(Opcode::Fill)
    }
}

fn statuses(done: &[Completion]) -> Vec<(u16, u8)> {
    done.iter().map(|it| (it.sequence, it.status)).collect()
}

#[test]
fn rings_of_every_length_wrap_many_times() {
    let mut all = 0;
    for log in card::QUEUE_LOG_MIN..=card::QUEUE_LOG_MAX {
        let rtl = VerilatedCard::new("small", random(u64::from(log))).expect("a card");
        let mut rings = Rings::new(&rtl, log);
        let mut rng = Rng::new(5, u64::from(log));
        let mut next = 0_u16;
        while next < (4 << log) {
            for _ in 0..rng.between(1, u32::from(rings.room())) {
                let mut it = command(Opcode::Nop);
                it.cookie = rng.between(0, u32::MAX);
                if rng.chance(6000) {
                    it.version = 9;
                }
                rings.push(it);
            }
            for completion in rings.drain().expect("completions") {
                assert_eq!(completion.sequence, next);
                assert!(completion.submission_head > next || completion.submission_head == 0);
                next = next.wrapping_add(1);
            }
        }
        let counted = rtl
            .read32(register(card_regs::COMMANDS_LO))
            .expect("a register");
        assert_eq!(counted, u32::from(next));
        all += counted;
    }
    println!("matched {all} commands through rings of every length");
}

#[test]
fn a_ring_that_the_host_does_not_read_holds_the_card_up_and_loses_nothing() {
    let rtl = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let mut rings = Rings::new(&rtl, 6);
    let tail = |rtl: &VerilatedCard| {
        rtl.read32(register(card_regs::COMPLETION_TAIL))
            .expect("a register")
    };
    for _ in 0..64 {
        rings.push(command(Opcode::Nop));
    }
    rings.ring();
    let mut seen = 0;
    while seen < 64 {
        seen += u32::from(rings.look().is_some());
        rtl.read32(0).expect("time goes on");
    }
    // All are read, the card does not know.
    for _ in 0..40 {
        rings.push(command(Opcode::Nop));
    }
    rings.ring();
    for _ in 0..1000 {
        rtl.read32(0).expect("time goes on");
    }
    assert_eq!(tail(&rtl), 64);
    assert!(rings.look().is_none());
    rings.acknowledge();
    let done = rings.drain().expect("the others");
    assert_eq!(done.len(), 40);
    assert_eq!(tail(&rtl), 104);
}

#[test]
fn commands_wait_for_what_they_name_and_for_nothing_else() {
    let rtl = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let mut rings = Rings::new(&rtl, 7);
    let page = Pages::new(&rtl, &[64]);
    let long = rings.push(fill(0, 1 << 20));
    let download = |source| Command {
        list: page.list.address(),
        count: 1,
        source,
        argument: 64,
        ..command(Opcode::Download)
    };
    let short = rings.push(download(1 << 25));
    let after = rings.push(waiting(command(Opcode::Nop), &[long]));
    let both = rings.push(waiting(download((1 << 20) - 64), &[after, short]));
    let bad = rings.push(fill(1, 64));
    let failed = rings.push(waiting(command(Opcode::Nop), &[long, bad]));
    let chained = rings.push(waiting(fill(1 << 21, 64), &[failed]));
    rings.ring();
    let mut order = Vec::new();
    for _ in 0..7 {
        order.push(rings.wait().expect("a completion"));
    }
    let place = |number| {
        order
            .iter()
            .position(|it| it.sequence == number)
            .expect("one")
    };
    assert!(place(short) < place(long) && place(bad) < place(long));
    assert!(place(long) < place(after) && place(after) < place(both));
    let outcome = |number: u16| (order[place(number)].status, order[place(number)].detail);
    assert_eq!(outcome(failed), (Status::DepFailed.code(), bad.into()));
    assert_eq!(outcome(chained), (Status::DepFailed.code(), failed.into()));
    assert_eq!(outcome(both), (0, 0));
    assert_eq!(page.read(), [1; 16]);
    assert_eq!(
        rtl.with_body(|body| body.memory().words(1 << 21, 16)),
        [0; 16]
    );
}

#[test]
fn dependencies_reach_back_over_the_whole_window() {
    let rtl = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let mut rings = Rings::new(&rtl, 9);
    let bad = rings.push(fill(1, 64));
    for _ in 0..1022 {
        if rings.room() == 0 {
            rings.drain().expect("completions");
        }
        rings.push(command(Opcode::Nop));
    }
    rings.drain().expect("completions");
    rings.push(waiting(command(Opcode::Nop), &[bad]));
    rings.push(waiting(command(Opcode::Nop), &[bad]));
    rings.push(waiting(command(Opcode::Nop), &[1025]));
    let done = rings.drain().expect("completions");
    let expected = [
        (Status::DepFailed.code(), 0),
        (Status::DepInvalid.code(), 8),
        (Status::DepInvalid.code(), 8),
    ];
    let seen: Vec<_> = done.iter().map(|it| (it.status, it.detail)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn what_waits_when_the_queue_stops_is_aborted_and_what_runs_ends() {
    let rtl = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let mut rings = Rings::new(&rtl, 6);
    let control = |value| {
        rtl.write32(register(card_regs::CONTROL), value)
            .expect("a register");
    };
    let long = rings.push(fill(0, 1 << 19));
    for _ in 0..3 {
        rings.push(waiting(command(Opcode::Nop), &[long]));
    }
    rings.push(fill(1 << 20, 64));
    rings.ring();
    // Past the queue's start, not past the fill.
    for _ in 0..600 {
        rtl.read32(0).expect("time goes on");
    }
    control(0);
    let mut done: Vec<_> = (0..5)
        .map(|_| rings.wait().expect("a completion"))
        .collect();
    done.sort_by_key(|it| it.sequence);
    let aborted = Status::Aborted.code();
    assert_eq!(
        statuses(&done),
        [
            (0, 0),
            (1, aborted),
            (2, aborted),
            (3, aborted),
            (4, aborted)
        ]
    );
    let status = || rtl.read32(register(card_regs::STATUS)).expect("a register");
    assert_eq!(status() & card_regs::status::IDLE, card_regs::status::IDLE);
    assert!(rtl.with_body(|body| body.is_quiet()));
    let commands = || {
        rtl.read32(register(card_regs::COMMANDS_LO))
            .expect("a register")
    };
    assert_eq!(commands(), 5);
    control(card_regs::control::RESET);
    assert_eq!(commands(), 0);
    // And again from 0.
    let mut rings = Rings::new(&rtl, 7);
    rings.push(fill(1 << 21, 128));
    assert_eq!(statuses(&rings.drain().expect("a completion")), [(0, 0)]);
}

#[test]
fn a_ring_that_is_not_there_halts_the_card_until_a_reset() {
    for completions in [false, true] {
        let rtl = VerilatedCard::new("small", random(3)).expect("a card");
        let mut rings = Rings::new(&rtl, 6);
        rings.push(command(Opcode::Nop));
        rings.drain().expect("a completion");
        rtl.wait(std::time::Duration::ZERO).expect("interrupts");
        rings.push(fill(64, 4096));
        rings.push(command(Opcode::Nop));
        let lost = if completions {
            card_regs::COMPLETION_BASE_BITS_31_0
        } else {
            card_regs::SUBMISSION_BASE_BITS_31_0
        };
        let low = rtl.read32(register(lost)).expect("a register");
        let high = rtl.read32(register(lost + 4)).expect("a register");
        rtl.map().revoke(u64::from(high) << 32 | u64::from(low));
        rings.ring();
        let mut raised = 0;
        for _ in 0..1000 {
            raised |= rtl
                .wait(std::time::Duration::from_micros(20))
                .expect("interrupts");
            if raised >> card::VECTOR_HALTED & 1 == 1 {
                break;
            }
        }
        assert_eq!(raised, 1 << card::VECTOR_HALTED);
        let status = || rtl.read32(register(card_regs::STATUS)).expect("a register");
        let control = |value| {
            rtl.write32(register(card_regs::CONTROL), value)
                .expect("a register");
        };
        assert!(rings.look().is_none());
        control(0);
        for _ in 0..200 {
            status();
        }
        assert_eq!(
            status(),
            card_regs::status::IDLE | card_regs::status::HALTED
        );
        control(card_regs::control::RESET);
        assert_eq!(status(), card_regs::status::IDLE);
        let mut rings = Rings::new(&rtl, 6);
        rings.push(fill(1 << 21, 128));
        assert_eq!(statuses(&rings.drain().expect("a completion")), [(0, 0)]);
    }
}

#[test]
fn errors_of_card_memory_end_the_command_that_met_them() {
    let rtl = VerilatedCard::new("small", random(9)).expect("a card");
    let mut rings = Rings::new(&rtl, 6);
    let pages = Pages::new(&rtl, &[4096, 4096]);
    let transfer = |opcode, source, destination| Command {
        list: pages.list.address(),
        count: 2,
        source,
        destination,
        argument: 8192,
        ..command(opcode)
    };
    let permute = Command {
        source: 0x1_0000,
        destination: 0x2_0000,
        argument: 20,
        ..command(Opcode::Permute)
    };
    let ntt = Command {
        log_rows: 6,
        source: 0x1_0000,
        destination: 0x2_0000,
        auxiliary: 0x3_0000,
        argument: 1,
        count: 2,
        ..command(Opcode::Ntt)
    };
    let commands = [
        transfer(Opcode::Upload, 0, 0x1_0000),
        transfer(Opcode::Download, 0x1_0000, 0),
        fill(0x1_0000, 4096),
        permute,
        ntt,
    ];
    let fault = Status::CardFault.code();
    for broken in [0x1_0040, 0x2_0000] {
        rtl.with_body(|body| body.memory_mut().break_at(Some(broken..broken + 64)));
        for it in commands {
            rings.push(it);
            let met = it.source == broken & !0xfff || it.destination == broken & !0xfff;
            let done = rings.drain().expect("a completion");
            let expected = if met { fault } else { 0 };
            assert_eq!((done[0].status, done[0].detail), (expected, 0), "{it:?}");
        }
    }
    rtl.with_body(|body| body.memory_mut().break_at(None));
    for it in commands {
        rings.push(it);
    }
    let done = rings.drain().expect("completions");
    assert!(done.iter().all(|it| it.status == 0), "{done:?}");
}

#[test]
fn a_dependent_command_starts_soon_after_the_one_before() {
    let timing = Timing {
        latency_min: 60,
        latency_max: 100,
        ..Timing::STEADY
    };
    let surroundings = Surroundings {
        host: timing,
        card: timing,
        seed: 4,
    };
    let rtl = VerilatedCard::new("small", surroundings).expect("a card");
    let mut rings = Rings::new(&rtl, 6);
    let mut run = |length: u16| {
        let mut last = None;
        for _ in 0..length {
            let it = fill(0x4000, 4096);
            last = Some(rings.push(match last {
                Some(last) => waiting(it, &[last]),
                None => it,
            }));
        }
        let start = rtl.with_body(|body| body.clock());
        let done = rings.drain().expect("completions");
        let running: u64 = done.iter().map(|it| u64::from(it.cycles)).sum();
        rtl.with_body(|body| body.clock()) - start - running
    };
    let gap = (run(60) - run(10)) / 50;
    println!("figure card.cycles_between_dependent {gap}");
    assert!(gap <= 200, "{gap} cycles");
}

#[test]
fn a_reset_in_the_middle_forgets_everything() {
    let rtl = VerilatedCard::new("small", random(6)).expect("a card");
    for round in 0..8 {
        let mut rings = Rings::new(&rtl, 6);
        let pages = Pages::new(&rtl, &[1 << 14]);
        for opcode in [Opcode::Upload, Opcode::Download] {
            rings.push(Command {
                list: pages.list.address(),
                count: 1,
                argument: 1 << 14,
                ..command(opcode)
            });
        }
        rings.push(fill(1 << 20, 1 << 16));
        if round < 7 {
            rings.ring();
            for _ in 0..300 + 40 * round {
                rtl.read32(0).expect("time goes on");
            }
            rtl.reset().expect("a reset");
        } else {
            let done = rings.drain().expect("completions");
            assert_eq!(statuses(&done), [(0, 0), (1, 0), (2, 0)]);
        }
    }
}
