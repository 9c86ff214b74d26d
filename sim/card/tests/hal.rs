//! The conformance suite of devices, on the RTL.
#![cfg(feature = "verilator")]

use std::sync::Arc;
use std::time::Duration;

use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::Options;
use assay_hal::suite::Scale;
use assay_hal::{Hal, hal_test_suite};
use assay_hal_fpga::FpgaHal;
use p3_koala_bear::KoalaBear;

/// A simulated card needs the wall's time, the more the busier the machine is.
const PATIENT: Duration = Duration::from_secs(600);

fn rtl() -> Arc<dyn Hal<KoalaBear>> {
    let card = VerilatedCard::new("small", Surroundings::default()).expect("a card");
    let options = Options {
        timeout: PATIENT,
        grace: PATIENT,
        ..Options::default()
    };
    Arc::new(FpgaHal::open("fpga-sim", card, options).expect("the driver takes it"))
}

hal_test_suite!(rtl_koalabear, Scale::SMALL, rtl());
