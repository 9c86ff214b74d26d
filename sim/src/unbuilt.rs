//! What calling the RTL says where it was not built.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use assay_executor::{Image, Input};

use crate::error::SimError;
use crate::options::CosimOptions;
use crate::progress::Progress;
use crate::report::CosimReport;

/// Compares a run of the RTL with the golden model, in a build that has the feature `verilator`.
///
/// # Errors
/// [`SimError::NotBuilt`]: this build does not.
pub fn cosim(
    _image: &Arc<Image>,
    _input: &Input,
    _options: &CosimOptions,
    _progress: &mut dyn Progress,
) -> Result<CosimReport, SimError> {
    Err(SimError::NotBuilt)
}

/// Runs the RTL alone, in a build that has the feature `verilator`.
///
/// # Errors
/// [`SimError::NotBuilt`]: this build does not.
pub fn unchecked(
    _image: &Arc<Image>,
    _input: &Input,
    _options: &CosimOptions,
) -> Result<CosimReport, SimError> {
    Err(SimError::NotBuilt)
}

/// What a pipeline trace has in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KonataSummary {
    /// Instructions that retired.
    pub retired: u64,
    /// Instructions that were dropped.
    pub flushed: u64,
}

/// Writes a pipeline trace, in a build that has the feature `verilator`.
///
/// # Errors
/// [`SimError::NotBuilt`]: this build does not.
pub fn write_konata(
    _image: &Arc<Image>,
    _input: &Input,
    _options: &CosimOptions,
    _path: &Path,
    _window: Range<u64>,
) -> Result<KonataSummary, SimError> {
    Err(SimError::NotBuilt)
}

/// The cores that can be named: none in this build.
#[must_use]
pub fn cores() -> Vec<String> {
    Vec::new()
}
