//! Which engines are built, and with which parameters.

/// What the libraries are called after.
pub const NAME: &str = "engine";
pub const FILE_LIST: &str = "rtl/engines.f";
pub const SHIM: &str = "shim/engine.cpp";

/// A top of `rtl/bench` with its parameters.
pub struct Model {
    /// What `Engine::new` calls it.
    pub name: &'static str,
    pub top: &'static str,
    /// `NAME=VALUE`.
    pub parameters: &'static [&'static str],
    /// Many copies of a few units: these become functions, which compile in a fraction of the time, and nothing of it goes to waves.
    pub repeats: bool,
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
            repeats: false,
        }
    }

    /// Whether it can write waves.
    pub const fn has_waves(&self) -> bool {
        !self.repeats
    }

    const fn repeating(self) -> Self {
        Self {
            repeats: true,
            ..self
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
        "ntt_koalabear_8",
        "bench_ntt",
        &["Field=0", "Lanes=8", "LogMax=4"],
    ),
    Model::new(
        "ntt_babybear_16",
        "bench_ntt",
        &["Field=1", "Lanes=16", "LogMax=4"],
    ),
    Model::new(
        "ntt_memory_babybear_4",
        "bench_ntt_memory",
        &["Field=1", "Lanes=4", "LogMax=4", "LogLoad=8", "LogStore=9"],
    ),
    Model::new(
        "ntt_memory_babybear_2",
        "bench_ntt_memory",
        &[
            "Field=1",
            "Lanes=2",
            "LogMax=8",
            "LogLoad=12",
            "LogStore=13",
        ],
    ),
    Model::new(
        "ntt_memory_koalabear_16",
        "bench_ntt_memory",
        &[
            "Field=0",
            "Lanes=16",
            "LogMax=9",
            "LogLoad=13",
            "LogStore=14",
        ],
    ),
    // For an ECP5: 54 and 60 multipliers of 18 bits, for BabyBear's S-boxes have four multiplications.
    Model::new(
        "sponge_koalabear",
        "bench_sponge",
        &["Field=0", "Products=3", "Share=2", "Slots=32"],
    ),
    Model::new(
        "sponge_babybear",
        "bench_sponge",
        &["Field=1", "Products=3", "Share=4", "Slots=64"],
    ),
    // As large: a permutation a cycle.
    Model::new(
        "sponge_koalabear_unrolled",
        "bench_sponge",
        &[
            "Field=0",
            "Products=3",
            "FullUnits=8",
            "PartialUnits=20",
            "Slots=1024",
            "OutDepth=1024",
        ],
    )
    .repeating(),
    Model::new(
        "sponge_babybear_unrolled",
        "bench_sponge",
        &[
            "Field=1",
            "FullUnits=8",
            "PartialUnits=13",
            "Slots=1024",
            "OutDepth=1024",
        ],
    )
    .repeating(),
    Model::new(
        "merkle_koalabear",
        "bench_merkle",
        &[
            "Field=0",
            "FullUnits=2",
            "PartialUnits=5",
            "Slots=256",
            "OutDepth=256",
        ],
    )
    .repeating(),
    Model::new(
        "merkle_babybear",
        "bench_merkle",
        &["Field=1", "Products=3", "Share=2"],
    ),
    Model::new(
        "merkle_unrolled",
        "bench_merkle",
        &[
            "Field=0",
            "FullUnits=8",
            "PartialUnits=20",
            "Slots=1024",
            "OutDepth=1024",
            "ReadDepth=256",
            "WriteDepth=256",
        ],
    )
    .repeating(),
    // Extension and tree at once: as small as it gets, and as on a card.
    Model::new(
        "commit_babybear_4",
        "bench_commit",
        &[
            "Field=1",
            "Products=3",
            "Lanes=4",
            "LogMax=4",
            "LogLoad=8",
            "LogStore=9",
            "Share=2",
            "LogSlots=7",
            "OutDepth=128",
        ],
    ),
    Model::new(
        "commit_koalabear_16",
        "bench_commit",
        &[
            "Field=0",
            "Lanes=16",
            "LogMax=12",
            "LogLoad=13",
            "LogStore=14",
            "FullUnits=8",
            "PartialUnits=20",
            "LogSlots=13",
            "OutDepth=1024",
            "ReadDepth=256",
            "WriteDepth=256",
        ],
    )
    .repeating(),
];
