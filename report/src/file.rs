//! The JSON file: runs, of one machine or of several.

use serde::{Deserialize, Serialize};

use crate::run::Run;

/// What the file calls itself.
const SCHEMA: &str = "assay-bench";
/// Of the format: it changes when a reader of the old one would read something else than is meant.
pub const VERSION: u32 = 1;

/// Runs that stand side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    schema: String,
    version: u32,
    /// In the order of the columns of a comparison.
    pub runs: Vec<Run>,
}

/// What is read first.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
    version: Option<u32>,
}

/// Why files do not make a comparison.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// No JSON.
    #[error("{name} is no JSON: {source}")]
    NotJson {
        /// The file.
        name: String,
        /// Where, and why.
        source: serde_json::Error,
    },
    /// JSON of something else.
    #[error("{name} is no result of `assay bench`: it has no `\"schema\": \"assay-bench\"`")]
    NotOurs {
        /// The file.
        name: String,
    },
    /// Another version.
    #[error(
        "{name} has version {found} of the format, this program reads version {VERSION}: run both with the same `assay`"
    )]
    Version {
        /// The file.
        name: String,
        /// Its version.
        found: u32,
    },
    /// Something is missing or wrong.
    #[error("{name} is not as a result of `assay bench` must be: {source}")]
    Malformed {
        /// The file.
        name: String,
        /// What.
        source: serde_json::Error,
    },
    /// Two runs that nobody could tell apart.
    #[error(
        "`{device}` on `{machine}` is in {first} and in {second}: leave one out, or give one machine another name (--machine)"
    )]
    Twice {
        /// The machine's name.
        machine: String,
        /// The device's.
        device: String,
        /// A file.
        first: String,
        /// Another.
        second: String,
    },
}

impl File {
    /// Of these runs.
    #[must_use]
    pub fn new(runs: Vec<Run>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            runs,
        }
    }

    /// Reads a file's text; `name` is for messages.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong with it.
    pub fn read(name: &str, text: &str) -> Result<Self, FileError> {
        let named = || name.to_owned();
        let value: serde_json::Value = serde_json::from_str(text).map_err(|source| {
            let name = named();
            FileError::NotJson { name, source }
        })?;
        let head = Head::deserialize(&value).ok();
        match head {
            Some(Head {
                schema: Some(schema),
                version: Some(found),
            }) if schema == SCHEMA => {
                if found != VERSION {
                    return Err(FileError::Version {
                        name: named(),
                        found,
                    });
                }
            }
            _ => return Err(FileError::NotOurs { name: named() }),
        }
        // From the text: its errors have lines.
        serde_json::from_str(text).map_err(|source| {
            let name = named();
            FileError::Malformed { name, source }
        })
    }

    /// The file's text.
    ///
    /// # Errors
    /// If a number is none that JSON has.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// All runs of several files, in their order.
    ///
    /// # Errors
    /// [`FileError::Twice`] if a device of a machine did something in two of them.
    pub fn merge(files: Vec<(String, Self)>) -> Result<Self, FileError> {
        let mut seen: Vec<(String, String, String)> = Vec::new();
        let mut runs = Vec::new();
        for (name, file) in files {
            for run in &file.runs {
                for device in run.devices.iter().filter(|it| it.missing.is_none()) {
                    let (machine, device) = (&run.machine.name, &device.name);
                    let same = |it: &&(String, String, String)| it.0 == *machine && it.1 == *device;
                    if let Some((.., first)) = seen.iter().find(same) {
                        return Err(FileError::Twice {
                            machine: machine.clone(),
                            device: device.clone(),
                            first: first.clone(),
                            second: name,
                        });
                    }
                    seen.push((machine.clone(), device.clone(), name.clone()));
                }
            }
            runs.extend(file.runs);
        }
        Ok(Self::new(runs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_file_round_trips() {
        let file = File::new(vec![sample::run("one"), sample::run("two")]);
        let text = file.write().unwrap();
        assert!(File::read("a.json", &text).unwrap() == file);
        assert!(text.contains("\"version\": 1"));
    }

    #[test]
    fn what_is_no_result_is_refused_with_its_name_and_why() {
        let good = File::new(vec![sample::run("one")]).write().unwrap();
        let without = good.replacen("\"seed\"", "\"sed\"", 1);
        let other = good.replacen("\"version\": 1", "\"version\": 7", 1);
        let unit = good.replacen("\"unit\": \"s\"", "\"unit\": \"ms\"", 1);
        let cut = &good[..good.len() / 2];
        for (text, says) in [
            (cut, "no JSON"),
            ("", "no JSON"),
            ("[]", "no result of `assay bench`"),
            ("{\"schema\": \"other\", \"version\": 1}", "no result of"),
            (&other, "version 7"),
            (&without, "missing field `seed`"),
            (&unit, "its unit is `s`"),
        ] {
            let error = File::read("a.json", text).unwrap_err().to_string();
            assert!(error.contains("a.json") && error.contains(says), "{error}");
        }
    }

    #[test]
    fn files_merge_unless_a_machines_device_is_in_two() {
        let of = |name: &str| File::new(vec![sample::run(name)]);
        let files = vec![
            ("a.json".to_owned(), of("one")),
            ("b.json".to_owned(), of("two")),
        ];
        let merged = File::merge(files).unwrap();
        let names: Vec<_> = merged.runs.iter().map(|run| &*run.machine.name).collect();
        assert_eq!(names, ["one", "two"]);
        let files = vec![
            ("a.json".to_owned(), of("one")),
            ("b.json".to_owned(), of("one")),
        ];
        let error = File::merge(files).unwrap_err().to_string();
        for part in ["`cpu`", "`one`", "a.json", "b.json"] {
            assert!(error.contains(part), "{error}");
        }
        // Another device of the same machine is welcome.
        let mut other = sample::run("one");
        other.devices.retain(|device| device.name == "cpu");
        other.devices[0].name = "cuda".to_owned();
        let files = vec![
            ("a.json".to_owned(), of("one")),
            ("b.json".to_owned(), File::new(vec![other])),
        ];
        assert_eq!(File::merge(files).unwrap().runs.len(), 2);
    }
}
