//! Plays the adversaries against the circuit, and prints what they find: for people, or as JSON.

use assay_benches::adversary::{cheats, play};
use clap::Parser;
use serde_json::json;

/// Changes cells of valid witnesses, and leaves out constraints and interactions one at a time.
#[derive(Parser)]
struct Args {
    /// Rows of each table.
    #[arg(long, default_value_t = 60)]
    rows: usize,
    /// Rows that are searched for, for each part.
    #[arg(long, default_value_t = 200)]
    attempts: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let found = play(args.rows, args.attempts)?;
    let (lies, rejected) = cheats();
    if args.json {
        let tables: Vec<_> = found
            .iter()
            .map(|of| {
                let columns: Vec<_> = of
                    .columns
                    .iter()
                    .map(|column| json!([column.name, column.tried, column.accepted]))
                    .collect();
                let unkilled: Vec<_> = of.unkilled().map(|part| format!("{part:?}")).collect();
                json!({
                    "table": of.table.name(),
                    "parts": of.parts.len(),
                    "unkilled": unkilled,
                    "columns (name, changes, accepted)": columns,
                })
            })
            .collect();
        println!(
            "{}",
            json!({ "tables": tables, "cheats": lies, "cheats_rejected": rejected })
        );
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
    println!("{lies} wrong answers, {rejected} rejected by the one part that must");
    Ok(())
}
