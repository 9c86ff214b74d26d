//! C and assembly for the machine, with `riscv64-unknown-elf-gcc`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::GuestError;
use crate::catalog::folder;

const GCC: &str = "riscv64-unknown-elf-gcc";
const ADVICE: &str = "run `apt-get install gcc-riscv64-unknown-elf` (or your system's equivalent)";

/// The first line of `gcc --version`.
pub(crate) fn version() -> Result<String, GuestError> {
    let output = Command::new(GCC)
        .arg("--version")
        .output()
        .map_err(|source| GuestError::Missing {
            program: GCC.to_owned(),
            advice: ADVICE,
            source,
        })?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// Compiles and links `arguments` (sources and options) into `elf`, with the machine's link script and without a C library.
pub(crate) fn link(what: &str, arguments: &[String], elf: &Path) -> Result<(), GuestError> {
    let guests = folder();
    let mut gcc = Command::new(GCC);
    gcc.args([
        "-march=rv32im",
        "-mabi=ilp32",
        "-nostdlib",
        "-nostartfiles",
        "-static",
        "-Wl,--build-id=none",
    ])
    .arg(format!("-ffile-prefix-map={}=guests", guests.display()))
    .arg(format!("-T{}", guests.join("runtime/assay.ld").display()))
    .args(arguments)
    .args(["-lgcc", "-o"])
    .arg(elf);
    let output = gcc.output().map_err(|source| GuestError::Missing {
        program: GCC.to_owned(),
        advice: ADVICE,
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(GuestError::Compile {
        what: what.to_owned(),
        messages: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Options and sources of the C runtime.
pub(crate) fn runtime() -> Vec<String> {
    let runtime = folder().join("runtime-c");
    let file = |name: &str| runtime.join(name).display().to_string();
    let mut arguments: Vec<String> = [
        "-std=gnu17",
        "-O2",
        "-ffreestanding",
        "-ffunction-sections",
        "-fdata-sections",
        "-Wl,--gc-sections",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("-I{}", runtime.display()));
    arguments.extend(["crt0.S", "assay.c", "memory.c"].map(file));
    arguments
}

/// Builds a C guest from its sources, with the runtime of `guests/runtime-c`.
///
/// # Errors
/// [`GuestError`] if gcc is missing or refuses it.
pub fn compile(sources: &[PathBuf], elf: &Path) -> Result<(), GuestError> {
    let what = sources
        .iter()
        .map(|s| s.display().to_string())
        .collect::<Vec<_>>()
        .join(" ");
    let mut arguments = runtime();
    arguments.extend(["-Wall".to_owned(), "-Wextra".to_owned()]);
    arguments.extend(sources.iter().map(|source| source.display().to_string()));
    link(&what, &arguments, elf)
}
