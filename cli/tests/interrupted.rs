//! What ends the command from outside: nothing half-written stays behind.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assay_tests::programs;
use common::{Folder, argument, assay, command};

#[test]
fn ctrl_c_leaves_whole_segments_only() {
    let folder = Folder::new();
    let program = folder.file("forever.elf", &programs::forever());
    let session = argument(&folder.path("session"));
    let mut child = command()
        .args(["run", &program, "--po2", "13", "--out", &session])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while folder.files().len() < 5 {
        assert!(Instant::now() < deadline, "no segments after a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let files = folder.files();
    assert!(
        files.iter().all(|file| !file.ends_with(".part")),
        "{files:?}"
    );
    assert!(
        !files.contains(&"session/session.json".to_owned()),
        "the session is not complete"
    );
    // Each file that is there is whole: it replays.
    let last = files.iter().rfind(|file| file.ends_with(".seg")).unwrap();
    let ended = assay([
        "trace",
        "dump",
        &argument(&folder.path(last)),
        "-o",
        &argument(&folder.path("dump")),
    ]);
    assert_eq!(ended.status, 0, "{ended:?}");
    println!("matched {} whole segments after Ctrl-C", files.len() - 1);
}

#[test]
fn ctrl_c_during_a_dump_leaves_no_file() {
    let folder = Folder::new();
    let program = folder.file("forever.elf", &programs::forever());
    let output = argument(&folder.path("dump"));
    let mut child = command()
        .args(["trace", "dump", &program, "-o", &output])
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    // The program, and the temporary file once it has been opened.
    while folder.files().len() < 2 {
        assert!(
            Instant::now() < deadline,
            "nothing is written after a minute"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(folder.files(), ["forever.elf"]);
}

#[test]
fn broken_pipe_ends_quietly() {
    let folder = Folder::new();
    let program = folder.file("loop.elf", &programs::long_loop(2_000_000));
    let mut child = command()
        .args(["trace", "dump", &program])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("page") || line.contains("0:1"), "{line}");
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1);
}
