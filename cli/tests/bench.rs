//! `assay bench` on the command line.

mod common;

use std::fs;

use common::{Folder, assay};
use serde_json::Value;

/// What takes a moment on a CPU.
const SMALL: [&str; 8] = [
    "bench",
    "--sizes",
    "5x8,4x3",
    "--repeat",
    "2",
    "--machine",
    "here",
    "--hal",
];

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_same_work_is_done_on_every_device_and_every_figure_says_what_it_is() {
    let folder = Folder::new();
    let file = folder.path("all.json");
    let words = SMALL.iter().copied().chain([
        "cpu,fpga-emu,model",
        "--selftest",
        "--only",
        "ntt,lde,poseidon2,merkle,commit",
        "--json",
        file.to_str().expect("a name"),
    ]);
    let ended = assay(words);
    ended.says(
        0,
        &[
            "NTT: ",
            "Commitment: ",
            "(measured)",
            "(modelled)",
            "copy bandwidth",
        ],
    );
    let all = json(&fs::read_to_string(&file).expect("the file"));
    assert_eq!(
        (&all["schema"], &all["version"]),
        (&"assay-bench".into(), &1.into())
    );
    let run = &all["runs"][0];
    assert_eq!(run["machine"]["name"], "here");
    for known in ["processor", "system", "cores", "memory_bytes"] {
        assert!(!run["machine"][known].is_null(), "{known}");
    }
    for known in ["revision", "contract_hash", "rustc", "rustflags", "profile"] {
        assert!(run["build"][known].is_string(), "{known}");
    }
    let mut figures = 0;
    for device in run["devices"].as_array().expect("devices") {
        let measurements = device["measurements"].as_array().expect("measurements");
        assert_eq!(measurements.len(), 5 * 2, "{}", device["name"]);
        for measurement in measurements {
            for figure in measurement["figures"].as_array().into_iter().flatten() {
                figures += 1;
                for part in ["quantity", "unit", "source"] {
                    assert!(figure[part].is_string(), "{figure}");
                }
                let timed = figure["quantity"] == "time";
                let source = match device["name"].as_str() {
                    Some("cpu") => "measured",
                    Some("model") => "modelled",
                    _ => "none: this device's time is not compared",
                };
                assert!(!timed || figure["source"] == source, "{figure}");
            }
        }
    }
    assert!(figures > 100, "{figures}");
}

#[test]
fn a_segment_is_proved_by_phase_and_costed() {
    let ended = assay([
        "bench",
        "--hal",
        "cpu",
        "--only",
        "segment",
        "--po2",
        "13",
        "--parameters",
        "test",
        "--repeat",
        "1",
        "--price-per-hour",
        "3.6",
    ]);
    ended.says(
        0,
        &[
            "Segment proof",
            "witness ",
            "Merkle trees ",
            "opening and FRI ",
            "cost a",
        ],
    );
}

#[test]
fn what_is_not_known_is_answered_with_what_is() {
    let bench = |words: &[&str]| assay(["bench"].iter().chain(words));
    let unknown = bench(&["--hal", "cpu,gpu"]);
    assert_eq!(unknown.status, 2);
    for name in ["`gpu`", "cpu (", "fpga-emu (", "cuda (", "model ("] {
        assert!(
            unknown.stderr.contains(name),
            "{name} in {}",
            unknown.stderr
        );
    }
    assert!(
        bench(&["--only", "fft"])
            .stderr
            .contains("ntt, lde, poseidon2")
    );
    assert!(bench(&["--sizes", "20"]).stderr.contains("20x200"));
    bench(&["--json", "/nowhere/a.json"]).fails_with(3, &["cannot write", "/nowhere/a.json"]);
    bench(&["--hal", "cpu,cpu"]).fails_with(2, &["named twice"]);
    assert_eq!(bench(&["--repeat", "0"]).status, 2);
    assert_eq!(bench(&["--price-per-hour", "-1"]).status, 2);
}

#[test]
fn runs_of_other_machines_stand_side_by_side() {
    let folder = Folder::new();
    let mut files = Vec::new();
    for name in ["one", "two"] {
        let file = folder.path(&format!("{name}.json"));
        let ended = assay([
            "bench",
            "--hal",
            "cpu",
            "--only",
            "lde",
            "--sizes",
            "4x3",
            "--repeat",
            "1",
            "--machine",
            name,
            "--json",
            file.to_str().expect("a name"),
        ]);
        assert_eq!(ended.status, 0, "{ended:?}");
        files.push(file);
    }
    let page = folder.path("all.html");
    let page = page.to_str().expect("a name");
    let merge = |files: &[&std::path::Path]| {
        let files = files.iter().map(|file| file.to_str().expect("a name"));
        assay(
            ["bench", "--html", page, "--merge"]
                .into_iter()
                .chain(files),
        )
    };
    merge(&[&files[0], &files[1]]).says(0, &["cpu @ one", "cpu @ two"]);
    let html = fs::read_to_string(page).expect("the page");
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("cpu @ two"));
    fs::remove_file(page).expect("removed");
    merge(&[&files[0], &files[0]]).fails_with(2, &["`cpu`", "`one`", "one.json"]);
    merge(&[&folder.path("none.json")]).fails_with(2, &["cannot read", "none.json"]);
    for (text, says) in [("{", "no JSON"), ("{}", "no result of `assay bench`")] {
        let file = folder.path("wrong.json");
        fs::write(&file, text).expect("written");
        merge(&[&file]).fails_with(2, &["wrong.json", says]);
    }
    let other = fs::read_to_string(&files[0]).expect("read");
    let file = folder.path("later.json");
    fs::write(&file, other.replacen("\"version\": 1", "\"version\": 2", 1)).expect("written");
    merge(&[&file]).fails_with(2, &["version 2", "version 1"]);
}
