//! What proofs cost: measured with `assay prove` on one full segment of the SHA-256 guest.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, anyhow, ensure};
use assay_verifier::{Parameters, SealFile, VerifyingKey, verify_seal};
use serde_json::Value;

/// Bytes of input with which the guest fills two segments of this size, so that the one measured is full.
const fn input_bytes(po2: u8) -> usize {
    // About 75 instructions a byte.
    (2 << po2) / 70
}

/// A session of the guest, on disk, with a full segment in it.
#[derive(Debug)]
pub struct Session {
    folder: tempfile::TempDir,
    po2: u8,
}

/// What a proof took.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Instructions proved a second, witness included.
    pub cycles_per_s: f64,
    /// Bytes of the proof.
    pub seal_bytes: u64,
    /// Largest resident memory of the process.
    pub peak_bytes: u64,
    /// Base-field cells committed an instruction: main, permutation, total.
    pub cells: [f64; 3],
    /// Seconds of witness and proof, by phase.
    pub phases: Vec<(String, f64)>,
    /// Milliseconds in which the seal verifies, the best of some.
    pub verify_ms: f64,
}

/// Runs the guest.
///
/// # Errors
/// If it cannot be run, or does not fill a segment.
pub fn session(assay: &Path, po2: u8) -> anyhow::Result<Session> {
    let folder = tempfile::tempdir()?;
    let status = Command::new(assay)
        .args(["run", "sha256", "--json", "--po2", &po2.to_string()])
        .args(["--sample", &input_bytes(po2).to_string(), "--out"])
        .arg(folder.path().join("session"))
        .output()?
        .status;
    ensure!(status.success(), "assay run: {status}");
    let session = Session { folder, po2 };
    ensure!(
        session.segment(1).exists(),
        "the input for 2^{po2} does not fill a segment"
    );
    Ok(session)
}

impl Session {
    fn segment(&self, index: u32) -> PathBuf {
        let name = format!("session/segment-{index:08}.seg");
        self.folder.path().join(name)
    }

    /// Proves its first segment.
    ///
    /// # Errors
    /// If it cannot be proved, or the seal does not verify.
    pub fn prove(&self, assay: &Path, parameters: Parameters) -> anyhow::Result<Cost> {
        let seals = self.folder.path().join(parameters.name());
        let output = Command::new(assay)
            .args(["prove", "--json", "--parameters", parameters.name()])
            .arg("--segments")
            .arg(self.segment(0))
            .arg("--seals")
            .arg(&seals)
            .output()?;
        ensure!(
            output.status.success(),
            "assay prove, po2 {}: {}",
            self.po2,
            String::from_utf8_lossy(&output.stderr)
        );
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let number = |value: &Value| value.as_f64().context("the report is complete");
        let witness = number(&report["witness_seconds"])?;
        let seconds = witness + number(&report["prove_seconds"])?;
        let phases = report["phase_seconds"].as_object();
        let phases = phases.context("the report is complete")?.iter();
        let phases = phases.map(|(name, value)| Ok((name.clone(), number(value)?)));
        let cells = &report["cells_per_instruction"];
        Ok(Cost {
            cycles_per_s: number(&report["cycles"])? / seconds,
            seal_bytes: number(&report["seal_bytes"]["total"])? as u64,
            peak_bytes: number(&report["peak_bytes"])? as u64,
            cells: [
                number(&cells["main"])?,
                number(&cells["permutation"])?,
                number(&cells["total"])?,
            ],
            phases: std::iter::once(Ok(("witness".to_owned(), witness)))
                .chain(phases)
                .collect::<anyhow::Result<_>>()?,
            verify_ms: verify_ms(&seals.join("seal-00000000.seal"))?,
        })
    }
}

fn verify_ms(path: &Path) -> anyhow::Result<f64> {
    let file = SealFile::from_bytes(&std::fs::read(path)?).map_err(|error| anyhow!("{error}"))?;
    let text = file.seal.claim.text.clone();
    let key = VerifyingKey::new(text, file.commitment, file.parameters)
        .map_err(|error| anyhow!("{error}"))?;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let began = Instant::now();
        verify_seal(&key, 0, &file.seal).map_err(|error| anyhow!("{error}"))?;
        best = best.min(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}
