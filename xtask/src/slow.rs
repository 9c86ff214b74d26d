//! `cargo xtask slow`: the suites that are too long for CI.

use anyhow::Result;

use crate::process::{cargo, run as run_command, run_suite};
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
    /// Changed receipts that are verified, and changed proofs: a core does some hundreds a second.
    #[arg(long, default_value_t = 20_000)]
    receipt_cases: u32,
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
    let fuzzed = |log: &str, cases: u32, filter: &[&str]| {
        let mut command = cargo(&root);
        setup.export(&mut command);
        command.env("ASSAY_FUZZ_CASES", cases.to_string());
        command.env("ASSAY_SLOW", "1");
        command.env("ASSAY_REQUIRE_TOOLS", "1");
        command
            .args(["test", "--release", "--no-fail-fast"])
            .args(filter)
            .args(["--", "--show-output"]);
        run_suite(&mut command, log)
    };
    let suite = |log: &str, filter: &[&str]| fuzzed(log, args.fuzz_cases, filter);
    steps.suite("fuzzed files and the executor", || {
        let packages = ["-p", "assay-executor", "-p", "assay-progen"];
        suite("slow-executor", &packages)
    });
    steps.suite("proofs: riscv-tests, mutated receipts", || {
        let packages = ["-p", "assay-prover", "-p", "assay-verifier"];
        fuzzed("slow-proofs", args.receipt_cases, &packages)
    });
    steps.check("the verifier builds for riscv32im", || {
        // With core and alloc built for it, which Cargo does on stable compilers only if told so. Needs rustup's component rust-src.
        run_command(
            cargo(&root)
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["build", "--release", "--package", "assay-verifier"])
                .args(["-Zbuild-std=core,alloc", "-Zjson-target-spec"])
                .args(["--target", "golden-model/verifier/riscv32im.json"])
                .args(["--target-dir", "target/riscv32im"]),
        )
    });
    steps.suite("random programs in lock-step", || {
        random::run(&args.random, &setup)
    });
    steps.suite("lock-step: tests and guests", || {
        let packages = ["--features", "cores", "-p", "assay-sim", "-p", "assay-cli"];
        suite("slow-lockstep", &packages)
    });
    steps.suite("engines: long columns, large trees", || {
        let features = "assay-engine-sim/verilator";
        let packages = [
            "--features",
            features,
            "-p",
            "assay-engines",
            "-p",
            "assay-engine-sim",
        ];
        suite("slow-engines", &packages)
    });
    steps.suite("the card: all builds, more random commands", || {
        let features = "assay-card-sim/witness,assay-card-sim/wide";
        let packages = ["--features", features, "-p", "assay-card-sim"];
        suite("slow-card", &packages)
    });
    steps.finish()
}
