//! The command with the RTL: riscv-tests, guests, random programs and segment files in lock-step, and planted bugs.
#![cfg(feature = "verilator")]

mod common;

use std::fs;

use assay_guests::{GUESTS, riscv_tests, suites};
use assay_tests::programs;
use assay_tests::tools::or_skip;
use common::{Folder, argument, assay};
use serde_json::Value;

/// Runs `assay cosim` with these options and `--json`; gives its status and report.
fn cosim(options: &[&str]) -> (i32, Value) {
    let mut args = vec!["cosim", "--json"];
    args.extend(options);
    let ended = assay(args);
    let report =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended.status, report)
}

/// It matched everything; gives the number of records.
#[track_caller]
fn matches(options: &[&str]) -> Value {
    let (status, report) = cosim(options);
    assert_eq!(status, 0, "{options:?}: {report:#}");
    assert!(report["failure"].is_null(), "{options:?}: {report:#}");
    report
}

fn number(report: &Value, path: &str) -> u64 {
    report
        .pointer(path)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("no {path} in {report:#}"))
}

/// How many cases a suite has: a default, or more where the environment asks for it (`cargo xtask slow`).
fn cases(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number"))
    })
}

#[test]
fn riscv_tests_match_on_the_rtl() {
    let Some(tests) = or_skip(suites().and_then(|suites| riscv_tests::build(&suites))) else {
        return;
    };
    let folder = Folder::new();
    let mut records = 0;
    for (index, (name, elf)) in tests.iter().enumerate() {
        // That the golden model passes them is another test's subject.
        let timing = ["steady", "random", "harsh"][index % 3];
        records += number(
            &matches(&[&folder.file(name, elf), "--timing", timing, "--po2", "13"]),
            "/matched/records",
        );
    }
    assert!(tests.len() >= 46, "only {} tests", tests.len());
    println!(
        "matched {} riscv-tests on the RTL, {records} records",
        tests.len()
    );
}

#[test]
fn random_programs_match_under_random_timing() {
    let programs = cases("ASSAY_RANDOM_PROGRAMS", 100).to_string();
    let report = matches(&["--random", &programs]);
    println!(
        "matched {} records in {} segments of {} random programs",
        report["records"], report["segments"], report["programs"]
    );
}

#[test]
fn guests_match_in_segments_of_every_size() {
    let slow = std::env::var_os("ASSAY_SLOW").is_some();
    let mut total = (0, 0);
    for (index, guest) in GUESTS.iter().enumerate() {
        let bytes = if slow { "65536" } else { "400" };
        let (timing, po2) = (
            ["random", "steady", "harsh"][index % 3],
            (13 + index % 4).to_string(),
        );
        // A signature's verification is millions of cycles: in the quick run, its first half million.
        let limit: &[&str] = if slow {
            &[]
        } else {
            &["--instruction-limit", "500000"]
        };
        let mut options = vec![
            guest.name, "--sample", bytes, "--timing", timing, "--po2", &po2,
        ];
        options.extend(limit);
        let report = matches(&options);
        total = (
            total.0 + number(&report, "/matched/records"),
            total.1 + number(&report, "/segments"),
        );
    }
    println!(
        "matched {} records in {} segments of {} guests",
        total.0,
        total.1,
        GUESTS.len()
    );
}

#[test]
fn guests_that_fault_match() {
    let folder = Folder::new();
    let faults = [
        programs::executes(0x0010_0073),
        programs::executes(0),
        programs::executes(0x0012_a303),
        programs::executes(0xffc0_2303),
        programs::jumps_to(0x0800_0000),
        programs::jumps_to(0x1002),
        programs::overflows_its_stack(),
        programs::echoes(1),
    ];
    for (index, elf) in faults.iter().enumerate() {
        let report = matches(&[
            &folder.file(&format!("fault{index}.elf"), elf),
            "--po2",
            "13",
        ]);
        assert_eq!(report["status"]["faulted"], true, "{report:#}");
    }
    println!("matched {} faults", faults.len());
}

#[test]
fn segment_files_match_alone() {
    let folder = Folder::new();
    let session = folder.session("session", &programs::long_loop(60_000), &["--po2", "14"]);
    let mut records = 0;
    let mut segments = 0;
    for segment in 0..3 {
        // Elsewhere, with nothing of the session beside it.
        let bytes = fs::read(format!("{session}/segment-{segment:08}.seg")).unwrap();
        let report = matches(&[&folder.file("alone.seg", &bytes), "--timing", "random"]);
        records += number(&report, "/matched/records");
        segments += 1;
    }
    println!("matched {records} records of {segments} segment files");
}

#[test]
fn planted_bug_is_reported_with_field_history_waves_and_replay() {
    let folder = Folder::new();
    let elf = folder.file("loop.elf", &programs::long_loop(2000));
    let waves = argument(&folder.path("bug"));
    let options = [
        "cosim",
        &elf,
        "--plant",
        "core_bypass_lost_1",
        "--waves",
        &waves,
        "--seed",
        "3",
    ];
    let ended = assay(options);
    ended.says(
        1,
        &[
            "MISMATCH in `",
            "expected",
            "got",
            "last",
            "replay: assay cosim",
            "--plant core_bypass_lost_1",
            "--seed 3",
        ],
    );
    assert!(
        folder.files().contains(&"bug.vcd".to_owned())
            && folder.files().contains(&"bug.fst".to_owned()),
        "{:?}",
        folder.files()
    );
    let mut json = options.to_vec();
    json.push("--json");
    let (status, report) = cosim(&json[1..json.len() - 1]);
    assert_eq!(status, 1);
    let plant = assay_abi::plants::by_name("core_bypass_lost_1").unwrap();
    let field = report["failure"]["field"].as_str().unwrap();
    assert!(plant.fields.contains(&field), "{field}: {report:#}");
    // The command in the report, run again, finds the same.
    let replay = report["failure"]["replay"].as_str().unwrap();
    let words: Vec<&str> = replay.split_whitespace().skip(2).collect();
    let (status, again) = cosim(&words);
    assert_eq!(
        (
            status,
            &again["failure"]["order"],
            &again["failure"]["clock"]
        ),
        (1, &report["failure"]["order"], &report["failure"]["clock"])
    );
}

#[test]
fn bad_options_are_refused_by_name() {
    let folder = Folder::new();
    let elf = folder.file("ok.elf", &programs::exits(0));
    for (option, value) in [
        ("--latency", "9..3"),
        ("--stalls", "70000x2"),
        ("--plant", "no_such_bug"),
        ("--po2", "23"),
    ] {
        let ended = assay(["cosim", &elf, option, value]);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(option), "{ended:?}");
    }
    assay(["cosim", &folder.file("bad.elf", b"no elf")]).fails_with(2, &["not an ELF file"]);
}
