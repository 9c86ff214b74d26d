//! `assay guest`: the programs that come with the workspace.

use std::path::PathBuf;

use anyhow::Context;
use assay_guests::{Comparison, GUESTS, Language};
use clap::Subcommand;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::{print_line, write_file};

/// What can be done with guests.
#[derive(Subcommand)]
pub enum Command {
    /// List the guests that come with the workspace.
    List,
    /// Build a guest from source: one of the workspace's, or your own crate or C file.
    Build(BuildArgs),
}

/// Options of `guest build`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  assay guest build my-guest --target-dir target/guests    every program of a Rust crate that depends on assay-guest
  assay guest build main.c -o main.elf                     a C program, with the C runtime of the workspace
  assay guest build --check                                rebuild the workspace's guests and compare them with the committed ones
  assay guest build --update                               rebuild them and replace the committed ones")]
pub struct BuildArgs {
    /// A folder with a Rust crate, or C files.
    #[arg(required_unless_present_any = ["check", "update"])]
    sources: Vec<PathBuf>,
    /// Where the ELF of C files goes.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where a crate is built.
    #[arg(long, value_name = "DIR", default_value = "target/guests")]
    target_dir: PathBuf,
    /// Rebuild the workspace's guests and compare them with the committed ones; status 1 if one differs.
    #[arg(long, conflicts_with_all = ["sources", "output"])]
    check: bool,
    /// Rebuild the workspace's guests and replace the committed ones.
    #[arg(long, conflicts_with_all = ["sources", "output", "check"])]
    update: bool,
}

/// Runs one of them.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List => list(),
        Command::Build(args) if args.check => check(args),
        Command::Build(args) if args.update => update(args),
        Command::Build(args) => build(args),
    }
}

fn list() -> Outcome {
    for guest in GUESTS {
        let language = match guest.language {
            Language::Rust => "Rust",
            Language::C => "C",
        };
        print_line(&format!("{:<10} {language:<5} {}", guest.name, guest.about))?;
    }
    Ok(Exit::Success)
}

fn check(args: &BuildArgs) -> Outcome {
    let built = assay_guests::rebuild(&args.target_dir).map_err(Failure::surroundings)?;
    let comparisons = assay_guests::compare(&built).map_err(Failure::surroundings)?;
    let mut exit = Exit::Success;
    for comparison in &comparisons {
        let Comparison {
            name,
            expected,
            committed,
            rebuilt,
        } = comparison;
        if comparison.is_same() {
            print_line(&format!("{name}: same, SHA-256 {rebuilt}"))?;
        } else {
            exit = Exit::Difference;
            print_line(&format!(
                "{name}: DIFFERENT: rebuilt {rebuilt}, committed {committed}, in SHA256SUMS {expected}"
            ))?;
        }
    }
    Ok(exit)
}

fn update(args: &BuildArgs) -> Outcome {
    let built = assay_guests::rebuild(&args.target_dir).map_err(Failure::surroundings)?;
    assay_guests::update(&built).map_err(Failure::surroundings)?;
    print_line(&format!("wrote {} guests", built.len()))?;
    Ok(Exit::Success)
}

fn build(args: &BuildArgs) -> Outcome {
    if let [folder] = args.sources.as_slice()
        && folder.is_dir()
    {
        for (name, path) in
            assay_guests::build_rust(folder, &args.target_dir).map_err(Failure::surroundings)?
        {
            print_line(&format!("{name}: {}", path.display()))?;
        }
        return Ok(Exit::Success);
    }
    let output = args
        .output
        .as_ref()
        .context("C files need --output FILE for their ELF; a Rust crate is given as its folder")?;
    let scratch = tempfile::tempdir().map_err(Failure::surroundings)?;
    let elf = scratch.path().join("guest.elf");
    assay_guests::build_c(&args.sources, &elf).map_err(Failure::surroundings)?;
    write_file(output, &std::fs::read(&elf).map_err(Failure::surroundings)?)?;
    print_line(&output.display().to_string())?;
    Ok(Exit::Success)
}
