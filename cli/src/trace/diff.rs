//! `assay trace diff`.

use std::path::PathBuf;

use assay_abi::Field;
use assay_abi::Po2;
use assay_abi::stream::BEAT_BYTES;
use assay_executor::Event;
use serde::Serialize;

use super::{json, show, source};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::InputArgs;
use crate::interrupt;
use crate::output::print_line;
use crate::program::parse_po2;
use crate::text::{counted, grouped};

/// Options of `trace diff`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay trace diff expected.trace got.trace            two dumps
  assay trace diff session-a session-b                 two recorded sessions
  assay trace diff sort card.trace --input list.bin    a program against what a card emitted")]
pub struct Args {
    /// What is expected: a session directory, a segment file, a dump, or a program.
    expected: PathBuf,
    /// What came.
    got: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Segments hold 2^PO2 cycles; for programs.
    #[arg(long, default_value_t = Po2::DEFAULT, value_parser = parse_po2)]
    po2: Po2,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    equal: bool,
    /// Events of each kind that were compared and equal.
    records: u64,
    pages: u64,
    ends: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

#[derive(Debug, Serialize)]
struct Difference {
    /// How many events came before.
    event: u64,
    /// The first field that differs.
    field: String,
    fields: Vec<FieldDifference>,
    expected: Option<String>,
    got: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct FieldDifference {
    field: String,
    expected: u64,
    got: u64,
}

/// Compares event by event, to the first that differs.
pub fn run(args: &Args) -> Outcome {
    let input = args.input.read(&args.expected)?;
    let mut expected = source::open(&args.expected, input.clone(), args.po2, None)?;
    let mut got = source::open(&args.got, input, args.po2, None)?;
    let mut report = Report::default();
    loop {
        interrupt::check()?;
        let pair = (expected.next().transpose()?, got.next().transpose()?);
        match pair {
            (None, None) => {
                report.equal = true;
                break;
            }
            (Some(expected), Some(got)) if expected == got => match expected {
                Event::Record(_) => report.records += 1,
                Event::PageIn(..) => report.pages += 1,
                Event::End(..) => report.ends += 1,
            },
            (expected, got) => {
                let event = report.records + report.pages + report.ends;
                report.difference = Some(difference(event, expected.as_ref(), got.as_ref()));
                break;
            }
        }
    }
    print(&report, args.json)?;
    Ok(if report.equal {
        Exit::Success
    } else {
        Exit::Difference
    })
}

fn difference(event: u64, expected: Option<&Event>, got: Option<&Event>) -> Difference {
    let fields = match (expected, got) {
        (Some(expected), Some(got)) => fields(expected, got),
        _ => Vec::new(),
    };
    let field = match fields.first() {
        Some(first) => first.field.clone(),
        None => "length".to_owned(),
    };
    let shown = |event: Option<&Event>| event.map(|event| show::event(event, false));
    Difference {
        event,
        field,
        fields,
        expected: shown(expected),
        got: shown(got),
    }
}

/// The fields that differ; of events of two kinds, only the kind.
fn fields(expected: &Event, got: &Event) -> Vec<FieldDifference> {
    let (name, layout, left) = json::layout(expected);
    let (other, _, right) = json::layout(got);
    let mut out: Vec<_> = if name == other {
        layout
            .iter()
            .filter_map(|field| differs(field, left, right))
            .collect()
    } else {
        layout
            .iter()
            .take(1)
            .filter_map(|field| differs(field, left, right))
            .collect()
    };
    let words: (&[u32], &[u32], &str) = match (expected, got) {
        (Event::PageIn(_, left), Event::PageIn(_, right)) => (&left[..], &right[..], "words"),
        (Event::End(_, left), Event::End(_, right)) => (left, right, "registers"),
        _ => return out,
    };
    let (left, right, name) = words;
    for (index, (&left, &right)) in left
        .iter()
        .zip(right)
        .enumerate()
        .filter(|(_, (left, right))| left != right)
    {
        out.push(FieldDifference {
            field: format!("{name}[{index}]"),
            expected: left.into(),
            got: right.into(),
        });
    }
    out
}

fn differs(
    field: &Field,
    left: &[u8; BEAT_BYTES],
    right: &[u8; BEAT_BYTES],
) -> Option<FieldDifference> {
    if field.slice(left)? == field.slice(right)? {
        return None;
    }
    // Fields that are wider than a number are reserved: that they differ is all there is to say.
    let value = |bytes| field.value(bytes).unwrap_or(0);
    Some(FieldDifference {
        field: field.name.to_owned(),
        expected: value(left),
        got: value(right),
    })
}

fn print(report: &Report, json: bool) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(report).map_err(Failure::surroundings)?
    } else {
        human(report)
    };
    print_line(&text)
}

fn human(report: &Report) -> String {
    let matched = format!(
        "matched {}, {}, {}",
        counted(report.records, "record"),
        counted(report.pages, "page"),
        counted(report.ends, "segment end"),
    );
    let Some(difference) = &report.difference else {
        return format!("equal: {matched}");
    };
    let none = || "nothing: the trace ends here".to_owned();
    let mut text = format!(
        "DIFFERENCE in `{}` at event {}\n",
        difference.field,
        grouped(difference.event)
    );
    text += &format!(
        "  expected {}\n",
        difference.expected.clone().unwrap_or_else(none)
    );
    text += &format!(
        "  got      {}\n",
        difference.got.clone().unwrap_or_else(none)
    );
    for FieldDifference {
        field,
        expected,
        got,
    } in &difference.fields
    {
        text += &format!("  {field:<16} expected {expected:#010x}  got {got:#010x}\n");
    }
    text + &format!("before that {matched}")
}
