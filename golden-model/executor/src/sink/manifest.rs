use assay_abi::{CONTRACT_HASH, FaultCause, Po2};
use serde::{Deserialize, Serialize};

use super::SessionEnd;
use crate::{hash::Digest, segment::Exit};

/// The name of the manifest in a session's directory. It is written last: a directory that has it is complete.
pub const MANIFEST_NAME: &str = "session.json";

/// The manifest's version.
const FORMAT: u32 = 2;

/// `session.json`: what a directory of segments holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this file's fields.
    pub format: u32,
    /// Hash of the contract that the session was made under, in hexadecimal.
    pub contract_hash: String,
    /// The program's image digest, in hexadecimal.
    pub image_digest: String,
    /// The segment limit.
    pub po2: u8,
    /// `halted`, `faulted` or `stopped`.
    pub status: String,
    /// x10 at the halt; only then there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u32>,
    /// The fault's name in `docs/machine.md`; only after a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The pc after the session: 1 after a halt, the faulting pc after a fault.
    pub pc: u32,
    /// How many segment files there are.
    pub segments: u32,
    /// Instructions retired.
    pub cycles: u64,
    /// Words in the input.
    pub input_len: u32,
    /// How many of them were read.
    pub input_read: u32,
    /// Words committed.
    pub journal_len: u32,
}

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is not JSON with these fields.
    #[error("it is no manifest: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version.
    #[error("manifest format {found}, expected {FORMAT}: use the release that made the session")]
    Format {
        /// The file's.
        found: u32,
    },
    /// Made under another contract.
    #[error(
        "the session was made under contract {found}, expected {expected}: make it again with this release"
    )]
    Contract {
        /// This build's contract hash.
        expected: String,
        /// The file's.
        found: String,
    },
    /// A field has a value that it cannot have.
    #[error("{field} is {found}")]
    Field {
        /// Which.
        field: &'static str,
        /// Its value, or what is wrong with it.
        found: String,
    },
}

fn contract_hex() -> String {
    CONTRACT_HASH
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn status_name(exit: Exit) -> &'static str {
    match exit {
        Exit::Running => "running",
        Exit::Halted { .. } => "halted",
        Exit::Faulted { .. } => "faulted",
        Exit::Stopped => "stopped",
    }
}

impl Manifest {
    /// The manifest of a session.
    #[must_use]
    pub fn new(end: &SessionEnd) -> Self {
        let (exit_code, fault) = match end.exit {
            Exit::Halted { exit_code } => (Some(exit_code), None),
            Exit::Faulted { cause } => (None, Some(cause.name().to_owned())),
            Exit::Running | Exit::Stopped => (None, None),
        };
        Self {
            format: FORMAT,
            contract_hash: contract_hex(),
            image_digest: end.image_digest.to_string(),
            po2: end.po2.get(),
            status: status_name(end.exit).to_owned(),
            exit_code,
            fault,
            pc: end.pc,
            segments: end.segments,
            cycles: end.cycles,
            input_len: end.input_len,
            input_read: end.input_read,
            journal_len: end.journal_len,
        }
    }

    /// The file: JSON, one field a line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("strings and numbers under string keys are JSON");
        text.push('\n');
        text
    }

    /// Reads the file and checks its fields.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn from_json(text: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(text)?;
        if manifest.format != FORMAT {
            let found = manifest.format;
            return Err(ManifestError::Format { found });
        }
        if manifest.contract_hash != contract_hex() {
            return Err(ManifestError::Contract {
                expected: contract_hex(),
                found: manifest.contract_hash,
            });
        }
        manifest.end()?;
        Ok(manifest)
    }

    /// The session's end that it tells of.
    ///
    /// # Errors
    /// [`ManifestError::Field`] if a field has a value that it cannot have.
    pub fn end(&self) -> Result<SessionEnd, ManifestError> {
        let wrong = |field, found: String| ManifestError::Field { field, found };
        let exit = match (&*self.status, self.exit_code, &self.fault) {
            ("halted", Some(exit_code), None) => Exit::Halted { exit_code },
            ("faulted", None, Some(name)) => FaultCause::ALL
                .iter()
                .find(|cause| cause.name() == name)
                .map(|&cause| Exit::Faulted { cause })
                .ok_or_else(|| wrong("fault", format!("{name:?}, which is no fault's name")))?,
            ("stopped", None, None) => Exit::Stopped,
            (status, exit_code, fault) => {
                let found = format!("{status:?} with exit code {exit_code:?} and fault {fault:?}");
                return Err(wrong("status", found));
            }
        };
        Ok(SessionEnd {
            image_digest: Digest::from_hex(&self.image_digest)
                .map_err(|error| wrong("image_digest", error.to_string()))?,
            po2: Po2::try_from(self.po2).map_err(|error| wrong("po2", error.to_string()))?,
            exit,
            pc: self.pc,
            segments: self.segments,
            cycles: self.cycles,
            input_len: self.input_len,
            input_read: self.input_read,
            journal_len: self.journal_len,
        })
    }
}
