//! Segments that travel: with roots, as bytes, and tampered with.

mod common;

use std::sync::Arc;

use assay_abi::{PageIn, Record, SegmentEnd};
use assay_executor::{
    BeatWriter, CallbackSink, CheckError, Exit, Image, LiveTrace, NullSink, PreflightError,
    Replayer, Segment, Session, SessionConfig, SessionError, preflight, verify_segment,
};
use assay_progen::{Config, Ending, generate};
use common::{Case, po2, replay};

fn case(seed: u64) -> Case {
    let config = Config {
        instructions: 60_000,
        data_pages: 64,
        ending: Ending::Halt,
        ..Config::default()
    };
    let program = generate(seed, &config);
    let image = Image::from_elf(&program.elf).expect("a generated program");
    Case::new(image, &program.input)
}

#[test]
fn roots_chain_and_every_segment_verifies_alone() {
    let case = case(1);
    let (summary, segments) = case.session(po2(13), None, true);
    assert!(segments.len() > 10, "{} segments", segments.len());
    for segment in &segments {
        verify_segment(segment).unwrap_or_else(|error| panic!("{error}"));
    }
    for pair in segments.windows(2) {
        assert_eq!(pair[0].post, pair[1].pre);
        assert_eq!(pair[0].exit, Exit::Running);
    }
    let last = segments.last().expect("at least one");
    assert_eq!(summary.roots, last.post.roots);
    let roots = summary.roots.expect("asked for");
    assert_eq!(roots.journal, summary.journal.digest());

    // Roots change nothing else.
    let (plain, without) = case.session(po2(13), None, false);
    assert_eq!(plain.roots, None);
    assert_eq!((plain.exit, plain.cycles), (summary.exit, summary.cycles));
    for (segment, mut with) in without.into_iter().zip(segments.iter().cloned()) {
        with.proof = None;
        with.pre.roots = None;
        with.post.roots = None;
        assert_eq!(segment, with);
    }
    println!("verified {} segments", segments.len());
}

#[test]
fn segments_replay_from_their_bytes_as_the_session_ran() {
    let case = case(2);
    let (_, segments) = case.session(po2(14), None, true);
    let read: Vec<Segment> = segments
        .iter()
        .map(|segment| Segment::from_bytes(&segment.to_bytes()).expect("its own bytes"))
        .collect();
    assert_eq!(read, segments);
    let live = case.live(po2(14), None);
    assert_eq!(replay(&read), live);

    // The stream's bytes are those of the events, whoever writes them.
    let mut from_live = BeatWriter::new(Vec::new());
    live.iter().for_each(|event| event.deliver(&mut from_live));
    let mut replayer = Replayer::new(BeatWriter::new(Vec::new()));
    for segment in &read {
        replayer.replay(segment).expect("a good segment");
    }
    let from_live = from_live.finish().expect("a Vec takes all");
    let from_replay = replayer.into_sink().finish().expect("a Vec takes all");
    assert!(from_live == from_replay, "the streams differ");
    let pages: usize = segments
        .iter()
        .map(|segment| segment.touched as usize - 1)
        .sum();
    let records: usize = segments.iter().map(|segment| segment.cycles as usize).sum();
    assert_eq!(
        from_live.len(),
        64 * (records + 17 * pages + 3 * segments.len())
    );
    println!("{} bytes of trace agree", from_live.len());
}

#[test]
fn preflight_gives_the_rows_of_its_segment() {
    let case = case(3);
    let (_, segments) = case.session(po2(13), None, false);
    for segment in &segments {
        let rows = preflight(segment).expect("a good segment");
        let cycles: Vec<u32> = rows.records.iter().map(|record| record.cycle).collect();
        assert_eq!(cycles, (1..=segment.cycles).collect::<Vec<_>>());
        assert_eq!(rows.records[0].order, segment.pre.order);
        assert_eq!(rows.pages.len(), segment.touched as usize - 1);
        assert_eq!(rows.registers, segment.post.registers);
        assert_eq!(rows.end, segment.end_beat());
        for (header, words) in &rows.pages {
            assert_eq!(segment.page(header.page), Some(&**words));
        }
    }
}

#[test]
fn replay_rejects_a_segment_that_lies() {
    let (_, segments) = case(4).session(po2(13), None, false);
    let good = segments
        .iter()
        .find(|segment| segment.index > 0 && segment.pages.len() > 2 && !segment.input.is_empty())
        .expect("a segment that reads memory and input");
    let refused = |what: &str, lie: &dyn Fn(&mut Segment)| {
        let mut segment = good.clone();
        lie(&mut segment);
        match preflight(&segment) {
            Ok(_) => panic!("{what}: accepted"),
            Err(error) => {
                println!("{what}: {error}");
                error
            }
        }
    };
    let differs = |what: &str, lie: &dyn Fn(&mut Segment)| {
        let error = refused(what, lie);
        assert!(
            matches!(error, PreflightError::Differs { .. }),
            "{what}: {error}"
        );
    };
    let error = refused("a page is missing", &|s| {
        s.pages.pop();
        s.touched -= 1;
    });
    assert!(matches!(error, PreflightError::NoPage { .. }), "{error}");
    let error = refused("a pc between two instructions", &|s| s.pre.pc += 2);
    assert!(matches!(error, PreflightError::Pc { .. }), "{error}");
    let error = refused("an input word less", &|s| {
        s.input.pop();
        s.post.input_cursor -= 1;
    });
    assert!(matches!(error, PreflightError::NoInput { .. }), "{error}");
    differs("one cycle less", &|s| {
        s.cycles -= 1;
        s.post.order -= 1;
    });
    differs("a fault that is none", &|s| {
        let cause = assay_abi::FaultCause::Breakpoint;
        s.exit = Exit::Faulted { cause };
    });
    differs("another pc after", &|s| s.post.pc += 4);
    differs("another register after", &|s| s.post.registers[9] ^= 1);
    differs("another register before", &|s| {
        s.pre
            .registers
            .iter_mut()
            .skip(1)
            .for_each(|word| *word ^= 4);
    });
    differs("one page dirtied less", &|s| s.dirtied -= 1);
    let error = refused("a register x0", &|s| s.post.registers[0] = 1);
    assert!(matches!(error, PreflightError::Shape { .. }), "{error}");
    let error = verify_segment(good).expect_err("it has no roots");
    let no_roots = CheckError::NoRoots;
    assert!(
        matches!(&error, PreflightError::Shape { source, .. } if *source == no_roots),
        "{error}"
    );
}

#[test]
fn verification_rejects_another_memory_after() {
    let (_, mut segments) = case(5).session(po2(13), None, true);
    let segment = &mut segments[1];
    let roots = segment.post.roots.as_mut().expect("asked for");
    let pre = segment.pre.roots.expect("asked for");
    *roots = assay_executor::Roots::new(pre.memory, &segment.post.registers, roots.journal);
    let error = verify_segment(segment).expect_err("memory has changed");
    assert!(matches!(error, PreflightError::Root { .. }), "{error}");
}

#[test]
fn one_replayer_takes_segments_of_different_programs() {
    let (first, second) = (case(6), case(7));
    let mut replayer = Replayer::new(Vec::new());
    let (_, a) = first.session(po2(13), None, false);
    let (_, b) = second.session(po2(15), None, false);
    for (left, right) in a.iter().zip(b.iter().cycle()) {
        for segment in [left, right] {
            replayer.replay(segment).expect("a good segment");
            let trace = std::mem::take(replayer.sink_mut());
            assert_eq!(trace, replay(std::slice::from_ref(segment)));
        }
    }
    println!("replayed {} segments in turn", 2 * a.len());
}

#[test]
fn a_sink_that_refuses_ends_the_session() {
    let case = case(8);
    for roots in [false, true] {
        let config = SessionConfig {
            po2: po2(13),
            cycle_limit: None,
            roots,
        };
        let mut taken = 0;
        let mut sink = CallbackSink::new(|segment: Segment| {
            assert_eq!(segment.index, taken);
            taken += 1;
            if taken == 3 { Err("full") } else { Ok(()) }
        });
        let session = Session::new(Arc::clone(&case.image), case.input.clone(), config);
        let error = session.run(&mut sink).expect_err("the sink is full");
        assert!(matches!(error, SessionError::Sink(_)), "{error}");
        assert_eq!(taken, 3);
    }
}

#[test]
fn empty_sessions_have_one_empty_segment() {
    let case = case(9);
    for roots in [false, true] {
        let (summary, segments) = case.session(po2(20), Some(0), roots);
        assert_eq!((summary.exit, summary.cycles), (Exit::Stopped, 0));
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].cost(), 448);
        assert_eq!(replay(&segments), case.live(po2(20), Some(0)));
    }
    let mut live = LiveTrace::new(case.image, case.input, po2(20), Some(0));
    assert!(live.next_event().is_some());
    assert_eq!(
        (live.next_event(), live.exit()),
        (None, Some(Exit::Stopped))
    );
}

#[test]
fn the_stream_structs_are_one_beat_each() {
    assert_eq!(size_of::<Record>(), 64);
    assert_eq!(size_of::<PageIn>(), 64);
    assert_eq!(size_of::<SegmentEnd>(), 64);
    // A session needs no sink that keeps anything.
    let case = case(10);
    let summary = Session::new(case.image, case.input, SessionConfig::default())
        .run(&mut NullSink)
        .expect("nothing can fail");
    assert!(matches!(summary.exit, Exit::Halted { .. }));
}
