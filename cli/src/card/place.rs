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
    /// Behind a vfio-user socket.
    Socket(PathBuf),
    /// A PCI device that `vfio-pci` holds.
    Pci(String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "emu" {
            return Ok(Self::Emulated);
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
                "neither `emu`, nor `socket:PATH`, nor a PCI address such as 0000:01:00.0"
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

impl Place {
    /// Opens the card there.
    pub fn open(&self, timeout: Duration) -> Result<AnyDriver, Failure> {
        let transport: Arc<dyn Transport> = match self {
            Self::Emulated => Arc::new(emulated()?),
            Self::Socket(path) => {
                let device = SocketDevice::connect(path).map_err(Failure::surroundings)?;
                Arc::new(VfioCard::new(device).map_err(Failure::surroundings)?)
            }
            Self::Pci(address) => {
                let device = KernelDevice::open(address).map_err(Failure::surroundings)?;
                Arc::new(VfioCard::new(device).map_err(Failure::surroundings)?)
            }
        };
        let options = Options {
            timeout,
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
        assert_eq!("socket:/run/c".parse(), Ok(Place::Socket("/run/c".into())));
        let pci = Place::Pci("0000:01:00.0".to_owned());
        assert_eq!("01:00.0".parse(), Ok(pci.clone()));
        assert_eq!("0000:01:00.0".parse(), Ok(pci));
        for wrong in ["", "emulator", "sock:/run/c", "01:00", "x1:00.0"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
