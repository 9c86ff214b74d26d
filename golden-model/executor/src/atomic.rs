//! Files that appear whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Names of files that are still being written end in this.
pub(crate) const PARTIAL_SUFFIX: &str = ".part";

/// The name under which a file is written until it is whole.
pub(crate) fn partial_path(path: &Path) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(PARTIAL_SUFFIX);
    path.with_file_name(name)
}

/// Writes a file beside its place, then moves it there. On an error nothing is left under either name.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// As [`write`], with the content from a function.
pub(crate) fn write_with(
    path: &Path,
    content: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let partial = partial_path(path);
    let mut file = File::create(&partial)?;
    let written = content(&mut file)
        .and_then(|()| file.flush())
        .and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // What matters is the first error.
        let _ = fs::remove_file(&partial);
    }
    written
}
