//! Whatever is wrong with what the command is given: one clear error, the right exit status, no partial file.

mod common;

use std::fs;

use assay_tests::programs;
use common::{Folder, argument, assay};

/// A generator with a published recurrence (xorshift64), so that every run flips the same bits.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn truncated_elf_is_rejected_at_every_length() {
    let folder = Folder::new();
    let elf = programs::exits(0);
    // The loader needs nothing behind the last loadable segment: a file may end in its section table.
    let mut rejected = 0;
    for length in (0..elf.len()).step_by(13) {
        let ended = assay(["run", &folder.file("cut.elf", &elf[..length])]);
        if length < 1024 {
            ended.fails_with(2, &["cut.elf"]);
            rejected += 1;
        } else {
            assert!([0, 2].contains(&ended.status), "{ended:?}");
        }
    }
    println!("matched {rejected} rejections of truncated ELF files");
}

#[test]
fn bit_flipped_elf_never_ends_in_a_panic() {
    let folder = Folder::new();
    let elf = programs::echoes(1);
    let mut state = 7;
    let mut rejected = 0;
    for _ in 0..150 {
        let mut flipped = elf.clone();
        let at = random(&mut state) as usize % 300;
        flipped[at] ^= 1 << (random(&mut state) % 8);
        let ended = assay([
            "run",
            &folder.file("flipped.elf", &flipped),
            "--cycle-limit",
            "10000",
        ]);
        match ended.status {
            2 => {
                ended.fails_with(2, &["flipped.elf"]);
                rejected += 1;
            }
            // A flip in code or in what nobody reads leaves a program.
            status => assert!([0, 10, 11, 12].contains(&status), "byte {at}: {ended:?}"),
        }
    }
    assert!(rejected > 20, "only {rejected} of 150");
}

#[test]
fn foreign_files_are_rejected_with_their_reason() {
    let folder = Folder::new();
    let run = |name: &str, bytes: &[u8]| assay(["run", &folder.file(name, bytes)]);
    run("script.sh", b"#!/bin/sh\n").fails_with(2, &["script.sh", "not an ELF file"]);
    let host = fs::read(env!("CARGO_BIN_EXE_assay")).unwrap();
    run("host", &host).fails_with(2, &["32-bit"]);
    assay(["run", "no-such-guest"]).fails_with(2, &["no-such-guest", "sha256"]);
    assay(["run", "no/such/file.elf"]).fails_with(2, &["no/such/file.elf"]);
}

#[test]
fn damaged_segment_files_are_rejected_and_nothing_is_written() {
    let folder = Folder::new();
    let session = folder.session("session", &programs::long_loop(20_000), &["--po2", "13"]);
    let segment = fs::read(format!("{session}/segment-00000001.seg")).unwrap();
    let before = folder.files();
    let output = argument(&folder.path("dump"));
    let dump = |bytes: &[u8]| {
        fs::write(folder.path("bad.seg"), bytes).unwrap();
        let ended = assay([
            "trace",
            "dump",
            &argument(&folder.path("bad.seg")),
            "-o",
            &output,
        ]);
        fs::remove_file(folder.path("bad.seg")).unwrap();
        assert_eq!(folder.files(), before, "no partial file");
        ended
    };
    for length in (0..segment.len()).step_by(segment.len() / 40) {
        dump(&segment[..length]).fails_with(2, &["bad.seg"]);
    }
    let mut state = 11;
    for _ in 0..100 {
        let mut flipped = segment.clone();
        flipped[random(&mut state) as usize % segment.len()] ^= 1 << (random(&mut state) % 8);
        dump(&flipped).fails_with(2, &["bad.seg"]);
    }
    let mut long = segment.clone();
    long.push(0);
    dump(&long).fails_with(2, &["too long"]);
}

#[test]
fn segment_of_another_contract_is_rejected_with_both_hashes() {
    let folder = Folder::new();
    let session = folder.session("session", &programs::exits(0), &["--po2", "13"]);
    let mut segment = fs::read(format!("{session}/segment-00000000.seg")).unwrap();
    let hash = assay_abi::CONTRACT_HASH;
    let at = segment
        .windows(32)
        .position(|window| window == hash)
        .expect("the header has the contract's hash");
    segment[at] ^= 1;
    let expected: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut other = hash;
    other[0] ^= 1;
    let found: String = other.iter().map(|byte| format!("{byte:02x}")).collect();
    assay(["trace", "dump", &folder.file("old.seg", &segment)])
        .fails_with(2, &["contract", &expected, &found]);
}

#[test]
fn incomplete_session_directory_is_rejected() {
    let folder = Folder::new();
    let session = folder.session("session", &programs::long_loop(20_000), &["--po2", "13"]);
    fs::remove_file(format!("{session}/segment-00000001.seg")).unwrap();
    let output = argument(&folder.path("dump"));
    assay(["trace", "dump", &session, "-o", &output]).fails_with(2, &["segment-00000001.seg"]);
    fs::remove_file(format!("{session}/session.json")).unwrap();
    assay(["trace", "dump", &session]).fails_with(2, &["session.json"]);
}

#[test]
fn input_that_ends_early_is_a_fault_with_its_place() {
    let folder = Folder::new();
    let program = folder.file("echo.elf", &programs::echoes(3));
    let words = folder.file("two.bin", &[1, 0, 0, 0, 2, 0, 0, 0]);
    let ended = assay(["run", &program, "--input-words", &words]);
    ended.says(
        11,
        &[
            "FAULT",
            "InputExhausted",
            "<echo+0x4>",
            "ecall",
            "2 of 2 words read",
            "0100000002000000",
        ],
    );
    let odd = folder.file("odd.bin", &[1, 2, 3]);
    assay(["run", &program, "--input-words", &odd]).fails_with(2, &["odd.bin", "3 bytes"]);
    assay(["run", &program, "--input", "no-such-input"]).fails_with(2, &["no-such-input"]);
}

#[test]
fn faults_name_cause_pc_symbol_and_instruction() {
    let folder = Folder::new();
    let run = |elf: &[u8]| assay(["run", &folder.file("fault.elf", elf)]);
    run(&programs::executes(0x0010_0073))
        .says(11, &["FAULT Breakpoint", "<culprit+0x0>", "ebreak"]);
    run(&programs::executes(0)).says(
        11,
        &[
            "FAULT IllegalInstruction",
            "<culprit+0x0>",
            ".word 0x00000000",
        ],
    );
    // lw t1, 1(t0); lw t1, 0(x0 - 4); sw x0, 2(t0)
    run(&programs::executes(0x0012_a303)).says(
        11,
        &["FAULT LoadMisaligned", "<culprit+0x0>", "lw t1, 1(t0)"],
    );
    run(&programs::executes(0xffc0_2303)).says(11, &["FAULT LoadOutOfRange", "lw t1, -4(zero)"]);
    run(&programs::executes(0x0002_a123)).says(11, &["FAULT StoreMisaligned", "sw zero, 2(t0)"]);
    run(&programs::jumps_to(0x0800_0000)).says(
        11,
        &[
            "FAULT FetchOutOfText",
            "0x08000000",
            "no address in the text",
        ],
    );
    run(&programs::jumps_to(0x1002)).says(11, &["FAULT JumpMisaligned", "<leap+", "jalr"]);
    run(&programs::overflows_its_stack())
        .says(11, &["FAULT StoreToText", "<recurse+0x4>", "sw ra, 12(sp)"]);
}

#[test]
fn endless_guest_ends_at_the_session_limit() {
    let folder = Folder::new();
    let program = folder.file("forever.elf", &programs::forever());
    let ended = assay([
        "run",
        &program,
        "--cycle-limit",
        "100000",
        "--po2",
        "14",
        "--json",
    ]);
    ended.says(12, &["\"status\":\"stopped\"", "\"cycles\":100000"]);
}

#[test]
fn exit_codes_of_guests_are_told_apart() {
    let folder = Folder::new();
    assay(["run", &folder.file("ok.elf", &programs::exits(0))])
        .says(0, &["halted with exit code 0"]);
    assay([
        "run",
        &folder.file("seven.elf", &programs::exits(7)),
        "--json",
    ])
    .says(10, &["\"exit_code\":7"]);
}

#[test]
fn segment_limits_outside_the_machine_are_refused() {
    let folder = Folder::new();
    let program = folder.file("ok.elf", &programs::exits(0));
    for po2 in ["12", "23", "0", "-1", "256", "twenty"] {
        let ended = assay(["run", &program, &format!("--po2={po2}")]);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(
            ended.stderr.contains("13") && ended.stderr.contains("22"),
            "{ended:?}"
        );
    }
    for po2 in ["13", "22"] {
        assay(["run", &program, "--po2", po2]).says(0, &[&format!("2^{po2}")]);
    }
}

#[test]
fn output_that_cannot_be_written_leaves_nothing() {
    let folder = Folder::new();
    let program = folder.file("ok.elf", &programs::exits(0));
    // Below a file nobody can make a directory, not even root.
    let below = format!("{program}/below");
    let before = folder.files();
    assay(["run", &program, "--out", &below]).fails_with(3, &["cannot write", "ok.elf/below"]);
    assay(["run", &program, "--journal", &below]).fails_with(3, &["cannot write", "ok.elf/below"]);
    assay(["trace", "dump", &program, "-o", &below])
        .fails_with(3, &["cannot write", "ok.elf/below"]);
    assert_eq!(folder.files(), before);
}

#[test]
fn full_device_is_an_error_of_the_surroundings() {
    let folder = Folder::new();
    let program = folder.file("loop.elf", &programs::long_loop(100_000));
    let output = common::command()
        .args(["trace", "dump", &program])
        .stdout(
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        )
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("error: "),
        "{output:?}"
    );
}

#[test]
fn occupied_output_directory_is_kept_unless_forced() {
    let folder = Folder::new();
    let session = folder.session("session", &programs::long_loop(50_000), &["--po2", "13"]);
    let before = folder.files();
    let program = folder.file("session.elf", &programs::exits(0));
    assay(["run", &program, "--out", &session]).fails_with(2, &["not empty", "--force"]);
    assert_eq!(folder.files(), before);
    assay(["run", &program, "--out", &session, "--force"]).says(0, &[]);
    assert_eq!(
        folder.files(),
        [
            "session.elf",
            "session/segment-00000000.seg",
            "session/session.json"
        ]
    );
}

#[test]
fn damaged_dumps_are_rejected_with_their_place() {
    let folder = Folder::new();
    let program = folder.file("loop.elf", &programs::long_loop(1000));
    let raw = argument(&folder.path("raw"));
    assay(["trace", "dump", &program, "--format", "raw", "-o", &raw]).says(0, &[]);
    let bytes = fs::read(&raw).unwrap();
    let diff = |bytes: &[u8]| assay(["trace", "diff", &program, &folder.file("bad", bytes)]);
    diff(&bytes[..bytes.len() - 1]).fails_with(2, &["bad", "truncated"]);
    let mut wrong_kind = bytes.clone();
    wrong_kind[64] = 9;
    diff(&wrong_kind).fails_with(2, &["beat 1", "kind 9"]);
    diff(b"{\"event\": \"record\"}\n").fails_with(2, &["line 1", "no field `kind`"]);
}

#[cfg(not(feature = "verilator"))]
#[test]
fn cosim_without_the_rtl_says_how_to_enable_it() {
    assay(["cosim", "sha256"]).fails_with(3, &["cargo xtask setup", "--features verilator"]);
}
