//! Kernels, one by one, on the host against Plonky3.

use assay_hal::{Hal, HalField, STATE};
use assay_hal_cuda::{Argument, CudaHal, Device, Grid, HostDevice, Kernel, KernelField, Task};
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use p3_symmetric::Permutation;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

fn words<F: HalField>(elements: &[F]) -> Vec<u32> {
    elements.iter().map(F::to_unique_u32).collect()
}

fn elements<F: HalField>(rng: &mut SmallRng, count: usize) -> Vec<F> {
    (0..count).map(|_| F::from_u64(rng.next_u64())).collect()
}

fn permute_matches_p3<F: HalField>() {
    let device = HostDevice::default();
    let field = KernelField::by_name(F::NAME).unwrap();
    let permutation = F::permutation();
    let seed = 1;
    let mut rng = SmallRng::seed_from_u64(seed);
    for states in [1, 2, 127, 128, 129, 1000] {
        let mut input: Vec<F> = elements(&mut rng, STATE * states);
        let largest = F::ZERO - F::ONE;
        input[..STATE].fill([F::ZERO, F::ONE, largest][states % 3]);
        let from = device.allocate(input.len()).unwrap();
        let to = device.allocate(input.len()).unwrap();
        device.write(&from, 0, &words(&input)).unwrap();
        let grid = Grid {
            blocks: [states.div_ceil(128) as u32, 1, 1],
            threads: 128,
            shared_bytes: 0,
        };
        let arguments = [
            Argument::Memory {
                memory: &from,
                offset: 0,
            },
            Argument::Memory {
                memory: &to,
                offset: 0,
            },
            Argument::U64(states as u64),
        ];
        device
            .launch(Kernel::new(field, Task::Permute), grid, &arguments)
            .unwrap();
        let mut found = vec![0; input.len()];
        device.read(&to, 0, &mut found).unwrap();
        let (rows, _) = input.as_chunks::<STATE>();
        for (i, row) in rows.iter().enumerate() {
            let expected = words(&permutation.permute(*row));
            assert_eq!(
                found[STATE * i..][..STATE],
                expected,
                "seed {seed}, state {i} of {states}"
            );
        }
    }
}

#[test]
fn permute_matches_p3_in_both_fields() {
    permute_matches_p3::<KoalaBear>();
    permute_matches_p3::<BabyBear>();
}

#[test]
fn a_copy_copies_all_words_and_no_others() {
    let device = HostDevice::default();
    for words in [1, 255, 256, 1023, 1024, 1025, 5000] {
        let sent: Vec<u32> = (1..=words as u32).collect();
        let from = device.allocate(words).unwrap();
        let to = device.allocate(words).unwrap();
        device.write(&from, 0, &sent).unwrap();
        let kernel = Kernel::new(KernelField::KoalaBear, Task::Copy);
        let [source, target] = [&from, &to].map(|memory| Argument::Memory { memory, offset: 0 });
        let grid = Grid {
            blocks: [words.div_ceil(1024) as u32, 1, 1],
            threads: 256,
            shared_bytes: 0,
        };
        let arguments = [source, target, Argument::U64(words as u64)];
        device.launch(kernel, grid, &arguments).unwrap();
        let mut found = vec![0; words];
        device.read(&to, 0, &mut found).unwrap();
        assert_eq!(found, sent);
    }
}

fn products_are_those_of_the_field<F: HalField>() {
    let (threads, rounds) = (64, 37);
    let device = HostDevice::default();
    let sums = device.allocate(threads).unwrap();
    let arguments = [
        Argument::Memory {
            memory: &sums,
            offset: 0,
        },
        Argument::U32(F::GENERATOR.to_unique_u32()),
        Argument::U32(rounds),
    ];
    let grid = Grid {
        blocks: [1, 1, 1],
        threads: threads as u32,
        shared_bytes: 0,
    };
    let field = KernelField::by_name(F::NAME).unwrap();
    let kernel = Kernel::new(field, Task::Products);
    device.launch(kernel, grid, &arguments).unwrap();
    let mut found = vec![0; threads];
    device.read(&sums, 0, &mut found).unwrap();
    // What a thread begins with are words, and the last step divides by 2^32.
    let factor = F::GENERATOR.exp_u64(rounds.into()) * F::from_u64(1 << 32).inverse();
    for (thread, &word) in found.iter().enumerate() {
        let first = (0..8).map(|chain| F::from_usize(8 * thread + chain));
        let sum = first.map(|it| it * factor).fold(F::ZERO, |a, b| a + b);
        assert_eq!(F::from_u32(word), sum, "thread {thread}");
        assert!(word < F::ORDER_U32);
    }
}

#[test]
fn chains_of_products_are_those_of_both_fields() {
    products_are_those_of_the_field::<KoalaBear>();
    products_are_those_of_the_field::<BabyBear>();
}

#[test]
fn a_device_says_what_it_reaches() {
    let hal = CudaHal::<KoalaBear, _>::new(HostDevice::default()).unwrap();
    let peaks = hal.peaks().unwrap();
    assert!(peaks.copy > 0.0 && peaks.multiplications > 0.0, "{peaks:?}");
    assert_eq!(peaks.instructions, Some(4.0 * peaks.multiplications));
}
