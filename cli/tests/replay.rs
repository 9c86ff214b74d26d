//! Segments on disk replay to the records of the session that made them, each from its file alone.

mod common;

use std::fs;

use assay_progen::{Config, generate};
use assay_tests::programs;
use common::{Folder, argument, assay};

/// Records a session and compares its replay, whole and segment by segment, with the program's own trace.
fn replays(name: &str, elf: &[u8], input: &[u32], po2: &str, limit: Option<&str>) -> (u64, usize) {
    let folder = Folder::new();
    let words: Vec<u8> = input.iter().flat_map(|word| word.to_le_bytes()).collect();
    let words = folder.file("input.bin", &words);
    let mut options = vec!["--input-words", &words, "--po2", po2];
    options.extend(limit.iter().flat_map(|limit| ["--cycle-limit", limit]));
    let session = folder.session(name, elf, &options);
    let program = argument(&folder.path(&format!("{name}.elf")));

    let live = argument(&folder.path("live.trace"));
    let mut args = vec!["trace", "dump", &program, "--format", "raw", "-o", &live];
    args.extend(&options);
    assay(args).says(0, &[]);
    let live_bytes = fs::read(&live).unwrap();

    let ended = assay(["trace", "diff", &live, &session, "--json"]);
    ended.says(0, &["\"equal\":true"]);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let records = report["records"].as_u64().unwrap();

    let mut joined = Vec::new();
    let mut segments = 0;
    loop {
        let file = format!("{session}/segment-{segments:08}.seg");
        if !fs::exists(&file).unwrap() {
            break;
        }
        // Somewhere else, so that nothing of the session is beside it.
        let alone = folder.file("alone.seg", &fs::read(&file).unwrap());
        let raw = argument(&folder.path("alone.trace"));
        assay(["trace", "dump", &alone, "--format", "raw", "-o", &raw]).says(0, &[]);
        joined.extend(fs::read(&raw).unwrap());
        segments += 1;
    }
    assert!(
        joined == live_bytes,
        "{name}: {segments} segments replay to {} bytes, {} expected",
        joined.len(),
        live_bytes.len()
    );
    (records, segments)
}

#[test]
fn loops_replay_in_segments_of_every_small_limit() {
    let mut total = (0, 0);
    for po2 in ["13", "14", "15", "16", "17"] {
        let (records, segments) = replays("loop", &programs::long_loop(200_000), &[], po2, None);
        assert!(records > 200_000);
        total = (total.0 + records, total.1 + segments);
    }
    println!(
        "matched {} replayed records in {} segment files",
        total.0, total.1
    );
}

#[test]
fn sessions_that_fault_halt_and_stop_replay() {
    let echo = programs::echoes(3);
    replays("halt", &echo, &[1, 2, 3], "13", None);
    replays("fault", &echo, &[1, 2], "13", None);
    replays("stop", &programs::forever(), &[], "13", Some("30000"));
    replays("stack", &programs::overflows_its_stack(), &[], "13", None);
    replays("wild", &programs::jumps_to(0x0800_0000), &[], "13", None);
}

#[test]
fn random_programs_replay() {
    let mut total = (0, 0);
    for seed in 0..12 {
        let program = generate(seed, &Config::default());
        let (records, segments) = replays(
            &format!("random{seed}"),
            &program.elf,
            &program.input,
            "13",
            None,
        );
        total = (total.0 + records, total.1 + segments);
    }
    println!(
        "matched {} replayed records in {} segment files of 12 random programs",
        total.0, total.1
    );
}

#[test]
fn dumps_roundtrip_and_diff_names_the_field() {
    let folder = Folder::new();
    let program = folder.file("loop.elf", &programs::long_loop(5000));
    let (raw, json) = (
        argument(&folder.path("raw")),
        argument(&folder.path("lines.json")),
    );
    assay(["trace", "dump", &program, "--format", "raw", "-o", &raw]).says(0, &[]);
    assay(["trace", "dump", &program, "--json", "-o", &json]).says(0, &[]);
    assay(["trace", "diff", &raw, &json]).says(0, &["equal", "records"]);

    let lines = fs::read_to_string(&json).unwrap();
    let at = lines
        .lines()
        .position(|line| line.contains("\"order\":3000,"))
        .expect("record 3000");
    let changed: Vec<String> = lines
        .lines()
        .enumerate()
        .map(|(index, line)| {
            if index == at {
                line.replacen("\"a_time\":", "\"a_time\":1", 1)
            } else {
                line.to_owned()
            }
        })
        .collect();
    let changed = folder.file("changed.json", changed.join("\n").as_bytes());
    let ended = assay(["trace", "diff", &program, &changed]);
    ended.says(
        1,
        &[
            "DIFFERENCE in `a_time`",
            "3000",
            "before that matched 3 000 records",
        ],
    );
    let shorter = folder.file(
        "shorter.json",
        lines
            .lines()
            .take(50)
            .collect::<Vec<_>>()
            .join("\n")
            .as_bytes(),
    );
    assay(["trace", "diff", &program, &shorter]).says(1, &["`length`", "the trace ends here"]);
}

#[test]
fn dump_selects_segments_and_orders() {
    let folder = Folder::new();
    let session = folder.session("session", &programs::long_loop(50_000), &["--po2", "13"]);
    let ended = assay(["trace", "dump", &session, "--orders", "20000..20003"]);
    let orders: Vec<&str> = ended
        .stdout
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(orders, ["20000", "20001", "20002"]);
    let ended = assay(["trace", "dump", &session, "--segment", "2", "--json"]);
    let count = ended
        .stdout
        .lines()
        .filter(|line| line.contains("\"event\":\"segment_end\""))
        .count();
    assert_eq!((ended.status, count), (0, 1));
    assert!(
        ended
            .stdout
            .lines()
            .all(|line| line.contains("\"segment\":2"))
    );
}
