//! The driver's own tests, on the RTL.
#![cfg(feature = "verilator")]

#[path = "../../../host-driver/tests/common/mod.rs"]
mod bodies;

use std::sync::Arc;
use std::time::Duration;

use assay_abi::card;
use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::{Driver, Job, Options};
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

/// Commands end in any order: the ring comes round while one that waits has not read its pages yet.
#[test]
fn a_transfer_that_waits_keeps_its_pages() {
    const STATES: u64 = 600;
    let card = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let options = Options {
        queue_log: card::QUEUE_LOG_MIN,
        timeout: PATIENT,
        grace: PATIENT,
        ..Options::default()
    };
    let driver = Driver::open(card, options).expect("the driver takes it");
    let words: Vec<u32> = (0..STATES as u32 * 16).collect();
    let (states, uploaded) = bodies::put(&driver, &words);
    let other = driver.allocate(64).expect("memory");
    let permuted = driver
        .submit(Job::permute(&states, &states, STATES).after([&uploaded]))
        .expect("submitted");
    let bytes = STATES * 64;
    let host = driver.host_buffer(bytes).expect("memory");
    let download = Job::download(&states, 0, bytes, host).expect("a job");
    let downloaded = driver
        .submit(download.after([&permuted]))
        .expect("submitted");
    for _ in 0..2 << card::QUEUE_LOG_MIN {
        let host = driver.host_buffer(64).expect("memory");
        let upload = Job::upload(host, 64, &other, 0).expect("a job");
        driver.submit(upload).expect("submitted");
    }
    assert!(permuted.outcome().is_none(), "the ring came round before");
    driver.wait(&downloaded).expect("its pages are its own");
    let host = downloaded.take_buffer().expect("what came");
    let mut found = vec![0; words.len()];
    host.dma().read(0, &mut found);
    assert_eq!(found, bodies::get(&driver, &states, words.len(), &[]));
    assert_ne!(found, words);
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
