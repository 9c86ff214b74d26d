//! The Poseidon2 engine: states and rows.

use assay_engine_sim::sponge::{Answers, Kind, Lost, Model, Pauses, Work, run_on};
use assay_engine_sim::{EngineError, Rng};
use assay_engines::poseidon2::Poseidon2Field;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use serde::Serialize;

use super::{Core, Field, Mode, Poseidon2Args, difference, engine, of_65536, reported, stalls};
use crate::exit::{Failure, Outcome};
use crate::text::grouped;

#[derive(Serialize)]
struct Report {
    field: &'static str,
    core: &'static str,
    /// Permutations, compressions or rows, all equal to Plonky3's.
    results: usize,
    permutations: usize,
    /// From the first request taken to the last result taken.
    cycles: u64,
    /// By the golden twin, if every turn of the core were used.
    ideal: u64,
    /// Cycles from one permutation to the next.
    interval: usize,
    in_flight: usize,
    utilisation: f64,
    /// Turns of the core that nothing used, by cause.
    stalls: Vec<(&'static str, u64)>,
    seed: u64,
}

/// Runs it.
pub fn run(args: &Poseidon2Args) -> Outcome {
    match args.common.field {
        Field::Koalabear => run_in::<KoalaBear>(args),
        Field::Babybear => run_in::<BabyBear>(args),
    }
}

fn run_in<F: Poseidon2Field>(args: &Poseidon2Args) -> Outcome {
    let common = &args.common;
    let model = match args.core {
        Core::Folded => Model::folded(F::ID),
        Core::Unrolled => Model::unrolled(F::ID),
    };
    let engine = engine(model.name, common, args.core == Core::Folded)?;
    let mut rng = Rng::new(common.seed, 0);
    let mut work = Work::default();
    match args.mode {
        Mode::Permute => (0..args.count).for_each(|_| work.state::<F>(Kind::Permute, &mut rng)),
        Mode::Compress => (0..args.count).for_each(|_| work.state::<F>(Kind::Compress, &mut rng)),
        Mode::Hash => {
            if args.widths.contains(&0) {
                return Err(Failure::Input(anyhow::anyhow!("a matrix of no columns")));
            }
            work.rows::<F>(&args.widths, args.count, model.slots, &mut rng);
        }
    }
    let pauses = Pauses {
        input: of_65536(common.pauses),
        output: of_65536(common.pauses),
        seed: common.seed,
    };
    let answers = match run_on(engine, &work.requests, pauses) {
        Ok(answers) => answers,
        Err(error @ EngineError::Assertion { .. }) => return Ok(difference(&error, common)),
        Err(error) => return Err(Failure::surroundings(error)),
    };
    if let Err(error) = work.compare(&answers) {
        return Ok(difference(&error, common));
    }
    let report = Report::new(args, &model, &work, &answers);
    reported(&report, report.text(), common)
}

impl Report {
    fn new(args: &Poseidon2Args, model: &Model, work: &Work, answers: &Answers) -> Self {
        let Lost {
            input_missing,
            slot_busy,
            output_full,
            gathering,
        } = answers.lost;
        let finished = model.folding.finished(answers.accepted, work.permutations);
        let cycles = answers.finished - answers.accepted;
        let ideal = finished - answers.accepted;
        Self {
            field: args.common.field.name(),
            core: args.core.name(),
            results: work.expected.len(),
            permutations: work.permutations,
            cycles,
            ideal,
            interval: model.folding.interval(),
            in_flight: model.folding.in_flight(),
            utilisation: ideal as f64 / cycles as f64,
            stalls: vec![
                ("input", input_missing),
                ("row's last chunk", slot_busy),
                ("output", output_full),
                ("gathering", gathering),
            ],
            seed: args.common.seed,
        }
    }

    fn text(&self) -> String {
        format!(
            "matched {} results of {} permutations over {} with Plonky3's (seed {})\n\
             {} cycles on the {} core, which takes {} and has {} under way; ideal {}: {:.1} % used\n\
             turns that nothing used: {}",
            grouped(self.results as u64),
            grouped(self.permutations as u64),
            self.field,
            self.seed,
            grouped(self.cycles),
            self.core,
            match self.interval {
                1 => "a permutation a cycle".to_owned(),
                interval => format!("a permutation in {interval} cycles"),
            },
            self.in_flight,
            grouped(self.ideal),
            self.utilisation * 100.0,
            stalls(&self.stalls),
        )
    }
}
