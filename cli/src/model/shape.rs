//! The matrices that a segment's proof commits to.

use std::path::Path;

use anyhow::Context;
use assay_abi::Po2;
use assay_circuit::{
    program::decode,
    table::{EXTENSION, MAX_DEGREE},
    witness,
};
use assay_executor::{Segment, SegmentSink, Session, SessionConfig, SinkError, preflight};
use assay_model::Matrix;
use assay_verifier::soundness::Tables;

use crate::exit::Failure;
use crate::input::InputArgs;
use crate::program;

/// Chunks of the quotient, each as high as its table.
const CHUNKS: usize = MAX_DEGREE - 1;

/// Matrices under one root.
pub struct Commitment {
    pub what: &'static str,
    pub matrices: Vec<Matrix>,
}

/// Keeps the first segment.
#[derive(Default)]
struct First(Option<Segment>);

impl SegmentSink for First {
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        self.0.get_or_insert(segment);
        Ok(())
    }
}

/// Runs a program for a segment, makes the segment's witness, and reads the heights off it.
pub fn of_program(name: &Path, input: &InputArgs, po2: Po2) -> Result<Vec<Commitment>, Failure> {
    let program = program::load(name)?;
    let input = input.read(name)?;
    let config = SessionConfig {
        po2,
        cycle_limit: Some(1 << po2.get()),
        roots: true,
    };
    let mut first = First::default();
    Session::new(program.image.clone(), input, config)
        .run(&mut first)
        .map_err(anyhow::Error::from)?;
    let segment = first.0.context("the session has no segment")?;
    let table = decode(program.image.text_content());
    let rows = preflight(&segment).map_err(anyhow::Error::from)?;
    let witness = witness(&segment, &rows, &table).map_err(anyhow::Error::from)?;
    let sizes = Tables::largest().tables;
    let matrices = |width: &dyn Fn(usize) -> usize| {
        let all = witness.traces.iter().enumerate().map(|(at, trace)| Matrix {
            log_height: (trace.values.len() / trace.width).ilog2() as usize,
            width: width(at),
        });
        all.filter(|matrix| matrix.width > 0).collect::<Vec<_>>()
    };
    Ok(vec![
        Commitment {
            what: "main columns",
            matrices: matrices(&|at| sizes[at].main),
        },
        Commitment {
            what: "lookup argument",
            matrices: matrices(&|at| sizes[at].permutation * EXTENSION),
        },
        Commitment {
            what: "quotient",
            matrices: matrices(&|_| CHUNKS * EXTENSION),
        },
    ])
}
