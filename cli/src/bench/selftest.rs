//! `--selftest`: the conformance suite, before anything is timed.

use assay_circuit::Felt;
use assay_hal::suite::{self, Scale};
use assay_report::{Body, Part};

use super::devices::{Opened, Unit};
use crate::exit::Failure;
use crate::output::print_line;

/// Runs the whole suite on every device that is there; `Err` says what is wrong with one of them.
pub fn run(devices: &mut [Opened], seed: u64) -> Result<Result<(), String>, Failure> {
    for device in devices {
        let Unit::Hal(hal) = &device.unit else {
            continue;
        };
        // What a program that acts as a card does in seconds is little.
        let scale = match device.report.body {
            Body::Simulated | Body::Emulated => Scale::SMALL,
            _ => Scale::QUICK,
        };
        let mut passed = Vec::new();
        for (name, part) in suite::parts::<Felt>() {
            if crate::interrupt::asked() {
                return Err(Failure::Interrupted);
            }
            let tally = match part(hal, Scale { seed, ..scale }) {
                Ok(tally) => tally,
                Err(failure) => {
                    return Ok(Err(format!("{}, {name}: {failure}", device.report.name)));
                }
            };
            print_line(&format!(
                "{}: {name}: {} cases as on the CPU, {} refused as announced",
                device.report.name, tally.done, tally.refused
            ))?;
            passed.push(Part {
                name: name.to_owned(),
                cases: tally.done,
                refused: tally.refused,
            });
        }
        device.report.selftest = Some(passed);
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use assay_hal::suite::{Fault, Faulty, What};
    use assay_hal::{CpuHal, Kind};

    use super::*;
    use crate::bench::devices::Named;

    #[test]
    fn a_device_that_does_an_operation_wrong_is_not_timed() {
        let cpu = Named::parse("cpu").unwrap();
        let mut devices = crate::bench::devices::open_all(std::slice::from_ref(&cpu))
            .unwrap_or_else(|_| panic!("the CPU is here"));
        let inner: Arc<dyn assay_hal::Hal<Felt>> = Arc::new(CpuHal::new().unwrap());
        let fault = Fault::always(Kind::Lde, What::Result);
        devices[0].unit = Unit::Hal(Arc::new(Faulty::new(inner, "faulty", vec![fault])));
        let wrong = run(&mut devices, 1).unwrap_or_else(|_| panic!("it was run"));
        assert!(wrong.is_err_and(|wrong| wrong.starts_with("cpu, ")));
        assert!(devices[0].report.selftest.is_none());
    }
}
