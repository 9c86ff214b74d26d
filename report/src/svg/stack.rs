//! Times in phases: a bar a device, a piece a phase.

use maud::{Markup, html};

use super::axis::{Linear, tick};
use super::{at, colour, room};
use crate::figure::{Quantity, Source};

/// A bar.
pub struct Stack {
    /// To its left.
    pub name: String,
    /// Seconds of each phase.
    pub parts: Vec<(String, f64)>,
}

const STEP: f64 = 46.0;
const BAR: f64 = 28.0;
/// The plot has a row of the page for itself.
const WIDTH: f64 = 1080.0;
const RIGHT: f64 = 84.0;
const LEGEND: f64 = 34.0;
/// A piece that is narrower has no number in it.
const ROOM: f64 = 56.0;

/// Bars of times of one source; `what` is read aloud.
pub fn stacks(what: &str, source: Source, stacks: &[Stack]) -> Markup {
    let total = |stack: &Stack| stack.parts.iter().map(|(_, seconds)| seconds).sum::<f64>();
    let left = room(stacks.iter().map(|stack| &*stack.name));
    let scale = Linear::new(
        stacks.iter().map(total).fold(0.0, f64::max),
        left,
        WIDTH - RIGHT,
    );
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in stacks.iter().flat_map(|stack| &stack.parts) {
        if !names.contains(&&**name) {
            names.push(name);
        }
    }
    let series = |name: &str| names.iter().position(|it| *it == name).unwrap_or(0);
    let bottom = LEGEND + STEP * stacks.len() as f64;
    let height = bottom + 26.0;
    html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(height)) } role="img" aria-label=(what) {
            @for (i, (name, place)) in names.iter().zip(legend(&names)).enumerate() {
                rect class={ "bar " (colour(i)) } x=(at(place)) y="6" width="11" height="11" rx="2" {}
                text.name x=(at(place + 17.0)) y="16" { (name) }
            }
            @for value in scale.ticks() {
                line.grid x1=(at(scale.at(value))) x2=(at(scale.at(value))) y1=(at(LEGEND)) y2=(at(bottom)) {}
                text.tick x=(at(scale.at(value))) y=(at(bottom + 17.0)) text-anchor="middle" { (tick(Quantity::Time, value)) }
            }
            @for (i, stack) in stacks.iter().enumerate() {
                @let y = LEGEND + STEP * i as f64 + (STEP - BAR) / 2.0;
                text.name x=(at(left - 12.0)) y=(at(y + 18.5)) text-anchor="end" { (stack.name) }
                @for (name, start, seconds) in pieces(stack) {
                    @let (from, to) = (scale.at(start), scale.at(start + seconds));
                    rect class={ "bar piece " (colour(series(name))) " " (source) } x=(at(from)) y=(at(y)) width=(at(to - from)) height=(at(BAR)) {
                        title { (stack.name) ", " (name) ": " (Quantity::Time.show(seconds)) ", " (source) }
                    }
                    @if to - from > ROOM {
                        text.inside x=(at(f64::midpoint(from, to))) y=(at(y + 18.5)) text-anchor="middle" { (Quantity::Time.show(seconds)) }
                    }
                }
                text.value x=(at(scale.at(total(stack)) + 8.0)) y=(at(y + 18.5)) { (Quantity::Time.show(total(stack))) }
            }
            line.axis x1=(at(left)) x2=(at(left)) y1=(at(LEGEND)) y2=(at(bottom)) {}
        }
    }
}

/// Where the legend's entries begin: letters are about seven units wide.
fn legend(names: &[&str]) -> Vec<f64> {
    let mut next = 8.0;
    let places = names.iter().map(|name| {
        let here = next;
        next += 38.0 + 6.4 * name.chars().count() as f64;
        here
    });
    places.collect()
}

/// Names, starts and lengths.
fn pieces(stack: &Stack) -> Vec<(&str, f64, f64)> {
    let mut start = 0.0;
    let pieces = stack.parts.iter().map(|(name, seconds)| {
        let here = start;
        start += seconds;
        (&**name, here, *seconds)
    });
    pieces.collect()
}
