//! riscv-tests' rv32ui and rv32um, compiled for this machine at test time.
//!
//! Left out: `fence_i`, which writes its own text (text is read-only here, and `FENCE.I` illegal), and `ma_data`, which accesses misaligned data
//! (a fault here).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::tools::{self, Missing};

const LEFT_OUT: [&str; 2] = ["fence_i", "ma_data"];

/// A compiled test: it halts with exit code 0 if it passes.
#[derive(Debug)]
pub struct RiscvTest {
    /// Such as `rv32ui-add`.
    pub name: String,
    /// The program.
    pub elf: Vec<u8>,
}

/// Why the tests could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The compiler or the sources are missing.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The compiler refused.
    #[error("{name} does not compile: {message}")]
    Compile {
        /// The test.
        name: String,
        /// What the compiler says.
        message: String,
    },
}

/// Compiles all of them, in the order of their names.
///
/// # Errors
/// [`BuildError`] if tools are missing or a test does not compile.
pub fn build() -> Result<Vec<RiscvTest>, BuildError> {
    let vendor = tools::suites()?.join("pythondata_cpu_ibex/system_verilog/vendor/riscv-tests");
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("riscv-tests");
    let out = tempfile::tempdir().map_err(at(&std::env::temp_dir()))?;
    let mut tests = Vec::new();
    for suite in ["rv32ui", "rv32um"] {
        let folder = vendor.join("isa").join(suite);
        for test in sources(&folder)? {
            let name = format!("{suite}-{test}");
            let elf = out.path().join(&name);
            let output = tools::riscv_gcc()?
                .args([
                    "-march=rv32im",
                    "-mabi=ilp32",
                    "-static",
                    "-nostdlib",
                    "-nostartfiles",
                ])
                .arg("-I")
                .arg(&environment)
                .arg("-I")
                .arg(vendor.join("isa/macros/scalar"))
                .arg("-T")
                .arg(environment.join("link.ld"))
                .arg("-o")
                .arg(&elf)
                .arg(folder.join(format!("{test}.S")))
                .output()
                .map_err(at(&folder))?;
            if !output.status.success() {
                let message = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(BuildError::Compile { name, message });
            }
            let elf = fs::read(&elf).map_err(at(&elf))?;
            tests.push(RiscvTest { name, elf });
        }
    }
    Ok(tests)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    |error| BuildError::File { path, error }
}

fn sources(folder: &Path) -> Result<Vec<String>, BuildError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.extension().is_some_and(|extension| extension == "S")
            && !LEFT_OUT.contains(&stem.as_str())
        {
            names.push(stem);
        }
    }
    names.sort();
    Ok(names)
}
