//! `cargo xtask demo`: the main jobs, on a real program: both machines in lock-step, a proof of the run, and a segment whose transforms and trees the card makes.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::process::{assay, run};
use crate::setup::{self, Setup};
use crate::workspace;

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
/// A run of one segment, the smallest that there is: most of a small segment's commitments are tables of 2^16 rows.
const SEGMENT: [&str; 5] = ["crc32", "--sample", "1", "--po2", "14"];

/// Sets up, runs the guest in lock-step, proves the run and verifies the receipt, then proves a segment with the card's RTL.
///
/// # Errors
/// If set-up fails, the two machines differ, a receipt is not accepted, or the card's is not this machine's.
pub fn run_demo(args: &Args) -> Result<()> {
    let setup = setup::run()?;
    eprintln!("demo: building the simulators and the prover (some minutes the first time)");
    let run_assay = |arguments: &[&str]| run(assay(&setup)?.args(arguments));
    let sample = args.sample.to_string();
    let guest = [args.guest.as_str(), "--sample", &sample];
    run_assay(&[&["cosim"], &guest[..], &["--po2", &args.po2.to_string()]].concat())?;
    let receipt = workspace::root().join("target/demo.receipt");
    let receipt = receipt.to_string_lossy();
    eprintln!("demo: proving the run");
    run_assay(
        &[
            &["prove"],
            &guest[..],
            &["--po2", PROVED_PO2, "-o", &receipt],
        ]
        .concat(),
    )?;
    run_assay(&["verify", &receipt, "--program", &args.guest])?;
    eprintln!(
        "demo: proving a segment on this machine, and with the card's RTL in simulation (some minutes: 55 million clock cycles)"
    );
    ensure!(
        prove_on_card(&setup)?,
        "the card's receipt is not this machine's"
    );
    Ok(())
}

/// Proves a segment on this machine, then with all transforms and trees on the card's RTL, verifies both receipts, and says whether they are the same bytes.
///
/// # Errors
/// If a proof fails, or a receipt is not accepted.
pub fn prove_on_card(setup: &Setup) -> Result<bool> {
    let mut made = Vec::new();
    for (hal, options) in [("cpu", &[][..]), ("fpga-sim", &["--require-device"])] {
        let receipt = workspace::root().join(format!("target/demo.{hal}.receipt"));
        let path = receipt.to_string_lossy();
        let arguments = [
            &["prove"],
            &SEGMENT[..],
            &["-o", &path, "--hal", hal],
            options,
        ]
        .concat();
        run(assay(setup)?.args(arguments))?;
        run(assay(setup)?.args(["verify", &path, "--program", SEGMENT[0]]))?;
        made.push(fs::read(&receipt).with_context(|| receipt.display().to_string())?);
    }
    let identical = made[0] == made[1];
    if identical {
        println!("both receipts are the same {} bytes", made[0].len());
    }
    Ok(identical)
}
