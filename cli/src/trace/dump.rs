//! `assay trace dump`.

use std::io::Write;
use std::path::PathBuf;

use assay_abi::Po2;
use assay_executor::{BeatWriter, Event, TraceSink};
use clap::ValueEnum;

use super::{json, show, source};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::InputArgs;
use crate::interrupt;
use crate::output::Output;
use crate::program::{parse_po2, parse_range};

/// Options of `trace dump`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay trace dump sort --orders 1000..1020             twenty retirements of a guest, one a line
  assay trace dump session --segment 3 --json           all events of segment 3 of a recorded session
  assay trace dump session/segment-00000003.seg         the same segment, from its file alone
  assay trace dump sort --format raw -o sort.trace      the contract's beats, as the hardware emits them")]
pub struct Args {
    /// A session directory, a segment file, a dump, or a program (an ELF file or a guest's name), which is run.
    source: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Segments hold 2^PO2 cycles; for programs.
    #[arg(long, default_value_t = Po2::DEFAULT, value_parser = parse_po2)]
    po2: Po2,
    /// Stop a program after this many instructions.
    #[arg(long, value_name = "N")]
    cycle_limit: Option<u64>,
    /// Only this segment.
    #[arg(long, value_name = "N")]
    segment: Option<u32>,
    /// Only retirements with these numbers (and no other events), for example 100..200.
    #[arg(long, visible_alias = "range", value_name = "FROM..TO", value_parser = parse_range)]
    orders: Option<std::ops::Range<u64>>,
    /// Also print page contents and registers.
    #[arg(long)]
    full: bool,
    /// How events are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json.
    #[arg(long)]
    json: bool,
    /// Write here instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line an event, for people.
    Text,
    /// A JSON object a line.
    Json,
    /// The contract's 64-byte beats.
    Raw,
}

/// Prints the events that were asked for.
pub fn run(args: &Args) -> Outcome {
    let format = if args.json { Format::Json } else { args.format };
    let events = source::open(
        &args.source,
        args.input.read(&args.source)?,
        args.po2,
        args.cycle_limit,
    )?;
    let mut output = Output::create(args.output.as_deref())?;
    let failed = |error: std::io::Error| Failure::surroundings(error);
    for event in events {
        let event = event?;
        interrupt::check()?;
        if is_behind(args, &event) {
            break;
        }
        if !is_wanted(args, &event) {
            continue;
        }
        match format {
            Format::Text => {
                writeln!(output, "{}", show::event(&event, args.full)).map_err(failed)?
            }
            Format::Json => {
                let line =
                    serde_json::to_string(&json::object(&event)).map_err(Failure::surroundings)?;
                writeln!(output, "{line}").map_err(failed)?;
            }
            Format::Raw => {
                let mut beats = BeatWriter::new(&mut output);
                match &event {
                    Event::Record(record) => beats.record(record),
                    Event::PageIn(page, words) => beats.page_in(page, words),
                    Event::End(end, registers) => beats.end(end, registers),
                }
                beats.finish().map_err(failed)?;
            }
        }
    }
    output.finish()?;
    Ok(Exit::Success)
}

fn segment_of(event: &Event) -> u32 {
    match event {
        Event::Record(record) => record.segment,
        Event::PageIn(page, _) => page.segment,
        Event::End(end, _) => end.segment,
    }
}

fn is_wanted(args: &Args, event: &Event) -> bool {
    let in_segment = args
        .segment
        .is_none_or(|segment| segment == segment_of(event));
    let in_orders = args.orders.as_ref().is_none_or(|orders| match event {
        Event::Record(record) => orders.contains(&record.order),
        _ => false,
    });
    in_segment && in_orders
}

/// Whether nothing that is wanted can follow: programs need not be run on.
fn is_behind(args: &Args, event: &Event) -> bool {
    let orders = args.orders.as_ref();
    args.segment
        .is_some_and(|segment| segment_of(event) > segment)
        || matches!(event, Event::Record(record) if orders.is_some_and(|orders| record.order >= orders.end))
}
