//! A run, for tests.

use crate::figure::{Figure, Quantity, Source};
use crate::run::{
    Body, Build, Device, Machine, Measurement, Outcome, Part, Phase, Prices, Run, Taken, figures,
};
use crate::work::Work;

fn peaks() -> Vec<Figure> {
    vec![
        Figure::new(Quantity::CopyPeak, Source::Measured, 20e9),
        Figure::new(Quantity::MultiplicationPeak, Source::Measured, 12e9),
    ]
}

fn work() -> Vec<Work> {
    let mut all = Vec::new();
    for (log_height, width) in [(12, 32), (16, 64), (18, 64)] {
        all.extend([
            Work::Ntt { log_height, width },
            Work::Lde {
                log_height,
                width,
                added_bits: 1,
            },
            Work::Poseidon2 {
                log_states: log_height,
            },
            Work::Merkle { log_height, width },
            Work::Commit {
                log_height,
                width,
                added_bits: 1,
            },
        ]);
    }
    all
}

fn segment(cycles_per_second: f64) -> Measurement {
    let work = Work::Segment {
        po2: 16,
        parameters: "proven100".to_owned(),
    };
    let seconds = 65536.0 / cycles_per_second;
    let time = Figure::new(Quantity::Time, Source::Measured, seconds);
    let parts = [("witness", 0.1), ("extension", 0.2), ("Merkle trees", 0.7)];
    let phases = parts.map(|(name, share)| Phase {
        name: name.to_owned(),
        time: Figure::new(Quantity::Time, Source::Measured, share * seconds),
    });
    Measurement {
        outcome: Outcome::Done {
            figures: figures(&work, Some(time), &Taken::default(), &[]),
            phases: phases.to_vec(),
            note: None,
        },
        work,
    }
}

fn device(name: &str, body: Body, seconds_per_byte: f64) -> Device {
    let peaks = if body.is_timed() { peaks() } else { Vec::new() };
    let measure = |work: Work| {
        let seconds = work.bytes().unwrap_or(0) as f64 * seconds_per_byte;
        let time = match body {
            Body::Modelled => Some(Figure::new(Quantity::Time, Source::Modelled, seconds)),
            _ if body.is_timed() => Some(Figure::new(Quantity::Time, Source::Measured, seconds)),
            _ => None,
        };
        let cycles = time.is_none().then_some((seconds * 1e8, Source::Counted));
        let taken = Taken {
            cycles,
            ..Taken::default()
        };
        let too_large = body == Body::Simulated && work.elements() > 1 << 20;
        let outcome = match too_large {
            true => Outcome::Refused {
                reason: "<2^18> is \"too\" large & slow".to_owned(),
            },
            false => Outcome::Done {
                figures: figures(&work, time, &taken, &peaks),
                phases: Vec::new(),
                note: None,
            },
        };
        Measurement { work, outcome }
    };
    let mut measurements: Vec<_> = work().into_iter().map(measure).collect();
    if body.is_timed() {
        measurements.push(segment(1e-4 / seconds_per_byte));
    }
    Device {
        name: name.to_owned(),
        title: format!("{name}, for tests"),
        body,
        missing: None,
        peaks: peaks.clone(),
        peaks_method: "made up".to_owned(),
        selftest: Some(vec![Part {
            name: "trees".to_owned(),
            cases: 7,
            refused: 1,
        }]),
        measurements,
    }
}

/// A run on a machine of this name: a CPU, a simulated card, a modelled one, and one that is not there.
pub fn run(machine: &str) -> Run {
    let mut missing = device("cuda", Body::Gpu, 1e-9);
    missing.missing = Some("no driver: libcuda.so is not on this machine".to_owned());
    missing.measurements.clear();
    missing.peaks.clear();
    Run {
        machine: Machine {
            name: machine.to_owned(),
            processor: "A <processor> & more".to_owned(),
            cores: 2,
            memory_bytes: 8 << 30,
            system: "Linux".to_owned(),
        },
        build: Build {
            version: "0.1.0".to_owned(),
            revision: "0123456789ab".to_owned(),
            contract_hash: "89abcdef".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
            rustflags: "-Ctarget-cpu=native".to_owned(),
            profile: "release".to_owned(),
        },
        began: "2026-01-02T03:04:05Z".to_owned(),
        command: "assay bench --selftest".to_owned(),
        seed: 1,
        repeat: 5,
        load: Some(0.25),
        prices: Prices {
            hour: Some(0.1),
            kwh: None,
        },
        devices: vec![
            device("cpu", Body::Cpu, 2e-10),
            device("fpga-sim", Body::Simulated, 1e-9),
            device("model", Body::Modelled, 1e-10),
            missing,
        ],
    }
}
