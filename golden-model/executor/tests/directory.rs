//! A session on disk: written as it runs, read back, and replayed from its files alone.

mod common;

use std::fs;

use assay_abi::Po2;
use assay_executor::{
    DirectorySink, Exit, Segment, SegmentDirectory, SegmentDirectoryError, Session, SessionConfig,
    verify_segment,
};
use common::Case;

/// Stores to a page after the other, so that segments close because of pages; commits now and then; never ends.
fn endless() -> Case {
    let words = [
        0x0010_0337, // lui t1, 0x100: data from 0x100000 on
        0x0030_0893, // li a7, 3: commit
        0x0053_2023, // sw t0, 0(t1)
        0x4003_0313, // addi t1, t1, 1024
        0x0012_8293, // addi t0, t0, 1
        0x0002_8513, // mv a0, t0
        0x0000_0073, // ecall
        0xfedf_f06f, // j -20: back to the store
    ];
    Case::words(&words, &[])
}

#[test]
fn sessions_on_disk_replay_from_their_files_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("session");
    let case = endless();
    let config = SessionConfig {
        po2: Po2::MIN,
        cycle_limit: Some(2000),
        roots: true,
    };
    let mut sink = DirectorySink::create(&path, false).unwrap();
    let session = Session::new(case.image.clone(), case.input.clone(), config);
    let summary = session.run(&mut sink).unwrap();
    assert_eq!(summary.exit, Exit::Stopped);

    let directory = SegmentDirectory::open(&path).unwrap();
    assert_eq!(*directory.end(), summary.end());
    let (mut cycles, mut journal) = (0, Vec::new());
    for segment in directory.segments() {
        let segment = segment.unwrap();
        segment.verify_paths().unwrap();
        verify_segment(&segment).unwrap();
        cycles += u64::from(segment.cycles);
        journal.extend(segment.journal);
    }
    assert!(directory.len() > 3);
    assert_eq!(cycles, 2000);
    assert_eq!(journal, summary.journal.words());
    println!(
        "read back and verified {} segments, {cycles} instructions, {} journal words",
        directory.len(),
        journal.len()
    );

    // A session without roots replays too, and gives the same segments otherwise.
    let path = dir.path().join("without roots");
    let mut sink = DirectorySink::create(&path, false).unwrap();
    let config = SessionConfig {
        roots: false,
        ..config
    };
    let session = Session::new(case.image.clone(), case.input.clone(), config);
    assert_eq!(session.run(&mut sink).unwrap().end(), summary.end());
    let without = SegmentDirectory::open(&path).unwrap();
    for (with, without) in directory.segments().zip(without.segments()) {
        let mut with = with.unwrap();
        (with.pre.roots, with.post.roots, with.proof) = (None, None, None);
        assert_eq!(with, without.unwrap());
    }
}

#[test]
fn damaged_sessions_say_which_file() {
    let dir = tempfile::tempdir().unwrap();
    let case = endless();
    let config = SessionConfig {
        po2: Po2::MIN,
        cycle_limit: Some(500),
        roots: true,
    };
    let mut sink = DirectorySink::create(dir.path(), false).unwrap();
    let session = Session::new(case.image, case.input, config);
    session.run(&mut sink).unwrap();
    let directory = SegmentDirectory::open(dir.path()).unwrap();
    let path = directory.segment_path(1);
    let file = fs::read(&path).unwrap();
    let mut flipped = file.clone();
    flipped[200] ^= 4;
    let mut other_contract = file.clone();
    other_contract[20] ^= 1;
    let damages = [
        (file[..file.len() / 2].to_vec(), "truncated"),
        (flipped, "damaged"),
        (other_contract, "contract"),
        (b"\x7fELF and so on".to_vec(), "not a segment file"),
    ];
    for (bytes, expected) in damages {
        fs::write(&path, bytes).unwrap();
        let error = directory.segment(1).unwrap_err();
        println!("{error}");
        let text = error.to_string();
        assert!(
            text.contains("segment-00000001.seg") && text.contains(expected),
            "{text}"
        );
        assert!(directory.segment(0).is_ok());
    }
    // The file of another segment under this one's name.
    let other: Segment = directory.segment(0).unwrap();
    other.write_file(&path).unwrap();
    let error = directory.segment(1).unwrap_err();
    assert!(
        matches!(error, SegmentDirectoryError::Foreign { .. }),
        "{error}"
    );
}
