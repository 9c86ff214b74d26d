//! What the proof of a segment says, and the table that puts it on the buses.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod generation;
mod statement;

pub use air::ClaimAir;
pub use columns::Ends;
#[cfg(feature = "witness")]
pub use generation::generate;
pub use statement::{Claim, ClaimError, State};
