//! Finds the tools that `cargo xtask setup` installs. What is missing is said, and is a failure where `ASSAY_REQUIRE_TOOLS` is set (as `cargo xtask test`
//! does), so that a test never passes unnoticed without having run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{what} missing: run `cargo xtask setup`")]
pub struct Missing {
    what: String,
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .parent()
        .expect("the crate lies one folder below the root")
        .to_path_buf()
}

/// The folder that has riscv-tests and CoreMark below `pythondata_cpu_ibex`: `ASSAY_SUITES`, or what set-up installed.
///
/// # Errors
/// If there is none.
pub fn suites() -> Result<PathBuf, Missing> {
    let missing = || Missing {
        what: "the wheel with riscv-tests is".to_owned(),
    };
    if let Some(path) = env::var_os("ASSAY_SUITES") {
        return Ok(PathBuf::from(path));
    }
    let library = workspace().join("target/tools/suites/lib");
    let pythons = fs::read_dir(library).map_err(|_| missing())?;
    pythons
        .filter_map(|entry| Some(entry.ok()?.path().join("site-packages")))
        .find(|path| path.join("pythondata_cpu_ibex").exists())
        .ok_or_else(missing)
}

/// The bare-metal RISC-V compiler.
///
/// # Errors
/// If it does not start.
pub fn riscv_gcc() -> Result<Command, Missing> {
    const PROGRAM: &str = "riscv64-unknown-elf-gcc";
    match Command::new(PROGRAM).arg("--version").output() {
        Ok(output) if output.status.success() => Ok(Command::new(PROGRAM)),
        _ => Err(Missing {
            what: format!("{PROGRAM} is"),
        }),
    }
}

/// `Some` of what was found; otherwise says what is missing, and returns.
///
/// # Panics
/// If something is missing and `ASSAY_REQUIRE_TOOLS` is set.
pub fn or_skip<T>(found: Result<T, Missing>) -> Option<T> {
    found
        .inspect_err(|missing| {
            assert!(env::var_os("ASSAY_REQUIRE_TOOLS").is_none(), "{missing}");
            println!("not run: {missing}");
        })
        .ok()
}
