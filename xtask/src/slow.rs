//! `cargo xtask slow`: the suites that are too long for CI.

use anyhow::Result;

use crate::process::{cargo, run_suite};
use crate::test::Steps;
use crate::{random, setup, workspace};

/// Options of `slow`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    random: random::Args,
    /// Inputs per fuzzed parser.
    #[arg(long, default_value_t = 2_000_000)]
    fuzz_cases: u32,
    /// Run only the steps whose name contains this text.
    #[arg(long)]
    only: Option<String>,
}

/// Runs all of them, in release builds.
///
/// # Errors
/// If any failed.
pub fn run(args: &Args) -> Result<()> {
    let setup = setup::run()?;
    let root = workspace::root();
    let mut steps = Steps::new(args.only.clone());
    let suite = |filter: &[&str]| {
        let mut command = cargo(&root);
        setup.export(&mut command);
        command.env("ASSAY_FUZZ_CASES", args.fuzz_cases.to_string());
        command.env("ASSAY_SLOW", "1");
        command.env("ASSAY_REQUIRE_TOOLS", "1");
        command
            .args(["test", "--release", "--no-fail-fast"])
            .args(filter)
            .args(["--", "--show-output"]);
        run_suite(&mut command)
    };
    steps.suite("fuzzed files and the executor", || {
        suite(&["-p", "assay-executor", "-p", "assay-progen"])
    });
    steps.suite("proofs: riscv-tests, mutated receipts", || {
        suite(&["-p", "assay-prover", "-p", "assay-verifier"])
    });
    steps.suite("random programs in lock-step", || {
        random::run(&args.random, &setup)
    });
    steps.suite("lock-step: tests and guests", || {
        suite(&["--features", "cores", "-p", "assay-sim", "-p", "assay-cli"])
    });
    steps.finish()
}
