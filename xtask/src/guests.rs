//! `cargo xtask guests`: rebuilds the committed guests and compares them, or writes them anew.

use anyhow::{Result, bail};
use assay_guests::{compare, rebuild, update};

use crate::workspace;

/// Rebuilds all guests; with `write`, ELFs and checksums are replaced by what was built.
///
/// # Errors
/// If a guest does not build, or (without `write`) differs from the committed one.
pub fn run(write: bool) -> Result<()> {
    let built = rebuild(&workspace::root().join("target/guests"))?;
    if write {
        update(&built)?;
    }
    let comparisons = compare(&built)?;
    for c in &comparisons {
        let verdict = if c.is_same() { "same" } else { "DIFFERS" };
        println!("{:8} {}  {verdict}", c.name, c.rebuilt);
    }
    let different: Vec<&str> = comparisons
        .iter()
        .filter(|c| !c.is_same())
        .map(|c| c.name)
        .collect();
    if !different.is_empty() {
        bail!(
            "rebuilt guests differ from guests/elf/SHA256SUMS: {}; guests/elf/COMPILERS names the compilers that the committed ones were made with",
            different.join(", ")
        );
    }
    println!(
        "{} guests are the committed ones, byte for byte",
        comparisons.len()
    );
    Ok(())
}
