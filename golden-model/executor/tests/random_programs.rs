//! The fast paths against the naive machine on random programs.

mod common;

use assay_executor::{Exit, Image};
use assay_progen::{Config, End, generate};
use common::{Case, Matched, agree, po2};

fn case(seed: u64, config: &Config) -> (Case, End) {
    let program = generate(seed, config);
    let image = Image::from_elf(&program.elf).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    (Case::new(image, &program.input), program.end)
}

fn assert_end(seed: u64, exit: Exit, announced: End) {
    match (exit, announced) {
        (Exit::Halted { exit_code }, End::Halt { exit_code: code }) => {
            assert_eq!(exit_code, code, "seed {seed}");
        }
        (Exit::Faulted { cause }, End::Fault { cause: fault, .. }) => {
            assert_eq!(cause.code(), fault.code(), "seed {seed}");
        }
        _ => panic!("seed {seed}: {exit}, announced was {announced:?}"),
    }
}

#[test]
fn live_session_and_replay_agree_with_the_naive_machine() {
    let mut matched = Matched::default();
    for seed in 0..60 {
        let config = Config {
            data_pages: [8, 48, 400][seed as usize % 3],
            ..Config::default()
        };
        let (case, end) = case(seed, &config);
        let (this, exit) = agree(&format!("seed {seed}"), &case, po2(13), None);
        assert_end(seed, exit, end);
        matched += this;
    }
    println!("{matched}");
    assert!(matched.records > 500_000, "{matched}");
}

#[test]
fn larger_segment_limits_agree_with_the_naive_machine() {
    let mut matched = Matched::default();
    for (seed, log) in (1000..).zip(14..=22) {
        let config = Config {
            instructions: 60_000,
            ..Config::default()
        };
        let (case, end) = case(seed, &config);
        let (this, exit) = agree(&format!("seed {seed}, po2 {log}"), &case, po2(log), None);
        assert_end(seed, exit, end);
        matched += this;
    }
    println!("{matched}");
}

#[test]
fn cycle_limit_holds_to_the_instruction() {
    let (case, _) = case(7, &Config::default());
    let mut matched = Matched::default();
    let (all, exit) = agree("seed 7", &case, po2(13), None);
    let around = |middle: u64| middle.saturating_sub(2)..middle + 3;
    for limit in (0..3).chain(around(7000)).chain(around(all.records)) {
        let (this, stopped) = agree(&format!("limit {limit}"), &case, po2(13), Some(limit));
        assert_eq!(this.records, limit.min(all.records));
        let ends_before =
            limit > all.records || limit == all.records && matches!(exit, Exit::Halted { .. });
        assert_eq!(stopped, if ends_before { exit } else { Exit::Stopped });
        matched += this;
    }
    println!("{matched}");
}
