//! Harnesses that play a cheating prover against the constraints, one row at a time.
//!
//! [`free_cells`] changes single cells of valid witnesses. [`dead_parts`] leaves out one constraint or one interaction and looks for a row that is
//! accepted then and only then; [`lies`] are such rows made by hand. All judge a changed row in the same way: its constraints hold, those of the row before it too, and the
//! other tables cannot tell, because every message is what it was, or asks a table of true statements for another true one.

mod cells;
mod lies;
mod parts;
mod probe;
mod random;
mod solver;
mod subject;
#[cfg(test)]
mod tests;

pub use cells::{Column, free_cells};
pub use lies::{Lie, lies};
pub use parts::{Changed, Kill, Part, Verdict, dead_parts};
pub use subject::Subject;
