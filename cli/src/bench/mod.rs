//! `assay bench`: the same work on every device, checked, and side by side.

mod check;
mod devices;
mod inputs;
mod machine;
mod measure;
mod modelled;
mod segment;
mod selftest;
mod sizes;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use assay_report::{File, Operation, Prices, Run};
use assay_verifier::Parameters;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, print_line};
use crate::progress::Progress;
use crate::prove::parse_parameters;
use devices::{Named, Opened};
use sizes::{Size, parse_size};

/// The file of a run with `--selftest`, if none is named: a machine that is tried gives a file to take home.
const SELFTESTED: &str = "assay-bench.json";

/// Options of `bench`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay bench                                             what there is on this machine, in less than a minute on two cores
  assay bench --hal cuda --selftest                       the conformance suite on the GPU, then its benchmark, to assay-bench.json
  assay bench --only lde,commit --sizes 20x200 --repeat 9 one size
  assay bench --html bench.html --price-per-hour 0.4      a page that opens offline, with what a proof costs
  assay bench --merge gpu.json card.json --html all.html  the runs of several machines side by side

Devices work on the same inputs, and what they give is compared with the CPU's before anything is said of its speed: a difference ends the run
with status 1. Measured, counted and modelled figures stand in columns of their own. docs/benchmarking.md has the formulas.")]
pub struct Args {
    /// Devices: cpu, cuda, fpga-emu, fpga-sim, fpga, fpga:PLACE, model, model:CARD.
    #[arg(long, value_name = "NAME[,NAME…]", value_delimiter = ',', default_values = ["cpu", "cuda", "fpga-emu", "fpga-sim", "model"], value_parser = Named::parse)]
    hal: Vec<Named>,
    /// Only this: ntt, lde, poseidon2, merkle, commit, segment.
    #[arg(long, value_name = "WORK[,WORK…]", value_delimiter = ',', value_parser = parse_operation)]
    only: Vec<Operation>,
    /// Matrices of 2^LOG rows and so many columns; of Poseidon2, 2^LOG states.
    #[arg(long, value_name = "LOGxCOLUMNS[,…]", value_delimiter = ',', value_parser = parse_size)]
    sizes: Vec<Size>,
    /// Segments of 2^PO2 cycles, 13 to 22.
    #[arg(long, value_name = "PO2[,PO2…]", value_delimiter = ',', value_parser = crate::program::parse_po2)]
    po2: Vec<assay_abi::Po2>,
    /// The large sizes too: 2^20 rows of 200 columns, a segment of 2^20. Takes minutes on a CPU, and about 8 GiB.
    #[arg(long)]
    full: bool,
    /// How the segment's proof is made: proven100, conjectured100 or test (worth nothing, fast).
    #[arg(long, default_value_t, value_parser = parse_parameters)]
    parameters: Parameters,
    /// Run the conformance suite on every device first, and go on only if all pass. The run is written to assay-bench.json if --json names no
    /// other file.
    #[arg(long)]
    selftest: bool,
    /// How often each piece of work is done and timed, after once for warmth.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Of the inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the machine is called in comparisons, instead of its host name.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// What an hour of the machine costs, in any currency.
    #[arg(long, value_name = "PRICE", value_parser = parse_price)]
    price_per_hour: Option<f64>,
    /// What a kilowatt-hour costs, in the same.
    #[arg(long, value_name = "PRICE", value_parser = parse_price)]
    price_per_kwh: Option<f64>,
    /// Write the runs to this file.
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
    /// Write a page that opens offline, with plots, to this file.
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
    /// Measure nothing, and put the runs of these files side by side.
    #[arg(long, value_name = "FILE.json", num_args = 1.., conflicts_with_all = ["hal", "only", "sizes", "po2", "full", "parameters", "repeat", "seed", "machine", "selftest"])]
    merge: Vec<PathBuf>,
}

fn parse_operation(name: &str) -> Result<Operation, String> {
    let mut all = Operation::ALL.into_iter();
    all.find(|operation| operation.name() == name)
        .ok_or_else(|| {
            let names = Operation::ALL.map(Operation::name).join(", ");
            format!("`{name}` is none of {names}")
        })
}

fn parse_price(text: &str) -> Result<f64, String> {
    let price: f64 = text.parse().map_err(|error| format!("{error}"))?;
    match price.is_finite() && price >= 0.0 {
        true => Ok(price),
        false => Err("a price is a number from 0 on".to_owned()),
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Outcome {
    // A folder that cannot be written to is told of before anything is measured.
    let open = |path: Option<&Path>| path.map(|path| Output::create(Some(path))).transpose();
    let (json, html) = (open(args.json())?, open(args.html.as_deref())?);
    let file = match args.merge.is_empty() {
        true => match measure(args)? {
            Ended::Run(run) => File::new(vec![*run]),
            Ended::Wrong(what) => {
                eprintln!("error: {what}");
                return Ok(Exit::Difference);
            }
        },
        false => merged(&args.merge)?,
    };
    print_line(&assay_report::text(&file, args.prices()))?;
    if let Some(output) = json {
        let text = file.write().map_err(Failure::surroundings)?;
        write(output, &text)?;
        if args.json.is_none() {
            print_line(&format!("\nwritten to {SELFTESTED}"))?;
        }
    }
    if let Some(output) = html {
        write(output, &assay_report::html(&file, args.prices()))?;
    }
    Ok(Exit::Success)
}

fn write(mut output: Output, text: &str) -> Result<(), Failure> {
    let written = output.write_all(text.as_bytes());
    written.map_err(Failure::surroundings)?;
    output.finish()
}

/// How measuring ended.
enum Ended {
    /// All results were right.
    Run(Box<Run>),
    /// A device gave something else than the CPU.
    Wrong(String),
}

impl Args {
    /// Where the runs go.
    fn json(&self) -> Option<&Path> {
        let usual = self.selftest.then_some(Path::new(SELFTESTED));
        self.json.as_deref().or(usual)
    }

    const fn prices(&self) -> Prices {
        Prices {
            hour: self.price_per_hour,
            kwh: self.price_per_kwh,
        }
    }
}

/// Files of other runs.
fn merged(paths: &[PathBuf]) -> Result<File, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        let file = File::read(&name, &text).map_err(anyhow::Error::from)?;
        files.push((name, file));
    }
    File::merge(files).map_err(|error| Failure::Input(error.into()))
}

/// All work on all devices, one piece after the other: what disturbs the machine disturbs all of them.
fn measure(args: &Args) -> Result<Ended, Failure> {
    let began = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let load = machine::load();
    let mut devices = devices::open_all(&args.hal)?;
    if args.selftest
        && let Err(wrong) = selftest::run(&mut devices, args.seed)?
    {
        return Ok(Ended::Wrong(wrong));
    }
    let plan = sizes::plan(args);
    let bar = Progress::new(
        Some((plan.len() * devices.len()) as u64),
        "measurements",
        false,
    );
    let mut done = 0;
    for work in &plan {
        let mut bench = measure::Bench::new(work, args)?;
        for device in &mut devices {
            bar.at(done, || {
                format!("{} {work} on {}", work.operation(), device.report.name)
            });
            done += 1;
            if crate::interrupt::asked() {
                return Err(Failure::Interrupted);
            }
            match bench.on(device)? {
                Ok(outcome) => device.did(work, outcome),
                Err(wrong) => return Ok(Ended::Wrong(wrong.to_string())),
            }
        }
    }
    drop(bar);
    let devices = devices.into_iter().map(|opened: Opened| opened.report);
    Ok(Ended::Run(Box::new(Run {
        machine: machine::machine(args.machine.clone()),
        build: machine::build(),
        began,
        command: machine::command(),
        seed: args.seed,
        repeat: args.repeat,
        load,
        prices: args.prices(),
        devices: devices.collect(),
    })))
}
