//! A list of devices: the suite over devices that do everything wrong, and who did what.

use std::sync::Arc;

use assay_hal::suite::{self, Fault, Faulty, Scale, What};
use assay_hal::{
    Count, CpuHal, Fallback, Hal, HalError, HostMatrix, Kind, Limits, Member, Policy, Sampling,
    Transform, elements, hal_test_suite, share,
};
use p3_baby_bear::BabyBear;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;

type F = KoalaBear;

const LDE: Transform<F> = Transform::Lde {
    added_bits: 1,
    shift: F::GENERATOR,
};

/// Finds any wrong leaf of the suite's small trees, but for one in 2^36.
const THOROUGH: Policy = Policy {
    require_device: false,
    sampling: Some(Sampling {
        columns: None,
        rows: 400,
        states: 400,
    }),
    give_up_after: 3,
};

fn cpu() -> Arc<dyn Hal<F>> {
    Arc::new(CpuHal::new().unwrap())
}

fn list(faults: Vec<Fault>, policy: Policy) -> Fallback<F> {
    let faulty = Arc::new(Faulty::new(cpu(), "card", faults));
    Fallback::new(
        vec![Member::checked(faulty), Member::trusted(cpu())],
        policy,
    )
    .unwrap()
}

fn sound<H: assay_hal::HalField>() -> Arc<dyn Hal<H>> {
    let card = Arc::new(Faulty::<H>::new(
        Arc::new(CpuHal::new().unwrap()),
        "card",
        Vec::new(),
    ));
    let cpu = Arc::new(CpuHal::new().unwrap());
    let members = vec![Member::checked(card), Member::trusted(cpu)];
    Arc::new(Fallback::new(members, Policy::default()).unwrap())
}

hal_test_suite!(list_koalabear, Scale::SMALL, sound::<KoalaBear>());
hal_test_suite!(list_babybear, Scale::SMALL, sound::<BabyBear>());

fn counting(height: usize, width: usize) -> HostMatrix<F> {
    let values = (0..height * width).map(F::from_usize);
    share(RowMajorMatrix::new(values.collect(), width))
}

fn count(hal: &dyn Hal<F>, device: &str, kind: Kind) -> Count {
    let usage = hal.usage().into_iter();
    let mut of = usage.filter(|usage| usage.device == device && usage.kind == kind);
    of.next().map(|usage| usage.count).unwrap_or_default()
}

#[test]
fn whatever_a_device_does_wrong_the_list_passes_the_suite() {
    let scale = Scale {
        max_log_height: 3,
        max_width: 6,
        cases: 2,
        seed: 7,
    };
    let mut survived = 0;
    for kind in Kind::ALL {
        for what in [
            What::Result,
            What::Submission,
            What::Completion,
            What::Memory,
        ] {
            let fault = Fault {
                after: 3,
                ..Fault::always(kind, what)
            };
            let hal: Arc<dyn Hal<F>> = Arc::new(list(vec![fault], THOROUGH));
            // The first five: the others are made of these.
            for (name, part) in suite::parts().into_iter().take(5) {
                if let Err(failure) = part(&hal, scale) {
                    panic!("{what:?} of {kind}, {name}: {failure}");
                }
            }
            survived += 1;
        }
    }
    println!("{survived} faulty devices survived");
}

#[test]
fn a_wrong_result_is_counted_and_repeated_elsewhere() {
    let hal = list(
        vec![Fault {
            kind: Kind::Lde,
            what: What::Result,
            after: 1,
            times: 1,
        }],
        Policy::default(),
    );
    let input = counting(16, 5);
    let expected = {
        let cpu = cpu();
        let buffer = cpu.upload(input.clone()).unwrap();
        let done = cpu.transform(&buffer, LDE).unwrap();
        cpu.download(&done).unwrap().wait().unwrap()
    };
    let buffer = hal.upload(input).unwrap();
    for _ in 0..3 {
        let done = hal.transform(&buffer, LDE).unwrap();
        let found = hal.download(&done).unwrap().wait().unwrap();
        assert_eq!(elements(&found), elements(&expected));
    }
    assert_eq!(count(&hal, "card", Kind::Lde).wrong, 1);
    assert_eq!(count(&hal, "cpu", Kind::Lde).calls, 1);
    assert!(hal.left_out().is_empty());
}

#[test]
fn a_device_that_fails_three_times_in_a_row_is_left_out() {
    let hal = list(
        vec![Fault::always(Kind::Lde, What::Completion)],
        Policy::default(),
    );
    let buffer = hal.upload(counting(16, 5)).unwrap();
    for _ in 0..5 {
        let done = hal.transform(&buffer, LDE).unwrap();
        hal.wait(&done).unwrap();
    }
    assert_eq!(count(&hal, "card", Kind::Lde).failed, 3);
    assert_eq!(count(&hal, "cpu", Kind::Lde).calls, 5);
    assert_eq!(hal.left_out(), ["card"]);
}

#[test]
fn what_a_device_cannot_do_goes_to_the_next_or_is_refused() {
    let members = |small: Arc<CpuHal<F>>| vec![Member::checked(small), Member::trusted(cpu())];
    let small = || {
        let limits = Limits {
            name: "small".to_owned(),
            max_log_height: 5,
            memory: Some(4000),
            ..Limits::default()
        };
        Arc::new(CpuHal::<F>::with_limits(limits).unwrap())
    };
    let input = || counting(32, 3);

    let hal = Fallback::new(members(small()), Policy::default()).unwrap();
    let buffer = hal.upload(input()).unwrap();
    hal.wait(&hal.transform(&buffer, LDE).unwrap()).unwrap();
    assert_eq!(count(&hal, "small", Kind::Lde).refused, 1);
    let wide = hal.upload(counting(16, 60)).unwrap();
    hal.wait(&hal.transform(&wide, LDE).unwrap()).unwrap();
    assert_eq!(count(&hal, "small", Kind::Lde).refused, 2, "no memory");
    assert_eq!(count(&hal, "cpu", Kind::Lde).calls, 2);
    assert!(hal.left_out().is_empty(), "it did nothing wrong");

    let required = Policy {
        require_device: true,
        ..Policy::default()
    };
    let hal = Fallback::new(members(small()), required).unwrap();
    let buffer = hal.upload(input()).unwrap();
    match hal.transform(&buffer, LDE) {
        Err(HalError::Unsupported { device, .. }) => assert_eq!(device, "small"),
        result => panic!("{result:?}"),
    }
    let wide = hal.upload(counting(16, 60)).unwrap();
    let done = hal.transform(&wide, LDE).unwrap();
    match hal.wait(&done) {
        Err(HalError::OutOfMemory { device, .. }) => assert_eq!(device, "small"),
        result => panic!("{result:?}"),
    }
}

#[test]
fn a_tree_that_nobody_can_make_again_is_an_error_and_its_device_is_left_out() {
    let blind = Policy {
        sampling: Some(Sampling {
            rows: 0,
            ..Sampling::default()
        }),
        ..Policy::default()
    };
    let hal = list(vec![Fault::always(Kind::Commit, What::Result)], blind);
    let buffer = hal.upload(counting(16, 5)).unwrap();
    let tree = hal.commit(std::slice::from_ref(&buffer)).unwrap();
    // Row 8 is the wrong one.
    assert!(hal.open_rows(&tree, &[3]).unwrap().wait().is_ok());
    match hal.open_rows(&tree, &[8]).unwrap().wait() {
        Err(HalError::WrongResult {
            device, operation, ..
        }) => assert_eq!((device.as_str(), operation), ("card", Kind::Commit)),
        result => panic!("{result:?}"),
    }
    assert_eq!(hal.left_out(), ["card"]);
    let tree = hal.commit(&[buffer]).unwrap();
    assert!(hal.open_rows(&tree, &[8]).unwrap().wait().is_ok());
}

#[test]
fn one_wrong_element_of_any_transform_is_always_found() {
    let mut found = 0;
    for (kind, transform) in [
        (Kind::Lde, LDE),
        (Kind::Dft, Transform::Dft { shift: F::TWO }),
        (Kind::Idft, Transform::Idft { shift: F::TWO }),
    ] {
        let patient = Policy {
            give_up_after: u32::MAX,
            ..Policy::default()
        };
        let hal = list(vec![Fault::always(kind, What::Result)], patient);
        for log_height in 0..8 {
            let buffer = hal.upload(counting(1 << log_height, 9)).unwrap();
            hal.wait(&hal.transform(&buffer, transform).unwrap())
                .unwrap();
            found += 1;
        }
        assert_eq!(count(&hal, "card", kind).wrong, 8);
    }
    println!("{found} single wrong elements found");
}
