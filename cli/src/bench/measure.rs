//! A piece of work on a device: done, checked, timed.

use std::time::{Duration, Instant};

use assay_circuit::Felt;
use assay_hal::{
    Buffer, Cost, CpuHal, Hal, HalError, HostMatrix, Kind, Operation, Shape, Transform,
};
use assay_report::{Body, Device, Figure, Outcome, Quantity, Source, Spread, Taken, Work, figures};
use p3_field::{Field, PrimeCharacteristicRing};

use super::check::{Product, Result as Given, Wrong};
use super::devices::{Opened, Unit};
use super::{Args, inputs, machine, segment};
use crate::exit::Failure;

/// Elements that a simulated card is given if nobody asks for more: some seconds of work.
const SIMULATED_ELEMENTS: u64 = 1 << 18;
/// Elements that the card acted in software is given.
const EMULATED_ELEMENTS: u64 = 1 << 22;
/// Work that is done sooner is repeated more often: until it took so long,
const AT_LEAST: Duration = Duration::from_millis(50);
/// or was done so often.
const AT_MOST: usize = 100;

/// A piece of work, and what is the same for all devices.
pub struct Bench<'a> {
    work: &'a Work,
    args: &'a Args,
    input: Option<HostMatrix<Felt>>,
    /// What the CPU gives.
    expected: Option<Given>,
    segment: Option<segment::Bench>,
}

/// What came of work, if the device is there, or that the result is wrong.
type Checked = Result<Option<Outcome>, Wrong>;

impl<'a> Bench<'a> {
    pub fn new(work: &'a Work, args: &'a Args) -> Result<Self, Failure> {
        let segment = match *work {
            Work::Segment { po2, .. } => Some(segment::Bench::new(po2)?),
            _ => None,
        };
        Ok(Self {
            work,
            args,
            input: None,
            expected: None,
            segment,
        })
    }

    /// Does it on a device.
    ///
    /// # Errors
    /// If the device fails, other than by refusing.
    pub fn on(&mut self, device: &Opened) -> Result<Checked, Failure> {
        let hal = match &device.unit {
            Unit::Missing => return Ok(Ok(None)),
            Unit::Model(model) => {
                return Ok(Ok(Some(model.outcome(self.work, &device.report.peaks))));
            }
            Unit::Hal(hal) => &**hal,
        };
        if let Some(segment) = &mut self.segment {
            let done = segment.on(&device.report, hal, self.work, self.args)?;
            return Ok(done.map(Some));
        }
        match self.on_hal(&device.report, hal) {
            Ok(Ok(outcome)) => Ok(Ok(Some(outcome))),
            Ok(Err(wrong)) => Ok(Err(wrong)),
            Err(error) if error.is_refusal() => Ok(Ok(Some(refused(&error)))),
            Err(error) => Err(Failure::surroundings(error)),
        }
    }

    fn on_hal(
        &mut self,
        device: &Device,
        hal: &dyn Hal<Felt>,
    ) -> Result<Result<Outcome, Wrong>, HalError> {
        let Some(shape) = inputs::shape(self.work) else {
            return Err(HalError::bad("a segment is no matrix"));
        };
        let taken = with_operations(self.work, shape, |all| taken_of(hal, all))?;
        if let Some(reason) = self.too_much(device.body) {
            return Ok(Ok(Outcome::Skipped { reason }));
        }
        let seed = self.args.seed;
        let input = self
            .input
            .get_or_insert_with(|| inputs::matrix(shape, seed))
            .clone();
        let place = match self.work {
            Work::Commit { .. } => Place::Host(input),
            _ => Place::Device(uploaded(hal, input)?),
        };

        let before = Meter::read(hal);
        let began = Instant::now();
        let product = perform(hal, self.work, &place)?;
        let first = began.elapsed().as_secs_f64();
        let given = product.fetch(hal)?;
        drop(product);
        let taken = before.until_now(hal, device.body, taken);
        if let Err(wrong) = self.check(device, given)? {
            return Ok(Err(wrong));
        }
        if !device.body.is_timed() {
            let mut all = figures(self.work, None, &taken, &[]);
            all.push(Figure::new(Quantity::HostTime, Source::Measured, first));
            return Ok(Ok(done(all)));
        }

        let (mut seconds, joules, all) = (Vec::new(), hal.joules(), Instant::now());
        while seconds.len() < self.args.repeat as usize
            || (all.elapsed() < AT_LEAST && seconds.len() < AT_MOST)
        {
            let began = Instant::now();
            let product = perform(hal, self.work, &place)?;
            seconds.push(began.elapsed().as_secs_f64());
            drop(product);
        }
        let each = |(before, after): (f64, f64)| (after - before) / seconds.len() as f64;
        let joules = joules.zip(hal.joules()).map(each);
        let taken = Taken { joules, ..taken };
        Ok(Ok(done(timed(self.work, &seconds, &taken, &device.peaks))))
    }

    /// Whether the result is the CPU's.
    fn check(&mut self, device: &Device, given: Given) -> Result<Result<(), Wrong>, HalError> {
        if self.expected.is_none() {
            if device.body == Body::Cpu {
                self.expected = Some(given);
                return Ok(Ok(()));
            }
            let cpu = CpuHal::new()?;
            let input = self
                .input
                .clone()
                .ok_or_else(|| HalError::bad("no input"))?;
            let product = perform(
                &cpu,
                self.work,
                &Place::Device(uploaded(&cpu, input.clone())?),
            );
            let product = match self.work {
                Work::Commit { .. } => perform(&cpu, self.work, &Place::Host(input)),
                _ => product,
            };
            self.expected = Some(product?.fetch(&cpu)?);
        }
        let differs = self
            .expected
            .as_ref()
            .and_then(|expected| given.difference(expected));
        Ok(match differs {
            None => Ok(()),
            Some((place, found, expected)) => Err(Wrong {
                device: device.name.clone(),
                operation: self.work.operation(),
                size: self.work.to_string(),
                place,
                found,
                expected,
            }),
        })
    }

    /// Why it is not tried.
    fn too_much(&self, body: Body) -> Option<String> {
        let most = match body {
            Body::Simulated => SIMULATED_ELEMENTS,
            Body::Emulated => EMULATED_ELEMENTS,
            _ => u64::MAX,
        };
        if self.args.sizes.is_empty() && self.work.elements() > most {
            return Some(format!(
                "more than {most} elements take a program that acts as a card long: --sizes asks for them"
            ));
        }
        // Input, result, what the CPU gives, and what both need while they work.
        let need = 4 * self.work.bytes().unwrap_or(0);
        let free = machine::free_bytes().unwrap_or(u64::MAX);
        (need > free).then(|| {
            format!(
                "about {} MiB of memory are needed, {} are free",
                need >> 20,
                free >> 20
            )
        })
    }
}

/// Where the input is.
enum Place {
    Host(HostMatrix<Felt>),
    Device(Buffer<Felt>),
}

fn uploaded(hal: &dyn Hal<Felt>, input: HostMatrix<Felt>) -> Result<Buffer<Felt>, HalError> {
    let buffer = hal.upload(input)?;
    hal.wait(&buffer)?;
    Ok(buffer)
}

fn lde(added_bits: u32) -> Transform<Felt> {
    Transform::Lde {
        added_bits: added_bits as usize,
        shift: Felt::GENERATOR,
    }
}

/// From the call until the result is there.
fn perform(hal: &dyn Hal<Felt>, work: &Work, place: &Place) -> Result<Product, HalError> {
    let on_device = match place {
        Place::Host(input) => &hal.upload(input.clone())?,
        Place::Device(buffer) => buffer,
    };
    let product = match *work {
        Work::Ntt { .. } => {
            let shift = Felt::ONE;
            Product::Matrix(hal.transform(on_device, Transform::Dft { shift })?)
        }
        Work::Lde { added_bits, .. } => Product::Matrix(hal.transform(on_device, lde(added_bits))?),
        Work::Poseidon2 { .. } => Product::Matrix(hal.permute(on_device)?),
        Work::Commit { added_bits, .. } => {
            let extended = hal.transform(on_device, lde(added_bits))?;
            Product::Tree(hal.commit(&[extended])?)
        }
        _ => Product::Tree(hal.commit(std::slice::from_ref(on_device))?),
    };
    match &product {
        Product::Matrix(buffer) => hal.wait(buffer)?,
        Product::Tree(tree) => drop(hal.cap(tree, 0)?.wait()?),
    }
    Ok(product)
}

/// The operations that a piece of work is made of.
fn with_operations<T>(work: &Work, shape: Shape, each: impl FnOnce(&[Operation<'_>]) -> T) -> T {
    match *work {
        Work::Ntt { .. } => each(&[Operation::Dft(shape)]),
        Work::Lde { added_bits, .. } => each(&[Operation::Lde {
            shape,
            added_bits: added_bits as usize,
        }]),
        Work::Poseidon2 { .. } => each(&[Operation::Permute(shape)]),
        Work::Commit { added_bits, .. } => {
            let (added_bits, extended) = (
                added_bits as usize,
                Shape::new(shape.height << added_bits, shape.width),
            );
            each(&[
                Operation::Lde { shape, added_bits },
                Operation::Commit(&[extended]),
            ])
        }
        _ => each(&[Operation::Commit(&[shape])]),
    }
}

/// What the device says beforehand; or that it cannot.
fn taken_of(hal: &dyn Hal<Felt>, operations: &[Operation<'_>]) -> Result<Taken, HalError> {
    let costs = operations.iter().map(|operation| hal.estimate(operation));
    let costs: Vec<Cost> = costs.collect::<Result<_, _>>()?;
    let sum = |of: fn(&Cost) -> Option<u64>| {
        costs
            .iter()
            .map(of)
            .sum::<Option<u64>>()
            .map(|it| it as f64)
    };
    Ok(Taken {
        traffic: sum(|cost| cost.traffic),
        instructions: sum(|cost| cost.instructions),
        ..Taken::default()
    })
}

/// What a device has counted so far.
struct Meter {
    cycles: Option<u64>,
    link: u64,
}

impl Meter {
    fn read(hal: &dyn Hal<Felt>) -> Self {
        let mut meter = Self {
            cycles: None,
            link: 0,
        };
        for usage in hal.usage() {
            // What is fetched for the check is no part of the work.
            if matches!(usage.kind, Kind::Download | Kind::Open) {
                continue;
            }
            let count = usage.count;
            meter.link += count.bytes_up + count.bytes_down;
            if let Some(cycles) = count.cycles {
                *meter.cycles.get_or_insert(0) += cycles;
            }
        }
        meter
    }

    fn until_now(self, hal: &dyn Hal<Felt>, body: Body, taken: Taken) -> Taken {
        let now = Self::read(hal);
        let source = match body {
            Body::Emulated => Source::Modelled,
            _ => Source::Counted,
        };
        let cycles = now.cycles.map(|cycles| cycles - self.cycles.unwrap_or(0));
        let link = now.link - self.link;
        Taken {
            cycles: cycles
                .filter(|&cycles| cycles > 0)
                .map(|cycles| (cycles as f64, source)),
            link: (link > 0).then_some(link as f64),
            ..taken
        }
    }
}

/// The figures of work that was timed.
pub fn timed(work: &Work, seconds: &[f64], taken: &Taken, peaks: &[Figure]) -> Vec<Figure> {
    let Some(spread) = Spread::of(seconds) else {
        return Vec::new();
    };
    let measured = |quantity, value| Figure::new(quantity, Source::Measured, value);
    let time = measured(Quantity::Time, spread.median);
    let mut all = figures(work, Some(time), taken, peaks);
    all.push(measured(Quantity::TimeLeast, spread.least));
    all.push(measured(Quantity::TimeMost, spread.most));
    all.sort_by_key(|figure| figure.quantity);
    all
}

fn done(figures: Vec<Figure>) -> Outcome {
    Outcome::Done {
        figures,
        phases: Vec::new(),
        note: None,
    }
}

/// What a device does not do, in its words.
fn refused(error: &HalError) -> Outcome {
    Outcome::Refused {
        reason: error.to_string(),
    }
}
