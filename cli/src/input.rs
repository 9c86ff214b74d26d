//! The input of a session, from files.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use assay_executor::Input;
use clap::{ArgMatches, Command, Error, FromArgMatches};

/// `--input` and `--input-words`, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub struct InputArgs {
    parts: Vec<Part>,
    sample: Option<usize>,
}

#[derive(Clone, Debug)]
enum Part {
    Frame(PathBuf),
    Words(PathBuf),
}

#[derive(clap::Args)]
struct Flags {
    /// Give the guest this file as a frame: its length in bytes, then its bytes. May be repeated; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    input: Vec<PathBuf>,
    /// Give the guest the 32-bit little-endian words of this file, as they are. May be repeated, and mixed with --input.
    #[arg(long, value_name = "FILE")]
    input_words: Vec<PathBuf>,
    /// Give a guest of the workspace input that is made for it, of about so many bytes.
    #[arg(long, value_name = "BYTES", conflicts_with_all = ["input", "input_words"])]
    sample: Option<usize>,
}

impl InputArgs {
    /// Reads the files, or makes the sample for `program`.
    ///
    /// # Errors
    /// If a file cannot be read, is no whole number of words, or there is more than the machine can hold; if there is no sample for the program.
    pub fn read(&self, program: &Path) -> anyhow::Result<Input> {
        if let Some(bytes) = self.sample {
            let sample = assay_guests::sample_of_size(&program.to_string_lossy(), bytes)
                .context("--sample")?;
            return Ok(Input::from_words(sample.words())?);
        }
        let mut input = Input::new();
        for part in &self.parts {
            let pushed = match part {
                Part::Frame(path) => input.push_frame(&read(path)?),
                Part::Words(path) => {
                    let bytes = read(path)?;
                    let (words, rest) = bytes.as_chunks::<4>();
                    if !rest.is_empty() {
                        bail!(
                            "input {}: {} bytes are no whole number of 32-bit words",
                            path.display(),
                            bytes.len()
                        );
                    }
                    words
                        .iter()
                        .try_for_each(|&word| input.push_word(u32::from_le_bytes(word)))
                }
            };
            pushed.with_context(|| format!("input {}", part.path().display()))?;
        }
        Ok(input)
    }

    /// The options as a user would type them again.
    pub fn as_options(&self) -> String {
        let option = |part: &Part| match part {
            Part::Frame(path) => format!(" --input {}", path.display()),
            Part::Words(path) => format!(" --input-words {}", path.display()),
        };
        let sample = self.sample.map(|bytes| format!(" --sample {bytes}"));
        self.parts.iter().map(option).chain(sample).collect()
    }
}

impl Part {
    fn path(&self) -> &Path {
        match self {
            Self::Frame(path) | Self::Words(path) => path,
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let context = || format!("cannot read input {}", path.display());
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .with_context(context)?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(context)
}

// Clap's derive gives each option's values, but not the order among options: that is in the matches.
impl FromArgMatches for InputArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut parts: Vec<(usize, Part)> = Vec::new();
        for (name, part) in [
            ("input", Part::Frame as fn(PathBuf) -> Part),
            ("input_words", Part::Words),
        ] {
            let values = matches
                .get_many::<PathBuf>(name)
                .into_iter()
                .flatten()
                .cloned();
            let indices = matches.indices_of(name).into_iter().flatten();
            parts.extend(indices.zip(values.map(part)));
        }
        parts.sort_by_key(|(index, _)| *index);
        Ok(Self {
            parts: parts.into_iter().map(|(_, part)| part).collect(),
            sample: matches.get_one("sample").copied(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for InputArgs {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}
