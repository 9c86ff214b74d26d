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

pub const MODELS: &[Model] = &[
    // Two lanes, a folded hasher, no witness core.
    Model {
        name: "small",
        top: "bench_card",
        parameters: &["WithWitness=0"],
        repeats: false,
    },
    #[cfg(feature = "witness")]
    Model {
        name: "witness",
        top: "bench_card",
        parameters: &["LogMax=4", "LogLoad=8", "LogStore=8", "LogRows=8"],
        repeats: false,
    },
    #[cfg(feature = "wide")]
    Model {
        name: "wide",
        top: "bench_card",
        parameters: &[
            "WithWitness=0",
            "Field=1",
            "Lanes=16",
            "LogMax=6",
            "LogLoad=10",
            "LogStore=11",
            "LogRows=12",
        ],
        repeats: false,
    },
];
