//! poseidon2_sponge against Plonky3's permutation, sponge and compression, in both fields: values, order, cycles.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::plants::Plant;
use assay_engine_sim::sponge::{Answers, Kind, Lost, Model, Pauses, Work, run};
use assay_engine_sim::{EngineError, Rng};
use assay_engines::field::FieldId;
use assay_engines::poseidon2::Poseidon2Field;
use common::all_are_caught;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

const SEED: u64 = 0x0505_e1d0_7002;

fn everything<F: Poseidon2Field>(slots: usize) -> Work {
    let mut rng = Rng::new(SEED, F::ORDER_U32.into());
    let mut job = Work::default();
    for _ in 0..60 {
        job.state::<F>(Kind::Permute, &mut rng);
        job.state::<F>(Kind::Compress, &mut rng);
    }
    for width in (1..=24).chain([100, 300]) {
        job.rows::<F>(&[width], 2, slots, &mut rng);
    }
    for widths in [
        &[5, 7][..],
        &[7, 7, 7],
        &[13, 2],
        &[3, 6, 4, 20],
        &[8, 8],
        &[1, 8, 8],
    ] {
        job.rows::<F>(widths, 5, slots, &mut rng);
    }
    job.rows::<F>(&[13, 6], slots + 3, slots, &mut rng);
    job
}

fn check(
    model: &Model,
    job: &Work,
    pauses: Pauses,
    plant: Option<&Plant>,
) -> Result<Answers, String> {
    match run(model.name, plant, &job.requests, pauses) {
        Ok(answers) => match job.compare(&answers) {
            Ok(()) => Ok(answers),
            Err(difference) => Err(format!("{difference} (seed {SEED:#x})")),
        },
        Err(EngineError::Assertion { place, .. }) => Err(format!("assertion: {place}")),
        Err(error) => panic!("{error}"),
    }
}

/// No side pauses, both now and then, requests are rare, results are taken so rarely that the queue of results is full. What is rare for a core that
/// takes a state a cycle would be waiting only for others.
fn paces(model: &Model) -> [Pauses; 4] {
    let (rarely_asked, rarely_taken) = if model.folding.interval() == 1 {
        (50_000, 58_000)
    } else {
        (64_000, 65_200)
    };
    let pauses = |input, output| Pauses {
        input,
        output,
        seed: SEED,
    };
    [
        pauses(0, 0),
        pauses(20_000, 30_000),
        pauses(rarely_asked, 1_000),
        pauses(0, rarely_taken),
    ]
}

fn matches_p3<F: Poseidon2Field>(model: &Model) {
    let job = everything::<F>(model.slots);
    for pauses in paces(model) {
        check(model, &job, pauses, None).unwrap_or_else(|difference| panic!("{difference}"));
    }
    println!(
        "matched {} results of {} permutations on {} at {} paces (seed {SEED:#x})",
        job.expected.len(),
        job.permutations,
        model.name,
        paces(model).len()
    );
}

#[test]
fn koalabear_sponge_matches_p3() {
    matches_p3::<KoalaBear>(&Model::folded(FieldId::KoalaBear));
}

#[test]
fn babybear_sponge_matches_p3() {
    matches_p3::<BabyBear>(&Model::folded(FieldId::BabyBear));
}

#[test]
fn unrolled_koalabear_sponge_matches_p3() {
    matches_p3::<KoalaBear>(&Model::unrolled(FieldId::KoalaBear));
}

#[test]
fn unrolled_babybear_sponge_matches_p3() {
    matches_p3::<BabyBear>(&Model::unrolled(FieldId::BabyBear));
}

/// Rows of every width from 1 to 300, alone in their slot: each waits for itself.
fn every_width_matches<F: Poseidon2Field>() {
    let model = Model::folded(F::ID);
    let mut rng = Rng::new(SEED, 9);
    let mut job = Work::default();
    for width in 1..=300 {
        job.rows::<F>(&[width], 1, model.slots, &mut rng);
    }
    check(&model, &job, Pauses::default(), None)
        .unwrap_or_else(|difference| panic!("{difference}"));
    println!("matched rows of 300 widths on {}", model.name);
}

#[test]
fn rows_of_every_width_match_p3() {
    every_width_matches::<KoalaBear>();
    every_width_matches::<BabyBear>();
}

fn cycles_match_the_twin<F: Poseidon2Field>(model: &Model) {
    let &Model {
        name,
        folding,
        slots,
    } = model;
    let mut rng = Rng::new(SEED, 3);
    let mut states = Work::default();
    for _ in 0..300.max(3 * slots) {
        states.state::<F>(Kind::Permute, &mut rng);
    }
    let mut rows = Work::default();
    rows.rows::<F>(&[16, 24], 3 * slots, slots, &mut rng);
    for (what, job) in [("states", states), ("rows of 40", rows)] {
        let answers = check(model, &job, Pauses::default(), None)
            .unwrap_or_else(|difference| panic!("{difference}"));
        let predicted = folding.finished(answers.accepted, job.permutations);
        println!(
            "matched {} cycles of {} permutations of {what} on {name}: {} in flight, one in {} cycles",
            answers.finished - answers.accepted,
            job.permutations,
            folding.in_flight(),
            folding.interval()
        );
        assert_eq!(answers.finished, predicted, "{what}");
        // Requests never lacked, and neither rows nor results made the core wait.
        let Lost {
            slot_busy,
            output_full,
            ..
        } = answers.lost;
        assert_eq!((slot_busy, output_full), (0, 0), "{what}");
    }
}

#[test]
fn koalabear_cycles_match_the_twin() {
    cycles_match_the_twin::<KoalaBear>(&Model::folded(FieldId::KoalaBear));
    cycles_match_the_twin::<KoalaBear>(&Model::unrolled(FieldId::KoalaBear));
}

#[test]
fn babybear_cycles_match_the_twin() {
    cycles_match_the_twin::<BabyBear>(&Model::folded(FieldId::BabyBear));
    cycles_match_the_twin::<BabyBear>(&Model::unrolled(FieldId::BabyBear));
}

#[test]
fn unrolled_core_takes_a_state_a_cycle() {
    let model = Model::unrolled(FieldId::KoalaBear);
    let mut rng = Rng::new(SEED, 8);
    let mut job = Work::default();
    for _ in 0..5_000 {
        job.state::<KoalaBear>(Kind::Permute, &mut rng);
    }
    let answers = check(&model, &job, Pauses::default(), None)
        .unwrap_or_else(|difference| panic!("{difference}"));
    let cycles = answers.finished - answers.answered;
    let pace = cycles as f64 / (job.permutations - 1) as f64;
    println!("figure poseidon2.cycles_per_permutation {pace:.4}");
    assert_eq!(cycles, job.permutations as u64 - 1);
}

#[test]
fn unused_turns_are_counted_by_cause() {
    let model = Model::folded(FieldId::KoalaBear);
    let Model { folding, slots, .. } = model;
    let mut rng = Rng::new(SEED, 6);
    let lost = |job: &Work, pauses| {
        check(&model, job, pauses, None)
            .unwrap_or_else(|difference| panic!("{difference}"))
            .lost
    };
    // A row alone waits for itself: all but one turn of every chunk but the last.
    let chunks = 5;
    let mut row = Work::default();
    row.rows::<KoalaBear>(&[8 * chunks], 1, slots, &mut rng);
    let alone = lost(&row, Pauses::default());
    let turns = (chunks - 1) * (folding.in_flight() - 1);
    assert_eq!(
        (alone.slot_busy, alone.output_full),
        (turns as u64, 0),
        "{alone:?}"
    );
    let mut states = Work::default();
    for _ in 0..200 {
        states.state::<KoalaBear>(Kind::Permute, &mut rng);
    }
    let [_, _, rare, slow] = paces(&model);
    let starved = lost(&states, Pauses { output: 0, ..rare });
    assert!(starved.input_missing > 0, "{starved:?}");
    assert_eq!((starved.slot_busy, starved.output_full), (0, 0));
    let stalled = lost(&states, slow);
    assert!(stalled.output_full > 0, "{stalled:?}");
    assert_eq!(stalled.slot_busy, 0);
}

#[test]
fn word_that_is_no_element_is_refused() {
    let model = Model::folded(FieldId::KoalaBear);
    let slots = model.slots;
    let mut rng = Rng::new(SEED, 4);
    let p = FieldId::KoalaBear.modulus();
    for (kind, at) in [(Kind::Permute, 15), (Kind::Compress, 8), (Kind::Hash, 2)] {
        for word in [p, p + 1, 1 << 31, u32::MAX] {
            let mut job = Work::default();
            match kind {
                Kind::Hash => job.rows::<KoalaBear>(&[3], 1, slots, &mut rng),
                _ => job.state::<KoalaBear>(kind, &mut rng),
            }
            job.requests[0].data[at] = word;
            let difference = check(&model, &job, Pauses::default(), None);
            assert_eq!(
                difference.map(|_| ()),
                Err(format!("error: a word was refused (seed {SEED:#x})")),
                "{word:#x} as word {at} of {kind:?}"
            );
        }
    }
    // Beyond the words of a portion anything may lie.
    let mut job = Work::default();
    job.rows::<KoalaBear>(&[3], 1, slots, &mut rng);
    job.requests[0].data[3] = u32::MAX;
    check(&model, &job, Pauses::default(), None).expect("it is not looked at");
}

/// What a planted bug makes of the run that shows it.
fn symptom(plant: &Plant) -> Result<(), String> {
    let model = Model::folded(FieldId::KoalaBear);
    match plant.name {
        "poseidon2_unrolled_half" => {
            let model = Model::unrolled(FieldId::KoalaBear);
            let mut job = Work::default();
            job.state::<KoalaBear>(Kind::Permute, &mut Rng::new(SEED, 7));
            check(&model, &job, Pauses::default(), Some(plant)).map(|_| ())
        }
        "sponge_lax_check" => {
            // This one is asked to refuse.
            let mut job = Work::default();
            let mut rng = Rng::new(SEED, 5);
            job.state::<KoalaBear>(Kind::Permute, &mut rng);
            job.requests[0].data[4] = FieldId::KoalaBear.modulus();
            let answers = run(model.name, Some(plant), &job.requests, Pauses::default())
                .expect("the model runs");
            if answers.refused {
                Ok(())
            } else {
                Err("error: p was taken for an element".to_owned())
            }
        }
        _ => {
            let job = everything::<KoalaBear>(model.slots);
            paces(&model)
                .into_iter()
                .try_for_each(|pauses| check(&model, &job, pauses, Some(plant)).map(|_| ()))
        }
    }
}

#[test]
fn planted_bugs_are_caught_where_they_must_show() {
    all_are_caught("poseidon2", |plant| {
        let difference = symptom(plant).err()?;
        let field = difference.split(':').next()?.to_owned();
        Some((field, difference))
    });
}
