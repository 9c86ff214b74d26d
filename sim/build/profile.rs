//! Compiles the fast model with counts of how often each of its branches is taken, in release builds.
//!
//! The model is a flat list of conditions, longer than a core's instruction cache: a compiler that knows the usual ones lays them out in a
//! row. So it is compiled twice: to count while `shim/train.cpp` runs a program on it, and then with the counts.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_abi::regs;

/// What the trainer writes into the card's registers.
const REGISTERS: [(&str, u32); 9] = [
    ("REG_ENTRY_PC", regs::ENTRY_PC),
    ("REG_TEXT_START", regs::TEXT_START),
    ("REG_TEXT_END", regs::TEXT_END),
    ("REG_PO2", regs::PO2),
    ("REG_INPUT_LENGTH", regs::INPUT_LENGTH),
    ("REG_MEM_BASE", regs::MEM_BASE),
    ("REG_SHADOW_BASE", regs::SHADOW_BASE),
    ("REG_CONTROL", regs::CONTROL),
    ("REG_START", regs::control::START),
];

/// A model that is worth it.
pub struct Training<'a> {
    /// What compiles it.
    pub build: &'a cc::Build,
    /// All of its code that runs every cycle.
    pub file: &'a Path,
    /// Where the build's files go.
    pub out: &'a Path,
    /// The libraries that the trainer needs beside it: the model's rare code, and Verilator's runtime.
    pub libraries: [PathBuf; 2],
}

/// Whether this build and compiler can do it: release builds with GCC for the machine that they run on.
pub fn is_possible(compiler: &cc::Tool) -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    is("PROFILE", "release")
        && compiler.is_like_gnu()
        && env::var("HOST").ok() == env::var("TARGET").ok()
}

/// A file that includes all of `files`, so that one set of counts is about all of them.
pub fn one_file(files: &[PathBuf], out: &Path) -> Result<PathBuf, String> {
    let path = out.join("Vfast_all.cpp");
    let text: String = files
        .iter()
        .map(|file| format!("#include \"{}\"\n", file.display()))
        .collect();
    write(&path, &text)?;
    Ok(path)
}

impl Training<'_> {
    /// The object of the model, compiled with what a run has counted.
    ///
    /// # Errors
    /// What failed; the model can still be compiled without counts.
    pub fn object(&self) -> Result<PathBuf, String> {
        let counts = self.out.join("counts");
        if counts.exists() {
            fs::remove_dir_all(&counts)
                .map_err(|error| format!("{}: {error}", counts.display()))?;
        }
        // GCC finds the counts by the object's name, so both times it is the same.
        let object = self.out.join("Vfast_all.o");
        let compiler = self.build.get_compiler();
        let compile = |extra: &[String]| {
            let mut command = compiler.to_command();
            command.arg("-c").arg(self.file).arg("-o").arg(&object);
            run(command.args(extra))
        };
        compile(&[
            format!("-fprofile-generate={}", counts.display()),
            "-fprofile-update=single".to_owned(),
        ])?;
        let trainer = self.out.join("train");
        let mut link = compiler.to_command();
        link.arg("shim/train.cpp")
            .arg(&object)
            .args(&self.libraries);
        for (name, value) in REGISTERS {
            link.arg(format!("-D{name}={value}"));
        }
        link.arg("-fprofile-generate").arg("-lpthread");
        // The trainer's own branches are nobody's business.
        run(link.arg("-fprofile-update=single").arg("-o").arg(&trainer))?;
        run(&mut Command::new(&trainer))?;
        compile(&[
            format!("-fprofile-use={}", counts.display()),
            "-Wno-missing-profile".to_owned(),
        ])?;
        Ok(object)
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = text.lines().find(|line| !line.trim().is_empty());
    Err(format!(
        "{name} ended with {}: {}",
        output.status,
        first.unwrap_or("no message")
    ))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
