//! Ctrl-C: the first one asks the work to stop at the next border, where it tidies up; the second one ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::{Exit, Failure};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Catches Ctrl-C and SIGTERM from now on.
pub fn install() {
    let caught = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    if let Err(error) = caught {
        tracing::warn!("Ctrl-C cannot be caught: {error}");
    }
}

/// Fails if somebody asked to stop.
pub fn check() -> Result<(), Failure> {
    if asked() {
        Err(Failure::Interrupted)
    } else {
        Ok(())
    }
}

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
