//! What devices are asked: operations, the shapes they take and give, and what they cost.

use std::fmt;

use p3_field::TwoAdicField;

use crate::error::HalError;
use crate::field::{DIGEST, HalField, STATE};

/// Bytes of an element.
const WORD: u64 = 4;

/// A matrix's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Elements of a row.
    pub width: usize,
}

impl Shape {
    /// A size.
    #[must_use]
    pub const fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }

    /// Bytes of its elements.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.height as u64 * self.width as u64 * WORD
    }

    const fn extended(self, added_bits: usize) -> Self {
        Self::new(self.height << added_bits, self.width)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.height, self.width)
    }
}

/// The order in which a device has a matrix's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Row i is that of the i-th point, or of the i-th power.
    Natural,
    /// Row i is that of the point whose number is i with its bits reversed.
    BitReversed,
}

/// A transform of all columns. H is the group of as many points as the input has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transform<F> {
    /// From coefficients, in natural order, to values on `shift·H`, in bit-reversed order.
    Dft {
        /// Of the coset; not 0.
        shift: F,
    },
    /// From values on `shift·H` to coefficients, both in natural order.
    Idft {
        /// Of the coset; not 0.
        shift: F,
    },
    /// From values on H, in natural order, to values on `shift·K`, in bit-reversed order, where K has `2^added_bits` times as many points.
    Lde {
        /// Logarithm of the blow-up.
        added_bits: usize,
        /// Of the coset; not 0.
        shift: F,
    },
}

impl<F: HalField> Transform<F> {
    /// What it does to a matrix of this size.
    #[must_use]
    pub const fn operation(&self, shape: Shape) -> Operation<'static> {
        match *self {
            Self::Dft { .. } => Operation::Dft(shape),
            Self::Idft { .. } => Operation::Idft(shape),
            Self::Lde { added_bits, .. } => Operation::Lde { shape, added_bits },
        }
    }

    /// The coset's shift.
    #[must_use]
    pub const fn shift(&self) -> F {
        match *self {
            Self::Dft { shift } | Self::Idft { shift } | Self::Lde { shift, .. } => shift,
        }
    }

    /// The size and the order of the result for an input that was checked.
    #[must_use]
    pub const fn output(&self, shape: Shape) -> (Shape, Order) {
        match *self {
            Self::Dft { .. } => (shape, Order::BitReversed),
            Self::Idft { .. } => (shape, Order::Natural),
            Self::Lde { added_bits, .. } => (shape.extended(added_bits), Order::BitReversed),
        }
    }

    /// Whether an input of this size and order can be transformed at all.
    ///
    /// # Errors
    /// [`HalError::BadArgument`].
    pub fn check(&self, order: Order) -> Result<(), HalError> {
        if order != Order::Natural {
            return Err(HalError::bad("a transform takes rows in natural order"));
        }
        if self.shift() == F::ZERO {
            return Err(HalError::bad("a coset's shift is not 0"));
        }
        Ok(())
    }
}

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A matrix to the device.
    Upload,
    /// A matrix from the device.
    Download,
    /// Coefficients to values.
    Dft,
    /// Values to coefficients.
    Idft,
    /// Values to more values.
    Lde,
    /// A Merkle tree.
    Commit,
    /// Rows and their paths.
    Open,
    /// Poseidon2 permutations.
    Permute,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Upload,
        Self::Download,
        Self::Dft,
        Self::Idft,
        Self::Lde,
        Self::Commit,
        Self::Open,
        Self::Permute,
    ];

    /// How reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Dft => "dft",
            Self::Idft => "idft",
            Self::Lde => "lde",
            Self::Commit => "commit",
            Self::Open => "open",
            Self::Permute => "permute",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An operation and its sizes: enough to say whether a device can do it, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation<'a> {
    /// A matrix to the device.
    Upload(Shape),
    /// A matrix from the device.
    Download(Shape),
    /// Coefficients to values.
    Dft(Shape),
    /// Values to coefficients.
    Idft(Shape),
    /// Values to more values.
    Lde {
        /// Of the input.
        shape: Shape,
        /// Logarithm of the blow-up.
        added_bits: usize,
    },
    /// A Merkle tree.
    Commit(&'a [Shape]),
    /// Rows and their paths.
    Open {
        /// The tree's matrices.
        matrices: &'a [Shape],
        /// How many rows.
        rows: usize,
    },
    /// Permutations of states, a row each.
    Permute(Shape),
}

impl Operation<'_> {
    /// What it is counted as.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Upload(_) => Kind::Upload,
            Self::Download(_) => Kind::Download,
            Self::Dft(_) => Kind::Dft,
            Self::Idft(_) => Kind::Idft,
            Self::Lde { .. } => Kind::Lde,
            Self::Commit(_) => Kind::Commit,
            Self::Open { .. } => Kind::Open,
            Self::Permute(_) => Kind::Permute,
        }
    }

    /// Logarithm of the largest height that occurs, and the largest width.
    fn largest(&self) -> (usize, usize) {
        let of = |shapes: &[Shape]| {
            let height = shapes.iter().map(|shape| shape.height).max().unwrap_or(1);
            let width = shapes.iter().map(|shape| shape.width).max().unwrap_or(0);
            (log_ceil(height), width)
        };
        match *self {
            Self::Upload(shape)
            | Self::Download(shape)
            | Self::Dft(shape)
            | Self::Idft(shape)
            | Self::Permute(shape) => of(&[shape]),
            Self::Lde { shape, added_bits } => {
                let (log, width) = of(&[shape]);
                (log + added_bits, width)
            }
            Self::Commit(shapes)
            | Self::Open {
                matrices: shapes, ..
            } => of(shapes),
        }
    }

    /// Whether it can be done at all, on whatever device.
    ///
    /// # Errors
    /// [`HalError::BadArgument`].
    pub fn check<F: HalField>(&self) -> Result<(), HalError> {
        match *self {
            Self::Upload(shape) | Self::Download(shape) if shape.height * shape.width == 0 => {
                Err(HalError::bad(format!("a matrix of {shape} is empty")))
            }
            Self::Dft(shape) | Self::Idft(shape) | Self::Lde { shape, .. }
                if !shape.height.is_power_of_two() =>
            {
                let what = format!("{} rows: a transform takes a power of two", shape.height);
                Err(HalError::bad(what))
            }
            Self::Dft(_) | Self::Idft(_) | Self::Lde { .. } => {
                let (log, _) = self.largest();
                let most = <F as TwoAdicField>::TWO_ADICITY;
                let what = || format!("2^{log} points: {} has groups up to 2^{most}", F::NAME);
                (log <= most)
                    .then_some(())
                    .ok_or_else(|| HalError::bad(what()))
            }
            Self::Commit(shapes) => check_heights(shapes),
            Self::Permute(shape) if shape.width != STATE || shape.height == 0 => Err(
                HalError::bad(format!("states of {shape}: a state is a row of {STATE}")),
            ),
            _ => Ok(()),
        }
    }
}

/// The smallest logarithm of a power of two that is not below `n`.
#[must_use]
pub const fn log_ceil(n: usize) -> usize {
    n.next_power_of_two().trailing_zeros() as usize
}

/// Heights that one tree can have: each is the greatest, halved some times and rounded up.
fn check_heights(shapes: &[Shape]) -> Result<(), HalError> {
    let highest = shapes.iter().map(|shape| shape.height).max().unwrap_or(0);
    if shapes.is_empty() || shapes.iter().any(|shape| shape.height * shape.width == 0) {
        return Err(HalError::bad("a tree is over matrices that are not empty"));
    }
    for shape in shapes {
        let halvings = log_ceil(highest) - log_ceil(shape.height);
        if shape.height != ((highest - 1) >> halvings) + 1 {
            let height = shape.height;
            let what = format!("no tree has matrices of {highest} and of {height} rows");
            return Err(HalError::bad(what));
        }
    }
    Ok(())
}

/// What an operation takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes to the device.
    pub bytes_up: u64,
    /// Bytes from the device.
    pub bytes_down: u64,
    /// Bytes of the device's memory that the result keeps.
    pub device_bytes: u64,
    /// Clock cycles of the device, where it can say.
    pub cycles: Option<u64>,
    /// Bytes that the passes it is done in read from and write to the device's memory, where the device can say.
    pub traffic: Option<u64>,
    /// 32-bit integer instructions of its kernels, where the device can say.
    pub instructions: Option<u64>,
}

impl Cost {
    /// What follows from the sizes alone.
    #[must_use]
    pub fn of(operation: &Operation<'_>) -> Self {
        let node = DIGEST as u64 * WORD;
        match *operation {
            Operation::Upload(shape) => Self {
                bytes_up: shape.bytes(),
                device_bytes: shape.bytes(),
                ..Self::default()
            },
            Operation::Download(shape) => Self {
                bytes_down: shape.bytes(),
                ..Self::default()
            },
            Operation::Dft(shape) | Operation::Idft(shape) | Operation::Permute(shape) => Self {
                device_bytes: shape.bytes(),
                ..Self::default()
            },
            Operation::Lde { shape, added_bits } => Self {
                device_bytes: shape.extended(added_bits).bytes(),
                ..Self::default()
            },
            Operation::Commit(_) => Self {
                bytes_down: node,
                device_bytes: (2 * node) << operation.largest().0,
                ..Self::default()
            },
            Operation::Open { matrices, rows } => {
                let row: u64 = matrices.iter().map(|shape| shape.width as u64 * WORD).sum();
                let path = operation.largest().0 as u64 * node;
                Self {
                    bytes_up: rows as u64 * WORD,
                    bytes_down: rows as u64 * (row + path),
                    ..Self::default()
                }
            }
        }
    }
}

/// What a device can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How messages and tables call it.
    pub device: String,
    /// The field's name.
    pub field: &'static str,
    /// What it does.
    pub operations: Vec<Kind>,
    /// Logarithm of the greatest height.
    pub max_log_height: usize,
    /// The greatest width.
    pub max_width: usize,
    /// Bytes of memory, where there is a limit.
    pub memory: Option<u64>,
}

impl Capabilities {
    /// Whether the device can do this.
    ///
    /// # Errors
    /// [`HalError::BadArgument`] if nobody can; [`HalError::Unsupported`] if another might.
    pub fn check<F: HalField>(&self, operation: &Operation<'_>) -> Result<(), HalError> {
        operation.check::<F>()?;
        let unsupported = |what: String| {
            let device = self.device.clone();
            Err(HalError::Unsupported { device, what })
        };
        let kind = operation.kind();
        if !self.operations.contains(&kind) {
            return unsupported(kind.to_string());
        }
        let (log_height, width) = operation.largest();
        if log_height > self.max_log_height {
            let most = self.max_log_height;
            return unsupported(format!(
                "{kind} of 2^{log_height} rows: it takes at most 2^{most}"
            ));
        }
        if width > self.max_width {
            let most = self.max_width;
            return unsupported(format!(
                "{kind} of {width} columns: it takes at most {most}"
            ));
        }
        Ok(())
    }
}
