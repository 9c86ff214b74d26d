//! `--hal`: what transforms and trees are made on.

use std::sync::Arc;
use std::time::Duration;

use assay_circuit::Felt;
use assay_driver::Transport;
use assay_executor::Text;
use assay_hal::{Count, CpuHal, DualHal, Fallback, Hal, Member, Policy, Usage};
use assay_hal_cuda::{CudaHal, GpuDevice};
use assay_hal_fpga::FpgaHal;
use assay_prover::{ProveError, Prover};
use assay_verifier::Parameters;
use serde::Serialize;

use crate::card::place::Place;
use crate::exit::Failure;
use crate::text::grouped;

type Device = Arc<dyn Hal<Felt>>;

/// A device by its name on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Cpu,
    Emulated,
    Card(Place),
    /// A GPU, by the driver's number.
    Cuda(u32),
    /// The GPU's kernels, compiled for this machine's processor.
    #[cfg(feature = "cuda-host")]
    CudaHost,
}

/// All names, for those who gave another.
pub const NAMES: &str = "cpu (this machine's processors), fpga-emu (the card in Rust), fpga-sim (its RTL in simulation), fpga (the only card that vfio-pci holds), fpga:PLACE (a PCI address or socket:PATH), cuda (NVIDIA's first GPU), cuda:N (the one of that number)";
/// Memory of the emulated card; it takes as much of ours as is used.
const EMULATED_BYTES: u64 = 16 << 30;
/// A card that ends no command for so long is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Named {
    /// Reads a name.
    pub fn parse(name: &str) -> Result<Self, String> {
        match (name, name.strip_prefix("fpga:")) {
            ("cpu", _) => Ok(Self::Cpu),
            ("fpga-emu", _) => Ok(Self::Emulated),
            ("fpga-sim", _) => Ok(Self::Card(Place::Simulated)),
            ("fpga", _) => Ok(Self::Card(Place::Only)),
            (_, Some(place)) => Ok(Self::Card(place.parse()?)),
            ("cuda", _) => Ok(Self::Cuda(0)),
            #[cfg(feature = "cuda-host")]
            ("cuda-host", _) => Ok(Self::CudaHost),
            _ => {
                let number = name.strip_prefix("cuda:").map(str::parse);
                match number {
                    Some(Ok(number)) => Ok(Self::Cuda(number)),
                    Some(Err(_)) => Err(format!(
                        "`{name}`: cuda: takes a number, as `nvidia-smi -L` has it"
                    )),
                    None => Err(format!("`{name}` is none of {NAMES}")),
                }
            }
        }
    }

    /// Opens it. Results of the CPU are taken as they are.
    pub fn open(&self) -> Result<Member<Felt>, Failure> {
        Ok(match self {
            Self::Cpu => Member::trusted(Arc::new(CpuHal::new().map_err(Failure::surroundings)?)),
            Self::Emulated => {
                let card = FpgaHal::emulated("fpga-emu", EMULATED_BYTES);
                Member::checked(Arc::new(card.map_err(Failure::surroundings)?))
            }
            Self::Card(place) => {
                let driver = place.open(TIMEOUT)?;
                let name = format!("fpga {}", driver.transport().name());
                let card = FpgaHal::new(&name, driver).map_err(Failure::surroundings)?;
                Member::checked(Arc::new(card))
            }
            Self::Cuda(number) => {
                let gpu = GpuDevice::open(*number).map_err(Failure::surroundings)?;
                let hal = CudaHal::<Felt, _>::new(gpu).map_err(Failure::surroundings)?;
                Member::checked(Arc::new(hal))
            }
            #[cfg(feature = "cuda-host")]
            Self::CudaHost => {
                let device = assay_hal_cuda::HostDevice::default();
                let hal = CudaHal::<Felt, _>::new(device).map_err(Failure::surroundings)?;
                Member::checked(Arc::new(hal))
            }
        })
    }
}

/// A list of devices, as `--hal` has it.
#[derive(Clone, Debug)]
pub struct Choice {
    devices: Vec<Named>,
    /// The device is compared with the CPU after every operation.
    dual: bool,
}

impl Choice {
    /// Reads `NAME[,NAME…]` or `dual:NAME`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (dual, list) = match text.strip_prefix("dual:") {
            Some(name) => (true, name),
            None => (false, text),
        };
        let devices: Vec<Named> = list
            .split(',')
            .map(Named::parse)
            .collect::<Result<_, _>>()?;
        if (1..devices.len()).any(|i| devices[..i].contains(&devices[i])) {
            return Err("a device is named twice".to_owned());
        }
        if dual && devices.len() != 1 {
            return Err("dual: takes one device, which is compared with the CPU".to_owned());
        }
        Ok(Self { devices, dual })
    }

    /// Whether Plonky3 is called directly.
    fn is_plain(&self) -> bool {
        !self.dual && self.devices == [Named::Cpu]
    }
}

/// Devices at work.
pub struct Devices {
    hal: Option<Device>,
}

impl Devices {
    pub fn new(choice: &Choice, require_device: bool) -> Result<Self, Failure> {
        if require_device && choice.devices.first() == Some(&Named::Cpu) {
            let what = "--require-device wants a device: --hal names the CPU first";
            return Err(Failure::Input(anyhow::anyhow!(what)));
        }
        if choice.is_plain() {
            return Ok(Self { hal: None });
        }
        let hal = open(choice, require_device)?;
        Ok(Self { hal: Some(hal) })
    }

    /// The prover of a program's segments.
    pub fn prover(&self, text: &Text, parameters: Parameters) -> Result<Prover, ProveError> {
        match &self.hal {
            None => Prover::new(text, parameters),
            Some(hal) => Prover::on_devices(text, parameters, Arc::clone(hal)),
        }
    }

    /// What was done where; nothing if there are no devices.
    pub fn rows(&self) -> Vec<Row> {
        let usage = self.hal.as_ref().map(|hal| hal.usage());
        let rows = usage.into_iter().flatten();
        rows.filter(|usage| usage.count != Count::default())
            .map(Row::from)
            .collect()
    }
}

fn open(choice: &Choice, require_device: bool) -> Result<Device, Failure> {
    let members = choice.devices.iter().map(Named::open);
    let mut members: Vec<_> = members.collect::<Result<_, _>>()?;
    if choice.dual
        && let Some(device) = members.pop()
    {
        let reference = Named::Cpu.open()?;
        let dual = DualHal::new(device.hal, reference.hal);
        return Ok(Arc::new(dual.map_err(Failure::surroundings)?));
    }
    // What no device does, the CPU does.
    if !choice.devices.contains(&Named::Cpu) {
        members.push(Named::Cpu.open()?);
    }
    let policy = Policy {
        require_device,
        ..Policy::default()
    };
    let list = Fallback::new(members, policy).map_err(Failure::surroundings)?;
    Ok(Arc::new(list))
}

/// A row of the table of devices.
#[derive(Debug, Serialize)]
pub struct Row {
    operation: &'static str,
    device: String,
    calls: u64,
    bytes_to: u64,
    bytes_from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycles: Option<u64>,
    seconds: f64,
    refused: u64,
    failed: u64,
    wrong: u64,
}

impl From<Usage> for Row {
    fn from(usage: Usage) -> Self {
        let Usage {
            device,
            kind,
            count,
        } = usage;
        Self {
            operation: kind.name(),
            device,
            calls: count.calls,
            bytes_to: count.bytes_up,
            bytes_from: count.bytes_down,
            cycles: count.cycles,
            seconds: count.seconds,
            refused: count.refused,
            failed: count.failed,
            wrong: count.wrong,
        }
    }
}

/// The table for people, each line after a line break.
pub fn table(rows: &[Row]) -> String {
    let held = rows
        .iter()
        .any(|row| row.refused + row.failed + row.wrong > 0);
    let mut cells: Vec<Vec<String>> = vec![
        [
            "operation",
            "device",
            "calls",
            "bytes to",
            "bytes from",
            "cycles",
            "seconds",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    if held {
        cells[0].extend(["refused", "failed", "wrong"].map(str::to_owned));
    }
    for row in rows {
        let cycles = row.cycles.map_or_else(|| "-".to_owned(), grouped);
        let mut line = vec![
            row.operation.to_owned(),
            row.device.clone(),
            grouped(row.calls),
            grouped(row.bytes_to),
            grouped(row.bytes_from),
            cycles,
            format!("{:.3}", row.seconds),
        ];
        if held {
            line.extend([row.refused, row.failed, row.wrong].map(grouped));
        }
        cells.push(line);
    }
    let width = |column: usize| {
        let cells = cells.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..cells[0].len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let mut text = String::from("\n");
        for (column, (cell, &width)) in cells.iter().zip(&widths).enumerate() {
            // Words to the left, numbers to the right.
            text += &match column {
                0 | 1 => format!("{cell:<width$}  "),
                _ => format!("{cell:>width$}  "),
            };
        }
        text.trim_end_matches(' ').to_owned()
    };
    cells.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_an_unknown_name_answered_with_the_known_ones() {
        let choice = Choice::parse("cpu").unwrap();
        assert!(choice.is_plain());
        assert!(!Choice::parse("dual:cpu").unwrap().is_plain());
        assert!(!Choice::parse("fpga-emu,cpu").unwrap().is_plain());
        let error = Choice::parse("fpga-emu,gpu").unwrap_err();
        assert!(
            error.contains("`gpu`") && error.contains("cpu ("),
            "{error}"
        );
        assert!(Choice::parse("dual:fpga-emu,cpu").is_err());
        assert!(Choice::parse("cpu,cpu").is_err());
        assert!(Choice::parse("").is_err());
        assert!(Choice::parse("fpga:01:00.0,cpu").is_ok());
        assert!(Choice::parse("fpga:somewhere").is_err());
        assert_eq!(
            Choice::parse("cuda,cpu").unwrap().devices[0],
            Named::Cuda(0)
        );
        assert_eq!(
            Choice::parse("dual:cuda:1").unwrap().devices,
            [Named::Cuda(1)]
        );
        assert!(Choice::parse("cuda,cuda:0").is_err());
        let error = Choice::parse("cuda:first").unwrap_err();
        assert!(error.contains("takes a number"), "{error}");
    }

    #[test]
    fn the_cpu_is_no_device_that_can_be_required() {
        let choice = Choice::parse("cpu").unwrap();
        assert!(Devices::new(&choice, true).is_err());
        assert!(Devices::new(&choice, false).is_ok());
    }

    #[test]
    fn the_table_lines_up_and_says_what_went_wrong_only_if_something_did() {
        let row = |operation, calls, failed| Row {
            operation,
            device: "card".to_owned(),
            calls,
            bytes_to: 1 << 20,
            bytes_from: 0,
            cycles: None,
            seconds: 0.5,
            refused: 0,
            failed,
            wrong: 0,
        };
        let quiet = table(&[row("lde", 3, 0), row("commit", 12_000, 0)]);
        assert!(!quiet.contains("failed"), "{quiet}");
        let ends: Vec<_> = quiet
            .lines()
            .skip(1)
            .map(|line| line.find("1 048 576"))
            .collect();
        assert!(ends[1].is_some() && ends[1] == ends[2], "{quiet}");
        let loud = table(&[row("lde", 3, 2)]);
        assert!(loud.contains("failed"), "{loud}");
    }
}
