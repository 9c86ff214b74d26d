//! Generated programs end, when and how they say, and exercise what they promise.

mod machine;

use std::collections::{HashMap, HashSet};

use assay_abi::FaultCause;
use assay_progen::{Config, End, Ending, Mix, generate};
use goblin::elf::Elf;
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

#[test]
fn programs_without_the_host_call_it_once_to_halt() {
    for seed in 0..40 {
        let config = Config {
            ending: Ending::Halt,
            mix: Mix {
                host: 0,
                ..Mix::default()
            },
            ..Config::default()
        };
        let program = generate(seed, &config);
        let run = Machine::new(&program.elf, &program.input).run(program.max_instructions);
        assert_eq!(run.end, Some(program.end), "seed {seed}");
        assert_eq!(run.kinds.get(&(0x73, 0, 0)), Some(&1), "seed {seed}");
        assert!(run.journal.is_empty() && program.input.is_empty());
    }
}

#[test]
fn some_programs_have_code_that_shares_its_low_address_bits_with_other_code() {
    let mut pieces = 0;
    for seed in 0..40 {
        let program = generate(seed, &Config::default());
        let elf = Elf::parse(&program.elf).unwrap();
        let far: Vec<u64> = elf
            .syms
            .iter()
            .filter(|symbol| {
                elf.strtab
                    .get_at(symbol.st_name)
                    .is_some_and(|name| name.starts_with("far_"))
            })
            .map(|symbol| symbol.st_value - elf.entry)
            .collect();
        assert!(
            far.iter().all(|&distance| distance >= 1 << 18),
            "seed {seed}: {far:x?}"
        );
        pieces += far.len();
    }
    assert!(pieces >= 20, "{pieces} pieces of far code in 40 programs");
    println!("{pieces} pieces of far code in 40 programs");
}

#[test]
fn long_programs_find_room() {
    let config = Config {
        instructions: 3_000_000,
        ..Config::default()
    };
    for seed in 0..6 {
        let program = generate(seed, &config);
        assert!(
            program.max_instructions >= 2_000_000,
            "seed {seed}: {}",
            program.max_instructions
        );
    }
}
