//! A segment's proof, by phase, on a device as `assay prove` uses it.

use std::sync::Arc;

use anyhow::Context;
use assay_abi::Po2;
use assay_circuit::Felt;
use assay_executor::{Image, Input, Segment, SegmentSink, Session, SessionConfig, SinkError};
use assay_hal::Hal;
use assay_prover::{Budget, ProveError};
use assay_report::{
    Body, Device, Figure, Operation, Outcome, Phase, Quantity, Source, Taken, Work,
};

use super::Args;
use super::check::Wrong;
use super::measure::timed;
use crate::exit::Failure;
use crate::phases;
use crate::prove::devices::{Choice, Devices};

/// The guest: in the command itself, which may run where no workspace is.
const GUEST: &[u8] = include_bytes!("../../../guests/elf/sha256.elf");
/// Instructions of it for each byte of input, a few less than there are.
const INSTRUCTIONS_A_BYTE: u64 = 70;
/// A proof takes long: it is made at most so often.
const PROOFS: u32 = 3;

/// A full segment, and the CPU's proof of it.
pub struct Bench {
    segment: Segment,
    expected: Option<Vec<u8>>,
}

#[derive(Default)]
struct First(Option<Segment>);

impl SegmentSink for First {
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        self.0.get_or_insert(segment);
        Ok(())
    }
}

impl Bench {
    pub fn new(po2: u32) -> Result<Self, Failure> {
        let po2 = u8::try_from(po2).map_err(anyhow::Error::from)?;
        let po2 = Po2::try_from(po2).map_err(anyhow::Error::from)?;
        let image = Image::from_elf(GUEST).map_err(anyhow::Error::from)?;
        // Two segments' worth, so that the first is full.
        let bytes = (2 << po2.get()) / INSTRUCTIONS_A_BYTE;
        let sample =
            assay_guests::sample_of_size("sha256", bytes as usize).map_err(anyhow::Error::from)?;
        let input = Input::from_words(sample.words()).map_err(anyhow::Error::from)?;
        let config = SessionConfig {
            po2,
            cycle_limit: None,
            roots: true,
        };
        let mut first = First::default();
        Session::new(Arc::new(image), input, config)
            .run(&mut first)
            .map_err(anyhow::Error::from)?;
        Ok(Self {
            segment: first.0.context("the session has no segment")?,
            expected: None,
        })
    }

    /// Proves it on a device.
    pub fn on(
        &mut self,
        device: &Device,
        hal: &dyn Hal<Felt>,
        work: &Work,
        args: &Args,
    ) -> Result<Result<Outcome, Wrong>, Failure> {
        if !device.body.is_timed() {
            let reason =
                "a proof here says nothing about a card's time: `assay prove --hal` makes one";
            return Ok(Ok(Outcome::Skipped {
                reason: reason.to_owned(),
            }));
        }
        let mut runs: Vec<Proof> = Vec::new();
        let mut joules = None;
        // The first is for warmth and for the check.
        for repeat in 0..=args.repeat.min(PROOFS) {
            if crate::interrupt::asked() {
                return Err(Failure::Interrupted);
            }
            if repeat == 1 {
                joules = hal.joules();
            }
            let proof = match self.prove(&device.name, args) {
                Ok(proof) => proof,
                Err(ProveError::Memory { need, budget, .. }) => {
                    let reason = format!("{need} MiB of memory are needed, {budget} are free");
                    return Ok(Ok(Outcome::Refused { reason }));
                }
                Err(error) => return Err(Failure::surroundings(error)),
            };
            if let Err(wrong) = self.check(device, work, &proof, args)? {
                return Ok(Err(wrong));
            }
            if repeat > 0 {
                runs.push(proof);
            }
        }
        let seconds: Vec<f64> = runs.iter().map(Proof::seconds).collect();
        let each = |(before, after): (f64, f64)| (after - before) / seconds.len() as f64;
        let taken = Taken {
            joules: joules.zip(hal.joules()).map(each),
            ..Taken::default()
        };
        let mut figures = timed(work, &seconds, &taken, &[]);
        runs.sort_by(|a, b| a.seconds().total_cmp(&b.seconds()));
        let median = runs.swap_remove(runs.len() / 2);
        figures.push(Figure::new(
            Quantity::SealBytes,
            Source::Counted,
            median.bytes.len() as f64,
        ));
        figures.sort_by_key(|figure| figure.quantity);
        let note = (device.body != Body::Cpu).then(|| {
            format!("{}: as in `assay prove`, every result is checked on the host, and what the device does not do is the CPU's", device.name)
        });
        Ok(Ok(Outcome::Done {
            figures,
            phases: median.phases,
            note,
        }))
    }

    fn prove(&self, device: &str, args: &Args) -> Result<Proof, ProveError> {
        let key = |what: String| ProveError::Key(what);
        let choice = Choice::parse(device).map_err(key)?;
        let devices =
            Devices::new(&choice, false).map_err(|failure| key(format!("{failure:?}")))?;
        let prover = devices.prover(&self.segment.text, args.parameters)?;
        let before = phases::seconds();
        let sealed = prover.prove(&self.segment, &Budget::available())?;
        let after = phases::seconds();
        let spent = [
            ("witness", sealed.witness_seconds),
            ("extension", after.extend - before.extend),
            ("Merkle trees", after.merkle - before.merkle),
            ("lookup argument", after.lookup - before.lookup),
            ("quotient", after.quotient - before.quotient),
            ("opening and FRI", after.open - before.open),
        ];
        let known: f64 = spent.iter().map(|(_, seconds)| seconds).sum();
        let all = sealed.witness_seconds + sealed.prove_seconds;
        let rest = ("rest", (all - known).max(0.0));
        let phases = spent
            .into_iter()
            .chain([rest])
            .map(|(name, seconds)| Phase {
                name: name.to_owned(),
                time: Figure::new(Quantity::Time, Source::Measured, seconds),
            });
        Ok(Proof {
            phases: phases.collect(),
            seconds: all,
            bytes: sealed.seal.proof,
        })
    }

    /// Whether the proof is the CPU's, byte for byte.
    fn check(
        &mut self,
        device: &Device,
        work: &Work,
        proof: &Proof,
        args: &Args,
    ) -> Result<Result<(), Wrong>, Failure> {
        let expected = match &self.expected {
            Some(expected) => expected,
            None if device.body == Body::Cpu => self.expected.insert(proof.bytes.clone()),
            None => {
                let cpu = self.prove("cpu", args).map_err(Failure::surroundings)?;
                self.expected.insert(cpu.bytes)
            }
        };
        let (found, expected) = (&proof.bytes, expected);
        if found == expected {
            return Ok(Ok(()));
        }
        let at = found.iter().zip(expected).position(|(a, b)| a != b);
        let byte = |bytes: &[u8]| {
            at.and_then(|at| bytes.get(at))
                .map_or("no byte".to_owned(), u8::to_string)
        };
        Ok(Err(Wrong {
            device: device.name.clone(),
            operation: Operation::Segment,
            size: work.to_string(),
            place: at.map_or("length of the proof".to_owned(), |at| {
                format!("byte {at} of the proof")
            }),
            found: at.map_or_else(|| found.len().to_string(), |_| byte(found)),
            expected: at.map_or_else(|| expected.len().to_string(), |_| byte(expected)),
        }))
    }
}

/// A proof, and what it took.
struct Proof {
    phases: Vec<Phase>,
    seconds: f64,
    bytes: Vec<u8>,
}

impl Proof {
    const fn seconds(&self) -> f64 {
        self.seconds
    }
}
