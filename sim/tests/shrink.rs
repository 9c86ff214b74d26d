//! Failures of planted bugs, made small, written, read back and repeated.
#![cfg(feature = "verilator")]

use std::sync::Arc;

use assay_abi::Po2;
use assay_abi::plants::{self, Plant};
use assay_executor::{Image, Input};
use assay_progen::{Config, Ending, generate};
use assay_sim::{Bundle, CosimOptions, Shrunk, Symptom, Timing, cosim, shrink};

/// What a shrunk program may hold.
const HANDFUL: usize = 10;

/// One of every kind: operands, results, jumps, prediction, caches, the trace unit's times, segments, pages, the packer, back-pressure.
const BUGS: [&str; 13] = [
    "core_bypass_lost_1",
    "core_mulh_unsigned",
    "core_jalr_shadow_kept",
    "core_jalr_target_trusted",
    "core_btb_alias",
    "core_input_one_short",
    "cache_dirty_dropped",
    "cache_victim_race",
    "trace_rd_time_stale",
    "trace_limit_off_by_one",
    "trace_page_bits_kept",
    "packer_field_swapped",
    "packer_beat_dropped",
];

fn options(seed: u64, plant: Option<&'static Plant>) -> CosimOptions {
    CosimOptions {
        seed,
        timing: Timing::RANDOM,
        po2: Po2::MIN,
        plant,
        ..CosimOptions::default()
    }
}

fn subject(seed: u64) -> (Arc<Image>, Input) {
    let config = Config {
        instructions: 6000,
        ending: Ending::Any,
        ..Config::default()
    };
    let program = generate(seed, &config);
    (
        Arc::new(Image::from_elf(&program.elf).unwrap()),
        Input::from_words(program.input).unwrap(),
    )
}

/// The first random program that fails, made small.
fn small(name: &str) -> Shrunk {
    let plant = plants::by_name(name).unwrap();
    for seed in 0..40 {
        let (image, input) = subject(seed);
        let options = options(seed, Some(plant));
        let report = cosim(&image, &input, &options, &mut ()).unwrap();
        if let Some(failure) = &report.failure {
            return shrink(&image, &input, &options, failure, &mut |_, _| {})
                .unwrap()
                .unwrap_or_else(|| panic!("{name}: the failure does not come back"));
        }
    }
    panic!("{name} is not caught");
}

#[test]
fn planted_bugs_shrink_to_a_handful_of_instructions_and_replay_from_their_bundles() {
    let folder = tempfile::tempdir().unwrap();
    for name in BUGS {
        let Shrunk {
            mut bundle,
            report,
            runs,
        } = small(name);
        let instructions = bundle.manifest.instructions;
        assert!((1..=HANDFUL).contains(&instructions), "{name}: {report}");
        let place = folder.path().join(name);
        bundle.write(&place, &report).unwrap();

        let read = Bundle::read(&place).unwrap();
        assert_eq!(read.manifest, bundle.manifest);
        assert!(read.is_of_this_rtl());
        assert_eq!(read.manifest.plant.as_deref(), Some(name));
        let (image, input, options) = read.subject("again".to_owned()).unwrap();
        let image = Arc::new(image);
        let again = cosim(&image, &input, &options, &mut ()).unwrap();
        let failure = again.failure.expect("it fails again");
        assert_eq!(Symptom::of(&failure), read.manifest.symptom, "{name}");

        // It is the bug's doing: without it the same program matches.
        let sound = CosimOptions {
            plant: None,
            ..options
        };
        let report = cosim(&image, &input, &sound, &mut ()).unwrap();
        assert!(report.failure.is_none(), "{name}: {report}");
        println!("{name}: {instructions} instructions after {runs} runs");
    }
    println!("matched {} bundles with their failures", BUGS.len());
}

#[test]
fn damaged_bundles_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let Shrunk {
        mut bundle, report, ..
    } = small("core_div_by_zero");
    bundle.write(folder.path(), &report).unwrap();
    let text = std::fs::read_to_string(folder.path().join("report.txt")).unwrap();
    for part in [
        "cargo xtask replay",
        "MISMATCH in `c_new` (result)",
        "--plant core_div_by_zero",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = folder.path().join("bundle.json");
    let whole = std::fs::read_to_string(&json).unwrap();
    let refusal = |file: &str, content: &str| {
        let path = folder.path().join(file);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, content).unwrap();
        let text = Bundle::read(folder.path()).unwrap_err().to_string();
        std::fs::write(&path, before).unwrap();
        text
    };
    let contract = &bundle.manifest.contract_hash;
    let other = "0".repeat(64);
    assert!(refusal("bundle.json", &whole.replace(contract, &other)).contains(&other));
    assert!(refusal("bundle.json", &whole.replacen("1,", "7,", 1)).contains("format 7"));
    assert!(refusal("bundle.json", "{}").contains("bundle.json"));
    assert!(refusal("input.bin", "abc").contains("3 bytes"));
    std::fs::remove_file(folder.path().join("program.elf")).unwrap();
    assert!(
        Bundle::read(folder.path())
            .unwrap_err()
            .to_string()
            .contains("program.elf")
    );
}
