use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{MANIFEST_NAME, Manifest, ManifestError, SessionEnd, directory::segment_name};
use crate::segment::{Segment, SegmentError};

/// A session that was written to a directory.
#[derive(Debug)]
pub struct SegmentDirectory {
    path: PathBuf,
    end: SessionEnd,
}

/// A directory that holds no session, or not a whole one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentDirectoryError {
    /// The manifest cannot be read.
    #[error(
        "cannot read {path}: {source}. A directory without it holds no session, or one that did not end"
    )]
    Read {
        /// The manifest.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The manifest cannot be used.
    #[error("{path}: {source}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// There is no such segment.
    #[error("the session in {path} has segments 0 to {}, there is no segment {index}", .segments - 1)]
    NoSuchSegment {
        /// The directory.
        path: PathBuf,
        /// What was asked for.
        index: u32,
        /// How many there are.
        segments: u32,
    },
    /// A segment's file cannot be used.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// A segment is not the one that the manifest and its neighbours ask for.
    #[error("{path}: {what} is {found}, expected {expected}: the file is not of this session")]
    Foreign {
        /// The segment's file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// The session's.
        expected: String,
        /// The segment's.
        found: String,
    },
}

impl SegmentDirectory {
    /// Opens a directory that a [`super::DirectorySink`] has finished.
    ///
    /// # Errors
    /// [`SegmentDirectoryError`] if the manifest is missing or wrong.
    pub fn open(path: &Path) -> Result<Self, SegmentDirectoryError> {
        let manifest = path.join(MANIFEST_NAME);
        let text = match fs::read(&manifest) {
            Ok(text) => text,
            Err(source) => {
                let path = manifest;
                return Err(SegmentDirectoryError::Read { path, source });
            }
        };
        match Manifest::from_json(&text).and_then(|manifest| manifest.end()) {
            Ok(end) => Ok(Self {
                path: path.to_owned(),
                end,
            }),
            Err(source) => Err(SegmentDirectoryError::Manifest {
                path: manifest,
                source,
            }),
        }
    }

    /// What the manifest says of the session.
    #[must_use]
    pub const fn end(&self) -> &SessionEnd {
        &self.end
    }

    /// How many segments there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.end.segments
    }

    /// Whether there is no segment.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.end.segments == 0
    }

    /// The file of a segment, whether it is there or not.
    #[must_use]
    pub fn segment_path(&self, index: u32) -> PathBuf {
        self.path.join(segment_name(index))
    }

    /// Reads one segment.
    ///
    /// # Errors
    /// [`SegmentDirectoryError`] if there is no such segment, its file cannot be used, or it is not of this session.
    pub fn segment(&self, index: u32) -> Result<Segment, SegmentDirectoryError> {
        if index >= self.len() {
            return Err(SegmentDirectoryError::NoSuchSegment {
                path: self.path.clone(),
                index,
                segments: self.len(),
            });
        }
        let path = self.segment_path(index);
        let segment = Segment::read_file(&path)?;
        let same = |what, found: String, expected: String| {
            if found == expected {
                return Ok(());
            }
            Err(SegmentDirectoryError::Foreign {
                path: path.clone(),
                what,
                expected,
                found,
            })
        };
        let end = &self.end;
        same(
            "segment number",
            segment.index.to_string(),
            index.to_string(),
        )?;
        same(
            "image digest",
            segment.image_digest.to_string(),
            end.image_digest.to_string(),
        )?;
        same("po2", segment.po2.to_string(), end.po2.to_string())?;
        same(
            "input length",
            segment.input_len.to_string(),
            end.input_len.to_string(),
        )?;
        if index + 1 == self.len() {
            same("exit", segment.exit.to_string(), end.exit.to_string())?;
            same(
                "pc after it",
                segment.post.pc.to_string(),
                end.pc.to_string(),
            )?;
            same(
                "order after it",
                segment.post.order.to_string(),
                end.cycles.to_string(),
            )?;
        } else {
            let running = crate::segment::Exit::Running;
            same("exit", segment.exit.to_string(), running.to_string())?;
        }
        Ok(segment)
    }

    /// Reads all segments in order, one at a time, and checks that each starts in the state in which the one before
    /// ended.
    pub fn segments(&self) -> impl Iterator<Item = Result<Segment, SegmentDirectoryError>> {
        let mut before = None;
        (0..self.len()).map(move |index| {
            let segment = self.segment(index)?;
            if let Some(before) = before.replace(segment.post.clone())
                && before != segment.pre
            {
                return Err(SegmentDirectoryError::Foreign {
                    path: self.segment_path(index),
                    what: "state before",
                    expected: format!(
                        "at order {} and pc {:#010x} as segment {} left it",
                        before.order,
                        before.pc,
                        index - 1
                    ),
                    found: format!(
                        "at order {} and pc {:#010x}",
                        segment.pre.order, segment.pre.pc
                    ),
                });
            }
            Ok(segment)
        })
    }
}
