//! Tables for a terminal.

use crate::figure::Quantity;
use crate::file::File;
use crate::run::{Outcome, Prices};
use crate::table::{GROUPS, Table, label};
use crate::work::Operation;

/// What fits beside each other; the rest is in the JSON and in the page.
const SHOWN: &[Quantity] = &[
    Quantity::Time,
    Quantity::ElementRate,
    Quantity::PermutationRate,
    Quantity::GuestRate,
    Quantity::Cycles,
    Quantity::ElementsPerCycle,
    Quantity::Bandwidth,
    Quantity::BandwidthShare,
    Quantity::TrafficShare,
    Quantity::MultiplicationShare,
    Quantity::InstructionShare,
    Quantity::Power,
    Quantity::HostTime,
    Quantity::CostOfTime,
    Quantity::CostOfEnergy,
    Quantity::Cost,
];

/// All runs: machines and devices, what they reach at best, and a table for each operation.
#[must_use]
pub fn text(file: &File, prices: Prices) -> String {
    let mut out = String::new();
    for run in &file.runs {
        let machine = &run.machine;
        let gibibytes = machine.memory_bytes as f64 / f64::from(1 << 30);
        out += &format!(
            "{}: {}, {} cores, {gibibytes:.1} GiB, {}\n",
            machine.name, machine.processor, machine.cores, machine.system
        );
        if run.build.profile != "release" {
            out += "a debug build: its times are not worth comparing\n";
        }
        for device in &run.devices {
            let name = label(file, &machine.name, &device.name);
            if let Some(missing) = &device.missing {
                out += &format!("{name}: not here: {missing}\n");
                continue;
            }
            let peaks = device.peaks.iter().map(|peak| {
                let (what, source) = (peak.quantity.label(), peak.source);
                format!("; {what} {} ({source})", peak.quantity.show(peak.value))
            });
            out += &format!("{name}: {}{}\n", device.title, peaks.collect::<String>());
            if !device.body.is_timed() {
                out += &format!("  {}\n", device.body.about());
            }
        }
    }
    for operation in Operation::ALL {
        let mut shown = false;
        for bodies in GROUPS {
            let table = Table::of_bodies(file, operation, prices, |body| bodies.contains(&body));
            let table = table.only(SHOWN);
            if table.rows().is_empty() {
                continue;
            }
            if !shown {
                out += &format!("\n{}: {}\n", operation.title(), operation.what());
            }
            if shown {
                out += "\n";
            }
            shown = true;
            out += &lines(&table);
        }
        if operation == Operation::Segment {
            out += &phases(file);
        }
    }
    out.trim_end().to_owned()
}

/// Lines of a heading: the label's, and the source.
const LINES: usize = 4;

/// A table: sizes and devices to the left, figures to the right, the reason where there are none.
fn lines(table: &Table) -> String {
    let mut columns = vec![
        head(
            ["size", "", "", ""],
            table.rows().iter().map(|row| row.size.clone()),
        ),
        head(
            ["device", "", "", ""],
            table.rows().iter().map(|row| row.device.clone()),
        ),
    ];
    for (heading, cells) in table.columns() {
        let quantity = heading.quantity;
        let [first, second, third] = wrapped(quantity.label());
        let shown = cells.iter().map(|cell| match cell {
            Some(value) => quantity.show_short(*value),
            None => "-".to_owned(),
        });
        let source = format!("({})", heading.source);
        columns.push(head([&first, &second, &third, &source], shown));
    }
    let widths: Vec<usize> = columns
        .iter()
        .map(|column| {
            column
                .iter()
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for line in 0..table.rows().len() + LINES {
        let reason = line
            .checked_sub(LINES)
            .and_then(|at| table.rows()[at].reason.as_ref());
        let shown = if reason.is_some() { 2 } else { columns.len() };
        let mut text = String::from(" ");
        for (at, (column, &width)) in columns.iter().zip(&widths).take(shown).enumerate() {
            let cell = &column[line];
            // Words to the left, numbers to the right.
            text += &match at {
                0 | 1 => format!(" {cell:<width$} "),
                _ => format!(" {cell:>width$} "),
            };
        }
        text += &reason.map_or(String::new(), |reason| format!(" not done: {reason}"));
        out += &format!("{}\n", text.trim_end());
    }
    let mut notes: Vec<_> = table
        .rows()
        .iter()
        .filter_map(|row| row.note.as_ref())
        .collect();
    notes.dedup();
    for note in notes {
        out += &format!("  {note}\n");
    }
    out
}

fn head(words: [&str; LINES], cells: impl Iterator<Item = String>) -> Vec<String> {
    words.map(str::to_owned).into_iter().chain(cells).collect()
}

/// A label in lines of about the same length, as many as are left for it.
fn wrapped(label: &str) -> [String; LINES - 1] {
    let mut lines: [String; LINES - 1] = Default::default();
    let most = label.len().div_ceil(LINES - 1).max(10);
    let mut line = 0;
    for word in label.split(' ') {
        let fits = lines[line].is_empty() || lines[line].len() + word.len() < most;
        if !fits && line + 1 < lines.len() {
            line += 1;
        }
        if !lines[line].is_empty() {
            lines[line].push(' ');
        }
        lines[line] += word;
    }
    lines
}

/// Where the time of segments went.
fn phases(file: &File) -> String {
    let mut out = String::new();
    for run in &file.runs {
        for device in &run.devices {
            for measurement in &device.measurements {
                let Outcome::Done { phases, .. } = &measurement.outcome else {
                    continue;
                };
                if phases.is_empty() {
                    continue;
                }
                let shown = phases.iter().map(|phase| {
                    let time = phase.time;
                    format!("{} {}", phase.name, time.quantity.show(time.value))
                });
                let shown: Vec<_> = shown.collect();
                out += &format!(
                    "  {}, {} ({}): {}\n",
                    label(file, &run.machine.name, &device.name),
                    measurement.work,
                    phases[0].time.source,
                    shown.join(", ")
                );
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_table_lines_up_and_says_source_and_refusal() {
        let file = File::new(vec![sample::run("one")]);
        let text = text(&file, Prices::default());
        for part in [
            "cuda: not here: no driver",
            "(measured)",
            "(modelled)",
            "(counted)",
            "not done: <2^18> is",
            "Merkle trees",
            "cost a",
        ] {
            assert!(text.contains(part), "`{part}` in\n{text}");
        }
        let lde: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.starts_with("Low-degree"))
            .skip(1)
            .take(LINES)
            .collect();
        let time = lde[LINES - 1].find("(measured)").unwrap() + "(measured)".len();
        let row = text
            .lines()
            .find(|line| line.contains("cpu") && line.contains("2^16 × 64, blow-up"))
            .unwrap();
        let cut: String = row.chars().take(time).collect();
        assert!(cut.ends_with('s'), "a time ends under its heading: `{cut}`");
    }
}
