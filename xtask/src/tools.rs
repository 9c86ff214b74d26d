//! Tools that the workspace installs for itself, under `target/tools/`, and the system packages that it asks for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{capture, run, succeeds};
use crate::workspace;

/// Prints a line of progress.
pub fn say(text: impl AsRef<str>) {
    eprintln!("setup: {}", text.as_ref());
}

/// How system packages can be installed here.
enum Rights {
    Root,
    Sudo,
    None,
}

fn rights() -> Rights {
    let root = capture(Command::new("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0");
    if !succeeds(Command::new("apt-get").arg("--version")) {
        Rights::None
    } else if root {
        Rights::Root
    } else if succeeds(Command::new("sudo").args(["-n", "true"])) {
        Rights::Sudo
    } else {
        Rights::None
    }
}

/// Installs Debian packages.
///
/// # Errors
/// With the one line to type, if we may not install or it fails.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let advice = format!(
        "run `sudo apt-get install {}` (or your system's equivalent), then repeat",
        packages.join(" ")
    );
    let apt = |args: &[&str]| {
        let mut command = match rights() {
            Rights::Root => Command::new("apt-get"),
            Rights::Sudo => {
                let mut sudo = Command::new("sudo");
                sudo.args(["-n", "apt-get"]);
                sudo
            }
            Rights::None => bail!("missing: {}; {advice}", packages.join(", ")),
        };
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        // Its errors are on stderr; the rest is hundreds of lines about packages.
        command.stdout(std::process::Stdio::null());
        run(&mut command)
    };
    say(format!("installing {} (apt-get)", packages.join(", ")));
    apt(&["update", "-qq"]).or_else(|error| {
        if matches!(rights(), Rights::None) {
            Err(error)
        } else {
            Ok(())
        }
    })?;
    let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
    args.extend(packages);
    apt(&args).context(advice.clone())
}

/// A Python environment `target/tools/<name>` with exactly these requirements; made if it is missing or another one.
///
/// It is built aside and put in place by one rename of a link, so an interrupted set-up leaves the old one or none.
///
/// # Errors
/// If Python or pip fails.
pub fn venv(name: &str, requirements: &[&str]) -> Result<PathBuf> {
    let link = workspace::tools().join(name);
    let wanted = requirements.join("\n") + "\n";
    if fs::read_to_string(link.join("requirements.txt")).is_ok_and(|found| found == wanted) {
        return Ok(link);
    }
    if !succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        apt_install(&["python3", "python3-venv"])?;
    }
    say(format!(
        "installing {} (pip, into target/tools/{name})",
        requirements.join(", ")
    ));
    fs::create_dir_all(workspace::tools())?;
    remove_abandoned(name)?;
    let folder = workspace::tools().join(format!("{name}.{}", std::process::id()));
    let built =
        build_venv(&folder, requirements, &wanted).and_then(|()| switch_link(&link, &folder));
    if built.is_err() {
        // The environment was never reachable by its name: nothing else can have come to use it.
        fs::remove_dir_all(&folder).ok();
    }
    built.map(|()| link)
}

/// Removes what a set-up left that was interrupted: folders of processes that are no more.
fn remove_abandoned(name: &str) -> Result<()> {
    let current = fs::canonicalize(workspace::tools().join(name)).ok();
    for entry in fs::read_dir(workspace::tools())? {
        let path = entry?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let process = file_name
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('.'));
        let dead = process.is_some_and(|id| !Path::new("/proc").join(id).exists());
        if dead && current.as_deref() != Some(&path) {
            fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path))?;
        }
    }
    Ok(())
}

fn build_venv(folder: &Path, requirements: &[&str], wanted: &str) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(folder)
        .stdout(std::io::stderr()))?;
    run(Command::new(folder.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(requirements)
        .stdout(std::io::stderr()))?;
    fs::write(folder.join("requirements.txt"), wanted)?;
    Ok(())
}

/// Lets `link` name `folder`, in one step, and removes what it named before.
fn switch_link(link: &Path, folder: &Path) -> Result<()> {
    let old = fs::canonicalize(link).ok();
    let fresh = folder.with_extension("link");
    fs::remove_file(&fresh).ok();
    std::os::unix::fs::symlink(folder.file_name().context("the folder has a name")?, &fresh)?;
    fs::rename(&fresh, link)?;
    if let Some(old) = old {
        fs::remove_dir_all(old)?;
    }
    Ok(())
}

/// The `site-packages` of an environment.
///
/// # Errors
/// If its Python does not start.
pub fn site_packages(venv: &Path) -> Result<PathBuf> {
    let text = capture(Command::new(venv.join("bin/python")).args([
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'))",
    ]))?;
    Ok(PathBuf::from(text.trim()))
}
