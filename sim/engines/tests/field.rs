//! The units of rtl/field against Plonky3, in both fields: all pairs of edge values, then random ones.
#![cfg(feature = "verilator")]

use assay_abi::plants;
use assay_engine_sim::{Engine, EngineError, Rng};
use assay_engines::field::{
    ADD_LATENCY, EngineField, Products, SUB_LATENCY, ext_mul_latency, mul_latency, reduce_latency,
};
use p3_baby_bear::BabyBear;
use p3_field::BasedVectorSpace;
use p3_field::extension::BinomialExtensionField;
use p3_koala_bear::KoalaBear;

const SEED: u64 = 0x0051_f1e1_d500;
const RANDOM: usize = 200_000;

/// The inputs of one cycle.
#[derive(Clone, Copy)]
struct Operands {
    a: [u32; 4],
    b: [u32; 4],
    integer: u64,
}

/// Words whose neighbourhoods make carries, borrows and folds change.
fn edges(p: u32) -> Vec<u32> {
    let mut edges: Vec<u32> = (0..31)
        .flat_map(|bit| [(1_u32 << bit) - 1, 1 << bit, (1 << bit) + 1, p - (1 << bit)])
        .chain([0, 1, 2, p - 1, p - 2, p / 2, p / 2 + 1, 0xffff, 0x1_0000])
        .filter(|&word| word < p)
        .collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn vectors(p: u32) -> Vec<Operands> {
    let mut rng = Rng::new(SEED, u64::from(p));
    let edges = edges(p);
    let mut vectors = Vec::new();
    let draw = |rng: &mut Rng| rng.between(0, p - 1);
    for &first in &edges {
        for &second in &edges {
            let pick = |rng: &mut Rng| edges[rng.between(0, edges.len() as u32 - 1) as usize];
            let mut operands = Operands {
                a: [0; 4].map(|_: u32| pick(&mut rng)),
                b: [0; 4].map(|_: u32| pick(&mut rng)),
                integer: (u64::from(second) << 6) ^ u64::from(first),
            };
            (operands.a[0], operands.b[0]) = (first, second);
            vectors.push(operands);
        }
    }
    // Integers around multiples of p and of 2^31.
    for multiple in 0..64_u64 {
        for near in 0..3 {
            for unit in [u64::from(p), 1 << 31] {
                let mut operands = vectors[(multiple * 3 + near) as usize];
                operands.integer = (multiple * unit + near).wrapping_sub(1) & ((1 << 37) - 1);
                vectors.push(operands);
            }
        }
    }
    for _ in 0..RANDOM {
        vectors.push(Operands {
            a: [0; 4].map(|_: u32| draw(&mut rng)),
            b: [0; 4].map(|_: u32| draw(&mut rng)),
            integer: rng.draw() >> 27,
        });
    }
    vectors
}

/// What each word of the sample must be, and how many enabled cycles later.
fn expected<F: EngineField>(operands: &Operands) -> [(u32, usize); 11] {
    let element = |word: u32| F::from_word(word).expect("operands are below p");
    let (a, b) = (operands.a.map(element), operands.b.map(element));
    let modulo = |integer: u64| (integer % u64::from(F::ORDER_U32)) as u32;
    let narrow = operands.integer & ((1 << 33) - 1);
    let extension = |coefficients: [F; 4]| {
        BinomialExtensionField::<F, 4>::from_basis_coefficients_slice(&coefficients)
            .expect("four coefficients")
    };
    let product = extension(a) * extension(b);
    let product: &[F] = product.as_basis_coefficients_slice();
    let ext = ext_mul_latency(F::ID, Products::Four);
    [
        ((a[0] + b[0]).to_word(), ADD_LATENCY),
        ((a[0] - b[0]).to_word(), SUB_LATENCY),
        ((a[0] * b[0]).to_word(), mul_latency(Products::Four)),
        ((a[0] * b[0]).to_word(), mul_latency(Products::Three)),
        (modulo(narrow), reduce_latency(F::ID, 33)),
        (modulo(operands.integer), reduce_latency(F::ID, 37)),
        (product[0].to_word(), ext),
        (product[1].to_word(), ext),
        (product[2].to_word(), ext),
        (product[3].to_word(), ext),
        ((a[0] * a[0]).to_word(), mul_latency(Products::Four)),
    ]
}

const UNITS: [&str; 11] = [
    "field_add",
    "field_sub",
    "field_mul 4",
    "field_mul 3",
    "field_reduce 33",
    "field_reduce 37",
    "field_ext_mul[0]",
    "field_ext_mul[1]",
    "field_ext_mul[2]",
    "field_ext_mul[3]",
    "field_square",
];

/// Runs all vectors with pauses in between; the first difference as text.
fn run<F: EngineField>(plant: Option<&str>) -> Result<Result<usize, String>, EngineError> {
    let plant = plant.map(|name| plants::of_engines(name).expect("a plant of the list"));
    let mut engine = Engine::new(&format!("field_{}", F::ID.name()), plant)?;
    let vectors = vectors(F::ORDER_U32);
    let mut rng = Rng::new(SEED, 1);
    let mut fed = 0;
    let last = ext_mul_latency(F::ID, Products::Four);
    let mut expectations = Vec::with_capacity(vectors.len());
    while fed < vectors.len() + last {
        let moves = !rng.chance(8192);
        let operands = vectors.get(fed).unwrap_or(&vectors[0]);
        engine.drive[0] = u32::from(moves);
        engine.drive[1..5].copy_from_slice(&operands.a);
        engine.drive[5..9].copy_from_slice(&operands.b);
        engine.drive[9] = operands.integer as u32;
        engine.drive[10] = (operands.integer >> 32) as u32;
        engine.cycle()?;
        if !moves {
            continue;
        }
        if fed < vectors.len() {
            expectations.push(expected::<F>(operands));
        }
        for (unit, name) in UNITS.iter().enumerate() {
            let Some(index) = fed.checked_sub(expectations[0][unit].1) else {
                continue;
            };
            let Some(wanted) = expectations.get(index).map(|it| it[unit].0) else {
                continue;
            };
            let got = engine.sample[unit];
            if got != wanted {
                let Operands { a, b, integer } = vectors[index];
                return Ok(Err(format!(
                    "{name} of {a:08x?}, {b:08x?}, {integer:#x}: {got:#010x}, p3 says {wanted:#010x} (seed {SEED:#x}, vector {index})"
                )));
            }
        }
        fed += 1;
    }
    Ok(Ok(vectors.len()))
}

fn matches_p3<F: EngineField>() {
    let count = run::<F>(None)
        .expect("the model runs")
        .unwrap_or_else(|difference| panic!("{difference}"));
    println!(
        "matched {count} vectors of {} units over {} (seed {SEED:#x})",
        UNITS.len(),
        F::ID.name()
    );
}

#[test]
fn koalabear_units_match_p3() {
    matches_p3::<KoalaBear>();
}

#[test]
fn babybear_units_match_p3() {
    matches_p3::<BabyBear>();
}

/// What a planted bug must break first.
fn broken(plant: &str) -> &'static [&'static str] {
    match plant {
        "field_lost_carry" => &["field_mul", "field_ext_mul", "field_square"],
        "field_lost_borrow" => &["field_sub"],
        "field_whole_p" => &["field_reduce", "field_ext_mul"],
        "field_sum_of_p" => &["field_add"],
        _ => panic!("{plant} is new: say what it breaks"),
    }
}

/// How many there are.
fn planted_bugs_are_caught<F: EngineField>() -> usize {
    let planted: Vec<_> = plants::ENGINE_PLANTS
        .iter()
        .filter(|plant| plant.block == "field")
        .collect();
    for plant in &planted {
        let difference = run::<F>(Some(plant.name))
            .expect("the model runs")
            .expect_err("it is caught");
        println!("caught {} over {}: {difference}", plant.name, F::ID.name());
        assert!(
            broken(plant.name)
                .iter()
                .any(|unit| difference.starts_with(unit)),
            "{}: {difference}",
            plant.name
        );
    }
    planted.len()
}

#[test]
fn planted_bugs_are_caught_in_both_fields() {
    planted_bugs_are_caught::<KoalaBear>();
    let count = planted_bugs_are_caught::<BabyBear>();
    println!("figure planted_bugs.engines.caught {count}");
    println!("figure planted_bugs.engines.planted {count}");
}
