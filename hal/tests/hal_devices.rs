//! What the devices of this crate promise beyond the suite: memory, and where two differ.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use assay_hal::suite::{Fault, Faulty, What};
use assay_hal::{
    CpuHal, DualHal, Hal, HalError, HostMatrix, Kind, Limits, Place, Transform, elements, share,
};
use p3_field::{Field, PrimeCharacteristicRing};
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;

fn cpu() -> Arc<dyn Hal<KoalaBear>> {
    Arc::new(CpuHal::new().unwrap())
}

fn counting(height: usize, width: usize) -> HostMatrix<KoalaBear> {
    let values = (0..height * width).map(KoalaBear::from_usize);
    share(RowMajorMatrix::new(values.collect(), width))
}

const LDE: Transform<KoalaBear> = Transform::Lde {
    added_bits: 1,
    shift: KoalaBear::GENERATOR,
};

/// The queue lets go of a handle a moment after the result is there.
fn becomes(expected: u64, found: impl Fn() -> u64) {
    let end = Instant::now() + Duration::from_secs(10);
    while found() != expected {
        assert!(
            Instant::now() < end,
            "expected {expected}, found {}",
            found()
        );
        thread::yield_now();
    }
}

#[test]
fn the_cpu_counts_the_memory_of_its_handles_and_refuses_what_does_not_fit() {
    let limits = Limits {
        memory: Some(1000),
        ..Limits::default()
    };
    let hal = CpuHal::with_limits(limits).unwrap();
    let buffer = hal.upload(counting(16, 4)).unwrap();
    assert_eq!(hal.memory_used(), 256);
    let extended = hal.transform(&buffer, LDE).unwrap();
    assert_eq!(hal.memory_used(), 256 + 512);
    match hal.transform(&buffer, LDE) {
        Err(HalError::OutOfMemory { asked, free, .. }) => assert_eq!((asked, free), (512, 232)),
        result => panic!("{result:?}"),
    }
    hal.wait(&extended).unwrap();
    drop(buffer);
    becomes(512, || hal.memory_used());
    let result = hal.download(&extended).unwrap().wait().unwrap();
    drop(extended);
    assert_eq!(elements(&result).len(), 128);
    becomes(0, || hal.memory_used());
}

/// What two devices, the first of which is wrong once, are told to differ in.
fn difference(kind: Kind, after: u64) -> (Kind, Place) {
    let fault = Fault {
        kind,
        what: What::Result,
        after,
        times: 1,
    };
    let faulty = Arc::new(Faulty::new(cpu(), "faulty", vec![fault]));
    let hal = DualHal::new(faulty, cpu()).unwrap();
    let run = || {
        let buffer = hal.upload(counting(16, 16))?;
        let lde = hal.transform(&hal.permute(&buffer)?, LDE)?;
        let tree = hal.commit(&[lde, buffer])?;
        hal.open_rows(&tree, &[5])?.wait()
    };
    match run() {
        Err(HalError::WrongResult {
            device,
            operation,
            difference,
        }) => {
            assert_eq!(device, "faulty");
            assert_ne!(difference.found, difference.expected);
            (operation, difference.place)
        }
        result => panic!("{result:?}"),
    }
}

#[test]
fn two_devices_that_differ_name_the_operation_and_the_first_element() {
    let element = |row| Place::Element { row, column: 0 };
    assert_eq!(difference(Kind::Upload, 0), (Kind::Upload, element(8)));
    assert_eq!(difference(Kind::Permute, 0), (Kind::Permute, element(8)));
    assert_eq!(difference(Kind::Lde, 0), (Kind::Lde, element(16)));
    // The last matrix is the lower one: its row 8 is under the rows 16 and 17 of the higher one.
    let opened = Place::Opened {
        row: 16,
        matrix: 1,
        column: 0,
    };
    assert_eq!(difference(Kind::Commit, 0), (Kind::Commit, opened));
    // The digest below the root that row 5 needs is that of the upper half.
    let node = Place::Node { layer: 4, index: 1 };
    assert_eq!(difference(Kind::Open, 0), (Kind::Open, node));
}

#[test]
fn two_devices_that_agree_count_what_each_did() {
    let hal = DualHal::new(cpu(), cpu()).unwrap();
    let buffer = hal.upload(counting(8, 3)).unwrap();
    let extended = hal.transform(&buffer, LDE).unwrap();
    hal.wait(&extended).unwrap();
    let usage = hal.usage();
    let ldes = usage.iter().filter(|usage| usage.kind == Kind::Lde);
    assert_eq!(
        ldes.map(|usage| usage.count.calls).collect::<Vec<_>>(),
        [1, 1]
    );
}
