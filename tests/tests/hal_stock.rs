//! Stock Plonky3 provers over our devices: the bytes of the usual proof, which the usual verifier accepts.

mod stock;

use std::sync::Arc;

use assay_driver::{EmulatedCard, Options, Shape};
use assay_engines::field::EngineField;
use assay_hal::{Hal, HalField};
use assay_hal_fpga::FpgaHal;
use stock::{babybear_fibonacci, cpu, did_all, koalabear_fibonacci, koalabear_poseidon2, with_cpu};

const NAME: &str = "fpga-emu";

fn card<F: HalField + EngineField>() -> Arc<dyn Hal<F>> {
    let card = EmulatedCard::new(Shape::small(F::ID, 64 << 20)).unwrap();
    with_cpu(Arc::new(
        FpgaHal::open(NAME, card, Options::default()).unwrap(),
    ))
}

#[test]
fn a_fibonacci_proof_over_devices_is_the_stock_provers() {
    for log_rows in [3, 7] {
        let card = card();
        let bytes = koalabear_fibonacci(log_rows, 0, card.clone());
        did_all(&*card, NAME);
        koalabear_fibonacci(log_rows, 0, cpu());
        koalabear_fibonacci(log_rows, 3, cpu());
        println!("2^{log_rows} rows, koalabear: {bytes} bytes");
        let bytes = babybear_fibonacci(log_rows, 2, self::card());
        babybear_fibonacci(log_rows, 0, cpu());
        println!("2^{log_rows} rows, babybear: {bytes} bytes");
    }
}

#[test]
fn a_poseidon2_proof_over_devices_is_the_stock_provers() {
    let card = card();
    let bytes = koalabear_poseidon2(1 << 7, 0, card.clone());
    did_all(&*card, NAME);
    koalabear_poseidon2(1 << 7, 1, cpu());
    println!("128 permutations: {bytes} bytes");
}
