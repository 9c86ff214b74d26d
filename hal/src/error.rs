use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::operation::Kind;

/// What a device did not do, and why. A clone is cheap: whatever waits for a result is told of the failure of what the result depends on.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HalError {
    /// The device cannot do this; another may.
    #[error("{device} cannot {what}")]
    Unsupported {
        /// Which.
        device: String,
        /// What it was asked.
        what: String,
    },
    /// The device's memory is full.
    #[error("{device} has {free} bytes of memory free, {asked} are needed")]
    OutOfMemory {
        /// Which.
        device: String,
        /// Bytes that were needed.
        asked: u64,
        /// Bytes that were free.
        free: u64,
    },
    /// The device is gone, or in a state that only a restart ends.
    #[error("{device} is lost: {why}")]
    DeviceLost {
        /// Which.
        device: String,
        /// How that came out.
        why: String,
    },
    /// No answer in time.
    #[error("{device} gave no answer to {operation} in {milliseconds} ms")]
    Timeout {
        /// Which.
        device: String,
        /// What was waited for.
        operation: Kind,
        /// How long.
        milliseconds: u64,
    },
    /// The result is wrong.
    #[error("{device}: wrong result of {operation}: {difference}")]
    WrongResult {
        /// Whose.
        device: String,
        /// Of what.
        operation: Kind,
        /// Where, and how.
        difference: Difference,
    },
    /// What carries commands and data to the device failed.
    #[error("the way to {device} failed: {source}")]
    Transport {
        /// Which device.
        device: String,
        /// What happened.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// Nobody could do this.
    #[error("bad argument: {0}")]
    BadArgument(String),
}

impl HalError {
    /// A bad argument.
    pub fn bad(what: impl Into<String>) -> Self {
        Self::BadArgument(what.into())
    }

    /// Whether another device may do what this one did not, though nothing is wrong with it.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Unsupported { .. } | Self::OutOfMemory { .. })
    }
}

/// The first place at which a result is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What is there.
    pub found: String,
    /// What must be there.
    pub expected: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            found,
            expected,
        } = self;
        write!(f, "{place}: found {found}, expected {expected}")
    }
}

/// A place in a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// An element of a matrix, in the order in which the device has the rows.
    Element {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// A column, evaluated at a random point.
    Column(usize),
    /// A node of a tree; layer 0 is that of the highest matrices' rows.
    Node {
        /// Its layer.
        layer: usize,
        /// Its number in the layer.
        index: usize,
    },
    /// An element of an opened row.
    Opened {
        /// The row that was asked for.
        row: usize,
        /// The matrix.
        matrix: usize,
        /// The column.
        column: usize,
    },
    /// The path of an opened row.
    Path {
        /// The row that was asked for.
        row: usize,
    },
    /// The size of a result.
    Size,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element { row, column } => write!(f, "row {row}, column {column}"),
            Self::Column(column) => write!(f, "column {column} at a random point"),
            Self::Node { layer, index } => write!(f, "layer {layer}, digest {index}"),
            Self::Opened {
                row,
                matrix,
                column,
            } => write!(f, "opened row {row}, matrix {matrix}, column {column}"),
            Self::Path { row } => write!(f, "path of row {row}"),
            Self::Size => f.write_str("size"),
        }
    }
}
