//! Progress of long work, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line on stderr that says how far the work is; nothing where stderr is no terminal.
pub struct Progress(ProgressBar);

impl Progress {
    /// For work that ends at `total` of some `unit`, or at a point that nobody knows.
    pub fn new(total: Option<u64>, unit: &str, hidden: bool) -> Self {
        if hidden || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = match total {
            Some(_) => format!(
                "{{bar:30}} {{human_pos}} of {{human_len}} {unit}, {{per_sec}}, {{eta}} left {{msg}}"
            ),
            None => format!("{{spinner}} {{human_pos}} {unit}, {{per_sec}} {{msg}}"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// The work is here.
    pub fn at(&self, position: u64, message: impl FnOnce() -> String) {
        if !self.0.is_hidden() {
            self.0.set_position(position);
            self.0.set_message(message());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
