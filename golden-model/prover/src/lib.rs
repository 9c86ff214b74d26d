#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod grind;
mod hal;
mod memory;
mod prover;
mod session;
mod stark;
mod store;

pub use error::ProveError;
pub use grind::Grinder;
pub use hal::HalStark;
pub use memory::{Budget, TableSize, estimate};
pub use prover::{Prover, Sealed, claim};
pub use session::{Options, Progress, Silent, prove_segments, prove_session};
pub use stark::{Engine, Stark, StarkError};
pub use store::{SealStore, StoreError};
