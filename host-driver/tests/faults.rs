//! Everything that goes wrong once: a clear error or none at all, and the card goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_driver::faults::{Fault, Faulty, FaultyHost, Saboteur};
use assay_driver::suite::{echo, soak, survives_each_fault};
use assay_driver::{DmaMap, Driver, DriverError, EmulatedCard, Options, Shape, Transport};
use assay_engines::field::FieldId;

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

struct Bench {
    card: Arc<EmulatedCard>,
    saboteur: Saboteur,
    driver: Driver<Faulty<Arc<EmulatedCard>>>,
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

#[test]
fn each_fault_costs_what_it_must_and_no_more() {
    for row in survives_each_fault(card, OPTIONS) {
        println!("{}", row.line("emulated"));
    }
}

#[test]
fn a_card_that_was_pulled_out_is_lost_at_once_and_for_good() {
    let Bench {
        card,
        saboteur,
        driver,
    } = bench();
    saboteur.arm(Fault::Removed);
    let began = Instant::now();
    let error = echo(&driver, &[1]).expect_err("it is gone");
    assert!(error.to_string().contains("the device is gone"), "{error}");
    assert!(began.elapsed() < OPTIONS.timeout, "{:?}", began.elapsed());
    drop(driver);
    assert_eq!(card.map().mappings(), 0);
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
    let buffer = driver.allocate(64).expect("memory");
    card.reset().expect("a reset");
    let error = echo(&driver, &[1]).expect_err("its queue is off");
    assert!(matches!(error, DriverError::Reset { .. }), "{error}");
    let stale = driver.submit(assay_driver::Job::fill(&buffer, 0));
    assert_eq!(stale.expect_err("its memory is lost"), DriverError::Stale);
    assert_eq!(echo(&driver, &[4, 5]), Ok(vec![4, 5]));
}

#[test]
fn ten_thousand_commands_with_faults_leave_nothing_and_lie_never() {
    let seed = std::env::var("ASSAY_SEED").map_or(1, |it| it.parse().expect("a number"));
    println!("ASSAY_SEED={seed}");
    let Bench {
        card,
        saboteur,
        driver,
    } = bench();
    let soaked = soak(&driver, &saboteur, 10_000, seed);
    println!("soak emulated {soaked:?}");
    println!("figure card.soak.commands {}", soaked.commands);
    assert!(soaked.faults > 20);
    let health = soaked.health;
    let all = [
        health.interrupts_lost,
        health.doorbells_again,
        health.recoveries,
    ];
    assert!(all.iter().all(|&it| it > 0), "each of them was needed");
    drop(driver);
    assert_eq!(card.map().mappings(), 0, "host memory");
}
