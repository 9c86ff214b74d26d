//! Writes rtl/generated/assay_poseidon2_pkg.sv.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rtl/generated/assay_poseidon2_pkg.sv");
    fs::write(path, assay_engines::poseidon2::package())
}
