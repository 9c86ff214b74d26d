//! Trees and openings against `p3-merkle-tree`, and chains of operations that nobody waits for in between.

use std::sync::Arc;

use p3_commit::{BatchOpeningRef, Mmcs};
use p3_matrix::dense::RowMajorMatrix;
use p3_matrix::{Dimensions, Matrix};

use super::check::{Check, Failure, Scale, Tally};
use super::transform::expected;
use crate::api::Hal;
use crate::dual;
use crate::field::{HalField, share, stock_mmcs};
use crate::handle::{Opening, Tree};
use crate::operation::{Operation, Shape, Transform, log_ceil};

/// Rows that are opened of a large tree.
const OPENED: usize = 20;

/// Trees over matrices of mixed heights and widths.
///
/// # Errors
/// [`Failure`] of the device.
pub fn trees<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    let mut sets: Vec<Vec<Shape>> = Vec::new();
    for log_height in 0..=scale.max_log_height {
        for width in [1, 7, 8, 9] {
            sets.push(vec![Shape::new(1 << log_height, width)]);
        }
    }
    let shape = |log: usize, width| Shape::new(1 << log.min(scale.max_log_height), width);
    sets.push(vec![shape(0, 3), shape(4, 5), shape(2, 1), shape(4, 8)]);
    sets.push((0..12).map(|width| shape(3, width + 1)).collect());
    sets.push((0..6).map(|log| shape(log, 2 * log + 1)).collect());
    for _ in 0..scale.cases {
        let matrices = 1 + check.below(6);
        let most = check.below(scale.max_log_height + 1);
        let random = (0..matrices).map(|_| Shape::new(1 << check.below(most + 1), check.width()));
        sets.push(random.collect());
    }
    for shapes in &sets {
        let matrices: Vec<_> = shapes.iter().map(|&shape| check.matrix(shape)).collect();
        one(&mut check, shapes, &matrices)?;
    }
    check.finish()
}

fn one<F: HalField>(
    check: &mut Check<'_, F>,
    shapes: &[Shape],
    matrices: &[RowMajorMatrix<F>],
) -> Result<(), Failure> {
    let hal = check.hal;
    let operation = Operation::Commit(shapes);
    let tree = check.ask(&operation, |hal| {
        let buffers = matrices
            .iter()
            .map(|matrix| hal.upload(share(matrix.clone())));
        let buffers: Vec<_> = buffers.collect::<Result<_, _>>()?;
        hal.commit(&buffers)
    })?;
    let Some(tree) = tree else { return Ok(()) };
    check.hold(|| format!("shapes of {shapes:?}"), tree.shapes() == shapes)?;
    let (height, layers) = (tree.height(), log_ceil(tree.height()));
    for cap_height in [0, 1, 3, layers, layers + 2] {
        let (expected, _) = stock_mmcs::<F>(cap_height).commit(matrices.to_vec());
        let found = check.must("cap", hal.cap(&tree, cap_height))?.wait();
        let found = check.must("cap", found)?;
        check.hold(
            || format!("cap of height {cap_height} of {shapes:?}"),
            found == expected.roots(),
        )?;
    }
    let rows: Vec<usize> = if height <= OPENED {
        (0..height).rev().collect()
    } else {
        (0..OPENED)
            .map(|_| check.below(height))
            .chain([0, height - 1, 0])
            .collect()
    };
    opened(check, &tree, matrices.to_vec(), &rows)
}

/// Rows of a tree over these matrices.
fn opened<F: HalField>(
    check: &mut Check<'_, F>,
    tree: &Tree<F>,
    matrices: Vec<RowMajorMatrix<F>>,
    rows: &[usize],
) -> Result<(), Failure> {
    let mmcs = stock_mmcs::<F>(0);
    let (root, stock) = mmcs.commit(matrices);
    let dimensions: Vec<Dimensions> = mmcs
        .get_matrices(&stock)
        .iter()
        .map(|matrix| matrix.dimensions())
        .collect();
    let operation = Operation::Open {
        matrices: tree.shapes(),
        rows: rows.len(),
    };
    let Some(found) = check.ask(&operation, |hal| hal.open_rows(tree, rows))? else {
        return Ok(());
    };
    let found = check.must("open", found.wait())?;
    let expected = rows.iter().map(|&row| {
        let (rows, path) = mmcs.open_batch(row, &stock).unpack();
        Opening { rows, path }
    });
    let expected: Vec<_> = expected.collect();
    let difference = dual::openings(rows, &found, &expected);
    check.hold(
        || format!("rows of {:?}: {difference:?}", tree.shapes()),
        difference.is_none(),
    )?;
    for (&row, opening) in rows.iter().zip(&found) {
        let opening = BatchOpeningRef::new(&opening.rows, &opening.path);
        let verified = mmcs.verify_batch(&root, &dimensions, row, opening);
        check.hold(
            || format!("path of row {row}: {verified:?}"),
            verified.is_ok(),
        )?;
    }
    Ok(())
}

/// Extensions and the tree over them, with nothing waited for in between.
///
/// # Errors
/// [`Failure`] of the device.
pub fn chains<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    let shift = F::GENERATOR;
    for _ in 0..scale.cases {
        let added_bits = 1 + check.below(2);
        let most = scale.max_log_height - added_bits;
        let transform = Transform::Lde { added_bits, shift };
        let shapes: Vec<_> = (0..1 + check.below(4))
            .map(|_| Shape::new(1 << check.below(most + 1), check.width()))
            .collect();
        let traces: Vec<_> = shapes.iter().map(|&shape| check.matrix(shape)).collect();
        let extended: Vec<_> = shapes
            .iter()
            .map(|&shape| transform.output(shape).0)
            .collect();
        let possible = |check: &mut Check<'_, F>| {
            for &shape in &shapes {
                for operation in [Operation::Upload(shape), transform.operation(shape)] {
                    match check.hal.estimate(&operation) {
                        Ok(_) => {}
                        Err(_) => return false,
                    }
                }
            }
            check.hal.estimate(&Operation::Commit(&extended)).is_ok()
        };
        if !possible(&mut check) {
            check.tally.refused += 1;
            continue;
        }
        let rows: Vec<usize> = {
            let highest = extended.iter().map(|shape| shape.height).max().unwrap_or(1);
            (0..5).map(|_| check.below(highest)).collect()
        };
        let recorded = (|| {
            let mut ldes = Vec::new();
            for trace in &traces {
                let buffer = hal.upload(share(trace.clone()))?;
                ldes.push(hal.transform(&buffer, transform)?);
            }
            let tree = hal.commit(&ldes)?;
            drop(ldes);
            let first = hal.open_rows(&tree, &rows)?;
            Ok((first, hal.cap(&tree, 0)?, tree))
        })();
        let (first, root, tree) = check.must("a chain", recorded)?;
        let ldes: Vec<_> = traces
            .into_iter()
            .map(|trace| expected(trace, transform))
            .collect();
        let (cap, _) = stock_mmcs::<F>(0).commit(ldes.clone());
        let found = check.must("root of a chain", root.wait())?;
        check.hold(|| format!("root over {shapes:?}"), found == cap.roots())?;
        let early = check.must("openings of a chain", first.wait())?;
        check.hold(
            || "openings of a chain".to_owned(),
            early.len() == rows.len(),
        )?;
        opened(&mut check, &tree, ldes, &rows)?;
    }
    check.finish()
}
