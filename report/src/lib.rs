#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod figure;
mod file;
mod html;
mod plots;
mod run;
#[cfg(test)]
mod sample;
mod svg;
mod table;
mod text;
mod work;

pub use figure::{Figure, Quantity, Source, Spread};
pub use file::{File, FileError, VERSION};
pub use html::html;
pub use run::{
    Body, Build, Device, Machine, Measurement, Outcome, Part, Phase, Prices, Run, Taken, cost,
    figures,
};
pub use table::{Heading, Row, Table};
pub use text::text;
pub use work::{Operation, Work};
