//! Stock Plonky3 provers over the card's RTL: the bytes of the usual proof.
#![cfg(feature = "verilator")]

#[path = "../../../tests/tests/stock/mod.rs"]
mod stock;

use std::sync::Arc;
use std::time::Duration;

use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::Options;
use assay_hal::Hal;
use assay_hal_fpga::FpgaHal;
use p3_koala_bear::KoalaBear;
use stock::{did_all, koalabear_fibonacci, koalabear_poseidon2, with_cpu};

const NAME: &str = "fpga-sim";
/// A simulated card needs the wall's time, the more the busier the machine is.
const PATIENT: Duration = Duration::from_secs(600);

fn rtl() -> Arc<dyn Hal<KoalaBear>> {
    let card = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let options = Options {
        timeout: PATIENT,
        grace: PATIENT,
        ..Options::default()
    };
    let card = FpgaHal::open(NAME, card, options).expect("the driver takes it");
    with_cpu(Arc::new(card))
}

fn cycles(hal: &dyn Hal<KoalaBear>) -> u64 {
    let usage = hal.usage();
    usage.iter().filter_map(|usage| usage.count.cycles).sum()
}

#[test]
fn a_fibonacci_proof_on_the_rtl_is_the_stock_provers() {
    for log_rows in [3, 7] {
        let card = rtl();
        let bytes = koalabear_fibonacci(log_rows, 0, card.clone());
        did_all(&*card, NAME);
        let cycles = cycles(&*card);
        println!("matched {bytes} bytes of the proof of 2^{log_rows} rows, {cycles} clock cycles");
    }
}

#[test]
fn a_poseidon2_proof_on_the_rtl_is_the_stock_provers() {
    let card = rtl();
    let bytes = koalabear_poseidon2(1 << 4, 0, card.clone());
    did_all(&*card, NAME);
    let cycles = cycles(&*card);
    println!("matched {bytes} bytes of the proof of 16 permutations, {cycles} clock cycles");
}
