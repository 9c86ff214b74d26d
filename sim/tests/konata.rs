//! The pipeline trace against the counters and the golden model's order.
#![cfg(feature = "verilator")]

use std::collections::HashMap;
use std::sync::Arc;

use assay_abi::Po2;
use assay_executor::{Image, Input};
use assay_progen::{Config, Ending, generate};
use assay_sim::{CosimOptions, SimError, Timing, cosim, write_konata};

#[test]
fn pipeline_trace_retires_every_instruction_once_and_each_passes_the_stages_in_order() {
    let program = generate(
        11,
        &Config {
            instructions: 4000,
            ending: Ending::Halt,
            ..Config::default()
        },
    );
    let image = Arc::new(Image::from_elf(&program.elf).unwrap());
    let input = Input::from_words(program.input).unwrap();
    let options = CosimOptions {
        seed: 11,
        timing: Timing::RANDOM,
        po2: Po2::MIN,
        ..CosimOptions::default()
    };
    let report = cosim(&image, &input, &options, &mut ()).unwrap();
    assert!(report.failure.is_none(), "{report}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipeline.konata");
    let summary = write_konata(&image, &input, &options, &path, 0..report.clock_cycles).unwrap();
    assert_eq!(summary.retired, report.matched.records);
    assert!(summary.flushed > 100, "{summary:?}");

    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("Kanata\t0004"));
    let mut last_stage: HashMap<u64, usize> = HashMap::new();
    let (mut retired, mut cycles) = (0, 0);
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| fields[index].parse::<u64>().unwrap();
        match fields[0] {
            "C" => cycles += number(1),
            "S" => {
                let stage = ["F", "Q", "D", "X", "M", "W"]
                    .iter()
                    .position(|name| *name == fields[3])
                    .unwrap();
                let before = last_stage.insert(number(1), stage);
                // An instruction skips only the queue.
                let expected = before.map_or(0, |before| before + 1);
                assert!(
                    stage == expected || (before == Some(0) && stage == 2),
                    "{line}: after {before:?}"
                );
            }
            "R" if fields[3] == "0" => {
                assert_eq!(number(2), retired);
                assert_eq!(last_stage[&number(1)], 5, "{line}");
                retired += 1;
            }
            _ => {}
        }
    }
    assert_eq!(retired, report.matched.records);
    assert!(cycles <= report.clock_cycles);
    println!("matched {retired} retirements of a pipeline trace of {cycles} clock cycles");
}

#[test]
fn pipeline_trace_of_a_foreign_core_is_refused() {
    let image = Arc::new(Image::from_words(0, &[0x73]).unwrap());
    let options = CosimOptions {
        core: Some("ibex".to_owned()),
        ..CosimOptions::default()
    };
    let path = std::env::temp_dir().join("never-written.konata");
    let error = write_konata(&image, &Input::default(), &options, &path, 0..10).unwrap_err();
    assert!(matches!(
        error,
        SimError::Option {
            option: "konata",
            ..
        }
    ));
    assert!(!path.exists());
}
