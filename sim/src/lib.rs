#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod axi;
mod bundle;
#[cfg(feature = "verilator")]
mod card;
mod checker;
mod class;
#[cfg(feature = "verilator")]
mod clock;
#[cfg(feature = "verilator")]
mod cosim;
mod coverage;
mod difference;
mod error;
mod golden;
#[cfg(feature = "verilator")]
mod konata;
mod lines;
mod memory;
#[cfg(feature = "verilator")]
mod model;
mod options;
mod past;
mod profile;
mod progress;
mod registers;
mod report;
#[cfg(feature = "verilator")]
mod restart;
mod resume;
mod rng;
mod shrink;
mod stream;
mod timing;
#[cfg(not(feature = "verilator"))]
mod unbuilt;
#[cfg(feature = "verilator")]
mod unchecked;
mod waves;

pub use axi::{Answer, Burst, Port, ProtocolError, Request, Storage, Traffic, WriteBeat};
pub use bundle::{Bundle, Manifest, Symptom};
#[cfg(feature = "verilator")]
pub use card::{CardTraffic, Misbehaviour, TraceBeat, WitnessCard};
pub use checker::{Checker, Divergence, HISTORY, Matched};
pub use class::{CLASSES, class_of};
#[cfg(feature = "verilator")]
pub use cosim::{cores, cosim};
pub use coverage::Coverage;
pub use difference::Difference;
pub use error::SimError;
pub use golden::GoldenTrace;
#[cfg(feature = "verilator")]
pub use konata::{KonataSummary, write_konata};
pub use lines::{LineCoverage, Share};
pub use memory::Memory;
#[cfg(feature = "verilator")]
pub use model::{Rtl, View};
pub use options::{CosimOptions, ReportOptions, WAVE_CYCLES_AFTER};
pub use profile::{Lost, Profile};
pub use progress::{Progress, State};
pub use registers::{Counters, Status};
pub use report::{CosimReport, Failure, Restart, Retirement, Waves};
pub use resume::{Resumed, resume};
pub use rng::Rng;
pub use shrink::{MOST_RUNS, Shrunk, Watch, shrink};
pub use stream::{Sink, Source};
pub use timing::{Stalls, Timing};
#[cfg(not(feature = "verilator"))]
pub use unbuilt::{KonataSummary, cores, cosim, unchecked, write_konata};
#[cfg(feature = "verilator")]
pub use unchecked::unchecked;
pub use waves::vcd_to_fst;

/// Whether this build can run the RTL.
pub const HAS_RTL: bool = cfg!(feature = "verilator");

/// SHA-256 over the RTL's sources in this build, hexadecimal; `none` in a build without.
#[cfg(feature = "verilator")]
pub const RTL_REVISION: &str = env!("ASSAY_RTL_REVISION");

/// SHA-256 over the RTL's sources in this build, hexadecimal; `none` in a build without.
#[cfg(not(feature = "verilator"))]
pub const RTL_REVISION: &str = "none";
