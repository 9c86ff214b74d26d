//! The NTT engine on a memory: columns that fit, and the four-step method, against Plonky3 to the bit and the twin to the cycle.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::plants::Plant;
use assay_engine_sim::Rng;
use assay_engine_sim::ntt::{MemoryError, MemoryRun, NttOnMemory, Timing};
use assay_engines::field::{EngineField, Products};
use assay_engines::ntt::{Command, Job, Op, Shape, Split};
use common::all_are_caught;
use p3_baby_bear::BabyBear;
use p3_field::{Field, PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;

const SEED: u64 = 0x4e54_544d;

/// One of the models in `build/models.rs`.
#[derive(Clone, Copy)]
struct Build {
    name: &'static str,
    lanes: usize,
    log_max: usize,
    log_load: usize,
    log_store: usize,
}

/// As small as it gets: the four-step method from 2^5 on.
const BABYBEAR_4: Build = Build {
    name: "ntt_memory_babybear_4",
    lanes: 4,
    log_max: 4,
    log_load: 8,
    log_store: 9,
};

/// Columns up to 2^16 in the other field, on as few lanes as there can be.
const BABYBEAR_2: Build = Build {
    name: "ntt_memory_babybear_2",
    lanes: 2,
    log_max: 8,
    log_load: 12,
    log_store: 13,
};

/// As on a card: a beat is 64 bytes.
const KOALABEAR_16: Build = Build {
    name: "ntt_memory_koalabear_16",
    lanes: 16,
    log_max: 9,
    log_load: 13,
    log_store: 14,
};

/// Nothing comes when it is expected.
const RANDOM: Timing = Timing {
    latency: 9,
    jitter: 60,
    buffer: 24,
    pauses: 30,
    hbm: false,
};

impl Build {
    fn shape<F: EngineField>(self) -> Shape {
        Shape {
            field: F::ID,
            products: Products::Four,
            lanes: self.lanes,
            log_max: self.log_max,
            log_load: self.log_load,
            log_store: self.log_store,
        }
    }

    fn engine<F: EngineField>(self, plant: Option<&Plant>) -> NttOnMemory {
        NttOnMemory::new(self.name, self.shape::<F>(), plant).expect("the model is built")
    }

    /// The matrix at 0, then its result, then as much again.
    fn command<F: EngineField>(self, op: Op, log_n: usize, width: usize, shift: F) -> Command<F> {
        let job = Job {
            op,
            log_n,
            width,
            in_reversed: false,
            out_natural: false,
            shift,
        };
        let beats = (job.panels(&self.shape::<F>()) << (log_n - 1)) as u64;
        let result = beats << job.log_blocks();
        Command {
            job,
            source: 0,
            destination: result,
            scratch: 2 * result,
            by_rows: None,
        }
    }
}

fn matrix<F: EngineField>(rng: &mut Rng, job: &Job<F>) -> RowMajorMatrix<F> {
    let mut draw = || F::from_u32(rng.between(0, F::ORDER_U32 - 1));
    let values = (0..job.width << job.log_n).map(|_| draw()).collect();
    RowMajorMatrix::new(values, job.width)
}

const OPS: [Op; 5] = [
    Op::Forward,
    Op::Inverse,
    Op::Lde { log_blowup: 0 },
    Op::Lde { log_blowup: 1 },
    Op::Lde { log_blowup: 2 },
];

/// What an engine of that shape takes at most.
fn longest(build: Build) -> usize {
    let first = build.log_load.min(build.log_store) - 4;
    build.log_max + first.min(build.log_max)
}

/// One command with a matrix from the generator; on a memory that answers at once the cycles are the twin's.
fn run<F: EngineField>(
    engine: &mut NttOnMemory,
    rng: &mut Rng,
    command: &Command<F>,
    timing: Timing,
) -> Result<MemoryRun, MemoryError> {
    let matrix = matrix(rng, &command.job);
    let run = engine.run(command, &matrix, timing, rng.draw())?;
    let split = command.split(engine.shape()).expect("it was done");
    if split != Split::OnChip {
        assert!(run.shortest >= 8, "{:?}: {run:?}", command.job);
    }
    if timing.pauses == 0 && !timing.hbm {
        let twin = command.cycles(engine.shape()).expect("it was done");
        assert_eq!(
            run.cycles, twin.total as u64,
            "{:?}, {split:?}",
            command.job
        );
    }
    Ok(run)
}

/// Every operation at these sizes, for these widths.
fn matches<F: EngineField>(
    build: Build,
    sizes: impl Iterator<Item = usize>,
    ops: &[Op],
    widths: &[usize],
    timing: Timing,
) {
    let mut rng = Rng::new(SEED, 0);
    let mut engine = build.engine::<F>(None);
    let (mut commands, mut beats, mut cycles) = (0, 0, 0);
    for log_n in sizes {
        for &op in ops {
            for &width in widths {
                let shift = F::from_u32(rng.between(1, F::ORDER_U32 - 1));
                let command = build.command::<F>(op, log_n, width, shift);
                let run = run(&mut engine, &mut rng, &command, timing).unwrap_or_else(|error| {
                    let split = command.split(&build.shape::<F>());
                    panic!("{:?}, {split:?}, {timing:?}: {error}", command.job)
                });
                commands += 1;
                beats += run.read;
                cycles += run.cycles;
            }
        }
    }
    println!(
        "{}: matched {commands} commands, {} elements read, {cycles} cycles, {timing:?}",
        build.name,
        beats * build.lanes as u64,
    );
}

#[test]
fn small_four_step_matches_p3_and_the_twin() {
    let sizes = 1..=longest(BABYBEAR_4);
    matches::<BabyBear>(BABYBEAR_4, sizes, &OPS, &[1, 5], Timing::READY);
}

#[test]
fn small_four_step_matches_p3_whenever_the_memory_answers() {
    for widths in [[2, 5], [4, 1], [3, 7]] {
        let sizes = 1..=longest(BABYBEAR_4);
        matches::<BabyBear>(BABYBEAR_4, sizes, &OPS, &widths, RANDOM);
    }
}

#[test]
fn four_step_of_2_13_to_2_16_matches_p3_and_the_twin() {
    let both = [Op::Forward, Op::Inverse];
    matches::<KoalaBear>(KOALABEAR_16, 13..=16, &both, &[8], Timing::READY);
    matches::<KoalaBear>(KOALABEAR_16, 13..=13, &OPS, &[11], RANDOM);
    let extension = [Op::Lde { log_blowup: 1 }];
    matches::<KoalaBear>(KOALABEAR_16, 14..=14, &extension, &[5], Timing::READY);
}

#[test]
fn four_step_of_2_9_to_2_16_in_babybear_matches_p3_and_the_twin() {
    let both = [Op::Forward, Op::Inverse];
    matches::<BabyBear>(BABYBEAR_2, 1..=12, &OPS, &[3], Timing::READY);
    matches::<BabyBear>(BABYBEAR_2, 13..=16, &both, &[1], Timing::READY);
    matches::<BabyBear>(BABYBEAR_2, 10..=13, &OPS, &[2], RANDOM);
    let extension = [Op::Lde { log_blowup: 1 }];
    matches::<BabyBear>(BABYBEAR_2, 16..=16, &extension, &[1], RANDOM);
}

/// Which part of the lanes' cycles is used.
fn utilisation(op: Op, log_n: usize, width: usize, timing: Timing) -> f64 {
    let build = KOALABEAR_16;
    let mut rng = Rng::new(SEED, 1);
    let mut engine = build.engine::<KoalaBear>(None);
    let command = build.command(op, log_n, width, KoalaBear::ONE);
    let run = run(&mut engine, &mut rng, &command, timing).expect("it runs");
    let ideal = command.cycles(engine.shape()).expect("it is done").ideal;
    let used = ideal as f64 / run.cycles as f64;
    println!(
        "{op:?} of {width} columns of 2^{log_n} on {} lanes: {} cycles, ideal {ideal}, {:.1} %, {run:?}, {timing:?}",
        build.lanes,
        run.cycles,
        100.0 * used,
    );
    used
}

#[test]
fn four_step_of_2_16_uses_its_lanes_on_high_bandwidth_memory() {
    let used = utilisation(Op::Forward, 16, 16, Timing::HBM);
    assert!(used >= 0.85, "{used}");
    println!("figure ntt.utilisation.2^16 {used:.4}");
}

#[test]
fn long_columns_match_p3_in_the_slow_suite() {
    if std::env::var_os("ASSAY_SLOW").is_none() {
        println!("skipped: ASSAY_SLOW is not set");
        return;
    }
    matches::<KoalaBear>(KOALABEAR_16, 15..=16, &OPS, &[20], RANDOM);
    matches::<KoalaBear>(KOALABEAR_16, 17..=18, &OPS[..2], &[8], Timing::READY);
    for op in OPS {
        utilisation(op, 16, 16, Timing::HBM);
        utilisation(op, 18, 16, Timing::HBM);
    }
}

#[test]
fn commands_that_cannot_be_done_are_refused() {
    let build = BABYBEAR_4;
    let mut rng = Rng::new(SEED, 2);
    let mut engine = build.engine::<BabyBear>(None);
    let good = build.command(Op::Forward, 6, 3, BabyBear::GENERATOR);
    let with = |change: fn(&mut Command<BabyBear>)| {
        let mut command = good;
        change(&mut command);
        command
    };
    for command in [
        with(|it| it.job.log_n = 9),
        with(|it| it.job.log_n = 0),
        with(|it| it.job.in_reversed = true),
        with(|it| it.job.out_natural = true),
        with(|it| it.job.op = Op::Lde { log_blowup: 5 }),
    ] {
        command
            .split(&build.shape::<BabyBear>())
            .expect_err("the twin refuses it");
        let error = engine
            .run_words(&command, &[], &[], Timing::READY, SEED)
            .expect_err("refused");
        assert!(matches!(error, MemoryError::Refused), "{error}");
        run(&mut engine, &mut rng, &good, Timing::READY).expect("a good one still runs");
    }
    println!("refused 5 commands");
}

#[test]
fn words_at_or_above_p_are_marked() {
    let build = BABYBEAR_4;
    let mut rng = Rng::new(SEED, 3);
    let mut engine = build.engine::<BabyBear>(None);
    let shape = build.shape::<BabyBear>();
    let mut marked = 0;
    for op in OPS {
        let command = build.command(op, 6, 3, BabyBear::GENERATOR);
        let mut words = command.job.beats(&shape, &matrix(&mut rng, &command.job));
        let room = vec![0; words.len() << command.job.log_blocks()];
        for at in [0, 77] {
            let word = std::mem::replace(&mut words[at], BabyBear::ORDER_U32);
            let error = engine
                .run_words(&command, &words, &room, RANDOM, SEED)
                .expect_err("marked");
            assert!(matches!(error, MemoryError::Bad), "{error}");
            words[at] = word;
            marked += 1;
        }
        run(&mut engine, &mut rng, &command, Timing::READY).expect("the next one is not marked");
    }
    println!("marked {marked} commands with a word at or above p");
}

/// Runs what shows any of the planted bugs; the first thing that is wrong.
fn exercise(plant: Option<&Plant>) -> Result<(), MemoryError> {
    let mut rng = Rng::new(SEED, 4);
    let mut engine = BABYBEAR_4.engine::<BabyBear>(plant);
    for timing in [Timing::READY, RANDOM] {
        for op in OPS {
            let command = BABYBEAR_4.command(op, 8, 3, BabyBear::GENERATOR);
            let matrix = matrix(&mut rng, &command.job);
            engine.run(&command, &matrix, timing, SEED)?;
        }
    }
    Ok(())
}

#[test]
fn every_planted_bug_is_caught() {
    exercise(None).expect("without a bug nothing is wrong");
    all_are_caught("ntt_memory", |plant| {
        let error = exercise(Some(plant)).err()?;
        Some((error.field().to_owned(), error.to_string()))
    });
}
