//! Plots as SVG: bars, lines over size, rooflines, phases. Colours are classes that the page's style gives them; every mark says its number.

mod axis;
mod bars;
mod lines;
mod roofline;
mod stack;

pub use bars::{Bar, bars};
pub use lines::{Line, lines};
pub use roofline::{Dot, Roof, roofline};
pub use stack::{Stack, stacks};

/// Width of a plot in units of its own; the page shows them about as large as its own letters.
const WIDTH: f64 = 540.0;
/// Width of a letter, about.
const LETTER: f64 = 7.0;

/// Room for the longest of these names, within bounds.
fn room<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
    (LETTER * longest as f64 + 22.0).clamp(64.0, 190.0)
}

/// The class of a series' colour.
fn colour(series: usize) -> String {
    // As many as the style has.
    format!("c{}", series % 8)
}

/// A coordinate, short.
fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}
