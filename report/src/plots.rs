//! Which plots there are: each of one quantity and one source.

use maud::Markup;

use crate::figure::{Quantity, Source, raised};
use crate::file::File;
use crate::run::{Device, Outcome};
use crate::svg::{Bar, Dot, Line, Roof, Stack, bars, lines, roofline, stacks};
use crate::table::label;
use crate::work::Operation;

/// A plot with what stands above it.
pub struct Plot {
    pub title: String,
    pub about: String,
    /// Of everything in it.
    pub source: Source,
    pub svg: Markup,
    /// Has a row for itself.
    pub wide: bool,
}

/// All devices, with their names and their colours.
fn devices(file: &File) -> Vec<(usize, String, &Device)> {
    let all = file.runs.iter().flat_map(|run| {
        let devices = run.devices.iter();
        devices.map(|device| (label(file, &run.machine.name, &device.name), device))
    });
    let all = all.filter(|(_, device)| device.missing.is_none());
    all.enumerate()
        .map(|(i, (name, device))| (i, name, device))
        .collect()
}

/// The plots of an operation: a rate by size, of each source that has one; of proofs also the phases.
pub fn of_operation(file: &File, operation: Operation) -> Vec<Plot> {
    let mut plots = Vec::new();
    if operation == Operation::Segment {
        plots.extend(phases(file));
    }
    for source in [Source::Measured, Source::Modelled] {
        plots.extend(largest(file, operation, operation.rate(), source));
        plots.extend(scaling(file, operation, operation.rate(), source));
    }
    for source in [Source::Counted, Source::Modelled] {
        // A model's cycles say no more than its time.
        let is_model = |device: &Device| {
            device
                .measurements
                .iter()
                .any(|it| it.outcome.figure(Quantity::Time).is_some())
        };
        let each = match operation {
            Operation::Poseidon2 => Quantity::PermutationsPerCycle,
            _ => Quantity::ElementsPerCycle,
        };
        let cycles = scaling_of(file, operation, each, source, |device| !is_model(device));
        plots.extend(cycles);
    }
    plots
}

/// Bars of the largest size that at least two devices did, or one.
fn largest(file: &File, operation: Operation, quantity: Quantity, source: Source) -> Option<Plot> {
    let mut found: Vec<(crate::work::Work, Bar)> = Vec::new();
    for (series, name, device) in devices(file) {
        for measurement in &device.measurements {
            let figure = measurement.outcome.figure(quantity);
            let figure = figure.filter(|figure| figure.source == source);
            if let Some(figure) = figure.filter(|_| measurement.work.operation() == operation) {
                let bar = Bar {
                    name: name.clone(),
                    series,
                    figure,
                };
                found.push((measurement.work.clone(), bar));
            }
        }
    }
    let count = |work: &crate::work::Work| found.iter().filter(|(it, _)| it == work).count();
    let best = found
        .iter()
        .map(|(work, _)| (count(work), work.elements(), work))
        .max()?;
    let (_, _, work) = best;
    let work = work.clone();
    let chosen: Vec<Bar> = found
        .into_iter()
        .filter(|(it, _)| *it == work)
        .map(|(_, bar)| bar)
        .collect();
    // One alone is compared with nothing, and its line has the number too.
    if chosen.len() < 2 {
        return None;
    }
    let title = capitalised(quantity.label());
    Some(Plot {
        about: format!("{}, {}", operation.title(), raised(&work.to_string())),
        svg: bars(&format!("{title}, {work}, {source}"), &chosen),
        title,
        source,
        wide: false,
    })
}

fn scaling(file: &File, operation: Operation, quantity: Quantity, source: Source) -> Option<Plot> {
    scaling_of(file, operation, quantity, source, |_| true)
}

/// Lines over the number of elements; none where no device did two sizes.
fn scaling_of(
    file: &File,
    operation: Operation,
    quantity: Quantity,
    source: Source,
    wanted: impl Fn(&Device) -> bool,
) -> Option<Plot> {
    let mut found = Vec::new();
    for (series, name, device) in devices(file)
        .into_iter()
        .filter(|(.., device)| wanted(device))
    {
        let of = device
            .measurements
            .iter()
            .filter(|it| it.work.operation() == operation);
        let points = of.filter_map(|it| {
            let figure = it.outcome.figure(quantity)?;
            let point = (
                it.work.elements() as f64,
                figure.value,
                raised(&it.work.to_string()),
            );
            (figure.source == source && figure.value > 0.0).then_some(point)
        });
        let mut points: Vec<_> = points.collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !points.is_empty() {
            found.push(Line {
                name,
                series,
                points,
            });
        }
    }
    found.iter().any(|line| line.points.len() > 1).then(|| {
        let across = match operation {
            Operation::Poseidon2 => "permutations",
            Operation::Segment => "guest cycles",
            _ => "elements",
        };
        let title = format!("{} by size", capitalised(quantity.label()));
        Plot {
            about: format!("{}, both axes logarithmic", operation.title()),
            svg: lines(
                &format!("{title}, {source}"),
                across,
                quantity,
                source,
                &found,
            ),
            title,
            source,
            wide: false,
        }
    })
}

/// Where the time of proofs goes.
fn phases(file: &File) -> Vec<Plot> {
    let mut plots: Vec<(String, Source, Vec<Stack>)> = Vec::new();
    for (_, name, device) in devices(file) {
        for measurement in &device.measurements {
            let Outcome::Done { phases, .. } = &measurement.outcome else {
                continue;
            };
            let Some(first) = phases.first() else {
                continue;
            };
            let (size, source) = (raised(&measurement.work.to_string()), first.time.source);
            let parts = phases.iter().filter(|phase| phase.time.source == source);
            let stack = Stack {
                name: name.clone(),
                parts: parts
                    .map(|phase| (phase.name.clone(), phase.time.value))
                    .collect(),
            };
            match plots.iter_mut().find(|it| it.0 == size && it.1 == source) {
                Some((.., stacks)) => stacks.push(stack),
                None => plots.push((size, source, vec![stack])),
            }
        }
    }
    let plot = |(size, source, all): (String, Source, Vec<Stack>)| Plot {
        title: "Time by phase".to_owned(),
        about: format!("Segment proof, {size}"),
        source,
        svg: stacks(&format!("time by phase, {size}, {source}"), source, &all),
        wide: true,
    };
    plots.into_iter().map(plot).collect()
}

/// A roofline for each device that says what it reaches at best.
pub fn rooflines(file: &File) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (_, name, device) in devices(file) {
        let copy = device.peak(Quantity::CopyPeak);
        let multiplications = device.peak(Quantity::MultiplicationPeak);
        let Some((copy, multiplications)) = copy.zip(multiplications) else {
            continue;
        };
        let source = copy.source.and(multiplications.source);
        let roof = Roof {
            copy: copy.value,
            multiplications: multiplications.value,
            source,
        };
        let dots = device.measurements.iter().filter_map(|it| {
            let rate = it.outcome.figure(Quantity::MultiplicationRate)?;
            let (bytes, count) = (it.work.bytes()?, it.work.multiplications()?);
            let operation = it.work.operation();
            (rate.source == source).then(|| Dot {
                name: operation
                    .title()
                    .split(' ')
                    .next_back()
                    .unwrap_or_default()
                    .to_owned(),
                size: raised(&it.work.to_string()),
                series: operation as usize,
                intensity: count as f64 / bytes as f64,
                rate: rate.value,
                source,
            })
        });
        let mut dots: Vec<Dot> = dots.collect();
        for dot in &mut dots {
            dot.name = capitalised(&dot.name);
        }
        plots.push(Plot {
            svg: roofline(&format!("roofline of {name}, {source}"), &roof, &dots),
            title: name,
            about: device.peaks_method.clone(),
            source,
            wide: false,
        });
    }
    plots
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
