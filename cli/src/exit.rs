//! How `assay` ends: the exit statuses of docs/cli.md, and the errors behind them.

use std::io;
use std::process::ExitCode;

/// What the exit status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Success = 0,
    /// Two things that should be equal are not.
    Difference = 1,
    /// Bad usage or bad input (clap uses this status too).
    BadInput = 2,
    /// The surroundings are wrong: nothing that the user gave, but what it is to be done with.
    Surroundings = 3,
    /// A receipt does not prove what was asked.
    Rejected = 4,
    /// The guest halted with another exit code than 0.
    GuestCode = 10,
    /// The guest faulted.
    GuestFault = 11,
    /// The session limit was reached.
    SessionLimit = 12,
    /// Ctrl-C; the status that shells give it.
    Interrupted = 130,
    /// Whoever read our output is gone; the status that shells give it.
    BrokenPipe = 141,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// What the user gave is wrong.
    Input(anyhow::Error),
    /// The surroundings are wrong.
    Surroundings(anyhow::Error),
    /// Ctrl-C.
    Interrupted,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Input(error)
    }
}

impl Failure {
    /// The surroundings are at fault.
    pub fn surroundings(error: impl Into<anyhow::Error>) -> Self {
        Self::Surroundings(error.into())
    }
}

/// What a command returns.
pub type Outcome = Result<Exit, Failure>;

/// Prints what went wrong, in one line, and chooses the status.
pub fn report(outcome: Outcome) -> ExitCode {
    let exit = match outcome {
        Ok(exit) => exit,
        Err(Failure::Interrupted) => {
            eprintln!("interrupted");
            Exit::Interrupted
        }
        Err(Failure::Input(error) | Failure::Surroundings(error)) if is_broken_pipe(&error) => {
            Exit::BrokenPipe
        }
        Err(Failure::Input(error)) => {
            eprintln!("error: {}", one_line(&error));
            Exit::BadInput
        }
        Err(Failure::Surroundings(error)) => {
            eprintln!("error: {}", one_line(&error));
            Exit::Surroundings
        }
    };
    exit.into()
}

/// The error and its causes. Many errors name their cause themselves: it is not said twice.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_io = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(of_io))
}
