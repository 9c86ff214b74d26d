//! Where a trace comes from.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, anyhow};
use assay_abi::Po2;
use assay_executor::{Event, Input, LiveTrace, Replayer, SEGMENT_MAGIC, Segment, SegmentDirectory};

use super::{json, stream};
use crate::program;

/// Events in stream order.
pub type Events = Box<dyn Iterator<Item = anyhow::Result<Event>>>;

/// Opens a trace: a session directory, a segment file, a dump in the contract's beats or in JSON lines, and otherwise a program, which is run.
///
/// # Errors
/// If there is nothing of that name, or it is none of these.
pub fn open(
    name: &Path,
    input: Input,
    po2: Po2,
    cycle_limit: Option<u64>,
) -> anyhow::Result<Events> {
    if name.is_dir() {
        return session(name);
    }
    if name.is_file() {
        let mut start = Vec::new();
        let file = File::open(name).with_context(|| name.display().to_string())?;
        file.take(8)
            .read_to_end(&mut start)
            .with_context(|| name.display().to_string())?;
        if start.starts_with(&SEGMENT_MAGIC) {
            let segment = Segment::read_file(name)?;
            let events = replay(&mut Replayer::new(Vec::new()), &segment);
            return Ok(Box::new(
                events
                    .with_context(|| name.display().to_string())?
                    .into_iter()
                    .map(Ok),
            ));
        }
        if start.first() == Some(&b'{') {
            return Ok(json::events(reader(name)?, name.to_owned()));
        }
        if stream::looks_like_one(&start) {
            return Ok(stream::events(reader(name)?, name.to_owned()));
        }
    }
    let program = program::load(name)?;
    Ok(Box::new(
        LiveTrace::new(program.image, input, po2, cycle_limit).map(Ok),
    ))
}

fn reader(path: &Path) -> anyhow::Result<BufReader<File>> {
    Ok(BufReader::new(
        File::open(path).with_context(|| path.display().to_string())?,
    ))
}

fn session(path: &Path) -> anyhow::Result<Events> {
    let directory = SegmentDirectory::open(path)?;
    let mut replayer = Replayer::new(Vec::new());
    let mut index = 0;
    // One segment's events at a time: a session may be far larger than memory.
    let segments = std::iter::from_fn(move || {
        if index == directory.len() {
            return None;
        }
        let path = directory.segment_path(index);
        let segment = directory.segment(index).map_err(|error| anyhow!(error));
        index += 1;
        Some(segment.and_then(|segment| {
            replay(&mut replayer, &segment).with_context(|| path.display().to_string())
        }))
    });
    Ok(Box::new(segments.flat_map(|events| match events {
        Ok(events) => Box::new(events.into_iter().map(Ok)) as Events,
        Err(error) => Box::new(std::iter::once(Err(error))),
    })))
}

fn replay(replayer: &mut Replayer<Vec<Event>>, segment: &Segment) -> anyhow::Result<Vec<Event>> {
    replayer.replay(segment)?;
    Ok(std::mem::take(replayer.sink_mut()))
}
