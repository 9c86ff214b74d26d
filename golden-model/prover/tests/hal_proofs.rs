//! Proofs over devices: the bytes of the CPU's, whatever the devices do wrong, or an error.

mod common;

use std::sync::Arc;

use assay_circuit::Felt;
use assay_hal::suite::{Fault, Faulty, What};
use assay_hal::{CpuHal, DualHal, Fallback, Hal, HalError, Kind, Limits, Member, Policy, Sampling};
use assay_prover::{Budget, ProveError, Prover, StarkError};
use assay_verifier::{Parameters, verify_seal};
use common::proved;

type Device = Arc<dyn Hal<Felt>>;

fn cpu() -> Device {
    Arc::new(CpuHal::new().unwrap())
}

fn list(device: Device, policy: Policy) -> Arc<Fallback<Felt>> {
    let members = vec![Member::checked(device), Member::trusted(cpu())];
    Arc::new(Fallback::new(members, policy).unwrap())
}

/// The first segment, proved on a device.
fn seal(hal: Device) -> Result<assay_verifier::Seal, ProveError> {
    let proved = proved();
    let text = proved.case.image.text_content();
    let prover = Prover::on_devices(text, Parameters::Test, hal)?;
    assert_eq!(prover.image_id(&proved.case.image), proved.image_id);
    let segments = proved.case.segments();
    let sealed = prover.prove(&segments[0], &Budget::new(u64::MAX))?;
    verify_seal(proved.prover.key(), 0, &sealed.seal).unwrap();
    Ok(sealed.seal)
}

#[test]
fn seals_are_the_cpus_byte_for_byte_on_any_devices() {
    let expected = &proved().receipt.seals[0];
    let dual = Arc::new(DualHal::new(cpu(), cpu()).unwrap());
    let renamed = Arc::new(Faulty::new(cpu(), "card", Vec::new()));
    for (what, hal) in [
        ("the CPU", cpu()),
        ("two that are compared", dual as Device),
        ("a list", list(renamed, Policy::default()) as Device),
    ] {
        let seal = seal(hal).unwrap();
        assert!(seal == *expected, "{what}");
    }
    println!("3 receipts of {} bytes are the CPU's", expected.proof.len());
}

#[test]
fn seals_are_the_cpus_whatever_a_device_does_wrong() {
    let expected = &proved().receipt.seals[0];
    for (kind, what) in [
        (Kind::Lde, What::Result),
        (Kind::Lde, What::Completion),
        (Kind::Commit, What::Submission),
        (Kind::Open, What::Result),
    ] {
        let faults = vec![Fault {
            kind,
            what,
            after: 2,
            times: 2,
        }];
        let faulty = Arc::new(Faulty::new(cpu(), "card", faults));
        let hal = list(faulty, Policy::default());
        assert!(
            seal(hal.clone()).unwrap() == *expected,
            "{what:?} of {kind}"
        );
        let held: u64 = hal
            .usage()
            .iter()
            .filter(|usage| usage.device == "card")
            .map(|usage| usage.count.failed + usage.count.wrong)
            .sum();
        assert!(held > 0, "{what:?} of {kind} happened");
    }
}

#[test]
fn a_proof_over_a_wrong_commitment_is_lost_and_made_again() {
    let expected = &proved().receipt.seals[0];
    let faults = vec![Fault {
        kind: Kind::Commit,
        what: What::Result,
        after: 1,
        times: u64::MAX,
    }];
    // Nothing of a tree is looked at before its rows are opened.
    let blind = Policy {
        sampling: Some(Sampling {
            rows: 0,
            ..Sampling::default()
        }),
        ..Policy::default()
    };
    let hal = list(Arc::new(Faulty::new(cpu(), "card", faults)), blind);
    let seal = seal(hal.clone()).unwrap();
    assert!(seal == *expected);
}

#[test]
fn what_the_required_device_does_not_do_is_an_error_that_names_it() {
    let required = Policy {
        require_device: true,
        ..Policy::default()
    };
    let limits = Limits {
        name: "small".to_owned(),
        max_log_height: 12,
        ..Limits::default()
    };
    let small = Arc::new(CpuHal::with_limits(limits).unwrap());
    match seal(list(small, required)) {
        Err(ProveError::Device(HalError::Unsupported { device, what })) => {
            println!("{device} cannot {what}");
            assert_eq!(device, "small");
        }
        result => panic!("{result:?}"),
    }
    // One that fails later.
    let faults = vec![Fault {
        kind: Kind::Open,
        what: What::Completion,
        after: 8,
        times: u64::MAX,
    }];
    let faulty = Arc::new(Faulty::new(cpu(), "card", faults));
    match seal(list(faulty, required)) {
        Err(ProveError::Stark {
            source: StarkError::Device(error),
            ..
        }) => println!("{error}"),
        result => panic!("{result:?}"),
    }
}
