//! CPU time, so that a busy machine does not blur a figure.

use std::fs;

use anyhow::Context;

/// Seconds that this thread has had a core.
///
/// # Errors
/// If the system keeps no such count (it is Linux' schedstat).
pub fn cpu_seconds() -> anyhow::Result<f64> {
    let path = "/proc/thread-self/schedstat";
    let text = fs::read_to_string(path).context(path)?;
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    Ok(nanoseconds.context("schedstat begins with nanoseconds on a core")? / 1e9)
}
