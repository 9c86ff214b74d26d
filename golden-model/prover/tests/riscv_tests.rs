//! riscv-tests, proved and verified: all of them with `ASSAY_SLOW`, as `cargo xtask slow` does, otherwise a sample.

use std::sync::Arc;

use assay_abi::Po2;
use assay_executor::{Image, Input, Session, SessionConfig};
use assay_guests::{riscv_tests, suites};
use assay_prover::{Budget, Options, Prover, Silent, prove_session};
use assay_tests::tools::or_skip;
use assay_verifier::{Parameters, Receipt, verify};

/// One of each kind of instruction.
const SAMPLE: [&str; 6] = ["addi", "beq", "jalr", "lh", "div", "sra"];

#[test]
fn riscv_tests_are_proved_and_verified() {
    let Some(tests) = or_skip(suites().and_then(|suites| riscv_tests::build(&suites))) else {
        return;
    };
    let all = std::env::var_os("ASSAY_SLOW").is_some();
    let chosen = |name: &str| {
        all || SAMPLE
            .iter()
            .any(|suffix| name.ends_with(&format!("-{suffix}")))
    };
    let tests: Vec<_> = tests.iter().filter(|(name, _)| chosen(name)).collect();
    assert!(tests.len() >= SAMPLE.len(), "{} tests", tests.len());
    let budget = Budget::available();
    let options = Options {
        parallel: 1,
        queue: 1,
        budget: &budget,
        store: None,
    };
    let mut cycles = 0;
    for (name, elf) in &tests {
        let image = Arc::new(Image::from_elf(elf).unwrap());
        let prover = Prover::new(image.text_content(), Parameters::Test).unwrap();
        let config = SessionConfig {
            po2: Po2::MIN,
            cycle_limit: None,
            roots: true,
        };
        let session = Session::new(image.clone(), Input::new(), config);
        let (summary, seals) = prove_session(&prover, session, &options, &Silent)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let receipt = Receipt {
            parameters: Parameters::Test,
            program: prover.program(&image),
            seals,
            journal: summary.journal.words().to_vec(),
        };
        let verified = verify(&receipt, &prover.image_id(&image), &Parameters::ALL)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.exit_code, 0, "{name}");
        cycles += summary.cycles;
    }
    println!(
        "{} riscv-tests proved and verified, {cycles} cycles",
        tests.len()
    );
}
