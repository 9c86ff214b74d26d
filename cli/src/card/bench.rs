//! `assay card bench`.

use assay_driver::{Load, Step, Transport};
use serde_json::json;

use super::BenchArgs;
use super::place::failed;
use crate::exit::{Exit, Outcome};
use crate::output::print_line;
use crate::text::grouped;

pub fn run(args: &BenchArgs) -> Outcome {
    let driver = args.card.open()?;
    let load = Load {
        commands: args.commands,
        chain: args.chain,
        log_rows: args.log_rows,
        columns: args.columns,
        log_blowup: args.log_blowup,
        openings: args.openings,
    };
    let measured = driver.measure(&load).map_err(failed)?;
    let step = |step: Step| json!({ "cycles": step.cycles, "stall_memory": step.stall_memory });
    if args.json {
        let all = json!({
            "name": driver.transport().name(),
            "us_per_command": measured.seconds_per_command * 1e6,
            "us_of_a_round_trip": measured.seconds_of_a_round_trip * 1e6,
            "cycles_between_dependent": measured.cycles_between,
            "commitment": {
                "log_rows": args.log_rows,
                "columns": args.columns,
                "log_blowup": args.log_blowup,
                "openings": args.openings,
                "lde": step(measured.lde),
                "merkle": step(measured.merkle),
                "open": step(measured.open),
                "pcie_bytes_per_column_byte": measured.bytes_per_column_byte,
            },
        });
        print_line(&all.to_string())?;
        return Ok(Exit::Success);
    }
    let line = |what: &str, value: String| print_line(&format!("{what:<44}{value}"));
    line("card", driver.transport().name())?;
    line(
        "host time of a command, many under way",
        format!("{:.2} us", measured.seconds_per_command * 1e6),
    )?;
    line(
        "round trip of a command, alone",
        format!("{:.2} us", measured.seconds_of_a_round_trip * 1e6),
    )?;
    line(
        "between two commands that depend",
        format!("{:.1} clock cycles", measured.cycles_between),
    )?;
    let commitment = format!(
        "2^{} x {}, blow-up 2^{}",
        args.log_rows, args.columns, args.log_blowup
    );
    for (what, step) in [
        (format!("extension, {commitment}"), measured.lde),
        ("its tree".to_owned(), measured.merkle),
        (format!("{} openings", args.openings), measured.open),
    ] {
        let cycles = grouped(step.cycles.into());
        let stalls = grouped(step.stall_memory.into());
        line(
            &what,
            format!("{cycles} clock cycles, {stalls} waiting for memory"),
        )?;
    }
    line(
        "bytes over PCIe a byte of columns",
        format!("{:.3}", measured.bytes_per_column_byte),
    )?;
    Ok(Exit::Success)
}
