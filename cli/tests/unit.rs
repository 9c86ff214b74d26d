//! `assay unit`: an engine of the RTL on the command line. Without the engines in the build, only that it says so.

mod common;

use common::assay;

#[cfg(not(feature = "engines"))]
#[test]
fn build_without_engines_says_how_to_get_them() {
    assay(["unit", "ntt"]).fails_with(3, &["--features engines"]);
}

#[cfg(feature = "engines")]
mod with_engines {
    use serde_json::Value;

    use super::common::Folder;
    use super::*;

    fn ran(arguments: &[&str]) -> Value {
        let words = ["unit", "ntt", "--json"].iter().chain(arguments);
        let ended = assay(words.copied());
        assert_eq!(ended.status, 0, "{ended:?}");
        serde_json::from_str(&ended.stdout).expect("one JSON object")
    }

    #[test]
    fn ntt_equals_plonky3_and_takes_the_cycles_of_its_twin() {
        let mut words = 0;
        for field in ["koalabear", "babybear"] {
            for op in ["forward", "inverse", "lde"] {
                let report = ran(&[
                    "--field",
                    field,
                    "--op",
                    op,
                    "--log-n",
                    "5",
                    "--columns",
                    "7",
                ]);
                assert_eq!(report["cycles"], report["predicted"], "{report}");
                words += report["words"].as_u64().expect("a number");
            }
        }
        println!("matched {words} words of six transforms on the command line");
    }

    #[test]
    fn pauses_cost_cycles_and_change_no_word() {
        let report = ran(&["--pauses", "40", "--seed", "9", "--log-n", "6"]);
        assert!(
            report["cycles"].as_u64() > report["predicted"].as_u64(),
            "{report}"
        );
        assert_eq!(report["words"], 64 * 20);
    }

    #[test]
    fn what_the_engine_cannot_do_is_bad_input() {
        assay(["unit", "ntt", "--log-n", "13"]).fails_with(2, &["13"]);
        assay(["unit", "ntt", "--columns", "0"]).fails_with(2, &[]);
    }

    #[test]
    fn planted_bug_is_a_difference() {
        let arguments = ["unit", "ntt", "--log-n", "5", "--plant"];
        for plant in ["ntt_twiddle_index", "field_lost_borrow"] {
            let ended = assay(arguments.iter().chain(&[plant]).copied());
            assert_eq!(ended.status, 1, "{plant}: {ended:?}");
        }
        assert_eq!(
            assay(arguments.iter().chain(&["ntt_none"]).copied()).status,
            2
        );
    }

    #[test]
    fn waveform_is_written_where_asked() {
        let folder = Folder::new();
        let path = folder.path("ntt.vcd");
        let waves = path.to_str().expect("UTF-8");
        let arguments = [
            "unit",
            "ntt",
            "--log-n",
            "3",
            "--columns",
            "1",
            "--waves",
            waves,
        ];
        assert_eq!(assay(arguments).status, 0);
        let text = std::fs::read_to_string(&path).expect("it is there");
        assert!(text.contains("$enddefinitions"));
    }
}
