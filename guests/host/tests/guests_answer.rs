//! The committed guests on the executor: right answers to good input, the documented ones to bad input.

use std::sync::Arc;

use assay_abi::{FaultCause, Po2};
use assay_executor::{Exit, Image, Input, NullSink, Session, SessionConfig, SessionSummary};
use assay_guests::{
    GUESTS, GuestError, coremark, find, riscv_tests, sample, sample_of_size, suites,
};

fn run(elf: &[u8], words: Vec<u32>) -> SessionSummary {
    let image = Arc::new(Image::from_elf(elf).expect("the loader takes the guest"));
    let config = SessionConfig {
        po2: Po2::DEFAULT,
        cycle_limit: Some(1 << 30),
        roots: false,
    };
    Session::new(image, Input::from_words(words).unwrap(), config)
        .run(&mut NullSink)
        .unwrap()
}

fn run_frames(guest: &str, frames: &[&[u8]]) -> SessionSummary {
    let mut input = Input::from_words(Vec::new()).unwrap();
    frames
        .iter()
        .for_each(|frame| input.push_frame(frame).unwrap());
    run(&find(guest).unwrap().elf().unwrap(), input.words().to_vec())
}

#[test]
fn guests_answer_their_samples_as_the_host_does() {
    for guest in GUESTS {
        for sample in [
            sample(guest.name).unwrap(),
            sample_of_size(guest.name, 0).unwrap(),
            sample_of_size(guest.name, 501).unwrap(),
        ] {
            let summary = run(&guest.elf().unwrap(), sample.words());
            assert_eq!(
                summary.exit,
                Exit::Halted {
                    exit_code: sample.exit_code
                },
                "{}",
                guest.name
            );
            assert_eq!(summary.journal.words(), sample.journal, "{}", guest.name);
            println!(
                "{}: {} bytes of input, {} instructions, {} segments",
                guest.name,
                4 * sample.words().len(),
                summary.cycles,
                summary.segments
            );
        }
    }
}

#[test]
fn ecdsa_guest_rejects_forged_and_malformed_input() {
    let frames = sample("ecdsa").unwrap().frames;
    let mut forged = frames.clone();
    forged[1][0] ^= 1;
    let mut high_s = frames.clone();
    negate_s(&mut high_s[2]);
    let mut key = frames.clone();
    key[0][0] = 9;
    let mut short = frames.clone();
    short[2].pop();
    for bad in [forged, high_s, key, short] {
        let frames: Vec<&[u8]> = bad.iter().map(Vec::as_slice).collect();
        let summary = run_frames("ecdsa", &frames);
        assert_eq!(summary.exit, Exit::Halted { exit_code: 0 });
        assert_eq!(summary.journal.words()[0], 0);
        assert_eq!(summary.journal.words().len(), 17);
    }
}

/// s := n − s, the other signature of the same message.
fn negate_s(signature: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36,
        0x41, 0x41,
    ];
    let mut borrow = 0;
    for (s, n) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(n) - i16::from(*s) - borrow;
        borrow = i16::from(difference < 0);
        *s = difference as u8;
    }
}

#[test]
fn json_guest_tells_what_is_wrong_by_its_exit_code() {
    let exit = |document: &[u8], path: &[u8]| {
        let summary = run_frames("json", &[document, path]);
        (summary.exit, summary.journal.words().len())
    };
    assert_eq!(
        exit(b"{\"a\": [1, 2.5]}", b"/a/1"),
        (Exit::Halted { exit_code: 0 }, 2)
    );
    assert_eq!(
        exit(b"{\"a\": [1, 2.5]}", b"/a/2"),
        (Exit::Halted { exit_code: 1 }, 0)
    );
    assert_eq!(
        exit(b"{\"a\": [1, 2.5]}", b"/\xff"),
        (Exit::Halted { exit_code: 1 }, 0)
    );
    assert_eq!(
        exit(b"{\"a\": [1, 2.5}", b"/a"),
        (Exit::Halted { exit_code: 2 }, 0)
    );
}

#[test]
fn guests_fault_when_the_input_is_shorter_than_a_frame_says() {
    for guest in GUESTS {
        for words in [vec![], vec![5, 0], vec![u32::MAX, 1, 2]] {
            let summary = run(&guest.elf().unwrap(), words);
            assert_eq!(
                summary.exit,
                Exit::Faulted {
                    cause: FaultCause::InputExhausted
                },
                "{}",
                guest.name
            );
            assert!(summary.journal.words().is_empty());
        }
    }
}

/// What needs the wheel with the suites and gcc: not run without them, and says so.
fn or_skip<T>(found: Result<T, GuestError>) -> Option<T> {
    match found {
        Err(error @ (GuestError::NoSuite { .. } | GuestError::Missing { .. }))
            if std::env::var_os("ASSAY_REQUIRE_TOOLS").is_none() =>
        {
            println!("not run: {error}");
            None
        }
        found => Some(found.unwrap()),
    }
}

#[test]
fn riscv_tests_pass_on_the_executor() {
    let Some(tests) = or_skip(suites().and_then(|s| riscv_tests::build(&s))) else {
        return;
    };
    assert!(tests.len() >= 46, "only {} tests", tests.len());
    let failed: Vec<_> = tests
        .iter()
        .map(|(name, elf)| (name, run(elf, Vec::new()).exit))
        .filter(|(_, exit)| *exit != Exit::Halted { exit_code: 0 })
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    println!("{} riscv-tests passed", tests.len());
}

#[test]
fn coremark_is_valid_on_the_executor() {
    let Some(elf) = or_skip(suites().and_then(|s| coremark::build(&s, 2))) else {
        return;
    };
    let summary = run(&elf, Vec::new());
    assert_eq!(
        summary.exit,
        Exit::Halted { exit_code: 0 },
        "{:x?}",
        summary.journal.words()
    );
    assert_eq!(summary.journal.words()[0], 2);
    println!("CoreMark: {} instructions an iteration", summary.cycles / 2);
}
