//! What can go wrong with guests.

use std::path::PathBuf;

/// Why a guest could not be found, built or compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// No guest has this name.
    #[error("no guest is named {name:?}; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A program that is needed cannot be started.
    #[error("cannot run {program}: {source}; {advice}")]
    Missing {
        /// The program.
        program: String,
        /// What to do.
        advice: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// No Rust compiler here can build for the machine.
    #[error(
        "no Rust compiler for {target}: run `rustup target add {target}`, or on Debian `apt-get install rustc-web rust-web-src lld`"
    )]
    NoRustTarget {
        /// The target triple.
        target: &'static str,
    },
    /// A compiler failed; its own messages say why.
    #[error("{what} does not compile:\n{messages}")]
    Compile {
        /// What was compiled.
        what: String,
        /// What the compiler wrote.
        messages: String,
    },
    /// The wheel with the suites is not there.
    #[error("no sources of {suite} in {}: run `cargo xtask setup`, or set ASSAY_SUITES to the site-packages folder of a Python environment that has pythondata-cpu-ibex", searched.display())]
    NoSuite {
        /// The suite.
        suite: &'static str,
        /// The folder searched.
        searched: PathBuf,
    },
    /// `SHA256SUMS` lacks a guest or holds something else than checksums.
    #[error("{}: {reason}", path.display())]
    Checksums {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl GuestError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> GuestError {
        let path = path.into();
        move |source| GuestError::File { path, source }
    }
}
