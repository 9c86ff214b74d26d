//! The driver's suite of faults, and a soak, on the card's RTL.
#![cfg(feature = "verilator")]

use std::sync::Arc;
use std::time::Duration;

use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::faults::{Faulty, FaultyHost, Saboteur};
use assay_driver::suite::{soak, survives_each_fault};
use assay_driver::{DmaMap, Driver, Options};
use assay_hal_fpga::suite;
use assay_sim::Timing;
use p3_koala_bear::KoalaBear;

/// Longer than the emulated card's: a simulated card takes its time.
const OPTIONS: Options = Options {
    queue_log: 6,
    timeout: Duration::from_secs(1),
    grace: Duration::from_millis(500),
    look: Duration::from_millis(20),
};

fn card(seed: u64) -> (Arc<VerilatedCard>, Saboteur) {
    let (map, saboteur) = (DmaMap::default(), Saboteur::default());
    let host = Arc::new(FaultyHost::new(map.clone(), saboteur.clone()));
    let surroundings = Surroundings {
        host: Timing::RANDOM,
        card: Timing::RANDOM,
        seed,
    };
    let card = VerilatedCard::with_host("small", None, surroundings, map, host);
    (Arc::new(card.expect("a card")), saboteur)
}

#[test]
fn each_fault_on_the_rtl_costs_what_it_must_and_no_more() {
    for row in survives_each_fault(|| card(1), OPTIONS) {
        println!("{}", row.line("Verilated"));
    }
}

#[test]
fn no_fault_of_the_rtl_changes_a_result() {
    for row in suite::survives_each_fault::<KoalaBear, _>(|| card(2), OPTIONS) {
        println!("{}", row.line("Verilated"));
    }
}

#[test]
fn two_hundred_commands_with_faults_leave_nothing_and_lie_never() {
    let seed = std::env::var("ASSAY_SEED").map_or(1, |it| it.parse().expect("a number"));
    println!("ASSAY_SEED={seed}");
    let (card, saboteur) = card(seed);
    let driver = Driver::open(Faulty::new(card.clone(), saboteur.clone()), OPTIONS);
    let driver = driver.expect("a card");
    let soaked = soak(&driver, &saboteur, 200, seed);
    println!("soak Verilated {soaked:?}");
    println!("figure card.soak.commands {}", soaked.commands);
    drop(driver);
    assert_eq!(card.map().mappings(), 0, "host memory");
}
