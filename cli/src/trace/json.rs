//! Events as JSON, one object a line: every field of the contract's layout under its name, and what a page or a segment's end brings along.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use assay_abi::stream::BEAT_BYTES;
use assay_abi::{Field, PageIn, Record, SegmentEnd};
use assay_executor::Event;
use assay_executor::decode::disassemble;
use serde_json::{Map, Value};

use super::source::Events;

/// The layout's fields and bytes behind an event.
pub fn layout(event: &Event) -> (&'static str, &'static [Field], &[u8; BEAT_BYTES]) {
    match event {
        Event::Record(record) => ("record", Record::FIELDS, record.as_bytes()),
        Event::PageIn(page, _) => ("page_in", PageIn::FIELDS, page.as_bytes()),
        Event::End(end, _) => ("segment_end", SegmentEnd::FIELDS, end.as_bytes()),
    }
}

/// Whether a field says nothing.
pub fn is_reserved(field: &Field) -> bool {
    field.name.starts_with("reserved")
}

/// An event as one object.
pub fn object(event: &Event) -> Map<String, Value> {
    let (name, fields, bytes) = layout(event);
    let mut object = Map::new();
    object.insert("event".to_owned(), name.into());
    for field in fields.iter().filter(|field| !is_reserved(field)) {
        if let Some(value) = field.value(bytes) {
            object.insert(field.name.to_owned(), value.into());
        }
    }
    match event {
        Event::Record(record) => object.insert(
            "disassembly".to_owned(),
            disassemble(record.insn, record.pc).into(),
        ),
        Event::PageIn(_, words) => object.insert("words".to_owned(), words.to_vec().into()),
        Event::End(_, registers) => {
            object.insert("registers".to_owned(), registers.to_vec().into())
        }
    };
    object
}

/// Reads events, one a line.
pub fn events(reader: impl Read + 'static, path: PathBuf) -> Events {
    let lines = BufReader::new(reader).lines().enumerate();
    Box::new(
        lines
            .filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()))
            .map(move |(index, line)| {
                let context = || format!("{}: line {}", path.display(), index + 1);
                parse(&line.with_context(context)?).with_context(context)
            }),
    )
}

fn parse(line: &str) -> anyhow::Result<Event> {
    let object: Map<String, Value> = serde_json::from_str(line)?;
    Ok(match object.get("event").and_then(Value::as_str) {
        Some("record") => Event::Record(Record::from_bytes(&bytes(&object, Record::FIELDS)?)),
        Some("page_in") => {
            let page = PageIn::from_bytes(&bytes(&object, PageIn::FIELDS)?);
            Event::PageIn(page, Box::new(words(&object, "words")?))
        }
        Some("segment_end") => {
            let end = SegmentEnd::from_bytes(&bytes(&object, SegmentEnd::FIELDS)?);
            Event::End(end, words(&object, "registers")?)
        }
        other => bail!(
            "event {other:?}, expected \"record\", \"page_in\" or \"segment_end\": this is no trace"
        ),
    })
}

fn bytes(object: &Map<String, Value>, fields: &[Field]) -> anyhow::Result<[u8; BEAT_BYTES]> {
    let mut bytes = [0; BEAT_BYTES];
    for field in fields.iter().filter(|field| !is_reserved(field)) {
        let value = object
            .get(field.name)
            .with_context(|| format!("no field `{}`", field.name))?;
        let value = value
            .as_u64()
            .with_context(|| format!("field `{}` is {value}, expected a number", field.name))?;
        let (offset, length) = (field.offset as usize, field.bytes as usize);
        let encoded = value.to_le_bytes();
        let (low, high) = encoded.split_at(length.min(8));
        ensure!(
            high.iter().all(|&byte| byte == 0),
            "field `{}` is {value}, it has {length} bytes",
            field.name
        );
        bytes[offset..offset + low.len()].copy_from_slice(low);
    }
    Ok(bytes)
}

fn words<const N: usize>(object: &Map<String, Value>, name: &str) -> anyhow::Result<[u32; N]> {
    let list = object
        .get(name)
        .and_then(Value::as_array)
        .with_context(|| format!("no list `{name}`"))?;
    ensure!(
        list.len() == N,
        "`{name}` has {} words, expected {N}",
        list.len()
    );
    let mut words = [0; N];
    for (word, value) in words.iter_mut().zip(list) {
        let value = value.as_u64().and_then(|value| u32::try_from(value).ok());
        *word =
            value.with_context(|| format!("`{name}` holds something that is no 32-bit word"))?;
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_roundtrip_through_json() {
        let record = Record {
            kind: 1,
            flags: 0xff,
            pc: 0x1000,
            insn: 0x13,
            order: u64::MAX,
            ..Record::from_bytes(&[0; 64])
        };
        let page = PageIn {
            kind: 2,
            page: 7,
            ..PageIn::from_bytes(&[0; 64])
        };
        let end = SegmentEnd {
            kind: 4,
            status: 1,
            cost: 9,
            ..SegmentEnd::from_bytes(&[0; 64])
        };
        let words = std::array::from_fn(|i| i as u32);
        for event in [
            Event::Record(record),
            Event::PageIn(page, Box::new(words)),
            Event::End(end, std::array::from_fn(|i| !(i as u32))),
        ] {
            let line = serde_json::to_string(&object(&event)).unwrap();
            assert_eq!(parse(&line).unwrap(), event);
        }
    }

    #[test]
    fn lines_that_are_no_events_are_rejected() {
        for line in [
            "{}",
            "{\"event\": \"record\"}",
            "[1]",
            "{\"event\": \"other\"}",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
