//! `assay card` on the command line.

mod common;

use std::io::BufRead;
use std::process::{Command, Stdio};

use common::{Folder, assay};
use serde_json::Value;

fn json(words: &[&str]) -> Value {
    let ended = assay(words.iter().copied());
    assert_eq!(ended.status, 0, "{ended:?}");
    serde_json::from_str(&ended.stdout).expect("one JSON object")
}

#[test]
fn an_emulated_card_says_what_it_is_and_what_it_costs() {
    let info = json(&["card", "info", "--json"]);
    assert_eq!(info["field"], "KoalaBear");
    assert_eq!(info["counters"]["commands"], 0);
    let bench = json(&[
        "card",
        "bench",
        "--json",
        "--commands",
        "500",
        "--log-rows",
        "6",
        "--columns",
        "9",
        "--openings",
        "10",
    ]);
    assert!(bench["us_per_command"].as_f64() > Some(0.0), "{bench}");
    let commitment = &bench["commitment"];
    assert!(commitment["lde"]["cycles"].as_u64() > Some(0), "{bench}");
    // Columns go up once; openings, the root and the rings come on top.
    assert!(
        commitment["pcie_bytes_per_column_byte"].as_f64() > Some(1.0),
        "{bench}"
    );
    assert!(json(&["card", "list", "--json"])["bodies"].is_array());
}

#[test]
fn a_card_passes_its_own_test() {
    let report = json(&["card", "selftest", "--json", "--seed", "5"]);
    assert_eq!(report["passed"], true, "{report}");
    let steps = report["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 11, "{report}");
    for step in steps {
        let count = |key: &str| step[key].as_u64().expect("a count");
        assert!(count("cases") + count("refused") > 0, "{step}");
    }
    assert_eq!(report["health"][4][0], "recoveries", "{report}");
    assert_eq!(report["health"][4][1], 0, "{report}");
}

#[test]
fn a_card_behind_a_socket_is_a_card() {
    let folder = Folder::new();
    let socket = folder.path("card");
    let mut server = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["card", "serve", "--clients", "1", "--socket"])
        .arg(&socket)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a server");
    let mut line = String::new();
    let out = server.stdout.take().expect("a pipe");
    std::io::BufReader::new(out)
        .read_line(&mut line)
        .expect("a line");
    assert!(line.starts_with("listening"), "{line}");
    let place = format!("socket:{}", socket.display());
    let info = json(&["card", "info", "--json", "--card", &place]);
    assert_eq!(info["contract_hash"].as_str().map(str::len), Some(64));
    assert!(server.wait().expect("it ends").success());
}

#[test]
fn cards_that_are_not_there_are_errors_that_say_so() {
    assay(["card", "info", "--card", "ffff:ff:1f.7"])
        .fails_with(3, &["there is no such PCI device"]);
    assay(["card", "info", "--card", "socket:/nowhere"]).fails_with(3, &["connect"]);
    #[cfg(not(feature = "verilator"))]
    assay(["card", "info", "--card", "sim"]).fails_with(3, &["--features verilator"]);
    for (words, said) in [
        (["card", "info", "--card", "there"], "PCI address"),
        (["card", "bench", "--log-rows", "0"], "--log-rows"),
    ] {
        let ended = assay(words);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
}
