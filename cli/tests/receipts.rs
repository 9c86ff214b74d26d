//! From programs to receipts and back: every guest, a prover that is killed, files that are cut short, disks that are full.

mod common;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use assay_guests::GUESTS;
use common::{Ended, Folder, argument, assay, command};
use serde_json::Value;

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.status, 0, "{ended:?}");
    serde_json::from_str(&ended.stdout).expect("one JSON object")
}

/// Sample bytes and segment limit of each guest, so that its session has several segments.
fn session_of(guest: &str) -> (&'static str, &'static str) {
    match guest {
        "crc32" => ("1024", "13"),
        // Four million cycles whatever it is given.
        "ecdsa" => ("64", "20"),
        _ => ("256", "13"),
    }
}

/// Without `ASSAY_SLOW`: the guests that are short, with the parameters for tests.
#[test]
fn every_guest_is_proved_and_verified() {
    let slow = std::env::var_os("ASSAY_SLOW").is_some();
    let parameters = if slow { "proven100" } else { "test" };
    let (mut guests, mut segments, mut cycles) = (0, 0, 0);
    for guest in GUESTS {
        let (sample, po2) = session_of(guest.name);
        if !slow && po2 != "13" {
            continue;
        }
        let folder = Folder::new();
        let receipt = argument(&folder.path("receipt"));
        let of = |key: &str| {
            let ended = assay(["run", guest.name, "--sample", sample, "--json"]);
            json(&ended)[key].clone()
        };
        let proved = json(&assay([
            "prove",
            guest.name,
            "--sample",
            sample,
            "--po2",
            po2,
            "--json",
            "--parameters",
            parameters,
            "-o",
            &receipt,
        ]));
        let verify = ["verify", &receipt, "--program", guest.name, "--json"];
        if !slow {
            let ended = assay(verify);
            assert_eq!(ended.status, 4, "test parameters are refused: {ended:?}");
        }
        let allowed = (!slow).then_some("--allow-test");
        let verified = json(&assay(verify.into_iter().chain(allowed)));
        assert_eq!(verified["verified"], true);
        assert_eq!(verified["exit_code"], of("exit_code"), "{}", guest.name);
        assert_eq!(verified["journal"], of("journal"), "{}", guest.name);
        assert_eq!(verified["segments"], proved["segments"]);
        let another = GUESTS.iter().find(|other| other.name != guest.name);
        let another = another.expect("another guest").name;
        let ended = assay(["verify", &receipt, "--program", another, "--allow-test"]);
        assert_eq!(
            ended.status, 4,
            "{} is not {another}: {ended:?}",
            guest.name
        );
        let count = proved["segments"].as_u64().expect("a number");
        assert!(count > 1, "{}: {count} segments", guest.name);
        guests += 1;
        segments += count;
        cycles += proved["cycles"].as_u64().expect("a number");
    }
    println!(
        "proved and verified {guests} guests: {cycles} cycles in {segments} segments, {parameters}"
    );
    assert!(guests >= 4);
}

/// `assay prove` on a session of four segments, which keeps its seals.
fn prove(folder: &Folder) -> Vec<String> {
    let [seals, receipt] = ["seals", "receipt"].map(|name| argument(&folder.path(name)));
    let session = ["prove", "crc32", "--sample=1024", "--po2=13", "--json"];
    let kept = ["--parameters=test", "--seals", &seals, "-o", &receipt];
    session.into_iter().chain(kept).map(str::to_owned).collect()
}

#[test]
fn a_killed_run_goes_on_from_its_seals() {
    let folder = Folder::new();
    let args = prove(&folder);
    let mut child = command().args(&args).spawn().expect("the command starts");
    let deadline = Instant::now() + Duration::from_secs(300);
    while !folder.path("seals/seal-00000001.seal").exists() {
        assert!(Instant::now() < deadline, "no two seals after five minutes");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it still runs");
    let status = child.wait().expect("it ends");
    assert!(status.code().is_none(), "killed, not ended: {status}");
    let left = folder.files();
    assert!(!left.contains(&"receipt".to_owned()), "{left:?}");
    let whole = left.iter().filter(|name| name.ends_with(".seal"));
    let whole: Vec<_> = whole.map(|name| folder.path(name)).collect();
    for path in &whole {
        assert_eq!(assay(["inspect", &argument(path)]).status, 0, "{path:?}");
    }
    let before: Vec<_> = whole.iter().map(fs::read).map(Result::unwrap).collect();
    let report = json(&assay(&args));
    assert_eq!(report["seals_found"], whole.len(), "{report}");
    assert_eq!(report["segments"], 4);
    let after: Vec<_> = whole.iter().map(fs::read).map(Result::unwrap).collect();
    assert!(before == after, "seals that are there stay as they are");
    let receipt = argument(&folder.path("receipt"));
    let ended = assay(["verify", &receipt, "--program", "crc32", "--allow-test"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    println!(
        "matched: killed after {} of 4 seals, went on from them",
        whole.len()
    );
}

#[test]
fn truncated_segment_files_are_refused() {
    let folder = Folder::new();
    let session = argument(&folder.path("session"));
    let run = [
        "run", "crc32", "--sample", "1024", "--po2", "13", "--out", &session,
    ];
    assert_eq!(assay(run).status, 0);
    let segment = folder.path("session/segment-00000001.seg");
    let whole = fs::read(&segment).expect("a second segment");
    let receipt = argument(&folder.path("receipt"));
    let name = ["segment-00000001.seg"];
    let lengths = [0, 1, 8, 100, whole.len() / 2, whole.len() - 1];
    for length in lengths {
        fs::write(&segment, &whole[..length]).expect("a shorter file");
        let alone = [
            "prove",
            "--parameters",
            "test",
            "-o",
            &receipt,
            "--segments",
        ];
        let ended = assay(alone.into_iter().chain([&*session]));
        ended.fails_with(2, &name);
        let seals = argument(&folder.path("seals"));
        let file = argument(&segment);
        let alone = [
            "prove",
            "--parameters=test",
            "--seals",
            &seals,
            "--segments",
            &file,
        ];
        assay(alone).fails_with(2, &name);
        let left = folder.files();
        assert!(
            !left
                .iter()
                .any(|name| name.contains("receipt") || name.contains("seal-"))
        );
    }
    println!("matched {} refusals of truncated segments", lengths.len());
}

/// A disk that is full, for files above a size: seals fit, the receipt of all of them does not.
#[test]
fn a_full_disk_leaves_no_receipt_and_a_rerun_needs_no_proof() {
    let folder = Folder::new();
    let args = prove(&folder);
    // Blocks of 512 bytes; a write beyond the limit fails instead of ending the process.
    let full = |blocks: u64| {
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let program = command().get_program().to_owned();
        let mut shell = Command::new("sh");
        let output = shell
            .args(["-c", &limited])
            .arg(program)
            .args(&args)
            .output();
        let output = output.expect("a shell");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(stderr.contains("cannot write"), "{stderr}");
        folder.files()
    };
    let left = full(16);
    assert!(left.is_empty(), "no seal fits: {left:?}");
    // A seal of the whole run, to know how large they are.
    let probe = Folder::new();
    json(&assay(prove(&probe)));
    let size = |name: &str| fs::metadata(probe.path(name)).expect(name).len();
    let largest = (0..4).map(|at| size(&format!("seals/seal-{at:08}.seal")));
    let largest = largest.max().expect("four seals");
    assert!(size("receipt") > 2 * largest);
    let left = full(2 * largest / 512);
    let seals = (0..4).map(|at| format!("seals/seal-{at:08}.seal"));
    assert_eq!(
        left,
        seals.collect::<Vec<_>>(),
        "the seals, and nothing else"
    );
    let report = json(&assay(&args));
    assert_eq!(report["seals_found"], 4);
    let same =
        fs::read(folder.path("receipt")).unwrap() == fs::read(probe.path("receipt")).unwrap();
    assert!(same, "the receipt of a run with room");
    println!("matched: no seal without room, 4 seals without room for the receipt");
}
