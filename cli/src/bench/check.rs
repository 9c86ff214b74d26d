//! Whether a device gave what the CPU gives.

use assay_circuit::Felt;
use assay_hal::{Buffer, Digest, Hal, HalError, HostMatrix, Opening, Tree, elements};
use assay_report::Operation;

/// Rows of a tree that are opened.
const OPENED: usize = 8;

/// Where a result differs.
#[derive(Debug, thiserror::Error)]
#[error("{device}, {operation} {size}: {place}: found {found}, the CPU gives {expected}")]
pub struct Wrong {
    pub device: String,
    pub operation: Operation,
    pub size: String,
    pub place: String,
    pub found: String,
    pub expected: String,
}

/// What work leaves on a device.
pub enum Product {
    Matrix(Buffer<Felt>),
    Tree(Tree<Felt>),
}

/// What comes of it to the host.
pub enum Result {
    Matrix(HostMatrix<Felt>),
    Tree {
        root: Vec<Digest<Felt>>,
        opened: Vec<Opening<Felt>>,
    },
}

impl Product {
    /// A whole matrix; of a tree its root, and rows with their paths.
    pub fn fetch(&self, hal: &dyn Hal<Felt>) -> std::result::Result<Result, HalError> {
        Ok(match self {
            Self::Matrix(buffer) => Result::Matrix(hal.download(buffer)?.wait()?),
            Self::Tree(tree) => {
                let (height, step) = (tree.height(), tree.height().div_ceil(OPENED));
                // Not all in the same place of their block.
                let rows = (0..height).step_by(step).enumerate();
                let rows: Vec<usize> = rows.map(|(i, row)| row + i * step / OPENED).collect();
                Result::Tree {
                    root: hal.cap(tree, 0)?.wait()?,
                    opened: hal.open_rows(tree, &rows)?.wait()?,
                }
            }
        })
    }
}

impl Result {
    /// The first difference: place, found, expected.
    pub fn difference(&self, expected: &Self) -> Option<(String, String, String)> {
        let shown = |place: String, found: &dyn std::fmt::Debug, expected: &dyn std::fmt::Debug| {
            Some((place, format!("{found:?}"), format!("{expected:?}")))
        };
        match (self, expected) {
            (Self::Matrix(found), Self::Matrix(expected)) => {
                let width = expected.width;
                let (found, expected) = (elements(found), elements(expected));
                if found.len() != expected.len() {
                    return shown("size".to_owned(), &found.len(), &expected.len());
                }
                let at = found.iter().zip(expected).position(|(a, b)| a != b)?;
                let place = format!("row {}, column {}", at / width, at % width);
                shown(place, &found[at], &expected[at])
            }
            (
                Self::Tree { root, opened },
                Self::Tree {
                    root: expected_root,
                    opened: expected,
                },
            ) => {
                if root != expected_root {
                    return shown("root".to_owned(), root, expected_root);
                }
                let at = opened.iter().zip(expected).position(|(a, b)| a != b)?;
                shown(
                    format!("opened row {at} of {OPENED}"),
                    &opened[at],
                    &expected[at],
                )
            }
            _ => shown("kind of result".to_owned(), &"one", &"another"),
        }
    }
}

#[cfg(test)]
mod tests {
    use assay_hal::{Shape, share};
    use p3_matrix::dense::RowMajorMatrix;

    use super::*;
    use crate::bench::inputs;

    #[test]
    fn the_first_element_that_differs_is_named() {
        let right = inputs::matrix(Shape::new(8, 5), 1);
        let mut values = elements(&right).to_vec();
        values[17] = Felt::new(12);
        let wrong = Result::Matrix(share(RowMajorMatrix::new(values, 5)));
        let right = Result::Matrix(right);
        assert!(right.difference(&right).is_none());
        let (place, found, _) = wrong.difference(&right).unwrap();
        assert_eq!((&*place, &*found), ("row 3, column 2", "12"));
    }
}
