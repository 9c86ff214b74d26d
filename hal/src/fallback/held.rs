//! What is behind the handles of a list: values, and where they are.

use std::sync::{Arc, Mutex, PoisonError};

use p3_matrix::Matrix;
use rand::rngs::SmallRng;

use crate::api::Hal;
use crate::error::{Difference, HalError};
use crate::field::{Digest, HalField, HostMatrix};
use crate::handle::{Buffer, Tree};
use crate::operation::{Operation, Shape, Transform};
use crate::sample::{self, Sampling};

/// A matrix.
pub struct Held<F> {
    pub shape: Shape,
    /// How it is made again; not there if the host has it.
    pub recipe: Option<Recipe<F>>,
    pub places: Mutex<Places<F>>,
}

/// Where a matrix is. The number is that of the device in the list.
#[derive(Clone)]
pub struct Places<F> {
    pub host: Option<HostMatrix<F>>,
    pub on: Vec<(usize, Buffer<F>)>,
}

impl<F: HalField> Held<F> {
    pub fn of_host(matrix: HostMatrix<F>) -> Self {
        Self {
            shape: Shape::new(matrix.height(), matrix.width),
            recipe: None,
            places: Mutex::new(Places {
                host: Some(matrix),
                on: Vec::new(),
            }),
        }
    }

    /// What a device had of it is not counted on any more.
    pub fn forget(&self, device: usize) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.on.retain(|(at, _)| *at != device);
    }
}

/// What makes a matrix of another.
pub struct Recipe<F> {
    pub input: Arc<Held<F>>,
    pub step: Step<F>,
}

impl<F: HalField> Recipe<F> {
    /// What a device is asked.
    pub fn operation(&self) -> Operation<'static> {
        let shape = self.input.shape;
        match &self.step {
            Step::Transform(transform) => transform.operation(shape),
            Step::Permute => Operation::Permute(shape),
        }
    }

    /// The size of what it makes.
    pub fn output(&self) -> Shape {
        let shape = self.input.shape;
        match &self.step {
            Step::Transform(transform) => transform.output(shape).0,
            Step::Permute => shape,
        }
    }
}

/// An operation on one matrix.
#[derive(Clone, Copy)]
pub enum Step<F> {
    Transform(Transform<F>),
    Permute,
}

impl<F: HalField> Step<F> {
    pub fn apply(&self, hal: &dyn Hal<F>, input: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        match *self {
            Self::Transform(transform) => hal.transform(input, transform),
            Self::Permute => hal.permute(input),
        }
    }

    pub fn check(
        &self,
        sampling: &Sampling,
        rng: &mut SmallRng,
        permutation: &F::Permutation,
        input: &HostMatrix<F>,
        output: &HostMatrix<F>,
    ) -> Option<Difference> {
        match *self {
            Self::Transform(transform) => {
                sample::transform(sampling, rng, transform, input, output)
            }
            Self::Permute => sample::permutations(sampling, rng, permutation, input, output),
        }
    }
}

/// A tree.
pub struct HeldTree<F> {
    pub inputs: Vec<Arc<Held<F>>>,
    pub shapes: Vec<Shape>,
    pub root: Digest<F>,
    /// The device that made the root, whatever became of its tree.
    pub made_on: usize,
    pub on: Mutex<Vec<(usize, Tree<F>)>>,
}
