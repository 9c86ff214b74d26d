//! Bars, one below the other.

use maud::{Markup, html};

use super::axis::{Linear, tick};
use super::{WIDTH, at, colour, room};
use crate::figure::Figure;

/// A bar.
pub struct Bar {
    /// To its left.
    pub name: String,
    /// Its colour.
    pub series: usize,
    /// Its length.
    pub figure: Figure,
}

/// Height of a bar with the space around it.
const STEP: f64 = 34.0;
const BAR: f64 = 20.0;
const RIGHT: f64 = 84.0;
const TOP: f64 = 6.0;

/// Bars of one quantity and one source; `what` is read aloud.
pub fn bars(what: &str, bars: &[Bar]) -> Markup {
    let Some(first) = bars.first() else {
        return html! {};
    };
    let most = bars.iter().map(|bar| bar.figure.value).fold(0.0, f64::max);
    let left = room(bars.iter().map(|bar| &*bar.name));
    let scale = Linear::new(most, left, WIDTH - RIGHT);
    let bottom = TOP + STEP * bars.len() as f64;
    let height = bottom + 24.0;
    html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(height)) } role="img" aria-label=(what) {
            @for value in scale.ticks() {
                line.grid x1=(at(scale.at(value))) x2=(at(scale.at(value))) y1=(at(TOP)) y2=(at(bottom)) {}
                text.tick x=(at(scale.at(value))) y=(at(bottom + 17.0)) text-anchor="middle" {
                    (tick(first.figure.quantity, value))
                }
            }
            @for (i, bar) in bars.iter().enumerate() {
                @let y = TOP + STEP * i as f64 + (STEP - BAR) / 2.0;
                @let end = scale.at(bar.figure.value).max(left + 1.5);
                @let shown = bar.figure.quantity.show(bar.figure.value);
                text.name x=(at(left - 12.0)) y=(at(y + 14.5)) text-anchor="end" { (bar.name) }
                rect class={ "bar " (colour(bar.series)) " " (bar.figure.source) } x=(at(left)) y=(at(y)) width=(at(end - left)) height=(at(BAR)) rx="3" {
                    title { (bar.name) ": " (shown) ", " (bar.figure.source) }
                }
                text.value x=(at(end + 8.0)) y=(at(y + 14.5)) { (bar.figure.quantity.show_short(bar.figure.value)) }
            }
            line.axis x1=(at(left)) x2=(at(left)) y1=(at(TOP)) y2=(at(bottom)) {}
        }
    }
}
