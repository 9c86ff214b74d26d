//! The Verilated card against the golden model, and the golden model against cards with a bug.
#![cfg(feature = "verilator")]

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use assay_abi::plants::{PLANTS, Plant};
use assay_abi::{CONTRACT_HASH, FaultCause, Po2};
use assay_executor::{Image, Input};
use assay_progen::encode::{ECALL, ImmOp, Reg, imm_op};
use assay_progen::{Assembler, Config, Ending, generate};
use assay_sim::{CosimOptions, CosimReport, Rtl, SimError, Stalls, Timing, WitnessCard, cosim};

const TIMINGS: [(&str, Timing); 3] = [
    ("steady", Timing::STEADY),
    ("random", Timing::RANDOM),
    ("harsh", Timing::HARSH),
];

fn random_program(seed: u64, instructions: u64, ending: Ending) -> (Arc<Image>, Input) {
    let program = generate(
        seed,
        &Config {
            instructions,
            ending,
            ..Config::default()
        },
    );
    (
        Arc::new(Image::from_elf(&program.elf).unwrap()),
        Input::from_words(program.input).unwrap(),
    )
}

/// A program at the bottom of memory, without input.
fn program(write: impl FnOnce(&mut Assembler)) -> (Arc<Image>, Input) {
    let mut asm = Assembler::new(0);
    write(&mut asm);
    let code = asm.finish().unwrap();
    (
        Arc::new(Image::from_words(0, &code.words).unwrap()),
        Input::default(),
    )
}

fn forever() -> (Arc<Image>, Input) {
    program(|asm| {
        let top = asm.here();
        asm.emit(imm_op(ImmOp::Addi, Reg::A0, Reg::A0, 1));
        asm.jal(Reg::ZERO, top);
    })
}

fn options(seed: u64, timing: Timing) -> CosimOptions {
    CosimOptions {
        seed,
        timing,
        po2: Po2::MIN,
        ..CosimOptions::default()
    }
}

fn run(subject: &(Arc<Image>, Input), options: &CosimOptions) -> CosimReport {
    cosim(&subject.0, &subject.1, options, &mut ()).unwrap()
}

/// Runs a program that must match.
fn matches(subject: &(Arc<Image>, Input), options: &CosimOptions) -> CosimReport {
    let report = run(subject, options);
    assert!(report.failure.is_none(), "{report}");
    assert_eq!(report.matched.ends, 1);
    report
}

#[test]
fn rtl_matches_golden_model_on_random_programs_under_every_timing() {
    let (mut records, mut segments, mut pages) = (0, 0, 0);
    for (name, timing) in TIMINGS {
        for seed in 0..4 {
            let report = matches(
                &random_program(seed, 6000, Ending::Halt),
                &options(seed, timing),
            );
            println!("{name} {seed}: {report}");
            records += report.matched.records;
            segments += report.segments;
            pages += report.matched.pages;
        }
    }
    println!("matched {records} retired instructions in {segments} segments with {pages} pages");
    assert!(records > 50_000 && segments > 50);
}

#[test]
fn rtl_matches_golden_model_on_every_fault() {
    for &fault in FaultCause::ALL {
        let report = matches(
            &random_program(5, 500, Ending::Fault(fault)),
            &options(5, Timing::RANDOM),
        );
        let status = report.status.unwrap();
        assert!(status.faulted && !status.halted);
        assert_eq!(status.fault_cause, u32::from(fault.code()));
    }
    println!("matched {} kinds of fault", FaultCause::ALL.len());
}

#[test]
fn rtl_exit_code_and_journal_reach_the_host() {
    let echo = program(|asm| {
        for _ in 0..5 {
            asm.li(Reg::A7, 1);
            asm.emit(ECALL);
            asm.li(Reg::A7, 3);
            asm.emit(ECALL);
        }
        asm.li(Reg::A0, 42);
        asm.li(Reg::A7, 0);
        asm.emit(ECALL);
    });
    let input = Input::from_words(vec![7, 0xffff_ffff, 0, 9, 1 << 31]).unwrap();
    let report = matches(&(echo.0, input), &options(3, Timing::HARSH));
    assert_eq!(report.matched.journal_words, 5);
    let status = report.status.unwrap();
    assert!(status.halted);
    assert_eq!(status.exit_code, 42);
}

#[test]
fn rtl_stops_when_the_host_asks_and_the_golden_model_agrees_with_where() {
    for (seed, (_, timing)) in (0..).zip(TIMINGS) {
        let stop = CosimOptions {
            instruction_limit: Some(20_000),
            ..options(seed, timing)
        };
        let report = matches(&forever(), &stop);
        assert!(report.status.unwrap().stopped);
        assert!(
            report.matched.records >= 20_000 && report.matched.boundaries >= 2,
            "{report}"
        );
    }
}

#[test]
fn equal_seeds_repeat_a_run_and_both_models_agree() {
    let subject = random_program(8, 4000, Ending::Halt);
    let report = matches(&subject, &options(8, Timing::RANDOM));
    let again = matches(&subject, &options(8, Timing::RANDOM));
    let other = matches(&subject, &options(9, Timing::RANDOM));
    assert_eq!(
        (report.clock_cycles, report.counters),
        (again.clock_cycles, again.counters)
    );
    assert_ne!(report.clock_cycles, other.clock_cycles);

    // A waveform shows what happened only if the model that writes it does the same at the same clock.
    let beats = |rtl: Rtl| {
        let mut card = WitnessCard::new(rtl, Timing::RANDOM, 8);
        card.start(&subject.0, &subject.1, Po2::MIN).unwrap();
        let mut beats = Vec::new();
        while card.clock() < 60_000 {
            card.cycle();
            while let Some(beat) = card.next_beat() {
                beats.push((card.clock(), beat));
            }
        }
        beats
    };
    let fast = beats(Rtl::fast());
    assert!(fast.len() > 3000);
    assert!(fast == beats(Rtl::debug(None)), "the models differ");
}

#[test]
fn every_planted_bug_is_caught_and_named() {
    println!(
        "{:<24} {:<7} {:<12} {:<10} {:>10} {:>12}  programs",
        "bug", "block", "class", "field", "retirement", "clock"
    );
    let mut missed = Vec::new();
    for plant in PLANTS {
        match hunt(plant) {
            Some((programs, report)) => {
                let failure = report.failure.as_ref().unwrap();
                println!(
                    "{:<24} {:<7} {:<12} {:<10} {:>10} {:>12}  {programs}",
                    plant.name,
                    plant.block,
                    failure.class,
                    failure.field,
                    failure.order,
                    failure.clock
                );
                assert!(
                    plant.fields.contains(&failure.field.as_str()),
                    "{}: {report}",
                    plant.name
                );
            }
            None => missed.push(plant.name),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
    println!("{} of {} planted bugs caught", PLANTS.len(), PLANTS.len());
}

/// Programs that are tried for each bug.
const MOST_PROGRAMS: u64 = 60;

/// Runs programs on a card with a bug until one fails; returns how many it took.
fn hunt(plant: &'static Plant) -> Option<(usize, CosimReport)> {
    let timings = [Timing::RANDOM, Timing::HARSH].into_iter().cycle();
    for (number, (seed, timing)) in (1..).zip((0..MOST_PROGRAMS).zip(timings)) {
        let subject = random_program(seed, 6000, Ending::Any);
        let report = run(
            &subject,
            &CosimOptions {
                plant: Some(plant),
                ..options(seed, timing)
            },
        );
        if report.failure.is_some() {
            return Some((number, report));
        }
    }
    None
}

#[test]
fn contract_hash_over_registers_is_ours_and_another_is_refused_with_both_named() {
    let mut card = WitnessCard::new(Rtl::fast(), Timing::STEADY, 1);
    assert_eq!(card.contract_hash().unwrap(), CONTRACT_HASH);
    card.check_contract(&CONTRACT_HASH).unwrap();
    let mut other = CONTRACT_HASH;
    other[31] ^= 1;
    let error = card.check_contract(&other).unwrap_err();
    assert!(matches!(error, SimError::ContractHash { .. }));
    let text = error.to_string();
    for hash in [CONTRACT_HASH, other] {
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(text.contains(&digits), "{text} lacks {digits}");
    }
}

#[test]
fn report_of_a_planted_bug_has_history_replay_and_waves_beyond_the_failure() {
    let folder = tempfile::tempdir().unwrap();
    let plant = assay_abi::plants::by_name("core_div_by_zero");
    let asked = CosimOptions {
        plant,
        waves: Some(folder.path().join("failure")),
        wave_cycles: 300,
        command: "assay cosim some.elf".to_owned(),
        ..options(3, Timing::RANDOM)
    };
    let report = run(&random_program(3, 6000, Ending::Halt), &asked);
    let failure = report.failure.as_ref().unwrap();
    assert_eq!(failure.field, "c_new");
    assert!(
        failure.disassembly.starts_with("div"),
        "{}",
        failure.disassembly
    );
    assert_eq!((failure.golden.len(), failure.rtl.len()), (32, 32));
    assert_eq!(failure.golden[31].order, failure.order);
    assert_eq!(failure.rtl[31].order, failure.order);
    assert!(
        failure
            .replay
            .starts_with("assay cosim some.elf --po2 13 --seed 3 --latency 4..90"),
        "{}",
        failure.replay
    );
    assert!(failure.replay.contains("--plant core_div_by_zero"));

    let text = report.to_string();
    for part in [
        "MISMATCH in `c_new` (result)",
        "expected 0xffffffff",
        "got 0x00000000",
        "replay: ",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(json["failure"]["field"], "c_new");
    assert_eq!(json["failure"]["rtl"].as_array().unwrap().len(), 32);

    let waves = failure.waves.as_ref().unwrap();
    assert_eq!(
        (waves.from, waves.to),
        (failure.clock - 300, failure.clock + 20)
    );
    let times = vcd_times(&waves.vcd);
    // Two steps of time a clock cycle.
    assert_eq!((times.0, times.1), (2 * waves.from, 2 * waves.to - 1));
    let fst = std::fs::read(&waves.fst).unwrap();
    assert!(fst.len() > 1000 && fst.len() < std::fs::metadata(&waves.vcd).unwrap().len() as usize);
}

#[test]
fn waves_of_a_late_failure_begin_at_the_last_boundary() {
    let folder = tempfile::tempdir().unwrap();
    let plant = assay_abi::plants::by_name("core_rem_sign");
    for seed in 0..40 {
        let subject = random_program(seed, 6000, Ending::Halt);
        let asked = CosimOptions {
            plant,
            ..options(seed, Timing::RANDOM)
        };
        let report = run(&subject, &asked);
        let Some(found) = report.failure.filter(|failure| failure.segment > 0) else {
            continue;
        };
        let asked = CosimOptions {
            waves: Some(folder.path().join("late")),
            wave_cycles: 200,
            ..asked
        };
        let report = run(&subject, &asked);
        let failure = report.failure.as_ref().unwrap();
        assert_eq!((failure.order, &failure.field), (found.order, &found.field));
        let waves = failure.waves.as_ref().unwrap();
        let restart = waves
            .restart
            .expect("the failure shows from the boundary on");
        assert_eq!(restart.segment, failure.segment);
        // An instruction in its segment is at most as many away from the boundary.
        assert_eq!(restart.order + u64::from(failure.cycle), failure.order + 1);
        assert!((32..=63).contains(&restart.prologue));
        assert!(
            waves.to < failure.clock,
            "{waves:?}, first seen at {}",
            failure.clock
        );
        let times = vcd_times(&waves.vcd);
        assert_eq!((times.0, times.1), (2 * waves.from, 2 * waves.to - 1));
        let text = report.to_string();
        assert!(
            text.contains("begins at the boundary in front of segment"),
            "{text}"
        );
        println!(
            "matched a failure {} retirements behind its boundary",
            failure.cycle
        );
        return;
    }
    panic!("no seed fails behind a boundary");
}

/// The first and the last time in a VCD.
fn vcd_times(path: &Path) -> (u64, u64) {
    let mut parser = vcd::Parser::new(BufReader::new(File::open(path).unwrap()));
    let header = parser.parse_header().unwrap();
    assert!(
        header
            .items
            .iter()
            .any(|item| matches!(item, vcd::ScopeItem::Scope(_)))
    );
    let times: Vec<u64> = parser
        .filter_map(|command| match command.unwrap() {
            vcd::Command::Timestamp(time) => Some(time),
            _ => None,
        })
        .collect();
    (times[0], *times.last().unwrap())
}

#[test]
fn run_without_progress_is_reported_as_a_hang() {
    // The host stops taking the trace, for longer than anyone waits.
    let never_again = Stalls {
        per_65536: 400,
        longest: u32::MAX,
    };
    let timing = Timing {
        streams: never_again,
        ..Timing::STEADY
    };
    let report = run(
        &forever(),
        &CosimOptions {
            patience: 20_000,
            ..options(2, timing)
        },
    );
    let failure = report.failure.unwrap();
    assert_eq!(failure.field, "hang");
    assert!(
        failure.got.contains("no beat on the trace stream"),
        "{}",
        failure.got
    );
}

#[test]
fn bad_options_are_refused_by_name() {
    let timing = Timing {
        latency_min: 5,
        latency_max: 4,
        ..Timing::STEADY
    };
    let (image, input) = forever();
    let error = cosim(&image, &input, &options(1, timing), &mut ()).unwrap_err();
    assert!(error.to_string().contains("option latency"), "{error}");
}
