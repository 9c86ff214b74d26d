//! What goes wrong on a device, at every place where it can: a clear error from the HAL alone, the right result from a list in which the CPU comes
//! next, and nothing left on the device.

use std::sync::Arc;

use assay_hal::{
    CpuHal, Digest, Fallback, Hal, HalError, HostMatrix, Member, Opening, Policy, Transform,
    elements, share,
};
use assay_hal_cuda::{Calls, CudaHal, Fault, Faulty, HostDevice, Saboteur};
use p3_field::{Field, PrimeCharacteristicRing};
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

type F = KoalaBear;
type Device = Faulty<HostDevice>;

/// What a prover wants of a device.
#[derive(PartialEq)]
struct Results {
    root: Vec<Digest<F>>,
    cap: Vec<Digest<F>>,
    openings: Vec<Opening<F>>,
    extended: Vec<F>,
    permuted: Vec<F>,
}

fn matrix(rng: &mut SmallRng, height: usize, width: usize) -> HostMatrix<F> {
    let values = (0..height * width).map(|_| F::from_u32(rng.random_range(0..1 << 30)));
    share(RowMajorMatrix::new(values.collect(), width))
}

/// Two matrices extended and committed to, a cap, rows, and permutations: every operation, in the order of a proof.
fn work(hal: &dyn Hal<F>) -> Result<Results, HalError> {
    let mut rng = SmallRng::seed_from_u64(7);
    let tall = hal.upload(matrix(&mut rng, 1 << 7, 9))?;
    let low = hal.upload(matrix(&mut rng, 1 << 5, 3))?;
    let states = hal.upload(matrix(&mut rng, 5, 16))?;
    let coefficients = hal.transform(&low, Transform::Idft { shift: F::ONE })?;
    let low = hal.transform(
        &coefficients,
        Transform::Dft {
            shift: F::GENERATOR,
        },
    )?;
    let lde = Transform::Lde {
        added_bits: 1,
        shift: F::GENERATOR,
    };
    let extended = hal.transform(&tall, lde)?;
    let tree = hal.commit(&[extended.clone(), low])?;
    Ok(Results {
        root: hal.cap(&tree, 0)?.wait()?,
        cap: hal.cap(&tree, 3)?.wait()?,
        openings: hal.open_rows(&tree, &[0, 17, 255, 17])?.wait()?,
        extended: elements(&hal.download(&extended)?.wait()?).to_vec(),
        permuted: elements(&hal.download(&hal.permute(&states)?)?.wait()?).to_vec(),
    })
}

fn expected() -> Results {
    work(&CpuHal::new().unwrap()).unwrap()
}

fn device(saboteur: &Saboteur) -> CudaHal<F, Device> {
    CudaHal::new(Faulty::new(HostDevice::default(), saboteur.clone())).unwrap()
}

/// How often the work asks the device, in a list of devices or alone.
fn calls(in_list: bool) -> Calls {
    let saboteur = Saboteur::default();
    let cuda = device(&saboteur);
    saboteur.arm(Fault::Full(u64::MAX));
    if in_list {
        work(&list(cuda)).unwrap_or_else(|error| panic!("{error}"));
    } else {
        work(&cuda).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(!saboteur.happened());
    saboteur.calls()
}

fn list(cuda: CudaHal<F, Device>) -> Fallback<F> {
    let members = vec![
        Member::checked(Arc::new(cuda)),
        Member::trusted(Arc::new(CpuHal::new().unwrap())),
    ];
    Fallback::new(members, Policy::default()).unwrap()
}

/// The work alone with a fault at each of so many places: the error has to be the one that is expected, what comes after it is right,
/// and when the HAL is dropped nothing is left.
fn alone(count: u64, fault: fn(u64) -> Fault, is: fn(&HalError) -> bool) {
    let expected = expected();
    for at in 0..count {
        let saboteur = Saboteur::default();
        let cuda = device(&saboteur);
        saboteur.arm(fault(at));
        let error = work(&cuda).err();
        let error = error.unwrap_or_else(|| panic!("{:?} was not noticed", fault(at)));
        assert!(is(&error), "{:?}: {error}", fault(at));
        assert!(!error.to_string().contains('\n'), "{error}");
        if !matches!(fault(at), Fault::Lost(_)) {
            // It happened once: the device is as good as before.
            let again =
                work(&cuda).unwrap_or_else(|error| panic!("{:?}, after: {error}", fault(at)));
            assert!(again == expected, "{:?}, after", fault(at));
        }
        drop(cuda);
        assert_eq!(saboteur.live(), 0, "{:?}: allocations were left", fault(at));
    }
    println!("matched {count} errors");
}

/// The work in a list with a fault at each of so many places: the results are right, and nothing is left.
fn in_list(count: u64, fault: fn(u64) -> Fault) {
    let expected = expected();
    let mut elsewhere = 0;
    for at in 0..count {
        let saboteur = Saboteur::default();
        let list = list(device(&saboteur));
        saboteur.arm(fault(at));
        let found = work(&list).unwrap_or_else(|error| panic!("{:?}: {error}", fault(at)));
        assert!(saboteur.happened(), "{:?} did not happen", fault(at));
        assert!(found == expected, "{:?}: a wrong result got out", fault(at));
        let usage = list.usage();
        let wrong = usage
            .iter()
            .map(|it| it.count.refused + it.count.failed + it.count.wrong);
        elsewhere += u64::from(wrong.sum::<u64>() > 0);
        drop(list);
        assert_eq!(saboteur.live(), 0, "{:?}: allocations were left", fault(at));
    }
    println!("matched {count} results, {elsewhere} of them with the CPU's help");
}

#[test]
fn memory_that_is_full_at_any_allocation_is_one_error_and_nothing_is_left() {
    let is = |error: &HalError| matches!(error, HalError::OutOfMemory { .. });
    alone(calls(false).allocations, Fault::Full, is);
    in_list(calls(true).allocations, Fault::Full);
}

#[test]
fn any_launch_that_is_refused_is_one_error_and_the_next_device_goes_on() {
    let is = |error: &HalError| matches!(error, HalError::Transport { source, .. } if source.to_string().starts_with("kernel assay_koalabear_"));
    alone(calls(false).launches, Fault::Launch, is);
    in_list(calls(true).launches, Fault::Launch);
}

#[test]
fn any_copy_that_is_refused_is_one_error_and_the_next_device_goes_on() {
    let is = |error: &HalError| matches!(error, HalError::Transport { .. });
    alone(calls(false).copies, Fault::Copy, is);
    in_list(calls(true).copies, Fault::Copy);
}

#[test]
fn a_device_that_is_lost_at_any_call_is_one_error_and_the_next_device_goes_on() {
    let is = |error: &HalError| matches!(error, HalError::DeviceLost { .. });
    alone(calls(false).all, Fault::Lost, is);
    in_list(calls(true).all, Fault::Lost);
}

/// A list with a fault that makes results wrong: right results, or an error that says so; never a wrong result.
fn never_wrong(count: u64, fault: fn(u64) -> Fault) {
    let expected = expected();
    let (mut right, mut refused, mut noticed) = (0, 0, 0);
    for at in 0..count {
        let saboteur = Saboteur::default();
        let list = list(device(&saboteur));
        saboteur.arm(fault(at));
        match work(&list) {
            Ok(found) => {
                assert!(found == expected, "{:?}: a wrong result got out", fault(at));
                right += 1;
            }
            // What was committed to is not what the device has: only the proof can be made again.
            Err(HalError::WrongResult { .. }) => refused += 1,
            Err(error) => panic!("{:?}: {error}", fault(at)),
        }
        assert!(saboteur.happened(), "{:?} did not happen", fault(at));
        let usage = list.usage();
        noticed += u64::from(usage.iter().any(|it| it.count.wrong + it.count.failed > 0));
        drop(list);
        assert_eq!(saboteur.live(), 0, "{:?}: allocations were left", fault(at));
    }
    // Words that nobody needs are few: the fault is in the middle of what is read or written.
    assert!(
        noticed > 0,
        "no fault was noticed: none of them did anything"
    );
    println!(
        "matched {right} right results and {refused} errors, {noticed} of {count} faults noticed"
    );
}

#[test]
fn a_word_that_is_read_wrongly_never_gets_out() {
    never_wrong(calls(true).reads, Fault::Read);
}

#[test]
fn a_word_of_device_memory_that_changes_never_gets_out_wrong() {
    never_wrong(calls(true).launches, Fault::Memory);
}
