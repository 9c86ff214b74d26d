//! The guests of this repository, by name.

use std::fs;
use std::path::{Path, PathBuf};

use crate::GuestError;

/// What a guest is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A package of the workspace in `guests/`.
    Rust,
    /// `guests/programs/<name>/main.c`.
    C,
}

/// A guest with a committed ELF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// Its name, also that of its folder and ELF.
    pub name: &'static str,
    /// What it is written in.
    pub language: Language,
    /// What it does, in a few words.
    pub about: &'static str,
}

/// All of them.
pub const GUESTS: &[Guest] = &[
    Guest {
        name: "crc32",
        language: Language::C,
        about: "CRC-32 of a frame",
    },
    Guest {
        name: "ecdsa",
        language: Language::Rust,
        about: "verifies an ECDSA signature over secp256k1",
    },
    Guest {
        name: "json",
        language: Language::Rust,
        about: "answers a query on a JSON document",
    },
    Guest {
        name: "sha256",
        language: Language::Rust,
        about: "SHA-256 of a frame",
    },
    Guest {
        name: "sort",
        language: Language::Rust,
        about: "sorts the lines of a text",
    },
];

/// `guests/` in the checkout that this crate was built from.
pub fn folder() -> PathBuf {
    let host = Path::new(env!("CARGO_MANIFEST_DIR"));
    host.parent()
        .expect("the crate lies in guests/host")
        .to_path_buf()
}

/// The guest of this name.
///
/// # Errors
/// [`GuestError::Unknown`], with the names that there are.
pub fn find(name: &str) -> Result<&'static Guest, GuestError> {
    GUESTS
        .iter()
        .find(|guest| guest.name == name)
        .ok_or_else(|| GuestError::Unknown {
            name: name.to_owned(),
            known: GUESTS
                .iter()
                .map(|guest| guest.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

impl Guest {
    /// Path of the committed ELF.
    pub fn path(&self) -> PathBuf {
        folder().join("elf").join(format!("{}.elf", self.name))
    }

    /// The committed ELF.
    ///
    /// # Errors
    /// [`GuestError::File`] if it cannot be read.
    pub fn elf(&self) -> Result<Vec<u8>, GuestError> {
        let path = self.path();
        fs::read(&path).map_err(GuestError::file(path))
    }
}
