//! Handles of what is on a device.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::HalError;
use crate::field::Digest;
use crate::operation::{Order, Shape};

/// Tells one device from another, so that no handle is taken for one of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner(u64);

impl Owner {
    /// One that nothing else has.
    #[must_use]
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

type Body = Arc<dyn Any + Send + Sync>;

fn body_of<T: Any>(owner: Owner, asked: Owner, body: &Body) -> Result<&T, HalError> {
    let foreign = || HalError::bad("a handle of another device");
    if owner != asked {
        return Err(foreign());
    }
    body.downcast_ref().ok_or_else(foreign)
}

/// A matrix on a device, which may still have to be computed. Clones are the same matrix; the memory is free when the last one, and the last
/// operation that reads it, is gone.
#[derive(Clone, Debug)]
pub struct Buffer<F> {
    shape: Shape,
    order: Order,
    owner: Owner,
    body: Body,
    field: PhantomData<F>,
}

impl<F> Buffer<F> {
    /// Made by a device: `body` is what it finds the matrix by.
    pub fn new(owner: Owner, shape: Shape, order: Order, body: impl Any + Send + Sync) -> Self {
        Self {
            shape,
            order,
            owner,
            body: Arc::new(body),
            field: PhantomData,
        }
    }

    /// Its size.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The order of its rows.
    #[must_use]
    pub const fn order(&self) -> Order {
        self.order
    }

    /// What the device made it of.
    ///
    /// # Errors
    /// [`HalError::BadArgument`] if it is another device's.
    pub fn body<T: Any>(&self, owner: Owner) -> Result<&T, HalError> {
        body_of(self.owner, owner, &self.body)
    }
}

/// A Merkle tree on a device, with the matrices under it; it may still have to be computed.
#[derive(Clone, Debug)]
pub struct Tree<F> {
    shapes: Arc<[Shape]>,
    owner: Owner,
    body: Body,
    field: PhantomData<F>,
}

impl<F> Tree<F> {
    /// Made by a device: `body` is what it finds the tree by.
    pub fn new(owner: Owner, shapes: Vec<Shape>, body: impl Any + Send + Sync) -> Self {
        Self {
            shapes: shapes.into(),
            owner,
            body: Arc::new(body),
            field: PhantomData,
        }
    }

    /// The matrices' sizes, in the order in which they were given.
    #[must_use]
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Rows of the highest matrix.
    #[must_use]
    pub fn height(&self) -> usize {
        let heights = self.shapes.iter().map(|shape| shape.height);
        heights.max().unwrap_or(0)
    }

    /// What the device made it of.
    ///
    /// # Errors
    /// [`HalError::BadArgument`] if it is another device's.
    pub fn body<T: Any>(&self, owner: Owner) -> Result<&T, HalError> {
        body_of(self.owner, owner, &self.body)
    }

    /// Whether rows with these numbers can be opened.
    ///
    /// # Errors
    /// [`HalError::BadArgument`].
    pub fn check_rows(&self, rows: &[usize]) -> Result<(), HalError> {
        let height = self.height();
        match rows.iter().find(|&&row| row >= height) {
            Some(row) => Err(HalError::bad(format!(
                "row {row} of a tree over {height} rows"
            ))),
            None => Ok(()),
        }
    }
}

/// One row of every matrix of a tree, and the way from there to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening<F> {
    /// Rows, in the order of the matrices. For a matrix of fewer rows the number loses its lowest bits.
    pub rows: Vec<Vec<F>>,
    /// Siblings, from the leaf's to the one below the root.
    pub path: Vec<Digest<F>>,
}

/// A result that comes to the host. Dropped, it is not waited for.
#[must_use]
pub struct Pending<T>(Box<dyn FnOnce() -> Result<T, HalError> + Send>);

impl<T> Pending<T> {
    /// A result that `wait` waits for.
    pub fn new(wait: impl FnOnce() -> Result<T, HalError> + Send + 'static) -> Self {
        Self(Box::new(wait))
    }

    /// Waits.
    ///
    /// # Errors
    /// Why there is none.
    pub fn wait(self) -> Result<T, HalError> {
        (self.0)()
    }
}
