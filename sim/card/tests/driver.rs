//! The driver's own tests, on the RTL.
#![cfg(feature = "verilator")]

#[path = "../../../host-driver/tests/common/mod.rs"]
mod bodies;

use std::sync::Arc;
use std::time::Duration;

use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::{Driver, Options};
use p3_koala_bear::KoalaBear;

/// A simulated card needs the wall's time, the more the busier the machine is.
const PATIENT: Duration = Duration::from_secs(600);

fn open(model: &str) -> (Arc<VerilatedCard>, Driver<Arc<VerilatedCard>>) {
    let card = VerilatedCard::new(model, Surroundings::default()).expect("a card");
    let card = Arc::new(card);
    let options = Options {
        timeout: PATIENT,
        grace: PATIENT,
        ..Options::default()
    };
    let driver = Driver::open(card.clone(), options).expect("the driver takes it");
    (card, driver)
}

#[test]
fn chains_match_p3() {
    let (card, driver) = open("small");
    bodies::chains_match_p3::<KoalaBear, _>(driver);
    assert_eq!(card.map().mappings(), 0);
    println!("{} clock cycles", card.with_body(|body| body.clock()));
}

#[cfg(feature = "wide")]
#[test]
fn chains_match_p3_on_sixteen_lanes() {
    let (card, driver) = open("wide");
    bodies::chains_match_p3::<p3_baby_bear::BabyBear, _>(driver);
    assert_eq!(card.map().mappings(), 0);
}

#[test]
fn transforms_and_orders_match_p3() {
    let (card, driver) = open("small");
    bodies::transforms_and_orders_match_p3(&driver);
    drop(driver);
    assert_eq!(card.map().mappings(), 0);
}

#[test]
fn threads_share_a_card() {
    let (card, driver) = open("small");
    bodies::threads_share_a_card(&driver);
    drop(driver);
    assert_eq!(card.map().mappings(), 0);
}
