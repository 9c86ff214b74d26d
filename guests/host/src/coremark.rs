//! CoreMark, compiled with the port in `guests/coremark-port`.

use std::fs;
use std::path::Path;

use crate::catalog::folder;
use crate::suites::VENDOR;
use crate::{GuestError, gcc};

/// The options that a published figure must name.
pub const FLAGS: &str = "-O2 -march=rv32im -mabi=ilp32";
/// What the tuned figure adds to them: a schedule for a core with load-use and multiply-use delays, and unrolled loops.
pub const TUNED: [&str; 4] = [
    "-mtune=sifive-7-series",
    "-funroll-all-loops",
    "-fgcse-las",
    "-finline-limit=1000",
];

/// Compiles CoreMark for so many iterations; sources are looked for in this site-packages folder.
///
/// It takes no input, commits iterations and checksums, and halts with 0 if they are those of a valid performance run.
///
/// # Errors
/// [`GuestError`] if the sources or gcc are missing, or it does not compile.
pub fn build(suites: &Path, iterations: u32) -> Result<Vec<u8>, GuestError> {
    build_with(suites, iterations, &[])
}

/// The same with more options of gcc.
///
/// # Errors
/// As [`build`].
pub fn build_with(suites: &Path, iterations: u32, flags: &[&str]) -> Result<Vec<u8>, GuestError> {
    let source = suites.join(VENDOR).join("eembc_coremark");
    if !source.join("coremark.h").is_file() {
        return Err(GuestError::NoSuite {
            suite: "CoreMark",
            searched: source,
        });
    }
    let port = folder().join("coremark-port");
    let mut arguments = gcc::runtime();
    arguments.extend(flags.iter().map(|&flag| flag.to_owned()));
    arguments.push(format!("-I{}", port.display()));
    arguments.push(format!("-I{}", source.display()));
    arguments.extend([
        format!("-DITERATIONS={iterations}"),
        "-DTOTAL_DATA_SIZE=2000".to_owned(),
        "-w".to_owned(),
    ]);
    arguments.push(port.join("core_portme.c").display().to_string());
    arguments.extend(
        [
            "core_list_join.c",
            "core_main.c",
            "core_matrix.c",
            "core_state.c",
            "core_util.c",
        ]
        .map(|file| source.join(file).display().to_string()),
    );
    let scratch = tempfile::tempdir().map_err(GuestError::file("a temporary folder"))?;
    let elf = scratch.path().join("coremark");
    gcc::link("CoreMark", &arguments, &elf)?;
    fs::read(&elf).map_err(GuestError::file(elf))
}
