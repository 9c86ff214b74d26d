#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod axi;
#[cfg(feature = "verilator")]
mod card;
mod checker;
#[cfg(feature = "verilator")]
mod cosim;
mod error;
mod golden;
mod memory;
#[cfg(feature = "verilator")]
mod model;
mod options;
mod progress;
mod registers;
mod report;
mod rng;
mod stream;
mod timing;
#[cfg(not(feature = "verilator"))]
mod unbuilt;
mod waves;

pub use axi::{Answer, Burst, Port, ProtocolError, Request, Traffic, WriteBeat};
#[cfg(feature = "verilator")]
pub use card::{CardTraffic, Misbehaviour, TraceBeat, WitnessCard};
pub use checker::{Checker, Difference, Divergence, HISTORY, Matched};
#[cfg(feature = "verilator")]
pub use cosim::cosim;
pub use error::SimError;
pub use golden::GoldenTrace;
pub use memory::Memory;
#[cfg(feature = "verilator")]
pub use model::Rtl;
pub use options::{CosimOptions, ReportOptions, WAVE_CYCLES_AFTER};
pub use progress::{Progress, State};
pub use registers::{Counters, Status};
pub use report::{CosimReport, Failure, Retirement, Waves};
pub use rng::Rng;
pub use stream::{Sink, Source};
pub use timing::{Stalls, Timing};
#[cfg(not(feature = "verilator"))]
pub use unbuilt::cosim;
pub use waves::vcd_to_fst;

/// Whether this build can run the RTL.
pub const HAS_RTL: bool = cfg!(feature = "verilator");
