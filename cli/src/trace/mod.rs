//! `assay trace`: shows and compares traces.

mod diff;
mod dump;
mod json;
mod show;
mod source;
mod stream;

use clap::Subcommand;

use crate::exit::Outcome;

/// What can be done with traces.
#[derive(Subcommand)]
pub enum Command {
    /// Print the trace of a program, a segment file, a session directory or a dump.
    Dump(dump::Args),
    /// Compare two traces and show the first event that differs, field by field.
    Diff(diff::Args),
}

/// Runs one of them.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Dump(args) => dump::run(args),
        Command::Diff(args) => diff::run(args),
    }
}
