//! Calls the command as a user does.
#![allow(dead_code)] // every test file uses a part of it

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// How a call ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// It failed with this status, and said why in one line that holds all of these texts.
    #[track_caller]
    pub fn fails_with(&self, status: i32, texts: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.stderr.starts_with("error: "), "{self:?}");
        assert_eq!(
            self.stderr.trim_end().lines().count(),
            1,
            "one line: {self:?}"
        );
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` in {self:?}");
        }
    }

    /// It ended with this status, and its result holds all of these texts.
    #[track_caller]
    pub fn says(&self, status: i32, texts: &[&str]) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        for text in texts {
            assert!(self.stdout.contains(text), "`{text}` in {self:?}");
        }
        self
    }
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command
        .env_remove("ASSAY_LOG")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

pub fn assay(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ended {
    let output = command().args(args).output().expect("the command starts");
    Ended {
        // A signal, which a panic in the wrong place could be, is no status.
        status: output
            .status
            .code()
            .expect("the command ends with a status"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder for one test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and gives its path as an argument.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).expect("the folder can be written to");
        argument(&path)
    }

    /// Records a session, and gives its directory.
    pub fn session(&self, name: &str, elf: &[u8], options: &[&str]) -> String {
        let program = self.file(&format!("{name}.elf"), elf);
        let directory = argument(&self.path(name));
        let mut args = vec!["run", &program, "--out", &directory];
        args.extend(options);
        let ended = assay(args);
        assert!([0, 10, 11, 12].contains(&ended.status), "{ended:?}");
        directory
    }

    /// The names of all files below, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(argument(path.strip_prefix(self.0.path()).expect("below")));
                }
            }
        }
        files.sort();
        files
    }
}

pub fn argument(path: &Path) -> String {
    path.to_str().expect("temporary paths are UTF-8").to_owned()
}
