//! What every device has to pass. All that is expected comes from Plonky3 called directly.

mod behave;
mod check;
mod faulty;
mod rows;
mod transform;
mod tree;

pub use behave::{drops, errors, threads};
pub use check::{Failure, Scale, Tally};
pub use faulty::{Fault, Faulty, What};
pub use rows::{permutations, round_trips};
pub use transform::transforms;
pub use tree::{chains, trees};

use std::sync::Arc;

use crate::api::Hal;
use crate::field::HalField;

/// A part of the suite.
pub type Part<F> = fn(&Arc<dyn Hal<F>>, Scale) -> Result<Tally, Failure>;

/// All parts, by name.
#[must_use]
pub fn parts<F: HalField>() -> [(&'static str, Part<F>); 8] {
    [
        ("round_trips", round_trips),
        ("transforms", transforms),
        ("permutations", permutations),
        ("trees", trees),
        ("chains", chains),
        ("errors", errors),
        ("drops", drops),
        ("threads", threads),
    ]
}

/// Runs a part in a test, and prints how much it was.
///
/// # Panics
/// If the device fails.
pub fn test<F: HalField>(part: Part<F>, name: &str, hal: &Arc<dyn Hal<F>>, scale: Scale) {
    let device = hal.capabilities().device;
    match part(hal, scale) {
        Ok(Tally { done, refused }) => {
            println!(
                "{device}, {}, {name}: {done} cases, {refused} refused as announced",
                F::NAME
            );
            println!("figure hal.conformance.cases {done}");
        }
        Err(failure) => panic!("{device}, {}, {name}: {failure}", F::NAME),
    }
}

/// A device's whole test file: a module of tests, each of which makes a device and runs a part of the suite on it.
///
/// `hal_test_suite!(koalabear, Scale::QUICK, make_device())`, where `make_device()` is an `Arc<dyn Hal<F>>`.
#[macro_export]
macro_rules! hal_test_suite {
    ($name:ident, $scale:expr, $make:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::hal_test_suite!(@part $scale, $make, round_trips);
            $crate::hal_test_suite!(@part $scale, $make, transforms);
            $crate::hal_test_suite!(@part $scale, $make, permutations);
            $crate::hal_test_suite!(@part $scale, $make, trees);
            $crate::hal_test_suite!(@part $scale, $make, chains);
            $crate::hal_test_suite!(@part $scale, $make, errors);
            $crate::hal_test_suite!(@part $scale, $make, drops);
            $crate::hal_test_suite!(@part $scale, $make, threads);
        }
    };
    (@part $scale:expr, $make:expr, $part:ident) => {
        #[test]
        fn $part() {
            $crate::suite::test($crate::suite::$part, stringify!($part), &$make, $scale);
        }
    };
}
