//! The NTT engine on a stream.

use assay_engine_sim::Rng;
use assay_engine_sim::ntt::{NttEngine, NttError, Pressure, Run, Stalls, Work};
use assay_engines::field::{EngineField, Products};
use assay_engines::ntt::{Job, Op, Shape, predict};
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;
use serde::Serialize;

use super::{Field, NttArgs, Transform, difference, reported, stalls};
use crate::exit::{Failure, Outcome};
use crate::text::grouped;

#[derive(Serialize)]
struct Report {
    field: &'static str,
    lanes: usize,
    log_n: usize,
    columns: usize,
    /// Words out, all equal to Plonky3's.
    words: u64,
    /// From the first beat in to the last beat out.
    cycles: u64,
    /// By the golden twin, without pauses.
    predicted: u64,
    /// If every cycle moved a beat through the pipeline.
    ideal: u64,
    utilisation: f64,
    /// Cycles in which no column group started, by cause.
    stalls: Vec<(&'static str, u64)>,
    seed: u64,
}

/// Runs it.
pub fn run(args: &NttArgs) -> Outcome {
    match args.common.field {
        Field::Koalabear => run_in::<KoalaBear>(args, "ntt_koalabear_2", 2, 12),
        Field::Babybear => run_in::<BabyBear>(args, "ntt_babybear_4", 4, 7),
    }
}

fn run_in<F: EngineField>(args: &NttArgs, model: &str, lanes: usize, log_max: usize) -> Outcome {
    let common = &args.common;
    let shape = Shape {
        field: F::ID,
        products: Products::Four,
        lanes,
        log_max,
        log_load: log_max,
        log_store: log_max + 1,
    };
    let op = match args.op {
        Transform::Forward => Op::Forward,
        Transform::Inverse => Op::Inverse,
        Transform::Lde => Op::Lde {
            log_blowup: args.log_blowup,
        },
    };
    let job = Job {
        op,
        log_n: args.log_n,
        width: args.columns,
        in_reversed: false,
        out_natural: false,
        shift: F::GENERATOR,
    };
    job.check(&shape)
        .map_err(|error| Failure::Input(error.into()))?;
    let mut rng = Rng::new(common.seed, 0);
    let cells = args.columns << args.log_n;
    let values = (0..cells).map(|_| F::from_u32(rng.between(0, F::ORDER_U32 - 1)));
    let matrix = RowMajorMatrix::new(values.collect(), args.columns);
    let mut engine = NttEngine::new(model, shape, common.plant, common.waves.as_deref())
        .map_err(Failure::surroundings)?;
    let pressure = Pressure {
        source: common.pauses,
        sink: common.pauses,
        seed: common.seed,
    };
    let work = Work { job, matrix };
    let result = if common.pauses == 0 {
        engine.run_timed(&work).map(|(run, _)| run)
    } else {
        engine.run(&[work], pressure)
    };
    let run = match result {
        Ok(run) => run,
        Err(NttError::Engine(error)) => return Err(Failure::surroundings(error)),
        Err(error) => return Ok(difference(&error, common)),
    };
    let groups = args.columns.div_ceil(lanes / 2);
    let predicted = predict(&shape, op, args.log_n, groups, false);
    let report = Report::new(args, lanes, &run, predicted.total, predicted.ideal);
    reported(&report, report.text(), common)
}

impl Report {
    fn new(args: &NttArgs, lanes: usize, run: &Run, predicted: usize, ideal: usize) -> Self {
        let Stalls {
            none: _,
            idle,
            input,
            output,
            powers,
            coefficients,
            size,
        } = run.stalls;
        Self {
            field: args.common.field.name(),
            lanes,
            log_n: args.log_n,
            columns: args.columns,
            words: run.beats * lanes as u64,
            cycles: run.cycles,
            predicted: predicted as u64,
            ideal: ideal as u64,
            utilisation: ideal as f64 / run.cycles as f64,
            stalls: vec![
                ("idle", idle),
                ("input", input),
                ("output", output),
                ("powers", powers),
                ("coefficients", coefficients),
                ("size", size),
            ],
            seed: args.common.seed,
        }
    }

    fn text(&self) -> String {
        format!(
            "matched {} words of {} columns of 2^{} over {} with Plonky3's (seed {})\n\
             {} cycles on {} lanes, {} predicted without pauses, ideal {}: {:.1} % used\n\
             no column group started for: {}",
            grouped(self.words),
            self.columns,
            self.log_n,
            self.field,
            self.seed,
            grouped(self.cycles),
            self.lanes,
            grouped(self.predicted),
            grouped(self.ideal),
            self.utilisation * 100.0,
            stalls(&self.stalls),
        )
    }
}
