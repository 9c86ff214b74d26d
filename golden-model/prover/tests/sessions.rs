//! Sessions are proved while they run, in memory that is bounded, and go on where they were stopped.

mod common;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use assay_abi::Po2;
use assay_executor::{Image, Input, Segment, Session, SessionConfig};
use assay_prover::{
    Budget, Options, Progress, ProveError, Prover, SealStore, Sealed, Silent, StoreError,
    prove_segments, prove_session,
};
use assay_verifier::Parameters;
use common::{Proved, case, proved};

fn options<'a>(budget: &'a Budget, store: Option<&'a SealStore>) -> Options<'a> {
    Options {
        parallel: 2,
        queue: 1,
        budget,
        store,
    }
}

/// Counts seals, old and new, and asks to stop after some.
#[derive(Default)]
struct Count {
    old: AtomicU32,
    new: AtomicU32,
    stop_after: Option<u32>,
}

impl Progress for Count {
    fn sealed(&self, _: u32, sealed: &Sealed) {
        let count = if sealed.is_old() {
            &self.old
        } else {
            &self.new
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn stop(&self) -> bool {
        self.stop_after
            .is_some_and(|most| self.new.load(Ordering::Relaxed) >= most)
    }
}

/// Stopped in the middle, killed while a seal was written, a seal damaged, one of another session: what is right is kept, the rest is
/// made again, and the bytes are those of a run that nothing happened to.
#[test]
fn a_stopped_run_goes_on_from_the_seals_that_are_there() {
    let Proved {
        prover,
        receipt,
        summary,
        ..
    } = proved();
    let folder = tempfile::tempdir().unwrap();
    let store = SealStore::open(&folder.path().join("seals")).unwrap();
    let budget = Budget::available();
    let first = Count {
        stop_after: Some(2),
        ..Count::default()
    };
    let one = Options {
        parallel: 1,
        ..options(&budget, Some(&store))
    };
    let error = prove_session(prover, case().session(), &one, &first).unwrap_err();
    assert!(matches!(error, ProveError::Interrupted), "{error}");
    assert!(store.read(0).is_some() && store.read(1).is_some() && store.read(2).is_none());

    // As a kill leaves it: a part of a file under another name.
    let part = store.seal_path(2).with_extension("seal.part");
    fs::write(&part, b"ASSAYSEL").unwrap();
    // A seal that was cut short, and one under another's name.
    let good = fs::read(store.seal_path(1)).unwrap();
    fs::write(store.seal_path(1), &good[..good.len() / 2]).unwrap();
    fs::copy(store.seal_path(0), store.seal_path(2)).unwrap();

    let second = Count::default();
    let options = options(&budget, Some(&store));
    let (_, seals) = prove_session(prover, case().session(), &options, &second).unwrap();
    assert_eq!(second.old.into_inner(), 1, "only segment 0 is right");
    assert_eq!(second.new.into_inner(), summary.segments - 1);
    assert!(seals == receipt.seals, "the same bytes as without all that");
    assert!(!part.exists());

    let third = Count::default();
    prove_session(prover, case().session(), &options, &third).unwrap();
    assert_eq!(third.old.into_inner(), summary.segments);
}

#[test]
fn segments_in_any_order_give_the_seals_of_the_session() {
    let proved = proved();
    let mut segments = proved.case.segments();
    segments.reverse();
    // As another machine gets them.
    let segments = segments
        .into_iter()
        .map(|segment| Ok(Segment::from_bytes(&segment.to_bytes()).unwrap()));
    let budget = Budget::available();
    let seals = prove_segments(&proved.prover, segments, &options(&budget, None), &Silent);
    let seals: Vec<_> = seals.unwrap().into_values().collect();
    assert!(seals == proved.receipt.seals);
}

#[test]
fn a_session_that_faults_or_is_cut_off_is_refused() {
    // lw x1, 1(x0): misaligned.
    let image = Arc::new(Image::from_words(0x1000, &[0x0010_2083]).unwrap());
    let prover = Prover::new(image.text_content(), Parameters::Test).unwrap();
    let session = |cycle_limit| {
        let config = SessionConfig {
            po2: Po2::MIN,
            cycle_limit,
            roots: true,
        };
        Session::new(image.clone(), Input::new(), config)
    };
    let budget = Budget::available();
    let options = options(&budget, None);
    let error = prove_session(&prover, session(None), &options, &Silent).unwrap_err();
    println!("{error}");
    let ProveError::Faulted { cause, pc } = error else {
        panic!("{error}");
    };
    assert_eq!((cause, pc), ("LoadMisaligned", 0x1000));
    let error = prove_session(&prover, session(Some(0)), &options, &Silent).unwrap_err();
    assert!(matches!(error, ProveError::Stopped), "{error}");
}

#[test]
fn a_segment_without_roots_is_refused() {
    let proved = proved();
    let mut segments: Vec<Segment> = Vec::new();
    let config = SessionConfig {
        po2: Po2::MIN,
        cycle_limit: None,
        roots: false,
    };
    let case = case();
    let session = Session::new(case.image, case.input, config);
    session.run(&mut segments).unwrap();
    let error = proved.prover.prove(&segments[0], &Budget::available());
    let error = error.unwrap_err();
    assert!(matches!(error, ProveError::NoRoots { index: 0 }), "{error}");
}

#[test]
fn a_segment_that_says_something_else_is_refused() {
    let proved = proved();
    let segments = proved.case.segments();
    let reads = segments.iter().find(|segment| !segment.input.is_empty());
    let good = reads.expect("some segment reads input");
    let lies: [fn(&mut Segment); 3] = [
        |s| s.post.registers[5] ^= 1,
        |s| s.post.pc += 4,
        |s| s.input[0] ^= 1,
    ];
    for lie in lies {
        let mut segment = good.clone();
        lie(&mut segment);
        let error = proved.prover.prove(&segment, &Budget::available());
        println!("{}", error.unwrap_err());
    }
}

#[test]
fn too_small_a_budget_is_named() {
    let proved = proved();
    let segment = &proved.case.segments()[0];
    let error = proved.prover.prove(segment, &Budget::new(64 << 20));
    let error = error.unwrap_err();
    println!("{error}");
    assert!(
        matches!(
            error,
            ProveError::Memory {
                budget: 64,
                fits: None,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_seal_that_cannot_be_written_stops_the_run_and_leaves_nothing() {
    let proved = proved();
    let folder = tempfile::tempdir().unwrap();
    let store = SealStore::open(folder.path()).unwrap();
    // The disk is full: what is written to the part's place goes to /dev/full.
    let part = store.seal_path(0).with_extension("seal.part");
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let budget = Budget::available();
    let options = options(&budget, Some(&store));
    let error = prove_session(&proved.prover, case().session(), &options, &Silent).unwrap_err();
    println!("{error}");
    assert!(
        matches!(error, ProveError::Store(StoreError::Write { .. })),
        "{error}"
    );
    assert!(!store.seal_path(0).exists(), "nothing under the final name");
    assert!(fs::symlink_metadata(&part).is_err(), "nor under the other");
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let proved = proved();
    let segment = &proved.case.segments()[0];
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let budget = Budget::available();
        let sealed = pool
            .build()
            .unwrap()
            .install(|| proved.prover.prove(segment, &budget).unwrap());
        assert!(sealed.seal == proved.receipt.seals[0], "{threads} threads");
    }
}
