//! Seals on disk: one file a segment, whole or not there, so that a run that was killed goes on where it stopped.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use assay_verifier::SealFile;

/// A directory of seals.
#[derive(Clone, Debug)]
pub struct SealStore {
    path: PathBuf,
}

/// Seals that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or directory cannot be written.
    #[error("cannot write {path}: {source}. Is there space, and may you write there?")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl SealStore {
    /// The store in a directory, which is made if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(|source| StoreError::Write {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a segment's seal, whether it is there or not.
    #[must_use]
    pub fn seal_path(&self, index: u32) -> PathBuf {
        self.path.join(format!("seal-{index:08}.seal"))
    }

    /// The seal of a segment; `None` if there is none, or none that this release can read.
    #[must_use]
    pub fn read(&self, index: u32) -> Option<SealFile> {
        let path = self.seal_path(index);
        let bytes = fs::read(&path).ok()?;
        match SealFile::from_bytes(&bytes) {
            Ok(seal) => Some(seal),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a seal cannot be used, and is made again");
                None
            }
        }
    }

    /// Keeps a seal: under another name first, so that no part of it is ever seen under its own.
    ///
    /// # Errors
    /// [`StoreError::Write`]; nothing is left behind.
    pub fn write(&self, seal: &SealFile) -> Result<(), StoreError> {
        let path = self.seal_path(seal.index);
        let partial = path.with_extension("seal.part");
        let write = || {
            let mut file = File::create(&partial)?;
            file.write_all(&seal.to_bytes())?;
            file.sync_all()?;
            fs::rename(&partial, &path)
        };
        write().map_err(|source| {
            // What matters is the first error.
            let _ = fs::remove_file(&partial);
            StoreError::Write { path, source }
        })
    }
}
