//! Segments that were written before: to seals, and to a receipt where all are there.

use anyhow::bail;
use assay_executor::{Segment, SegmentDirectory};
use assay_prover::{ProveError, claim, prove_segments};
use assay_verifier::{Receipt, Seal};

use super::report::Report;
use super::{Stopped, Watcher, Work};
use crate::exit::Exit;
use crate::output::print_line;

/// Where segments come from.
enum Source<'a> {
    Session(SegmentDirectory),
    Files(&'a [std::path::PathBuf]),
}

impl Source<'_> {
    fn len(&self) -> u32 {
        match self {
            Self::Session(directory) => directory.len(),
            Self::Files(files) => files.len() as u32,
        }
    }

    fn read(&self, at: u32) -> anyhow::Result<Segment> {
        Ok(match self {
            Self::Session(directory) => directory.segment(at)?,
            Self::Files(files) => Segment::read_file(&files[at as usize])?,
        })
    }
}

/// Proves them.
pub fn prove(work: &Work<'_>) -> Result<Exit, Stopped> {
    let args = work.args;
    let source = match args.segments.as_slice() {
        [directory] if directory.is_dir() => {
            let session = SegmentDirectory::open(directory).map_err(anyhow::Error::from)?;
            if let assay_executor::Exit::Faulted { cause } = session.end().exit {
                let (cause, pc) = (cause.name(), session.end().pc);
                return Err(ProveError::Faulted { cause, pc }.into());
            }
            Source::Session(session)
        }
        files => Source::Files(files),
    };
    if args.output.is_some() && matches!(source, Source::Files(_)) {
        return Err(anyhow::anyhow!(
            "a receipt needs all segments of a session: give the session's directory, or --seals alone"
        )
        .into());
    }
    let first = source.read(0)?;
    let prover = work.devices.prover(&first.text, args.parameters)?;
    let (digest, text) = (first.image_digest, first.text.clone());
    let mut journal = Vec::new();
    let mut cycles = None;
    if let Source::Session(session) = &source {
        cycles = Some(session.end().cycles);
    }
    let mut unreadable = None;
    let segments = (0..source.len()).map_while(|at| {
        let segment = source.read(at).and_then(|segment| {
            if segment.image_digest != digest || segment.text != text {
                bail!("segment {} is of another program", segment.index);
            }
            Ok(segment)
        });
        match segment {
            Ok(segment) => {
                journal.extend_from_slice(&segment.journal);
                Some(Ok(segment))
            }
            Err(error) => {
                unreadable = Some(error);
                None
            }
        }
    });
    let watch = Watcher::new(args, cycles, Some(source.len()));
    let seals = prove_segments(&prover, segments, &work.options(), &watch)?;
    if let Some(error) = unreadable {
        return Err(error.into());
    }
    let totals = watch.finish();
    if args.output.is_none() {
        let seals: Vec<&Seal> = seals.values().collect();
        print_line(&Report::new(work, &seals, totals).text(args)?)?;
        return Ok(Exit::Success);
    }
    let root = claim(&first)?.pre.root;
    let receipt = Receipt {
        parameters: args.parameters,
        program: prover.program_from(first.entry, root),
        seals: seals.into_values().collect(),
        journal,
    };
    work.finish(receipt, totals)
}
