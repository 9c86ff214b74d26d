//! The suites rv32ui and rv32um of riscv-tests, compiled with the environment in `guests/riscv-tests-env`.
//!
//! A test that passes halts with exit code 0; one that fails halts with the number of the case.

use std::fs;
use std::path::Path;

use crate::catalog::folder;
use crate::suites::VENDOR;
use crate::{GuestError, gcc};

/// Tests that this machine cannot run, and why.
pub const EXCLUDED: &[(&str, &str)] = &[
    (
        "rv32ui-fence_i",
        "writes to text and needs FENCE.I, which the machine excludes",
    ),
    ("rv32ui-ma_data", "needs misaligned accesses, which fault"),
];

/// Compiles every test that can run; sources are looked for in this site-packages folder.
///
/// Gives names such as `rv32ui-add` with their ELFs, by name.
///
/// # Errors
/// [`GuestError`] if the sources or gcc are missing, or a test does not compile.
pub fn build(suites: &Path) -> Result<Vec<(String, Vec<u8>)>, GuestError> {
    let isa = suites.join(VENDOR).join("riscv-tests/isa");
    let scratch = tempfile::tempdir().map_err(GuestError::file("a temporary folder"))?;
    let mut tests = Vec::new();
    for suite in ["rv32ui", "rv32um"] {
        let sources = fs::read_dir(isa.join(suite)).map_err(|_| GuestError::NoSuite {
            suite: "riscv-tests",
            searched: isa.clone(),
        })?;
        for source in sources.flatten().map(|entry| entry.path()) {
            let stem = source.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{suite}-{stem}");
            if source.extension().is_none_or(|e| e != "S")
                || EXCLUDED.iter().any(|(excluded, _)| *excluded == name)
            {
                continue;
            }
            let elf = scratch.path().join(&name);
            let arguments = [
                // The suite uses gp for the number of a case.
                "-Wl,--no-relax".to_owned(),
                format!("-I{}", folder().join("riscv-tests-env").display()),
                format!("-I{}", isa.join("macros/scalar").display()),
                source.display().to_string(),
            ];
            gcc::link(&name, &arguments, &elf)?;
            tests.push((name, fs::read(&elf).map_err(GuestError::file(elf))?));
        }
    }
    tests.sort();
    Ok(tests)
}
