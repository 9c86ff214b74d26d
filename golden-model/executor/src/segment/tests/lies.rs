//! Segments that contradict themselves, each with a checksum that is right.

use super::*;

type Lie = (&'static str, fn(&mut Segment));

/// Found when the file is read.
const SHAPES: &[Lie] = &[
    ("cycles", |s| s.cycles += 1),
    ("cost above the limit", |s| {
        s.cycles += 1 << 14;
        s.post.order += 1 << 14;
    }),
    ("cost beyond 32 bits", |s| s.touched = u32::MAX),
    ("order", |s| s.post.order -= 1),
    ("order wraps", |s| s.pre.order = u64::MAX),
    ("input word missing", |s| s.input.truncate(1)),
    ("input cursor", |s| s.post.input_cursor += 1),
    ("input beyond its end", |s| s.input_len = 6),
    ("journal word more", |s| s.journal.push(1)),
    ("journal length", |s| s.pre.journal_len = u32::MAX),
    ("more words than instructions", |s| {
        s.cycles = 4;
        s.post.order = s.pre.order + 4;
    }),
    ("x0 before", |s| s.pre.registers[0] = 1),
    ("x0 after", |s| s.post.registers[0] = 1),
    ("pages swapped", |s| s.pages.swap(0, 1)),
    ("page twice", |s| s.pages[1].number = s.pages[0].number),
    ("page in the text", |s| s.pages[0].number = 5),
    ("page missing from the count", |s| s.touched = 6),
    ("more text pages than there are", |s| s.touched += 2),
    ("no page dirtied", |s| s.dirtied = 0),
    ("more dirtied than there are", |s| s.dirtied = 8),
    ("no roots before", |s| s.pre.roots = None),
    ("no roots after", |s| s.post.roots = None),
    ("no proof", |s| s.proof = None),
    ("entry outside the text", |s| s.entry = 0x1c00),
    ("entry misaligned", |s| s.entry += 2),
];

/// Found when hashing.
const PATHS: &[Lie] = &[
    ("word of a page", |s| s.pages[2].words[99] ^= 1 << 31),
    ("word plus the modulus", |s| {
        s.pages[3].words[0] += 0x7f00_0001
    }),
    ("other page number", |s| s.pages[1].number = 101),
    ("page left out", |s| {
        s.pages.remove(3);
    }),
    ("page added", |s| {
        let words = Box::new(ZERO_PAGE);
        s.pages.insert(0, Page { number: 1, words });
    }),
    ("register before", |s| s.pre.registers[31] ^= 1),
    ("register after", |s| s.post.registers[1] ^= 1),
    ("word of the text", |s| {
        let mut words = s.text.words().to_vec();
        words[300] ^= 1;
        s.text = Arc::new(Text::new(s.text.range(), words));
    }),
    ("memory root before", |s| {
        lie(&mut s.pre.roots, |r| r.memory = Digest::ZERO)
    }),
    ("root before", |s| {
        lie(&mut s.pre.roots, |r| r.root = Digest::ZERO)
    }),
    ("root after", |s| {
        lie(&mut s.post.roots, |r| r.root = Digest::ZERO)
    }),
    ("memory root after", |s| {
        lie(&mut s.post.roots, |r| r.memory = Digest::ZERO)
    }),
    ("journal digest", |s| {
        lie(&mut s.post.roots, |r| r.journal = Digest::ZERO)
    }),
    ("journal word", |s| s.journal[1] = 0),
    ("digest of the proof", |s| {
        let proof = s.proof.as_mut().unwrap();
        proof.siblings[7] = Digest::ZERO;
    }),
    ("digest missing from the proof", |s| {
        s.proof.as_mut().unwrap().siblings.pop();
    }),
];

/// Found in a session's first segment.
const FIRSTS: &[Lie] = &[
    ("pc", |s| s.pre.pc += 4),
    ("registers", |s| s.pre.registers[2] = 1),
    ("order", |s| {
        s.pre.order += 1;
        s.post.order += 1;
    }),
    ("input cursor", |s| {
        s.pre.input_cursor += 1;
        s.post.input_cursor += 1;
    }),
    ("journal length", |s| {
        s.pre.journal_len += 1;
        s.post.journal_len += 1;
    }),
];

fn lie(roots: &mut Option<Roots>, change: impl FnOnce(&mut Roots)) {
    change(roots.as_mut().unwrap());
}

fn later() -> Segment {
    segment(Kind { index: 3, ..FIRST }).0
}

#[test]
fn from_bytes_rejects_numbers_that_contradict_each_other() {
    for (name, change) in SHAPES {
        let mut segment = later();
        change(&mut segment);
        let error = Segment::from_bytes(&segment.to_bytes()).unwrap_err();
        println!("{name}: {error}");
        assert!(
            matches!(error, SegmentError::Contradiction(_)),
            "{name}: {error}"
        );
        assert!(segment.verify_paths().is_err(), "{name}");
    }
    for (name, change) in FIRSTS {
        let mut segment = segment(FIRST).0;
        change(&mut segment);
        let error = Segment::from_bytes(&segment.to_bytes()).unwrap_err();
        println!("first segment's {name}: {error}");
        assert!(
            matches!(error, SegmentError::Contradiction(_)),
            "{name}: {error}"
        );
    }
}

#[test]
fn from_bytes_rejects_a_halt_that_is_none() {
    let halted = Exit::Halted { exit_code: 0 };
    let exits: [fn(&mut Segment); 3] = [
        |s| s.post.pc = 0x1234,
        |s| s.post.registers[10] ^= 1,
        |s| s.exit = Exit::Halted { exit_code: 77 },
    ];
    for change in exits {
        let kind = Kind {
            exit: halted,
            ..FIRST
        };
        let mut segment = segment(kind).0;
        assert_eq!(segment.check_shape(), Ok(()));
        change(&mut segment);
        assert!(Segment::from_bytes(&segment.to_bytes()).is_err());
    }
}

#[test]
fn verify_paths_rejects_content_that_its_roots_do_not_hold() {
    for (name, change) in PATHS {
        let mut segment = later();
        change(&mut segment);
        // The file is a good file: only hashing finds these.
        let read = Segment::from_bytes(&segment.to_bytes()).unwrap();
        let error = read.verify_paths().unwrap_err();
        println!("{name}: {error}");
        let expected = matches!(error, CheckError::Digest { .. } | CheckError::Proof(_));
        assert!(expected, "{name}: {error}");
    }
    println!("refused {} lies", PATHS.len());
}

#[test]
fn verify_paths_rejects_another_program_for_the_first_segment() {
    let mut segment = segment(FIRST).0;
    segment.image_digest = Digest::ZERO;
    let error = segment.verify_paths().unwrap_err();
    assert!(
        matches!(
            error,
            CheckError::Digest {
                what: "image digest",
                ..
            }
        ),
        "{error}"
    );
    let mut segment = self::segment(FIRST).0;
    segment.entry += 4;
    segment.pre.pc += 4;
    let error = segment.verify_paths().unwrap_err();
    assert!(
        matches!(
            error,
            CheckError::Digest {
                what: "image digest",
                ..
            }
        ),
        "{error}"
    );
}
