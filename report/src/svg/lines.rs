//! Lines over size, both axes logarithmic.

use maud::{Markup, html};

use super::axis::{Log, tick};
use super::{WIDTH, at, colour, room};
use crate::figure::{Quantity, Source};

/// A line, and what it is called at its end.
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub series: usize,
    /// Elements, value, and what the point is.
    pub points: Vec<(f64, f64, String)>,
}

const HEIGHT: f64 = 280.0;
const LEFT: f64 = 74.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;
/// Names at the ends of lines keep this distance.
const APART: f64 = 15.0;

/// Lines of one quantity and one source; `what` is read aloud, `across` names the horizontal axis.
pub fn lines(
    what: &str,
    across: &str,
    quantity: Quantity,
    source: Source,
    lines: &[Line],
) -> Markup {
    let points = || lines.iter().flat_map(|line| &line.points);
    let right = WIDTH - room(lines.iter().map(|line| &*line.name));
    let x = Log::new(points().map(|it| it.0), LEFT, right);
    let y = Log::new(points().map(|it| it.1), HEIGHT - BOTTOM, TOP);
    let names = names(lines, &y);
    html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(HEIGHT)) } role="img" aria-label=(what) {
            @for value in y.ticks() {
                line.grid x1=(at(LEFT)) x2=(at(right)) y1=(at(y.at(value))) y2=(at(y.at(value))) {}
                text.tick x=(at(LEFT - 9.0)) y=(at(y.at(value) + 4.0)) text-anchor="end" { (tick(quantity, value)) }
            }
            @for value in x.ticks() {
                line.grid x1=(at(x.at(value))) x2=(at(x.at(value))) y1=(at(TOP)) y2=(at(HEIGHT - BOTTOM)) {}
                text.tick x=(at(x.at(value))) y=(at(HEIGHT - BOTTOM + 18.0)) text-anchor="middle" { (power(value)) }
            }
            text.label x=(at(f64::midpoint(LEFT, right))) y=(at(HEIGHT - 6.0)) text-anchor="middle" { (across) }
            @for (line, name) in lines.iter().zip(names) {
                @let path = line.points.iter().map(|(elements, value, _)| format!("{},{}", at(x.at(*elements)), at(y.at(*value))));
                polyline class={ "line " (colour(line.series)) " " (source) } points=(path.collect::<Vec<_>>().join(" ")) {}
                @for (elements, value, size) in &line.points {
                    circle class={ "dot " (colour(line.series)) } cx=(at(x.at(*elements))) cy=(at(y.at(*value))) r="4" {
                        title { (line.name) ", " (size) ": " (quantity.show(*value)) ", " (source) }
                    }
                }
                @if let Some((last, ..)) = line.points.last() {
                    text class={ "name end " (colour(line.series)) } x=(at(x.at(*last) + 10.0)) y=(at(name + 4.0)) { (line.name) }
                }
            }
            line.axis x1=(at(LEFT)) x2=(at(right)) y1=(at(HEIGHT - BOTTOM)) y2=(at(HEIGHT - BOTTOM)) {}
        }
    }
}

/// Where the names stand: at the lines' ends, moved down where two would touch.
fn names(lines: &[Line], y: &Log) -> Vec<f64> {
    let ends = lines
        .iter()
        .map(|line| line.points.last().map_or(0.0, |it| y.at(it.1)));
    let mut places: Vec<(usize, f64)> = ends.enumerate().collect();
    places.sort_by(|a, b| a.1.total_cmp(&b.1));
    for i in 1..places.len() {
        places[i].1 = places[i].1.max(places[i - 1].1 + APART);
    }
    places.sort_by_key(|(line, _)| *line);
    places.into_iter().map(|(_, place)| place).collect()
}

/// A tick of a number of elements.
pub fn power(value: f64) -> String {
    let log = value.log10().floor();
    let first = value / 10_f64.powf(log);
    match value {
        small if small < 1000.0 => format!("{small}"),
        _ => crate::figure::prefixed(first * 10_f64.powf(log), "")
            .replace(".00", "")
            .replace(".0 ", " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_the_ends_of_lines_do_not_touch() {
        let line = |value: f64| Line {
            name: "a".to_owned(),
            series: 0,
            points: vec![(1.0, value, String::new())],
        };
        let lines = [line(10.0), line(10.1), line(1000.0)];
        let scale = Log::new([1.0, 1000.0].into_iter(), 250.0, 10.0);
        let mut names = names(&lines, &scale);
        names.sort_by(f64::total_cmp);
        assert!(
            names.windows(2).all(|it| it[1] - it[0] >= APART),
            "{names:?}"
        );
    }
}
