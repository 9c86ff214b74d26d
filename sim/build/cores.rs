//! The cores and variants of `rtl/wrap/`: each folder with a `files.f` is a top in which files of its own take the place of those of the
//! same name in `rtl/files.f`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The RTL's sources, in order.
const FILE_LIST: &str = "rtl/files.f";
/// Where the folders are.
const WRAPPERS: &str = "rtl/wrap";
/// What stands in a `files.f` for the folder that third-party cores are installed in.
const SUITES: &str = "${ASSAY_SUITES}";

/// What a `files.f` says whose model is for speed alone.
const NO_WAVES: &str = "--no-trace";

/// The lines of `rtl/files.f`.
pub struct Sources {
    pub lines: Vec<String>,
}

/// A folder of `rtl/wrap/`.
pub struct Core {
    pub name: String,
    /// What Verilator gets: sources and options.
    pub arguments: Vec<String>,
    /// Whether its model writes waves and holds planted bugs, which makes it slower; a folder says `--no-trace` if not.
    pub has_waves: bool,
}

impl Sources {
    pub fn read(workspace: &Path) -> Result<Self, String> {
        let lines = read_list(&workspace.join(FILE_LIST))?;
        Ok(Self { lines })
    }
}

impl Core {
    /// All folders, or those that `ASSAY_CORES` names.
    pub fn all(workspace: &Path, sources: &Sources) -> Result<Vec<Self>, String> {
        let wanted = env::var("ASSAY_CORES").ok();
        let wanted: Option<Vec<&str>> = wanted.as_deref().map(|names| names.split(',').collect());
        let folder = workspace.join(WRAPPERS);
        let mut cores = Vec::new();
        for name in names(&folder)? {
            let is_core = folder.join(&name).join("files.f").exists();
            if is_core
                && wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&&*name))
            {
                cores.push(Self::read(workspace, name, sources)?);
            }
        }
        for name in wanted.into_iter().flatten() {
            if !name.is_empty() && !cores.iter().any(|core| core.name == name) {
                return Err(format!(
                    "ASSAY_CORES names `{name}`, but there is no {WRAPPERS}/{name}/files.f"
                ));
            }
        }
        Ok(cores)
    }

    fn read(workspace: &Path, name: String, sources: &Sources) -> Result<Self, String> {
        let folder = format!("{WRAPPERS}/{name}");
        let mut own = read_list(&workspace.join(&folder).join("files.f"))?;
        if own.iter().any(|line| line.contains(SUITES)) {
            let suites = suites(workspace)?;
            for line in &mut own {
                *line = line.replace(SUITES, &suites);
            }
        }
        let has_waves = !own.iter().any(|line| line == NO_WAVES);
        own.retain(|line| line != NO_WAVES);
        let files = names(&workspace.join(&folder))?;
        let mut arguments = Vec::new();
        for line in &sources.lines {
            let file = line.rsplit('/').next().unwrap_or(line);
            if files.iter().any(|own| own == file) {
                // What the folder adds comes in front of the first file that it replaces: behind our packages.
                arguments.append(&mut own);
                arguments.push(format!("{folder}/{file}"));
            } else {
                arguments.push(line.clone());
            }
        }
        arguments.append(&mut own);
        Ok(Self {
            name,
            arguments,
            has_waves,
        })
    }

    /// The class name of its model.
    pub fn prefix(&self) -> String {
        let name: String = self
            .name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        format!("Vcore_{name}")
    }
}

/// Writes `models.h`, by which the shim knows them all.
pub fn write_header(folder: &Path, cores: &[Core]) -> Result<(), String> {
    let mut text = "// Made by build.rs of rtl/wrap/.\n#pragma once\n".to_owned();
    for core in cores {
        text += &format!("#include \"{}.h\"\n", core.prefix());
    }
    text += "#define ASSAY_FOR_EACH_CORE(X)";
    for core in cores {
        text += &format!(
            " X(\"{}\", {}, {})",
            core.name,
            core.prefix(),
            core.has_waves
        );
    }
    text.push('\n');
    let path = folder.join("models.h");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The lines of a list without its comments.
fn read_list(path: &Path) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .flat_map(|line| line.split_whitespace().map(str::to_owned))
        .collect())
}

/// What is in a folder, by name, in a fixed order.
fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Where third-party cores are: `ASSAY_SUITES`, else what `cargo xtask setup` installed.
fn suites(workspace: &Path) -> Result<String, String> {
    let set = env::var_os("ASSAY_SUITES").map(PathBuf::from);
    set.or_else(|| {
        let found = in_site_packages(&workspace.join("target/tools"), "pythondata_cpu_ibex")?;
        Some(found.parent()?.to_path_buf())
    })
    .and_then(|path| path.into_os_string().into_string().ok())
    .ok_or_else(|| "the sources of other cores are missing: run `cargo xtask setup`".to_owned())
}

/// A file in an environment under `target/tools/`.
pub fn in_site_packages(tools: &Path, file: &str) -> Option<PathBuf> {
    let children = |folder: &Path| -> Vec<PathBuf> {
        let names = names(folder).unwrap_or_default();
        names.iter().map(|name| folder.join(name)).collect()
    };
    children(tools)
        .iter()
        .flat_map(|environment| children(&environment.join("lib")))
        .map(|python| python.join("site-packages").join(file))
        .find(|path| path.exists())
}
