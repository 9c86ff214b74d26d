//! Where things are.

use std::path::PathBuf;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest
        .parent()
        .expect("xtask lies one folder below the root")
        .to_path_buf()
}

/// Where `setup` keeps tools that it installed: nothing outside this folder is touched, except by the system's package manager.
pub fn tools() -> PathBuf {
    root().join("target/tools")
}
