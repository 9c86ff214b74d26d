//! `assay run`: a program on the golden model.

use std::path::PathBuf;
use std::time::Instant;

use assay_abi::Po2;
use assay_executor::{
    DirectorySink, Exit as GuestEnd, NullSink, Segment, SegmentSink, Session, SessionConfig,
    SessionEnd, SessionError, SessionSummary, SinkError,
};
use serde::Serialize;

use crate::exit::{Exit, Failure, Outcome};
use crate::input::InputArgs;
use crate::interrupt;
use crate::memory::peak_bytes;
use crate::output::{print_line, write_file};
use crate::program::{self, Program, parse_po2};
use crate::progress::Progress;
use crate::text::{counted, grouped, hex};

/// Options of `run`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay run sha256 --input Cargo.lock                a guest that comes with the workspace, on a file
  assay run my.elf --po2 16 --out session            segments of at most 2^16 cycles, to files that replay alone
  assay run my.elf --cycle-limit 1000000             a program that may run for ever
  assay run my.elf --json                            one JSON object for scripts

Exit status: 0 if the guest halted with exit code 0, 10 with another code, 11 after a fault, 12 at the limit.")]
pub struct Args {
    /// An ELF file, or a guest's name (`assay guest list`).
    program: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Segments hold 2^PO2 cycles, 13 to 22.
    #[arg(long, default_value_t = Po2::DEFAULT, value_parser = parse_po2)]
    po2: Po2,
    /// Stop after this many instructions.
    #[arg(long, value_name = "N")]
    cycle_limit: Option<u64>,
    /// Write the segments to this directory as they close.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a session that is in the directory already.
    #[arg(long, requires = "out")]
    force: bool,
    /// Leave out the Merkle roots: faster, but the segments cannot be proved.
    #[arg(long)]
    no_roots: bool,
    /// Write the journal to this file: its words, little-endian.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Hexadecimal digits of the journal that are shown to people.
const JOURNAL_SHOWN: usize = 256;

/// Runs the program to its end.
pub fn run(args: &Args) -> Outcome {
    let program = program::load(&args.program)?;
    let input = args.input.read(&args.program)?;
    let input_words = input.len();
    // Roots are kept in segments: without a place for these nobody would see them.
    let roots = !args.no_roots && args.out.is_some();
    let config = SessionConfig {
        po2: args.po2,
        cycle_limit: args.cycle_limit,
        roots,
    };
    let mut directory;
    let mut nowhere = NullSink;
    let inner: &mut dyn SegmentSink = match &args.out {
        Some(path) => {
            directory = DirectorySink::create(path, args.force).map_err(of_sink)?;
            &mut directory
        }
        None => &mut nowhere,
    };
    let bar = Progress::new(args.cycle_limit, "cycles", args.json);
    let mut sink = WatchedSink { inner, bar };
    let began = Instant::now();
    let summary = Session::new(program.image.clone(), input, config)
        .run(&mut sink)
        .map_err(of_session)?;
    let seconds = began.elapsed().as_secs_f64();
    drop(sink);
    let report = Report::new(&program, args.po2, input_words, &summary, seconds);
    if let Some(path) = &args.journal {
        write_file(path, &summary.journal.to_bytes())?;
    }
    let text = if args.json {
        serde_json::to_string(&report).map_err(Failure::surroundings)?
    } else {
        report.human(args)
    };
    print_line(&text)?;
    Ok(exit_of(&summary.exit))
}

fn exit_of(end: &GuestEnd) -> Exit {
    match end {
        GuestEnd::Halted { exit_code: 0 } => Exit::Success,
        GuestEnd::Halted { .. } => Exit::GuestCode,
        GuestEnd::Faulted { .. } => Exit::GuestFault,
        GuestEnd::Stopped | GuestEnd::Running => Exit::SessionLimit,
    }
}

/// Passes segments on, shows how far the session is, and lets Ctrl-C end it between two of them.
struct WatchedSink<'a> {
    inner: &'a mut dyn SegmentSink,
    bar: Progress,
}

#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

impl SegmentSink for WatchedSink<'_> {
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        if interrupt::asked() {
            return Err(SinkError::Refused(Box::new(Interrupted)));
        }
        tracing::debug!(
            index = segment.index,
            cycles = segment.cycles,
            touched = segment.touched,
            dirtied = segment.dirtied,
            "segment closed"
        );
        self.bar.at(segment.post.order, || {
            counted(u64::from(segment.index) + 1, "segment")
        });
        self.inner.segment(segment)
    }

    fn finish(&mut self, end: &SessionEnd) -> Result<(), SinkError> {
        self.inner.finish(end)
    }
}

fn of_sink(error: SinkError) -> Failure {
    match error {
        SinkError::Refused(cause) if cause.is::<Interrupted>() => Failure::Interrupted,
        SinkError::NotEmpty { .. } => {
            Failure::Input(anyhow::Error::new(error).context("use --force to replace it"))
        }
        error => Failure::surroundings(error),
    }
}

fn of_session(error: SessionError) -> Failure {
    match error {
        SessionError::Sink(error) => of_sink(error),
        error => Failure::Input(error.into()),
    }
}

#[derive(Debug, Serialize)]
struct Report {
    program: PathBuf,
    image_digest: String,
    po2: u8,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
    segments: u32,
    cycles: u64,
    input_words: u32,
    input_read: u32,
    journal_words: usize,
    journal: String,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Fault {
    cause: &'static str,
    pc: u32,
    symbol: Option<String>,
    instruction: Option<u32>,
    /// All of it, for people.
    at: String,
}

impl Report {
    fn new(
        program: &Program,
        po2: Po2,
        input_words: u32,
        summary: &SessionSummary,
        seconds: f64,
    ) -> Self {
        let image = &program.image;
        let pc = summary.pc;
        let fault = match &summary.exit {
            GuestEnd::Faulted { cause } => Some(Fault {
                cause: cause.name(),
                pc,
                symbol: image
                    .symbol(pc)
                    .map(|(name, offset)| format!("{name}+{offset:#x}")),
                instruction: program::word(image, pc),
                at: program::describe(image, pc),
            }),
            _ => None,
        };
        let exit_code = match &summary.exit {
            GuestEnd::Halted { exit_code } => Some(*exit_code),
            _ => None,
        };
        Self {
            program: program.name.clone(),
            image_digest: image.digest().to_string(),
            po2: po2.get(),
            status: summary.exit.status().name().to_lowercase(),
            exit_code,
            fault,
            segments: summary.segments,
            cycles: summary.cycles,
            input_words,
            input_read: summary.input_read,
            journal_words: summary.journal.words().len(),
            journal: hex(&summary.journal.to_bytes()),
            seconds,
            peak_bytes: peak_bytes(),
        }
    }

    fn human(&self, args: &Args) -> String {
        let mut text = match (&self.fault, self.exit_code) {
            (Some(fault), _) => format!("FAULT {} at {}\n", fault.cause, fault.at),
            (None, Some(code)) => format!("halted with exit code {code}\n"),
            (None, None) => "stopped at the session limit\n".to_owned(),
        };
        let rate = self.cycles as f64 / self.seconds.max(1e-9) / 1e6;
        text += &format!(
            "{} in {} of at most 2^{} cycles, {:.3} s, {rate:.0} M/s\n",
            counted(self.cycles, "cycle"),
            counted(self.segments.into(), "segment"),
            self.po2,
            self.seconds,
        );
        text += &format!(
            "input: {} of {} read\n",
            grouped(self.input_read.into()),
            counted(self.input_words.into(), "word")
        );
        text += &format!("journal: {}", counted(self.journal_words as u64, "word"));
        match &args.journal {
            Some(path) => text += &format!(", in {}", path.display()),
            None if self.journal.len() > JOURNAL_SHOWN => {
                text += &format!(
                    ": {}… (--journal FILE or --json for all)",
                    &self.journal[..JOURNAL_SHOWN]
                );
            }
            None if !self.journal.is_empty() => text += &format!(": {}", self.journal),
            None => {}
        }
        text += &format!("\nimage digest: {}", self.image_digest);
        if let Some(path) = &args.out {
            text += &format!("\nsegments: {}", path.display());
        }
        text
    }
}
