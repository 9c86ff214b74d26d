//! Errors, handles that are dropped, and several threads.

use std::sync::Arc;
use std::thread;

use p3_field::TwoAdicField;

use super::check::{Check, Failure, Scale, Tally};
use super::{chains, round_trips, transforms, trees};
use crate::api::Hal;
use crate::cpu::CpuHal;
use crate::error::HalError;
use crate::field::{HalField, STATE, elements, share};
use crate::operation::{Operation, Shape, Transform};

/// What nobody can do is refused when it is asked for, and leaves the device as it was.
///
/// # Errors
/// [`Failure`] of the device.
pub fn errors<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    let upload = |check: &mut Check<'_, F>, height, width| {
        let matrix = check.matrix(Shape::new(height, width));
        check.must("upload", check.hal.upload(share(matrix)))
    };
    let eight = upload(&mut check, 8, 3)?;
    let three = upload(&mut check, 3, 2)?;
    let four = upload(&mut check, 4, 5)?;
    let shift = F::GENERATOR;
    let lde = Transform::Lde {
        added_bits: 1,
        shift,
    };
    let transforms = [
        ("a dft", Transform::Dft { shift }),
        ("an idft", Transform::Idft { shift }),
        ("an lde", lde),
    ];
    for (what, transform) in transforms {
        let (shape, kind) = (three.shape(), transform.operation(three.shape()).kind());
        check.bad(what, hal.transform(&three, transform))?;
        check.bad(what, hal.estimate(&transform.operation(shape)))?;
        if !hal.capabilities().operations.contains(&kind) {
            continue;
        }
        let zero = match transform {
            Transform::Dft { .. } => Transform::Dft { shift: F::ZERO },
            Transform::Idft { .. } => Transform::Idft { shift: F::ZERO },
            Transform::Lde { added_bits, .. } => Transform::Lde {
                added_bits,
                shift: F::ZERO,
            },
        };
        check.bad("a shift of 0", hal.transform(&eight, zero))?;
    }
    let beyond = Transform::Lde {
        added_bits: <F as TwoAdicField>::TWO_ADICITY,
        shift,
    };
    check.bad(
        "an lde beyond the field's groups",
        hal.transform(&eight, beyond),
    )?;
    if hal.estimate(&lde.operation(eight.shape())).is_ok() {
        let extended = check.must("an lde", hal.transform(&eight, lde))?;
        check.bad(
            "a transform of reversed rows",
            hal.transform(&extended, lde),
        )?;
    }
    check.bad("a tree over nothing", hal.commit(&[]))?;
    check.bad(
        "heights 8 and 3",
        hal.commit(&[eight.clone(), three.clone()]),
    )?;
    check.bad("states of 5", hal.permute(&four))?;

    let other = check.must("another device", CpuHal::<F>::new())?;
    let matrix = check.matrix(Shape::new(8, STATE));
    let foreign = check.must("another device", other.upload(share(matrix)))?;
    check.bad("a foreign matrix", hal.download(&foreign))?;
    check.bad("a foreign matrix", hal.wait(&foreign))?;
    check.bad("a foreign matrix", hal.transform(&foreign, lde))?;
    check.bad(
        "a foreign matrix",
        hal.commit(&[eight.clone(), foreign.clone()]),
    )?;
    check.bad("foreign states", hal.permute(&foreign))?;
    let foreign = check.must("another device", other.commit(&[foreign]))?;
    check.bad("a foreign tree", hal.cap(&foreign, 0))?;
    check.bad("a foreign tree", hal.open_rows(&foreign, &[0]))?;

    let shapes = [eight.shape(), four.shape()];
    if hal.estimate(&Operation::Commit(&shapes)).is_ok() {
        let tree = check.must("a tree", hal.commit(&[eight, four]))?;
        for rows in [[8], [usize::MAX]] {
            check.bad("a row beyond the tree", hal.open_rows(&tree, &rows))?;
        }
        let none = check.must("no rows", hal.open_rows(&tree, &[]))?.wait();
        let none = check.must("no rows", none)?;
        check.hold(|| "no rows are none".to_owned(), none.is_empty())?;
    }
    // And all the while nothing broke.
    let after = round_trips(hal, scale)?;
    check.tally.done += after.done;
    check.finish()
}

/// Handles of work under way may be dropped; what is not dropped comes.
///
/// # Errors
/// [`Failure`] of the device.
pub fn drops<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let mut check = Check::new(&**hal, scale);
    let transform = Transform::Lde {
        added_bits: 1,
        shift: F::GENERATOR,
    };
    for _ in 0..scale.cases {
        let log_height = check.below(scale.max_log_height);
        let shape = Shape::new(1 << log_height, check.width());
        let matrix = share(check.matrix(shape));
        let extended = transform.output(shape).0;
        let keep = check.below(3);
        let recorded = (|| {
            let buffer = hal.upload(matrix.clone())?;
            let lde = hal.transform(&buffer, transform)?;
            let tree = hal.commit(std::slice::from_ref(&lde))?;
            drop(hal.cap(&tree, 0)?);
            drop(hal.download(&lde)?);
            drop(hal.open_rows(&tree, &[0])?);
            match keep {
                0 => {
                    drop((lde, tree));
                    let kept = hal.download(&buffer)?.wait()?;
                    Ok(elements(&kept) == elements(&matrix))
                }
                1 => {
                    drop((buffer, lde));
                    let rows = hal.open_rows(&tree, &[extended.height - 1])?.wait()?;
                    Ok(rows.len() == 1)
                }
                _ => {
                    drop((buffer, tree));
                    hal.wait(&lde).map(|()| true)
                }
            }
        })();
        match recorded {
            Err(HalError::Unsupported { .. }) => check.tally.refused += 1,
            recorded => {
                let kept = check.must("what was kept", recorded)?;
                check.hold(|| "what was kept is what it was".to_owned(), kept)?;
            }
        }
    }
    let after = transforms(
        hal,
        Scale {
            cases: 1,
            max_log_height: scale.max_log_height.min(4),
            ..scale
        },
    )?;
    check.tally.done += after.done;
    check.finish()
}

/// Threads that know nothing of each other.
///
/// # Errors
/// [`Failure`] of the device.
pub fn threads<F: HalField>(hal: &Arc<dyn Hal<F>>, scale: Scale) -> Result<Tally, Failure> {
    let parts: [super::Part<F>; 4] = [chains, trees, transforms, round_trips];
    let small = Scale {
        max_log_height: scale.max_log_height.min(5),
        cases: scale.cases.div_ceil(4),
        ..scale
    };
    let results = thread::scope(|scope| {
        let running = parts.iter().enumerate().map(|(i, part)| {
            let scale = Scale {
                seed: scale.seed + 1 + i as u64,
                ..small
            };
            scope.spawn(move || part(hal, scale))
        });
        let running: Vec<_> = running.collect();
        let ended = running.into_iter().map(|thread| {
            let panicked = |_| Failure {
                seed: scale.seed,
                what: "a thread panicked".to_owned(),
            };
            thread.join().map_err(panicked)
        });
        ended.collect::<Vec<_>>()
    });
    let mut all = Tally::default();
    for result in results {
        let Tally { done, refused } = result??;
        all.done += done;
        all.refused += refused;
    }
    Ok(all)
}
