//! A trace in the contract's own beats, as the trace unit emits it.

use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use anyhow::{Context, bail};
use assay_abi::machine::{NUM_REGISTERS, PAGE_WORDS};
use assay_abi::stream::{BEAT_BYTES, KIND_BOUNDARY, KIND_END, KIND_PAGE_IN, KIND_RECORD};
use assay_abi::{PageIn, Record, SegmentEnd};
use assay_executor::Event;

use super::source::Events;

/// Whether a file that starts so can be a trace: its first beat is a record or a page, and both reserve bytes 2 and 3.
pub fn looks_like_one(start: &[u8]) -> bool {
    matches!(
        start,
        [
            KIND_RECORD | KIND_PAGE_IN | KIND_BOUNDARY | KIND_END,
            _,
            0,
            0,
            ..
        ]
    ) || matches!(start, [KIND_BOUNDARY | KIND_END, ..])
}

/// Reads events until the file ends.
pub fn events(mut reader: impl Read + 'static, path: PathBuf) -> Events {
    let mut beats = 0_u64;
    let mut over = false;
    Box::new(std::iter::from_fn(move || {
        if over {
            return None;
        }
        let event = next(&mut reader, &mut beats)
            .with_context(|| format!("{}: beat {beats}", path.display()))
            .transpose();
        over = !matches!(event, Some(Ok(_)));
        event
    }))
}

fn next(reader: &mut impl Read, beats: &mut u64) -> anyhow::Result<Option<Event>> {
    let Some(beat) = read_beat(reader)? else {
        return Ok(None);
    };
    let event = match beat[0] {
        KIND_RECORD => Event::Record(Record::from_bytes(&beat)),
        KIND_PAGE_IN => Event::PageIn(
            PageIn::from_bytes(&beat),
            Box::new(read_words::<{ PAGE_WORDS as usize }>(reader)?),
        ),
        KIND_BOUNDARY | KIND_END => Event::End(
            SegmentEnd::from_bytes(&beat),
            read_words::<{ NUM_REGISTERS as usize }>(reader)?,
        ),
        kind => bail!(
            "kind {kind}, expected {KIND_RECORD} (record) to {KIND_END} (end): this is no trace, or it is damaged"
        ),
    };
    *beats += match event {
        Event::Record(_) => 1,
        Event::PageIn(..) => 1 + u64::from(PAGE_WORDS) * 4 / BEAT_BYTES as u64,
        Event::End(..) => 1 + u64::from(NUM_REGISTERS) * 4 / BEAT_BYTES as u64,
    };
    Ok(Some(event))
}

fn read_beat(reader: &mut impl Read) -> anyhow::Result<Option<[u8; BEAT_BYTES]>> {
    let mut beat = [0; BEAT_BYTES];
    let mut filled = 0;
    while filled < BEAT_BYTES {
        match reader.read(&mut beat[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => {
                bail!("the file is truncated: {filled} bytes of a beat, expected {BEAT_BYTES}")
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(beat))
}

fn read_words<const N: usize>(reader: &mut impl Read) -> anyhow::Result<[u32; N]> {
    let mut words = [0; N];
    let (beats, _) = words.as_chunks_mut::<{ BEAT_BYTES / 4 }>();
    for beat in beats {
        let bytes = read_beat(reader)?.context("the file is truncated within an event")?;
        let (values, _) = bytes.as_chunks::<4>();
        for (word, value) in beat.iter_mut().zip(values) {
            *word = u32::from_le_bytes(*value);
        }
    }
    Ok(words)
}
