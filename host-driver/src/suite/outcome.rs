//! What became of a fault.

use std::fmt;
use std::time::Duration;

/// A row of the table of faults.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What went wrong.
    pub fault: String,
    /// Who had to deal with it: `driver`, or the devices' abstraction above it.
    pub level: &'static str,
    /// What whoever asked got.
    pub outcome: String,
    /// Until the next command, or operation, had gone well.
    pub recovered: Duration,
}

impl Outcome {
    /// The line that `cargo xtask faults` reads, an object of JSON behind a word; and one for the sums.
    #[must_use]
    pub fn line(&self, body: &str) -> String {
        format!(
            "fault {{\"body\":{body:?},\"level\":{:?},\"fault\":{:?},\"outcome\":{:?},\"ms\":{:.3}}}\n\
             figure card.faults.tried 1\nfigure card.faults.survived 1",
            self.level,
            self.fault,
            self.outcome,
            self.recovered.as_secs_f64() * 1e3
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.recovered.as_secs_f64() * 1e3;
        write!(
            f,
            "{}, {}: {}; {millis:.1} ms",
            self.level, self.fault, self.outcome
        )
    }
}
