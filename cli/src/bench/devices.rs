//! `--hal` of `bench`: the devices of `prove`, and cards in a model.

use std::sync::Arc;

use assay_circuit::Felt;
use assay_hal::Hal;
use assay_model::{CARDS, Card};
use assay_report::{Body, Device, Figure, Measurement, Outcome, Quantity, Source, Work};

use super::modelled;
use crate::exit::Failure;
use crate::prove::devices::{self, NAMES};

/// A device by its name on the command line.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: String,
    body: Body,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// One that `prove` takes too.
    Hal(devices::Named),
    Model(&'static Card),
}

impl Named {
    /// Reads a name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let named = |body, what| {
            let name = name.to_owned();
            Ok(Self { name, body, what })
        };
        let card = match name.split_once(':') {
            None if name == "model" => CARDS.first(),
            Some(("model", key)) => CARDS.iter().find(|card| card.key == key),
            _ => None,
        };
        if let Some(card) = card {
            return named(Body::Modelled, What::Model(card));
        }
        match devices::Named::parse(name) {
            Ok(known) => {
                let body = match name.split(':').next() {
                    Some("cpu") => Body::Cpu,
                    Some("cuda") => Body::Gpu,
                    // The GPU's kernels on the host are as little a GPU as this is a card.
                    Some("fpga-emu" | "cuda-host") => Body::Emulated,
                    Some("fpga-sim") => Body::Simulated,
                    _ => Body::Card,
                };
                named(body, What::Hal(known))
            }
            Err(error) if name.starts_with("fpga:") || name.starts_with("cuda:") => Err(error),
            Err(_) => {
                let cards: Vec<_> = CARDS.iter().map(|card| card.key).collect();
                let cards = cards.join(", ");
                Err(format!(
                    "`{name}` is none of {NAMES}, model (an FPGA card by formula), model:CARD (one of {cards})"
                ))
            }
        }
    }
}

/// A device at work, and what it did so far.
pub struct Opened {
    pub report: Device,
    pub unit: Unit,
}

/// How it works.
pub enum Unit {
    Hal(Arc<dyn Hal<Felt>>),
    Model(modelled::Modelled),
    Missing,
}

impl Opened {
    /// Work came to an end.
    pub fn did(&mut self, work: &Work, outcome: Option<Outcome>) {
        self.report
            .measurements
            .extend(outcome.map(|outcome| Measurement {
                work: work.clone(),
                outcome,
            }));
    }

    fn new(named: &Named) -> Self {
        let mut report = Device {
            name: named.name.clone(),
            title: named.name.clone(),
            body: named.body,
            missing: None,
            peaks: Vec::new(),
            peaks_method: String::new(),
            selftest: None,
            measurements: Vec::new(),
        };
        let unit = match &named.what {
            What::Model(card) => modelled::Modelled::new(card)
                .map(|model| {
                    (report.peaks, report.peaks_method) = model.peaks();
                    report.title = format!("{}, modelled", card.name);
                    Unit::Model(model)
                })
                .map_err(|failure| sentence(&failure)),
            What::Hal(device) => device
                .open()
                .map(|member| {
                    report.title = match report.body {
                        Body::Cpu => "Plonky3 on all processors".to_owned(),
                        _ => member.hal.capabilities().device,
                    };
                    if report.body.is_timed() {
                        peaks(&*member.hal, &mut report);
                    }
                    Unit::Hal(member.hal)
                })
                .map_err(|failure| sentence(&failure)),
        };
        let unit = unit.unwrap_or_else(|why| {
            report.missing = Some(why);
            Unit::Missing
        });
        Self { report, unit }
    }
}

fn peaks(hal: &dyn Hal<Felt>, report: &mut Device) {
    match hal.peaks() {
        Ok(peaks) => {
            let measured = |quantity, value| Figure::new(quantity, Source::Measured, value);
            report.peaks = vec![
                measured(Quantity::CopyPeak, peaks.copy),
                measured(Quantity::MultiplicationPeak, peaks.multiplications),
            ];
            let integer = peaks
                .instructions
                .map(|rate| measured(Quantity::InstructionPeak, rate));
            report.peaks.extend(integer);
            report.peaks_method = peaks.method;
        }
        Err(error) => report.peaks_method = format!("not measured: {error}"),
    }
}

/// Why there is no such device, in a sentence.
fn sentence(failure: &Failure) -> String {
    match failure {
        Failure::Input(error) | Failure::Surroundings(error) => format!("{error:#}"),
        Failure::Interrupted => "interrupted".to_owned(),
    }
}

/// Opens all of them. Those that are missing say why in the report.
///
/// # Errors
/// If none is there.
pub fn open_all(names: &[Named]) -> Result<Vec<Opened>, Failure> {
    if let Some(twice) =
        (1..names.len()).find(|&i| names[..i].iter().any(|it| it.name == names[i].name))
    {
        let name = &names[twice].name;
        return Err(Failure::Input(anyhow::anyhow!("`{name}` is named twice")));
    }
    let devices: Vec<Opened> = names.iter().map(Opened::new).collect();
    if devices.iter().all(|device| device.report.missing.is_some()) {
        let why = devices.iter().map(|device| {
            let missing = device.report.missing.as_deref().unwrap_or_default();
            format!("{}: {missing}", device.report.name)
        });
        let why: Vec<_> = why.collect();
        return Err(Failure::surroundings(anyhow::anyhow!(
            "there is no device: {}",
            why.join("; ")
        )));
    }
    Ok(devices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_an_unknown_one_is_answered_with_them() {
        for (name, body) in [
            ("cpu", Body::Cpu),
            ("cuda", Body::Gpu),
            ("fpga-emu", Body::Emulated),
            ("fpga-sim", Body::Simulated),
            ("fpga:01:00.0", Body::Card),
            ("model", Body::Modelled),
            ("model:vu47p", Body::Modelled),
        ] {
            assert_eq!(Named::parse(name).unwrap().body, body, "{name}");
        }
        for wrong in ["gpu", "", "model:best", "fpgaemu"] {
            let error = Named::parse(wrong).unwrap_err();
            for known in ["cpu (", "cuda (", "fpga-sim (", "model (", "u55c"] {
                assert!(error.contains(known), "{wrong}: {error}");
            }
        }
    }

    #[test]
    fn a_machine_without_any_of_the_devices_says_why_for_each() {
        let missing = Named::parse("fpga:socket:/nowhere").unwrap();
        let failure = open_all(std::slice::from_ref(&missing)).err().unwrap();
        assert!(sentence(&failure).contains("fpga:socket:/nowhere: "));
        let cpu = Named::parse("cpu").unwrap();
        let failure = open_all(&[cpu.clone(), cpu]).err().unwrap();
        assert!(sentence(&failure).contains("named twice"));
    }
}
