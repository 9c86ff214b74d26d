//! `cargo xtask gen`: Rust and SystemVerilog from the contract, and the check that the committed files are its.

mod contract;
mod plants;
mod registers;
mod rust;
mod systemverilog;
#[cfg(test)]
mod tests;
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
///
/// The register maps need Python. Without it, those that are committed are used, if they were made from the RDL that is there.
pub fn run(check: bool) -> Result<()> {
    let root = workspace::root();
    let python = registers::python();
    if let Err(error) = &python {
        println!(
            "not checked: whether the RDL compiles to the committed register block, as there is no Python for it ({error:#}); its SHA-256 is checked instead"
        );
    }
    let outputs = generate(&root, python.ok().as_deref())?;
    if check {
        compare(&root, &outputs)?;
        println!("{} generated files match the contract", outputs.len());
        Ok(())
    } else {
        write(&root, &outputs)
    }
}

/// Everything that the contract under `root` says; the register block only with a Python environment that compiles it.
fn generate(root: &Path, python: Option<&Path>) -> Result<Vec<Output>> {
    let text = read(root, "hw-abi/contract/contract.toml")?;
    let contract = Contract::parse(&text)?;
    let plants = |kind: &'static plants::Kind| {
        let text = read(root, &format!("hw-abi/{}", kind.file))?;
        Plants::parse(&text, kind, &contract)
    };
    let core_plants = plants(&plants::CORE)?;
    let engine_plants = plants(&plants::ENGINES)?;
    let values = toml::from_str::<toml::Table>(&text)?;
    let mut hashed = vec![("contract", serde_json::to_value(values)?)];
    let mut maps = Vec::new();
    let mut outputs = Vec::new();
    for map in &registers::MAPS {
        let compiled = match python {
            Some(venv) => {
                let (compiled, files) = registers::compile(map, root, venv)?;
                outputs.extend(files);
                compiled
            }
            None => registers::committed(map, root)?,
        };
        hashed.push((map.hashed_as, serde_json::to_value(&compiled.registers)?));
        maps.push(compiled);
    }
    let hash = contract::hash(&hashed);
    outputs.extend([
        Output {
            path: "hw-abi/generated/abi.rs",
            text: rust::abi(&contract, &maps, &hash),
        },
        Output {
            path: "rtl/generated/assay_abi_pkg.sv",
            text: systemverilog::package(&contract, &hash),
        },
        Output {
            path: "hw-abi/generated/plants.rs",
            text: core_plants.table(),
        },
        Output {
            path: "rtl/generated/assay_plant_pkg.sv",
            text: core_plants.package(),
        },
        Output {
            path: "hw-abi/generated/engine_plants.rs",
            text: engine_plants.table(),
        },
        Output {
            path: "rtl/generated/assay_engine_plant_pkg.sv",
            text: engine_plants.package(),
        },
    ]);
    Ok(outputs)
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
    Ok(())
}
