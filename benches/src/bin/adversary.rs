//! Plays the adversaries against the circuit, and prints what they find.

use assay_benches::adversary::{cheats, play, table};
use assay_benches::suites;
use clap::Parser;

/// Changes cells of valid witnesses, and leaves out constraints and interactions one at a time.
#[derive(Parser)]
struct Args {
    /// Rows of each table.
    #[arg(long, default_value_t = 60)]
    rows: usize,
    /// Rows that are searched for, for each part.
    #[arg(long, default_value_t = 200)]
    attempts: usize,
    /// Print every constraint and interaction with what kills it, as docs/constraints.md has it.
    #[arg(long)]
    table: bool,
    /// Leave out the test suites, which tell what they need each constraint for.
    #[arg(long)]
    no_suites: bool,
}

/// In front of the table.
const HEAD: &str = "\
# What each constraint is needed for

Every constraint and every interaction of every table, by its place in `eval`, and something that is accepted without it and rejected with it: a changed row of a
witness (cells before → after), another claim, a row where it does not belong, or a cheat of the test suites by its name. What a row leaves for later rows may
be changed, because they believe it; everything else that it says to other tables has to stay, or to be true. Constraints without such a row are explained in
`soundness.md`. Written by `cargo run --release -p assay-benches --bin adversary -- --table`.
";

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let told = match args.no_suites {
        true => suites::Told::default(),
        false => suites::run("assay-circuit", "--lib", &["cheats", "needed"], 0)?,
    };
    let found = play(args.rows, args.attempts, &told.kills)?;
    if args.table {
        print!("{HEAD}{}", table(&found));
        return Ok(());
    }
    println!("table     columns  free  changes  accepted  parts  killed  not killed");
    for of in &found {
        let tried: usize = of.columns.iter().map(|column| column.tried).sum();
        let accepted: usize = of.columns.iter().map(|column| column.accepted).sum();
        let unkilled: Vec<_> = of.unkilled().map(|part| format!("{part:?}")).collect();
        println!(
            "{:<9} {:>7} {:>5} {tried:>8} {accepted:>9} {:>6} {:>7}  {}",
            of.table.name(),
            of.columns.len(),
            of.free_columns().count(),
            of.parts.len(),
            of.parts.len() - unkilled.len(),
            unkilled.join(" "),
        );
    }
    let (lies, rejected) = cheats();
    println!("{lies} wrong answers, {rejected} rejected by the one part that must");
    println!(
        "{} cheats of the suites, {} rejected",
        told.cheats, told.rejected
    );
    Ok(())
}
