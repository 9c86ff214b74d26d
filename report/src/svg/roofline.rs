//! A roofline: multiplications a second over multiplications a byte.

use maud::{Markup, html};

use super::axis::{Log, tick};
use super::{WIDTH, at, colour};
use crate::figure::{Quantity, Source};

/// The ceilings of a device.
pub struct Roof {
    /// Copy bandwidth, bytes a second.
    pub copy: f64,
    /// Multiplications a second.
    pub multiplications: f64,
    /// Of both.
    pub source: Source,
}

/// A piece of work under the roof.
pub struct Dot {
    /// Which work: it has its shape and colour, and its name in the legend.
    pub name: String,
    /// Which size.
    pub size: String,
    /// Its colour.
    pub series: usize,
    /// Multiplications a byte.
    pub intensity: f64,
    /// Multiplications a second.
    pub rate: f64,
    /// Of the rate.
    pub source: Source,
}

const HEIGHT: f64 = 330.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 118.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;

/// A roof and what is under it; `what` is read aloud.
pub fn roofline(what: &str, roof: &Roof, dots: &[Dot]) -> Markup {
    let ridge = roof.multiplications / roof.copy;
    let reach = dots.iter().map(|dot| dot.intensity);
    let x = Log::new(reach.chain([ridge / 3.0, ridge * 3.0]), LEFT, WIDTH - RIGHT);
    let (least, most) = x.ends();
    let under = |intensity: f64| (intensity * roof.copy).min(roof.multiplications);
    let rates = dots.iter().map(|dot| dot.rate);
    let y = Log::new(
        rates.chain([roof.multiplications, under(least)]),
        HEIGHT - BOTTOM,
        TOP,
    );
    let corner = (x.at(ridge), y.at(roof.multiplications));
    let outline = [
        (x.at(least), y.at(under(least))),
        corner,
        (x.at(most), y.at(under(most))),
    ];
    let outline: Vec<_> = outline
        .iter()
        .map(|(x, y)| format!("{},{}", at(*x), at(*y)))
        .collect();
    let outline = outline.join(" ");
    let floor = at(HEIGHT - BOTTOM);
    let slope = (
        outline_angle(x.at(least), y.at(under(least)), corner),
        f64::midpoint(x.at(least), corner.0),
    );
    let (bandwidth, rate) = (
        Quantity::CopyPeak.show_short(roof.copy),
        Quantity::MultiplicationPeak.show_short(roof.multiplications),
    );
    let mut series: Vec<(usize, &str)> = dots.iter().map(|dot| (dot.series, &*dot.name)).collect();
    series.sort_unstable();
    series.dedup();
    html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(HEIGHT)) } role="img" aria-label=(what) {
            polygon.roof points={ (at(x.at(least))) "," (floor) " " (outline) " " (at(x.at(most))) "," (floor) } {}
            @for value in y.ticks() {
                line.grid x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y.at(value))) y2=(at(y.at(value))) {}
                text.tick x=(at(LEFT - 9.0)) y=(at(y.at(value) + 4.0)) text-anchor="end" { (tick(Quantity::MultiplicationRate, value)) }
            }
            @for value in x.ticks() {
                line.grid x1=(at(x.at(value))) x2=(at(x.at(value))) y1=(at(TOP)) y2=(floor) {}
                text.tick x=(at(x.at(value))) y=(at(HEIGHT - BOTTOM + 18.0)) text-anchor="middle" { (value) }
            }
            text.label x=(at(f64::midpoint(LEFT, WIDTH - RIGHT))) y=(at(HEIGHT - 6.0)) text-anchor="middle" { "field multiplications a byte (least bytes)" }
            polyline class={ "ceiling " (roof.source) } points=(outline) {}
            text.ceil-name x=(at(slope.1)) y=(at(y.at(under(least)).midpoint(corner.1) - 9.0)) text-anchor="middle"
                transform={ "rotate(" (at(slope.0)) " " (at(slope.1)) " " (at(y.at(under(least)).midpoint(corner.1))) ")" } {
                "copy " (bandwidth)
            }
            text.ceil-name x=(at(x.at(most) - 6.0)) y=(at(corner.1 - 8.0)) text-anchor="end" { "multiply " (rate) }
            @for dot in dots {
                circle class={ "dot " (colour(dot.series)) } cx=(at(x.at(dot.intensity))) cy=(at(y.at(dot.rate))) r="5" {
                    title {
                        (dot.name) ", " (dot.size) ": " (Quantity::MultiplicationRate.show(dot.rate)) ", " (dot.source) "; "
                        (Quantity::MultiplicationShare.show(dot.rate / under(dot.intensity))) " of the roof"
                    }
                }
            }
            @for (i, (series, name)) in series.iter().enumerate() {
                @let line = TOP + 14.0 + 22.0 * i as f64;
                circle class={ "dot " (colour(*series)) } cx=(at(WIDTH - RIGHT + 20.0)) cy=(at(line)) r="5" {}
                text.name x=(at(WIDTH - RIGHT + 32.0)) y=(at(line + 4.0)) { (name) }
            }
        }
    }
}

/// The slope's angle in degrees, as SVG turns.
fn outline_angle(x: f64, y: f64, corner: (f64, f64)) -> f64 {
    (corner.1 - y).atan2(corner.0 - x).to_degrees()
}
