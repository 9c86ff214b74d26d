//! Cards, by their data sheets.

use serde::Serialize;

/// What a device has, or what a design takes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Resources {
    /// DSP48E2.
    pub dsp: f64,
    /// LUTs, those that are shift registers or RAM among them.
    pub lut: f64,
    /// RAMB36.
    pub ramb36: f64,
    /// UltraRAM blocks.
    pub uram: f64,
}

impl Resources {
    /// The largest share of a device that this takes, in any kind.
    #[must_use]
    pub fn share_of(&self, device: &Self) -> f64 {
        let shares = [
            self.dsp / device.dsp,
            self.lut / device.lut,
            self.ramb36 / device.ramb36,
            self.uram / device.uram,
        ];
        shares.into_iter().fold(0.0, f64::max)
    }
}

/// An FPGA card.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Card {
    /// As it is named on the command line.
    pub key: &'static str,
    /// As it is named by its maker.
    pub name: &'static str,
    /// Peak of its memory, both directions together, bytes a second.
    pub memory_peak: f64,
    /// Share of that peak that long bursts get, after refresh and turn-around.
    pub memory_share: f64,
    /// Bytes of its memory.
    pub memory_bytes: u64,
    /// Peak of PCIe in one direction, bytes a second.
    pub pcie_peak: f64,
    /// Share of that peak that large transfers get, after headers.
    pub pcie_share: f64,
    /// What its device has.
    pub device: Resources,
    /// Share of the device that a shell leaves.
    pub usable: f64,
    /// Where these numbers are from.
    pub source: &'static str,
}

/// XCU55C and VU47P are the same silicon: DS978 and DS890.
const VU47P: Resources = Resources {
    dsp: 9024.0,
    lut: 1_303_680.0,
    ramb36: 2016.0,
    uram: 960.0,
};

/// 32 pseudo-channels of 14.375 GB/s (UG1393).
const HBM2_PEAK: f64 = 460e9;
/// About 360 GB/s of 460 after refresh.
const HBM2_SHARE: f64 = 0.78;
/// Payload of 256 bytes in packets with 26 bytes of framing and header, and some acknowledgements.
const PCIE_SHARE: f64 = 0.85;

/// The cards that have a model.
pub const CARDS: &[Card] = &[
    Card {
        key: "u55c",
        name: "Alveo U55C",
        memory_peak: HBM2_PEAK,
        memory_share: HBM2_SHARE,
        memory_bytes: 16 << 30,
        // Gen3 x16: 8 GT/s, 128b/130b.
        pcie_peak: 15.75e9,
        pcie_share: PCIE_SHARE,
        device: VU47P,
        // Its own design, no vendor shell but PCIe and HBM controllers.
        usable: 0.9,
        source: "AMD DS978, UG1393",
    },
    Card {
        key: "vu47p",
        name: "VU47P (AWS F2)",
        memory_peak: HBM2_PEAK,
        memory_share: HBM2_SHARE,
        memory_bytes: 16 << 30,
        // The shell's 512-bit port at 250 MHz, whatever the link could do.
        pcie_peak: 16e9,
        pcie_share: PCIE_SHARE,
        device: VU47P,
        // What the small shell leaves.
        usable: 0.88,
        source: "AMD DS890, UG1393; AWS F2 developer kit",
    },
];
