//! Functional coverage: which situations a set of runs has been in, from the records that both sides agreed on.
//!
//! A combination that no run was in is a hole, and named. What cannot happen is excluded by rule, and a run that does it anyway panics.

mod caches;
mod cross;
mod session;
mod space;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use assay_abi::Po2;
use assay_executor::{Image, Input, LiveTrace};
use serde::{Deserialize, Serialize};

use crate::error::SimError;
use crate::report::CosimReport;
use session::Session;
use space::Space;

/// Holes that the table names in each cross.
const HOLES_SHOWN: usize = 8;

/// What runs have covered so far.
#[derive(Clone, Debug)]
pub struct Coverage {
    space: Space,
    runs: u64,
    records: u64,
}

/// The same as a file.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    runs: u64,
    records: u64,
    /// By cross, then by combination.
    crosses: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self::new()
    }
}

impl Coverage {
    /// Nothing is covered.
    #[must_use]
    pub fn new() -> Self {
        Self {
            space: Space::new(),
            runs: 0,
            records: 0,
        }
    }

    /// Adds a run that matched: this program to its end, or, if the host stopped it, to where it stopped.
    pub fn add(&mut self, image: &Arc<Image>, input: &Input, po2: Po2, report: &CosimReport) {
        let records = report.matched.records;
        let stopped = report.status.is_some_and(|status| status.stopped);
        let mut session = Session::new(&mut self.space);
        let limit = stopped.then_some(records);
        for event in LiveTrace::new(image.clone(), input.clone(), po2, limit) {
            session.event(&event);
        }
        if let Some(counters) = &report.counters {
            self.space.counters(counters);
        }
        self.runs += 1;
        self.records += records;
    }

    /// Combinations that were seen, and all.
    #[must_use]
    pub fn total(&self) -> (usize, usize) {
        self.space.crosses().fold((0, 0), |(hit, all), cross| {
            let total = cross.total();
            (hit + total.0, all + total.1)
        })
    }

    /// Seen of all, in percent.
    #[must_use]
    pub fn percent(&self) -> f64 {
        let (hit, all) = self.total();
        100.0 * hit as f64 / all as f64
    }

    /// What no run was in: the cross, and the combination.
    pub fn holes(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.space.crosses().flat_map(|cross| {
            let missing = cross.bins().filter(|(_, count)| *count == 0);
            missing.map(|(label, _)| (cross.name, label))
        })
    }

    /// Reads what [`Self::write`] wrote; nothing is covered where there is no file.
    ///
    /// # Errors
    /// [`SimError::Coverage`] if the file cannot be read, or is of another set of crosses.
    pub fn read(path: &Path) -> Result<Self, SimError> {
        let mut coverage = Self::new();
        if !path.exists() {
            return Ok(coverage);
        }
        let failed = |reason: String| SimError::Coverage {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let stored: Stored =
            serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        for (name, bins) in &stored.crosses {
            for (label, &count) in bins.iter().filter(|(_, count)| **count > 0) {
                if !coverage.space.add(name, label, count) {
                    let what = format!(
                        "no cross `{name}` has `{label}`: remove the file, or write to another"
                    );
                    return Err(failed(what));
                }
            }
        }
        (coverage.runs, coverage.records) = (stored.runs, stored.records);
        Ok(coverage)
    }

    /// Writes every combination with its count.
    ///
    /// # Errors
    /// [`SimError::Coverage`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), SimError> {
        let crosses = self
            .space
            .crosses()
            .map(|cross| (cross.name.to_owned(), cross.bins().collect()))
            .collect();
        let stored = Stored {
            runs: self.runs,
            records: self.records,
            crosses,
        };
        let failed = |reason: String| SimError::Coverage {
            path: path.to_owned(),
            reason,
        };
        let text =
            serde_json::to_string_pretty(&stored).map_err(|error| failed(error.to_string()))?;
        std::fs::write(path, text + "\n").map_err(|error| failed(error.to_string()))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hit, all) = self.total();
        writeln!(
            f,
            "functional coverage {:.1} %: {hit} of {all} combinations, in {} runs with {} records",
            self.percent(),
            self.runs,
            self.records
        )?;
        for cross in self.space.crosses() {
            let (hit, all) = cross.total();
            write!(
                f,
                "\n  {:<12} {hit:>5} of {all:>5}  {}",
                cross.name, cross.doc
            )?;
            let holes: Vec<String> = cross
                .bins()
                .filter(|(_, count)| *count == 0)
                .map(|(label, _)| label)
                .collect();
            for hole in holes.iter().take(HOLES_SHOWN) {
                write!(f, "\n               never: {hole}")?;
            }
            if let Some(more) = holes.len().checked_sub(HOLES_SHOWN + 1) {
                write!(f, "\n               and {} more", more + 1)?;
            }
        }
        Ok(())
    }
}
