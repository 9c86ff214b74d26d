//! Cells of a right witness, changed one at a time; and what each constraint is needed for.

use std::collections::BTreeSet;

use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear, KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_16_INTERNAL,
};
use p3_poseidon2::GenericPoseidon2LinearLayers;

use super::*;

/// What notices a change.
#[derive(Debug, Default)]
struct Notice {
    /// Constraints that do not hold, by index.
    constraints: BTreeSet<usize>,
    /// Whether a bus is out of balance. What the lookup table can answer does not count: its multiplicities are free.
    buses: bool,
}

impl Notice {
    fn is_none(&self) -> bool {
        self.constraints.is_empty() && !self.buses
    }

    /// The constraint without which the change would go unnoticed.
    fn alone(&self) -> Option<usize> {
        let mut constraints = self.constraints.iter();
        constraints
            .next()
            .copied()
            .filter(|_| !self.buses && constraints.next().is_none())
    }
}

/// Changes a row's cells from `column` on; back again afterwards.
fn notice(
    witness: &mut RowMajorMatrix<Felt>,
    text: &Range<u32>,
    at: usize,
    column: usize,
    cells: &[Felt],
) -> Notice {
    let (height, width) = (witness.height(), witness.width());
    let rows = [at, (at + height - 1) % height];
    let public_values = HashAir::public_values(text);
    let outcomes = |main: &RowMajorMatrix<Felt>| {
        let instance = Instance {
            name: "hash",
            air: &HashAir,
            main,
            preprocessed: None,
            public_values: &public_values,
        };
        rows.map(|at| row(&instance, at))
    };
    let changed = at * width + column..at * width + column + cells.len();
    let old = witness.values[changed.clone()].to_vec();
    let before = outcomes(witness);
    witness.values[changed.clone()].copy_from_slice(cells);
    let after = outcomes(witness);
    witness.values[changed].copy_from_slice(&old);

    let constraints = after.iter().flat_map(|row| row.failures.clone()).collect();
    let mut balance = Balance::default();
    for (rows, sign) in [(before, Felt::NEG_ONE), (after, Felt::ONE)] {
        for mut message in rows.into_iter().flat_map(|row| row.messages) {
            if !is_true_range(&message) {
                message.count *= sign;
                balance.add(&message, "hash", at);
            }
        }
    }
    Notice {
        constraints,
        buses: !balance.unbalanced().is_empty(),
    }
}

/// Rows of all kinds: the ends of each page and a block between, nodes, the journal, some padding.
fn some_rows(case: &Case, height: usize, rng: &mut StdRng) -> Vec<usize> {
    let dirtied = case.input.pages.iter().filter(|page| page.after.is_some());
    let blocks = 64 * (case.input.pages.len() + dirtied.count());
    let rest = (blocks..height).filter(|at| at - blocks < 60 || at % 16 == 15);
    let mut rows: Vec<usize> = rest.collect();
    for page in (0..blocks).step_by(64) {
        rows.extend([page, page + 1 + rng.random_range(0..62), page + 63]);
    }
    rows
}

#[test]
fn every_cell_is_bound() {
    let seed = 33;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let case = case(1, &MIXED);
    let mut main = generate(&case.input, &mut Counts::default(), 0);
    let rows = some_rows(&case, main.height(), &mut rng);
    let mut survivors = BTreeMap::<(usize, Vec<usize>), Vec<usize>>::new();
    let mut changes = 0;
    for &at in &rows {
        // The permutation's cells are alike in all rows.
        for column in
            (0..HashAir::WIDTH).filter(|column| *column >= CELLS || (at + column) % 8 == 0)
        {
            let old = main.values[at * HashAir::WIDTH + column];
            let random = Felt::from_u32(rng.random_range(0..KoalaBear::ORDER_U32));
            let (one, two) = (Felt::ONE, Felt::TWO);
            let values = [old + one, old - one, random, Felt::ZERO, one, two];
            for value in values.into_iter().filter(|&value| value != old) {
                changes += 1;
                if notice(&mut main, &case.input.text, at, column, &[value]).is_none() {
                    let own = &main.values[at * HashAir::WIDTH + CELLS..][..7];
                    let kind = (0..7).filter(|&flag| own[flag] != Felt::ZERO).collect();
                    survivors.entry((column, kind)).or_default().push(at);
                }
            }
        }
    }
    for ((column, kind), rows) in &survivors {
        println!("column {column} of rows with flags {kind:?}: {rows:?}");
    }
    println!(
        "{changes} changes in {} rows, {} survive",
        rows.len(),
        survivors.len()
    );
    assert!(survivors.is_empty());
}

/// The cells of a permutation by the book, one state at a time; `error` is added to the cell at a place, and what follows follows from it.
fn cells_with(state: [Felt; 16], place: usize, error: Felt) -> Vec<Felt> {
    type Layers = GenericPoseidon2LinearLayersKoalaBear;
    let mut state = state;
    let mut cells = Vec::new();
    let mut put = |cell: &mut Felt| {
        if cells.len() == place {
            *cell += error;
        }
        cells.push(*cell);
    };
    state.iter_mut().for_each(&mut put);
    Layers::external_linear_layer(&mut state);
    let full = |state: &mut [Felt; 16], constants: &[Felt; 16]| {
        for (element, &constant) in state.iter_mut().zip(constants) {
            *element = (*element + constant).cube();
        }
        Layers::external_linear_layer(state);
    };
    for constants in &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL {
        full(&mut state, constants);
        state.iter_mut().for_each(&mut put);
    }
    for &constant in &KOALABEAR_POSEIDON2_RC_16_INTERNAL {
        state[0] = (state[0] + constant).cube();
        put(&mut state[0]);
        Layers::internal_linear_layer(&mut state);
    }
    for constants in &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL {
        full(&mut state, constants);
        state.iter_mut().for_each(&mut put);
    }
    cells
}

#[test]
fn cells_of_a_permutation_match_the_permutation_by_the_book() {
    let mut rng = StdRng::seed_from_u64(32);
    for _ in 0..50 {
        let states: [[u32; 16]; LANES] = std::array::from_fn(|_| {
            std::array::from_fn(|_| rng.random_range(0..KoalaBear::ORDER_U32))
        });
        let permuted = permute(std::array::from_fn(|i| {
            Lanes::from_fn(|lane| Felt::from_u32(states[lane][i]))
        }));
        for (lane, state) in states.into_iter().enumerate() {
            let cells: Vec<Felt> = permuted.iter().map(|cell| cell.as_slice()[lane]).collect();
            assert_eq!(
                cells,
                cells_with(state.map(Felt::from_u32), CELLS, Felt::ZERO)
            );
            let output: Vec<u32> = cells[OUTPUT]
                .iter()
                .map(|cell| cell.as_canonical_u32())
                .collect();
            assert_eq!(output, hash::permute(state));
        }
    }
}

/// Constraints without which no cheat is known: the flags of the kinds but `clean` are 0 or 1, so is their sum, so is `first`; only a
/// block of a page is first, and only a block is followed by another. They bound how often a row's tuples travel, which LogUp takes for
/// granted. A flag of another value gives tuples that fit no other row's.
const BOUNDS: Range<usize> = CELLS - 16..CELLS - 16 + 10;

/// Says, once, what alone a constraint stands against.
fn needs(needed: &mut BTreeSet<usize>, alone: Option<usize>, what: &str) {
    if let Some(constraint) = alone.filter(|&constraint| needed.insert(constraint)) {
        println!("kill: hash constraint {constraint}: {what}");
    }
}

#[test]
fn every_constraint_is_needed() {
    let mut rng = StdRng::seed_from_u64(34);
    let case = case(1, &MIXED);
    let text = &case.input.text;
    let mut main = generate(&case.input, &mut Counts::default(), 0);
    let constraints = honest::constraints().len();
    let mut needed = cheats::needed();
    // Padding has no messages: a permutation that goes wrong in one cell, and on from there, breaks the constraint of that cell.
    let padding = main.height() - 1;
    for place in 16..CELLS {
        let cells = cells_with([Felt::ZERO; 16], place, Felt::ONE);
        let alone = notice(&mut main, text, padding, 0, &cells).alone();
        needs(
            &mut needed,
            alone,
            &format!("a permutation wrong from cell {place} on"),
        );
    }
    for at in some_rows(&case, main.height(), &mut rng) {
        for column in CELLS..HashAir::WIDTH {
            let old = main.values[at * HashAir::WIDTH + column];
            for value in [old + Felt::ONE, Felt::ZERO, Felt::ONE, Felt::TWO] {
                let alone = notice(&mut main, text, at, column, &[value]).alone();
                needs(
                    &mut needed,
                    alone,
                    &format!("column {column} of row {at} is {value}"),
                );
            }
        }
    }
    let spare: Vec<usize> = (0..constraints).filter(|at| !needed.contains(at)).collect();
    println!(
        "{} of {constraints} constraints stand alone against a cheat, not {spare:?}",
        needed.len()
    );
    assert!(spare.iter().all(|at| BOUNDS.contains(at)), "{spare:?}");
}
