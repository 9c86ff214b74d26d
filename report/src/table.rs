//! Figures in columns: one quantity of one source each, by construction.

use std::collections::BTreeMap;

use crate::figure::{Figure, Quantity, Source};
use crate::file::File;
use crate::run::{Body, Measurement, Outcome, Prices, cost};
use crate::work::Operation;

/// Devices whose figures are of the same kind: a table each, so that few cells are empty.
pub const GROUPS: [&[Body]; 3] = [
    &[Body::Cpu, Body::Gpu, Body::Card],
    &[Body::Simulated, Body::Emulated],
    &[Body::Modelled],
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heading {
    /// Of all its figures.
    pub quantity: Quantity,
    /// Of all its figures.
    pub source: Source,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The size.
    pub size: String,
    /// The device.
    pub device: String,
    /// Why there are no figures.
    pub reason: Option<String>,
    /// What has to be known to read them.
    pub note: Option<String>,
}

/// A table. A cell has no source of its own: it has that of its column, so that two sources cannot stand in one.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    columns: BTreeMap<Heading, Vec<Option<f64>>>,
}

impl Table {
    /// What devices did of an operation, with what it costs at their prices.
    #[must_use]
    pub fn of(file: &File, operation: Operation, given: Prices) -> Self {
        Self::of_bodies(file, operation, given, |_| true)
    }

    /// The same, of some devices alone.
    #[must_use]
    pub fn of_bodies(
        file: &File,
        operation: Operation,
        given: Prices,
        wanted: impl Fn(Body) -> bool,
    ) -> Self {
        let mut found: Vec<(&Measurement, String, Prices)> = Vec::new();
        for run in &file.runs {
            let prices = Prices {
                hour: given.hour.or(run.prices.hour),
                kwh: given.kwh.or(run.prices.kwh),
            };
            for device in run.devices.iter().filter(|it| wanted(it.body)) {
                let name = label(file, &run.machine.name, &device.name);
                for measurement in &device.measurements {
                    if measurement.work.operation() == operation {
                        found.push((measurement, name.clone(), prices));
                    }
                }
            }
        }
        // Sizes together, devices in their order.
        found.sort_by(|a, b| a.0.work.cmp(&b.0.work));
        let mut table = Self::default();
        for (measurement, device, prices) in found {
            let outcome = &measurement.outcome;
            let mut figures = outcome.figures().to_vec();
            if operation == Operation::Segment {
                figures.extend(cost(outcome, prices));
            }
            let note = match outcome {
                Outcome::Done { note, .. } => note.clone(),
                _ => None,
            };
            let row = Row {
                size: measurement.work.to_string(),
                device,
                reason: outcome.reason().map(str::to_owned),
                note,
            };
            table.push(row, &figures);
        }
        table
    }

    /// Adds a row.
    pub fn push(&mut self, row: Row, figures: &[Figure]) {
        let above = self.rows.len();
        self.rows.push(row);
        for figure in figures {
            let heading = Heading {
                quantity: figure.quantity,
                source: figure.source,
            };
            let column = self
                .columns
                .entry(heading)
                .or_insert_with(|| vec![None; above]);
            column.resize(above, None);
            column.push(Some(figure.value));
        }
        for column in self.columns.values_mut() {
            column.resize(above + 1, None);
        }
    }

    /// What rows are about.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Headings, and a cell for each row.
    pub fn columns(&self) -> impl Iterator<Item = (Heading, &[Option<f64>])> {
        self.columns
            .iter()
            .map(|(&heading, cells)| (heading, &cells[..]))
    }

    /// Without the columns of other quantities.
    #[must_use]
    pub fn only(mut self, quantities: &[Quantity]) -> Self {
        self.columns
            .retain(|heading, _| quantities.contains(&heading.quantity));
        self
    }
}

/// A device's name in a comparison: with its machine's where there are several.
#[must_use]
pub fn label(file: &File, machine: &str, device: &str) -> String {
    let several = file.runs.iter().any(|run| run.machine.name != machine);
    match several {
        true => format!("{device} @ {machine}"),
        false => device.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn measured_and_modelled_times_stand_in_two_columns() {
        let row = |device: &str| Row {
            size: "2^4".to_owned(),
            device: device.to_owned(),
            reason: None,
            note: None,
        };
        let time = |source| Figure::new(Quantity::Time, source, 1.0);
        let mut table = Table::default();
        table.push(row("cpu"), &[time(Source::Measured)]);
        table.push(row("model"), &[time(Source::Modelled)]);
        table.push(row("none"), &[]);
        let columns: Vec<_> = table.columns().collect();
        assert_eq!(columns.len(), 2);
        assert_eq!(columns[0].0.source, Source::Measured);
        assert_eq!(columns[0].1, [Some(1.0), None, None]);
        assert_eq!(columns[1].0.source, Source::Modelled);
        assert_eq!(columns[1].1, [None, Some(1.0), None]);
    }

    #[test]
    fn a_comparison_names_machines_and_keeps_sizes_together() {
        let file = File::new(vec![sample::run("one"), sample::run("two")]);
        let table = Table::of(&file, Operation::Lde, Prices::default());
        let rows: Vec<_> = table
            .rows()
            .iter()
            .map(|row| (&*row.size, &*row.device))
            .collect();
        assert!(
            rows.contains(&("2^16 × 64, blow-up 2", "cpu @ two")),
            "{rows:?}"
        );
        let sizes: Vec<_> = table.rows().iter().map(|row| row.size.clone()).collect();
        let mut apart = sizes.clone();
        apart.dedup();
        apart.sort();
        apart.dedup();
        let mut distinct = sizes;
        distinct.dedup();
        assert_eq!(distinct.len(), apart.len(), "a size stands in one place");
        let refused = table
            .rows()
            .iter()
            .filter(|row| row.reason.is_some())
            .count();
        assert_eq!(refused, 2 * 2);
    }
}
