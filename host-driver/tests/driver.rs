//! The driver on the emulated card: what it computes against Plonky3, and what it leaves behind.

mod common;

use std::sync::Arc;

use assay_abi::{CommandStatus, Engine, Opcode, card, command_flags};
use assay_driver::command::{command, sealed, waiting};
use assay_driver::{Driver, DriverError, EmulatedCard, Finished, Job, Options, Shape, Ticket};
use assay_engines::field::FieldId;
use assay_engines::poseidon2::{Poseidon2Field, WIDTH};
use common::put;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

type Card = Driver<Arc<EmulatedCard>>;

const MEMORY: u64 = 64 << 20;

fn open(shape: Shape) -> (Arc<EmulatedCard>, Card) {
    let card = Arc::new(EmulatedCard::new(shape).expect("a thread"));
    let driver = Driver::open(card.clone(), Options::default()).expect("a card");
    (card, driver)
}

/// Every buffer was dropped: the card's memory is free, and nothing stays mapped.
fn leaves_nothing(card: &EmulatedCard, driver: Card) {
    common::leaves_no_memory(&driver);
    drop(driver);
    assert_eq!(card.map().mappings(), 0);
}

fn chains<F: Poseidon2Field>(log_lanes: u32) {
    let (card, driver) = open(Shape::new(F::ID, log_lanes, 16, 20, MEMORY));
    common::chains_match_p3::<F, _>(driver);
    assert_eq!(card.map().mappings(), 0);
}

#[test]
fn chains_match_p3_on_koalabear() {
    chains::<KoalaBear>(1);
    chains::<KoalaBear>(4);
}

#[test]
fn chains_match_p3_on_babybear() {
    chains::<BabyBear>(2);
    chains::<BabyBear>(3);
}

#[test]
fn transforms_and_orders_match_p3() {
    let (card, driver) = open(Shape::new(FieldId::KoalaBear, 2, 16, 20, MEMORY));
    common::transforms_and_orders_match_p3(&driver);
    leaves_nothing(&card, driver);
}

#[test]
fn threads_share_a_card() {
    let (card, driver) = open(Shape::small(FieldId::KoalaBear, MEMORY));
    common::threads_share_a_card(&driver);
    leaves_nothing(&card, driver);
}

/// Status and detail of a raw command, and that the next one works.
fn status(driver: &Card, command: assay_abi::Command) -> (CommandStatus, u64) {
    let ticket = driver.submit_raw(command).expect("submitted");
    let found = match driver.wait(&ticket) {
        Ok(_) => (CommandStatus::Ok, 0),
        Err(DriverError::Command { status, detail, .. }) => (status, detail),
        Err(other) => panic!("{other}"),
    };
    let nop = driver.submit(Job::nop()).expect("submitted");
    assert!(driver.wait(&nop).is_ok(), "the card goes on");
    found
}

#[test]
fn each_wrong_command_fails_alone_with_its_status_and_detail() {
    let (card, driver) = open(Shape::small(FieldId::KoalaBear, MEMORY));
    // The cookie is the driver's: the ring is told what it will be, so raw commands are made for the next sequence number.
    let mut tried = 0;
    let mut check = |name: &str,
                     expected: CommandStatus,
                     detail: u64,
                     make: &dyn Fn(&mut assay_abi::Command)| {
        let mut raw = command(Opcode::Fill);
        raw.argument = 64;
        make(&mut raw);
        // The driver writes the cookie, which the checksum covers.
        raw.cookie = tried * 2;
        let raw = if expected == CommandStatus::BadCrc {
            raw
        } else {
            sealed(raw)
        };
        tried += 1;
        assert_eq!(status(&driver, raw), (expected, detail), "{name}");
    };
    use CommandStatus as S;
    check("sound", S::Ok, 0, &|_| {});
    check("checksum", S::BadCrc, 0, &|it| it.crc = 1);
    check("version", S::BadVersion, 1, &|it| it.version = 2);
    check("opcode", S::BadOpcode, 0, &|it| it.opcode = 0);
    check("opcode", S::BadOpcode, 0, &|it| it.opcode = 200);
    check("flag", S::BadField, 2, &|it| it.flags = 1 << 9);
    check("wait", S::BadField, 8, &|it| it.wait_a = 3);
    check("rows of a fill", S::BadField, 12, &|it| it.log_rows = 1);
    check("source of a fill", S::BadField, 16, &|it| it.source = 64);
    check("itself", S::DepInvalid, 10, &|it| {
        it.flags = command_flags::WAIT_B;
        it.wait_b = 18;
    });
    check("the future", S::DepInvalid, 8, &|it| {
        it.flags = command_flags::WAIT_A;
        it.wait_a = 60000;
    });
    // The driver tells the reason of the one that it waited for: a wrong version.
    check("a failed one", S::BadVersion, 1, &|it| {
        it.flags = command_flags::WAIT_A;
        it.wait_a = 4;
    });
    check("an engine", S::Unsupported, 0, &|it| {
        *it = assay_abi::Command {
            argument: 64,
            ..command(Opcode::Trace)
        }
    });
    check("no bytes", S::BadLength, 40 + 8, &|it| it.argument = 0);
    check("half a beat", S::BadLength, 48, &|it| it.argument = 32);
    check("alignment", S::BadAlignment, 24, &|it| it.destination = 32);
    check("behind the end", S::OutOfRange, 24, &|it| {
        it.destination = MEMORY
    });
    check("far behind the end", S::OutOfRange, 24, &|it| {
        it.destination = u64::MAX - 63;
        it.argument = 128;
    });
    let ntt = |it: &mut assay_abi::Command| {
        *it = assay_abi::Command {
            log_rows: 3,
            count: 1,
            argument: 1,
            auxiliary: 4096,
            destination: 8192,
            ..command(Opcode::Ntt)
        };
    };
    check("a transform", S::Ok, 0, &ntt);
    check("too long", S::Unsupported, 12, &|it| {
        ntt(it);
        it.log_rows = 17;
    });
    check("no rows", S::Unsupported, 12, &|it| {
        ntt(it);
        it.log_rows = 0;
    });
    check("blow-up of a forward", S::BadField, 13, &|it| {
        ntt(it);
        it.log_blowup = 1;
    });
    check("transform", S::BadField, 14, &|it| {
        ntt(it);
        it.transform = 3;
    });
    check("order", S::BadField, 15, &|it| {
        ntt(it);
        it.order = 4;
    });
    check("order of an extension", S::Unsupported, 15, &|it| {
        ntt(it);
        it.transform = 2;
        it.order = 2;
    });
    check("shift", S::Unsupported, 48, &|it| {
        ntt(it);
        it.argument = 0x7f00_0001;
    });
    check("columns", S::BadLength, 56, &|it| {
        ntt(it);
        it.count = 0;
    });
    check("too many columns", S::Unsupported, 56, &|it| {
        ntt(it);
        it.count = 1 << 16;
    });
    let merkle = |it: &mut assay_abi::Command| {
        *it = assay_abi::Command {
            count: 65,
            list: 64,
            ..command(Opcode::Merkle)
        };
    };
    check("matrices", S::Unsupported, 56, &merkle);
    check("a list of zeros", S::BadLength, 0, &|it| {
        merkle(it);
        it.count = 1;
        it.list = 1 << 20;
    });
    check("no pages", S::BadLength, 56, &|it| {
        *it = assay_abi::Command {
            argument: 64,
            ..command(Opcode::Upload)
        }
    });
    check("a list that is not mapped", S::HostFault, u64::MAX, &|it| {
        *it = assay_abi::Command {
            argument: 64,
            count: 1,
            list: 64,
            ..command(Opcode::Upload)
        }
    });
    println!("{tried} commands had the status that they must have");
    leaves_nothing(&card, driver);
}

#[test]
fn words_above_the_modulus_are_refused() {
    let (card, driver) = open(Shape::small(FieldId::BabyBear, MEMORY));
    for word in [BabyBear::ORDER_U32_WORD, u32::MAX] {
        let mut states = [0; WIDTH];
        states[5] = word;
        let (from, uploaded) = put(&driver, &states);
        let job = Job::permute(&from, &from, 1).after([&uploaded]);
        let ticket = driver.submit(job).expect("submitted");
        let error = driver.wait(&ticket).expect_err("not canonical");
        assert!(
            matches!(
                error,
                DriverError::Command {
                    status: CommandStatus::NotCanonical,
                    ..
                }
            ),
            "{error}"
        );
        let after = driver.submit(Job::nop().after([&ticket]));
        assert_eq!(after.expect_err("it waits for a failed one"), error);
    }
    leaves_nothing(&card, driver);
}

trait OrderWord {
    const ORDER_U32_WORD: u32;
}

impl OrderWord for BabyBear {
    const ORDER_U32_WORD: u32 = <Self as p3_field::PrimeField32>::ORDER_U32;
}

#[test]
fn memory_that_is_not_there_is_an_error_that_says_how_much_is() {
    let (card, driver) = open(Shape::small(FieldId::KoalaBear, 1 << 20));
    let held = driver.allocate(1 << 19).expect("half");
    let error = driver.allocate((1 << 19) + 1).expect_err("more than half");
    assert_eq!(
        error.to_string(),
        "card memory is exhausted: 524289 bytes asked for, 524288 free, 524288 of them in one piece"
    );
    drop(held);
    let host = driver.host_buffer(64).expect("memory");
    let buffer = driver.allocate(64).expect("memory");
    assert!(matches!(
        Job::upload(host, 128, &buffer, 0),
        Err(DriverError::Range { end: 128, .. })
    ));
    drop(buffer);
    leaves_nothing(&card, driver);
}

#[test]
fn a_card_of_another_contract_is_refused_and_both_hashes_are_told() {
    let card =
        Arc::new(EmulatedCard::new(Shape::small(FieldId::KoalaBear, MEMORY)).expect("a thread"));
    card.show_contract_hash([0x5a; 32]);
    let Err(error) = Driver::open(card, Options::default()) else {
        panic!("it was taken");
    };
    let said = error.to_string();
    assert!(said.contains(&"5a".repeat(32)), "{said}");
    let ours: String = assay_abi::CONTRACT_HASH
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    assert!(said.contains(&ours), "{said}");
}

#[test]
fn a_card_without_an_engine_says_which() {
    let mut shape = Shape::small(FieldId::KoalaBear, MEMORY);
    shape.engines.retain(|&it| it != Engine::Hash);
    let (card, driver) = open(shape);
    let buffer = driver.allocate(64).expect("memory");
    let error = driver
        .submit(Job::permute(&buffer, &buffer, 1))
        .expect_err("no hasher");
    assert!(error.to_string().contains("Hash"), "{error}");
    let raw = sealed(waiting(
        assay_abi::Command {
            argument: 1,
            ..command(Opcode::Permute)
        },
        &[],
    ));
    assert_eq!(status(&driver, raw), (CommandStatus::Unsupported, 0));
    drop(buffer);
    leaves_nothing(&card, driver);
}
#[test]
fn rings_wrap_and_any_number_of_waits_is_taken() {
    let card =
        Arc::new(EmulatedCard::new(Shape::small(FieldId::KoalaBear, MEMORY)).expect("a thread"));
    let options = Options {
        queue_log: card::QUEUE_LOG_MIN,
        ..Options::default()
    };
    let driver = Driver::open(card.clone(), options).expect("a card");
    let mut rng = SmallRng::seed_from_u64(3);
    let mut recent: Vec<Ticket> = Vec::new();
    const COMMANDS: usize = 70_000;
    for _ in 0..COMMANDS {
        let waits = rng.random_range(0..6).min(recent.len());
        let after: Vec<_> = (0..waits)
            .map(|_| recent[rng.random_range(0..recent.len())].clone())
            .collect();
        let ticket = driver.submit(Job::nop().after(&after)).expect("submitted");
        if recent.len() == 40 {
            recent.swap_remove(rng.random_range(0..40));
        }
        recent.push(ticket);
    }
    driver.drain().expect("all ended");
    for ticket in &recent {
        assert_eq!(driver.wait(ticket), Ok(Finished::default()));
    }
    let health = driver.health();
    assert!(
        health.commands >= COMMANDS as u64 && health.failed == 0,
        "{health:?}"
    );
    assert_eq!((health.recoveries, health.completions_twice), (0, 0));
    println!(
        "{} commands on rings of {}",
        health.commands,
        1 << card::QUEUE_LOG_MIN
    );
    drop(recent);
    leaves_nothing(&card, driver);
}
