//! What every body of the card must do.

#![allow(dead_code, reason = "each test file uses a part")]

use assay_abi::{Matrix, Transform, order};
use assay_driver::geometry::{Panels, aligned, opening, tree};
use assay_driver::{CardBuffer, Driver, Job, Ntt, Ticket, Transport};
use assay_engines::field::EngineField;
use assay_engines::merkle;
use assay_engines::poseidon2::{Poseidon2Field, WIDTH};
use p3_dft::{Radix2Dit, TwoAdicSubgroupDft};
use p3_koala_bear::KoalaBear;
use p3_matrix::Matrix as _;
use p3_matrix::dense::RowMajorMatrix;
use p3_symmetric::Permutation;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

pub fn random<F: EngineField>(
    rng: &mut SmallRng,
    rows: usize,
    columns: usize,
) -> RowMajorMatrix<F> {
    let element = |_| F::from_u32(rng.random_range(0..F::ORDER_U32));
    RowMajorMatrix::new((0..rows * columns).map(element).collect(), columns)
}

pub fn words<F: EngineField>(matrix: &RowMajorMatrix<F>) -> Vec<u32> {
    matrix.values.iter().map(|it| it.to_word()).collect()
}

pub fn put(driver: &Driver<impl Transport>, words: &[u32]) -> (CardBuffer, Ticket) {
    let bytes = aligned(words.len() as u64 * 4).expect("small");
    let buffer = driver.allocate(bytes).expect("card memory");
    let host = driver.host_buffer(bytes).expect("host memory");
    host.dma().write(0, words);
    let job = Job::upload(host, bytes, &buffer, 0).expect("it fits");
    (buffer, driver.submit(job).expect("submitted"))
}

pub fn get(
    driver: &Driver<impl Transport>,
    buffer: &CardBuffer,
    words: usize,
    after: &[&Ticket],
) -> Vec<u32> {
    let bytes = aligned(words as u64 * 4).expect("small");
    let host = driver.host_buffer(bytes).expect("host memory");
    let job = Job::download(buffer, 0, bytes, host).expect("it fits");
    let ticket = driver
        .submit(job.after(after.iter().copied()))
        .expect("submitted");
    driver.wait(&ticket).expect("downloaded");
    let mut found = vec![0; words];
    let host = ticket.take_buffer().expect("the buffer comes back");
    host.dma().read(0, &mut found);
    found
}

pub fn pack<F: EngineField>(panels: Panels, matrix: &RowMajorMatrix<F>) -> Vec<u32> {
    let log_rows = matrix.height().trailing_zeros() as u8;
    let bytes = panels.matrix(matrix.width as u32, log_rows).expect("small");
    let mut packed = vec![0; bytes as usize / 4];
    panels.pack(matrix.width, &words(matrix), &mut packed);
    packed
}

/// Upload, extension, tree and opening in a chain, and permutations, against Plonky3.
pub fn chains_match_p3<F: Poseidon2Field, T: Transport>(driver: Driver<T>) {
    let log_lanes = driver.identity().log_lanes;
    let panels = driver.identity().panels();
    let mut rng = SmallRng::seed_from_u64(u64::from(log_lanes));
    let mut cells = 0;
    for (log_rows, log_blowup, columns) in [(1_u8, 1_u8, 1_u32), (4, 1, 3), (5, 2, 17), (7, 1, 40)]
    {
        let matrix = random::<F>(&mut rng, 1 << log_rows, columns as usize);
        let short = random::<F>(&mut rng, 1 << log_rows, 5);
        let shift = F::GENERATOR;
        let lde = Radix2Dit::default()
            .coset_lde_batch(matrix.clone(), log_blowup.into(), shift)
            .to_row_major_matrix();
        let lde =
            p3_matrix::bitrev::BitReversibleMatrix::bit_reverse_rows(lde).to_row_major_matrix();

        // Upload, extension, tree, opening: nothing is waited for in between.
        let (source, uploaded) = put(&driver, &pack(panels, &matrix));
        let (second, also) = put(&driver, &pack(panels, &short));
        let long = log_rows + log_blowup;
        let bytes = panels.matrix(columns, long).expect("small");
        let (extended, scratch) = (
            driver.allocate(bytes).expect("memory"),
            driver.allocate(bytes).expect("memory"),
        );
        let ntt = Job::ntt(&Ntt {
            transform: Transform::Lde,
            log_rows,
            log_blowup,
            order: 0,
            shift: shift.to_word(),
            columns,
            source: &source,
            destination: &extended,
            scratch: &scratch,
        });
        let ntt = driver.submit(ntt.after([&uploaded])).expect("submitted");
        let entry = |columns, log_rows| Matrix {
            columns,
            log_rows,
            ..Matrix::default()
        };
        let entries = [entry(columns, long), entry(5, log_rows)];
        let list = driver
            .matrix_list(&[(&extended, entries[0]), (&second, entries[1])])
            .expect("a list");
        let digests = driver.allocate(tree(long)).expect("memory");
        let scratch = driver.allocate(tree(long)).expect("memory");
        let hashed = Job::merkle(&list, &digests, &scratch).after([&ntt, &also]);
        let hashed = driver.submit(hashed).expect("submitted");
        let indices: Vec<u32> = (0..5).map(|_| rng.random_range(0..1 << long)).collect();
        let (positions, told) = put(&driver, &indices);
        let each = opening(&entries).expect("small");
        let opened = driver.allocate(each * 5).expect("memory");
        let job = Job::open(&list, &digests, &positions, 5, &opened);
        let done = driver
            .submit(job.after([&hashed, &told]))
            .expect("submitted");
        drop((source, list, positions, scratch));

        let found = get(&driver, &opened, (each * 5 / 4) as usize, &[&done]);
        let found_lde = get(&driver, &extended, (bytes / 4) as usize, &[]);
        assert_eq!(found_lde, pack(panels, &lde), "extension");
        let layers = merkle::layers(vec![lde.clone(), short.clone()]).expect("a tree");
        let flat: Vec<u32> = layers
            .iter()
            .flatten()
            .flatten()
            .map(|it| it.to_word())
            .collect();
        assert_eq!(get(&driver, &digests, flat.len(), &[]), flat, "digests");
        for (record, &index) in found.chunks((each / 4) as usize).zip(&indices) {
            let mut expected = Vec::new();
            let mut pad = |words: Vec<u32>| {
                expected.extend(words);
                expected.resize(expected.len().next_multiple_of(16), 0);
            };
            let row = |matrix: &RowMajorMatrix<F>, index: u32| {
                let row = matrix.row_slice(index as usize).expect("a row");
                row.iter().map(|it| it.to_word()).collect::<Vec<_>>()
            };
            pad(row(&lde, index));
            pad(row(&short, index >> log_blowup));
            let sibling = |layer: u8| layers[usize::from(layer)][(index >> layer ^ 1) as usize];
            pad((0..long).flat_map(sibling).map(|it| it.to_word()).collect());
            assert_eq!(record, expected, "opening of {index}");
        }
        let hashed = driver.wait(&hashed).expect("a tree");
        assert!(hashed.cycles > 0);
        cells += found_lde.len() + flat.len() + found.len();
    }
    let states: Vec<u32> = (0..7 * WIDTH)
        .map(|_| rng.random_range(0..F::ORDER_U32))
        .collect();
    let (from, uploaded) = put(&driver, &states);
    let job = Job::permute(&from, &from, 7).after([&uploaded]);
    let permuted = driver.submit(job).expect("submitted");
    let found = get(&driver, &from, states.len(), &[&permuted]);
    for (state, found) in states.chunks(WIDTH).zip(found.chunks(WIDTH)) {
        let mut state: [F; WIDTH] =
            std::array::from_fn(|i| F::from_word(state[i]).expect("below p"));
        F::permutation().permute_mut(&mut state);
        assert_eq!(state.map(|it| it.to_word()), found);
    }
    println!("matched {cells} words of 4 chains, 7 permutations, {log_lanes} = log2 of the lanes");
    drop(from);
    leaves_no_memory(&driver);
}

/// Every buffer was dropped: the card's memory is free.
pub fn leaves_no_memory<T: Transport>(driver: &Driver<T>) {
    driver.drain().expect("all ended");
    assert_eq!(driver.waiting(), 0);
    assert_eq!(driver.free_bytes(), driver.identity().memory_bytes);
}

/// Transforms in every order, on a card for KoalaBear.
pub fn transforms_and_orders_match_p3<T: Transport>(driver: &Driver<T>) {
    let panels = driver.identity().panels();
    let mut rng = SmallRng::seed_from_u64(7);
    let matrix = random::<KoalaBear>(&mut rng, 32, 5);
    let reversed = |it: &RowMajorMatrix<KoalaBear>| {
        p3_matrix::bitrev::BitReversibleMatrix::bit_reverse_rows(it.clone()).to_row_major_matrix()
    };
    let dft = Radix2Dit::<KoalaBear>::default();
    let shift = <KoalaBear as p3_field::Field>::GENERATOR;
    let forward = dft
        .coset_dft_batch(matrix.clone(), shift)
        .to_row_major_matrix();
    let inverse = dft.idft_batch(matrix.clone());
    for (transform, natural, shift) in [
        (Transform::Forward, &forward, shift.to_word()),
        (
            Transform::Inverse,
            &inverse,
            KoalaBear::to_word(p3_field::PrimeCharacteristicRing::ONE),
        ),
    ] {
        for flags in 0..4 {
            let input = if flags & order::IN_REVERSED != 0 {
                reversed(&matrix)
            } else {
                matrix.clone()
            };
            let expected = if flags & order::OUT_NATURAL != 0 {
                natural.clone()
            } else {
                reversed(natural)
            };
            let packed = pack(panels, &input);
            let (source, uploaded) = put(driver, &packed);
            let other = driver.allocate(source.bytes()).expect("memory");
            let scratch = driver.allocate(source.bytes()).expect("memory");
            let job = Job::ntt(&Ntt {
                transform,
                log_rows: 5,
                log_blowup: 0,
                order: flags,
                shift,
                columns: 5,
                source: &source,
                destination: &other,
                scratch: &scratch,
            });
            let done = driver.submit(job.after([&uploaded])).expect("submitted");
            assert_eq!(
                get(driver, &other, packed.len(), &[&done]),
                pack(panels, &expected)
            );
        }
    }
    leaves_no_memory(driver);
}

/// Threads that send and fetch at once.
pub fn threads_share_a_card<T: Transport>(driver: &Driver<T>) {
    std::thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                let mut rng = SmallRng::seed_from_u64(seed);
                for _ in 0..200 {
                    let words: Vec<u32> = (0..rng.random_range(1..500))
                        .map(|_| rng.random())
                        .collect();
                    let (buffer, ticket) = put(driver, &words);
                    assert_eq!(get(driver, &buffer, words.len(), &[&ticket]), words);
                }
            });
        }
    });
    leaves_no_memory(driver);
}
