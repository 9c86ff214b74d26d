//! From a trace stream's beats to the columns that a segment is proved with, and their comparison with the executor's.

use std::sync::Arc;

use assay_abi::stream::{
    BEAT_BYTES, KIND_BOUNDARY, KIND_END, KIND_PAGE_IN, KIND_RECORD, PAGE_CONTENT_BEATS,
    REGISTER_BEATS,
};
use assay_abi::{PageIn, Po2, Record, SegmentEnd};
use assay_circuit::{Table, program, witness};
use assay_executor::{Image, Input, Preflight, Segment, Session, SessionConfig, preflight};

/// The little-endian words of some beats.
fn words(beats: &[[u8; BEAT_BYTES]]) -> Vec<u32> {
    let bytes = beats.as_flattened().as_chunks::<4>().0;
    bytes.iter().map(|&word| u32::from_le_bytes(word)).collect()
}

/// The segments that a stream is made of, from nothing but its beats.
pub fn segments_of(mut beats: &[[u8; BEAT_BYTES]]) -> Vec<Preflight> {
    let mut segments = Vec::new();
    let mut open = (Vec::new(), Vec::new());
    while let Some((head, rest)) = beats.split_first() {
        let content = match head[0] {
            KIND_PAGE_IN => PAGE_CONTENT_BEATS,
            KIND_BOUNDARY | KIND_END => REGISTER_BEATS,
            _ => 0,
        };
        let (content, rest) = rest.split_at(content);
        match head[0] {
            KIND_RECORD => open.0.push(Record::from_bytes(head)),
            KIND_PAGE_IN => {
                let page = words(content).try_into().expect("a page's words");
                open.1.push((PageIn::from_bytes(head), Box::new(page)));
            }
            KIND_BOUNDARY | KIND_END => {
                let (records, pages) = std::mem::take(&mut open);
                segments.push(Preflight {
                    records,
                    pages,
                    end: SegmentEnd::from_bytes(head),
                    registers: words(content).try_into().expect("32 registers"),
                });
            }
            kind => panic!("a beat of kind {kind}"),
        }
        beats = rest;
    }
    segments
}

/// The segments of a session on the executor.
pub fn golden_segments(image: Arc<Image>, input: Input) -> Vec<Segment> {
    let config = SessionConfig {
        po2: Po2::MIN,
        cycle_limit: None,
        roots: true,
    };
    let mut segments = Vec::new();
    Session::new(image, input, config)
        .run(&mut segments)
        .expect("a Vec takes every segment");
    segments
}

/// Compares the columns of a segment as the RTL streamed it with those of the executor's, and returns how many cells they have.
///
/// # Panics
/// Naming table, row and column of the first cell that differs.
pub fn columns_match(segment: &Segment, rtl: &Preflight) -> usize {
    let program = program::decode(&segment.text);
    let golden = preflight(segment).expect("it replays");
    let ours = witness(segment, &golden, &program).expect("it halts");
    let theirs = witness(segment, rtl, &program).expect("the RTL's records are whole");
    assert_eq!(theirs.claim, ours.claim);
    let mut cells = 0;
    for ((table, theirs), ours) in Table::ALL.iter().zip(&theirs.traces).zip(&ours.traces) {
        assert!(!ours.values.is_empty() && ours.width == theirs.width);
        let differs = (0..ours.values.len().max(theirs.values.len()))
            .find(|&at| ours.values.get(at) != theirs.values.get(at));
        if let Some(at) = differs {
            let (row, column) = (at / ours.width, at % ours.width);
            panic!(
                "segment {}, {table:?}: row {row}, column {column}",
                segment.index
            );
        }
        cells += ours.values.len();
    }
    cells
}
