//! Compiles the fast model with counts of how often each of its branches is taken, in release builds.
//!
//! The model is a flat list of conditions, longer than a core's instruction cache: a compiler that knows the usual ones lays them out in a
//! row. So it is compiled twice: to count while `shim/train.cpp` runs a program on it, and then with the counts.

use std::env;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_abi::regs;

/// Clang, and its tool that merges counts: distributions put a version behind both names.
const CLANG: &str = "clang++";
const MERGER: &str = "llvm-profdata";

/// The versions that are looked for.
const CLANGS: RangeInclusive<u32> = 14..=30;

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

/// The builds that can do it, the one with the quickest code first; none but in release builds for the machine that they run on.
///
/// Clang's code is quicker than GCC's here, so a Clang that has its tool for counts goes before the usual compiler, unless the environment names one.
pub fn candidates(build: &cc::Build) -> Vec<cc::Build> {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("PROFILE", "release") || env::var("HOST").ok() != env::var("TARGET").ok() {
        return Vec::new();
    }
    let named = env::vars_os().any(|(name, _)| {
        let name = name.to_string_lossy();
        matches!(&*name, "CXX" | "HOST_CXX" | "TARGET_CXX") || name.starts_with("CXX_")
    });
    let clang = if named { None } else { newest_clang() };
    let usual = build.get_compiler();
    clang
        .map(|name| {
            let mut build = build.clone();
            build.compiler(name);
            build
        })
        .into_iter()
        .chain((usual.is_like_gnu() || usual.is_like_clang()).then(|| build.clone()))
        .collect()
}

/// The newest Clang on PATH whose `llvm-profdata` is there too.
fn newest_clang() -> Option<String> {
    let runs = |name: &str| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let numbered = CLANGS.rev().map(|version| format!("-{version}"));
    numbered
        .chain([String::new()])
        .find(|suffix| runs(&format!("{CLANG}{suffix}")) && runs(&format!("{MERGER}{suffix}")))
        .map(|suffix| format!("{CLANG}{suffix}"))
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
        let compile = |extra: &[&str]| {
            let mut command = compiler.to_command();
            command.arg("-c").arg(self.file).arg("-o").arg(&object);
            run(command.args(extra))
        };
        let count = format!("-fprofile-generate={}", counts.display());
        // One thread runs the model. Clang counts so unless it is told otherwise.
        let single = compiler.is_like_gnu().then_some("-fprofile-update=single");
        let count: Vec<_> = [count.as_str()].into_iter().chain(single).collect();
        compile(&count)?;
        let trainer = self.out.join("train");
        let mut link = compiler.to_command();
        link.arg("shim/train.cpp")
            .arg(&object)
            .args(&self.libraries);
        for (name, value) in REGISTERS {
            link.arg(format!("-D{name}={value}"));
        }
        run(link.args(&count).arg("-lpthread").arg("-o").arg(&trainer))?;
        run(&mut Command::new(&trainer))?;
        let found = if compiler.is_like_clang() {
            merge(compiler.path(), &counts)?
        } else {
            counts
        };
        let counted = format!("-fprofile-use={}", found.display());
        // The trainer's own branches are nobody's business.
        compile(&[&counted, "-Wno-missing-profile"])?;
        Ok(object)
    }
}

/// What Clang reads, made of the files that its programs leave by the tool of the same version.
fn merge(compiler: &Path, counts: &Path) -> Result<PathBuf, String> {
    let name = compiler.file_name().and_then(|name| name.to_str());
    let version = name
        .and_then(|name| name.rsplit_once(CLANG))
        .map_or("", |(_, version)| version);
    let merged = counts.join("all.profdata");
    let mut tool = Command::new(format!("{MERGER}{version}"));
    run(tool.arg("merge").arg("-o").arg(&merged).arg(counts))?;
    Ok(merged)
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
