//! `assay inspect`: a receipt, a seal or a segment in words; and what the parameter sets are worth.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use assay_executor::{SEGMENT_MAGIC, Segment};
use assay_verifier::{
    Parameters, Receipt, Seal, SealFile, Table, decode_proof,
    hash::to_hex,
    soundness::{Regime, Tables},
};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::output::print_line;
use crate::prove::{bits, parse_parameters};
use crate::text::{counted, grouped};

/// Options of `inspect`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay inspect a.receipt                                what a receipt says; nothing is verified
  assay inspect session/segment-00000000.seg --json      a segment, for scripts
  assay inspect --soundness                              the error terms of proven100, and their sum
  assay inspect --soundness --parameters conjectured100 --json")]
pub struct Args {
    /// A receipt, a seal or a segment file.
    #[arg(required_unless_present = "soundness")]
    file: Option<PathBuf>,
    /// Compute the bits of a parameter set, term by term, and the bounds of the lookup argument.
    #[arg(long, conflicts_with = "file")]
    soundness: bool,
    /// The parameter set.
    #[arg(long, default_value_t, value_parser = parse_parameters, requires = "soundness")]
    parameters: Parameters,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What is found, as JSON; people get its lines.
pub fn run(args: &Args) -> Outcome {
    let found = match &args.file {
        Some(path) => {
            let bytes =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            of_file(&bytes).with_context(|| path.display().to_string())?
        }
        None => of_parameters(args.parameters),
    };
    let text = match args.json {
        true => serde_json::to_string(&found).map_err(Failure::surroundings)?,
        false => human(&found, 0).trim_end().to_owned(),
    };
    print_line(&text)?;
    Ok(Exit::Success)
}

fn of_file(bytes: &[u8]) -> anyhow::Result<Value> {
    if bytes.starts_with(&SEGMENT_MAGIC) {
        return Ok(of_segment(&Segment::from_bytes(bytes)?));
    }
    if bytes.starts_with(b"ASSAYSEL") {
        let file = SealFile::from_bytes(bytes).map_err(|error| anyhow!("no seal: {error}"))?;
        return Ok(json!({
            "kind": "seal",
            "parameters": file.parameters.name(),
            "image_digest": to_hex(&file.image_digest),
            "program_commitment": to_hex(&file.commitment),
            "segment": file.index,
            "claim": of_seal(&file.seal),
        }));
    }
    let receipt = Receipt::from_bytes(bytes)
        .map_err(|error| anyhow!("neither a segment, nor a seal, nor a receipt: {error}"))?;
    let bits = bits(receipt.parameters);
    Ok(json!({
        "kind": "receipt",
        "parameters": receipt.parameters.name(),
        "proven_bits": bits.map(|(proven, _)| proven),
        "conjectured_bits": bits.map(|(_, conjectured)| conjectured),
        "image_id": to_hex(&receipt.program.image_id()),
        "image_digest": to_hex(&receipt.program.image_digest()),
        "program_commitment": to_hex(&receipt.program.commitment),
        "entry": receipt.program.entry,
        "text_pages": [receipt.program.text.start, receipt.program.text.end],
        "initial_root": to_hex(&receipt.program.root),
        "bytes": bytes.len(),
        "journal_words": receipt.journal.len(),
        "segments": receipt.seals.iter().map(of_seal).collect::<Vec<_>>(),
    }))
}

fn of_segment(segment: &Segment) -> Value {
    let roots = |state: &assay_executor::State| state.roots.map(|roots| roots.root.to_string());
    json!({
        "kind": "segment",
        "segment": segment.index,
        "po2": segment.po2.get(),
        "image_digest": segment.image_digest.to_string(),
        "cycles": segment.cycles,
        "cost": segment.cost(),
        "pages_touched": segment.touched,
        "pages_dirtied": segment.dirtied,
        "pc": [segment.pre.pc, segment.post.pc],
        "root": [roots(&segment.pre), roots(&segment.post)],
        "input_read": [segment.pre.input_cursor, segment.post.input_cursor],
        "input_words": segment.input_len,
        "journal_words": segment.journal.len(),
        "exit": segment.exit.to_string(),
    })
}

fn of_seal(seal: &Seal) -> Value {
    let claim = &seal.claim;
    let heights = decode_proof(&seal.proof).map(|proof| proof.degree_bits);
    let tables = heights.map(|heights| {
        let named = Table::ALL.iter().zip(heights);
        named
            .map(|(table, height)| (table.name().to_owned(), json!(height)))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({
        "pc": [claim.pre.pc, claim.post.pc],
        "root": [to_hex(&claim.pre.root), to_hex(&claim.post.root)],
        "journal_state": [to_hex(&claim.journal_pre), to_hex(&claim.journal_post)],
        "journal_words": claim.journal_words,
        "input_read": [claim.input_pre, claim.input_post],
        "input_words": claim.input_len,
        "exit_code": claim.exit,
        "proof_bytes": seal.proof.len(),
        "log_heights": tables.map_or_else(|error| json!(error.to_string()), Value::Object),
    })
}

fn of_parameters(parameters: Parameters) -> Value {
    let tables = Tables::largest();
    let settings = parameters.settings();
    let report = |regime| {
        let report = tables.report(parameters, regime);
        let terms = report.terms.iter();
        json!({
            "bits": report.bits,
            "terms": terms
                .map(|term| (term.name.to_owned(), json!(term.bits)))
                .collect::<serde_json::Map<_, _>>(),
        })
    };
    let shapes = tables.tables.iter().map(|table| {
        let row = json!({
            "log_height_at_most": table.log_height,
            "main_columns": table.main,
            "fixed_columns": table.preprocessed,
            "lookup_columns": table.permutation,
            "constraints": table.constraints,
            "interactions": table.interactions,
            "openings": table.openings,
        });
        (table.table.name().to_owned(), row)
    });
    json!({
        "parameters": parameters.name(),
        "queries": settings.queries,
        "grinding_bits": {
            "queries": settings.query_pow,
            "batching": settings.batch_pow,
            "folding": settings.commit_pow,
            "lookups": settings.lookup_pow,
            "out_of_domain": settings.ood_pow,
        },
        "proven": report(Regime::Proven),
        "conjectured": report(Regime::Conjectured),
        "multiplicities": { "at_most": tables.multiplicity(), "below": 0x7f00_0001 },
        "tables": shapes.collect::<serde_json::Map<_, _>>(),
    })
}

/// An indented line a field.
fn human(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let line = |name: &str, value: &Value| {
        let name = name.replace('_', " ");
        match value {
            Value::Null => String::new(),
            Value::Object(_) => format!("{indent}{name}:\n{}", human(value, depth + 1)),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let items = items.iter().enumerate().map(|(at, item)| {
                    format!(
                        "{indent}{} {at}:\n{}",
                        name.trim_end_matches('s'),
                        human(item, depth + 1)
                    )
                });
                format!(
                    "{indent}{}\n{}",
                    counted(items.len() as u64, name.trim_end_matches('s')),
                    items.collect::<String>()
                )
            }
            value => format!("{indent}{name}: {}\n", scalar(value)),
        }
    };
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| line(name, value)).collect()
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_u64() {
            Some(whole) => grouped(whole),
            None => format!("{:.2}", number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::Array(items) => items.iter().map(scalar).collect::<Vec<_>>().join(" to "),
        other => other.to_string(),
    }
}
