//! Names the RTL by its content.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

const FILE_LIST: &str = "rtl/files.f";

/// SHA-256 over the sources that the file list names, each with its name, in the list's order.
pub fn revision(workspace: &Path) -> Result<String, String> {
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let list = read(&workspace.join(FILE_LIST))?;
    let mut hash = Sha256::new();
    hash.update(&list);
    for line in String::from_utf8_lossy(&list).lines() {
        let name = line.trim();
        if name.ends_with(".sv") {
            let content = read(&workspace.join(name))?;
            hash.update(format!("\n{name} {}\n", content.len()));
            hash.update(&content);
        }
    }
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
