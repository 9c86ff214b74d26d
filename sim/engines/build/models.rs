//! Which engines are built, and with which parameters.

/// A top of `rtl/bench` with its parameters.
pub struct Model {
    /// What `Engine::new` calls it.
    pub name: &'static str,
    pub top: &'static str,
    /// `NAME=VALUE`.
    pub parameters: &'static [&'static str],
}

impl Model {
    const fn new(
        name: &'static str,
        top: &'static str,
        parameters: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            top,
            parameters,
        }
    }
}

pub const MODELS: &[Model] = &[
    Model::new("field_koalabear", "bench_field", &["Field=0"]),
    Model::new("field_babybear", "bench_field", &["Field=1"]),
    Model::new("ntt_koalabear_2", "bench_ntt", &["Field=0", "LogMax=12"]),
    Model::new(
        "ntt_babybear_4",
        "bench_ntt",
        &["Field=1", "Lanes=4", "LogMax=7"],
    ),
    Model::new(
        "ntt_memory_babybear_4",
        "bench_ntt_memory",
        &["Field=1", "Lanes=4", "LogMax=4", "LogLoad=8", "LogStore=9"],
    ),
    // As small as they get: 102 multipliers of 18 bits, and 108 with shared S-boxes of four multiplications.
    Model::new(
        "sponge_koalabear",
        "bench_sponge",
        &["Field=0", "Products=3", "Slots=32"],
    ),
    Model::new(
        "sponge_babybear",
        "bench_sponge",
        &["Field=1", "Products=3", "Share=2", "Slots=64"],
    ),
];
