//! `assay model` on the command line.

mod common;

use common::{Folder, assay};
use serde_json::Value;

/// So that nothing here depends on what is measured.
const SHARES: [&str; 4] = ["--ntt-utilisation", "0.9", "--merkle-utilisation", "0.95"];

fn modelled(arguments: &[&str]) -> Value {
    let words = ["model", "--json"].iter().chain(&SHARES).chain(arguments);
    let ended = assay(words.copied());
    assert_eq!(ended.status, 0, "{ended:?}");
    serde_json::from_str(&ended.stdout).expect("one JSON object")
}

fn seconds(report: &Value, what: &str) -> f64 {
    let lines = report["lines"].as_array().expect("lines");
    let mut found = lines.iter().filter(|line| line["what"] == what);
    let line = found.next().unwrap_or_else(|| panic!("no {what}"));
    line["seconds"].as_f64().expect("a number")
}

#[test]
fn every_time_is_labelled_and_bound_by_its_longest_part() {
    let report = modelled(&[]);
    assert_eq!(report["label"], "modelled, not measured on a card");
    let lines = report["lines"].as_array().expect("lines");
    for line in lines {
        let part = match line["bound"].as_str() {
            Some("compute") => "compute",
            Some("HBM") => "memory",
            Some("PCIe") => "pcie",
            other => panic!("bound by {other:?}"),
        };
        assert_eq!(line["time"][part], line["seconds"], "{line}");
        for other in ["compute", "memory", "pcie"] {
            assert!(line["time"][other].as_f64() <= line["seconds"].as_f64());
        }
    }
    let error = report["check"]["error_pct"].as_f64().expect("a number");
    assert!(error.abs() < 20.0);
    println!("matched {} modelled times with their bound", lines.len());
}

#[test]
fn more_engines_take_less_time_until_something_else_binds() {
    let what = "LDE, 2^20 x 200, blow-up 2";
    let of = |ntts| {
        let report = modelled(&["--card", "u55c", "--ntts", ntts]);
        let lines = report["lines"].as_array().expect("lines").clone();
        let line = lines.iter().find(|line| line["what"] == what);
        let bound = line.expect("it is there")["bound"]
            .as_str()
            .map(str::to_owned);
        (seconds(&report, what), bound.expect("a name"))
    };
    let (one, two, many) = (of("1"), of("2"), of("25"));
    assert_eq!((one.1.as_str(), many.1.as_str()), ("compute", "HBM"));
    // 200 columns are 25 groups of 8: 13 of them on the busier of two.
    assert!((one.0 / two.0 - 25.0 / 13.0).abs() < 1e-9);
    assert!(many.0 < two.0);
}

#[test]
fn segment_of_a_program_has_three_commitments() {
    let arguments = [
        "--card", "vu47p", "crc32", "--sample", "65536", "--po2", "14",
    ];
    let report = modelled(&arguments);
    let of = |what| seconds(&report, &format!("segment: {what}"));
    assert!(of("main columns") > of("quotient"));
    assert!(of("lookup argument") > of("quotient"));
}

#[test]
fn bad_options_are_named() {
    let folder = Folder::new();
    let elf = folder.file("no.elf", b"no program");
    for (arguments, named) in [
        (["--lanes", "3"], "3 lanes"),
        (["--ntts", "0"], "at least one"),
        (["--clock-mhz", "0"], "clock"),
        (["--merkle-utilisation", "1.5"], "1.5"),
    ] {
        let given = arguments[0] == SHARES[2];
        let shares = if given { &SHARES[..2] } else { &SHARES[..] };
        let words = ["model"].iter().chain(shares).chain(&arguments);
        assay(words.copied()).fails_with(2, &[named]);
    }
    let words = ["model"].iter().chain(&SHARES).copied();
    assay(words.chain([elf.as_str()])).fails_with(2, &["no.elf"]);
}
