//! Code for GPUs, compiled beforehand: a folder of files that `cargo xtask cuda` writes, with a list, [`LIST`], that says what each is.
//!
//! The list is lines of words: `sources HASH`, `toolkit NAME`, and for each file `image FILE TARGET SHA256`. Images of other sources than this
//! program's are refused, and so is a file that is not what the list says.

use std::fs;
use std::path::{Path, PathBuf};

use super::arch::{Capability, Target};
use super::source;

/// The list's name.
pub const LIST: &str = "images.txt";
/// Names the folder, where it is neither beside the program nor one up.
pub const FOLDER_VARIABLE: &str = "ASSAY_CUDA_IMAGES";

/// Why images are not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// No folder of images.
    #[error("no CUDA images beside the program; `cargo xtask cuda` makes them")]
    None,
    /// A file cannot be read.
    #[error("CUDA images: {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the list means nothing.
    #[error("CUDA images: {path}, line {line}: {why}")]
    Line {
        /// The list.
        path: PathBuf,
        /// Its line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// They were made from other sources.
    #[error(
        "the CUDA images in {folder} are of other kernel sources ({found}; this program has {expected}); make them anew with `cargo xtask cuda`"
    )]
    Stale {
        /// Where they are.
        folder: PathBuf,
        /// Of what they were made.
        found: String,
        /// Of what they should have been.
        expected: String,
    },
    /// A file is not what the list says.
    #[error(
        "CUDA image {path}: its SHA-256 is {found}, {LIST} says {expected}; copy the folder again or run `cargo xtask cuda`"
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// None runs on this GPU.
    #[error("none of the CUDA images in {folder} runs on compute capability {gpu}")]
    NotFor {
        /// Where they are.
        folder: PathBuf,
        /// The GPU's.
        gpu: Capability,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    file: String,
    target: Target,
    sha256: String,
}

/// A folder of images that are those of this program's kernels.
#[derive(Debug)]
pub struct Images {
    folder: PathBuf,
    listed: Vec<Listed>,
}

/// Where images may lie, in the order in which they are looked for.
fn folders() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
        return vec![folder.into()];
    }
    let program = std::env::current_exe().and_then(fs::canonicalize);
    let beside = program.ok().and_then(|it| Some(it.parent()?.to_path_buf()));
    // Beside it in a package; one up in Cargo's `target`; two up for its tests.
    let up = |levels: &str| beside.as_ref().map(|it| it.join(levels).join("cuda"));
    ["", "..", "../.."].iter().filter_map(|it| up(it)).collect()
}

impl Images {
    /// The images of this program.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn find() -> Result<Self, ImageError> {
        let mut folders = folders().into_iter();
        let folder = folders
            .find(|folder| folder.join(LIST).exists())
            .ok_or(ImageError::None)?;
        Self::open(&folder, source::hash())
    }

    /// The images of a folder, if they are of these sources.
    fn open(folder: &Path, expected: &str) -> Result<Self, ImageError> {
        let path = folder.join(LIST);
        let text = fs::read_to_string(&path).map_err(|source| ImageError::Read {
            path: path.clone(),
            source,
        })?;
        let (mut sources, mut listed) = (None, Vec::new());
        for (number, line) in text.lines().enumerate() {
            let wrong = |why: &str| ImageError::Line {
                path: path.clone(),
                line: number + 1,
                why: why.to_owned(),
            };
            match line.split_whitespace().collect::<Vec<_>>().as_slice() {
                [] | ["toolkit", ..] => {}
                &["sources", hash] => sources = Some(hash.to_owned()),
                &["image", file, target, sha256] => {
                    // What lies elsewhere is not ours.
                    if file.contains('/') {
                        return Err(wrong("a file's name, not a path"));
                    }
                    listed.push(Listed {
                        file: file.to_owned(),
                        target: target.parse().map_err(|why: String| wrong(&why))?,
                        sha256: sha256.to_owned(),
                    });
                }
                _ => return Err(wrong("neither `sources`, `toolkit` nor `image`")),
            }
        }
        let found = sources.unwrap_or_else(|| "none named".to_owned());
        if found != expected {
            return Err(ImageError::Stale {
                folder: folder.to_owned(),
                found,
                expected: expected.to_owned(),
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
            listed,
        })
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Those that run on a GPU, the best first: its own machine code, that of a lower minor version, PTX.
    ///
    /// # Errors
    /// [`ImageError::NotFor`] if none does.
    pub fn targets(&self, gpu: Capability) -> Result<Vec<Target>, ImageError> {
        let runs = self.listed.iter().map(|listed| listed.target);
        let mut targets: Vec<_> = runs.filter(|target| target.runs_on(gpu)).collect();
        targets.sort_by_key(|target| std::cmp::Reverse(target.rank()));
        match targets.is_empty() {
            true => Err(ImageError::NotFor {
                folder: self.folder.clone(),
                gpu,
            }),
            false => Ok(targets),
        }
    }

    /// Reads an image: machine code, or PTX and a zero, as the driver takes it.
    ///
    /// # Errors
    /// [`ImageError::Read`], [`ImageError::Damaged`].
    pub fn read(&self, target: Target) -> Result<Vec<u8>, ImageError> {
        let mut listed = self.listed.iter();
        let listed = listed
            .find(|listed| listed.target == target)
            .ok_or_else(|| ImageError::NotFor {
                folder: self.folder.clone(),
                gpu: match target {
                    Target::Cubin(of) | Target::Ptx(of) => of,
                },
            })?;
        let path = self.folder.join(&listed.file);
        let mut code = match fs::read(&path) {
            Ok(code) => code,
            Err(source) => return Err(ImageError::Read { path, source }),
        };
        let found = source::sha256(&code);
        if found != listed.sha256 {
            let expected = listed.sha256.clone();
            return Err(ImageError::Damaged {
                path,
                found,
                expected,
            });
        }
        if matches!(target, Target::Ptx(_)) && !code.ends_with(&[0]) {
            code.push(0);
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: &str = "5ea1";

    fn folder(list: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LIST), list).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn line(file: &str, target: &str, text: &str) -> String {
        format!(
            "image {file} {target} {}\n",
            source::sha256(text.as_bytes())
        )
    }

    #[test]
    fn the_best_image_comes_first_and_the_driver_gets_a_zero_after_ptx() {
        let files = [
            ("a", "cubin 80"),
            ("b", "cubin 86"),
            ("c", "cubin 90"),
            ("d", "ptx"),
        ];
        let list: String = ["sm_80", "sm_86", "sm_90", "compute_80"]
            .iter()
            .zip(&files)
            .map(|(target, (file, text))| line(file, target, text))
            .collect();
        let folder = folder(&format!("sources {SOURCES}\ntoolkit x 1\n{list}"), &files);
        let images = Images::open(folder.path(), SOURCES).unwrap();
        let order = |major, minor| {
            let targets = images.targets(Capability::new(major, minor)).unwrap();
            let names = targets.iter().map(Target::to_string);
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(order(8, 0), "sm_80 compute_80");
        assert_eq!(order(8, 9), "sm_86 sm_80 compute_80");
        assert_eq!(order(9, 0), "sm_90 compute_80");
        assert_eq!(order(12, 0), "compute_80");
        let none = images.targets(Capability::new(7, 5)).unwrap_err();
        assert!(none.to_string().contains("capability 7.5"), "{none}");
        let read = |target: &str| images.read(target.parse().unwrap()).unwrap();
        assert_eq!(read("sm_86"), b"cubin 86");
        assert_eq!(read("compute_80"), b"ptx\0");
    }

    #[test]
    fn images_that_are_stale_damaged_or_missing_are_refused_in_one_sentence() {
        let good = format!("sources {SOURCES}\n{}", line("a", "sm_80", "code"));
        let says = |list: &str, files: &[(&str, &str)]| {
            let folder = folder(list, files);
            let images = Images::open(folder.path(), SOURCES);
            let target = Target::Cubin(Capability::new(8, 0));
            images.and_then(|images| images.read(target)).map(drop)
        };
        assert!(says(&good, &[("a", "code")]).is_ok());
        let error = |list: &str, files: &[(&str, &str)]| says(list, files).unwrap_err().to_string();
        for (found, expected) in [
            (
                error(&good.replace(SOURCES, "01d"), &[("a", "code")]),
                "other kernel sources (01d; this program has 5ea1)",
            ),
            (error("", &[]), "other kernel sources (none named;"),
            (error(&good, &[("a", "c0de")]), "its SHA-256 is"),
            (error(&good, &[]), "No such file"),
            (
                error(&good.replace("image a", "image ../a"), &[]),
                "line 2: a file's name",
            ),
            (
                error(&good.replace("sm_80", "sm80"), &[]),
                "line 2: `sm80` is no architecture",
            ),
            (
                error(&good.replace("image", "picture"), &[]),
                "line 2: neither",
            ),
        ] {
            assert!(found.contains(expected) && !found.contains('\n'), "{found}");
        }
    }
}
