//! Generated programs end, when and how they say, and exercise what they promise.

mod machine;

use std::collections::{HashMap, HashSet};

use assay_abi::FaultCause;
use assay_progen::{Config, End, Ending, generate};
use machine::Machine;

#[test]
fn programs_end_within_their_bound_and_as_announced() {
    let mut retired = 0;
    let mut ends = HashSet::new();
    for seed in 0..300 {
        let config = Config {
            instructions: 500 << (seed % 8),
            data_pages: 8 << (seed % 5),
            ..Config::default()
        };
        let program = generate(seed, &config);
        let run = Machine::new(&program.elf, &program.input).run(program.max_instructions);
        assert_eq!(run.end, Some(program.end), "seed {seed}, {config:?}");
        assert!(
            run.retired <= program.max_instructions,
            "seed {seed}: {} > {}",
            run.retired,
            program.max_instructions
        );
        assert!(
            run.retired >= config.instructions / 4,
            "seed {seed}: {} of {}",
            run.retired,
            config.instructions
        );
        assert!(
            !run.journal.is_empty() || config.instructions < 2000,
            "seed {seed} commits nothing"
        );
        retired += run.retired;
        ends.insert(match run.end.unwrap() {
            End::Halt { .. } => 0,
            End::Fault { cause, .. } => cause.code(),
        });
    }
    assert_eq!(ends.len(), 1 + FaultCause::ALL.len(), "only {ends:?}");
    println!("300 programs ended as announced, {retired} instructions retired");
}

#[test]
fn every_fault_can_be_asked_for() {
    for &fault in FaultCause::ALL {
        for seed in 0..20 {
            let config = Config {
                instructions: 300,
                ending: Ending::Fault(fault),
                ..Config::default()
            };
            let program = generate(seed, &config);
            let run = Machine::new(&program.elf, &program.input).run(program.max_instructions);
            assert_eq!(run.end, Some(program.end), "seed {seed}, {fault:?}");
            assert!(matches!(run.end, Some(End::Fault { cause, .. }) if cause == fault));
        }
    }
}

#[test]
fn every_kind_of_instruction_retires() {
    let mut kinds = HashMap::new();
    for seed in 0..40 {
        let program = generate(
            seed,
            &Config {
                ending: Ending::Halt,
                ..Config::default()
            },
        );
        for (kind, count) in Machine::new(&program.elf, &program.input)
            .run(program.max_instructions)
            .kinds
        {
            *kinds.entry(kind).or_insert(0) += count;
        }
    }
    // 18 register-register, 9 immediate, 6 branches, 5 loads, 3 stores, LUI, AUIPC, JAL, JALR, FENCE, ECALL.
    assert_eq!(kinds.len(), 18 + 9 + 6 + 5 + 3 + 6, "{kinds:?}");
    let fewest = kinds.iter().min_by_key(|(_, count)| **count).unwrap();
    assert!(*fewest.1 > 100, "too few of {fewest:?}");
}

#[test]
fn one_seed_gives_one_program() {
    let config = Config::default();
    let (a, b, c) = (
        generate(7, &config),
        generate(7, &config),
        generate(8, &config),
    );
    assert_eq!((a.elf.clone(), a.input), (b.elf, b.input));
    assert_ne!(a.elf, c.elf);
}
