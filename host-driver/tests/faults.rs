//! Everything that goes wrong once: a clear error or none at all, and the card goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_abi::CommandStatus;
use assay_driver::faults::{Fault, Faulty, FaultyHost, Saboteur};
use assay_driver::{
    CardBuffer, DmaMap, Driver, DriverError, EmulatedCard, Job, Options, Shape, Ticket, Transport,
};
use assay_engines::field::FieldId;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

type Card = Faulty<Arc<EmulatedCard>>;

struct Bench {
    card: Arc<EmulatedCard>,
    saboteur: Saboteur,
    driver: Driver<Card>,
}

const OPTIONS: Options = Options {
    queue_log: 6,
    timeout: Duration::from_millis(200),
    grace: Duration::from_millis(100),
    look: Duration::from_millis(10),
};

fn card() -> (Arc<EmulatedCard>, Saboteur) {
    let (map, saboteur) = (DmaMap::default(), Saboteur::default());
    let host = Arc::new(FaultyHost::new(map.clone(), saboteur.clone()));
    let shape = Shape::small(FieldId::KoalaBear, 1 << 20);
    let card = EmulatedCard::with_host(shape, map, host).expect("a thread");
    (Arc::new(card), saboteur)
}

fn bench() -> Bench {
    let (card, saboteur) = card();
    let faulty = Faulty::new(card.clone(), saboteur.clone());
    let driver = Driver::open(faulty, OPTIONS).expect("a card");
    Bench {
        card,
        saboteur,
        driver,
    }
}

fn put(driver: &Driver<Card>, words: &[u32]) -> Result<(CardBuffer, Ticket), DriverError> {
    let bytes = (words.len() as u64 * 4).next_multiple_of(64);
    let buffer = driver.allocate(bytes)?;
    let host = driver.host_buffer(bytes)?;
    host.dma().write(0, words);
    let ticket = driver.submit(Job::upload(host, bytes, &buffer, 0)?)?;
    Ok((buffer, ticket))
}

fn get(
    driver: &Driver<Card>,
    buffer: &CardBuffer,
    after: &Ticket,
    words: usize,
) -> Result<Vec<u32>, DriverError> {
    let bytes = (words as u64 * 4).next_multiple_of(64);
    let host = driver.host_buffer(bytes)?;
    let job = Job::download(buffer, 0, bytes, host)?.after([after]);
    let ticket = driver.submit(job)?;
    driver.wait(&ticket)?;
    let mut found = vec![0; words];
    ticket
        .take_buffer()
        .expect("it comes back")
        .dma()
        .read(0, &mut found);
    Ok(found)
}

/// There and back.
fn echo(driver: &Driver<Card>, words: &[u32]) -> Result<Vec<u32>, DriverError> {
    let (buffer, ticket) = put(driver, words)?;
    get(driver, &buffer, &ticket, words.len())
}

#[test]
fn each_fault_costs_what_it_must_and_no_more() {
    let words: Vec<u32> = (0..100).collect();
    for fault in Fault::ALL {
        if matches!(fault, Fault::OtherContract | Fault::Removed) {
            continue;
        }
        let Bench {
            card,
            saboteur,
            driver,
        } = bench();
        assert_eq!(echo(&driver, &words).as_ref(), Ok(&words));
        saboteur.arm(fault);
        let began = Instant::now();
        let found = echo(&driver, &words);
        let took = began.elapsed();
        assert_eq!(saboteur.happened(), [fault], "it happened");
        let health = driver.health();
        match (fault, &found) {
            (Fault::InterruptLost, Ok(found)) => {
                assert_eq!(found, &words);
                // Unless another one came in time.
                assert!(health.interrupts_lost <= 1);
            }
            (Fault::DoorbellIgnored, Ok(found)) => {
                assert_eq!(found, &words);
                // Unless the next doorbell said it too.
                assert!(health.doorbells_again <= 1);
            }
            (Fault::CompletionNever, Err(DriverError::Timeout { .. })) => {
                assert_eq!((health.recoveries, health.resets), (1, 0));
            }
            (Fault::CommandFlipped, Err(DriverError::Command { status, .. })) => {
                assert_eq!(*status, CommandStatus::BadCrc);
            }
            (Fault::DataFlipped | Fault::ResultFlipped, Ok(found)) => {
                // Nothing on the way tells: who needs to know checks the result.
                let different = found.iter().zip(&words).filter(|(a, b)| a != b).count();
                assert_eq!(different, 1);
            }
            (Fault::DataUnmapped, Err(DriverError::Command { status, .. })) => {
                assert_eq!(*status, CommandStatus::HostFault);
            }
            (Fault::RingUnmapped, Err(DriverError::Halted { .. })) => {
                assert_eq!(health.recoveries, 1);
            }
            (_, found) => panic!("{fault:?}: {found:?}"),
        }
        assert_eq!(
            echo(&driver, &words).as_ref(),
            Ok(&words),
            "after {fault:?}"
        );
        assert_eq!(driver.waiting(), 0);
        assert_eq!(driver.free_bytes(), 1 << 20);
        println!(
            "{fault:?}: {} in {:.1} ms",
            found.map_or_else(|it| it.to_string(), |_| "as if nothing had been".to_owned()),
            took.as_secs_f64() * 1e3
        );
        drop(driver);
        assert_eq!(card.map().mappings(), 0);
    }
}

#[test]
fn a_card_that_was_pulled_out_is_lost_at_once_and_for_good() {
    let Bench {
        card,
        saboteur,
        driver,
    } = bench();
    let (buffer, ticket) = put(&driver, &[1, 2, 3]).expect("submitted");
    driver.wait(&ticket).expect("uploaded");
    saboteur.arm(Fault::Removed);
    let began = Instant::now();
    let error = get(&driver, &buffer, &ticket, 3).expect_err("it is gone");
    assert!(error.to_string().contains("the device is gone"), "{error}");
    assert!(began.elapsed() < OPTIONS.timeout, "{:?}", began.elapsed());
    let error = echo(&driver, &[1]).expect_err("for good");
    assert!(matches!(error, DriverError::Dead { .. }), "{error}");
    drop((buffer, driver));
    assert_eq!(card.map().mappings(), 0);
}

#[test]
fn another_contract_is_refused_whoever_says_it() {
    let (card, saboteur) = card();
    saboteur.arm(Fault::OtherContract);
    let Err(error) = Driver::open(Faulty::new(card, saboteur), OPTIONS) else {
        panic!("it was taken");
    };
    assert!(matches!(error, DriverError::Contract { .. }), "{error}");
}

#[test]
fn completions_that_come_twice_are_counted_and_ignored() {
    let Bench { card, driver, .. } = bench();
    for round in 1..=100 {
        card.complete_twice();
        assert_eq!(echo(&driver, &[round, 2]), Ok(vec![round, 2]));
    }
    assert_eq!(driver.health().completions_twice, 100);
    assert_eq!(driver.health().recoveries, 0);
}

#[test]
fn a_reset_by_somebody_else_is_noticed_and_makes_buffers_stale() {
    let Bench { card, driver, .. } = bench();
    let (buffer, ticket) = put(&driver, &[1, 2, 3]).expect("submitted");
    driver.wait(&ticket).expect("uploaded");
    card.reset().expect("a reset");
    let error = get(&driver, &buffer, &ticket, 3).expect_err("its queue is off");
    assert!(matches!(error, DriverError::Reset { .. }), "{error}");
    let error = get(&driver, &buffer, &ticket, 3).expect_err("its memory is lost");
    assert_eq!(error, DriverError::Stale);
    assert_eq!(echo(&driver, &[4, 5]), Ok(vec![4, 5]));
}

#[test]
fn ten_thousand_commands_with_faults_leave_nothing_and_lie_never() {
    let seed = std::env::var("ASSAY_SEED").map_or(1, |it| it.parse().expect("a number"));
    println!("ASSAY_SEED={seed}");
    let mut rng = SmallRng::seed_from_u64(seed);
    let Bench {
        card,
        saboteur,
        driver,
    } = bench();
    // Faults that a driver sees; flipped data is for whoever checks results.
    const FAULTS: [Fault; 6] = [
        Fault::InterruptLost,
        Fault::DoorbellIgnored,
        Fault::CompletionNever,
        Fault::CommandFlipped,
        Fault::DataUnmapped,
        Fault::RingUnmapped,
    ];
    let (mut rounds, mut failed, mut armed) = (0, 0, 0);
    let mut kept: Vec<(CardBuffer, Ticket, Vec<u32>)> = Vec::new();
    while driver.health().commands < 10_000 {
        rounds += 1;
        if rng.random_ratio(1, 100) {
            saboteur.arm(FAULTS[rng.random_range(0..FAULTS.len())]);
            armed += 1;
        }
        match rng.random_range(0..4) {
            0 | 1 => {
                let words: Vec<u32> = (0..rng.random_range(1..600))
                    .map(|_| rng.random())
                    .collect();
                match put(&driver, &words) {
                    Ok((buffer, ticket)) => kept.push((buffer, ticket, words)),
                    Err(error) => {
                        failed += 1;
                        assert!(!matches!(error, DriverError::Dead { .. }), "{error}");
                    }
                }
                if kept.len() > 30 {
                    kept.swap_remove(rng.random_range(0..30));
                }
            }
            2 if !kept.is_empty() => {
                let (buffer, ticket, words) = &kept[rng.random_range(0..kept.len())];
                match get(&driver, buffer, ticket, words.len()) {
                    Ok(found) => assert_eq!(&found, words, "a result is right or an error"),
                    Err(_) => failed += 1,
                }
            }
            _ => {
                let after: Vec<_> = kept.iter().rev().take(rng.random_range(0..4)).collect();
                let job = Job::nop().after(after.iter().map(|it| &it.1));
                failed += u32::from(driver.submit(job).is_err());
            }
        }
    }
    saboteur.disarm();
    driver.drain().expect("all ended");
    drop(kept);
    assert_eq!(driver.waiting(), 0);
    assert_eq!(driver.free_bytes(), 1 << 20, "card memory");
    let health = driver.health();
    println!(
        "{rounds} rounds, {armed} faults armed, {} happened, {failed} errors, {health:?}",
        saboteur.happened().len()
    );
    assert!(saboteur.happened().len() > 20);
    let all = [
        health.interrupts_lost,
        health.doorbells_again,
        health.recoveries,
    ];
    assert!(all.iter().all(|&it| it > 0), "each of them was needed");
    drop(driver);
    assert_eq!(card.map().mappings(), 0, "host memory");
}
