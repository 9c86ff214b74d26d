//! A segment file as a program for the card: the card starts with all registers 0, so a few instructions in a page of their own set them
//! to the segment's first state and jump to where it begins.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use assay_abi::Po2;
use assay_executor::{Exit, Image, Input, PageWords, SEGMENT_MAGIC, Segment};

/// More input than any segment reads; what is behind the segment's own words only counts.
const LONGEST_INPUT: usize = 1 << 26;

/// A segment that a card can run.
#[derive(Debug)]
pub struct SegmentProgram {
    pub image: Arc<Image>,
    pub input: Input,
    pub po2: Po2,
    /// Where to stop, if the segment is not the session's last.
    pub instructions: Option<u64>,
}

/// Reads a segment file; `None` if the file is something else.
///
/// # Errors
/// If it is a segment that cannot be used.
pub fn open(path: &Path) -> anyhow::Result<Option<SegmentProgram>> {
    let mut start = Vec::new();
    let is_segment = File::open(path)
        .and_then(|file| {
            file.take(SEGMENT_MAGIC.len() as u64)
                .read_to_end(&mut start)
        })
        .is_ok_and(|_| start == SEGMENT_MAGIC);
    if !is_segment {
        return Ok(None);
    }
    let segment = Segment::read_file(path)?;
    program(&segment)
        .with_context(|| path.display().to_string())
        .map(Some)
}

fn program(segment: &Segment) -> anyhow::Result<SegmentProgram> {
    let mut pages: BTreeMap<u32, Box<PageWords>> = BTreeMap::new();
    let text_pages = segment
        .text
        .pages()
        .map(|(number, words)| (number, Box::new(*words)));
    pages.extend(text_pages);
    pages.extend(
        segment
            .pages
            .iter()
            .map(|page| (page.number, page.words.clone())),
    );

    let resumed = assay_sim::resume(
        segment.text.range(),
        pages,
        segment.pre.pc,
        &segment.pre.registers,
    )?;

    let mut words = segment.input.clone();
    let left = (segment.input_len - segment.pre.input_cursor) as usize;
    if left > LONGEST_INPUT {
        bail!(
            "{left} input words are left at the segment's start, at most {LONGEST_INPUT} can be made up here"
        );
    }
    words.resize(left, 0);
    let instructions = resumed.prologue + u64::from(segment.cycles);
    Ok(SegmentProgram {
        image: Arc::new(resumed.image),
        input: Input::from_words(words)?,
        po2: segment.po2,
        instructions: matches!(segment.exit, Exit::Running | Exit::Stopped).then_some(instructions),
    })
}
