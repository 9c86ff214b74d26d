//! Stock Plonky3 provers, put together as its documentation does, and the comparison of what they make over a device with their usual proof.
//!
//! Nothing is ground for: Plonky3's parallel search takes whichever witness it meets first.

use std::sync::Arc;

use assay_hal::{
    CpuHal, Fallback, Hal, HalContext, HalField, Kind, Member, Policy, StockMmcs, stock_mmcs,
};
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_baby_bear::BabyBear;
use p3_challenger::DuplexChallenger;
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_field::extension::BinomialExtensionField;
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear, KOALABEAR_POSEIDON2_HALF_FULL_ROUNDS,
    KOALABEAR_POSEIDON2_PARTIAL_ROUNDS_16, KOALABEAR_S_BOX_DEGREE, KoalaBear,
};
use p3_matrix::dense::RowMajorMatrix;
use p3_poseidon2_air::{RoundConstants, VectorizedPoseidon2Air};
use p3_uni_stark::{Proof, StarkConfig, prove, verify};
use rand::SeedableRng;
use rand::rngs::SmallRng;

const LOG_BLOWUP: usize = 2;

/// Two columns: each row has the pair that follows from the one before. Public: the first pair, and where it ends.
struct Fibonacci;

impl<F> BaseAir<F> for Fibonacci {
    fn width(&self) -> usize {
        2
    }

    fn num_public_values(&self) -> usize {
        3
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(2)
    }
}

impl<AB: AirBuilder> Air<AB> for Fibonacci {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let public = builder.public_values();
        let [first, second, last] = [public[0], public[1], public[2]];
        let [left, right] = [main.current_slice()[0], main.current_slice()[1]];
        let [next_left, next_right] = [main.next_slice()[0], main.next_slice()[1]];
        builder.when_first_row().assert_eq(left, first);
        builder.when_first_row().assert_eq(right, second);
        builder.when_transition().assert_eq(right, next_left);
        builder
            .when_transition()
            .assert_eq(left + right, next_right);
        builder.when_last_row().assert_eq(right, last);
    }
}

fn fibonacci<F: HalField>(rows: usize) -> (RowMajorMatrix<F>, Vec<F>) {
    let mut pair = [F::ZERO, F::ONE];
    let mut values = pair.to_vec();
    for _ in 1..rows {
        pair = [pair[1], pair[0] + pair[1]];
        values.extend(pair);
    }
    let public = vec![F::ZERO, F::ONE, pair[1]];
    (RowMajorMatrix::new(values, 2), public)
}

/// A configuration over any transform and any commitment scheme.
macro_rules! config {
    ($field:ty, $dft:expr, $mmcs:expr) => {{
        type Challenge = BinomialExtensionField<$field, 4>;
        type Challenger = DuplexChallenger<$field, <$field as HalField>::Permutation, 16, 8>;
        let mmcs = $mmcs;
        let fri = FriParameters {
            log_blowup: LOG_BLOWUP,
            log_final_poly_len: 1,
            max_log_arity: 2,
            num_queries: 20,
            batch_proof_of_work_bits: 0,
            commit_proof_of_work_bits: 0,
            query_proof_of_work_bits: 0,
            mmcs: ExtensionMmcs::<$field, Challenge, _>::new(mmcs.clone()),
        };
        let challenger = Challenger::new(<$field as HalField>::permutation());
        StarkConfig::<_, Challenge, Challenger>::new(
            TwoAdicFriPcs::new($dft, mmcs, fri),
            challenger,
        )
    }};
}

/// Proves with stock types and over a device, compares, and verifies with stock types what the device made.
macro_rules! same_proof {
    ($field:ty, $air:expr, $trace:expr, $public:expr, $cap:expr, $hal:expr) => {{
        type Dft = Radix2DitParallel<$field>;
        type Challenge = BinomialExtensionField<$field, 4>;
        type Challenger = DuplexChallenger<$field, <$field as HalField>::Permutation, 16, 8>;
        type Pcs = TwoAdicFriPcs<
            $field,
            Dft,
            StockMmcs<$field>,
            ExtensionMmcs<$field, Challenge, StockMmcs<$field>>,
        >;
        type Stock = StarkConfig<Pcs, Challenge, Challenger>;
        let (air, trace, public) = (&$air, &$trace, &$public);
        let stock: Stock = config!($field, Dft::default(), stock_mmcs::<$field>($cap));
        let usual = prove(&stock, air, trace.clone(), public).unwrap();
        let usual = postcard::to_allocvec(&usual).unwrap();
        let context = HalContext::<$field>::new($hal);
        let ours = config!($field, context.dft(), context.mmcs($cap));
        let proof = prove(&ours, air, trace.clone(), public).unwrap();
        let bytes = postcard::to_allocvec(&proof).unwrap();
        assert!(context.error_after(0).is_none());
        assert!(
            bytes == usual,
            "{} bytes, {} usual",
            bytes.len(),
            usual.len()
        );
        let proof: Proof<Stock> = postcard::from_bytes(&bytes).unwrap();
        verify(&stock, air, &proof, public).unwrap();
        bytes.len()
    }};
}

/// Proves so many numbers over a device, and returns how long the usual proof is.
pub fn koalabear_fibonacci(log_rows: usize, cap: usize, hal: Arc<dyn Hal<KoalaBear>>) -> usize {
    let (trace, public) = fibonacci(1 << log_rows);
    same_proof!(KoalaBear, Fibonacci, trace, public, cap, hal)
}

/// The same in the other field.
#[allow(dead_code, reason = "one of the users has a card of one field")]
pub fn babybear_fibonacci(log_rows: usize, cap: usize, hal: Arc<dyn Hal<BabyBear>>) -> usize {
    let (trace, public) = fibonacci(1 << log_rows);
    same_proof!(BabyBear, Fibonacci, trace, public, cap, hal)
}

/// Proves so many permutations over a device, and returns how long the usual proof is.
pub fn koalabear_poseidon2(permutations: usize, cap: usize, hal: Arc<dyn Hal<KoalaBear>>) -> usize {
    let constants = RoundConstants::from_rng(&mut SmallRng::seed_from_u64(1));
    let air: VectorizedPoseidon2Air<
        KoalaBear,
        GenericPoseidon2LinearLayersKoalaBear,
        16,
        KOALABEAR_S_BOX_DEGREE,
        0,
        KOALABEAR_POSEIDON2_HALF_FULL_ROUNDS,
        KOALABEAR_POSEIDON2_PARTIAL_ROUNDS_16,
        2,
    > = VectorizedPoseidon2Air::new(constants);
    let trace = air.generate_vectorized_trace_rows(permutations, LOG_BLOWUP);
    let public: Vec<KoalaBear> = Vec::new();
    same_proof!(KoalaBear, air, trace, public, cap, hal)
}

/// This machine.
pub fn cpu<F: HalField>() -> Arc<dyn Hal<F>> {
    Arc::new(CpuHal::new().unwrap())
}

/// A card, and the CPU for what it does not take.
pub fn with_cpu<F: HalField>(card: Arc<dyn Hal<F>>) -> Arc<dyn Hal<F>> {
    let members = vec![Member::checked(card), Member::trusted(cpu())];
    Arc::new(Fallback::new(members, Policy::default()).unwrap())
}

/// Fails unless a device did all that it was asked, and was asked something.
pub fn did_all<F: HalField>(hal: &dyn Hal<F>, device: &str) {
    let usage = hal.usage();
    for kind in [Kind::Lde, Kind::Commit, Kind::Open] {
        let of = usage.iter().filter(|usage| usage.kind == kind);
        for usage in of {
            let done = usage.device == device && usage.count.calls > 0;
            assert!(done && usage.count.refused == 0, "{usage:?}");
        }
    }
}
