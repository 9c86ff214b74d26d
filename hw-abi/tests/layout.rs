//! The Rust structs lie in memory as the contract says, byte for byte. The contract is read here on its own, not through the generator.

use core::mem::{offset_of, size_of};
use std::collections::BTreeMap;

use assay_abi::{
    Command, Completion, Field, HostPage, Matrix, PageIn, Record, SegmentEnd, ShadowWord,
};

const CONTRACT: &str = include_str!("../contract/contract.toml");

/// The offsets of a layout, from the contract's text: name, offset, bytes.
fn offsets(layout: &str) -> BTreeMap<&'static str, (usize, usize)> {
    let start = CONTRACT
        .find(&format!("name = \"{layout}\"\n"))
        .expect("the contract has the layout");
    let mut next = 0;
    let mut fields = BTreeMap::new();
    for line in CONTRACT[start..].lines().take_while(|line| *line != "]") {
        let Some(rest) = line.trim().strip_prefix("{ name = \"") else {
            continue;
        };
        let (name, rest) = rest.split_once('"').expect("a quoted name");
        let bytes = rest
            .trim_start_matches(", bytes = ")
            .split(',')
            .next()
            .and_then(|digits| digits.trim().parse::<usize>().ok())
            .expect("a number of bytes");
        fields.insert(name, (next, bytes));
        next += bytes;
    }
    fields
}

macro_rules! check {
    ($layout:literal, $struct:ident, $($field:ident),+ $(,)?) => {{
        let expected = offsets($layout);
        let mut checked = 0;
        $(
            let (offset, bytes) = expected[stringify!($field)];
            assert_eq!(offset_of!($struct, $field), offset, concat!($layout, ".", stringify!($field)));
            assert_eq!(field_size(|it: &$struct| &raw const it.$field), bytes);
            checked += 1;
        )+
        assert_eq!(checked, expected.len(), concat!("fields of ", $layout));
        let total: usize = expected.values().map(|(_, bytes)| bytes).sum();
        assert_eq!(size_of::<$struct>(), total);
        table_matches($struct::FIELDS, &expected);
        checked
    }};
}

fn field_size<S, F>(_: impl Fn(&S) -> *const F) -> usize {
    size_of::<F>()
}

fn table_matches(table: &[Field], expected: &BTreeMap<&str, (usize, usize)>) {
    assert_eq!(table.len(), expected.len());
    for field in table {
        let found = (field.offset as usize, field.bytes as usize);
        assert_eq!(found, expected[field.name], "{}", field.name);
    }
}

#[test]
fn structs_match_the_contracts_offsets() {
    let mut checked = check!(
        "record", Record, kind, flags, reserved0, cycle, pc, insn, next_pc, a_value, b_value,
        c_old, c_new, mem_addr, a_time, b_time, c_time, segment, order,
    );
    checked += check!(
        "page_in", PageIn, kind, is_text, reserved0, segment, page, cycle, reserved1
    );
    checked += check!(
        "segment_end",
        SegmentEnd,
        kind,
        status,
        cause,
        po2,
        segment,
        cycles,
        touched,
        dirtied,
        journal_words,
        input_words,
        cost,
        pc,
        exit_code,
        journal_total,
        input_total,
        order,
        reserved0,
    );
    checked += check!("shadow_word", ShadowWord, value, access_time, reserved0);
    checked += check!(
        "command",
        Command,
        opcode,
        version,
        flags,
        cookie,
        wait_a,
        wait_b,
        log_rows,
        log_blowup,
        transform,
        order,
        source,
        destination,
        auxiliary,
        list,
        argument,
        count,
        crc,
    );
    checked += check!(
        "completion",
        Completion,
        cookie,
        sequence,
        status,
        flags,
        detail,
        cycles,
        stall_memory,
        stall_host,
        submission_head,
        reserved0,
    );
    checked += check!("host_page", HostPage, address, length, reserved0);
    checked += check!("matrix", Matrix, address, columns, log_rows, reserved0);
    println!("matched {checked} fields of 8 layouts");
}

#[test]
fn bytes_roundtrip_and_are_little_endian() {
    let bytes: [u8; 64] = core::array::from_fn(|i| i as u8);
    let record = Record::from_bytes(&bytes);
    assert_eq!(record.as_bytes(), &bytes);
    assert_eq!(record.cycle, 0x0706_0504);
    assert_eq!(record.order, 0x3f3e_3d3c_3b3a_3938);
    for field in Record::FIELDS {
        let mut expected = [0; 8];
        let range = field.offset as usize..(field.offset + field.bytes) as usize;
        expected[..range.len()].copy_from_slice(&bytes[range]);
        assert_eq!(field.value(&bytes), Some(u64::from_le_bytes(expected)));
    }
    let wide = PageIn::FIELDS.last().expect("a last field");
    assert_eq!(wide.value(&bytes), None, "48 bytes are no u64");
    assert_eq!(Record::FIELDS[16].value(&bytes[..63]), None, "too short");
}
