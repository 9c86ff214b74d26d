//! Two beats side by side: which fields differ, and what a beat is in words.

use assay_abi::machine::REGISTER_PAGE;
use assay_abi::record_flags::{FIRST_DIRTY, FIRST_TOUCH};
use assay_abi::stream::{BEAT_BYTES, KIND_BOUNDARY, KIND_END, KIND_PAGE_IN, KIND_RECORD};
use assay_abi::{Field, PageIn, Record, SegmentEnd};
use assay_executor::Event;
use serde::Serialize;

/// A field whose values differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its name in the contract; `content` for a page's words, `registers`, `journal`, and `last` for the stream's end mark.
    pub field: &'static str,
    /// Which of several: the word of a page, the register, the word of the journal.
    pub index: Option<u64>,
    /// The golden value.
    pub expected: u64,
    /// The hardware's value.
    pub got: u64,
}

pub(crate) fn difference(
    field: &'static str,
    index: Option<u64>,
    expected: u64,
    got: u64,
) -> Difference {
    Difference {
        field,
        index,
        expected,
        got,
    }
}

/// What says which instruction this is: if one of these differs, it is why the rest does.
const IDENTITY: [&str; 6] = ["kind", "segment", "cycle", "order", "pc", "insn"];

/// The fields of two records that differ, those that say which instruction it is in front.
pub(crate) fn compare_records(
    expected: &[u8; BEAT_BYTES],
    got: &[u8; BEAT_BYTES],
) -> Vec<Difference> {
    let mut differences = compare_layout(Record::FIELDS, expected, got);
    differences.sort_by_key(|difference| {
        IDENTITY
            .iter()
            .position(|name| *name == difference.field)
            .unwrap_or(IDENTITY.len())
    });
    differences
}

/// The fields that differ. Reserved ranges wider than 8 bytes count by their first byte that differs.
pub(crate) fn compare_layout(
    fields: &[Field],
    expected: &[u8; BEAT_BYTES],
    got: &[u8; BEAT_BYTES],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for field in fields {
        match (field.value(expected), field.value(got)) {
            (Some(expected), Some(got)) if expected != got => {
                differences.push(difference(field.name, None, expected, got));
            }
            (Some(_), Some(_)) => {}
            _ => {
                let (expected, got) = (
                    field.slice(expected).unwrap_or(&[]),
                    field.slice(got).unwrap_or(&[]),
                );
                if let Some(index) = expected
                    .iter()
                    .zip(got)
                    .position(|(expected, got)| expected != got)
                {
                    let (expected, got) = (u64::from(expected[index]), u64::from(got[index]));
                    differences.push(difference(field.name, Some(index as u64), expected, got));
                }
            }
        }
    }
    differences
}

/// The words of content beat `beat` that differ.
pub(crate) fn compare_words(
    field: &'static str,
    words: &[u32],
    beat: usize,
    got: &[u8; BEAT_BYTES],
) -> Vec<Difference> {
    let first = beat * BEAT_BYTES / 4;
    got.as_chunks::<4>()
        .0
        .iter()
        .zip(first..)
        .filter_map(|(bytes, index)| {
            let (expected, got) = (words[index], u32::from_le_bytes(*bytes));
            (expected != got).then(|| {
                difference(
                    field,
                    Some(index as u64),
                    u64::from(expected),
                    u64::from(got),
                )
            })
        })
        .collect()
}

pub(crate) fn kind_of(event: &Event) -> u8 {
    match event {
        Event::Record(record) => record.kind,
        Event::PageIn(page, _) => page.kind,
        Event::End(end, _) => end.kind,
    }
}

pub(crate) fn describe_event(event: &Event) -> String {
    match event {
        Event::Record(record) => describe(record.as_bytes()),
        Event::PageIn(page, _) => describe(page.as_bytes()),
        Event::End(end, _) => describe(end.as_bytes()),
    }
}

/// A header beat in words.
pub(crate) fn describe(beat: &[u8; BEAT_BYTES]) -> String {
    match beat[0] {
        KIND_RECORD => {
            let record = Record::from_bytes(beat);
            let mut text = format!(
                "the record of retirement {}, cycle {}",
                record.order, record.cycle
            );
            for (flag, what) in [
                (FIRST_TOUCH, " touching a page"),
                (FIRST_DIRTY, " dirtying a page"),
            ] {
                if record.flags & flag != 0 {
                    text += what;
                }
            }
            text
        }
        KIND_PAGE_IN => {
            let page = PageIn::from_bytes(beat);
            let which = if page.page == REGISTER_PAGE {
                " (the register page)"
            } else {
                ""
            };
            format!(
                "page {:#x}{which} entering segment {} at cycle {}",
                page.page, page.segment, page.cycle
            )
        }
        kind @ (KIND_BOUNDARY | KIND_END) => {
            let end = SegmentEnd::from_bytes(beat);
            format!(
                "the {} of segment {} after {} cycles, cost {} ({} touched, {} dirtied)",
                if kind == KIND_END { "end" } else { "boundary" },
                end.segment,
                end.cycles,
                end.cost,
                end.touched,
                end.dirtied
            )
        }
        kind => format!("a beat of unknown kind {kind}"),
    }
}
