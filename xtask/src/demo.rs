//! `cargo xtask demo`: the main jobs, on a real program: both machines in lock-step, and a proof of the run.

use anyhow::Result;

use crate::process::{cargo, run};
use crate::{setup, workspace};

/// Options of `demo`.
#[derive(clap::Args)]
pub struct Args {
    /// The guest program to run; `assay guest list` shows them.
    #[arg(long, default_value = "ecdsa")]
    guest: String,
    /// Bytes of input that are made for it.
    #[arg(long, default_value_t = 100)]
    sample: usize,
    /// Segments hold 2^PO2 cycles.
    #[arg(long, default_value_t = 20)]
    po2: u8,
}

/// Binary logarithm of the cycles of a segment that is proved: small ones show that receipts chain.
const PROVED_PO2: &str = "18";

/// Sets up, runs the guest in lock-step, then proves the run and verifies the receipt.
///
/// # Errors
/// If set-up fails, the two machines differ, or the receipt is not accepted.
pub fn run_demo(args: &Args) -> Result<()> {
    let setup = setup::run()?;
    let assay = |arguments: &[&str]| {
        let mut command = cargo(&workspace::root());
        setup.export(&mut command);
        command.args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "assay-cli",
            "--features",
            "verilator",
            "--",
        ]);
        run(command.args(arguments))
    };
    let sample = args.sample.to_string();
    let guest = [args.guest.as_str(), "--sample", &sample];
    eprintln!("demo: building the simulator and the prover (some minutes the first time)");
    assay(&[&["cosim"], &guest[..], &["--po2", &args.po2.to_string()]].concat())?;
    let receipt = workspace::root().join("target/demo.receipt");
    let receipt = receipt.to_string_lossy();
    eprintln!("demo: proving the run");
    assay(
        &[
            &["prove"],
            &guest[..],
            &["--po2", PROVED_PO2, "-o", &receipt],
        ]
        .concat(),
    )?;
    assay(&["verify", &receipt, "--program", &args.guest])
}
