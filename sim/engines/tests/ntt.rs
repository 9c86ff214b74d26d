//! The NTT engine of `rtl/ntt` against Plonky3, to the bit, and against the twin, to the cycle.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::plants::Plant;
use assay_engine_sim::Rng;
use assay_engine_sim::ntt::{NttEngine, NttError, Pressure, Work};
use assay_engines::field::{EngineField, Products};
use assay_engines::ntt::{Job, JobError, Op, Shape};
use common::all_are_caught;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;

const SEED: u64 = 0x4e54_5400;

/// One of the models in `build/models.rs`.
#[derive(Clone, Copy)]
struct Build {
    name: &'static str,
    lanes: usize,
    log_max: usize,
}

const KOALABEAR_2: Build = Build {
    name: "ntt_koalabear_2",
    lanes: 2,
    log_max: 12,
};
const BABYBEAR_4: Build = Build {
    name: "ntt_babybear_4",
    lanes: 4,
    log_max: 7,
};
const KOALABEAR_8: Build = Build {
    name: "ntt_koalabear_8",
    lanes: 8,
    log_max: 4,
};
const BABYBEAR_16: Build = Build {
    name: "ntt_babybear_16",
    lanes: 16,
    log_max: 4,
};

impl Build {
    fn shape<F: EngineField>(self) -> Shape {
        Shape {
            field: F::ID,
            products: Products::Four,
            lanes: self.lanes,
            log_max: self.log_max,
            log_load: self.log_max,
            log_store: self.log_max + 1,
        }
    }

    fn engine<F: EngineField>(self, plant: Option<&Plant>) -> NttEngine {
        NttEngine::new(self.name, self.shape::<F>(), plant, None).expect("the model is built")
    }
}

fn work<F: EngineField>(rng: &mut Rng, job: Job<F>) -> Work<F> {
    let mut draw = || F::from_u32(rng.between(0, F::ORDER_U32 - 1));
    let values = (0..job.width << job.log_n).map(|_| draw()).collect();
    Work {
        matrix: RowMajorMatrix::new(values, job.width),
        job,
    }
}

fn job<F: EngineField>(op: Op, log_n: usize, width: usize) -> Job<F> {
    Job {
        op,
        log_n,
        width,
        in_reversed: false,
        out_natural: false,
        shift: F::GENERATOR,
    }
}

const OPS: [Op; 4] = [
    Op::Forward,
    Op::Inverse,
    Op::Lde { log_blowup: 1 },
    Op::Lde { log_blowup: 2 },
];

/// Every operation in every order of rows, at every size, for a few widths: values as Plonky3's, cycles as the twin's.
fn every_size_matches<F: EngineField>(build: Build) {
    let mut rng = Rng::new(SEED, 0);
    let mut engine = build.engine::<F>(None);
    let (mut jobs, mut elements, mut cycles) = (0, 0, 0);
    for log_n in 1..=build.log_max {
        for op in OPS {
            for order in 0..4 {
                let (in_reversed, out_natural) = (order & 1 != 0, order & 2 != 0);
                if out_natural && matches!(op, Op::Lde { .. }) {
                    continue;
                }
                // One column group, and some; the long ones cost time.
                let groups = if log_n > 9 {
                    1 + order % 2
                } else {
                    1 + 2 * order
                };
                for width in [1, groups * build.lanes / 2] {
                    let work = work(
                        &mut rng,
                        Job {
                            in_reversed,
                            out_natural,
                            ..job::<F>(op, log_n, width)
                        },
                    );
                    let (run, _) = engine.run_timed(&work).unwrap_or_else(|error| {
                        panic!("{}: {:?}: {error} (seed {SEED:#x})", build.name, work.job)
                    });
                    jobs += 1;
                    elements += run.beats * build.lanes as u64;
                    cycles += run.cycles;
                }
            }
        }
    }
    println!(
        "{}: matched {elements} elements of {jobs} jobs, 2^1 to 2^{}, and the twin's count of {cycles} cycles",
        build.name, build.log_max
    );
}

/// Every width from 1 to 300.
fn every_width_matches<F: EngineField>(build: Build) {
    let mut rng = Rng::new(SEED, 1);
    let mut engine = build.engine::<F>(None);
    let mut elements = 0;
    for width in 1..=300 {
        let op = OPS[width % OPS.len()];
        let log_n = 1 + width % 4;
        let work = work(&mut rng, job::<F>(op, log_n, width));
        let (run, _) = engine.run_timed(&work).unwrap_or_else(|error| {
            panic!("{}: {:?}: {error} (seed {SEED:#x})", build.name, work.job)
        });
        elements += run.beats * build.lanes as u64;
    }
    println!("{}: matched {elements} elements of 300 widths", build.name);
}

/// A queue of jobs of random kinds and sizes, with pauses at both ends.
fn random_jobs<F: EngineField>(rng: &mut Rng, count: usize, longest: u32) -> Vec<Work<F>> {
    (0..count)
        .map(|_| {
            let op = OPS[rng.between(0, 3) as usize];
            let natural = rng.chance(0x8000) && !matches!(op, Op::Lde { .. });
            let drawn = Job {
                in_reversed: rng.chance(0x8000),
                out_natural: natural,
                shift: F::from_u32(rng.between(1, F::ORDER_U32 - 1)),
                ..job::<F>(
                    op,
                    rng.between(1, longest) as usize,
                    rng.between(1, 12) as usize,
                )
            };
            work(rng, drawn)
        })
        .collect()
}

fn pressure_changes_nothing<F: EngineField>(build: Build) {
    let mut rng = Rng::new(SEED, 2);
    let mut engine = build.engine::<F>(None);
    let (mut jobs, mut elements) = (0, 0);
    for (round, (source, sink)) in [(0, 0), (50, 0), (0, 50), (30, 30), (90, 10), (10, 90)]
        .into_iter()
        .cycle()
        .take(18)
        .enumerate()
    {
        let works = random_jobs::<F>(&mut rng, 8, build.log_max.min(7) as u32);
        let pressure = Pressure {
            source,
            sink,
            seed: SEED + round as u64,
        };
        let run = engine.run(&works, pressure).unwrap_or_else(|error| {
            let list: Vec<_> = works.iter().map(|work| work.job).collect();
            panic!("{}: {list:?}, {pressure:?}: {error}", build.name)
        });
        jobs += works.len();
        elements += run.beats * build.lanes as u64;
    }
    println!(
        "{}: matched {elements} elements of {jobs} jobs under back-pressure on both sides",
        build.name
    );
}

#[test]
fn koalabear_on_two_lanes_matches_p3_and_the_twin() {
    every_size_matches::<KoalaBear>(KOALABEAR_2);
    every_width_matches::<KoalaBear>(KOALABEAR_2);
    pressure_changes_nothing::<KoalaBear>(KOALABEAR_2);
}

#[test]
fn babybear_on_four_lanes_matches_p3_and_the_twin() {
    every_size_matches::<BabyBear>(BABYBEAR_4);
    every_width_matches::<BabyBear>(BABYBEAR_4);
    pressure_changes_nothing::<BabyBear>(BABYBEAR_4);
}

#[test]
fn koalabear_on_eight_lanes_matches_p3_and_the_twin() {
    every_size_matches::<KoalaBear>(KOALABEAR_8);
    every_width_matches::<KoalaBear>(KOALABEAR_8);
    pressure_changes_nothing::<KoalaBear>(KOALABEAR_8);
}

#[test]
fn babybear_on_sixteen_lanes_matches_p3_and_the_twin() {
    every_size_matches::<BabyBear>(BABYBEAR_16);
    every_width_matches::<BabyBear>(BABYBEAR_16);
    pressure_changes_nothing::<BabyBear>(BABYBEAR_16);
}

#[test]
fn ten_column_groups_use_nine_tenths_of_the_lanes() {
    let mut rng = Rng::new(SEED, 3);
    let build = KOALABEAR_2;
    let mut engine = build.engine::<KoalaBear>(None);
    for op in [Op::Forward, Op::Inverse] {
        let work = work(&mut rng, job::<KoalaBear>(op, 12, 10 * build.lanes));
        let (run, cycles) = engine.run_timed(&work).expect("it runs");
        let used = cycles.ideal as f64 / run.cycles as f64;
        println!(
            "{op:?} of {} columns of 2^12 on {} lanes: {} cycles, ideal {}, {:.1} %, {:?}",
            work.job.width,
            build.lanes,
            run.cycles,
            cycles.ideal,
            100.0 * used,
            run.stalls
        );
        assert!(used >= 0.9, "{used}");
        if op == Op::Forward {
            println!("figure ntt.utilisation.2^12 {used:.4}");
        }
        // The load RAM holds two of the longest columns, and a place in it is free some cycles after it was read.
        let pairs = work.job.width as u64 / 2;
        assert!(run.gaps <= 8 * pairs, "{} cycles between columns", run.gaps);
    }
}

#[test]
fn jobs_of_one_size_follow_each_other_closely() {
    let mut rng = Rng::new(SEED, 4);
    let mut engine = KOALABEAR_2.engine::<KoalaBear>(None);
    let works: Vec<_> = [
        Op::Forward,
        Op::Inverse,
        Op::Inverse,
        Op::Forward,
        Op::Forward,
    ]
    .into_iter()
    .map(|op| work(&mut rng, job::<KoalaBear>(op, 9, 4)))
    .collect();
    let run = engine.run(&works, Pressure::default()).expect("it runs");
    println!(
        "{} jobs of 4 columns of 2^9: {} beats in {} cycles, gaps {}, {:?}",
        works.len(),
        run.beats,
        run.cycles,
        run.gaps,
        run.stalls
    );
    // The loader takes a job when it is done with the one before.
    assert!(run.gaps <= 3 * (works.len() as u64 - 1));
}

#[test]
fn jobs_that_cannot_be_done_are_refused() {
    let shape = BABYBEAR_4.shape::<BabyBear>();
    let mut engine = BABYBEAR_4.engine::<BabyBear>(None);
    let good = job::<BabyBear>(Op::Forward, 3, 5);
    for (job, why) in [
        (job::<BabyBear>(Op::Forward, 0, 5), "length"),
        (job(Op::Inverse, 8, 5), "length"),
        (job(Op::Forward, 3, 0), "empty"),
        (
            Job {
                out_natural: true,
                ..job(Op::Lde { log_blowup: 1 }, 3, 5)
            },
            "order",
        ),
    ] {
        let error = job.check(&shape).expect_err("the twin refuses it");
        let named = match error {
            JobError::Length { .. } => "length",
            JobError::Empty => "empty",
            JobError::Order => "order",
            _ => "another",
        };
        assert_eq!(named, why, "{error}");
        engine.offer(job.words(&shape), true).expect("refused");
    }
    // Words that no twin writes: a shift that is no element, an operation that there is none of.
    let mut words = good.words(&shape);
    words[0] |= 0x7fff_ffff;
    engine.offer(words, true).expect("refused");
    good.check(&shape).expect("the twin takes it");
    let mut rng = Rng::new(SEED, 5);
    engine
        .run(&[work(&mut rng, good)], Pressure::default())
        .expect("a good one still runs");
}

#[test]
fn words_at_or_above_p_are_marked() {
    let mut rng = Rng::new(SEED, 6);
    let mut engine = BABYBEAR_4.engine::<BabyBear>(None);
    let p = BabyBear::ID.modulus();
    let mut marked = 0;
    for word in [p, p + 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        for at in 0..16 {
            let work = work(&mut rng, job::<BabyBear>(Op::Inverse, 3, 4));
            engine.run_with_word(&work, at, word).expect("it is marked");
            marked += 1;
            // The job behind it is not.
            engine.run(&[work], Pressure::default()).expect("unmarked");
        }
    }
    println!("marked {marked} jobs with a word at or above p");
}

/// Runs what shows any of the planted bugs; the first thing that is wrong.
fn exercise(plant: Option<&Plant>) -> Result<(), NttError> {
    let mut rng = Rng::new(SEED, 7);
    let mut engine = BABYBEAR_4.engine::<BabyBear>(plant);
    for (log_n, width) in [(5, 6), (7, 8)] {
        for op in OPS {
            let natural = matches!(op, Op::Inverse);
            let drawn = Job {
                out_natural: natural,
                ..job::<BabyBear>(op, log_n, width)
            };
            engine.run_timed(&work(&mut rng, drawn))?;
        }
    }
    let bad = work(&mut rng, job::<BabyBear>(Op::Forward, 3, 4));
    engine.run_with_word(&bad, 5, BabyBear::ID.modulus())?;
    for (source, sink) in [(0, 60), (40, 40)] {
        let works = random_jobs::<BabyBear>(&mut rng, 12, 7);
        let seed = SEED;
        engine.run(&works, Pressure { source, sink, seed })?;
    }
    Ok(())
}

#[test]
fn every_planted_bug_is_caught() {
    exercise(None).expect("without a bug nothing is wrong");
    all_are_caught("ntt", |plant| {
        let error = exercise(Some(plant)).err()?;
        Some((error.field().to_owned(), error.to_string()))
    });
}
