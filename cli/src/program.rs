//! The program that a command is given: an ELF file, or the name of a guest that comes with the workspace.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use assay_abi::Po2;
use assay_abi::machine::PAGE_BYTES;
use assay_executor::Image;
use assay_executor::decode::disassemble;

/// A program that is ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// As the user named it.
    pub name: PathBuf,
    /// What runs.
    pub image: Arc<Image>,
}

/// Loads an ELF file, or the guest of this name if there is no such file.
///
/// # Errors
/// If there is neither, or the file is no program for the machine.
pub fn load(name: &Path) -> anyhow::Result<Program> {
    let bytes = match name.to_str().map(assay_guests::find) {
        Some(guest) if !looks_like_a_file(name) => guest?.elf()?,
        _ => std::fs::read(name)
            .with_context(|| format!("cannot read the program {}", name.display()))?,
    };
    let image = Image::from_elf(&bytes).with_context(|| name.display().to_string())?;
    Ok(Program {
        name: name.to_owned(),
        image: Arc::new(image),
    })
}

/// A guest's name is one word; of a word that is both, the file counts.
fn looks_like_a_file(name: &Path) -> bool {
    name.exists() || name.components().count() > 1 || name.extension().is_some()
}

/// An address in a program, with what is known of it.
pub fn describe(image: &Image, pc: u32) -> String {
    let symbol = match image.symbol(pc) {
        Some((name, offset)) => format!(" <{name}+{offset:#x}>"),
        None => String::new(),
    };
    match word(image, pc) {
        Some(word) => format!("{pc:#010x}{symbol}: {word:08x}  {}", disassemble(word, pc)),
        None => format!("{pc:#010x}{symbol}, which is no address in the text"),
    }
}

/// The instruction word at an address of the text.
pub fn word(image: &Image, pc: u32) -> Option<u32> {
    let page = pc / PAGE_BYTES;
    if !pc.is_multiple_of(4) || !image.text.contains(&page) {
        return None;
    }
    // Text pages that the image does not set are zero.
    Some(
        image
            .page(page)
            .map_or(0, |words| words[(pc % PAGE_BYTES / 4) as usize]),
    )
}

/// A segment limit on the command line.
pub fn parse_po2(text: &str) -> Result<Po2, String> {
    let number: u8 = text
        .parse()
        .map_err(|_| format!("`{text}` is no number from {} to {}", Po2::MIN, Po2::MAX))?;
    Po2::try_from(number).map_err(|error| error.to_string())
}

/// `FROM..TO`, the end exclusive.
pub fn parse_range(text: &str) -> anyhow::Result<Range<u64>> {
    let (from, to) = text
        .split_once("..")
        .ok_or_else(|| anyhow!("expected FROM..TO, for example 100..200"))?;
    let range = Range {
        start: from.trim().parse()?,
        end: to.trim().parse()?,
    };
    if range.is_empty() {
        bail!("{from}..{to} is empty");
    }
    Ok(range)
}
