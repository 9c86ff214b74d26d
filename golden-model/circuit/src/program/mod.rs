//! The program: how every instruction of the text is decoded. Its columns are fixed by the verifying key.

mod air;
mod columns;
#[cfg(feature = "witness")]
mod decode;
mod table;

pub use air::{ProgramAir, look_up};
pub use columns::Entry;
#[cfg(feature = "witness")]
pub use decode::decode;
pub use table::ProgramTable;
