//! Bugs that a test build of the RTL can be told to have (hw-abi/plants.toml).

#[rustfmt::skip]
#[path = "../generated/engine_plants.rs"]
mod engines;
#[rustfmt::skip]
#[path = "../generated/plants.rs"]
mod generated;

pub use engines::ENGINE_PLANTS;
pub use generated::PLANTS;

/// One planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plant {
    /// The number in the plusarg `plant=<id>`.
    pub id: u32,
    /// What the command line calls it.
    pub name: &'static str,
    /// The block that it is in: `core`, `cache`, `trace` or `packer`; of an engine `field`, `poseidon2`, `merkle` or `ntt`.
    pub block: &'static str,
    /// What is wrong.
    pub doc: &'static str,
    /// What a report may name as the first field that differs.
    pub fields: &'static [&'static str],
}

/// The plant of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Plant> {
    PLANTS.iter().find(|plant| plant.name == name)
}

/// The plant with that number.
#[must_use]
pub fn by_id(id: u32) -> Option<&'static Plant> {
    PLANTS.iter().find(|plant| plant.id == id)
}

/// The engines' plant of that name.
#[must_use]
pub fn of_engines(name: &str) -> Option<&'static Plant> {
    ENGINE_PLANTS.iter().find(|plant| plant.name == name)
}
