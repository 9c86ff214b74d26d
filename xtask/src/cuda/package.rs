//! One file for a machine with a GPU and nothing else: `assay`, the images, a page on what to type.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{capture, cargo, run};
use crate::workspace;

/// The folder in the file.
const NAME: &str = "assay-cuda";
/// The page, with what is known when it is packed in braces.
const PAGE: &str = include_str!("package.md");

/// Builds, packs, and starts what was packed.
///
/// # Errors
/// If it does not build, or does not start.
pub fn make(cpu: &str) -> Result<()> {
    let root = workspace::root();
    let built = root.join("target/package");
    let mut build = cargo(&root);
    // The machine that it is for has another processor than this one.
    build.env("RUSTFLAGS", format!("-Ctarget-cpu={cpu} -Cstrip=debuginfo"));
    build.args([
        "build",
        "--release",
        "--package",
        "assay-cli",
        "--target-dir",
    ]);
    run(build.arg(&built))?;

    let scratch = tempfile::tempdir_in(root.join("target"))?;
    let folder = scratch.path().join(NAME);
    fs::create_dir(&folder)?;
    let program = folder.join("assay");
    fs::copy(built.join("release/assay"), &program)?;
    let images = super::folder();
    fs::create_dir(folder.join("cuda"))?;
    for file in fs::read_dir(&images).with_context(|| images.display().to_string())? {
        let path = file?.path();
        let name = path.file_name().context("a file has a name")?;
        fs::copy(&path, folder.join("cuda").join(name))?;
    }
    let version = capture(std::process::Command::new(&program).arg("--version"))?;
    let glibc = newest_glibc(&fs::read(&program)?)?;
    let page = PAGE
        .replace("{version}", version.trim())
        .replace("{cpu}", cpu)
        .replace("{glibc}", &glibc);
    fs::write(folder.join("README.md"), page)?;

    let file = root.join(format!("target/{NAME}-{}.tar.gz", std::env::consts::ARCH));
    let mut tar = std::process::Command::new("tar");
    tar.args(["--owner=0", "--group=0", "-czf"]).arg(&file);
    run(tar.arg("-C").arg(scratch.path()).arg(NAME))?;
    try_out(&file)?;
    let bytes = fs::metadata(&file)?.len();
    println!(
        "packed: {} ({:.1} MB; needs {cpu}, glibc {glibc} and NVIDIA's driver)",
        file.display(),
        bytes as f64 / 1e6
    );
    Ok(())
}

/// Unpacks it elsewhere and lets it say its version: nothing of this workspace is needed for that.
fn try_out(file: &Path) -> Result<()> {
    let elsewhere = tempfile::tempdir()?;
    let mut tar = std::process::Command::new("tar");
    run(tar.arg("-xzf").arg(file).arg("-C").arg(elsewhere.path()))?;
    let folder = elsewhere.path().join(NAME);
    let mut program = std::process::Command::new(folder.join("assay"));
    capture(program.env_clear().current_dir(&folder).arg("--version"))?;
    if !folder.join("cuda/images.txt").exists() {
        bail!("the package has no images");
    }
    Ok(())
}

/// The newest version of glibc whose symbols a program names.
fn newest_glibc(program: &[u8]) -> Result<String> {
    const BEFORE: &[u8] = b"GLIBC_2.";
    let starts = program.windows(BEFORE.len()).enumerate();
    let minors = starts
        .filter(|(_, window)| *window == BEFORE)
        .map(|(at, _)| {
            let digits = program[at + BEFORE.len()..].iter();
            let digits = digits.take_while(|byte| byte.is_ascii_digit());
            digits.fold(0, |number, byte| number * 10 + u32::from(byte - b'0'))
        });
    let newest = minors.max().context("the program names no glibc")?;
    Ok(format!("2.{newest}"))
}

#[cfg(test)]
mod tests {
    use super::newest_glibc;

    #[test]
    fn the_newest_glibc_is_the_greatest_number_and_not_the_last_text() {
        let names = b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0";
        assert_eq!(newest_glibc(names).unwrap(), "2.34");
        assert!(newest_glibc(b"static").is_err());
    }

    #[test]
    fn the_page_is_filled_in_completely() {
        let page = super::PAGE;
        for name in ["{version}", "{cpu}", "{glibc}"] {
            assert!(page.contains(name), "{name}");
        }
        assert_eq!(page.matches('{').count(), 3);
    }
}
