//! Kernels, one by one, on the host against Plonky3.

use assay_hal::{HalField, STATE};
use assay_hal_cuda::{Argument, Device, Grid, HostDevice, Kernel, KernelField, Task};
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
