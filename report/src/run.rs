//! A run of the benchmark on one machine: the machine, its devices, and what they did.

use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Quantity, Source};
use crate::work::{Operation, Work};

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Where.
    pub machine: Machine,
    /// With what.
    pub build: Build,
    /// When it began, UTC, as RFC 3339 has it.
    pub began: String,
    /// The command line.
    pub command: String,
    /// Of the inputs.
    pub seed: u64,
    /// How often each piece of work was done and timed, where the device is one whose time counts.
    pub repeat: u32,
    /// Processes that wanted a core when it began, as the system tells (load average of a minute).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// What the machine and its electricity cost.
    #[serde(default, skip_serializing_if = "Prices::are_none")]
    pub prices: Prices,
    /// In the order in which they were asked for.
    pub devices: Vec<Device>,
}

/// The computer around the devices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What people call it.
    pub name: String,
    /// The processor, as it names itself.
    pub processor: String,
    /// Processors that the system gives to this process.
    pub cores: u32,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Operating system and kernel.
    pub system: String,
}

/// The program that measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Of the workspace.
    pub version: String,
    /// Of the sources, where the build knew it.
    pub revision: String,
    /// The contract's hash.
    pub contract_hash: String,
    /// The compiler.
    pub rustc: String,
    /// Flags that it was given.
    pub rustflags: String,
    /// `release` or `debug`.
    pub profile: String,
}

/// Prices, in any one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Of an hour of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour: Option<f64>,
    /// Of a kilowatt-hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kwh: Option<f64>,
}

impl Prices {
    /// Whether none is known.
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.hour.is_none() && self.kwh.is_none()
    }
}

/// What sort of thing a device is: it says what its time is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Processors.
    Cpu,
    /// A graphics card.
    Gpu,
    /// An FPGA card.
    Card,
    /// An FPGA card's RTL in simulation: it counts clock cycles, and takes no time that means anything.
    Simulated,
    /// A device acted in software: clock cycles, where it has them, by formula.
    Emulated,
    /// An FPGA card in a model: a time of clock cycles and an assumed clock.
    Modelled,
}

impl Body {
    /// What there is to know about its figures, in a sentence.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Cpu | Self::Gpu | Self::Card => {
                "Times are measured with the host's clock, from the call to the result."
            }
            Self::Simulated => {
                "The card's RTL in simulation. Clock cycles are exact, with memories that answer at once; the time that the simulation takes says nothing about a card."
            }
            Self::Emulated => {
                "A functional model in software, for tests. Clock cycles, where it has them, are formulas for memory that never waits; the time that it takes is not a device's and is not compared."
            }
            Self::Modelled => {
                "No card was measured: clock cycles by formulas that simulation supports, a clock that is assumed, bandwidths of data sheets."
            }
        }
    }

    /// Whether the host's clock tells the device's time.
    #[must_use]
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::Cpu | Self::Gpu | Self::Card)
    }
}

/// A device, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// As it was asked for.
    pub name: String,
    /// As it names itself.
    pub title: String,
    /// What it is.
    pub body: Body,
    /// Why it did nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What it reaches at best.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peaks: Vec<Figure>,
    /// How that was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub peaks_method: String,
    /// The conformance suite, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selftest: Option<Vec<Part>>,
    /// What it did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
}

impl Device {
    /// One of its peaks.
    #[must_use]
    pub fn peak(&self, quantity: Quantity) -> Option<Figure> {
        let mut peaks = self.peaks.iter();
        peaks.find(|peak| peak.quantity == quantity).copied()
    }
}

/// A part of the conformance suite that the device passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Cases with the right result.
    pub cases: u64,
    /// Cases that the device refused, as it had announced.
    pub refused: u64,
}

/// Work, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was to be done.
    pub work: Work,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, and the result is the CPU's.
    Done {
        /// Numbers.
        figures: Vec<Figure>,
        /// Parts of its time, one after the other.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        phases: Vec<Phase>,
        /// What has to be known to read the numbers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The device cannot do it, or has no memory for it.
    Refused {
        /// In its own words.
        reason: String,
    },
    /// It was not tried.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// A part of a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What is done in it.
    pub name: String,
    /// Its time.
    pub time: Figure,
}

impl Outcome {
    /// Figures, if it was done.
    #[must_use]
    pub fn figures(&self) -> &[Figure] {
        match self {
            Self::Done { figures, .. } => figures,
            Self::Refused { .. } | Self::Skipped { .. } => &[],
        }
    }

    /// One of its figures.
    #[must_use]
    pub fn figure(&self, quantity: Quantity) -> Option<Figure> {
        let mut figures = self.figures().iter();
        figures.find(|figure| figure.quantity == quantity).copied()
    }

    /// Why there are none.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Done { .. } => None,
            Self::Refused { reason } | Self::Skipped { reason } => Some(reason),
        }
    }
}

/// What a device says that a piece of work took of it, besides time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taken {
    /// Clock cycles, and where they are from.
    pub cycles: Option<(f64, Source)>,
    /// Bytes that its passes move in its memory.
    pub traffic: Option<f64>,
    /// Its integer instructions.
    pub instructions: Option<f64>,
    /// Bytes over the link.
    pub link: Option<f64>,
    /// Joules of one repeat.
    pub joules: Option<f64>,
}

/// Figures of work that took `time`: what is counted, and the rates and shares that follow.
#[must_use]
pub fn figures(work: &Work, time: Option<Figure>, taken: &Taken, peaks: &[Figure]) -> Vec<Figure> {
    use Quantity as Q;
    let mut figures = Vec::from_iter(time);
    let counted = |quantity, value| Figure::new(quantity, Source::Counted, value);
    let per = |quantity, amount: f64, time: &Figure| {
        Figure::new(quantity, time.source, amount / time.value)
    };
    // A share of a peak is as good as the weaker of both.
    let share = |quantity, rate: &Figure, of: Quantity| {
        let peak = peaks.iter().find(|peak| peak.quantity == of)?;
        let source = rate.source.and(peak.source);
        Some(Figure::new(quantity, source, rate.value / peak.value))
    };
    let elements = work.elements() as f64;
    figures.extend(
        time.as_ref()
            .map(|time| per(work.operation().rate(), elements, time)),
    );
    if let Some((cycles, source)) = taken.cycles {
        figures.push(Figure::new(Q::Cycles, source, cycles));
        let each = match work.operation() {
            Operation::Poseidon2 => Q::PermutationsPerCycle,
            _ => Q::ElementsPerCycle,
        };
        figures.push(Figure::new(each, source, elements / cycles));
    }
    let amounts = [
        (
            work.bytes().map(|it| it as f64),
            Q::Bytes,
            Some(Q::Bandwidth),
            Q::BandwidthShare,
            Q::CopyPeak,
        ),
        (
            taken.traffic,
            Q::Traffic,
            Some(Q::TrafficBandwidth),
            Q::TrafficShare,
            Q::CopyPeak,
        ),
        (
            work.multiplications().map(|it| it as f64),
            Q::Multiplications,
            Some(Q::MultiplicationRate),
            Q::MultiplicationShare,
            Q::MultiplicationPeak,
        ),
        (
            taken.instructions,
            Q::Instructions,
            None,
            Q::InstructionShare,
            Q::InstructionPeak,
        ),
    ];
    for (amount, quantity, rate, part, peak) in amounts {
        let Some(amount) = amount else { continue };
        figures.push(counted(quantity, amount));
        let Some(time) = &time else { continue };
        let found = per(rate.unwrap_or(quantity), amount, time);
        figures.extend(rate.map(|_| found));
        figures.extend(share(part, &found, peak));
    }
    figures.extend(taken.link.map(|bytes| counted(Q::LinkBytes, bytes)));
    if let Some(joules) = taken.joules {
        figures.push(Figure::new(Q::Energy, Source::Measured, joules));
        if let Some(time) = &time {
            figures.push(per(Q::Power, joules, time));
        }
    }
    figures.sort_by_key(|figure| figure.quantity);
    figures
}

/// What a proof costs at these prices: for its time, for its energy, both. The last only where both are known.
#[must_use]
pub fn cost(outcome: &Outcome, prices: Prices) -> Vec<Figure> {
    let figure = |quantity| outcome.figure(quantity);
    let of_time = prices.hour.and_then(|price| {
        let time = figure(Quantity::Time)?;
        let cost = price * time.value / 3600.0;
        Some(Figure::new(Quantity::CostOfTime, time.source, cost))
    });
    let of_energy = prices.kwh.and_then(|price| {
        let energy = figure(Quantity::Energy)?;
        let cost = price * energy.value / 3.6e6;
        Some(Figure::new(Quantity::CostOfEnergy, energy.source, cost))
    });
    let both = of_time.zip(of_energy).map(|(time, energy)| {
        let source = time.source.and(energy.source);
        Figure::new(Quantity::Cost, source, time.value + energy.value)
    });
    [of_time, of_energy, both].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(figures: &[Figure], quantity: Quantity) -> f64 {
        let found = figures.iter().find(|figure| figure.quantity == quantity);
        found.map(|figure| figure.value).unwrap_or(f64::NAN)
    }

    #[test]
    fn rates_and_shares_follow_from_time_and_peaks() {
        let work = Work::Ntt {
            log_height: 10,
            width: 8,
        };
        let time = Figure::new(Quantity::Time, Source::Measured, 0.5);
        let peaks = [
            Figure::new(Quantity::CopyPeak, Source::Measured, 8.0 * 8192.0),
            Figure::new(Quantity::MultiplicationPeak, Source::Measured, 1e6),
            Figure::new(Quantity::InstructionPeak, Source::Measured, 2e6),
        ];
        let taken = Taken {
            traffic: Some(3.0 * 8192.0),
            instructions: Some(5e5),
            joules: Some(10.0),
            ..Taken::default()
        };
        let figures = figures(&work, Some(time), &taken, &peaks);
        for (quantity, expected) in [
            (Quantity::ElementRate, 16384.0),
            (Quantity::Bytes, 65536.0),
            (Quantity::Bandwidth, 131_072.0),
            (Quantity::BandwidthShare, 2.0),
            (Quantity::TrafficShare, 0.75),
            (Quantity::Multiplications, 40960.0),
            (Quantity::MultiplicationShare, 0.08192),
            (Quantity::InstructionShare, 0.5),
            (Quantity::Power, 20.0),
        ] {
            assert_eq!(value(&figures, quantity), expected, "{quantity:?}");
        }
        let counted = |figure: &&Figure| figure.source == Source::Counted;
        assert_eq!(figures.iter().filter(counted).count(), 4);
    }

    #[test]
    fn a_share_of_a_modelled_peak_is_modelled_and_none_without_a_peak() {
        let work = Work::Poseidon2 { log_states: 4 };
        let time = Figure::new(Quantity::Time, Source::Measured, 1.0);
        let peak = Figure::new(Quantity::CopyPeak, Source::Modelled, 1e9);
        let made = figures(&work, Some(time), &Taken::default(), &[peak]);
        let of = |quantity| made.iter().find(move |it| it.quantity == quantity);
        assert_eq!(of(Quantity::Bandwidth).unwrap().source, Source::Measured);
        assert_eq!(
            of(Quantity::BandwidthShare).unwrap().source,
            Source::Modelled
        );
        assert!(of(Quantity::MultiplicationShare).is_none());
    }

    #[test]
    fn cycles_without_a_time_give_no_rate() {
        let work = Work::Merkle {
            log_height: 3,
            width: 8,
        };
        let taken = Taken {
            cycles: Some((128.0, Source::Counted)),
            ..Taken::default()
        };
        let figures = figures(&work, None, &taken, &[]);
        assert_eq!(value(&figures, Quantity::ElementsPerCycle), 0.5);
        let rates = [Quantity::ElementRate, Quantity::Bandwidth, Quantity::Time];
        assert!(
            figures
                .iter()
                .all(|figure| !rates.contains(&figure.quantity))
        );
    }

    #[test]
    fn a_proof_costs_its_hour_and_its_electricity() {
        let outcome = Outcome::Done {
            figures: vec![
                Figure::new(Quantity::Time, Source::Measured, 36.0),
                Figure::new(Quantity::Energy, Source::Measured, 7.2e6),
            ],
            phases: Vec::new(),
            note: None,
        };
        let all = Prices {
            hour: Some(3.0),
            kwh: Some(0.25),
        };
        let found = cost(&outcome, all);
        assert_eq!(value(&found, Quantity::CostOfTime), 0.03);
        assert_eq!(value(&found, Quantity::CostOfEnergy), 0.5);
        assert_eq!(value(&found, Quantity::Cost), 0.53);
        let hour = Prices { kwh: None, ..all };
        assert_eq!(cost(&outcome, hour).len(), 1);
        let refused = Outcome::Refused {
            reason: "too large".to_owned(),
        };
        assert!(cost(&refused, all).is_empty());
    }
}
