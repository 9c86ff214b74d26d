//! The Verilated RTL as a safe Rust value: pins in, pins out, one call a clock cycle.
//!
//! This is the only module of the crate that touches C++.

#![allow(unsafe_code)]

use assay_abi::plants::Plant;
use cxx::UniquePtr;

use crate::error::SimError;

pub use ffi::{Drive, MasterPins, Sample, SlavePins, View};

#[cxx::bridge(namespace = "assay")]
mod ffi {
    /// What an AXI memory port gets from the memory, apart from its data.
    #[derive(Clone, Copy, Debug, Default)]
    struct SlavePins {
        awready: bool,
        wready: bool,
        bvalid: bool,
        arready: bool,
        rvalid: bool,
        rlast: bool,
    }

    /// What an AXI memory port says, apart from its data.
    #[derive(Clone, Copy, Debug, Default)]
    struct MasterPins {
        awvalid: bool,
        awlen: u8,
        awsize: u8,
        awburst: u8,
        awaddr: u64,
        wvalid: bool,
        wlast: bool,
        bready: bool,
        rready: bool,
        wstrb: u64,
        arvalid: bool,
        arlen: u8,
        arsize: u8,
        arburst: u8,
        araddr: u64,
    }

    /// Every input of the top, clock apart.
    #[derive(Clone, Debug, Default)]
    struct Drive {
        rst_n: bool,
        regs_awvalid: bool,
        regs_wvalid: bool,
        regs_bready: bool,
        regs_arvalid: bool,
        regs_rready: bool,
        regs_addr: u16,
        regs_wdata: u32,
        ibus: SlavePins,
        ibus_rdata: u64,
        dbus: SlavePins,
        dbus_rdata: u64,
        shadow: SlavePins,
        shadow_rdata: [u32; 16],
        input_valid: bool,
        input_data: u32,
        journal_ready: bool,
        trace_ready: bool,
    }

    /// Every output of the top, as the clock edge that ends the cycle sees it. `shadow_wdata` and `trace_data` hold
    /// their last value while their `valid` is low.
    #[derive(Clone, Debug, Default)]
    struct Sample {
        failed: bool,
        regs_awready: bool,
        regs_wready: bool,
        regs_bvalid: bool,
        regs_bresp: u8,
        regs_arready: bool,
        regs_rvalid: bool,
        regs_rresp: u8,
        regs_rdata: u32,
        ibus: MasterPins,
        dbus: MasterPins,
        dbus_wdata: u64,
        shadow: MasterPins,
        shadow_wdata: [u32; 16],
        input_ready: bool,
        journal_valid: bool,
        journal_data: u32,
        trace_valid: bool,
        trace_last: bool,
        trace_data: [u32; 16],
    }

    /// Which instruction was in which stage. `bits`: valid in IF, queue, ID, EX, MEM, WB from bit 0; then what stays where it is: IF, queue,
    /// ID, EX, WB; bit 11: the one in WB retires.
    #[derive(Clone, Copy, Debug, Default)]
    struct View {
        bits: u32,
        if_pc: u32,
        skid_pc: u32,
        id_pc: u32,
        ex_pc: u32,
        mem_pc: u32,
        wb_pc: u32,
    }

    unsafe extern "C++" {
        include!("assay-sim/shim/model.h");

        type Model;

        fn cycle(self: Pin<&mut Model>, drive: &Drive, sample: &mut Sample);
        fn open_waves(self: Pin<&mut Model>, path: &str) -> bool;
        fn close_waves(self: Pin<&mut Model>);
        fn write_coverage(self: Pin<&mut Model>, path: &str) -> bool;
        fn view(self: &Model, out: &mut View);
        fn failure(self: &Model) -> String;

        fn new_fast() -> UniquePtr<Model>;
        fn new_debug(plusargs: &[String]) -> UniquePtr<Model>;
        fn core_names() -> Vec<String>;
        fn new_core(core: &str, plusargs: &[String]) -> UniquePtr<Model>;
    }
}

/// One instance of the RTL.
pub struct Rtl {
    model: UniquePtr<ffi::Model>,
}

impl Rtl {
    /// The model without waves and planted bugs.
    #[must_use]
    pub fn fast() -> Self {
        Self {
            model: ffi::new_fast(),
        }
    }

    /// The model with waves, and with one bug planted if `plant` names one.
    #[must_use]
    pub fn debug(plant: Option<&Plant>) -> Self {
        Self {
            model: ffi::new_debug(&plusargs(plant)),
        }
    }

    /// A core of `rtl/wrap/` in the place of ours, with waves, and with one bug planted if `plant` names one.
    ///
    /// # Errors
    /// [`SimError::Core`], with the names that there are, if this build has no such core.
    pub fn core(name: &str, plant: Option<&Plant>) -> Result<Self, SimError> {
        let model = ffi::new_core(name, &plusargs(plant));
        if model.is_null() {
            return Err(SimError::Core {
                name: name.to_owned(),
                known: Self::cores().join(", "),
            });
        }
        Ok(Self { model })
    }

    /// The names of those cores that this build has.
    #[must_use]
    pub fn cores() -> Vec<String> {
        ffi::core_names()
    }

    /// One clock cycle: applies `drive`, and samples the outputs just before the clock edge.
    pub fn cycle(&mut self, drive: &Drive, sample: &mut Sample) {
        self.model.pin_mut().cycle(drive, sample);
    }

    /// Writes a VCD from the next cycle on.
    ///
    /// # Errors
    /// [`SimError::Waves`] if the file cannot be written, or if this is the fast model.
    pub fn open_waves(&mut self, path: &str) -> Result<(), SimError> {
        if self.model.pin_mut().open_waves(path) {
            Ok(())
        } else {
            Err(SimError::Waves {
                path: path.into(),
                reason: "the model cannot write this file".to_owned(),
            })
        }
    }

    /// Ends the VCD.
    pub fn close_waves(&mut self) {
        self.model.pin_mut().close_waves();
    }

    /// Writes which lines ran and which signals toggled since the model was made.
    ///
    /// # Errors
    /// [`SimError::Coverage`] if this build does not count them.
    pub fn write_coverage(&mut self, path: &str) -> Result<(), SimError> {
        if self.model.pin_mut().write_coverage(path) {
            Ok(())
        } else {
            Err(SimError::Coverage {
                path: path.into(),
                reason: "this build does not count lines: build with `--features coverage`"
                    .to_owned(),
            })
        }
    }

    /// Which instruction was in which stage of the core in the last cycle: of the debug model, zeros of all others.
    #[must_use]
    pub fn view(&self) -> View {
        let mut view = View::default();
        self.model.view(&mut view);
        view
    }

    /// Where a SystemVerilog assertion failed, if one did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        Some(self.model.failure()).filter(|text| !text.is_empty())
    }
}

fn plusargs(plant: Option<&Plant>) -> Vec<String> {
    plant
        .map(|plant| format!("+plant={}", plant.id))
        .into_iter()
        .collect()
}
