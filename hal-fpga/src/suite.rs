//! What a prover on a list of a card and the CPU has to survive, for the tests of every body of the card.

use std::sync::Arc;
use std::time::Instant;

use assay_driver::faults::{Fault, Faulty, Saboteur};
use assay_driver::suite::Outcome;
use assay_driver::{Options, Transport};
use assay_engines::field::EngineField;
use assay_hal::{
    Count, CpuHal, Digest, Fallback, Hal, HalError, HalField, HostMatrix, Member, Opening, Policy,
    Transform, share,
};
use p3_matrix::dense::RowMajorMatrix;

use crate::card::FpgaHal;

/// Times that a fault gets an occasion.
const TRIES: u32 = 1_000;
/// How the table calls this level.
const LEVEL: &str = "devices";
/// How messages call the card.
const CARD: &str = "card";
const HEIGHT: usize = 64;
const WIDTH: usize = 5;

/// The root and some openings of an extension.
type Committed<F> = (Vec<Digest<F>>, Vec<Opening<F>>);

fn input<F: HalField>() -> HostMatrix<F> {
    let values = (0..HEIGHT * WIDTH).map(|index| F::from_usize(index * index + 1));
    share(RowMajorMatrix::new(values.collect(), WIDTH))
}

/// Extends, commits and opens.
fn commit<F: HalField>(hal: &dyn Hal<F>) -> Result<Committed<F>, HalError> {
    let buffer = hal.upload(input())?;
    let lde = Transform::Lde {
        added_bits: 1,
        shift: F::GENERATOR,
    };
    let extended = hal.transform(&buffer, lde)?;
    let tree = hal.commit(&[extended])?;
    let root = hal.cap(&tree, 0)?.wait()?;
    let rows = hal.open_rows(&tree, &[0, 2 * HEIGHT - 1, HEIGHT / 3])?;
    Ok((root, rows.wait()?))
}

/// Lets each fault happen under a list of the card and the CPU: what comes out is what the CPU makes, or an error, after which it is.
///
/// # Panics
/// If anything else comes out, or a fault does not happen.
pub fn survives_each_fault<F: HalField + EngineField, T: Transport + 'static>(
    make: impl Fn() -> (T, Saboteur),
    options: Options,
) -> Vec<Outcome> {
    let cpu: Arc<dyn Hal<F>> = Arc::new(CpuHal::new().expect("threads"));
    let expected = commit(&*cpu).expect("the CPU does it");
    // A card of another contract is no device at all.
    let faults = Fault::ALL
        .into_iter()
        .filter(|&fault| fault != Fault::OtherContract);
    let survives = |fault| {
        let (card, saboteur) = make();
        let card = FpgaHal::open(CARD, Faulty::new(card, saboteur.clone()), options);
        let members = vec![
            Member::checked(Arc::new(card.expect("a card"))),
            Member::trusted(Arc::clone(&cpu)),
        ];
        let hal = Fallback::new(members, Policy::default()).expect("a list");
        assert_eq!(commit(&hal).expect("nothing is wrong"), expected);
        assert_eq!(held_against(&hal), Count::default());
        saboteur.arm(fault);
        let (mut began, mut found) = (Instant::now(), commit(&hal));
        for _ in 0..TRIES {
            if !saboteur.happened().is_empty() {
                break;
            }
            (began, found) = (Instant::now(), commit(&hal));
        }
        assert_eq!(saboteur.happened(), [fault], "it happened");
        let outcome = outcome(&hal, &found, fault);
        if let Ok(found) = found {
            assert_eq!(found, expected, "{fault}");
        }
        let again = commit(&hal).expect("another device is there");
        assert_eq!(again, expected, "after {fault}");
        Outcome {
            fault: fault.to_string(),
            level: LEVEL,
            outcome,
            recovered: began.elapsed(),
        }
    };
    faults.map(survives).collect()
}

/// What the list holds against the card.
fn held_against<F: HalField>(hal: &Fallback<F>) -> Count {
    let mut sum = Count::default();
    for usage in hal.usage() {
        if usage.device == CARD {
            sum.refused += usage.count.refused;
            sum.failed += usage.count.failed;
            sum.wrong += usage.count.wrong;
        }
    }
    sum
}

fn outcome<F: HalField>(
    hal: &Fallback<F>,
    found: &Result<Committed<F>, HalError>,
    fault: Fault,
) -> String {
    let Count { failed, wrong, .. } = held_against(hal);
    let seen = match (failed, wrong) {
        (0, 0) => {
            let silent = matches!(fault, Fault::DataFlipped | Fault::ResultFlipped);
            assert!(!silent, "{fault} is noticed");
            "made good".to_owned()
        }
        (_, 0) => "failed there, repeated on the CPU".to_owned(),
        _ => "wrong result noticed, repeated on the CPU".to_owned(),
    };
    match found {
        Ok(_) => seen,
        Err(error) => format!("{seen}; then: {error}"),
    }
}
