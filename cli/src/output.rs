//! Output files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::exit::Failure;

/// Where a result goes: stdout, or a file that gets its name when it is whole.
pub enum Output {
    /// Stdout.
    Stdout(BufWriter<std::io::Stdout>),
    /// A file beside its later place.
    File(BufWriter<NamedTempFile>, PathBuf),
    /// A device or a pipe, such as `/dev/null`: written to where it stands, for a rename would put a file in its place.
    Special(BufWriter<File>, PathBuf),
}

impl Output {
    /// Opens a file, or stdout for `-` and where none is named.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn create(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Stdout(BufWriter::new(std::io::stdout())));
        };
        let is_special = fs::metadata(path).is_ok_and(|at| !at.is_file() && !at.is_dir());
        if is_special {
            let file = File::options().write(true).open(path);
            let file = file.with_context(|| format!("cannot write {}", path.display()));
            let file = file.map_err(Failure::Surroundings)?;
            return Ok(Self::Special(BufWriter::new(file), path.to_owned()));
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder)
            .with_context(|| format!("cannot write {}", path.display()))
            .map_err(Failure::Surroundings)?;
        Ok(Self::File(BufWriter::new(file), path.to_owned()))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut stdout) => stdout.flush().map_err(Failure::surroundings),
            Self::Special(mut file, path) => file
                .flush()
                .with_context(|| format!("cannot write {}", path.display()))
                .map_err(Failure::Surroundings),
            Self::File(writer, path) => {
                let failed = || format!("cannot write {}", path.display());
                let file = writer
                    .into_inner()
                    .map_err(|error| error.into_error())
                    .with_context(failed);
                let file = file.map_err(Failure::Surroundings)?;
                open_to_all(file.as_file());
                file.persist(&path)
                    .with_context(failed)
                    .map_err(Failure::Surroundings)?;
                Ok(())
            }
        }
    }
}

/// A temporary file is its owner's alone; a result is what other new files are.
fn open_to_all(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = file.set_permissions(PermissionsExt::from_mode(0o644)) {
        tracing::warn!("permissions of the output: {error}");
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(file, _) => file.write(bytes),
            Self::Special(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(file, _) => file.flush(),
            Self::Special(file, _) => file.flush(),
        }
    }
}

/// Writes a file in one go.
///
/// # Errors
/// If it cannot be written; nothing is left then.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut output = Output::create(Some(path))?;
    output
        .write_all(bytes)
        .with_context(|| format!("cannot write {}", path.display()))
        .map_err(Failure::Surroundings)?;
    output.finish()
}

/// Prints a line of the result.
///
/// # Errors
/// If stdout cannot be written to.
pub fn print_line(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{text}").map_err(Failure::surroundings)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Through links of its own: were a device replaced after all, it would be the link and not the machine's `/dev/null`.
    #[test]
    fn a_device_is_written_to_and_stays_a_device() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["null", "full"] {
            let link = folder.path().join(name);
            symlink(Path::new("/dev").join(name), &link).unwrap();
            assert_eq!(
                write_file(&link, b"beats").is_err(),
                name == "full",
                "{name}"
            );
            assert!(
                fs::symlink_metadata(&link).unwrap().is_symlink(),
                "{name} was replaced"
            );
        }
    }
}
