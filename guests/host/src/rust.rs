//! Builds Rust guests, the same bytes in whatever folder.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::GuestError;
use crate::toolchain::{TARGET, Toolchain};

/// Builds all binaries of the package or workspace in `directory`, in release mode, with `target` as Cargo's target directory.
///
/// Gives their names and ELFs' paths. The package depends on the `assay-guest` runtime, whose link script this selects.
///
/// # Errors
/// [`GuestError`] if there is no compiler for the target, or it refuses the code.
pub fn build(directory: &Path, target: &Path) -> Result<Vec<(String, PathBuf)>, GuestError> {
    let directory = directory
        .canonicalize()
        .map_err(GuestError::file(directory))?;
    let target = std::path::absolute(target).map_err(GuestError::file(target))?;
    let toolchain = Toolchain::find()?;
    let mut flags = vec!["-Clink-arg=-Tassay.ld".to_owned()];
    if matches!(toolchain, Toolchain::FromSource(_)) {
        flags.push("-Clinker=ld.lld".to_owned());
    }
    let mut remap = |from: PathBuf, to: &str| {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()))
    };
    if let Some(sysroot) = toolchain.sysroot() {
        remap(sysroot.join("lib/rustlib/src/rust"), "/rust");
    }
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = cargo_home.or_else(|| env::home_dir().map(|home| home.join(".cargo"))) {
        remap(home, "/cargo");
    }
    remap(directory.clone(), "/guest");

    // The environment of a Cargo that runs us is not the one of the guests.
    let mut cargo = Command::new("cargo");
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG")
            || name.starts_with("CARGO_PROFILE")
            || name == "RUSTFLAGS"
            || name == "CARGO_BUILD_TARGET"
        {
            cargo.env_remove(name);
        }
    }
    cargo
        .current_dir(&directory)
        .args([
            "build",
            "--release",
            "--bins",
            "--target",
            TARGET,
            "--message-format=json-render-diagnostics",
        ])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env("CARGO_TARGET_DIR", target);
    if directory.join("Cargo.lock").exists() {
        cargo.arg("--locked");
    }
    toolchain.apply(&mut cargo);
    let output = cargo.output().map_err(|source| GuestError::Missing {
        program: "cargo".to_owned(),
        advice: "install Rust from https://rustup.rs",
        source,
    })?;
    if !output.status.success() {
        return Err(GuestError::Compile {
            what: directory.display().to_string(),
            messages: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    Ok(executables(&String::from_utf8_lossy(&output.stdout)))
}

/// Names and paths of the executables in Cargo's messages.
fn executables(messages: &str) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| {
            let path = message.get("executable")?.as_str()?.into();
            let name = message.get("target")?.get("name")?.as_str()?.to_owned();
            Some((name, path))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_read_from_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"b"},"executable":"/t/b"}
{"reason":"compiler-artifact","target":{"name":"lib"},"executable":null}
not json
{"reason":"build-finished","success":true}
{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/t/a"}"#;
        assert_eq!(
            executables(messages),
            [
                ("a".to_owned(), "/t/a".into()),
                ("b".to_owned(), "/t/b".into())
            ]
        );
    }
}
