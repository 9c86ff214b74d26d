//! Where a card is, as the command line says it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use assay_driver::vfio::{KernelDevice, SocketDevice, VfioCard};
use assay_driver::{Driver, DriverError, EmulatedCard, Options, Shape, Transport};
use assay_engines::field::FieldId;

use crate::exit::Failure;

/// A card by any transport.
pub type AnyDriver = Driver<Arc<dyn Transport>>;

/// Memory of an emulated card, in bytes; the host holds what is used of it.
const EMULATED_MEMORY: u64 = 16 << 30;

/// Where a card is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this process, in Rust.
    Emulated,
    /// In this process, the RTL.
    Simulated,
    /// Behind a vfio-user socket.
    Socket(PathBuf),
    /// A PCI device that `vfio-pci` holds.
    Pci(String),
    /// The only one.
    Only,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "emu" => return Ok(Self::Emulated),
            "sim" => return Ok(Self::Simulated),
            "pci" => return Ok(Self::Only),
            _ => {}
        }
        if let Some(path) = text.strip_prefix("socket:") {
            return Ok(Self::Socket(path.into()));
        }
        let is_address = text.contains(':')
            && text.contains('.')
            && text
                .chars()
                .all(|it| it.is_ascii_hexdigit() || ":.".contains(it));
        if !is_address {
            return Err(
                "none of `emu`, `sim`, `pci`, `socket:PATH`, or a PCI address such as 0000:01:00.0"
                    .to_owned(),
            );
        }
        // The kernel writes the domain; people leave it out.
        Ok(Self::Pci(match text.matches(':').count() {
            1 => format!("0000:{text}"),
            _ => text.to_owned(),
        }))
    }
}

/// An emulated card.
pub fn emulated() -> Result<EmulatedCard, Failure> {
    let shape = Shape::new(FieldId::KoalaBear, 4, 24, 1, EMULATED_MEMORY);
    EmulatedCard::new(shape).map_err(Failure::surroundings)
}

fn pci(address: &str) -> Result<Arc<dyn Transport>, Failure> {
    let device = KernelDevice::open(address).map_err(Failure::surroundings)?;
    Ok(Arc::new(
        VfioCard::new(device).map_err(Failure::surroundings)?,
    ))
}

/// The card's RTL, with memories that answer at once.
#[cfg(feature = "verilator")]
fn simulated() -> Result<Arc<dyn Transport>, Failure> {
    let card = assay_card_sim::VerilatedCard::new("small", assay_card_sim::Surroundings::default());
    Ok(Arc::new(card.map_err(Failure::surroundings)?))
}

/// Says what is missing.
#[cfg(not(feature = "verilator"))]
fn simulated() -> Result<Arc<dyn Transport>, Failure> {
    Err(Failure::surroundings(anyhow::anyhow!(
        "this build has no RTL: `cargo build --release -p assay-cli --features verilator`, which needs Verilator (`cargo xtask setup`)"
    )))
}

impl Place {
    /// Opens the card there.
    pub fn open(&self, timeout: Duration) -> Result<AnyDriver, Failure> {
        let transport: Arc<dyn Transport> = match self {
            Self::Emulated => Arc::new(emulated()?),
            Self::Simulated => simulated()?,
            Self::Socket(path) => {
                let device = SocketDevice::connect(path).map_err(Failure::surroundings)?;
                Arc::new(VfioCard::new(device).map_err(Failure::surroundings)?)
            }
            Self::Pci(address) => pci(address)?,
            Self::Only => match &KernelDevice::list().map_err(Failure::surroundings)?[..] {
                [address] => pci(address)?,
                held => {
                    return Err(Failure::surroundings(anyhow::anyhow!(
                        "vfio-pci holds {} devices, not one: `assay card list` names them",
                        held.len()
                    )));
                }
            },
        };
        let options = Options {
            // A clock cycle of a simulated card takes a thousand times as long as one of a card.
            timeout: match self {
                Self::Simulated => timeout * 100,
                _ => timeout,
            },
            ..Options::default()
        };
        Driver::open(transport, options).map_err(failed)
    }
}

/// A card's failure is the surroundings'.
pub fn failed(error: DriverError) -> Failure {
    Failure::surroundings(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_their_form() {
        assert_eq!("emu".parse(), Ok(Place::Emulated));
        assert_eq!("sim".parse(), Ok(Place::Simulated));
        assert_eq!("socket:/run/c".parse(), Ok(Place::Socket("/run/c".into())));
        let pci = Place::Pci("0000:01:00.0".to_owned());
        assert_eq!("01:00.0".parse(), Ok(pci.clone()));
        assert_eq!("0000:01:00.0".parse(), Ok(pci));
        for wrong in ["", "emulator", "sock:/run/c", "01:00", "x1:00.0"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
