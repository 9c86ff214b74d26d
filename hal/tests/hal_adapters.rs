//! Plonky3's seams over devices against Plonky3's own types.

use std::sync::Arc;

use assay_hal::suite::{Fault, Faulty, What};
use assay_hal::{CpuHal, Fallback, Hal, HalContext, HalField, Kind, Member, Policy, stock_mmcs};
use p3_baby_bear::BabyBear;
use p3_commit::{BatchOpeningRef, Mmcs};
use p3_dft::{Radix2DitParallel, TwoAdicSubgroupDft};
use p3_field::Field;
use p3_koala_bear::KoalaBear;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_matrix::{Dimensions, Matrix};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

fn matrix<F: HalField>(rng: &mut SmallRng, height: usize, width: usize) -> RowMajorMatrix<F> {
    let values = (0..height * width).map(|_| F::from_u64(rng.next_u64()));
    RowMajorMatrix::new(values.collect(), width)
}

fn cpu<F: HalField>() -> Arc<dyn Hal<F>> {
    Arc::new(CpuHal::new().unwrap())
}

fn transforms_agree<F: HalField>() {
    let mut rng = SmallRng::seed_from_u64(1);
    let context = HalContext::<F>::new(cpu());
    let (ours, stock) = (context.dft(), Radix2DitParallel::<F>::default());
    for log_height in 0..9 {
        for width in [1, 3, 8] {
            let input = matrix::<F>(&mut rng, 1 << log_height, width);
            let shift = F::GENERATOR;
            assert_eq!(
                ours.dft_batch(input.clone()).to_row_major_matrix(),
                stock.dft_batch(input.clone()).to_row_major_matrix()
            );
            assert_eq!(
                ours.coset_dft_batch(input.clone(), shift)
                    .to_row_major_matrix(),
                stock
                    .coset_dft_batch(input.clone(), shift)
                    .to_row_major_matrix()
            );
            assert_eq!(
                ours.idft_batch(input.clone()),
                stock.idft_batch(input.clone())
            );
            assert_eq!(
                ours.coset_idft_batch(input.clone(), shift),
                stock.coset_idft_batch(input.clone(), shift)
            );
            for added_bits in 0..3 {
                let ours = ours.coset_lde_batch(input.clone(), added_bits, shift);
                let stock = stock.coset_lde_batch(input.clone(), added_bits, shift);
                assert_eq!(
                    ours.bit_reverse_rows().to_row_major_matrix(),
                    stock.bit_reverse_rows().to_row_major_matrix()
                );
            }
        }
    }
    assert_eq!(context.failures(), 0);
}

#[test]
fn transforms_over_a_device_agree_with_p3() {
    transforms_agree::<KoalaBear>();
    transforms_agree::<BabyBear>();
}

fn commitments_agree<F: HalField>() {
    let mut rng = SmallRng::seed_from_u64(2);
    let context = HalContext::<F>::new(cpu());
    let mut opened = 0;
    for case in 0..60 {
        let cap_height = case % 4;
        let (ours, stock) = (context.mmcs(cap_height), stock_mmcs::<F>(cap_height));
        let most = rng.random_range(0..8);
        let count = rng.random_range(1..5);
        let matrices: Vec<_> = (0..count)
            .map(|_| {
                let log_height = rng.random_range(0..=most);
                let width = rng.random_range(1..20);
                matrix::<F>(&mut rng, 1 << log_height, width)
            })
            .collect();
        let (root, data) = ours.commit(matrices.clone());
        let (expected, expected_data) = stock.commit(matrices);
        assert_eq!(root, expected);
        let height = ours.get_max_height(&data);
        let dimensions: Vec<Dimensions> = {
            let matrices = ours.get_matrices(&data).into_iter();
            matrices.map(|matrix| matrix.dimensions()).collect()
        };
        for _ in 0..5 {
            let row = rng.random_range(0..height);
            let (rows, path) = ours.open_batch(row, &data).unpack();
            let (expected_rows, expected_path) = stock.open_batch(row, &expected_data).unpack();
            assert_eq!((&rows, &path), (&expected_rows, &expected_path));
            let opening = BatchOpeningRef::new(&rows, &path);
            ours.verify_batch(&root, &dimensions, row, opening).unwrap();
            opened += 1;
        }
        let queries = rng.random_range(0..12);
        let rows: Vec<usize> = (0..queries).map(|_| rng.random_range(0..height)).collect();
        let (values, proof) = ours.open_multi_batch(&rows, &data);
        let (expected_values, expected_proof) = stock.open_multi_batch(&rows, &expected_data);
        assert_eq!(values, expected_values);
        assert_eq!(proof.sibling_hashes, expected_proof.sibling_hashes);
        stock
            .verify_multi_batch(&root, &dimensions, &rows, &values, &proof)
            .unwrap();
        opened += queries;
    }
    assert_eq!(context.failures(), 0);
    println!(
        "{opened} rows of 60 trees opened as Plonky3 does, {}",
        F::NAME
    );
}

#[test]
fn commitments_and_openings_over_a_device_are_those_of_p3() {
    commitments_agree::<KoalaBear>();
    commitments_agree::<BabyBear>();
}

fn uploads(hal: &dyn Hal<KoalaBear>) -> u64 {
    let usage = hal.usage().into_iter();
    let uploads = usage.filter(|usage| usage.kind == Kind::Upload);
    uploads.map(|usage| usage.count.calls).sum()
}

#[test]
fn an_extension_is_not_sent_to_the_device_again_unless_it_was_changed() {
    let mut rng = SmallRng::seed_from_u64(3);
    let context = HalContext::<KoalaBear>::new(cpu());
    let (dft, mmcs) = (context.dft(), context.mmcs(0));
    let mut extended = |height, width| {
        let input = matrix(&mut rng, height, width);
        let lde = dft.coset_lde_batch(input, 1, KoalaBear::GENERATOR);
        lde.bit_reverse_rows().to_row_major_matrix()
    };
    let (first, second) = (extended(64, 5), extended(16, 3));
    let (root, _) = mmcs.commit(vec![second.clone(), first.clone()]);
    assert_eq!(
        root,
        stock_mmcs::<KoalaBear>(0).commit(vec![second, first]).0
    );
    assert_eq!(uploads(&**context.hal()), 2, "the inputs alone");

    let mut changed = extended(64, 5);
    changed.values[77] += KoalaBear::GENERATOR;
    let (root, _) = mmcs.commit(vec![changed.clone()]);
    assert_eq!(
        root,
        stock_mmcs::<KoalaBear>(0).commit(vec![changed.clone()]).0
    );
    assert_eq!(
        uploads(&**context.hal()),
        4,
        "the input, and what it became"
    );

    // What was not committed to is forgotten at the next commitment.
    let third = extended(64, 5);
    let _ = mmcs.commit(vec![changed]);
    let (root, _) = mmcs.commit(vec![third.clone()]);
    assert_eq!(root, stock_mmcs::<KoalaBear>(0).commit(vec![third]).0);
    assert_eq!(uploads(&**context.hal()), 7);
}

#[test]
fn a_device_that_fails_with_nobody_behind_it_leaves_an_error_and_right_results() {
    for kind in [Kind::Lde, Kind::Commit, Kind::Open] {
        let faults = vec![Fault::always(kind, What::Completion)];
        let faulty = Arc::new(Faulty::new(cpu::<KoalaBear>(), "card", faults));
        let required = Policy {
            require_device: true,
            ..Policy::default()
        };
        let members = vec![Member::checked(faulty), Member::trusted(cpu())];
        let hal = Fallback::new(members, required).unwrap();
        let context = HalContext::<KoalaBear>::new(Arc::new(hal));
        let mut rng = SmallRng::seed_from_u64(4);
        let input = matrix::<KoalaBear>(&mut rng, 16, 3);
        let stock = Radix2DitParallel::<KoalaBear>::default();
        let [ours, theirs] = [
            context
                .dft()
                .coset_lde_batch(input.clone(), 1, KoalaBear::GENERATOR),
            stock.coset_lde_batch(input, 1, KoalaBear::GENERATOR),
        ]
        .map(|lde| lde.bit_reverse_rows().to_row_major_matrix());
        assert_eq!(ours, theirs);
        let (ours, stock) = (context.mmcs(0), stock_mmcs::<KoalaBear>(0));
        let (root, data) = ours.commit(vec![theirs.clone()]);
        let (expected, expected_data) = stock.commit(vec![theirs]);
        assert_eq!(root, expected);
        let (values, proof) = ours.open_multi_batch(&[3, 9], &data);
        let (expected_values, expected_proof) = stock.open_multi_batch(&[3, 9], &expected_data);
        assert_eq!(values, expected_values);
        assert_eq!(proof.sibling_hashes, expected_proof.sibling_hashes);
        assert!(context.failures() > 0, "{kind}");
        let error = context.error_after(0).unwrap();
        println!("{kind}: {error}");
        assert!(context.error_after(context.failures()).is_none());
    }
}
