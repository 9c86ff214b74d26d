//! `cargo xtask cuda`: compiles the kernels of `hal-cuda` for every architecture that is shipped, looks at what the compiler made of them, and
//! leaves the images in `target/cuda/`. Needs neither a GPU nor NVIDIA's driver: NVRTC and ptxas come from two wheels.

mod package;
mod ptxas;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use self::ptxas::Entry;
use crate::process::{Outcome, capture, cargo, run as run_command, shown};
use crate::tools::{site_packages, venv};
use crate::workspace;

/// The run-time compiler: CUDA to PTX. Both are the first release of CUDA that knows sm_120 in its last patch: PTX of it loads in the oldest drivers.
const NVRTC_WHEEL: &str = "nvidia-cuda-nvrtc-cu12==12.8.93";
/// The assembler: PTX to machine code, with registers and spills.
const PTXAS_WHEEL: &str = "nvidia-cuda-nvcc-cu12==12.8.93";
/// What the list of images says of both.
const TOOLKIT: &str = "CUDA 12.8.93";

/// Options of `cuda`.
#[derive(clap::Args)]
pub struct Args {
    /// Compile for this architecture alone (80, 86, 89, 90, 100, 120); may be given several times. No images are written then.
    #[arg(long)]
    arch: Vec<u32>,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Also build `assay` and pack it with the images: one file for a machine with a GPU and nothing else.
    #[arg(long, conflicts_with_all = ["arch", "json"])]
    package: bool,
    /// The processor that the packed program needs, as rustc names it.
    #[arg(long, default_value = "x86-64-v3", requires = "package")]
    cpu: String,
}

/// NVIDIA's programs.
struct Tools {
    /// Folder of libnvrtc.
    nvrtc: PathBuf,
    ptxas: PathBuf,
}

fn tools() -> Result<Tools> {
    let packages = site_packages(&venv("cuda", &[NVRTC_WHEEL, PTXAS_WHEEL])?)?.join("nvidia");
    Ok(Tools {
        nvrtc: packages.join("cuda_nvrtc/lib"),
        ptxas: packages.join("cuda_nvcc/bin/ptxas"),
    })
}

/// What `cuda-kernels` says of itself: it is built from `hal-cuda`, so its compiler options are those of a run.
struct Compiler {
    program: PathBuf,
    nvrtc: PathBuf,
    sources: String,
    kernels: Vec<Listed>,
    shipped: Vec<u32>,
}

struct Listed {
    name: String,
    hot: bool,
}

impl Compiler {
    fn build(tools: &Tools) -> Result<Self> {
        let root = workspace::root();
        run_command(cargo(&root).args([
            "build",
            "--quiet",
            "--package",
            "assay-hal-cuda",
            "--bin",
            "cuda-kernels",
        ]))?;
        let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), Into::into);
        let program = folder.join("debug/cuda-kernels");
        let text = capture(Command::new(&program).arg("list"))?;
        let mut compiler = Self {
            program,
            nvrtc: tools.nvrtc.clone(),
            sources: String::new(),
            kernels: Vec::new(),
            shipped: Vec::new(),
        };
        for line in text.lines() {
            match *line.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["sources", hash] => compiler.sources = hash.to_owned(),
                ["kernel", name, kind] => compiler.kernels.push(Listed {
                    name: name.to_owned(),
                    hot: kind == "hot",
                }),
                ["arch", number] => compiler.shipped.push(number.parse()?),
                _ => bail!("cuda-kernels: `{line}`"),
            }
        }
        Ok(compiler)
    }

    /// PTX for one architecture.
    fn ptx(&self, arch: u32, file: &Path) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("ptx").arg(format!("compute_{arch}")).arg(file);
        capture(command.env("LD_LIBRARY_PATH", &self.nvrtc)).map(drop)
    }
}

/// A kernel on an architecture.
#[derive(Debug, Serialize)]
struct Row {
    kernel: String,
    hot: bool,
    arch: u32,
    #[serde(flatten)]
    entry: Entry,
}

/// What the compilers made of the kernels.
pub struct Report {
    rows: Vec<Row>,
    kernels: Vec<String>,
    archs: Vec<u32>,
}

impl Report {
    fn spilling(&self) -> Vec<&Row> {
        let rows = self.rows.iter();
        rows.filter(|row| row.hot && row.entry.spills()).collect()
    }

    /// Hot kernels that spill on any architecture.
    fn hot_spilling(&self) -> usize {
        let mut names: Vec<_> = self.spilling().iter().map(|row| &row.kernel).collect();
        names.dedup();
        names.len()
    }

    /// A line for each kernel: on each architecture its registers, and the bytes that it spills.
    fn table(&self) -> String {
        let width = self.kernels.iter().map(String::len).max().unwrap_or(0);
        let mut text = format!("{:width$}  hot  shared", "kernel");
        for arch in &self.archs {
            write!(text, "  {:>12}", format!("sm_{arch}")).ok();
        }
        for kernel in &self.kernels {
            let rows: Vec<_> = self
                .rows
                .iter()
                .filter(|row| row.kernel == *kernel)
                .collect();
            let hot = if rows.iter().any(|row| row.hot) {
                "yes"
            } else {
                ""
            };
            let shared = rows.iter().map(|row| row.entry.shared).max().unwrap_or(0);
            write!(text, "\n{kernel:width$}  {hot:3}  {shared:6}").ok();
            for row in rows {
                let Entry {
                    registers,
                    spill_stores,
                    spill_loads,
                    ..
                } = row.entry;
                let cell = match spill_stores + spill_loads {
                    0 => format!("{registers} r"),
                    spilled => format!("{registers} r, {spilled} B"),
                };
                write!(text, "  {cell:>12}").ok();
            }
        }
        text + "\nr: registers a thread; B: bytes that a thread spills (stores and loads); shared: static, in bytes"
    }

    /// The figures of the README.
    fn figures(&self) -> Map<String, Value> {
        let mut figures = Map::new();
        figures.insert("cuda.kernels".to_owned(), self.kernels.len().into());
        let spilling = self.hot_spilling();
        figures.insert("cuda.hot_kernels_spilling".to_owned(), spilling.into());
        figures
    }

    /// Fails if a hot kernel spills.
    fn check(&self) -> Result<()> {
        let spilling = self.spilling();
        let Some(first) = spilling.first() else {
            return Ok(());
        };
        let Entry {
            spill_stores,
            spill_loads,
            ..
        } = first.entry;
        bail!(
            "{} hot kernels spill, first {} on sm_{}: {spill_stores} bytes stored, {spill_loads} loaded; give it fewer live values or a larger register budget (__launch_bounds__)",
            self.hot_spilling(),
            first.kernel,
            first.arch,
        )
    }
}

/// Where images go.
pub fn folder() -> PathBuf {
    workspace::root().join("target/cuda")
}

/// Compiles for these architectures, or for all that are shipped; then the images are kept.
fn compile(only: &[u32]) -> Result<Report> {
    let tools = tools()?;
    let compiler = Compiler::build(&tools)?;
    let archs = match only {
        [] => compiler.shipped.clone(),
        only => only.to_vec(),
    };
    let target = workspace::root().join("target");
    fs::create_dir_all(&target)?;
    let scratch = tempfile::Builder::new()
        .prefix("cuda.")
        .tempdir_in(&target)?;
    let one = |arch: u32| -> Result<Vec<Row>> {
        let ptx = scratch.path().join(format!("compute_{arch}.ptx"));
        compiler
            .ptx(arch, &ptx)
            .with_context(|| format!("NVRTC for compute_{arch}"))?;
        let cubin = scratch.path().join(format!("sm_{arch}.cubin"));
        let entries = assemble(&tools.ptxas, arch, &ptx, &cubin)?;
        rows(&compiler.kernels, arch, entries)
    };
    let rows = in_threads(&archs, one)?;
    if only.is_empty() {
        keep(&compiler, scratch.path(), &archs)?;
    }
    Ok(Report {
        rows: rows.into_iter().flatten().collect(),
        kernels: compiler.kernels.into_iter().map(|it| it.name).collect(),
        archs,
    })
}

/// Runs jobs, as many at once as there are processors; results come in order.
fn in_threads<T: Send>(archs: &[u32], job: impl Fn(u32) -> Result<T> + Sync) -> Result<Vec<T>> {
    let job = &job;
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut done = Vec::new();
    for some in archs.chunks(at_once) {
        let results: Vec<Result<T>> = thread::scope(|scope| {
            let threads: Vec<_> = some
                .iter()
                .map(|&arch| scope.spawn(move || job(arch)))
                .collect();
            let ends = threads.into_iter().map(|thread| thread.join());
            ends.map(|end| end.unwrap_or_else(|_| bail!("a thread panicked")))
                .collect()
        });
        for result in results {
            done.push(result?);
        }
    }
    Ok(done)
}

fn assemble(ptxas: &Path, arch: u32, ptx: &Path, cubin: &Path) -> Result<Vec<(String, Entry)>> {
    let mut command = Command::new(ptxas);
    command.args(["--verbose", "--opt-level", "3"]);
    command.arg(format!("--gpu-name=sm_{arch}")).arg(ptx);
    command.arg("--output-file").arg(cubin);
    let output = command
        .output()
        .with_context(|| format!("cannot start `{}`", shown(&command)))?;
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("ptxas for sm_{arch}: {}", said.trim());
    }
    ptxas::entries(&said).with_context(|| format!("ptxas for sm_{arch}"))
}

/// Joins what the crate lists with what the assembler saw; neither may have a kernel that the other has not.
fn rows(listed: &[Listed], arch: u32, mut entries: Vec<(String, Entry)>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for Listed { name, hot } in listed {
        let Some(place) = entries.iter().position(|(entry, _)| entry == name) else {
            bail!("{name} is listed in hal-cuda/src/kernel.rs, and no source has it");
        };
        rows.push(Row {
            kernel: name.clone(),
            hot: *hot,
            arch,
            entry: entries.swap_remove(place).1,
        });
    }
    match entries.first() {
        Some((name, _)) => bail!("{name} is in the sources, and not in hal-cuda/src/kernel.rs"),
        None => Ok(rows),
    }
}

/// Puts the images where programs find them, with the list that says what they are.
fn keep(compiler: &Compiler, scratch: &Path, archs: &[u32]) -> Result<()> {
    let lowest = archs.iter().min().context("no architecture")?;
    let mut names: Vec<_> = archs
        .iter()
        .map(|arch| (format!("sm_{arch}"), "cubin"))
        .collect();
    names.push((format!("compute_{lowest}"), "ptx"));
    let mut list = format!("sources {}\ntoolkit {TOOLKIT}\n", compiler.sources);
    let fresh = scratch.join("cuda");
    fs::create_dir(&fresh)?;
    for (target, kind) in names {
        let file = format!("{target}.{kind}");
        let bytes = fs::read(scratch.join(&file)).with_context(|| file.clone())?;
        fs::write(fresh.join(&file), &bytes)?;
        let hash = Sha256::digest(&bytes);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(list, "image {file} {target} {hash}")?;
    }
    fs::write(fresh.join("images.txt"), list)?;
    let folder = folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::rename(&fresh, &folder).with_context(|| folder.display().to_string())
}

/// Runs the command.
///
/// # Errors
/// If a kernel does not compile or a hot one spills.
pub fn run(args: &Args) -> Result<()> {
    let report = compile(&args.arch)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report.rows)?);
    } else {
        println!("{}", report.table());
        println!("{}", matched(&report));
        if args.arch.is_empty() {
            println!("images: {}", folder().display());
        }
    }
    report.check()?;
    if args.package {
        package::make(&args.cpu)?;
    }
    Ok(())
}

fn matched(report: &Report) -> String {
    format!(
        "matched {} kernels on {} architectures, {} hot ones spilling",
        report.kernels.len(),
        report.archs.len(),
        report.hot_spilling()
    )
}

/// All kernels on all architectures, as a step of the tests.
pub fn suite() -> Result<Outcome> {
    let report = compile(&[])?;
    report.check()?;
    Ok(Outcome {
        passed: report.rows.len() as u64,
        matched: vec![matched(&report)],
        ..Outcome::default()
    })
}

/// The figures of the README.
pub fn figures() -> Result<Map<String, Value>> {
    Ok(compile(&[])?.figures())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[(&str, bool)]) -> Vec<Listed> {
        let listed = names.iter().map(|&(name, hot)| Listed {
            name: name.to_owned(),
            hot,
        });
        listed.collect()
    }

    fn entry(spilled: u32) -> Entry {
        Entry {
            registers: 40,
            spill_stores: spilled,
            ..Entry::default()
        }
    }

    #[test]
    fn a_kernel_that_only_one_side_has_is_named() {
        let both = listed(&[("a", true), ("b", false)]);
        let of = |names: &[&str]| {
            let entries = names.iter().map(|&name| (name.to_owned(), entry(0)));
            rows(&both, 80, entries.collect())
        };
        assert_eq!(of(&["b", "a"]).unwrap().len(), 2);
        assert!(
            of(&["a"])
                .unwrap_err()
                .to_string()
                .starts_with("b is listed")
        );
        let more = of(&["a", "b", "c"]).unwrap_err().to_string();
        assert!(more.starts_with("c is in the sources"), "{more}");
    }

    #[test]
    fn spills_of_hot_kernels_fail_and_those_of_others_are_shown() {
        let report = |spilled| {
            let listed = listed(&[("hot", true), ("cold", false)]);
            let entries = |spilled| {
                vec![
                    ("hot".to_owned(), entry(spilled)),
                    ("cold".to_owned(), entry(8)),
                ]
            };
            let mut all = rows(&listed, 80, entries(0)).unwrap();
            all.extend(rows(&listed, 90, entries(spilled)).unwrap());
            Report {
                rows: all,
                kernels: vec!["hot".to_owned(), "cold".to_owned()],
                archs: vec![80, 90],
            }
        };
        assert!(report(0).check().is_ok());
        assert!(report(0).table().contains("40 r, 8 B"));
        let error = report(16).check().unwrap_err().to_string();
        assert!(error.contains("hot on sm_90: 16 bytes stored"), "{error}");
        assert_eq!(report(16).figures()["cuda.hot_kernels_spilling"], 1);
        assert_eq!(report(0).figures()["cuda.kernels"], 2);
    }
}
