//! Makes programs that fail smaller, without knowing what failing means: an [`Oracle`] says.
//!
//! Any list of words is a program of the machine: if nothing else, it ends with a fault that both sides must show. So words can be taken
//! out freely, as long as what jumps to each other stays connected. Delta debugging after Zeller and Hildebrandt, "Simplifying and
//! Isolating Failure-Inducing Input" (2002), with two additions: [`linear`] begins with the executed instructions in a row instead of the
//! program, [`placed`] with the same ones where they lay, and constants take the place of what computed them.

mod linear;
mod placed;
mod reduce;
mod subject;

pub use linear::{Start, Step, linear};
pub use placed::placed;
pub use reduce::{Oracle, reduce};
pub use subject::{Item, Subject};

#[cfg(test)]
mod tests;
