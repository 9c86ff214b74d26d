//! A Rust compiler for the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::GuestError;

/// The target of guests.
pub(crate) const TARGET: &str = "riscv32im-unknown-none-elf";

/// How guests are compiled here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The default compiler has the target's libraries.
    Installed,
    /// Debian's compiler, with `core` and `alloc` built from its sources.
    FromSource(PathBuf),
}

impl Toolchain {
    /// Looks for one.
    pub fn find() -> Result<Toolchain, GuestError> {
        let has_target = |sysroot: &Path| sysroot.join("lib/rustlib").join(TARGET).is_dir();
        let has_source =
            |sysroot: &Path| sysroot.join("lib/rustlib/src/rust/library/core").is_dir();
        if sysroot(Path::new("rustc")).is_some_and(|s| has_target(&s)) {
            return Ok(Toolchain::Installed);
        }
        let debian = Path::new("/usr/bin/rustc");
        if sysroot(debian).is_some_and(|s| has_source(&s)) {
            return Ok(Toolchain::FromSource(debian.to_path_buf()));
        }
        Err(GuestError::NoRustTarget { target: TARGET })
    }

    fn rustc(&self) -> &Path {
        match self {
            Toolchain::Installed => Path::new("rustc"),
            Toolchain::FromSource(rustc) => rustc,
        }
    }

    /// What `rustc --version` says.
    pub fn version(&self) -> String {
        capture(Command::new(self.rustc()).arg("--version")).unwrap_or_default()
    }

    /// Where its libraries are.
    pub fn sysroot(&self) -> Option<PathBuf> {
        sysroot(self.rustc())
    }

    /// Makes `cargo` use it.
    pub fn apply(&self, cargo: &mut Command) {
        if let Toolchain::FromSource(rustc) = self {
            cargo
                .env("RUSTC", rustc)
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=core,alloc");
        }
    }
}

fn capture(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    capture(Command::new(rustc).args(["--print", "sysroot"])).map(PathBuf::from)
}
