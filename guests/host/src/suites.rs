//! Where the sources of suites that are not ours lie: a Python wheel that `cargo xtask setup` installs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::GuestError;
use crate::catalog::folder;

/// The folder with other people's sources in the wheel `pythondata-cpu-ibex`.
pub(crate) const VENDOR: &str = "pythondata_cpu_ibex/system_verilog/vendor";

/// The site-packages folder that has the wheel: `ASSAY_SUITES`, or that of `target/tools/suites`.
///
/// # Errors
/// [`GuestError::NoSuite`] if there is none.
pub fn suites() -> Result<PathBuf, GuestError> {
    if let Some(path) = env::var_os("ASSAY_SUITES") {
        return Ok(path.into());
    }
    let root = folder().parent().map(Path::to_path_buf).unwrap_or_default();
    let searched = root.join("target/tools/suites/lib");
    let pythons = fs::read_dir(&searched).into_iter().flatten().flatten();
    pythons
        .map(|entry| entry.path().join("site-packages"))
        .find(|path| path.join(VENDOR).is_dir())
        .ok_or(GuestError::NoSuite {
            suite: "riscv-tests and CoreMark",
            searched,
        })
}
