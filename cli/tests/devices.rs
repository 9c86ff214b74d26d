//! `prove --hal`: the receipt of the CPU, made on devices, and a table of what was done where.

mod common;

use std::fs;

use common::{Ended, Folder, argument, assay};
use serde_json::Value;

/// Proves a small guest into this file, with these options besides.
fn attempt(folder: &Folder, name: &str, options: &[&str]) -> Ended {
    let receipt = argument(&folder.path(name));
    let fixed = [
        "prove",
        "crc32",
        "--sample",
        "256",
        "--po2",
        "13",
        "--parameters",
        "test",
        "-o",
        &receipt,
    ];
    assay(fixed.iter().chain(options))
}

/// The same where it must succeed: what it printed, and the receipt.
fn prove(folder: &Folder, name: &str, options: &[&str]) -> (String, Vec<u8>) {
    let ended = attempt(folder, name, options);
    assert_eq!(ended.status, 0, "{ended:?}");
    (
        ended.stdout,
        fs::read(folder.path(name)).expect("a receipt"),
    )
}

#[test]
fn receipts_from_devices_are_the_cpus_and_the_table_says_who_did_what() {
    let folder = Folder::new();
    let (text, expected) = prove(&folder, "cpu", &[]);
    assert!(!text.contains("operation"), "no table: {text}");

    let options = ["--hal", "fpga-emu", "--require-device", "--json"];
    let (text, receipt) = prove(&folder, "card", &options);
    assert!(receipt == expected, "the card's receipt is another");
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    let rows = report["devices"].as_array().expect("rows");
    for operation in ["upload", "lde", "commit", "open"] {
        let row = rows.iter().find(|row| row["operation"] == operation);
        let row = row.expect(operation);
        assert_eq!(row["device"], "fpga-emu", "{row}");
        assert!(row["calls"].as_u64() > Some(0), "{row}");
        assert!(row["cycles"].as_u64() > Some(0), "{row}");
        for held in ["refused", "failed", "wrong"] {
            assert_eq!(row[held], 0, "{row}");
        }
    }

    let (text, receipt) = prove(&folder, "dual", &["--hal", "dual:cpu"]);
    assert!(receipt == expected, "the receipt of two is another");
    assert!(text.contains("operation  device"), "{text}");
}

#[test]
fn unknown_devices_and_a_required_cpu_are_refused() {
    let of = |options: &[&str]| assay(["prove", "crc32", "-o", "x"].iter().chain(options));
    let ended = of(&["--hal", "gpu"]);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("fpga-emu"), "{ended:?}");
    of(&["--require-device"]).fails_with(2, &["--require-device", "--hal"]);
}

/// `fails_with` a device that this machine may have is no test: without a driver there is one sentence, and no receipt.
#[test]
fn a_gpu_gives_the_cpus_receipt_or_says_in_one_sentence_why_there_is_none() {
    let folder = Folder::new();
    for hal in ["cuda", "dual:cuda", "cuda,cpu"] {
        let ended = attempt(&folder, "gpu", &["--hal", hal]);
        if ended.status == 0 {
            let (_, expected) = prove(&folder, "cpu", &[]);
            assert!(
                fs::read(folder.path("gpu")).expect("a receipt") == expected,
                "{hal}"
            );
            continue;
        }
        assert_eq!(ended.status, 3, "{ended:?}");
        let sentences = [
            "no CUDA driver: libcuda.so.1 cannot be loaded",
            "the CUDA driver ",
            "no CUDA device",
            "CUDA device 0 ",
            "no kernels for CUDA device 0 ",
        ];
        let errors: Vec<_> = ended
            .stderr
            .lines()
            .filter(|line| line.starts_with("error"))
            .collect();
        assert_eq!(errors.len(), 1, "{ended:?}");
        assert!(
            sentences
                .iter()
                .any(|sentence| errors[0].contains(sentence)),
            "{ended:?}"
        );
        assert!(!folder.path("gpu").exists(), "a receipt of nothing");
    }
}

#[cfg(feature = "cuda-host")]
#[test]
fn receipts_from_cuda_kernels_on_the_host_are_the_cpus() {
    let folder = Folder::new();
    let (_, expected) = prove(&folder, "cpu", &[]);
    let options = ["--hal", "cuda-host", "--require-device", "--json"];
    let (text, receipt) = prove(&folder, "kernels", &options);
    assert!(receipt == expected, "the kernels' receipt is another");
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    for row in report["devices"].as_array().expect("rows") {
        assert_eq!(row["device"], "cuda-host", "{row}");
        for held in ["refused", "failed", "wrong"] {
            assert_eq!(row[held], 0, "{row}");
        }
    }
    println!("matched {} bytes of a receipt", receipt.len());
}
