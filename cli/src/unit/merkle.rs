//! The Merkle engine: trees.

use assay_engine_sim::EngineError;
use assay_engine_sim::merkle::{Forest, Lost, Model, World, run_on};
use assay_engines::field::EngineField;
use assay_engines::merkle::Latencies;
use assay_engines::poseidon2::Poseidon2Field;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use serde::Serialize;

use super::{Core, Field, MerkleArgs, difference, engine, of_65536, reported, stalls};
use crate::exit::{Failure, Outcome};
use crate::text::grouped;

#[derive(Serialize)]
struct Report {
    field: &'static str,
    core: &'static str,
    trees: usize,
    /// All equal to Plonky3's.
    digests: usize,
    permutations: usize,
    /// From the first row's first words to the last root's acknowledgement.
    cycles: u64,
    /// By the golden twin, if nobody pauses.
    predicted: u64,
    /// If every turn of the core were used.
    ideal: u64,
    utilisation: f64,
    /// Turns of the core that nothing used, by cause.
    stalls: Vec<(&'static str, u64)>,
    seed: u64,
}

/// Runs it.
pub fn run(args: &MerkleArgs) -> Outcome {
    match (args.common.field, args.core) {
        (Field::Koalabear, Core::Folded) => {
            run_on_model::<KoalaBear>(args, Model::folded(KoalaBear::ID), false)
        }
        (Field::Babybear, Core::Folded) => {
            run_on_model::<BabyBear>(args, Model::folded(BabyBear::ID), true)
        }
        (Field::Koalabear, Core::Unrolled) => {
            run_on_model::<KoalaBear>(args, Model::unrolled(), false)
        }
        (Field::Babybear, Core::Unrolled) => Err(Failure::Input(anyhow::anyhow!(
            "there is no unrolled Merkle engine of BabyBear in this build: --core folded, or --field koalabear"
        ))),
    }
}

fn run_on_model<F: Poseidon2Field>(args: &MerkleArgs, model: Model, has_waves: bool) -> Outcome {
    let common = &args.common;
    let trees = vec![args.matrices.clone(); args.trees];
    let forest = Forest::new::<F>(&trees, model.machine.slots, common.seed)
        .map_err(|error| Failure::Input(error.into()))?;
    let engine = engine(model.name, common, has_waves)?;
    let pauses = of_65536(common.pauses);
    let latencies = Latencies {
        read: args.read_latency.into(),
        write: args.write_latency.into(),
    };
    let world = World {
        start: 0,
        rows: pauses,
        reads: pauses,
        writes: pauses,
        read_latency: (args.read_latency, args.read_latency),
        write_latency: (args.write_latency, args.write_latency),
        seed: common.seed,
    };
    let outcome = match run_on(engine, &forest.jobs, world) {
        Ok(outcome) => outcome,
        Err(error @ EngineError::Assertion { .. }) => return Ok(difference(&error, common)),
        Err(error) => return Err(Failure::surroundings(error)),
    };
    if let Err(error) = forest.compare(&outcome) {
        return Ok(difference(&error, common));
    }
    let predicted = model.machine.done(&forest.shapes, latencies);
    if common.pauses == 0 && outcome.done != predicted {
        let error = format!(
            "trees were done in the clocks {:?} after the reset, the twin says {predicted:?}",
            outcome.done
        );
        return Ok(difference(&error, common));
    }
    let last = |clocks: &[u64]| clocks.last().map_or(0, |last| last - outcome.started);
    let cycles = last(&outcome.done);
    let Lost {
        idle,
        node_waits,
        row_missing,
        slot_busy,
        output_full,
        gathering,
    } = outcome.lost;
    let permutations = forest.permutations();
    let ideal = (permutations * model.machine.folding.interval()) as u64;
    let report = Report {
        field: common.field.name(),
        core: args.core.name(),
        trees: forest.jobs.len(),
        digests: forest.expected.len(),
        permutations,
        cycles,
        predicted: last(&predicted),
        ideal,
        utilisation: ideal as f64 / cycles as f64,
        stalls: vec![
            ("no tree", idle),
            ("nodes", node_waits),
            ("rows", row_missing),
            ("row's last chunk", slot_busy),
            ("output", output_full),
            ("gathering", gathering),
        ],
        seed: common.seed,
    };
    reported(&report, report.text(), common)
}

impl Report {
    fn text(&self) -> String {
        format!(
            "matched {} digests of {} {} over {} with Plonky3's (seed {})\n\
             {} cycles on the {} core, {} predicted without pauses, ideal for {} permutations {}: {:.1} % used\n\
             turns that nothing used: {}",
            grouped(self.digests as u64),
            self.trees,
            if self.trees == 1 { "tree" } else { "trees" },
            self.field,
            self.seed,
            grouped(self.cycles),
            self.core,
            grouped(self.predicted),
            grouped(self.permutations as u64),
            grouped(self.ideal),
            self.utilisation * 100.0,
            stalls(&self.stalls),
        )
    }
}
