//! Rebuilds the committed ELFs, compares them with `guests/elf/SHA256SUMS`, or writes both anew.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::catalog::{GUESTS, Guest, Language, folder};
use crate::toolchain::Toolchain;
use crate::{GuestError, gcc, rust};

/// A guest, freshly built.
#[derive(Debug, Clone)]
pub struct Built {
    /// Which.
    pub guest: &'static Guest,
    /// Its ELF.
    pub elf: Vec<u8>,
}

/// How a rebuilt guest compares with the committed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Which guest.
    pub name: &'static str,
    /// SHA-256 in `SHA256SUMS`.
    pub expected: String,
    /// SHA-256 of the committed ELF.
    pub committed: String,
    /// SHA-256 of the rebuilt ELF.
    pub rebuilt: String,
}

impl Comparison {
    /// Whether all three are one.
    pub fn is_same(&self) -> bool {
        self.expected == self.committed && self.committed == self.rebuilt
    }
}

/// Builds every guest of the catalog; `target` is Cargo's target directory for them.
///
/// # Errors
/// [`GuestError`] if a compiler is missing or refuses a guest.
pub fn rebuild(target: &Path) -> Result<Vec<Built>, GuestError> {
    let target = &std::path::absolute(target).map_err(GuestError::file(target))?;
    let rust: BTreeMap<String, PathBuf> = rust::build(&folder(), target)?.into_iter().collect();
    GUESTS
        .iter()
        .map(|guest| {
            let path = match guest.language {
                Language::Rust => {
                    rust.get(guest.name)
                        .cloned()
                        .ok_or_else(|| GuestError::Compile {
                            what: guest.name.to_owned(),
                            messages: "no binary of this name in the workspace guests/".to_owned(),
                        })?
                }
                Language::C => {
                    let elf = target.join(format!("{}.elf", guest.name));
                    let source = folder().join("programs").join(guest.name).join("main.c");
                    gcc::compile(&[source], &elf)?;
                    elf
                }
            };
            Ok(Built {
                guest,
                elf: fs::read(&path).map_err(GuestError::file(path))?,
            })
        })
        .collect()
}

/// Compares what was built with what is committed.
///
/// # Errors
/// [`GuestError`] if a committed file is missing or malformed.
pub fn compare(built: &[Built]) -> Result<Vec<Comparison>, GuestError> {
    let sums = checksums()?;
    built
        .iter()
        .map(|b| {
            let file = format!("{}.elf", b.guest.name);
            let expected = sums
                .get(&file)
                .cloned()
                .ok_or_else(|| GuestError::Checksums {
                    path: checksum_path(),
                    reason: format!("no checksum of {file}"),
                })?;
            Ok(Comparison {
                name: b.guest.name,
                expected,
                committed: hex(&b.guest.elf()?),
                rebuilt: hex(&b.elf),
            })
        })
        .collect()
}

/// Writes ELFs, checksums and the names of the compilers.
///
/// # Errors
/// [`GuestError::File`] if a file cannot be written.
pub fn update(built: &[Built]) -> Result<(), GuestError> {
    let elf_folder = folder().join("elf");
    let mut sums = String::new();
    for b in built {
        let file = format!("{}.elf", b.guest.name);
        write(&elf_folder.join(&file), &b.elf)?;
        sums += &format!("{}  {file}\n", hex(&b.elf));
    }
    write(&checksum_path(), sums.as_bytes())?;
    write(&elf_folder.join("COMPILERS"), compilers()?.as_bytes())
}

/// The compilers found here, as in `guests/elf/COMPILERS`: others make other bytes.
fn compilers() -> Result<String, GuestError> {
    Ok(format!(
        "{}\n{}\n",
        Toolchain::find()?.version(),
        gcc::version()?
    ))
}

fn checksum_path() -> PathBuf {
    folder().join("elf/SHA256SUMS")
}

fn checksums() -> Result<BTreeMap<String, String>, GuestError> {
    let path = checksum_path();
    let text = fs::read_to_string(&path).map_err(GuestError::file(&path))?;
    text.lines()
        .map(|line| {
            let (sum, file) = line.split_once("  ").ok_or_else(|| GuestError::Checksums {
                path: path.clone(),
                reason: format!("not a checksum: {line:?}"),
            })?;
            Ok((file.to_owned(), sum.to_owned()))
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Writes aside and renames, so that no partial file is left.
fn write(path: &Path, bytes: &[u8]) -> Result<(), GuestError> {
    let parent = path.parent().expect("a file in a folder");
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(parent)
        .map_err(GuestError::file(parent))?;
    file.write_all(bytes).map_err(GuestError::file(path))?;
    file.persist(path).map_err(|error| GuestError::File {
        path: path.to_owned(),
        source: error.error,
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_elfs_match_their_checksums() {
        let sums = checksums().unwrap();
        assert_eq!(sums.len(), GUESTS.len());
        for guest in GUESTS {
            assert_eq!(
                hex(&guest.elf().unwrap()),
                sums[&format!("{}.elf", guest.name)],
                "{}",
                guest.name
            );
        }
    }
}
