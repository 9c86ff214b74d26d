//! `assay prove`: a program and its input to a receipt, or segments to seals.

pub mod devices;
mod report;
mod segments;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use assay_abi::Po2;
use assay_executor::{NullSink, Session, SessionConfig};
use assay_prover::{
    Budget, Options, Progress as Watch, ProveError, SealStore, Sealed, StarkError, StoreError,
    prove_session,
};
use assay_verifier::{Parameters, Receipt, Seal, verify};

use crate::exit::{Exit, Failure, Outcome};
use crate::input::InputArgs;
use crate::interrupt;
use crate::output::{print_line, write_file};
use crate::program::{self, parse_po2};
use crate::progress::Progress;
use crate::text::{counted, grouped};
use devices::{Choice, Devices};
pub use report::bits;
use report::{Report, Totals};

/// Options of `prove`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay prove sha256 --input Cargo.lock -o sha256.receipt     a guest that comes with the workspace, on a file
  assay prove my.elf --po2 18 --seals seals -o my.receipt     smaller segments, and seals kept: a run that was stopped goes on
  assay prove --segments session --seals seals                the segments that `assay run --out session` left, to seals
  assay prove --segments session --seals seals -o a.receipt   and, from the seals of all of them, a receipt
  assay prove sha256 --input Cargo.lock --hal fpga-emu -o a.receipt   transforms and trees on the emulated card
  assay prove sha256 --input Cargo.lock --hal cuda -o a.receipt       the same on an NVIDIA GPU
  assay prove --segments session/segment-00000003.seg --seals seals    one of them, on another machine

Exit status: 0 if everything is proved and the guest halted with exit code 0, 10 with another code (it is proved all the same), 11 after a
fault: a session that faults has no receipt.")]
pub struct Args {
    /// An ELF file, or a guest's name (`assay guest list`).
    #[arg(required_unless_present = "segments")]
    program: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// Segments hold 2^PO2 cycles, 13 to 22.
    #[arg(long, default_value_t = Po2::DEFAULT, value_parser = parse_po2)]
    po2: Po2,
    /// Prove segments that were written before: a session's directory, or segment files.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["program", "po2"])]
    segments: Vec<PathBuf>,
    /// Write the receipt to this file.
    #[arg(long, short, value_name = "FILE", required_unless_present = "seals")]
    output: Option<PathBuf>,
    /// Keep each segment's seal in this directory, and take from it those that are there already.
    #[arg(long, value_name = "DIR")]
    seals: Option<PathBuf>,
    /// How the proofs are made: proven100, conjectured100 or test (worth nothing, fast).
    #[arg(long, default_value_t, value_parser = parse_parameters)]
    parameters: Parameters,
    /// Memory that proofs may take, in MiB; nine tenths of what is free if not given.
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// Segments that are proved at the same time, if the memory allows; each uses all processors.
    #[arg(long, value_name = "N", default_value_t = 1)]
    parallel: usize,
    /// Make transforms and trees on these devices, the most wanted first; the CPU does what they do not. `dual:NAME` compares one with the CPU
    /// after every operation.
    #[arg(long, value_name = "NAME[,NAME…]", default_value = "cpu", value_parser = Choice::parse)]
    hal: Choice,
    /// Fail if the first device of --hal does not do everything.
    #[arg(long)]
    require_device: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The name of a parameter set on the command line.
pub fn parse_parameters(name: &str) -> Result<Parameters, String> {
    Parameters::from_name(name).ok_or_else(|| {
        let names = Parameters::ALL.map(Parameters::name).join(", ");
        format!("`{name}` is none of {names}")
    })
}

/// Runs the command.
pub fn run(args: &Args) -> Outcome {
    let work = Work::new(args)?;
    let proved = match &args.program {
        Some(name) => work.program(name),
        None => segments::prove(&work),
    };
    match proved {
        Ok(exit) => Ok(exit),
        // The guest's own doing, with a status of its own.
        Err(Stopped::Prove(error @ ProveError::Faulted { .. })) => {
            eprintln!("error: {error}");
            Ok(Exit::GuestFault)
        }
        Err(Stopped::Prove(error)) => Err(of_prove(error)),
        Err(Stopped::Other(failure)) => Err(failure),
    }
}

/// What a command's work needs throughout.
struct Work<'a> {
    args: &'a Args,
    budget: Budget,
    store: Option<SealStore>,
    devices: Devices,
    began: Instant,
}

/// Why the work stopped.
enum Stopped {
    Prove(ProveError),
    Other(Failure),
}

impl From<ProveError> for Stopped {
    fn from(error: ProveError) -> Self {
        Self::Prove(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl From<anyhow::Error> for Stopped {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error.into())
    }
}

fn of_prove(error: ProveError) -> Failure {
    match error {
        ProveError::Interrupted => Failure::Interrupted,
        ProveError::Store(StoreError::Write { .. })
        | ProveError::Memory { .. }
        | ProveError::Device(_)
        | ProveError::Stark {
            source: StarkError::Device(_),
            ..
        } => Failure::surroundings(error),
        error => Failure::Input(error.into()),
    }
}

impl<'a> Work<'a> {
    fn new(args: &'a Args) -> Result<Self, Failure> {
        let budget = args
            .memory
            .map_or_else(Budget::available, |mib| Budget::new(mib << 20));
        let store = args.seals.as_deref().map(SealStore::open).transpose();
        Ok(Self {
            args,
            budget,
            store: store.map_err(Failure::surroundings)?,
            devices: Devices::new(&args.hal, args.require_device)?,
            began: Instant::now(),
        })
    }

    const fn options(&self) -> Options<'_> {
        Options {
            parallel: self.args.parallel,
            queue: 2,
            budget: &self.budget,
            store: self.store.as_ref(),
        }
    }

    /// A program and its input to a receipt.
    fn program(&self, name: &std::path::Path) -> Result<Exit, Stopped> {
        let args = self.args;
        let program = program::load(name)?;
        let input = args.input.read(name)?;
        let config = |roots| SessionConfig {
            po2: args.po2,
            cycle_limit: None,
            roots,
        };
        // The executor is a hundred times as fast as the prover: the first run says how much there is to do, and whether it ends.
        let ahead = Session::new(program.image.clone(), input.clone(), config(false))
            .run(&mut NullSink)
            .map_err(ProveError::from)?;
        if let assay_executor::Exit::Faulted { cause } = ahead.exit {
            let (cause, pc) = (cause.name(), ahead.pc);
            return Err(ProveError::Faulted { cause, pc }.into());
        }
        let text = program.image.text_content();
        let prover = self.devices.prover(text, args.parameters)?;
        let watch = Watcher::new(args, Some(ahead.cycles), Some(ahead.segments));
        let session = Session::new(program.image.clone(), input, config(true));
        let (summary, seals) = prove_session(&prover, session, &self.options(), &watch)?;
        let totals = watch.finish();
        let receipt = Receipt {
            parameters: args.parameters,
            program: prover.program(&program.image),
            seals,
            journal: summary.journal.words().to_vec(),
        };
        self.finish(receipt, totals)
    }

    /// Checks and writes a receipt, and says what it is.
    fn finish(&self, receipt: Receipt, totals: Totals) -> Result<Exit, Stopped> {
        let image_id = receipt.program.image_id();
        let verified = verify(&receipt, &image_id, &Parameters::ALL).map_err(ProveError::Verify)?;
        let bytes = receipt.to_bytes();
        if let Some(path) = &self.args.output {
            write_file(path, &bytes)?;
        }
        let seals: Vec<&Seal> = receipt.seals.iter().collect();
        let report = Report::new(self, &seals, totals).with_receipt(
            &receipt,
            bytes.len(),
            verified.exit_code,
        );
        print_line(&report.text(self.args)?)?;
        Ok(match verified.exit_code {
            0 => Exit::Success,
            _ => Exit::GuestCode,
        })
    }
}

/// Counts what is proved and shows it.
struct Watcher {
    bar: Progress,
    segments: Option<u32>,
    totals: Mutex<Totals>,
}

impl Watcher {
    fn new(args: &Args, cycles: Option<u64>, segments: Option<u32>) -> Self {
        Self {
            bar: Progress::new(cycles, "cycles", args.json),
            segments,
            totals: Mutex::new(Totals::default()),
        }
    }

    fn finish(self) -> Totals {
        self.totals
            .into_inner()
            .unwrap_or_else(|error| error.into_inner())
    }
}

impl Watch for Watcher {
    fn sealed(&self, index: u32, sealed: &Sealed) {
        tracing::info!(
            index,
            cycles = sealed.cycles,
            bytes = sealed.seal.proof.len(),
            old = sealed.is_old(),
            estimate = sealed.estimate,
            witness_seconds = sealed.witness_seconds,
            prove_seconds = sealed.prove_seconds,
            "segment proved"
        );
        let mut totals = self
            .totals
            .lock()
            .unwrap_or_else(|error| error.into_inner());
        totals.add(sealed);
        self.bar.at(totals.cycles, || {
            let of = self
                .segments
                .map_or(String::new(), |all| format!(" of {}", grouped(all.into())));
            format!("{}{of}", counted(totals.segments, "segment"))
        });
    }

    fn stop(&self) -> bool {
        interrupt::asked()
    }
}
