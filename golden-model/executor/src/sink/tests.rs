use std::{fs, path::Path, sync::Arc};

use assay_abi::{FaultCause, machine::HALT_PC};

use super::*;
use crate::{
    image::Image,
    segment::{Roots, SegmentError, State},
    tree::MultiProof,
};

/// A chain of segments that do nothing but count.
fn session(count: u32) -> (Vec<Segment>, SessionEnd) {
    let image = Image::from_words(0x1000, &[0x13, 0x73]).unwrap();
    let po2 = Po2::default();
    let state = |order: u32, last: bool| State {
        pc: match (order, last) {
            (_, true) => HALT_PC,
            (0, _) => image.entry,
            _ => 0x1004,
        },
        registers: [0; 32],
        input_cursor: 0,
        journal_len: 0,
        order: u64::from(order),
        roots: Some(Roots::new(image.tree().root(), &[0; 32], Digest::ZERO)),
    };
    let proof: MultiProof = image.tree().prove(&[4]);
    let segments = (0..count).map(|index| {
        let last = index + 1 == count;
        Segment {
            index,
            po2,
            image_digest: image.digest(),
            entry: image.entry,
            text: Arc::clone(image.text_content()),
            pre: state(10 * index, false),
            post: state(10 * (index + 1), last),
            pages: Vec::new(),
            proof: Some(proof.clone()),
            input: Vec::new(),
            input_len: 3,
            journal: Vec::new(),
            exit: if last {
                Exit::Halted { exit_code: 0 }
            } else {
                Exit::Running
            },
            cycles: 10,
            touched: 1,
            dirtied: 1,
        }
    });
    let end = SessionEnd {
        image_digest: image.digest(),
        po2,
        exit: Exit::Halted { exit_code: 0 },
        pc: HALT_PC,
        segments: count,
        cycles: u64::from(10 * count),
        input_len: 3,
        input_read: 0,
        journal_len: 0,
    };
    (segments.collect(), end)
}

fn write(path: &Path, force: bool, count: u32) -> Result<(), SinkError> {
    let mut sink = DirectorySink::create(path, force)?;
    let (segments, end) = session(count);
    segments
        .into_iter()
        .try_for_each(|segment| sink.segment(segment))?;
    sink.finish(&end)
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn memory_and_callback_get_the_same_segments() {
    let (segments, end) = session(3);
    let mut memory = Vec::new();
    let mut seen = Vec::new();
    let mut callback = CallbackSink::new(|segment: Segment| {
        seen.push(segment);
        Ok::<(), std::fmt::Error>(())
    });
    for segment in &segments {
        memory.segment(segment.clone()).unwrap();
        callback.segment(segment.clone()).unwrap();
        NullSink.segment(segment.clone()).unwrap();
    }
    memory.finish(&end).unwrap();
    callback.finish(&end).unwrap();
    assert_eq!(memory, segments);
    assert_eq!(seen, segments);
}

#[test]
fn callback_errors_end_the_session_with_their_text() {
    let mut sink = CallbackSink::new(|_| Err("the network is gone"));
    let error = sink.segment(session(1).0.remove(0)).unwrap_err();
    assert!(error.to_string().contains("the network is gone"), "{error}");
}

#[test]
fn directories_roundtrip() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep").join("session");
    write(&path, false, 5).unwrap();
    let expected = [
        "segment-00000000.seg",
        "segment-00000001.seg",
        "segment-00000002.seg",
        "segment-00000003.seg",
        "segment-00000004.seg",
        "session.json",
    ];
    assert_eq!(names(&path), expected);
    println!("{}", fs::read_to_string(path.join(MANIFEST_NAME)).unwrap());

    let read = SegmentDirectory::open(&path).unwrap();
    let (segments, end) = session(5);
    assert_eq!(*read.end(), end);
    let all: Result<Vec<Segment>, _> = read.segments().collect();
    assert_eq!(all.unwrap(), segments);
    assert_eq!(read.segment(4).unwrap(), segments[4]);
    let error = read.segment(5).unwrap_err();
    assert!(
        matches!(error, SegmentDirectoryError::NoSuchSegment { index: 5, .. }),
        "{error}"
    );
}

#[test]
fn create_refuses_a_directory_with_content_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), false, 3).unwrap();
    for name in ["notes.txt", "segment-1.seg", "segment-00000009.seg.part"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let error = write(dir.path(), false, 2).unwrap_err();
    println!("{error}");
    assert!(matches!(error, SinkError::NotEmpty { .. }));
    assert_eq!(SegmentDirectory::open(dir.path()).unwrap().len(), 3);

    write(dir.path(), true, 2).unwrap();
    let expected = [
        "notes.txt",
        "segment-00000000.seg",
        "segment-00000001.seg",
        "segment-1.seg",
        "session.json",
    ];
    assert_eq!(names(dir.path()), expected);
    assert_eq!(
        SegmentDirectory::open(dir.path())
            .unwrap()
            .segments()
            .count(),
        2
    );
}

#[test]
fn create_refuses_paths_that_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [
        file.clone(),
        file.join("below"),
        Path::new("/proc/session").to_owned(),
    ] {
        let error = DirectorySink::create(&path, false).unwrap_err();
        println!("{error}");
        assert!(matches!(error, SinkError::Write { .. }));
        assert!(
            error
                .to_string()
                .contains(path.file_name().unwrap().to_str().unwrap())
        );
    }
}

/// The disk fails while a session runs: the segment's name is never seen, and there is no manifest.
#[test]
fn a_write_that_fails_leaves_no_partial_file_and_no_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = DirectorySink::create(dir.path(), false).unwrap();
    let (segments, _) = session(3);
    sink.segment(segments[0].clone()).unwrap();
    // A device that is always full stands where the bytes would go.
    let partial = dir.path().join("segment-00000001.seg.part");
    std::os::unix::fs::symlink("/dev/full", &partial).unwrap();
    let error = sink.segment(segments[1].clone()).unwrap_err();
    println!("{error}");
    assert!(matches!(&error, SinkError::Write { source, .. } if source.raw_os_error() == Some(28)));
    assert_eq!(names(dir.path()), ["segment-00000000.seg"]);
    let error = SegmentDirectory::open(dir.path()).unwrap_err();
    println!("{error}");
    assert!(matches!(error, SegmentDirectoryError::Read { .. }));
}

#[test]
fn finish_rejects_a_count_that_is_not_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = DirectorySink::create(dir.path(), false).unwrap();
    let (segments, end) = session(3);
    sink.segment(segments[0].clone()).unwrap();
    let error = sink.finish(&end).unwrap_err();
    assert!(matches!(
        error,
        SinkError::Count {
            expected: 3,
            found: 1
        }
    ));
    assert!(!dir.path().join(MANIFEST_NAME).exists());
}

#[test]
fn open_rejects_manifests_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), false, 1).unwrap();
    let manifest = dir.path().join(MANIFEST_NAME);
    let good = fs::read_to_string(&manifest).unwrap();
    let changes = [
        ("", ""),
        ("\"format\": 2", "\"format\": 1"),
        ("\"po2\": 20", "\"po2\": 23"),
        ("\"po2\": 20", "\"po2\": 256"),
        ("\"segments\": 1", "\"segments\": -1"),
        ("\"status\": \"halted\"", "\"status\": \"faulted\""),
        ("\"exit_code\": 0,", ""),
        (
            "\"exit_code\": 0",
            "\"exit_code\": 0, \"fault\": \"Breakpoint\"",
        ),
        ("\"contract_hash\": \"", "\"contract_hash\": \"00"),
        ("\"image_digest\": \"", "\"image_digest\": \"0"),
        ("\"cycles\"", "\"cycle\""),
    ];
    for (from, to) in changes {
        let text = if from.is_empty() {
            good[..good.len() / 2].to_owned()
        } else {
            good.replace(from, to)
        };
        assert_ne!(text, good, "{from}");
        fs::write(&manifest, text).unwrap();
        let error = SegmentDirectory::open(dir.path()).unwrap_err();
        println!("{error}");
        assert!(
            matches!(error, SegmentDirectoryError::Manifest { .. }),
            "{from} {to}"
        );
    }
}

#[test]
fn manifests_keep_every_way_to_end() {
    let (_, end) = session(1);
    let faults = FaultCause::ALL.iter().map(|&cause| Exit::Faulted { cause });
    let others = [
        Exit::Halted {
            exit_code: u32::MAX,
        },
        Exit::Stopped,
    ];
    for exit in faults.chain(others) {
        let end = SessionEnd {
            exit,
            ..end.clone()
        };
        let text = Manifest::new(&end).to_json();
        let read = Manifest::from_json(text.as_bytes()).unwrap();
        assert_eq!(read.end().unwrap(), end);
    }
}

#[test]
fn segments_of_another_session_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), false, 3).unwrap();
    let read = SegmentDirectory::open(dir.path()).unwrap();
    let good = read.segment(1).unwrap();
    let changes: [fn(&mut Segment); 5] = [
        |s| s.index = 2,
        |s| s.image_digest = Digest::ZERO,
        |s| s.po2 = Po2::MAX,
        |s| s.input_len += 1,
        |s| s.exit = Exit::Stopped,
    ];
    for change in changes {
        let mut other = good.clone();
        change(&mut other);
        other.write_file(&read.segment_path(1)).unwrap();
        let error = read.segment(1).unwrap_err();
        println!("{error}");
        assert!(matches!(error, SegmentDirectoryError::Foreign { .. }));
    }
    // Of this session by its fields, but it does not start where the one before ended.
    let mut other = good.clone();
    other.pre.registers[5] = 1;
    other.write_file(&read.segment_path(1)).unwrap();
    assert!(read.segment(1).is_ok());
    let results: Vec<bool> = read.segments().map(|segment| segment.is_ok()).collect();
    assert_eq!(results[..2], [true, false]);

    fs::remove_file(read.segment_path(1)).unwrap();
    let error = read.segment(1).unwrap_err();
    assert!(
        matches!(
            error,
            SegmentDirectoryError::Segment(SegmentError::File { .. })
        ),
        "{error}"
    );
}
