mod corrupt;
mod lies;

use std::collections::BTreeMap;

use assay_abi::FaultCause;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::{hash, image::Image, journal, page::ZERO_PAGE, tree::MemoryTree};

/// What a made-up segment is like.
#[derive(Clone, Copy)]
struct Kind {
    index: u32,
    exit: Exit,
    roots: bool,
    seed: u64,
}

const FIRST: Kind = Kind {
    index: 0,
    exit: Exit::Running,
    roots: true,
    seed: 1,
};

fn random_page(rng: &mut StdRng) -> Box<PageWords> {
    Box::new(std::array::from_fn(|_| rng.random()))
}

/// A segment as a session could have made it, without one: its memory changes at random. With it the pages that
/// changed, as they are after it.
fn segment(kind: Kind) -> (Segment, BTreeMap<u32, Box<PageWords>>) {
    let mut rng = StdRng::seed_from_u64(kind.seed);
    let numbers = [2, 4, 5, 6, 100, 101, 102, 9000, (1 << 18) - 1];
    let pages = numbers.map(|number| (number, random_page(&mut rng)));
    let image = Image::new(0x1008, 4..7, BTreeMap::from(pages)).unwrap();
    let mut tree: MemoryTree = image.tree().clone();

    // One page is zero before.
    let touched = [2, 100, 102, 103, 9000, (1 << 18) - 1];
    let pages: Vec<Page> = touched
        .iter()
        .map(|&number| Page {
            number,
            words: Box::new(*image.page(number).unwrap_or(&ZERO_PAGE)),
        })
        .collect();
    let proven: Vec<u32> = touched.iter().copied().chain(4..7).collect();
    let proof = tree.prove(&proven);
    let memory_before = tree.root();
    let dirty = [100, 103, 9000].map(|number| (number, random_page(&mut rng)));
    tree.update_pages(&dirty.each_ref().map(|(number, words)| (*number, &**words)));

    let mut registers = |zero: bool| {
        let mut registers: [u32; 32] = std::array::from_fn(|_| if zero { 0 } else { rng.random() });
        registers[0] = 0;
        registers
    };
    let first = kind.index == 0;
    let (before, after) = (registers(first), registers(false));
    let later = u32::from(!first);
    let journal_before = match kind.index {
        0 => Digest::ZERO,
        _ => journal::absorb(Digest::ZERO, &[1, 2, 3]),
    };
    let committed: Vec<u32> = vec![7, u32::MAX, 0x7f00_0001];
    let journal_after = journal::absorb(journal_before, &committed);
    let exit = match kind.exit {
        Exit::Halted { .. } => Exit::Halted {
            exit_code: after[10],
        },
        other => other,
    };
    let roots =
        |memory, registers, journal| kind.roots.then(|| Roots::new(memory, registers, journal));
    let segment = Segment {
        index: kind.index,
        po2: Po2::try_from(14).unwrap(),
        image_digest: image.digest(),
        entry: image.entry,
        text: Arc::clone(image.text_content()),
        pre: State {
            pc: if first { image.entry } else { 0x1100 },
            registers: before,
            input_cursor: 5 * later,
            journal_len: 3 * later,
            order: 16_000 * u64::from(later),
            roots: roots(memory_before, &before, journal_before),
        },
        post: State {
            pc: match exit {
                Exit::Halted { .. } => assay_abi::machine::HALT_PC,
                _ => 0x1234,
            },
            registers: after,
            input_cursor: 5 * later + 2,
            journal_len: 3 * later + 3,
            order: 16_000 * u64::from(later) + 5000,
            roots: roots(tree.root(), &after, journal_after),
        },
        pages,
        proof: kind.roots.then_some(proof),
        input: vec![0xdead_beef, 3],
        input_len: 20,
        journal: committed,
        exit,
        cycles: 5000,
        touched: 6 + 1 + 2,
        dirtied: 3 + 1,
    };
    (segment, BTreeMap::from(dirty))
}

fn kinds() -> impl Iterator<Item = Kind> {
    let cause = FaultCause::StoreToText;
    let exits = [
        Exit::Running,
        Exit::Halted { exit_code: 0 },
        Exit::Faulted { cause },
        Exit::Stopped,
    ];
    exits.into_iter().flat_map(|exit| {
        [(0, true), (3, true), (0, false), (3, false)].map(|(index, roots)| Kind {
            index,
            exit,
            roots,
            seed: u64::from(index) + 40,
        })
    })
}

#[test]
fn segments_roundtrip_through_bytes() {
    for (number, kind) in kinds().enumerate() {
        let (segment, _) = segment(kind);
        let file = segment.to_bytes();
        assert_eq!(Segment::from_bytes(&file).unwrap(), segment);
        assert_eq!(segment.to_bytes(), file, "the same segment, the same bytes");
        println!("segment {number}: {} bytes", file.len());
    }
}

#[test]
fn segments_roundtrip_through_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.seg");
    let (segment, _) = segment(FIRST);
    segment.write_file(&path).unwrap();
    assert_eq!(Segment::read_file(&path).unwrap(), segment);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn write_file_leaves_nothing_behind_when_it_fails() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("no such directory").join("a.seg");
    let (segment, _) = segment(FIRST);
    let error = segment.write_file(&path).unwrap_err();
    assert!(error.to_string().contains("no such directory"), "{error}");
    // A directory stands where the file should be: the temporary file is written, but cannot be moved.
    let path = dir.path().join("taken");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("inside"), "x").unwrap();
    let error = segment.write_file(&path).unwrap_err();
    println!("{error}");
    assert!(matches!(error, SegmentError::File { .. }));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let error = Segment::read_file(&dir.path().join("missing.seg")).unwrap_err();
    assert!(error.to_string().contains("missing.seg"), "{error}");
}

#[test]
fn verify_paths_accepts_segments_with_roots_only() {
    for kind in kinds() {
        let (segment, _) = segment(kind);
        let result = segment.verify_paths();
        match kind.roots {
            true => assert_eq!(result, Ok(())),
            false => assert_eq!(result, Err(CheckError::NoRoots)),
        }
    }
}

#[test]
fn memory_root_after_follows_from_the_dirty_pages() {
    let (segment, dirty) = segment(FIRST);
    let before = segment.memory_root_after(|_, words| words).unwrap();
    assert_eq!(before, segment.pre.roots.unwrap().memory);
    let after =
        segment.memory_root_after(|number, words| dirty.get(&number).map_or(words, |page| page));
    assert_eq!(after.unwrap(), segment.post.roots.unwrap().memory);
    assert_ne!(before, segment.post.roots.unwrap().memory);
}

#[test]
fn page_gives_touched_pages_and_text() {
    let (segment, _) = segment(FIRST);
    let numbers: Vec<u32> = segment.proof_pages().map(|(number, _)| number).collect();
    assert_eq!(numbers, [2, 4, 5, 6, 100, 102, 103, 9000, (1 << 18) - 1]);
    for (number, words) in segment.proof_pages() {
        assert_eq!(segment.page(number), Some(words));
    }
    assert_eq!(segment.page(101), None);
}

#[test]
fn end_beat_says_what_the_segment_says() {
    let cause = FaultCause::LoadOutOfRange;
    let exit = Exit::Faulted { cause };
    let (segment, _) = segment(Kind {
        index: 3,
        exit,
        ..FIRST
    });
    let beat = segment.end_beat();
    assert_eq!(
        (beat.kind, beat.status, beat.cause, beat.po2),
        (4, 2, 6, 14)
    );
    assert_eq!(
        (beat.segment, beat.cycles, beat.touched, beat.dirtied),
        (3, 5000, 9, 4)
    );
    assert_eq!((beat.journal_words, beat.input_words), (3, 2));
    assert_eq!(
        (beat.journal_total, beat.input_total, beat.order),
        (6, 7, 21_000)
    );
    assert_eq!(beat.cost, 5000 + 9 * 256 + 4 * 192 + 3 * 3);
    assert_eq!(u64::from(beat.cost), segment.cost());
    assert_eq!((beat.pc, beat.exit_code), (0x1234, 0));
    let (running, _) = self::segment(FIRST);
    assert_eq!((running.end_beat().kind, running.end_beat().status), (3, 0));
    assert_eq!(
        hash::root(running.pre.roots.unwrap().memory, &running.pre.registers),
        running.pre.roots.unwrap().root
    );
}
