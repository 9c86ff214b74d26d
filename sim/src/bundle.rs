//! A failure as a directory that repeats it anywhere: program, input, every option, and what they showed.

use std::fs;
use std::path::{Path, PathBuf};

use assay_abi::plants::{self, Plant};
use assay_abi::{CONTRACT_HASH, Po2};
use assay_executor::decode::disassemble;
use assay_executor::{Image, Input, ZERO_PAGE};
use serde::{Deserialize, Serialize};

use crate::error::SimError;
use crate::options::CosimOptions;
use crate::report::{CosimReport, Failure};
use crate::timing::Timing;

/// Version of `bundle.json`.
const FORMAT: u32 = 1;
const MANIFEST: &str = "bundle.json";
const PROGRAM: &str = "program.elf";
const INPUT: &str = "input.bin";
const LISTING: &str = "program.txt";
const REPORT: &str = "report.txt";
const REPORT_JSON: &str = "report.json";

/// A run that failed, ready to be written or repeated.
#[derive(Debug)]
pub struct Bundle {
    /// The executable.
    pub elf: Vec<u8>,
    /// The host's input words.
    pub input: Vec<u32>,
    /// Everything else that fixes the run, and what it showed.
    pub manifest: Manifest,
}

/// `bundle.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format.
    pub format: u32,
    /// SHA-256 of the contract, hexadecimal.
    pub contract_hash: String,
    /// SHA-256 over the RTL's sources that failed, hexadecimal.
    pub rtl_revision: String,
    /// The command that repeats the run, in a clone of the repository.
    pub command: String,
    /// The command that found the failure, before anything was taken away.
    pub found_by: String,
    /// The seed of latencies and pauses.
    pub seed: u64,
    /// The surroundings.
    pub timing: Timing,
    /// Segments hold 2^po2 cycles.
    pub po2: u8,
    /// Instructions after which the host stops the core.
    pub instruction_limit: Option<u64>,
    /// Clock cycles after which the run is given up.
    pub clock_limit: Option<u64>,
    /// Clock cycles without a beat that count as a hang.
    pub patience: u64,
    /// The planted bug, if the failure is one's.
    pub plant: Option<String>,
    /// Words of text in the program.
    pub instructions: usize,
    /// What the run showed.
    pub symptom: Symptom,
}

/// By what a failure is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symptom {
    /// What kind of thing went wrong.
    pub class: String,
    /// The first field that differs.
    pub field: String,
    /// The retirement at fault.
    pub order: u64,
    /// Its address.
    pub pc: u32,
    /// Its word.
    pub insn: u32,
}

impl Symptom {
    /// What this failure shows.
    #[must_use]
    pub fn of(failure: &Failure) -> Self {
        Self {
            class: failure.class.to_owned(),
            field: failure.field.clone(),
            order: failure.order,
            pc: failure.pc,
            insn: failure.insn,
        }
    }
}

impl Bundle {
    /// A failing run of this program under these options. `found_by` is the command that found it, `instructions` how many words of text
    /// it has.
    #[must_use]
    pub fn new(
        elf: Vec<u8>,
        input: Vec<u32>,
        options: &CosimOptions,
        failure: &Failure,
        found_by: &str,
        instructions: usize,
    ) -> Self {
        let manifest = Manifest {
            format: FORMAT,
            contract_hash: hexadecimal(&CONTRACT_HASH),
            rtl_revision: crate::RTL_REVISION.to_owned(),
            command: String::new(),
            found_by: found_by.to_owned(),
            seed: options.seed,
            timing: options.timing,
            po2: options.po2.get(),
            instruction_limit: options.instruction_limit,
            clock_limit: options.clock_limit,
            patience: options.patience,
            plant: options.plant.map(|plant| plant.name.to_owned()),
            instructions,
            symptom: Symptom::of(failure),
        };
        Self {
            elf,
            input,
            manifest,
        }
    }

    /// Writes everything, with the report of the run, into a directory, which is made if it is not there.
    ///
    /// # Errors
    /// [`SimError::Bundle`] if a file cannot be written.
    pub fn write(&mut self, folder: &Path, report: &CosimReport) -> Result<(), SimError> {
        let name = folder.display();
        self.manifest.command = format!("cargo xtask replay {name}");
        let put = |file: &str, bytes: &[u8]| {
            let path = folder.join(file);
            fs::write(&path, bytes).map_err(|error| failed(&path, error))
        };
        let json = |value: Result<String, serde_json::Error>| {
            value.map_err(|error| failed(&folder.join(MANIFEST), error))
        };
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        put(PROGRAM, &self.elf)?;
        let words: Vec<u8> = self.input.iter().flat_map(|w| w.to_le_bytes()).collect();
        put(INPUT, &words)?;
        put(LISTING, self.listing()?.as_bytes())?;
        let Manifest {
            command,
            found_by,
            rtl_revision,
            contract_hash,
            ..
        } = &self.manifest;
        let text = format!(
            "replay this with\n  {command}\nfound by\n  {found_by}\n\n{report}\n\ncontract {contract_hash}\nRTL      {rtl_revision}\n"
        );
        put(REPORT, text.as_bytes())?;
        put(
            REPORT_JSON,
            json(serde_json::to_string_pretty(report))?.as_bytes(),
        )?;
        // Last: where it is, everything is.
        put(
            MANIFEST,
            json(serde_json::to_string_pretty(&self.manifest))?.as_bytes(),
        )
    }

    /// Reads a directory that [`Self::write`] wrote.
    ///
    /// # Errors
    /// [`SimError::Bundle`] if a file is missing or damaged, or the bundle is of another contract.
    pub fn read(folder: &Path) -> Result<Self, SimError> {
        let path = folder.join(MANIFEST);
        let get = |path: &PathBuf| fs::read(path).map_err(|error| failed(path, error));
        let manifest: Manifest =
            serde_json::from_slice(&get(&path)?).map_err(|error| failed(&path, error))?;
        if manifest.format != FORMAT {
            let what = format!(
                "format {}, this program knows {FORMAT}: use the program that wrote it",
                manifest.format
            );
            return Err(failed(&path, what));
        }
        if manifest.contract_hash != hexadecimal(&CONTRACT_HASH) {
            let what = format!(
                "made for the contract {}, this program has {}: check out the revision that wrote it",
                manifest.contract_hash,
                hexadecimal(&CONTRACT_HASH)
            );
            return Err(failed(&path, what));
        }
        let path = folder.join(INPUT);
        let bytes = get(&path)?;
        let (words, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            let what = format!("{} bytes are no whole number of words", bytes.len());
            return Err(failed(&path, what));
        }
        Ok(Self {
            elf: get(&folder.join(PROGRAM))?,
            input: words.iter().map(|word| u32::from_le_bytes(*word)).collect(),
            manifest,
        })
    }

    /// The program, its input and the options of the run. `command` is what repeats it.
    ///
    /// # Errors
    /// [`SimError::Bundle`] if they are no program, input or options.
    pub fn subject(&self, command: String) -> Result<(Image, Input, CosimOptions), SimError> {
        let wrong = |what: String| failed(Path::new(MANIFEST), what);
        let image = Image::from_elf(&self.elf).map_err(|error| wrong(error.to_string()))?;
        let input =
            Input::from_words(self.input.clone()).map_err(|error| wrong(error.to_string()))?;
        let manifest = &self.manifest;
        let options = CosimOptions {
            seed: manifest.seed,
            timing: manifest.timing,
            po2: Po2::try_from(manifest.po2).map_err(|error| wrong(error.to_string()))?,
            instruction_limit: manifest.instruction_limit,
            clock_limit: manifest.clock_limit,
            patience: manifest.patience,
            plant: manifest.plant.as_deref().map(plant).transpose()?,
            command,
            ..CosimOptions::default()
        };
        Ok((image, input, options))
    }

    /// Whether the RTL of this build is the one that failed.
    #[must_use]
    pub fn is_of_this_rtl(&self) -> bool {
        self.manifest.rtl_revision == crate::RTL_REVISION
    }

    /// The program's text in assembly language.
    fn listing(&self) -> Result<String, SimError> {
        let wrong = |what: String| failed(Path::new(PROGRAM), what);
        let image = Image::from_elf(&self.elf).map_err(|error| wrong(error.to_string()))?;
        let mut text = format!("entry {:08x}\n", image.entry);
        let mut zeros = 0_u32;
        for page in image.text.clone() {
            let words = image.page(page).copied().unwrap_or(ZERO_PAGE);
            for (index, word) in (0_u32..).zip(words) {
                let pc = page * assay_abi::machine::PAGE_BYTES + 4 * index;
                if word == 0 {
                    zeros += 1;
                    continue;
                }
                if std::mem::take(&mut zeros) > 0 {
                    text += "        ...  zeros: no instruction\n";
                }
                text += &format!("{pc:08x}: {word:08x}  {}\n", disassemble(word, pc));
            }
        }
        Ok(text)
    }
}

fn plant(name: &str) -> Result<&'static Plant, SimError> {
    plants::by_name(name).ok_or_else(|| {
        failed(
            Path::new(MANIFEST),
            format!("no planted bug is called {name}"),
        )
    })
}

fn failed(path: &Path, reason: impl ToString) -> SimError {
    SimError::Bundle {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
