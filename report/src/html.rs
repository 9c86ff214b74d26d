//! The page: one file that opens anywhere, loads nothing, and needs no script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::figure::{Figure, Source, raised};
use crate::file::File;
use crate::plots;
use crate::run::{Device, Prices, Run};
use crate::table::{GROUPS, Heading, Table, label};
use crate::work::Operation;

const STYLE: &str = include_str!("style.css");

/// The page of all runs.
#[must_use]
pub fn html(file: &File, prices: Prices) -> String {
    let machines: Vec<&str> = {
        let mut names: Vec<&str> = file.runs.iter().map(|run| &*run.machine.name).collect();
        names.dedup();
        names
    };
    let done: Vec<Operation> = Operation::ALL
        .into_iter()
        .filter(|&operation| !Table::of(file, operation, prices).rows().is_empty())
        .collect();
    let debug = file.runs.iter().any(|run| run.build.profile != "release");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content="assay bench";
                title { "Assay bench: " (machines.join(", ")) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    p.eyebrow { "assay bench" }
                    h1 { (headline(file)) }
                    p.lead { "The same inputs on every device, every result compared with the CPU's. " (when(file)) }
                    nav {
                        a href="#machines" { "Machines and devices" }
                        @for operation in &done { a href={ "#" (operation) } { (operation.title()) } }
                        a href="#roofline" { "Roofline" }
                        a href="#method" { "Method" }
                    }
                    div.key {
                        @for source in [Source::Measured, Source::Counted, Source::Modelled] {
                            span { (tag(source)) (meaning(source)) }
                        }
                    }
                    @if debug {
                        p.warn { "A debug build made some of these numbers: they are not worth comparing." }
                    }
                    (highlights(file))
                    (machines_and_devices(file))
                    @for &operation in &done { (section(file, operation, prices)) }
                    (rooflines(file))
                    (method(file))
                    footer { "Made by assay " (file.runs.first().map_or("", |run| &run.build.version)) ". This page loads nothing from anywhere." }
                }
            }
        }
    };
    page.into_string()
}

fn headline(file: &File) -> String {
    let mut names: Vec<String> = Vec::new();
    for device in file.runs.iter().flat_map(|run| &run.devices) {
        if device.missing.is_none() && !names.contains(&device.name) {
            names.push(device.name.clone());
        }
    }
    match &names[..] {
        [] => "No device".to_owned(),
        [only] => format!("What {only} does"),
        [all @ .., last] => format!("{} and {last}, side by side", all.join(", ")),
    }
}

fn when(file: &File) -> String {
    let runs = file.runs.iter().map(|run| {
        let day = run.began.split('T').next().unwrap_or(&run.began);
        format!("{}, {day}", run.machine.name)
    });
    format!("Run: {}.", runs.collect::<Vec<_>>().join("; "))
}

fn tag(source: Source) -> Markup {
    html! { span class={ "tag " (source) } { (source) } }
}

const fn meaning(source: Source) -> &'static str {
    match source {
        Source::Counted => "exact: of sizes, or clock cycles of the RTL in simulation",
        Source::Measured => "with a clock or a meter, on that device",
        Source::Modelled => "from an assumed clock, data sheets or formulas; no device did it",
    }
}

/// A cell of a figure: its unit, source and label go with it.
fn cell(heading: Heading, value: Option<f64>) -> Markup {
    let Heading { quantity, source } = heading;
    html! {
        @match value {
            Some(value) => td class={ "figure " (source) } data-label=(quantity.label()) data-unit=(quantity.unit()) data-source=(source) {
                (quantity.show_short(value))
            },
            None => td.none { "–" },
        }
    }
}

/// The same, outside a table.
fn tile(figure: &Figure, what: &str) -> Markup {
    let Figure {
        quantity,
        source,
        value,
    } = *figure;
    html! {
        div class={ "tile figure " (source) } data-label=(quantity.label()) data-unit=(quantity.unit()) data-source=(source) {
            b { (quantity.show_short(value)) }
            span { (what) }
            span { (tag(source)) }
        }
    }
}

/// The largest size of each operation, for devices whose time counts.
fn highlights(file: &File) -> Markup {
    html! {
        @for run in &file.runs {
            @for device in run.devices.iter().filter(|it| it.body.is_timed() && !it.measurements.is_empty()) {
                p.owner { (label(file, &run.machine.name, &device.name)) }
                div.tiles {
                    @for operation in Operation::ALL {
                        @let measurements = device.measurements.iter().filter(|it| it.work.operation() == operation && it.outcome.reason().is_none());
                        @if let Some(measurement) = measurements.max_by_key(|it| it.work.elements()) {
                            @if let Some(rate) = measurement.outcome.figure(operation.rate()) {
                                (tile(&rate, &format!("{}, {}: {}", operation.title(), raised(&measurement.work.to_string()), operation.rate().label())))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn machines_and_devices(file: &File) -> Markup {
    html! {
        h2 #machines { "Machines and devices" }
        div.grid {
            @for run in &file.runs { (machine(run, file.runs.len() == 1)) }
        }
        div.grid {
            @for run in &file.runs {
                @for device in &run.devices { (device_card(file, run, device)) }
            }
        }
    }
}

fn machine(run: &Run, alone: bool) -> Markup {
    let (machine, build) = (&run.machine, &run.build);
    let gibibytes = machine.memory_bytes as f64 / f64::from(1 << 30);
    let other = match run.load {
        Some(load) => format!("load {load} in the minute before"),
        None => "load not told".to_owned(),
    };
    html! {
        section.card.wide[alone] {
            h3 { (machine.name) }
            dl {
                dt { "processor" } dd { (machine.processor) ", " (machine.cores) " cores used" }
                dt { "memory" } dd { (format!("{gibibytes:.1}")) " GiB" }
                dt { "system" } dd { (machine.system) }
                dt { "began" } dd { (run.began) ", " (other) }
                dt { "program" } dd { "assay " (build.version) ", " (build.profile) " build of " (build.revision) ", contract " (build.contract_hash) }
                dt { "compiler" } dd { (build.rustc) " " code { (build.rustflags) } }
                dt { "command" } dd { code { (run.command) } }
                dt { "inputs" } dd { "seed " (run.seed) ", at least " (run.repeat) " repeats" }
                @if let Some(hour) = run.prices.hour { dt { "price" } dd { (hour) " an hour (given)" } }
                @if let Some(kwh) = run.prices.kwh { dt { "electricity" } dd { (kwh) " a kWh (given)" } }
            }
        }
    }
}

fn device_card(file: &File, run: &Run, device: &Device) -> Markup {
    html! {
        section.card {
            h3 { (label(file, &run.machine.name, &device.name)) }
            @if let Some(missing) = &device.missing {
                p { "Not here: " (missing) }
            } @else {
                p { @if device.title != device.name { (device.title) ". " } (device.body.about()) }
                @if !device.peaks.is_empty() {
                    dl {
                        @for peak in &device.peaks {
                            dt { (peak.quantity.label()) }
                            dd.figure data-label=(peak.quantity.label()) data-unit=(peak.quantity.unit()) data-source=(peak.source) {
                                (peak.quantity.show(peak.value)) " " (tag(peak.source))
                            }
                        }
                        dt { "found by" } dd { (device.peaks_method) }
                    }
                } @else if !device.peaks_method.is_empty() {
                    p { "Ceilings: " (device.peaks_method) }
                }
                @if let Some(parts) = &device.selftest {
                    @let cases: u64 = parts.iter().map(|part| part.cases).sum();
                    @let refused: u64 = parts.iter().map(|part| part.refused).sum();
                    details {
                        summary { "Conformance suite passed: " (cases) " cases as on the CPU, " (refused) " refused as announced" }
                        dl {
                            @for part in parts { dt { (part.name) } dd { (part.cases) " cases, " (part.refused) " refused" } }
                        }
                    }
                }
            }
        }
    }
}

fn section(file: &File, operation: Operation, prices: Prices) -> Markup {
    let tables = GROUPS
        .iter()
        .map(|bodies| Table::of_bodies(file, operation, prices, |body| bodies.contains(&body)));
    html! {
        h2 #(operation) { (operation.title()) }
        p.what { (operation.what()) }
        div.grid {
            @for plot in plots::of_operation(file, operation) {
                figure.card.wide[plot.wide] {
                    header { h3 { (plot.title) } (tag(plot.source)) }
                    p { (plot.about) }
                    div.plot { (plot.svg) }
                }
            }
        }
        @for all in tables {
            @if !all.rows().is_empty() { (table(&all)) }
        }
    }
}

fn table(table: &Table) -> Markup {
    let columns: Vec<_> = table.columns().collect();
    let mut notes: Vec<&String> = table
        .rows()
        .iter()
        .filter_map(|row| row.note.as_ref())
        .collect();
    notes.dedup();
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "size" }
                        th { "device" }
                        @for (heading, _) in &columns {
                            th {
                                (heading.quantity.label())
                                small { (heading.quantity.unit()) }
                                (tag(heading.source))
                            }
                        }
                    }
                }
                tbody {
                    @for (at, row) in table.rows().iter().enumerate() {
                        @let first = at == 0 || table.rows()[at - 1].size != row.size;
                        tr.first[first] {
                            th { @if first { (raised(&row.size)) } }
                            th { (row.device) }
                            @match &row.reason {
                                Some(reason) => td.reason colspan=(columns.len().max(1)) { "not done: " (raised(reason)) },
                                None => @for (heading, cells) in &columns { (cell(*heading, cells[at])) },
                            }
                        }
                    }
                }
            }
        }
        @for note in notes { p.note { (note) } }
    }
}

fn rooflines(file: &File) -> Markup {
    let plots = plots::rooflines(file);
    html! {
        h2 #roofline { "Roofline" }
        p.what {
            "How far work is from what the device could do. To the left of the corner the memory bounds, to the right the multipliers. A point above the slope was served by caches. \
             Reductions, linear layers and index arithmetic are no multiplications, so that nothing reaches the roof on the right."
        }
        @if plots.is_empty() { p.note { "No device here says what it reaches at best." } }
        div.grid {
            @for plot in plots {
                figure.card.wide[plot.wide] {
                    header { h3 { (plot.title) } (tag(plot.source)) }
                    p { (plot.about) }
                    div.plot { (plot.svg) }
                }
            }
        }
    }
}

fn method(file: &File) -> Markup {
    let repeats: Vec<String> = file.runs.iter().map(|run| run.repeat.to_string()).collect();
    html! {
        h2 #method { "Method" }
        p.what {
            "Work is done once for warmth and for the check, then at least " (repeats.join(" or ")) " times; the time is the median. \
             NTT, extension, Poseidon2 and Merkle tree begin with data on the device and end there; commitment and proof begin and end on the host, transfers included. \
             Least bytes are those of the input once and of every result once. Multiplications are those of field elements: N/2 · log N for a transform of N points, 296 for a permutation of KoalaBear. \
             A figure that follows from two others is as weak as the weaker. Costs follow from the prices given and from measured time and energy; where nobody told the energy, none is assumed."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn page() -> String {
        let file = File::new(vec![sample::run("one"), sample::run("two")]);
        html(&file, Prices::default())
    }

    /// What stands between two texts, wherever it does.
    fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
        let parts = text.split(from).skip(1);
        parts
            .map(|part| part.split(to).next().unwrap_or(part))
            .collect()
    }

    fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
        let from = format!("{name}=\"");
        let Some((_, rest)) = element.split_once(&from) else {
            panic!("no {name} in <{element}>");
        };
        rest.split('"').next().unwrap_or_default()
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let page = page();
        for loads in [
            "http:", "https:", "//", "src=", "url(", "@import", "<link", "<script", "<img",
            "<iframe", "data:",
        ] {
            assert!(!page.contains(loads), "{loads}");
        }
        for target in between(&page, "href=\"", "\"") {
            let id = target
                .strip_prefix('#')
                .unwrap_or_else(|| panic!("{target} is elsewhere"));
            assert!(
                page.contains(&format!("id=\"{id}\"")),
                "{target} leads nowhere"
            );
        }
    }

    #[test]
    fn every_figure_has_a_unit_a_source_and_a_label() {
        let page = page();
        let mut figures = 0;
        for element in between(&page, "<", ">")
            .into_iter()
            .filter(|it| it.contains("class=\"figure") || it.contains("tile figure"))
        {
            figures += 1;
            let (label, unit) = (
                attribute(element, "data-label"),
                attribute(element, "data-unit"),
            );
            assert!(!label.is_empty() && !unit.is_empty(), "<{element}>");
            let source = attribute(element, "data-source");
            assert!(
                Source::ALL.iter().any(|it| it.name() == source),
                "<{element}>"
            );
        }
        assert!(figures > 200, "{figures}");
        for cell in between(&page, "<td", ">") {
            let known = ["class=\"figure", "class=\"none", "class=\"reason"];
            assert!(
                known.iter().any(|class| cell.contains(class)),
                "<td{cell}> has a number that nobody vouches for"
            );
        }
    }

    #[test]
    fn no_column_has_figures_of_two_sources() {
        let page = page();
        let mut checked = 0;
        for table in between(&page, "<table>", "</table>") {
            let (head, body) = table.split_once("</thead>").expect("a head");
            // The first two are size and device.
            let sources: Vec<&str> = between(head, "class=\"tag ", "\"");
            for row in between(body, "<tr", "</tr>") {
                for (cell, source) in between(row, "<td", ">").into_iter().zip(&sources) {
                    if cell.contains("figure") {
                        assert_eq!(attribute(cell, "data-source"), *source, "<td{cell}>");
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked > 150, "{checked}");
    }

    #[test]
    fn what_people_wrote_is_text() {
        let page = page();
        assert!(!page.contains("<processor>") && page.contains("&lt;processor&gt;"));
        assert!(page.contains("&lt;2¹⁸&gt; is"));
    }

    #[test]
    fn every_plot_is_of_one_source_and_has_only_numbers() {
        let page = page();
        let plots = between(&page, "<svg", "</svg>");
        assert!(plots.len() > 10, "{}", plots.len());
        for plot in plots {
            assert!(!plot.contains("NaN") && !plot.contains("inf"), "{plot}");
            let kinds = Source::ALL.iter().filter(|source| {
                ["bar c", "line c"].iter().any(|mark| {
                    let from = format!("class=\"{mark}");
                    between(plot, &from, "\"")
                        .iter()
                        .any(|it| it.ends_with(source.name()))
                })
            });
            assert!(kinds.count() <= 1, "{plot}");
        }
    }

    #[test]
    fn a_run_of_nothing_is_a_page_too() {
        let mut run = sample::run("one");
        run.devices.truncate(1);
        run.devices[0].measurements.clear();
        run.devices[0].peaks.clear();
        let page = html(&File::new(vec![run]), Prices::default());
        assert!(page.contains("What cpu does"));
        assert!(html(&File::new(Vec::new()), Prices::default()).contains("No device"));
    }
}
