//! Writes down what the command is built with, for `assay bench`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ASSAY_REVISION");
    let rustc =
        env::var_os("RUSTC").and_then(|rustc| first_line(Command::new(rustc).arg("--version")));
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    for (name, value) in [
        ("ASSAY_RUSTC", rustc.unwrap_or_default()),
        ("ASSAY_RUSTFLAGS", flags.replace('\u{1f}', " ")),
        ("ASSAY_PROFILE", env::var("PROFILE").unwrap_or_default()),
        ("ASSAY_REVISION", revision().unwrap_or_default()),
    ] {
        println!("cargo::rustc-env={name}={value}");
    }
}

/// The sources' revision: as given, or git's in a release build. Others are not rebuilt whenever somebody commits.
fn revision() -> Option<String> {
    if let Ok(given) = env::var("ASSAY_REVISION") {
        return Some(given);
    }
    if env::var("PROFILE").ok()? != "release" {
        return None;
    }
    let log = first_line(Command::new("git").args(["rev-parse", "--git-path", "logs/HEAD"]))?;
    println!("cargo::rerun-if-changed={log}");
    let commit = ["describe", "--always", "--dirty", "--abbrev=12"];
    first_line(Command::new("git").args(commit))
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}
