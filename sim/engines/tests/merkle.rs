//! assay_merkle against Plonky3's MerkleTreeMmcs, in both fields: the digests of every layer, refusals, cycles; planted bugs.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::plants::Plant;
use assay_engine_sim::merkle::{Dimensions, Forest, Job, Model, Outcome, World, run};
use assay_engine_sim::{EngineError, Rng};
use assay_engines::field::FieldId;
use assay_engines::merkle::Latencies;
use assay_engines::poseidon2::Poseidon2Field;
use common::all_are_caught;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

const SEED: u64 = 0x0505_3e4b_1e00;

fn forest<F: Poseidon2Field>(trees: &[Dimensions], model: &Model) -> Forest {
    Forest::new::<F>(trees, model.machine.slots, SEED).expect("trees")
}

/// Runs the trees; the first difference as text.
fn check(
    forest: &Forest,
    model: &Model,
    plant: Option<&Plant>,
    world: World,
) -> Result<Outcome, String> {
    match run(model.name, plant, &forest.jobs, world) {
        Ok(outcome) => match forest.compare(&outcome) {
            Ok(()) => Ok(outcome),
            Err(difference) => Err(format!("{difference} (seed {SEED:#x})")),
        },
        Err(EngineError::Assertion { place, .. }) => Err(format!("assertion: {place}")),
        Err(error) => panic!("{error}"),
    }
}

/// Everything at once; a memory like a card's, and both sides pause; rows are rare and reads slow; digests are taken and acknowledged late.
fn worlds() -> [World; 4] {
    let world = |rows, reads, writes, read_latency, write_latency| World {
        start: 0,
        rows,
        reads,
        writes,
        read_latency,
        write_latency,
        seed: SEED,
    };
    [
        world(0, 0, 0, (1, 1), (1, 1)),
        world(20_000, 20_000, 20_000, (40, 130), (20, 90)),
        world(60_000, 5_000, 0, (100, 400), (1, 30)),
        world(0, 0, 62_000, (1, 60), (200, 500)),
    ]
}

/// All sizes up to 2^10, shorter matrices at some of the layers; heights that are no powers of two.
fn everything() -> Vec<Dimensions> {
    let mut trees: Vec<Dimensions> = vec![
        vec![(1, 3)],
        vec![(2, 8)],
        vec![(4, 5), (4, 7), (2, 1)],
        vec![(8, 16), (4, 20), (4, 3), (1, 9)],
        vec![(3, 4), (2, 4), (1, 4)],
        vec![(5, 8), (3, 13)],
        vec![(13, 6), (7, 2), (4, 2), (2, 2), (1, 2)],
        vec![(100, 16), (50, 8), (7, 24)],
    ];
    trees.extend((4..=7).map(|log| vec![(1 << log, 5), (1 << (log - 2), 19), (2, 8)]));
    trees.extend((8..=10).map(|log| vec![(1 << log, 16), (1 << (log - 1), 8)]));
    trees
}

/// Any heights, up to three matrices side by side, joined by others at about every third layer.
fn random(count: usize) -> Vec<Dimensions> {
    let mut rng = Rng::new(SEED, 9);
    (0..count)
        .map(|_| {
            let mut nodes = rng.between(1, 150) as usize;
            let mut dimensions = Vec::new();
            loop {
                let tallest = dimensions.is_empty();
                if tallest || rng.chance(22_000) {
                    for _ in 0..rng.between(1, if tallest { 3 } else { 2 }) {
                        dimensions.push((nodes, rng.between(1, 20) as usize));
                    }
                }
                if nodes == 1 {
                    return dimensions;
                }
                nodes = nodes.div_ceil(2);
            }
        })
        .collect()
}

fn matches_p3<F: Poseidon2Field>(trees: &[Dimensions]) {
    let model = Model::folded(F::ID);
    let forest = forest::<F>(trees, &model);
    for world in worlds() {
        check(&forest, &model, None, world).unwrap_or_else(|difference| panic!("{difference}"));
    }
    println!(
        "matched {} digests of {} trees over {} in {} worlds, {} permutations each",
        forest.expected.len(),
        forest.jobs.len(),
        F::ID.name(),
        worlds().len(),
        forest.permutations()
    );
}

#[test]
fn koalabear_trees_match_p3() {
    matches_p3::<KoalaBear>(&everything());
}

#[test]
fn babybear_trees_match_p3() {
    matches_p3::<BabyBear>(&everything());
}

#[test]
fn random_koalabear_trees_match_p3() {
    matches_p3::<KoalaBear>(&random(40));
}

#[test]
fn random_babybear_trees_match_p3() {
    matches_p3::<BabyBear>(&random(20));
}

fn steady(read: u32, write: u32) -> World {
    World {
        start: 0,
        rows: 0,
        reads: 0,
        writes: 0,
        read_latency: (read, read),
        write_latency: (write, write),
        seed: SEED,
    }
}

fn cycles_match_the_twin<F: Poseidon2Field>(model: &Model, trees: &[Dimensions]) {
    let forest = forest::<F>(trees, model);
    for (read, write) in [(1, 1), (60, 30), (150, 110)] {
        let outcome = check(&forest, model, None, steady(read, write))
            .unwrap_or_else(|difference| panic!("{difference}"));
        let latencies = Latencies {
            read: read.into(),
            write: write.into(),
        };
        assert_eq!(
            outcome.done,
            model.machine.done(&forest.shapes, latencies),
            "read {read}, write {write}, {trees:?}"
        );
        println!(
            "matched {} cycles of {} permutations in {} trees on {}: reads take {read}, writes {write}",
            outcome.done.last().unwrap_or(&0) - outcome.started,
            forest.permutations(),
            forest.jobs.len(),
            model.name,
        );
    }
}

#[test]
fn koalabear_cycles_match_the_twin() {
    let model = Model::folded(FieldId::KoalaBear);
    cycles_match_the_twin::<KoalaBear>(&model, &everything());
    cycles_match_the_twin::<KoalaBear>(&model, &[vec![(512, 16)]]);
    cycles_match_the_twin::<KoalaBear>(&model, &random(40));
}

#[test]
fn babybear_cycles_match_the_twin() {
    let model = Model::folded(FieldId::BabyBear);
    cycles_match_the_twin::<BabyBear>(&model, &everything());
}

#[test]
fn unrolled_trees_match_p3_and_cycles_the_twin() {
    let model = Model::unrolled();
    let trees = [
        vec![(2048, 16)],
        vec![(1500, 9), (750, 8)],
        vec![(32, 16), (8, 8)],
    ];
    cycles_match_the_twin::<KoalaBear>(&model, &trees);
    let forest = forest::<KoalaBear>(&trees, &model);
    check(&forest, &model, None, worlds()[1]).unwrap_or_else(|difference| panic!("{difference}"));
    println!(
        "matched {} digests on {} with pauses",
        forest.expected.len(),
        model.name
    );
}

/// Permutations a cycle on the unrolled engine, from the first words of the first row to the last root's acknowledgement. Memory is like a card's, a
/// quarter of a microsecond away, and the core is past the start after its reset.
fn utilisation(trees: &[Dimensions]) -> f64 {
    let model = Model::unrolled();
    let forest = forest::<KoalaBear>(trees, &model);
    let world = World {
        start: 1_000,
        read_latency: (90, 150),
        write_latency: (60, 120),
        ..steady(1, 1)
    };
    let outcome =
        check(&forest, &model, None, world).unwrap_or_else(|difference| panic!("{difference}"));
    let cycles = outcome.done[trees.len() - 1] - outcome.started;
    println!(
        "matched {} digests of {} trees in {cycles} cycles for {} permutations; {:?}",
        forest.expected.len(),
        trees.len(),
        forest.permutations(),
        outcome.lost
    );
    forest.permutations() as f64 / cycles as f64
}

#[test]
fn tree_of_65536_rows_uses_95_turns_of_100() {
    let used = utilisation(&[vec![(1 << 16, 16)]]);
    println!("figure merkle.utilisation {used:.4}");
    assert!(used >= 0.95, "{used}");
}

#[test]
fn rows_of_the_next_tree_fill_the_gaps_of_this_one() {
    let tree = vec![(1 << 13, 16)];
    let one = utilisation(std::slice::from_ref(&tree));
    let four = utilisation(&vec![tree; 4]);
    println!("figure merkle.utilisation.2^13 {one:.4}");
    println!("figure merkle.utilisation.four_of_2^13 {four:.4}");
    assert!(four > one, "{four} after {one}");
}

#[test]
fn jobs_that_are_no_trees_are_refused_and_the_next_is_done() {
    let model = Model::folded(FieldId::KoalaBear);
    let mut forest = forest::<KoalaBear>(&[vec![(4, 5), (2, 3)]], &model);
    let good = forest.jobs[0].clone();
    let bad = |change: fn(&mut Job)| {
        let mut job = good.clone();
        change(&mut job);
        job
    };
    let refused = vec![
        bad(|job| job.rows = 0),
        bad(|job| job.rows = (1 << 24) + 1),
        bad(|job| job.injects = 1),
        bad(|job| job.injects = 1 << 3),
        bad(|job| job.base += 1),
        bad(|job| job.scratch += 1),
    ];
    let count = refused.len();
    forest.jobs = refused.into_iter().chain([good]).collect();
    let mut outcome = run(model.name, None, &forest.jobs, steady(1, 1)).expect("the model runs");
    assert_eq!(outcome.refused, (0..count).collect::<Vec<_>>());
    outcome.refused.clear();
    forest.jobs.drain(..count);
    forest.compare(&outcome).expect("the good one is done");
    println!("matched {count} refused jobs");
}

/// Spoils a job; the number is p.
type Change = fn(&mut Job, u32);

#[test]
fn words_that_are_no_elements_and_ragged_rows_are_refused() {
    let model = Model::folded(FieldId::KoalaBear);
    let fresh = || forest::<KoalaBear>(&[vec![(4, 5), (4, 8)]], &model);
    let p = FieldId::KoalaBear.modulus();
    let changes: [(&str, Change); 5] = [
        ("a word that is p", |job, p| job.beats[1].data[4] = p),
        ("a word above p", |job, _| job.beats[6].data[0] = u32::MAX),
        ("a row that ends earlier than its block", |job, _| {
            job.beats[2].last = true;
        }),
        ("rows of no words", |job, _| {
            for beat in &mut job.beats[..4] {
                (beat.words, beat.last) = (0, true);
            }
        }),
        ("rows whose last words are more than a chunk", |job, _| {
            for beat in &mut job.beats[4..8] {
                (beat.words, beat.last) = (8, true);
            }
        }),
    ];
    let count = changes.len();
    for (what, change) in changes {
        let mut forest = fresh();
        change(&mut forest.jobs[0], p);
        let difference = check(&forest, &model, None, steady(1, 1)).map(|_| ());
        assert_eq!(
            difference,
            Err(format!("error: something was refused (seed {SEED:#x})")),
            "{what}"
        );
    }
    // Beyond the words that count anything may lie.
    let mut forest = fresh();
    forest.jobs[0].beats[0].data[6] = p;
    check(&forest, &model, None, steady(1, 1)).expect("it is not looked at");
    println!("matched {count} kinds of rows that are refused");
}

#[test]
fn every_turn_is_used_or_lost_for_a_cause() {
    let model = Model::folded(FieldId::KoalaBear);
    let interval = model.machine.folding.interval() as u64;
    let forest = forest::<KoalaBear>(&[vec![(512, 16)]], &model);
    for world in worlds() {
        // The core is past the start after its reset.
        let world = World {
            start: 1_000,
            ..world
        };
        let outcome =
            check(&forest, &model, None, world).unwrap_or_else(|difference| panic!("{difference}"));
        let lost = outcome.lost;
        let causes = [
            lost.idle,
            lost.node_waits,
            lost.row_missing,
            lost.slot_busy,
            lost.output_full,
            lost.gathering,
        ];
        let turns = (outcome.done[0] - outcome.started) / interval;
        let used = turns.abs_diff(causes.iter().sum());
        // A turn at either end may fall on either side.
        assert!(
            used.abs_diff(forest.permutations() as u64) <= 3,
            "{turns} turns, {lost:?}, {} permutations",
            forest.permutations()
        );
    }
}

/// What a planted bug makes of the run that shows it.
fn symptom(plant: &Plant) -> Result<(), String> {
    let model = Model::folded(FieldId::KoalaBear);
    let trees = [
        vec![(16, 8), (4, 8)],
        vec![(13, 5), (7, 9)],
        // Its joining rows are done long after the children that they join.
        vec![(8, 8), (4, 100)],
        vec![(512, 8)],
        vec![(64, 8)],
    ];
    let forest = forest::<KoalaBear>(&trees, &model);
    if plant.name == "merkle_nodes_first" {
        let outcome = check(&forest, &model, Some(plant), steady(60, 30))?;
        let latencies = Latencies {
            read: 60,
            write: 30,
        };
        let predicted = model.machine.done(&forest.shapes, latencies);
        return if outcome.done == predicted {
            Ok(())
        } else {
            Err(format!("cycles: {:?}, not {predicted:?}", outcome.done))
        };
    }
    worlds()
        .into_iter()
        .skip(1)
        .try_for_each(|world| check(&forest, &model, Some(plant), world).map(|_| ()))
}

#[test]
fn planted_bugs_are_caught_where_they_must_show() {
    all_are_caught("merkle", |plant| {
        let difference = symptom(plant).err()?;
        let field = difference.split(':').next()?.to_owned();
        Some((field, difference))
    });
}
