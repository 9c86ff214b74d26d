//! What is made of runs beyond their report: a bundle of the first that fails, coverage of those that match.

use std::path::PathBuf;
use std::sync::Arc;

use assay_executor::{Image, Input};
use assay_sim::{CosimOptions, CosimReport, Coverage, LineCoverage};

use super::{bundle, classify};
use crate::exit::Failure;
use crate::output::print_line;

/// Options that ask for it.
#[derive(clap::Args)]
pub struct Findings {
    /// Make a failure small, to a handful of instructions if it can be, and write it into this directory: program, input, options, listing and
    /// report. --replay runs it again, in any clone.
    #[arg(long, value_name = "DIR")]
    shrink: Option<PathBuf>,
    /// Repeat the failure in a directory that --shrink wrote, with the options in it; only --waves, --wave-cycles and --json count.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["program", "random", "shrink", "coverage"])]
    pub replay: Option<PathBuf>,
    /// Add the situations that the runs were in to this file, and print a table of all, with those that never came.
    #[arg(long, value_name = "FILE")]
    coverage: Option<PathBuf>,
    /// Add which lines of the RTL ran and which signals toggled to this file, and print a table; needs a build with the feature `coverage`.
    #[arg(long, value_name = "FILE")]
    line_coverage: Option<PathBuf>,
}

impl Findings {
    /// What a run must be asked for.
    pub fn ask(&self, options: &mut CosimOptions) {
        options.line_coverage.clone_from(&self.line_coverage);
    }

    /// Ready for runs.
    pub fn open(&self) -> Result<Open<'_>, Failure> {
        let coverage = self.coverage.as_deref().map(Coverage::read).transpose();
        Ok(Open {
            asked: self,
            coverage: coverage.map_err(classify)?,
        })
    }
}

/// Findings that are being made.
pub struct Open<'a> {
    asked: &'a Findings,
    coverage: Option<Coverage>,
}

impl Open<'_> {
    /// Takes a run into account.
    pub fn add(
        &mut self,
        image: &Arc<Image>,
        input: &Input,
        options: &CosimOptions,
        report: &CosimReport,
        json: bool,
    ) -> Result<(), Failure> {
        match (&report.failure, &self.asked.shrink, &mut self.coverage) {
            (Some(failure), Some(folder), _) => {
                bundle::shrink(image, input, options, failure, folder, json)
            }
            (None, _, Some(coverage)) => {
                coverage.add(image, input, options.po2, report);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes what belongs to all runs together.
    pub fn close(self, json: bool) -> Result<(), Failure> {
        if let (Some(coverage), Some(path)) = (self.coverage, &self.asked.coverage) {
            coverage.write(path).map_err(classify)?;
            if !json {
                print_line(&coverage.to_string())?;
            }
        }
        if let (Some(path), false) = (&self.asked.line_coverage, json) {
            let lines = LineCoverage::read(path).map_err(classify)?;
            print_line(&lines.to_string())?;
        }
        Ok(())
    }
}
