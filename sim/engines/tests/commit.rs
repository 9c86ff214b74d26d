//! assay_commit: an extension and the tree over it at once, against Plonky3 to the bit and the twin to the cycle; refusals, planted bugs.
#![cfg(feature = "verilator")]

mod common;

use assay_abi::plants::Plant;
use assay_engine_sim::Rng;
use assay_engine_sim::commit::{CommitEngine, Committed, Request};
use assay_engine_sim::merkle::{Job as Tree, World};
use assay_engine_sim::ntt::{MemoryError, Timing};
use assay_engines::commit::Machine;
use assay_engines::field::{EngineField, Products};
use assay_engines::merkle::{self, Latencies, beats};
use assay_engines::ntt::{Command, Job, Op, Shape, Split};
use assay_engines::poseidon2::{Folding, Poseidon2Field};
use common::all_are_caught;
use p3_baby_bear::BabyBear;
use p3_field::Field;
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;

const SEED: u64 = 0x434f_4d4d;

/// One of the models in `build/models.rs`.
struct Model {
    name: &'static str,
    machine: Machine,
}

/// As small as it gets: columns are split from 2^5 on, blocks have up to 2^7 rows.
fn small() -> Model {
    model::<BabyBear>("commit_babybear_4", (4, 4, 8, 9), (1, 1, 2), 128, 128, 64)
}

/// As on a card: 16 lanes, a permutation a cycle, blocks of up to 2^13 rows.
fn large() -> Model {
    model::<KoalaBear>(
        "commit_koalabear_16",
        (16, 12, 13, 14),
        (8, 20, 1),
        8192,
        1024,
        256,
    )
}

fn model<F: Poseidon2Field>(
    name: &'static str,
    (lanes, log_max, log_load, log_store): (usize, usize, usize, usize),
    (full, partial, share): (usize, usize, usize),
    slots: usize,
    out_depth: usize,
    depth: usize,
) -> Model {
    let products = if share == 1 {
        Products::Four
    } else {
        Products::Three
    };
    let ntt = Shape {
        field: F::ID,
        products,
        lanes,
        log_max,
        log_load,
        log_store,
    };
    let folding = Folding::new(F::ID, products, full, partial, share).expect("units divide rounds");
    let merkle = merkle::Machine {
        folding,
        slots,
        out_depth,
        read_depth: depth,
        write_depth: depth,
    };
    let machine = Machine { ntt, merkle };
    Model { name, machine }
}

/// A command on a matrix, and what must come of it.
struct Case<F> {
    command: Command<F>,
    memory: Vec<u32>,
    words: Vec<u32>,
    /// The matrix that comes out.
    rows: RowMajorMatrix<F>,
    /// The tree, without beats: the command makes its rows.
    tree: Tree,
    shape: merkle::Shape,
    /// Address and words of every digest.
    digests: Vec<(usize, Vec<u32>)>,
}

impl Model {
    fn engine(&self, plant: Option<&Plant>) -> CommitEngine {
        let Shape { lanes, log_max, .. } = self.machine.ntt;
        CommitEngine::new(self.name, lanes, log_max, plant).expect("the model is built")
    }

    /// Source, destination and scratch lie in this order.
    fn command<F: Poseidon2Field>(
        &self,
        op: Op,
        log_n: usize,
        width: usize,
        shift: F,
    ) -> Command<F> {
        let job = Job {
            op,
            log_n,
            width,
            in_reversed: false,
            out_natural: false,
            shift,
        };
        let beats = (job.panels(&self.machine.ntt) << (log_n - 1)) as u64;
        let result = beats << job.log_blocks();
        Command {
            job,
            source: 0,
            destination: result,
            scratch: 2 * result,
            by_rows: Some(self.machine.log_slots()),
        }
    }

    fn case<F: Poseidon2Field>(&self, rng: &mut Rng, command: Command<F>) -> Case<F> {
        let job = &command.job;
        let mut draw = || F::from_u32(rng.between(0, F::ORDER_U32 - 1));
        let values = (0..job.width << job.log_n).map(|_| draw()).collect();
        let matrix = RowMajorMatrix::new(values, job.width);
        let lanes = self.machine.ntt.lanes;
        let input = job.beats(&self.machine.ntt, &matrix);
        let expected = self
            .machine
            .expected(&command, matrix)
            .expect("it is taken");
        let end = command.scratch as usize * lanes + expected.words.len();
        let mut memory = vec![u32::MAX; end];
        memory[..input.len()].copy_from_slice(&input);
        let (tree, _) = Tree::new(&expected.shape, Vec::new(), 0);
        let mut digests = Vec::new();
        for (layer, address) in expected.layers.iter().zip(expected.shape.addresses()) {
            for (node, digest) in layer.iter().enumerate() {
                let words = digest.iter().map(|it| it.to_word()).collect();
                digests.push((address + node, words));
            }
        }
        Case {
            command,
            rows: expected.rows,
            memory,
            words: expected.words,
            tree,
            shape: expected.shape,
            digests,
        }
    }
}

impl<F: Poseidon2Field> Case<F> {
    /// Runs it and compares every word and digest.
    fn run(
        &self,
        model: &Model,
        engine: &mut CommitEngine,
        timing: Timing,
        world: World,
    ) -> Result<Committed, String> {
        let text = |error: MemoryError| format!("{}: {error}", error.field());
        let committed = engine
            .run(Request {
                commands: &[self.command.words(&model.machine.ntt)],
                memory: self.memory.clone(),
                timing,
                trees: std::slice::from_ref(&self.tree),
                world,
            })
            .map_err(text)?;
        let outcome = &committed.outcome;
        if outcome.error || !outcome.refused.is_empty() {
            return Err("error: rows or the tree are refused".to_owned());
        }
        let at = self.command.destination as usize * model.machine.ntt.lanes;
        let found = &committed.memory[at..at + self.words.len()];
        if let Some(word) = (0..found.len()).find(|&it| found[it] != self.words[it]) {
            return Err(format!(
                "value: word {word} is {}, p3 says {}",
                found[word], self.words[word]
            ));
        }
        for (address, words) in &self.digests {
            let got = outcome.memory.get(*address).copied().flatten();
            if got.is_none_or(|got| got[..] != words[..]) {
                return Err(format!(
                    "value: digest {address} is {got:08x?}, p3 says {words:08x?}"
                ));
            }
        }
        if outcome.writes != self.digests.len() {
            return Err(format!("order: {} digests written", outcome.writes));
        }
        Ok(committed)
    }
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

/// Memories that answer when they like, and take things when they like; a hasher that is often not ready, a memory that is often not.
fn worlds() -> [(Timing, World); 3] {
    let timing = |latency, jitter, buffer, pauses| Timing {
        latency,
        jitter,
        buffer,
        pauses,
        hbm: false,
    };
    let world = |reads, writes, read_latency, write_latency| World {
        reads,
        writes,
        read_latency,
        write_latency,
        ..steady(1, 1)
    };
    [
        (
            timing(9, 60, 24, 30),
            world(20_000, 20_000, (40, 130), (20, 90)),
        ),
        (timing(1, 0, 8, 85), world(0, 0, (1, 9), (1, 9))),
        (
            timing(40, 9, 64, 0),
            world(5_000, 62_000, (100, 400), (200, 500)),
        ),
    ]
}

/// Extensions of columns that fit and of such that are split, and plain transforms of what is one block.
fn operations(log_n: usize, log_max: usize, log_slots: usize) -> Vec<Op> {
    let mut ops: Vec<_> = (0..3)
        .filter(|log_blowup| log_n > log_max || log_n + log_blowup <= log_slots)
        .map(|log_blowup| Op::Lde { log_blowup })
        .collect();
    if log_n <= log_max {
        ops.extend([Op::Forward, Op::Inverse]);
    }
    ops
}

#[test]
fn small_commitments_match_p3_and_the_twin() {
    let model = small();
    let mut engine = model.engine(None);
    let mut rng = Rng::new(SEED, 0);
    let (mut cases, mut rows, mut split) = (0, 0, 0);
    for log_n in 1..=7 {
        for op in operations(log_n, 4, 7) {
            for width in [1, 5, 8, 19] {
                let command = model.command(op, log_n, width, BabyBear::GENERATOR);
                let case = model.case(&mut rng, command);
                let (read, write) = (31, 17);
                let start = engine.clock();
                let run = case
                    .run(&model, &mut engine, Timing::READY, steady(read, write))
                    .unwrap_or_else(|error| panic!("{command:?}: {error}"));
                let latencies = Latencies {
                    read: read.into(),
                    write: write.into(),
                };
                let twin = model
                    .machine
                    .cycles(&command, &case.shape, latencies, start)
                    .expect("it was done");
                let done = run.outcome.done[0] - start;
                // Groups of so few elements wait for their powers: rows lack now and then.
                let ntt = command.cycles(&model.machine.ntt).expect("it was done");
                assert!(
                    (twin.done..twin.done + ntt.total as u64).contains(&done),
                    "{command:?}: {done}, {twin:?}, {ntt:?}"
                );
                cases += 1;
                rows += case.shape.rows();
                split += usize::from(command.split(&model.machine.ntt) != Ok(Split::OnChip));
            }
        }
    }
    println!(
        "matched {cases} commitments of {rows} rows on {}, {split} of split columns",
        model.name
    );
}

#[test]
fn small_commitments_match_p3_whenever_memory_answers() {
    let model = small();
    let mut engine = model.engine(None);
    let mut rng = Rng::new(SEED, 1);
    let mut rows = 0;
    for (timing, world) in worlds() {
        for log_n in 1..=7 {
            for op in operations(log_n, 4, 7) {
                let width = rng.between(1, 11) as usize;
                let command = model.command(op, log_n, width, BabyBear::GENERATOR);
                let case = model.case(&mut rng, command);
                case.run(&model, &mut engine, timing, world)
                    .unwrap_or_else(|error| panic!("{command:?}, {timing:?}, {world:?}: {error}"));
                rows += case.shape.rows();
            }
        }
    }
    println!(
        "matched {rows} rows of commitments in {} worlds",
        worlds().len()
    );
}

/// One commitment on the large model, on memories like a card's: the cycles of both at once, and what the twin says.
fn at_once(engine: &mut CommitEngine, model: &Model, case: &Case<KoalaBear>) -> (u64, u64) {
    let (read, write) = (120, 90);
    let start = engine.clock();
    let run = case
        .run(model, engine, Timing::READY, steady(read, write))
        .unwrap_or_else(|error| panic!("{error}"));
    let latencies = Latencies {
        read: read.into(),
        write: write.into(),
    };
    let twin = model
        .machine
        .cycles(&case.command, &case.shape, latencies, start)
        .expect("it was done");
    let done = run.outcome.done[0] - start;
    println!(
        "{} rows of {} columns at once: {done} cycles, the twin says {twin:?}; {:?}",
        case.shape.rows(),
        case.command.job.width,
        run.outcome.lost
    );
    (done, twin.done)
}

/// The same one after the other on the same engine: the extension, and then the tree whose rows never lack.
fn apart(engine: &mut CommitEngine, model: &Model, case: &Case<KoalaBear>) -> (u64, u64) {
    let command = Command {
        by_rows: None,
        ..case.command
    };
    let mut run = |commands: &[[u32; 6]], trees: &[Tree]| {
        engine
            .run(Request {
                commands,
                memory: case.memory.clone(),
                timing: Timing::READY,
                trees,
                world: steady(120, 90),
            })
            .expect("it runs")
    };
    let extension = run(&[command.words(&model.machine.ntt)], &[]);
    let at = case.command.destination as usize * model.machine.ntt.lanes;
    assert!(extension.memory[at..at + case.words.len()] == case.words[..]);
    let beats = beats(std::slice::from_ref(&case.rows), model.machine.merkle.slots);
    let tree = Tree {
        beats: beats.expect("a tree"),
        ..case.tree.clone()
    };
    let hashing = run(&[], std::slice::from_ref(&tree));
    let memory = &hashing.outcome.memory;
    for (address, words) in &case.digests {
        assert_eq!(memory[*address].expect("it was written")[..], words[..]);
    }
    (extension.runs[0].cycles, hashing.cycles)
}

fn both_ways(sizes: &[(usize, usize, usize)]) -> Vec<f64> {
    let model = large();
    let mut engine = model.engine(None);
    let mut rng = Rng::new(SEED, 2);
    let mut ratio = |&(log_n, log_blowup, width): &(usize, usize, usize)| {
        let op = Op::Lde { log_blowup };
        let command = model.command(op, log_n, width, KoalaBear::GENERATOR);
        let case = model.case(&mut rng, command);
        let (done, twin) = at_once(&mut engine, &model, &case);
        // Of columns that are split groups are short, and wait for their powers now and then.
        let split = command.split(&model.machine.ntt) != Ok(Split::OnChip);
        let most = twin + if split { twin / 100 } else { 0 };
        assert!((twin..=most).contains(&done), "{command:?}: {done}, {twin}");
        let (extension, tree) = apart(&mut engine, &model, &case);
        let ratio = done as f64 / (extension + tree) as f64;
        println!(
            "2^{log_n} x {width}, blow-up 2^{log_blowup}: {done} cycles at once, {extension} and {tree} apart: {ratio:.3}"
        );
        ratio
    };
    sizes.iter().map(&mut ratio).collect()
}

#[test]
fn extension_and_tree_at_once_take_less_than_apart_and_what_the_twin_says() {
    let ratios = both_ways(&[(12, 1, 16)]);
    println!("figure fused.cycle_ratio {:.4}", ratios[0]);
    assert!(ratios.iter().all(|ratio| *ratio < 0.9), "{ratios:?}");
}

#[test]
fn long_columns_are_committed_to_in_the_slow_suite() {
    if std::env::var_os("ASSAY_SLOW").is_none() {
        println!("skipped: ASSAY_SLOW is not set");
        return;
    }
    let ratios = both_ways(&[(12, 1, 64), (13, 1, 16), (16, 1, 16), (14, 2, 9)]);
    assert!(ratios.iter().all(|ratio| *ratio < 0.9), "{ratios:?}");
}

#[test]
fn commands_that_cannot_go_by_rows_are_refused() {
    let model = small();
    let shape = &model.machine.ntt;
    let mut engine = model.engine(None);
    let refused = [
        // Split, and no extension; more than a block, and too short to split; n1 of a block is too short.
        model.command::<BabyBear>(Op::Forward, 6, 3, BabyBear::GENERATOR),
        model.command(Op::Inverse, 5, 3, BabyBear::GENERATOR),
        model.command(Op::Lde { log_blowup: 4 }, 4, 3, BabyBear::GENERATOR),
        model.command(Op::Lde { log_blowup: 1 }, 8, 3, BabyBear::GENERATOR),
    ];
    for command in refused {
        command.split(shape).expect_err("the twin refuses it");
        let error = engine.run(Request {
            commands: &[command.words(shape)],
            memory: Vec::new(),
            timing: Timing::READY,
            trees: &[],
            world: steady(1, 1),
        });
        assert!(
            matches!(error.map(|it| it.cycles), Err(MemoryError::Refused)),
            "{command:?}"
        );
    }
    let mut rng = Rng::new(SEED, 3);
    let good = model.command(Op::Lde { log_blowup: 1 }, 5, 3, BabyBear::GENERATOR);
    let case = model.case(&mut rng, good);
    case.run(&model, &mut engine, Timing::READY, steady(1, 1))
        .expect("a good one still runs");
    println!("refused {} commands", refused.len());
}

#[test]
fn tree_of_two_heights_takes_the_rows_of_two_commands() {
    let model = small();
    let lanes = model.machine.ntt.lanes;
    let mut engine = model.engine(None);
    let mut rng = Rng::new(SEED, 4);
    let op = Op::Lde { log_blowup: 1 };
    // 64 rows in blocks of 32, and 16 rows that join two layers up.
    let tall = model.case(&mut rng, model.command(op, 5, 6, BabyBear::GENERATOR));
    let short = model.case(&mut rng, model.command(op, 3, 9, BabyBear::GENERATOR));
    let offset = (tall.memory.len() / lanes) as u64;
    let moved = Command {
        source: short.command.source + offset,
        destination: short.command.destination + offset,
        scratch: short.command.scratch + offset,
        ..short.command
    };
    let rows = vec![tall.rows.clone(), short.rows.clone()];
    let shape = merkle::shape(&rows).expect("a tree");
    let layers = merkle::layers(rows).expect("a tree");
    let (tree, _) = Tree::new(&shape, Vec::new(), 0);
    for (timing, world) in worlds() {
        let committed = engine
            .run(Request {
                commands: &[
                    tall.command.words(&model.machine.ntt),
                    moved.words(&model.machine.ntt),
                ],
                memory: [&tall.memory[..], &short.memory].concat(),
                timing,
                trees: std::slice::from_ref(&tree),
                world,
            })
            .expect("it runs");
        assert!(!committed.outcome.error);
        for (layer, address) in layers.iter().zip(shape.addresses()) {
            for (node, digest) in layer.iter().enumerate() {
                assert_eq!(
                    committed.outcome.memory[address + node],
                    Some(digest.map(|it| it.to_word())),
                    "node {node} of {}",
                    layer.len()
                );
            }
        }
    }
    println!("matched a tree over 64 and 16 rows of two commands");
}

/// What a planted bug makes of the runs that show it.
fn symptom(plant: Option<&Plant>) -> Result<(), String> {
    let model = small();
    let mut engine = model.engine(plant);
    let mut rng = Rng::new(SEED, 5);
    for (timing, world) in worlds() {
        for (log_n, log_blowup) in [(7, 1), (4, 1)] {
            let op = Op::Lde { log_blowup };
            let command = model.command(op, log_n, 5, BabyBear::GENERATOR);
            let case = model.case(&mut rng, command);
            case.run(&model, &mut engine, timing, world)?;
        }
    }
    Ok(())
}

#[test]
fn planted_bugs_are_caught_where_they_must_show() {
    symptom(None).expect("without a bug nothing is wrong");
    all_are_caught("commit", |plant| {
        let difference = symptom(Some(plant)).err()?;
        let field = difference.split(':').next()?.to_owned();
        Some((field, difference))
    });
}
