//! Plonky3's prover under our configuration, on two tables of the test's own: one asks the other, whose columns the key fixes.

use assay_circuit::Felt;
use assay_prover::{Engine, Stark};
use assay_verifier::{
    Parameters,
    config::{config, value_mmcs},
    decode_proof,
};
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_batch_stark::{
    CommonData, ProverData,
    common::{GlobalPreprocessed, PreprocessedInstanceMeta},
    verify_batch,
};
use p3_dft::Radix2DitParallel;
use p3_field::PrimeCharacteristicRing;
use p3_lookup::{Count, InteractionBuilder};
use p3_matrix::dense::RowMajorMatrix;

const LOG_ROWS: usize = 6;
const BUS: &str = "squares";

/// Two tables: `Asks` counts up from a public value and asks for squares; `Knows` has `x, x²` fixed and says how often each was asked for.
#[derive(Clone, Copy)]
enum Pair {
    Asks,
    Knows { filled: bool },
}

impl BaseAir<Felt> for Pair {
    fn width(&self) -> usize {
        match self {
            Self::Asks => 2,
            Self::Knows { .. } => 1,
        }
    }

    fn preprocessed_width(&self) -> usize {
        match self {
            Self::Asks => 0,
            Self::Knows { .. } => 2,
        }
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Felt>> {
        let squares = || (0..1 << LOG_ROWS).flat_map(|x: u32| [x, x * x].map(Felt::from_u32));
        match self {
            Self::Knows { filled: true } => Some(RowMajorMatrix::new(squares().collect(), 2)),
            _ => None,
        }
    }

    fn num_public_values(&self) -> usize {
        usize::from(matches!(self, Self::Asks))
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: AirBuilder<F = Felt> + InteractionBuilder> Air<AB> for Pair {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        match self {
            Self::Asks => {
                let [x, square] = [main.current_slice()[0], main.current_slice()[1]];
                let next = main.next_slice()[0];
                let first = builder.public_values()[0];
                builder.when_first_row().assert_eq(x, first);
                builder.when_transition().assert_eq(next, x + AB::Expr::ONE);
                builder.push_interaction(
                    BUS,
                    [x.into(), square.into()] as [AB::Expr; 2],
                    Count::bounded(AB::Expr::ONE, 1),
                );
            }
            Self::Knows { .. } => {
                let count = main.current_slice()[0];
                let fixed = builder.preprocessed();
                let [x, square] = [fixed.current_slice()[0], fixed.current_slice()[1]];
                let count: AB::Expr = count.into();
                builder.push_interaction(
                    BUS,
                    [x.into(), square.into()] as [AB::Expr; 2],
                    Count::provided(-count),
                );
            }
        }
    }
}

const PAIR: [Pair; 2] = [Pair::Asks, Pair::Knows { filled: true }];
/// As a verifier has them.
const EMPTY: [Pair; 2] = [Pair::Asks, Pair::Knows { filled: false }];

fn engine(parameters: Parameters) -> impl Engine {
    let dft = Radix2DitParallel::<Felt>::default();
    Stark::new(parameters, dft, value_mmcs(), PAIR.to_vec(), &[5, LOG_ROWS]).unwrap()
}

/// 32 rows from `first` on, one of which may be off by `error`.
fn traces(first: u32, error: u32) -> Vec<RowMajorMatrix<Felt>> {
    let rows = first..first + 32;
    let asked = rows.clone().flat_map(|x| {
        let lie = if x == first + 9 { error } else { 0 };
        [x, x * x + lie].map(Felt::from_u32)
    });
    let counts = (0..1 << LOG_ROWS).map(|x| Felt::from_bool(rows.contains(&x)));
    vec![
        RowMajorMatrix::new(asked.collect(), 2),
        RowMajorMatrix::new(counts.collect(), 1),
    ]
}

fn public(first: u32) -> Vec<Vec<Felt>> {
    vec![vec![Felt::from_u32(first)], vec![]]
}

/// The stock verifier, with what it needs made from the tables alone.
fn check(
    parameters: Parameters,
    engine: &impl Engine,
    proof: &[u8],
    public: &[Vec<Felt>],
) -> Result<(), String> {
    let config = config(parameters);
    let lookups = ProverData::from_airs_and_degrees(&config, &EMPTY, &[5, 5])
        .unwrap()
        .common
        .lookups;
    let meta = PreprocessedInstanceMeta {
        matrix_index: 0,
        width: 2,
        degree_bits: LOG_ROWS,
    };
    let preprocessed = GlobalPreprocessed {
        commitment: vec![engine.commitment().unwrap()].into(),
        instances: vec![None, Some(meta)],
        matrix_to_instance: vec![1],
    };
    let common = CommonData::new(Some(preprocessed), lookups);
    let proof = decode_proof(proof).map_err(|error| error.to_string())?;
    verify_batch(&config, &EMPTY, &proof, public, &common).map_err(|error| format!("{error:?}"))
}

#[test]
fn proofs_verify_with_the_stock_verifier_under_every_set() {
    for parameters in Parameters::ALL {
        let engine = engine(parameters);
        let proof = engine.prove(&traces(3, 0), &public(3)).unwrap();
        println!("{parameters}: {} bytes", proof.len());
        check(parameters, &engine, &proof, &public(3)).unwrap();
        check(parameters, &engine, &proof, &public(4)).unwrap_err();
        for other in Parameters::ALL {
            if other != parameters {
                check(other, &engine, &proof, &public(3)).unwrap_err();
            }
        }
    }
}

#[test]
fn a_lookup_that_the_other_table_does_not_have_is_rejected() {
    let engine = engine(Parameters::Test);
    let proof = engine.prove(&traces(3, 1), &public(3)).unwrap();
    let error = check(Parameters::Test, &engine, &proof, &public(3)).unwrap_err();
    println!("{error}");
    assert!(
        error.contains("Terminal") || error.contains("Lookup"),
        "{error}"
    );
}

#[test]
fn the_bytes_are_the_same_on_every_run_and_number_of_threads() {
    let prove = || {
        let engine = engine(Parameters::Conjectured100);
        engine.prove(&traces(20, 0), &public(20)).unwrap()
    };
    let expected = prove();
    for threads in [1, 2, 3, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let again = pool.build().unwrap().install(prove);
        assert!(again == expected, "{threads} threads");
    }
}

#[test]
fn every_encoding_but_one_is_refused() {
    let engine = engine(Parameters::Test);
    let proof = engine.prove(&traces(0, 0), &public(0)).unwrap();
    decode_proof(&proof).map(|_| ()).unwrap();
    let longer = [&proof[..], &[0]].concat();
    assert!(decode_proof(&longer).is_err());
    assert!(decode_proof(&proof[..proof.len() - 1]).is_err());
    // The first byte is a length of 1, which a varint can also write in two bytes.
    assert_eq!(proof[0], 1);
    let padded = [&[0x81, 0x00], &proof[1..]].concat();
    let error = decode_proof(&padded).map(|_| ()).unwrap_err();
    assert_eq!(error, assay_verifier::SealError::NotCanonical);
}
