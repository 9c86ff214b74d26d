#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod catalog;
pub mod coremark;
mod error;
mod gcc;
mod rebuild;
pub mod riscv_tests;
mod rust;
mod sample;
mod suites;
mod toolchain;

pub use catalog::{GUESTS, Guest, Language, find, folder};
pub use error::GuestError;
pub use gcc::compile as build_c;
pub use rebuild::{Built, Comparison, compare, rebuild, update};
pub use rust::build as build_rust;
pub use sample::{Sample, sample, sample_of_size};
pub use suites::suites;
