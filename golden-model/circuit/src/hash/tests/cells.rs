//! Cells of a right witness, changed one at a time.

use super::*;

/// Changes the cell and says whether constraints or buses notice. What the lookup table can answer is no notice: its multiplicities are
/// free.
fn is_noticed(
    witness: &mut RowMajorMatrix<Felt>,
    text: &Range<u32>,
    at: usize,
    column: usize,
    value: Felt,
) -> bool {
    let (height, width) = (witness.height(), witness.width());
    let cell = at * width + column;
    let old = witness.values[cell];
    if old == value {
        return true;
    }
    let rows = [at, (at + height - 1) % height];
    let air = HashAir;
    let messages = |main: &RowMajorMatrix<Felt>| {
        let public_values = HashAir::public_values(text);
        let instance = Instance {
            name: "hash",
            air: &air,
            main,
            preprocessed: None,
            public_values: &public_values,
        };
        rows.map(|at| row(&instance, at))
    };
    let before = messages(witness);
    witness.values[cell] = value;
    let after = messages(witness);
    witness.values[cell] = old;
    if after.iter().any(|row| !row.failures.is_empty()) {
        return true;
    }
    let mut balance = Balance::default();
    for (rows, sign) in [(before, Felt::NEG_ONE), (after, Felt::ONE)] {
        for mut message in rows.into_iter().flat_map(|row| row.messages) {
            if !is_true_range(&message) {
                message.count *= sign;
                balance.add(&message, "hash", at);
            }
        }
    }
    !balance.unbalanced().is_empty()
}

#[test]
fn every_cell_is_bound() {
    let seed = 33;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let case = case(1, &MIXED);
    let text = &case.input.text;
    let mut main = generate(&case.input, &mut Counts::default(), 0);
    // Rows of all kinds: some of each page's blocks, all nodes and the journal, some padding.
    let blocks = 64 * (case.input.pages.len() + 4);
    let rest = (blocks..main.height()).filter(|at| at - blocks < 60 || at % 16 == 15);
    let mut rows: Vec<usize> = rest.collect();
    for page in (0..blocks).step_by(64) {
        rows.extend([page, page + 1 + rng.random_range(0..62), page + 63]);
    }
    let work: Vec<(usize, usize)> = rows
        .iter()
        .flat_map(|&at| (0..HashAir::WIDTH).map(move |column| (at, column)))
        // The permutation's cells are alike in all rows.
        .filter(|&(at, column)| column >= CELLS || (at + column) % 8 == 0)
        .collect();
    let mut survivors = BTreeMap::<(usize, Vec<usize>), Vec<usize>>::new();
    let mut changes = 0;
    for (at, column) in work {
        let old = main.values[at * HashAir::WIDTH + column];
        let random = Felt::from_u32(rng.random_range(0..KoalaBear::ORDER_U32));
        for value in [
            old + Felt::ONE,
            old - Felt::ONE,
            random,
            Felt::ZERO,
            Felt::ONE,
            Felt::TWO,
        ] {
            changes += 1;
            if !is_noticed(&mut main, text, at, column, value) {
                let own = &main.values[at * HashAir::WIDTH + CELLS..][..7];
                let kind = (0..7).filter(|&flag| own[flag] != Felt::ZERO).collect();
                survivors.entry((column, kind)).or_default().push(at);
            }
        }
    }
    for ((column, kind), rows) in &survivors {
        println!(
            "column {column} (own {:?}) of rows with flags {kind:?}: {rows:?}",
            column.checked_sub(CELLS)
        );
    }
    println!(
        "{changes} changes in {} rows, {} survive",
        rows.len(),
        survivors.len()
    );
    assert!(survivors.is_empty());
}
