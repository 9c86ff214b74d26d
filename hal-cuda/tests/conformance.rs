//! The suite of every HAL on the kernels compiled for the host, and what it does not reach: tall and wide matrices, many passes, trees of any
//! height.

use std::sync::Arc;

use assay_hal::suite::{self, Scale, Tally};
use assay_hal::{
    CpuHal, DualHal, Fallback, Hal, HalError, HalField, HostMatrix, Kind, Member, Policy,
    Transform, elements, share,
};
use assay_hal_cuda::{CudaHal, HostDevice, Plant};
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

const SEED: u64 = 7;

fn host<F: HalField>(device: HostDevice) -> Arc<dyn Hal<F>> {
    Arc::new(CudaHal::new(device).unwrap())
}

fn cpu<F: HalField>() -> Arc<dyn Hal<F>> {
    Arc::new(CpuHal::new().unwrap())
}

fn figure(cases: u64) {
    println!("figure cuda.host_conformance.cases {cases}");
}

fn passes<F: HalField>(make: impl Fn() -> Arc<dyn Hal<F>>, scale: Scale) {
    for (name, part) in suite::parts::<F>() {
        let Tally { done, refused } = part(&make(), scale).unwrap_or_else(|failure| {
            panic!("{}, {name}: {failure}", F::NAME);
        });
        println!(
            "{}, {name}: {done} cases, {refused} refused as announced",
            F::NAME
        );
        figure(done);
    }
}

#[test]
fn koalabear_passes_the_suite() {
    passes::<KoalaBear>(|| host(HostDevice::default()), Scale::QUICK);
}

#[test]
fn babybear_passes_the_suite() {
    passes::<BabyBear>(|| host(HostDevice::default()), Scale::QUICK);
}

#[test]
fn threads_in_the_opposite_order_pass_the_suite() {
    let scale = Scale {
        max_log_height: 12,
        max_width: 17,
        cases: 8,
        ..Scale::SMALL
    };
    passes::<KoalaBear>(|| host(HostDevice::default().reversed()), scale);
}

fn random<F: HalField>(rng: &mut SmallRng, (height, width): (usize, usize)) -> HostMatrix<F> {
    let values = (0..height * width).map(|_| F::from_u64(rng.next_u64()));
    share(RowMajorMatrix::new(values.collect(), width))
}

/// Compares every transform of a matrix with Plonky3's; gives how many.
fn transforms<F: HalField>(
    hal: &dyn Hal<F>,
    rng: &mut SmallRng,
    shape: (usize, usize),
    added: &[usize],
) -> u64 {
    let cpu = CpuHal::<F>::new().unwrap();
    let input = random::<F>(rng, shape);
    let shift = F::from_u32(rng.random_range(2..1 << 30));
    let mut all = vec![
        Transform::Dft { shift: F::ONE },
        Transform::Dft { shift },
        Transform::Idft { shift },
    ];
    all.extend(
        added
            .iter()
            .map(|&added_bits| Transform::Lde { added_bits, shift }),
    );
    for &transform in &all {
        let run = |hal: &dyn Hal<F>| {
            let buffer = hal.upload(input.clone())?;
            hal.download(&hal.transform(&buffer, transform)?)?.wait()
        };
        let (found, expected) = (run(hal).unwrap(), run(&cpu).unwrap());
        assert!(
            elements(&found) == elements(&expected),
            "{}, seed {SEED}: {transform:?} of {} × {}",
            F::NAME,
            shape.0,
            shape.1
        );
    }
    all.len() as u64
}

fn tall_and_wide<F: HalField>() {
    let hal = host::<F>(HostDevice::default());
    let mut rng = SmallRng::seed_from_u64(SEED);
    let mut cases = 0;
    for (log, width) in [
        (0, 300),
        (1, 257),
        (2, 31),
        (3, 32),
        (4, 33),
        (5, 127),
        (7, 300),
        (9, 61),
        (10, 16),
        (11, 7),
        (12, 1),
        (12, 37),
        (13, 3),
        (14, 8),
        (15, 2),
        (16, 1),
    ] {
        cases += transforms(&*hal, &mut rng, (1 << log, width), &[0, 1, 2]);
    }
    println!("{}: {cases} transforms match Plonky3's", F::NAME);
    figure(cases);
}

#[test]
fn tall_and_wide_transforms_match_p3_in_koalabear() {
    tall_and_wide::<KoalaBear>();
}

#[test]
fn tall_and_wide_transforms_match_p3_in_babybear() {
    tall_and_wide::<BabyBear>();
}

#[test]
fn five_passes_match_p3() {
    let hal = CudaHal::<KoalaBear, _>::with_tile(HostDevice::default(), 7).unwrap();
    let mut rng = SmallRng::seed_from_u64(SEED);
    let mut cases = 0;
    for (log, width) in [(7, 5), (8, 9), (13, 2), (14, 3), (15, 1), (16, 1)] {
        cases += transforms(&hal, &mut rng, (1 << log, width), &[1, 3, 6]);
    }
    println!("{cases} transforms in passes of 2^7 points match Plonky3's");
    figure(cases);
}

#[test]
fn trees_of_any_height_match_p3() {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let dual = DualHal::<KoalaBear>::new(host(HostDevice::default()), cpu()).unwrap();
    let mut cases = 0;
    for height in [1, 2, 3, 5, 6, 7, 11, 13, 100, 1000, 1025, 2048, 5000_usize] {
        let mut matrices = vec![(height, 9), (height, 1)];
        let mut lower = height;
        while lower > 1 {
            lower = lower.div_ceil(2);
            if rng.random_range(0..2) == 0 {
                matrices.push((lower, rng.random_range(1..20)));
            }
        }
        let buffers: Vec<_> = matrices
            .iter()
            .map(|&shape| dual.upload(random(&mut rng, shape)).unwrap())
            .collect();
        let tree = dual
            .commit(&buffers)
            .unwrap_or_else(|error| panic!("{matrices:?}: {error}"));
        dual.cap(&tree, 0).unwrap().wait().unwrap();
        dual.cap(&tree, 2).unwrap().wait().unwrap();
        let rows: Vec<usize> = (0..20).map(|_| rng.random_range(0..height)).collect();
        dual.open_rows(&tree, &rows).unwrap().wait().unwrap();
        cases += 4;
    }
    figure(cases);
}

#[test]
fn a_device_with_too_little_memory_says_so_and_the_cpu_goes_on() {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let input = random::<KoalaBear>(&mut rng, (256, 20));
    let transform = Transform::Lde {
        added_bits: 1,
        shift: KoalaBear::new(3),
    };
    let small = || host::<KoalaBear>(HostDevice::with_memory(140_000));
    let hal = small();
    let buffer = hal.upload(input.clone()).unwrap();
    match hal.transform(&buffer, transform) {
        Err(HalError::OutOfMemory {
            device,
            asked,
            free,
        }) => {
            assert!(
                device == "cuda-host" && asked > free,
                "{device}: {asked}, {free}"
            );
        }
        result => panic!("{result:?}"),
    }
    let refused = hal
        .usage()
        .into_iter()
        .find(|usage| usage.kind == Kind::Lde);
    assert_eq!(refused.unwrap().count.refused, 1);
    let members = vec![Member::checked(small()), Member::trusted(cpu())];
    let list = Fallback::new(members, Policy::default()).unwrap();
    let run = |hal: &dyn Hal<KoalaBear>| {
        let buffer = hal.upload(input.clone())?;
        hal.download(&hal.transform(&buffer, transform)?)?.wait()
    };
    assert_eq!(
        elements(&run(&list).unwrap()),
        elements(&run(&*cpu()).unwrap())
    );
}

#[test]
fn nothing_is_left_on_the_device_when_its_handles_are_gone() {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let hal = CudaHal::<KoalaBear, _>::new(HostDevice::default()).unwrap();
    let shift = KoalaBear::new(3);
    let mut left = Vec::new();
    for _ in 0..3 {
        let buffer = hal.upload(random(&mut rng, (64, 21))).unwrap();
        let added_bits = 1;
        let lde = hal
            .transform(&buffer, Transform::Lde { added_bits, shift })
            .unwrap();
        let tree = hal.commit(&[lde, buffer]).unwrap();
        hal.open_rows(&tree, &[3, 100]).unwrap().wait().unwrap();
        drop(tree);
        left.push(hal.device().used());
    }
    // Tables of powers stay.
    assert!(left[0] == left[1] && left[1] == left[2], "{left:?}");
    for kind in [Kind::Upload, Kind::Lde, Kind::Commit, Kind::Open] {
        let usage = hal.usage();
        let of = usage.iter().find(|usage| usage.kind == kind).unwrap();
        assert_eq!(of.count.calls, 3, "{kind}");
    }
}

/// Bugs in the text of the kernels, by their number there.
const PLANTS: [(u32, &str); 13] = [
    (1, "a wrong root of unity"),
    (2, "a layer that is done with the size of the one before"),
    (3, "the last rows of a block dropped"),
    (4, "an index that overflows, at 16 bits"),
    (5, "a sum that is not reduced"),
    (6, "a wrong round constant"),
    (7, "a missing barrier"),
    (8, "a lower matrix joined at the wrong node"),
    (9, "a wrong power of the coset's shift"),
    (10, "bits reversed one too few"),
    (11, "a last chunk filled with zeros"),
    (12, "a path of the nodes themselves"),
    (13, "a layer written over the one that it is made of"),
];

/// What the suite, and a transform of more than one pass, say about a device.
fn noticed(device: impl Fn() -> HostDevice, scale: Scale) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (name, part) in suite::parts::<KoalaBear>() {
        let failure = part(&host(device()), scale).err();
        found.extend(failure.map(|failure| (name, failure.what)));
    }
    let dual = DualHal::<KoalaBear>::new(host(device()), cpu()).unwrap();
    let mut rng = SmallRng::seed_from_u64(SEED);
    let buffer = dual.upload(random(&mut rng, (1 << 14, 5))).unwrap();
    let shift = KoalaBear::new(3);
    let tall = dual.transform(&buffer, Transform::Dft { shift });
    let tall = tall.and_then(|output| dual.wait(&output));
    found.extend(tall.err().map(|error| ("tall", error.to_string())));
    found
}

#[test]
fn every_planted_bug_is_caught() {
    let scale = Scale {
        max_log_height: 7,
        max_width: 20,
        cases: 6,
        seed: SEED,
    };
    let sound = noticed(HostDevice::default, scale);
    assert!(sound.is_empty(), "{sound:?}");
    let mut caught = 0;
    for (number, what) in PLANTS {
        let orders = [HostDevice::with_plant, |plant| {
            HostDevice::with_plant(plant).reversed()
        }];
        let found: Vec<_> = orders
            .into_iter()
            .flat_map(|device| noticed(|| device(Plant(number)), scale))
            .collect();
        let Some((name, how)) = found.first() else {
            panic!("{what} was not noticed");
        };
        println!("caught {what}: {name}: {how}");
        caught += 1;
    }
    assert_eq!(caught, PLANTS.len());
    println!("figure cuda.planted_bugs.caught {caught}");
}
