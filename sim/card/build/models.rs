//! Which cards are built, and with which parameters.

/// What the libraries are called after.
pub const NAME: &str = "card";
pub const FILE_LIST: &str = "rtl/card.f";
pub const SHIM: &str = "shim/card.cpp";

/// `bench_card` with its parameters.
pub struct Model {
    pub name: &'static str,
    pub top: &'static str,
    /// `NAME=VALUE`.
    pub parameters: &'static [&'static str],
    /// Many copies of a few units: these become functions.
    pub repeats: bool,
}

impl Model {
    /// Whether it can write waves: a wide card takes twice as long to build with them.
    pub const fn has_waves(&self) -> bool {
        false
    }
}

pub const MODELS: &[Model] = &[Model {
    name: "small",
    top: "bench_card",
    parameters: &["WithWitness=0"],
    repeats: false,
}];
