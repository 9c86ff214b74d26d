//! `cargo xtask gen`: Rust and SystemVerilog from the contract, and the check that the committed files are its.

mod contract;
mod plants;
mod rust;
mod systemverilog;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use contract::Contract;
use plants::Plants;

use crate::workspace;

/// A file to generate: its path from the workspace's root, and its text.
struct Output {
    path: &'static str,
    text: String,
}

/// Generates everything; with `check`, only compares with what is there, and names each file that differs.
pub fn run(check: bool) -> Result<()> {
    let root = workspace::root();
    let outputs = generate(&root)?;
    if check {
        compare(&root, &outputs)
    } else {
        write(&root, &outputs)
    }
}

fn generate(root: &Path) -> Result<Vec<Output>> {
    let text = read(root, "hw-abi/contract/contract.toml")?;
    let contract = Contract::parse(&text)?;
    let value: toml::Value = toml::from_str(&text)?;
    let mut canonical = contract::canonical("contract", &value).join("\n");
    canonical.push('\n');
    let hash = contract::hash(&canonical);
    let plants = Plants::parse(&read(root, "hw-abi/plants.toml")?, &contract)?;
    Ok(vec![
        Output {
            path: "hw-abi/generated/abi.rs",
            text: rust::abi(&contract, &hash),
        },
        Output {
            path: "rtl/generated/assay_abi_pkg.sv",
            text: systemverilog::package(&contract, &hash),
        },
        Output {
            path: "hw-abi/generated/plants.rs",
            text: plants.table(),
        },
        Output {
            path: "rtl/generated/assay_plant_pkg.sv",
            text: plants.package(),
        },
    ])
}

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| path.to_owned())
}

fn write(root: &Path, outputs: &[Output]) -> Result<()> {
    for output in outputs {
        let path: PathBuf = root.join(output.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == output.text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &output.text).with_context(|| output.path.to_owned())?;
        println!("wrote {}", output.path);
    }
    Ok(())
}

fn compare(root: &Path, outputs: &[Output]) -> Result<()> {
    let mut differ = Vec::new();
    for output in outputs {
        match fs::read_to_string(root.join(output.path)) {
            Ok(text) if text == output.text => {}
            Ok(_) => differ.push(format!("{}: differs", output.path)),
            Err(error) => differ.push(format!("{}: {error}", output.path)),
        }
    }
    if !differ.is_empty() {
        bail!(
            "generated files are not those of the contract:\n  {}\nrun `cargo xtask gen` and commit what it writes",
            differ.join("\n  ")
        );
    }
    println!("{} generated files match the contract", outputs.len());
    Ok(())
}
