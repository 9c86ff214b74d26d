//! Two devices that do the same, compared after every operation.

use std::sync::Arc;

use p3_matrix::Matrix;

use crate::api::Hal;
use crate::error::{Difference, HalError, Place};
use crate::field::{Digest, HalField, HostMatrix, elements};
use crate::handle::{Buffer, Opening, Owner, Pending, Tree};
use crate::operation::{Capabilities, Cost, Kind, Operation, Transform, log_ceil};
use crate::queue::{Queue, Slot};
use crate::usage::Usage;

/// Rows that are opened at a time while the first digest that differs is looked for.
const OPENED_AT_ONCE: usize = 1 << 10;

type Both<F> = [Arc<dyn Hal<F>>; 2];

/// Does everything on two devices and compares: the second is right where they differ.
pub struct DualHal<F: HalField> {
    owner: Owner,
    device: String,
    both: Both<F>,
    queue: Queue,
}

/// A handle on each device, and whether they stand for the same.
#[derive(Clone, Debug)]
struct Twins<T> {
    handles: [T; 2],
    same: Slot<()>,
}

impl<F: HalField> DualHal<F> {
    /// A device, and the one that it is compared with.
    ///
    /// # Errors
    /// [`HalError::DeviceLost`] if the system has no thread to spare.
    pub fn new(device: Arc<dyn Hal<F>>, reference: Arc<dyn Hal<F>>) -> Result<Self, HalError> {
        let name = device.capabilities().device;
        Ok(Self {
            owner: Owner::unique(),
            queue: Queue::new(&format!("{name} compared"))?,
            device: name,
            both: [device, reference],
        })
    }

    /// What both give; both are asked, also if the first refuses.
    fn each<T>(
        &self,
        mut ask: impl FnMut(usize, &dyn Hal<F>) -> Result<T, HalError>,
    ) -> Result<[T; 2], HalError> {
        let [first, second] = [0, 1].map(|i| ask(i, &*self.both[i]));
        Ok([first?, second?])
    }

    fn buffer<'a>(&self, buffer: &'a Buffer<F>) -> Result<&'a Twins<Buffer<F>>, HalError> {
        buffer.body(self.owner)
    }

    fn tree<'a>(&self, tree: &'a Tree<F>) -> Result<&'a Twins<Tree<F>>, HalError> {
        tree.body(self.owner)
    }

    /// A handle for two matrices, which are compared in the background.
    fn compared(&self, kind: Kind, input: Option<Slot<()>>, handles: [Buffer<F>; 2]) -> Buffer<F> {
        let (both, twins, device) = (self.both.clone(), handles.clone(), self.device.clone());
        let same = self.queue.run(move || {
            // A difference is told of where it came about.
            input.map_or(Ok(()), |input| input.wait().map(drop))?;
            let pending = [both[0].download(&twins[0])?, both[1].download(&twins[1])?];
            let [found, expected] = pending.map(Pending::wait);
            agree(&device, kind, matrices(&found?, &expected?))
        });
        let (shape, order) = (handles[0].shape(), handles[0].order());
        Buffer::new(self.owner, shape, order, Twins { handles, same })
    }
}

fn agree(device: &str, operation: Kind, difference: Option<Difference>) -> Result<(), HalError> {
    match difference {
        None => Ok(()),
        Some(difference) => Err(HalError::WrongResult {
            device: device.to_owned(),
            operation,
            difference,
        }),
    }
}

/// The first element at which a matrix is not what it must be.
pub fn matrices<F: HalField>(
    found: &HostMatrix<F>,
    expected: &HostMatrix<F>,
) -> Option<Difference> {
    if found.dimensions() != expected.dimensions() {
        return Some(Difference {
            place: Place::Size,
            found: found.dimensions().to_string(),
            expected: expected.dimensions().to_string(),
        });
    }
    let mut pairs = elements(found).iter().zip(elements(expected));
    let at = pairs.position(|(found, expected)| found != expected)?;
    let place = Place::Element {
        row: at / found.width,
        column: at % found.width,
    };
    Some(difference(
        place,
        elements(found)[at],
        elements(expected)[at],
    ))
}

fn difference(place: Place, found: impl ToString, expected: impl ToString) -> Difference {
    Difference {
        place,
        found: found.to_string(),
        expected: expected.to_string(),
    }
}

/// The first difference between openings of these rows.
pub fn openings<F: HalField>(
    rows: &[usize],
    found: &[Opening<F>],
    expected: &[Opening<F>],
) -> Option<Difference> {
    if found.len() != expected.len() {
        return Some(difference(Place::Size, found.len(), expected.len()));
    }
    let mut opened = rows.iter().zip(found.iter().zip(expected));
    opened.find_map(|(&row, (found, expected))| opening(row, found, expected))
}

fn opening<F: HalField>(
    row: usize,
    found: &Opening<F>,
    expected: &Opening<F>,
) -> Option<Difference> {
    let sizes = |opening: &Opening<F>| {
        let widths: Vec<usize> = opening.rows.iter().map(Vec::len).collect();
        (widths, opening.path.len())
    };
    if sizes(found) != sizes(expected) {
        let of = |opening| format!("{:?}", sizes(opening));
        return Some(difference(Place::Size, of(found), of(expected)));
    }
    for (matrix, (found, expected)) in found.rows.iter().zip(&expected.rows).enumerate() {
        if let Some(column) = found.iter().zip(expected).position(|(a, b)| a != b) {
            let place = Place::Opened {
                row,
                matrix,
                column,
            };
            return Some(difference(place, found[column], expected[column]));
        }
    }
    let layer = found
        .path
        .iter()
        .zip(&expected.path)
        .position(|(a, b)| a != b)?;
    let index = (row >> layer) ^ 1;
    Some(digests(
        layer,
        index,
        &found.path[layer],
        &expected.path[layer],
    ))
}

fn digests<F: HalField>(
    layer: usize,
    index: usize,
    found: &Digest<F>,
    expected: &Digest<F>,
) -> Difference {
    let place = Place::Node { layer, index };
    difference(
        place,
        format_args!("{found:?}"),
        format_args!("{expected:?}"),
    )
}

/// Compares two trees by their roots; if these differ, looks for the first node, from the leaves on, that does.
fn trees<F: HalField>(
    both: &Both<F>,
    trees: &[Tree<F>; 2],
) -> Result<Option<Difference>, HalError> {
    let roots = [both[0].cap(&trees[0], 0)?, both[1].cap(&trees[1], 0)?];
    let [found, expected] = roots.map(Pending::wait);
    let (found, expected) = (found?, expected?);
    if found == expected {
        return Ok(None);
    }
    let height = trees[0].height();
    let mut first: Option<(usize, Difference)> = None;
    for start in (0..height).step_by(OPENED_AT_ONCE) {
        let rows: Vec<usize> = (start..height.min(start + OPENED_AT_ONCE)).collect();
        let opened = [
            both[0].open_rows(&trees[0], &rows)?,
            both[1].open_rows(&trees[1], &rows)?,
        ];
        let [ours, theirs] = opened.map(Pending::wait);
        for (row, (ours, theirs)) in rows.iter().zip(ours?.iter().zip(&theirs?)) {
            match opening(*row, ours, theirs) {
                // A row that is not what was committed to explains everything above it.
                Some(found) if !matches!(found.place, Place::Node { .. }) => {
                    return Ok(Some(found));
                }
                Some(found) => {
                    let Place::Node { layer, .. } = found.place else {
                        continue;
                    };
                    if first.as_ref().is_none_or(|(lowest, _)| layer < *lowest) {
                        first = Some((layer, found));
                    }
                }
                None => {}
            }
        }
    }
    let top = log_ceil(height);
    let root = |digests: &[Digest<F>]| format!("{digests:?}");
    Ok(Some(first.map_or_else(
        || {
            let place = Place::Node {
                layer: top,
                index: 0,
            };
            difference(place, root(&found), root(&expected))
        },
        |(_, difference)| difference,
    )))
}

impl<F: HalField> Hal<F> for DualHal<F> {
    fn capabilities(&self) -> Capabilities {
        let [ours, theirs] = [0, 1].map(|i| self.both[i].capabilities());
        let operations = ours.operations.into_iter();
        Capabilities {
            device: format!("{} and {}", ours.device, theirs.device),
            field: F::NAME,
            operations: operations
                .filter(|kind| theirs.operations.contains(kind))
                .collect(),
            max_log_height: ours.max_log_height.min(theirs.max_log_height),
            max_width: ours.max_width.min(theirs.max_width),
            memory: match (ours.memory, theirs.memory) {
                (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
                (ours, theirs) => ours.or(theirs),
            },
        }
    }

    fn usage(&self) -> Vec<Usage> {
        self.both.iter().flat_map(|hal| hal.usage()).collect()
    }

    fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        let [ours, _] = self.each(|_, hal| hal.estimate(operation))?;
        Ok(ours)
    }

    fn upload(&self, matrix: HostMatrix<F>) -> Result<Buffer<F>, HalError> {
        let handles = self.each(|_, hal| hal.upload(matrix.clone()))?;
        Ok(self.compared(Kind::Upload, None, handles))
    }

    fn download(&self, buffer: &Buffer<F>) -> Result<Pending<HostMatrix<F>>, HalError> {
        let Twins { handles, same } = self.buffer(buffer)?.clone();
        let reference = self.both[1].download(&handles[1])?;
        Ok(Pending::new(move || {
            same.wait()?;
            reference.wait()
        }))
    }

    fn wait(&self, buffer: &Buffer<F>) -> Result<(), HalError> {
        self.buffer(buffer)?.same.wait().map(drop)
    }

    fn transform(&self, input: &Buffer<F>, transform: Transform<F>) -> Result<Buffer<F>, HalError> {
        let twins = self.buffer(input)?;
        let handles = self.each(|i, hal| hal.transform(&twins.handles[i], transform))?;
        let kind = transform.operation(input.shape()).kind();
        Ok(self.compared(kind, Some(twins.same.clone()), handles))
    }

    fn commit(&self, matrices: &[Buffer<F>]) -> Result<Tree<F>, HalError> {
        let twins = matrices.iter().map(|matrix| self.buffer(matrix));
        let twins: Vec<_> = twins.collect::<Result<_, _>>()?;
        let handles = self.each(|i, hal| {
            let ours: Vec<_> = twins.iter().map(|twins| twins.handles[i].clone()).collect();
            hal.commit(&ours)
        })?;
        let inputs: Vec<_> = twins.iter().map(|twins| twins.same.clone()).collect();
        let (both, pair, device) = (self.both.clone(), handles.clone(), self.device.clone());
        let same = self.queue.run(move || {
            for input in inputs {
                input.wait()?;
            }
            agree(&device, Kind::Commit, trees(&both, &pair)?)
        });
        let shapes = handles[0].shapes().to_vec();
        Ok(Tree::new(self.owner, shapes, Twins { handles, same }))
    }

    fn cap(&self, tree: &Tree<F>, height: usize) -> Result<Pending<Vec<Digest<F>>>, HalError> {
        let Twins { handles, same } = self.tree(tree)?.clone();
        let [found, expected] = self.each(|i, hal| hal.cap(&handles[i], height))?;
        let device = self.device.clone();
        let layer = log_ceil(tree.height()).saturating_sub(height);
        Ok(Pending::new(move || {
            same.wait()?;
            let (found, expected) = (found.wait()?, expected.wait()?);
            let mut pairs = found.iter().zip(&expected);
            let at = pairs.position(|(found, expected)| found != expected);
            let first = match at {
                _ if found.len() != expected.len() => {
                    Some(difference(Place::Size, found.len(), expected.len()))
                }
                None => None,
                Some(at) => Some(digests(layer, at, &found[at], &expected[at])),
            };
            agree(&device, Kind::Commit, first)?;
            Ok(expected)
        }))
    }

    fn open_rows(
        &self,
        tree: &Tree<F>,
        rows: &[usize],
    ) -> Result<Pending<Vec<Opening<F>>>, HalError> {
        let Twins { handles, same } = self.tree(tree)?.clone();
        let [found, expected] = self.each(|i, hal| hal.open_rows(&handles[i], rows))?;
        let (device, rows) = (self.device.clone(), rows.to_vec());
        Ok(Pending::new(move || {
            same.wait()?;
            let (found, expected) = (found.wait()?, expected.wait()?);
            agree(&device, Kind::Open, openings(&rows, &found, &expected))?;
            Ok(expected)
        }))
    }

    fn permute(&self, states: &Buffer<F>) -> Result<Buffer<F>, HalError> {
        let twins = self.buffer(states)?;
        let handles = self.each(|i, hal| hal.permute(&twins.handles[i]))?;
        Ok(self.compared(Kind::Permute, Some(twins.same.clone()), handles))
    }
}
