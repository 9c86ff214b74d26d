//! What calling the RTL says where it was not built.

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
