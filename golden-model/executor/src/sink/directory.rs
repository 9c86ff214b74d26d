use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{MANIFEST_NAME, Manifest, SegmentSink, SessionEnd, SinkError};
use crate::{
    atomic::{self, PARTIAL_SUFFIX},
    segment::Segment,
};

const PREFIX: &str = "segment-";
const SUFFIX: &str = ".seg";

/// The name of a segment's file in a session's directory.
pub(super) fn segment_name(index: u32) -> String {
    format!("{PREFIX}{index:08}{SUFFIX}")
}

/// Whether a file's name is one that this sink gives.
fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(PARTIAL_SUFFIX).unwrap_or(name);
    let number = name
        .strip_prefix(PREFIX)
        .and_then(|name| name.strip_suffix(SUFFIX));
    name == MANIFEST_NAME
        || number
            .is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Writes each segment to a file of its own, and the manifest when the session is over.
///
/// Files appear under their names only when they are whole.
#[derive(Debug)]
pub struct DirectorySink {
    path: PathBuf,
    segments: u32,
}

impl DirectorySink {
    /// A sink into a directory, which is made if it is not there. With `force` an old session in it is removed, its
    /// manifest first, and files that are not of a session are left alone.
    ///
    /// # Errors
    /// [`SinkError::NotEmpty`] if something is there and `force` is not given; [`SinkError::Write`] if the directory
    /// cannot be made or written to.
    pub fn create(path: &Path, force: bool) -> Result<Self, SinkError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| SinkError::Write { path, source }
        };
        fs::create_dir_all(path).map_err(failed(path))?;
        let names = || -> io::Result<Vec<String>> {
            let entries = fs::read_dir(path)?;
            let name = |entry: io::Result<fs::DirEntry>| {
                Ok(entry?.file_name().to_string_lossy().into_owned())
            };
            entries.map(name).collect()
        };
        let mut names = names().map_err(failed(path))?;
        names.sort_unstable();
        match names.first() {
            Some(found) if !force => {
                return Err(SinkError::NotEmpty {
                    path: path.to_owned(),
                    found: found.clone(),
                });
            }
            _ => {}
        }
        // A directory without manifest is known to be incomplete, so it goes first.
        names.sort_by_key(|name| name != MANIFEST_NAME);
        for name in names.iter().filter(|name| is_ours(name)) {
            let file = path.join(name);
            fs::remove_file(&file).map_err(failed(&file))?;
        }
        // Whether files can be written shows now and not after the first segment.
        let probe = path.join(MANIFEST_NAME);
        let probe = atomic::partial_path(&probe);
        fs::File::create(&probe)
            .and_then(|_| fs::remove_file(&probe))
            .map_err(failed(path))?;
        Ok(Self {
            path: path.to_owned(),
            segments: 0,
        })
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SinkError> {
        let path = self.path.join(name);
        atomic::write(&path, bytes).map_err(|source| SinkError::Write { path, source })
    }
}

impl SegmentSink for DirectorySink {
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        self.write(&segment_name(segment.index), &segment.to_bytes())?;
        self.segments += 1;
        Ok(())
    }

    fn finish(&mut self, end: &SessionEnd) -> Result<(), SinkError> {
        if end.segments != self.segments {
            return Err(SinkError::Count {
                expected: end.segments,
                found: self.segments,
            });
        }
        self.write(MANIFEST_NAME, Manifest::new(end).to_json().as_bytes())
    }
}
