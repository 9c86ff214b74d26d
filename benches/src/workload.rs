//! The programs that the executor is measured with.

use std::sync::Arc;

use assay_executor::{Image, Input};
use assay_tests::programs;

/// A program, its input, and a name for its figures.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: &'static str,
    /// The program.
    pub image: Arc<Image>,
    /// Its input.
    pub input: Input,
}

/// Bytes of input of each guest, so that it runs some tens of millions of instructions.
const GUESTS: [(&str, usize); 4] = [
    ("sha256", 512 << 10),
    ("ecdsa", 256),
    ("sort", 256 << 10),
    ("json", 256 << 10),
];

/// The loop of eight instructions (two of them accesses to memory) that stands for the short loops that others are measured with.
///
/// # Errors
/// If the loader refuses it.
pub fn short_loop(instructions: u64) -> anyhow::Result<Workload> {
    let image = Arc::new(Image::from_elf(&programs::long_loop(instructions))?);
    Ok(Workload {
        name: "loop",
        image,
        input: Input::new(),
    })
}

/// Guests that do real work on real input.
///
/// # Errors
/// If a committed guest cannot be loaded.
pub fn guests() -> anyhow::Result<Vec<Workload>> {
    let guest = |(name, bytes)| {
        let image = Arc::new(Image::from_elf(&assay_guests::find(name)?.elf()?)?);
        let input = Input::from_words(assay_guests::sample_of_size(name, bytes)?.words())?;
        Ok(Workload { name, image, input })
    };
    GUESTS.into_iter().map(guest).collect()
}
