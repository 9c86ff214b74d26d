//! `assay verify`: a receipt and an image id to a journal.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use assay_prover::Prover;
use assay_verifier::{
    Digest, Parameters, Receipt, VerifyError,
    hash::{from_hex, to_hex},
    verify,
};
use serde::Serialize;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::{print_line, write_file};
use crate::program;
use crate::text::{counted, grouped, hex};

/// Options of `verify`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay verify a.receipt --image-id 5be1…                the id that `assay prove` printed, and that you trust
  assay verify a.receipt --program my.elf                the id is computed from the program
  assay verify a.receipt --program sha256 --journal out  the journal's words to a file, if the receipt is right

Exit status: 0 if the receipt proves what was asked, 4 if it does not.")]
pub struct Args {
    /// The receipt.
    receipt: PathBuf,
    /// What it has to be about: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX", value_parser = parse_id, required_unless_present = "program")]
    image_id: Option<Digest>,
    /// The program that it has to be about: an ELF file or a guest's name.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "image_id")]
    program: Option<PathBuf>,
    /// Accept the parameter set `test` too, which is worth nothing.
    #[arg(long)]
    allow_test: bool,
    /// Write the journal to this file: its words, little-endian.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// An image id on the command line.
fn parse_id(text: &str) -> Result<Digest, String> {
    from_hex(text).ok_or_else(|| {
        "an image id is 64 hexadecimal digits, as `assay prove` prints it".to_owned()
    })
}

#[derive(Serialize)]
struct Report {
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    image_id: String,
    #[serde(flatten)]
    content: Option<Content>,
}

#[derive(Serialize)]
struct Content {
    parameters: &'static str,
    exit_code: u32,
    segments: usize,
    input_words: u32,
    journal_words: usize,
    journal: String,
    milliseconds: f64,
}

/// Hexadecimal digits of the journal that are shown to people.
const JOURNAL_SHOWN: usize = 256;

/// Runs the command.
pub fn run(args: &Args) -> Outcome {
    let path = &args.receipt;
    let bytes = std::fs::read(path)
        .with_context(|| format!("cannot read the receipt {}", path.display()))?;
    let expected = match (&args.image_id, &args.program) {
        (Some(id), _) => *id,
        (None, Some(name)) => {
            let program = program::load(name)?;
            let prover = Prover::new(program.image.text_content(), Parameters::default());
            prover
                .map_err(anyhow::Error::from)?
                .image_id(&program.image)
        }
        (None, None) => return Err(anyhow!("give --image-id or --program").into()),
    };
    let accepted: &[Parameters] = match args.allow_test {
        true => &Parameters::ALL,
        false => &[Parameters::Proven100, Parameters::Conjectured100],
    };
    let began = std::time::Instant::now();
    let verified = Receipt::from_bytes(&bytes)
        .map_err(VerifyError::Decode)
        .and_then(|receipt| verify(&receipt, &expected, accepted));
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => return reject(args, &expected, &error),
    };
    let journal: Vec<u8> = verified
        .journal
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    if let Some(path) = &args.journal {
        write_file(path, &journal)?;
    }
    let content = Content {
        parameters: verified.parameters.name(),
        exit_code: verified.exit_code,
        segments: verified.segments,
        input_words: verified.input_len,
        journal_words: verified.journal.len(),
        journal: hex(&journal),
        milliseconds,
    };
    if args.json {
        return print_json(&Report {
            verified: true,
            reason: None,
            image_id: to_hex(&expected),
            content: Some(content),
        })
        .map(|()| Exit::Success);
    }
    let mut text = format!(
        "VERIFIED: the program halted with exit code {}, on some input of {}\n{} of {} bytes, {milliseconds:.0} ms, {}\njournal: {}",
        content.exit_code,
        counted(content.input_words.into(), "word"),
        counted(content.segments as u64, "segment"),
        grouped(bytes.len() as u64),
        content.parameters,
        counted(content.journal_words as u64, "word"),
    );
    match &args.journal {
        Some(path) => text += &format!(", in {}", path.display()),
        None if content.journal.len() > JOURNAL_SHOWN => {
            text += &format!(
                ": {}… (--journal FILE or --json for all)",
                &content.journal[..JOURNAL_SHOWN]
            );
        }
        None if !content.journal.is_empty() => text += &format!(": {}", content.journal),
        None => {}
    }
    text += &format!("\nimage id: {}", to_hex(&expected));
    print_line(&text)?;
    Ok(Exit::Success)
}

fn print_json(report: &Report) -> Result<(), Failure> {
    print_line(&serde_json::to_string(report).map_err(Failure::surroundings)?)
}

fn reject(args: &Args, expected: &Digest, error: &VerifyError) -> Outcome {
    if args.json {
        print_json(&Report {
            verified: false,
            reason: Some(error.to_string()),
            image_id: to_hex(expected),
            content: None,
        })?;
    }
    let hint = match error {
        VerifyError::Parameters { .. } => " (--allow-test accepts it)",
        _ => "",
    };
    eprintln!(
        "error: {} is REJECTED: {error}{hint}",
        args.receipt.display()
    );
    Ok(Exit::Rejected)
}
