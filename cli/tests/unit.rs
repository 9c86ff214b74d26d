//! `assay unit`: an engine of the RTL on the command line. Without the engines in the build, only that it says so.

mod common;

use common::assay;

#[cfg(not(feature = "engines"))]
#[test]
fn build_without_engines_says_how_to_get_them() {
    for engine in ["ntt", "poseidon2", "merkle"] {
        assay(["unit", engine]).fails_with(3, &["--features engines"]);
    }
}

#[cfg(feature = "engines")]
mod with_engines {
    use serde_json::Value;

    use super::common::Folder;
    use super::*;

    fn ran(engine: &str, arguments: &[&str]) -> Value {
        let ended = assay(["unit", engine, "--json"].iter().chain(arguments));
        assert_eq!(ended.status, 0, "{ended:?}");
        serde_json::from_str(&ended.stdout).expect("one JSON object")
    }

    #[test]
    fn ntt_equals_plonky3_and_takes_the_cycles_of_its_twin() {
        let mut words = 0;
        for field in ["koalabear", "babybear"] {
            for op in ["forward", "inverse", "lde"] {
                let fixed = ["--log-n", "5", "--columns", "7"];
                let chosen = ["--field", field, "--op", op];
                let report = ran("ntt", &[fixed, chosen].concat());
                assert_eq!(report["cycles"], report["predicted"], "{report}");
                words += report["words"].as_u64().expect("a number");
            }
        }
        println!("matched {words} words of six transforms on the command line");
    }

    #[test]
    fn pauses_cost_cycles_and_change_no_word() {
        let report = ran("ntt", &["--pauses", "40", "--seed", "9", "--log-n", "6"]);
        assert!(
            report["cycles"].as_u64() > report["predicted"].as_u64(),
            "{report}"
        );
        assert_eq!(report["words"], 64 * 20);
    }

    #[test]
    fn poseidon2_equals_plonky3_on_both_cores_and_in_all_modes() {
        let mut results = 0;
        for field in ["koalabear", "babybear"] {
            for mode in ["permute", "compress", "hash"] {
                let fixed = ["--count", "40", "--widths", "13,6"];
                let chosen = ["--field", field, "--mode", mode];
                let report = ran("poseidon2", &[fixed, chosen].concat());
                assert_eq!(report["results"], 40, "{report}");
                assert!(report["cycles"].as_u64() >= report["ideal"].as_u64());
                results += 40;
            }
        }
        let report = ran("poseidon2", &["--core", "unrolled", "--count", "2000"]);
        assert_eq!(report["cycles"], report["ideal"], "{report}");
        assert_eq!(report["interval"], 1, "{report}");
        println!(
            "matched {} results of Poseidon2 on the command line",
            results + 2000
        );
    }

    /// Turns of the core that were lost because a request was on its way.
    fn gathering(report: &Value) -> u64 {
        let stalls = report["stalls"].as_array().expect("pairs");
        let found = stalls.iter().find(|stall| stall[0] == "gathering");
        found.expect("a cause")[1].as_u64().expect("a count")
    }

    #[test]
    fn trees_equal_plonky3_and_take_the_cycles_of_the_twin() {
        let mut digests = 0;
        for field in ["koalabear", "babybear"] {
            let fixed = ["--matrices", "100x16,50x8,7x24", "--trees", "2"];
            let report = ran("merkle", &[&fixed[..], &["--field", field]].concat());
            assert_eq!(report["cycles"], report["predicted"], "{report}");
            let slow = ["--field", field, "--pauses", "50", "--seed", "3"];
            let paused = ran("merkle", &[&fixed[..], &slow].concat());
            // It may even end sooner: rows that come later leave turns to nodes. But the core gathers more.
            assert!(gathering(&paused) > gathering(&report), "{paused}");
            digests += 2 * report["digests"].as_u64().expect("a number");
        }
        let report = ran("merkle", &["--core", "unrolled"]);
        assert_eq!(report["cycles"], report["predicted"], "{report}");
        digests += report["digests"].as_u64().expect("a number");
        println!("matched {digests} digests of trees on the command line");
    }

    #[test]
    fn hashers_refuse_what_they_cannot_do() {
        let of = |engine: &str, arguments: &[&str]| assay(["unit", engine].iter().chain(arguments));
        of("poseidon2", &["--mode", "hash", "--widths", "0"]).fails_with(2, &["no columns"]);
        let ended = of("poseidon2", &["--count", "0"]);
        assert!(
            ended.status == 2 && ended.stderr.contains("1..=1000000"),
            "{ended:?}"
        );
        let unrolled = ["--core", "unrolled"];
        of(
            "poseidon2",
            &[&unrolled[..], &["--waves", "x.vcd"]].concat(),
        )
        .fails_with(2, &["no waves"]);
        let ended = of("merkle", &["--matrices", "16"]);
        assert!(
            ended.status == 2 && ended.stderr.contains("1024x16"),
            "{ended:?}"
        );
        of("merkle", &["--matrices", "16x8,5x8"]).fails_with(2, &["5 rows"]);
        of(
            "merkle",
            &[&unrolled[..], &["--field", "babybear"]].concat(),
        )
        .fails_with(2, &["--core folded"]);
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
        for (engine, plant) in [
            ("poseidon2", "poseidon2_wrong_constant"),
            ("merkle", "merkle_block_address"),
        ] {
            let ended = assay(["unit", engine, "--plant", plant]);
            assert_eq!(ended.status, 1, "{plant}: {ended:?}");
        }
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
