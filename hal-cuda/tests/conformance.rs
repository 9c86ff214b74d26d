//! The suite of every HAL on the kernels, compiled for the host.

use std::sync::Arc;

use assay_hal::suite::{self, Scale, Tally};
use assay_hal::{Hal, HalField};
use assay_hal_cuda::{CudaHal, HostDevice};
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

fn host<F: HalField>() -> Arc<dyn Hal<F>> {
    Arc::new(CudaHal::new(HostDevice::default()).unwrap())
}

fn passes<F: HalField>(scale: Scale) {
    for (name, part) in suite::parts::<F>() {
        let Tally { done, refused } = part(&host(), scale).unwrap_or_else(|failure| {
            panic!("{}, {name}: {failure}", F::NAME);
        });
        println!(
            "{}, {name}: {done} cases, {refused} refused as announced",
            F::NAME
        );
        println!("figure cuda.host_conformance.cases {done}");
    }
}

#[test]
fn koalabear_passes_the_suite() {
    passes::<KoalaBear>(Scale::QUICK);
}

#[test]
fn babybear_passes_the_suite() {
    passes::<BabyBear>(Scale::QUICK);
}
