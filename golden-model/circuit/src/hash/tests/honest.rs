//! Right witnesses, and what the table costs.

use p3_air::{AirLayout, BaseAir, SymbolicExpression};
use p3_field::extension::BinomialExtensionField;
use p3_lookup::{InteractionSymbolicBuilder, LogUpGadget, Lookups};

use super::*;

#[test]
fn honest_witnesses_satisfy_constraints_and_buses() {
    let mut rng = StdRng::seed_from_u64(31);
    let (mut rows, mut messages) = (0, 0);
    let nothing = Plan {
        text: 1..2,
        clean: &[],
        dirty: &[],
        journal: 0,
    };
    let mut cases = vec![case(1, &MIXED), case(2, &nothing)];
    for seed in 3..8 {
        let base = rng.random_range(0..NUM_PAGES - 64);
        let mut pages: Vec<u32> = (0..14)
            .map(|i| {
                if i % 4 == 0 {
                    rng.random_range(0..NUM_PAGES)
                } else {
                    base + rng.random_range(0..64)
                }
            })
            .collect();
        pages.sort_unstable();
        pages.dedup();
        let text = base + 10..base + 30;
        let (dirty, clean): (Vec<u32>, Vec<u32>) = pages
            .into_iter()
            .partition(|page| page % 3 == 0 && !text.contains(page));
        cases.push(case(
            seed,
            &Plan {
                text,
                clean: &clean,
                dirty: &dirty,
                journal: seed as usize,
            },
        ));
    }
    for case in &cases {
        let (report, height) = check_honest(case);
        assert!(report.is_clean(), "{report}");
        assert!(report.rows == height);
        rows += report.rows;
        messages += report.messages;
        assert!(
            judge(
                &generate(&case.input, &mut Counts::default(), 0),
                &case.input.text,
                &Outside::honest(case)
            )
            .is_clean()
        );
    }
    println!(
        "{} witnesses: {rows} rows and {messages} messages are right",
        cases.len()
    );
}

#[test]
fn padding_reaches_the_height_that_is_asked_for() {
    let case = case(2, &MIXED);
    let low = generate(&case.input, &mut Counts::default(), 5);
    let high = generate(&case.input, &mut Counts::default(), 12);
    assert_eq!(high.height(), 1 << 12);
    let rows = low.values.len() - low.values.len() % HashAir::WIDTH;
    assert!(high.values[..rows] == low.values[..rows]);
    assert!(judge(&high, &case.input.text, &Outside::honest(&case)).is_clean());
}

/// Not a limit, a figure.
#[test]
fn generation_prints_its_time() {
    let clean: Vec<u32> = (1000..1300).collect();
    let dirty: Vec<u32> = (2000..2200).collect();
    let case = case(
        9,
        &Plan {
            text: 1000..1200,
            clean: &clean,
            dirty: &dirty,
            journal: 1000,
        },
    );
    let time = Instant::now();
    let main = generate(&case.input, &mut Counts::default(), 0);
    let elapsed = time.elapsed();
    println!(
        "{} pages, {} dirtied: {} rows of {} columns in {elapsed:.1?}",
        clean.len() + dirty.len() + 1,
        dirty.len() + 1,
        main.height(),
        HashAir::WIDTH
    );
    assert!(main.height() >= 64 * 702);
}

type Extension = BinomialExtensionField<Felt, 4>;

pub(super) fn constraints() -> Vec<SymbolicExpression<Felt>> {
    let layout = AirLayout::from_air(&HashAir);
    InteractionSymbolicBuilder::<Felt, Extension>::from_air(&HashAir, layout).base_constraints()
}

#[test]
fn columns_pack_two_tuples_each() {
    let constraints = constraints();
    let degree = constraints
        .iter()
        .map(|constraint| constraint.degree_multiple())
        .max();
    assert_eq!(degree, BaseAir::<Felt>::max_constraint_degree(&HashAir));
    let lookups = Lookups::from_air::<Extension, _>(&HashAir);
    let messages = lookups.len();
    let packed = lookups.pack_same_bus(&LogUpGadget::new(), 3);
    println!(
        "{} columns and {} of the permutation argument for {messages} messages a row, {} constraints",
        HashAir::WIDTH,
        4 * (packed.len() + 1),
        constraints.len(),
    );
    assert_eq!(messages, 8 + 8 + 2 + 3);
    assert_eq!(packed.len(), (8 + 8 + 2) / 2 + 2);
}
