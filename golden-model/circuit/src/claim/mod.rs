//! What the proof of a segment says, and the table that puts it on the buses.

mod air;
mod columns;
mod statement;

pub use air::ClaimAir;
pub use columns::Ends;
pub use statement::{Claim, ClaimError, State};
