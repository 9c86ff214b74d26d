//! A number with what it is, its unit, and where it is from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a number is from. Numbers of different sources never stand in one column ([`Table`](crate::Table)) nor on one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Exact: of the sizes by formula, or clock cycles of the RTL in simulation.
    Counted,
    /// With a clock or a meter, on the device that it is told of.
    Measured,
    /// Made of a clock that is assumed, of data sheets, or of formulas. No device took this time.
    Modelled,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Counted, Self::Measured, Self::Modelled];

    /// How tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Measured => "measured",
            Self::Modelled => "modelled",
        }
    }

    /// The source of what is made of two numbers: as weak as the weaker.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// With a prefix before the unit: 12.3 GB/s.
    Prefixed,
    /// As a part of a hundred.
    Percent,
    /// To the last digit.
    Exact,
    /// As it is, three digits.
    Plain,
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident, $label:literal, $unit:literal, $style:ident;)*) => {
        /// What a number is the number of; the order is that of a table's columns.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Quantity {
            $($(#[$doc])* $name,)*
        }

        impl Quantity {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// How tables call it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// Its unit.
            #[must_use]
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit,)* }
            }

            const fn style(self) -> Style {
                match self { $(Self::$name => Style::$style,)* }
            }
        }
    };
}

quantities! {
    /// The median over repeats.
    Time, "time", "s", Prefixed;
    /// The shortest.
    TimeLeast, "least time", "s", Prefixed;
    /// The longest.
    TimeMost, "most time", "s", Prefixed;
    /// Elements ([`Work::elements`](crate::Work::elements)) over the median time.
    ElementRate, "elements a second", "elements/s", Prefixed;
    /// Poseidon2 permutations over the median time.
    PermutationRate, "permutations a second", "permutations/s", Prefixed;
    /// Instructions of the guest over the median time.
    GuestRate, "guest cycles a second", "cycles/s", Prefixed;
    /// Clock cycles of the device.
    Cycles, "clock cycles", "cycles", Exact;
    /// Elements a clock cycle.
    ElementsPerCycle, "elements a clock cycle", "elements/cycle", Plain;
    /// Permutations a clock cycle.
    PermutationsPerCycle, "permutations a clock cycle", "permutations/cycle", Plain;
    /// The fewest bytes that have to be read and written ([`Work::bytes`](crate::Work::bytes)).
    Bytes, "least bytes", "B", Prefixed;
    /// Those bytes over the median time.
    Bandwidth, "bandwidth by least bytes", "B/s", Prefixed;
    /// That of the device's copy bandwidth.
    BandwidthShare, "of copy bandwidth", "%", Percent;
    /// Bytes that the device's own passes read and write.
    Traffic, "bytes of its passes", "B", Prefixed;
    /// Those bytes over the median time.
    TrafficBandwidth, "bandwidth of its passes", "B/s", Prefixed;
    /// That of the device's copy bandwidth.
    TrafficShare, "its passes, of copy bandwidth", "%", Percent;
    /// Bytes to and from the host.
    LinkBytes, "bytes over the link", "B", Prefixed;
    /// Field multiplications ([`Work::multiplications`](crate::Work::multiplications)).
    Multiplications, "field multiplications", "mul", Prefixed;
    /// Those over the median time.
    MultiplicationRate, "multiplications a second", "mul/s", Prefixed;
    /// That of the device's rate of multiplications alone.
    MultiplicationShare, "of multiplication rate", "%", Percent;
    /// 32-bit integer instructions, as the device counts them.
    Instructions, "integer instructions", "instr", Prefixed;
    /// Those over the median time, of the device's rate.
    InstructionShare, "of integer rate", "%", Percent;
    /// Mean power while it was repeated.
    Power, "power", "W", Plain;
    /// Energy of one repeat.
    Energy, "energy", "J", Prefixed;
    /// Bytes of a segment's proof.
    SealBytes, "proof", "B", Prefixed;
    /// What a program that acts as the device took; no time of the device.
    HostTime, "time of the program that acts as the device", "s", Prefixed;
    /// Copies in the device's memory, bytes read and written.
    CopyPeak, "copy bandwidth", "B/s", Prefixed;
    /// Field multiplications with nothing from memory.
    MultiplicationPeak, "multiplication rate", "mul/s", Prefixed;
    /// 32-bit integer instructions.
    InstructionPeak, "integer rate", "instr/s", Prefixed;
    /// The machine's price for the time of a proof.
    CostOfTime, "cost a proof, machine", "of the prices' currency", Plain;
    /// The electricity's price for the energy of a proof.
    CostOfEnergy, "cost a proof, electricity", "of the prices' currency", Plain;
    /// Both.
    Cost, "cost a proof", "of the prices' currency", Plain;
}

impl Quantity {
    /// A value as people read it, with its unit.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self.style() {
            Style::Percent => format!("{} %", digits(value * 100.0)),
            Style::Exact => format!("{} {}", grouped(value), self.unit()),
            Style::Plain => match self {
                Self::CostOfTime | Self::CostOfEnergy | Self::Cost => small(value),
                _ => format!("{} {}", digits(value), self.unit()),
            },
            Style::Prefixed => prefixed(value, self.unit()),
        }
    }

    /// The same, short: rates of countable things keep their prefix and lose their noun.
    #[must_use]
    pub fn show_short(self, value: f64) -> String {
        match (self.style(), self.unit().split_once('/')) {
            (Style::Prefixed, Some((noun, "s"))) if noun.len() > 2 => prefixed(value, "/s"),
            (Style::Prefixed, None) if self.unit().len() > 2 => {
                prefixed(value, "").trim_end().to_owned()
            }
            (Style::Exact, _) => grouped(value),
            (Style::Plain, Some((_, "cycle"))) => digits(value),
            _ => self.show(value),
        }
    }
}

/// Three digits, and as many zeros as it takes.
fn digits(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

/// Three digits that count, of something small.
fn small(value: f64) -> String {
    if value == 0.0 || value >= 1.0 {
        return digits(value);
    }
    let places = (2.0 - value.abs().log10().floor()) as usize;
    format!("{value:.*}", places.min(12))
}

/// `12.3 ms`, `4.56 GB/s`: prefixes of powers of 1000.
#[must_use]
pub fn prefixed(value: f64, unit: &str) -> String {
    let size = value.abs();
    let prefixes = [
        (1e15, "P"),
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "µ"),
        (1e-9, "n"),
    ];
    // 999.96 k is 1.00 M.
    let found = prefixes.iter().find(|(scale, _)| size >= scale * 0.9995);
    let (scale, prefix) = match found {
        Some(found) => *found,
        None if size == 0.0 => (1.0, ""),
        None => (1e-9, "n"),
    };
    format!("{} {prefix}{unit}", digits(value / scale))
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let plain = format!("{value:.0}");
    let mut text = String::with_capacity(plain.len() * 4 / 3);
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `2^16` with its exponent raised, where letters can be.
#[must_use]
pub fn raised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_raised = false;
    for letter in text.chars() {
        is_raised = letter == '^' || (is_raised && letter.is_ascii_digit());
        match letter.to_digit(10) {
            _ if letter == '^' => {}
            Some(digit) if is_raised => out.extend("⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize)),
            _ => out.push(letter),
        }
    }
    out
}

/// A number with its unit, its source and its label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Figure {
    /// What it is.
    pub quantity: Quantity,
    /// Where it is from.
    pub source: Source,
    /// In [`Quantity::unit`]; shares of 1.
    pub value: f64,
}

impl Figure {
    /// A number.
    #[must_use]
    pub const fn new(quantity: Quantity, source: Source, value: f64) -> Self {
        Self {
            quantity,
            source,
            value,
        }
    }
}

/// A figure in a file.
#[derive(Serialize, Deserialize)]
struct Written {
    quantity: Quantity,
    source: Source,
    value: f64,
    unit: String,
}

impl From<Figure> for Written {
    fn from(figure: Figure) -> Self {
        Self {
            quantity: figure.quantity,
            source: figure.source,
            value: figure.value,
            unit: figure.quantity.unit().to_owned(),
        }
    }
}

impl TryFrom<Written> for Figure {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written {
            quantity,
            source,
            value,
            unit,
        } = written;
        if unit != quantity.unit() {
            let expected = quantity.unit();
            return Err(format!(
                "{quantity:?} in `{unit}`: its unit is `{expected}`"
            ));
        }
        if !value.is_finite() || value < 0.0 {
            return Err(format!("{quantity:?} of {value}"));
        }
        Ok(Self::new(quantity, source, value))
    }
}

/// The median, the least and the most of times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number, the mean of the two in the middle.
    pub median: f64,
    /// The shortest.
    pub least: f64,
    /// The longest.
    pub most: f64,
}

impl Spread {
    /// Of these; `None` of none.
    #[must_use]
    pub fn of(times: &[f64]) -> Option<Self> {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&least, &most) = (sorted.first()?, sorted.last()?);
        let half = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[half - 1], sorted[half]),
            _ => sorted[half],
        };
        Some(Self {
            median,
            least,
            most,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_three_digits_and_their_unit() {
        for (quantity, value, shown) in [
            (Quantity::Time, 0.012_345, "12.3 ms"),
            (Quantity::Time, 0.0, "0 s"),
            (Quantity::Time, 2e-11, "0.020 ns"),
            (Quantity::Bandwidth, 4.5678e9, "4.57 GB/s"),
            (Quantity::ElementRate, 999_960.0, "1.00 Melements/s"),
            (Quantity::BandwidthShare, 0.6349, "63.5 %"),
            (Quantity::Cycles, 1_048_576.0, "1 048 576 cycles"),
            (Quantity::Power, 151.2, "151 W"),
            (Quantity::Cost, 0.000_123_456, "0.000123"),
        ] {
            assert_eq!(quantity.show(value), shown);
        }
        assert_eq!(Quantity::ElementRate.show_short(2.5e9), "2.50 G/s");
        assert_eq!(Quantity::Bandwidth.show_short(2.5e9), "2.50 GB/s");
        assert_eq!(Quantity::Multiplications.show_short(2.5e9), "2.50 G");
        assert_eq!(Quantity::Cycles.show_short(12_345.0), "12 345");
    }

    #[test]
    fn exponents_are_raised_and_other_digits_stay() {
        assert_eq!(raised("2^16 × 64, blow-up 2"), "2¹⁶ × 64, blow-up 2");
        assert_eq!(raised("2^9"), "2⁹");
        assert_eq!(raised("none"), "none");
    }

    #[test]
    fn what_is_made_of_modelled_numbers_is_modelled() {
        for source in Source::ALL {
            assert_eq!(source.and(Source::Modelled), Source::Modelled);
            assert_eq!(Source::Counted.and(source), source);
        }
    }

    #[test]
    fn every_quantity_has_a_label_and_a_unit_of_its_own_name_in_files() {
        let mut labels: Vec<_> = Quantity::ALL.iter().map(|it| it.label()).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), Quantity::ALL.len());
        for &quantity in Quantity::ALL {
            assert!(!quantity.unit().is_empty());
            let figure = Figure::new(quantity, Source::Measured, 1.5);
            let text = serde_json::to_string(&figure).unwrap();
            assert_eq!(serde_json::from_str::<Figure>(&text).unwrap(), figure);
        }
    }

    #[test]
    fn a_figure_in_another_unit_is_refused() {
        let text = r#"{"quantity": "time", "source": "measured", "value": 3.0, "unit": "ms"}"#;
        let error = serde_json::from_str::<Figure>(text)
            .unwrap_err()
            .to_string();
        assert!(error.contains("`ms`") && error.contains("`s`"), "{error}");
        let text = r#"{"quantity": "time", "source": "measured", "value": -3.0, "unit": "s"}"#;
        assert!(serde_json::from_str::<Figure>(text).is_err());
    }

    #[test]
    fn a_spread_is_of_the_sorted_times() {
        let spread = Spread::of(&[3.0, 1.0, 2.0, 10.0]).unwrap();
        assert_eq!((spread.median, spread.least, spread.most), (2.5, 1.0, 10.0));
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]).unwrap().median, 2.0);
        assert_eq!(Spread::of(&[]), None);
    }
}
