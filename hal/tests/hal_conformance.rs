//! The suite on the devices of this crate, and proof that it can fail.

use std::sync::Arc;

use assay_hal::suite::{self, Fault, Faulty, Scale, What};
use assay_hal::{CpuHal, DualHal, Hal, HalField, Kind, hal_test_suite};
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

fn cpu<F: HalField>() -> Arc<dyn Hal<F>> {
    Arc::new(CpuHal::new().unwrap())
}

fn dual<F: HalField>() -> Arc<dyn Hal<F>> {
    Arc::new(DualHal::new(cpu(), cpu()).unwrap())
}

hal_test_suite!(cpu_koalabear, Scale::QUICK, cpu::<KoalaBear>());
hal_test_suite!(cpu_babybear, Scale::QUICK, cpu::<BabyBear>());
hal_test_suite!(dual_koalabear, Scale::SMALL, dual::<KoalaBear>());

#[test]
fn the_suite_rejects_a_device_that_does_any_operation_wrong() {
    let mut rejected = 0;
    for kind in Kind::ALL {
        for what in [What::Result, What::Submission, What::Completion] {
            let fault = Fault::always(kind, what);
            let hal: Arc<dyn Hal<KoalaBear>> = Arc::new(Faulty::new(cpu(), "faulty", vec![fault]));
            let failures = suite::parts().map(|(name, part)| {
                part(&hal, Scale::SMALL)
                    .err()
                    .map(|failure| (name, failure))
            });
            let failures: Vec<_> = failures.into_iter().flatten().collect();
            assert!(!failures.is_empty(), "{what:?} of {kind} was not noticed");
            rejected += 1;
        }
    }
    println!("the suite rejects {rejected} wrong devices");
}
