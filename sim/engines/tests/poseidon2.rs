//! poseidon2_sponge against Plonky3's permutation, sponge and compression, in both fields: values, order, cycles.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::plants::Plant;
use assay_engine_sim::sponge::{Answers, Kind, Lost, Pauses, Request, run};
use assay_engine_sim::{EngineError, Rng};
use assay_engines::field::{FieldId, Products};
use assay_engines::poseidon2::{
    self, Folding, Poseidon2Field, WIDTH, compress, hash_row, permutations, portions,
};
use common::all_are_caught;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

const SEED: u64 = 0x0505_e1d0_7002;

/// Requests, and the words that answer each that is answered.
#[derive(Default)]
struct Job {
    requests: Vec<Request>,
    expected: Vec<(u32, Vec<u32>)>,
    permutations: usize,
}

/// A model, with its parameters as `build/models.rs` has them.
struct Model {
    name: String,
    folding: Folding,
    slots: usize,
}

/// As small as it gets.
fn folded(field: FieldId) -> Model {
    let (share, slots) = match field {
        FieldId::KoalaBear => (1, 32),
        FieldId::BabyBear => (2, 64),
    };
    Model {
        name: format!("sponge_{}", field.name()),
        folding: Folding::new(field, Products::Three, 1, 1, share).expect("units divide rounds"),
        slots,
    }
}

/// A permutation a cycle.
fn unrolled(field: FieldId) -> Model {
    let products = match field {
        FieldId::KoalaBear => Products::Three,
        FieldId::BabyBear => Products::Four,
    };
    Model {
        name: format!("sponge_{}_unrolled", field.name()),
        folding: Folding::new(field, products, 8, field.partial_rounds(), 1).expect("all units"),
        slots: 1024,
    }
}

/// Words of memory, edges more often than chance has them.
fn draw<F: Poseidon2Field>(rng: &mut Rng) -> F {
    let word = match rng.between(0, 9) {
        0 => 0,
        1 => 1,
        2 => F::ORDER_U32 - 1,
        _ => rng.between(0, F::ORDER_U32 - 1),
    };
    F::from_word(word).expect("below p")
}

fn words<F: Poseidon2Field>(elements: &[F]) -> Vec<u32> {
    elements.iter().map(|it| it.to_word()).collect()
}

fn padded(words: &[u32]) -> [u32; WIDTH] {
    let mut data = [0; WIDTH];
    data[..words.len()].copy_from_slice(words);
    data
}

impl Job {
    fn state<F: Poseidon2Field>(&mut self, kind: Kind, rng: &mut Rng) {
        let state: [F; WIDTH] = std::array::from_fn(|_| draw(rng));
        let answer = if kind == Kind::Permute {
            words(&poseidon2::permute(state))
        } else {
            let half = |at: usize| std::array::from_fn(|i| state[at + i]);
            words(&compress(half(0), half(8)))
        };
        let tag = rng.draw() as u32;
        self.expected.push((tag, answer));
        self.permutations += 1;
        self.requests.push(Request {
            kind,
            first: false,
            last: false,
            words: 0,
            slot: 0,
            tag,
            data: padded(&words(&state)),
        });
    }

    /// Rows of matrices side by side, as many at once as there are slots.
    fn rows<F: Poseidon2Field>(
        &mut self,
        widths: &[usize],
        height: usize,
        slots: usize,
        rng: &mut Rng,
    ) {
        let rows: Vec<Vec<Vec<F>>> = (0..height)
            .map(|_| {
                let mut row = |width: &usize| (0..*width).map(|_| draw(rng)).collect();
                widths.iter().map(&mut row).collect()
            })
            .collect();
        for block in rows.chunks(slots) {
            for (index, portion) in portions(widths).iter().enumerate() {
                for (slot, row) in block.iter().enumerate() {
                    let tag = rng.draw() as u32;
                    let part = &row[portion.matrix][portion.column..][..portion.words];
                    self.requests.push(Request {
                        kind: Kind::Hash,
                        first: index == 0,
                        last: portion.last,
                        words: portion.words,
                        slot,
                        tag,
                        data: padded(&words(part)),
                    });
                    if portion.last {
                        self.expected.push((tag, words(&hash_row(&row.concat()))));
                    }
                }
            }
        }
        self.permutations += height * permutations(widths.iter().sum());
    }

    /// The first difference as text.
    fn compare(&self, answers: &Answers) -> Result<(), String> {
        if answers.refused {
            return Err("error: a word was refused".to_owned());
        }
        for (index, (tag, expected)) in self.expected.iter().enumerate() {
            let Some((got_tag, got)) = answers.results.get(index) else {
                return Err(format!("hang: {index} of {} results", self.expected.len()));
            };
            if got_tag != tag {
                return Err(format!(
                    "order: result {index} has tag {got_tag:#x}, not {tag:#x}"
                ));
            }
            if got[..expected.len()] != expected[..] {
                return Err(format!(
                    "value: result {index} is {got:08x?}, p3 says {expected:08x?} (seed {SEED:#x})"
                ));
            }
        }
        Ok(())
    }
}

fn everything<F: Poseidon2Field>(slots: usize) -> Job {
    let mut rng = Rng::new(SEED, F::ORDER_U32.into());
    let mut job = Job::default();
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
    job: &Job,
    pauses: Pauses,
    plant: Option<&Plant>,
) -> Result<Answers, String> {
    match run(&model.name, plant, &job.requests, pauses) {
        Ok(answers) => job.compare(&answers).map(|()| answers),
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
    matches_p3::<KoalaBear>(&folded(FieldId::KoalaBear));
}

#[test]
fn babybear_sponge_matches_p3() {
    matches_p3::<BabyBear>(&folded(FieldId::BabyBear));
}

#[test]
fn unrolled_koalabear_sponge_matches_p3() {
    matches_p3::<KoalaBear>(&unrolled(FieldId::KoalaBear));
}

#[test]
fn unrolled_babybear_sponge_matches_p3() {
    matches_p3::<BabyBear>(&unrolled(FieldId::BabyBear));
}

fn cycles_match_the_twin<F: Poseidon2Field>(model: &Model) {
    let &Model {
        ref name,
        folding,
        slots,
    } = model;
    let mut rng = Rng::new(SEED, 3);
    let mut states = Job::default();
    for _ in 0..300.max(3 * slots) {
        states.state::<F>(Kind::Permute, &mut rng);
    }
    let mut rows = Job::default();
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
    cycles_match_the_twin::<KoalaBear>(&folded(FieldId::KoalaBear));
    cycles_match_the_twin::<KoalaBear>(&unrolled(FieldId::KoalaBear));
}

#[test]
fn babybear_cycles_match_the_twin() {
    cycles_match_the_twin::<BabyBear>(&folded(FieldId::BabyBear));
    cycles_match_the_twin::<BabyBear>(&unrolled(FieldId::BabyBear));
}

#[test]
fn unrolled_core_takes_a_state_a_cycle() {
    let model = unrolled(FieldId::KoalaBear);
    let mut rng = Rng::new(SEED, 8);
    let mut job = Job::default();
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
    let model = folded(FieldId::KoalaBear);
    let Model { folding, slots, .. } = model;
    let mut rng = Rng::new(SEED, 6);
    let lost = |job: &Job, pauses| {
        check(&model, job, pauses, None)
            .unwrap_or_else(|difference| panic!("{difference}"))
            .lost
    };
    // A row alone waits for itself: all but one turn of every chunk but the last.
    let chunks = 5;
    let mut row = Job::default();
    row.rows::<KoalaBear>(&[8 * chunks], 1, slots, &mut rng);
    let alone = lost(&row, Pauses::default());
    let turns = (chunks - 1) * (folding.in_flight() - 1);
    assert_eq!(
        (alone.slot_busy, alone.output_full),
        (turns as u64, 0),
        "{alone:?}"
    );
    let mut states = Job::default();
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
    let model = folded(FieldId::KoalaBear);
    let slots = model.slots;
    let mut rng = Rng::new(SEED, 4);
    let p = FieldId::KoalaBear.modulus();
    for (kind, at) in [(Kind::Permute, 15), (Kind::Compress, 8), (Kind::Hash, 2)] {
        for word in [p, p + 1, 1 << 31, u32::MAX] {
            let mut job = Job::default();
            match kind {
                Kind::Hash => job.rows::<KoalaBear>(&[3], 1, slots, &mut rng),
                _ => job.state::<KoalaBear>(kind, &mut rng),
            }
            job.requests[0].data[at] = word;
            let difference = check(&model, &job, Pauses::default(), None);
            assert_eq!(
                difference.map(|_| ()),
                Err("error: a word was refused".to_owned()),
                "{word:#x} as word {at} of {kind:?}"
            );
        }
    }
    // Beyond the words of a portion anything may lie.
    let mut job = Job::default();
    job.rows::<KoalaBear>(&[3], 1, slots, &mut rng);
    job.requests[0].data[3] = u32::MAX;
    check(&model, &job, Pauses::default(), None).expect("it is not looked at");
}

/// What a planted bug makes of the run that shows it.
fn symptom(plant: &Plant) -> Result<(), String> {
    let model = folded(FieldId::KoalaBear);
    match plant.name {
        "poseidon2_unrolled_half" => {
            let model = unrolled(FieldId::KoalaBear);
            let mut job = Job::default();
            job.state::<KoalaBear>(Kind::Permute, &mut Rng::new(SEED, 7));
            check(&model, &job, Pauses::default(), Some(plant)).map(|_| ())
        }
        "sponge_lax_check" => {
            // This one is asked to refuse.
            let mut job = Job::default();
            let mut rng = Rng::new(SEED, 5);
            job.state::<KoalaBear>(Kind::Permute, &mut rng);
            job.requests[0].data[4] = FieldId::KoalaBear.modulus();
            let answers = run(&model.name, Some(plant), &job.requests, Pauses::default())
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
