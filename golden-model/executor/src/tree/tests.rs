use std::{collections::BTreeMap, time::Instant};

use assay_abi::machine::NUM_PAGES;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::hash::{compress, page};

/// A digest that is fast to make and different for different numbers.
fn leaf(n: u32) -> Digest {
    Digest::from_elements([n >> 16, n & 0xffff, 1, 2, 3, 4, 5, 6]).unwrap()
}

/// The root by recursion over the definition, with whole zero subtrees cut short.
fn naive_root(pages: &BTreeMap<u32, Digest>, level: usize, index: u32) -> Digest {
    let span = index << level..(index + 1) << level;
    if pages.range(span).next().is_none() {
        return default_digest(level);
    }
    match level {
        0 => pages[&index],
        _ => compress(
            naive_root(pages, level - 1, 2 * index),
            naive_root(pages, level - 1, 2 * index + 1),
        ),
    }
}

/// The root by folding one page's path of `DEPTH` siblings.
fn fold_path(tree: &MemoryTree, page: u32, digest: Digest) -> Digest {
    (0..DEPTH).fold(digest, |digest, level| {
        let node = page >> level;
        let sibling = tree.node(level, node ^ 1);
        match node & 1 {
            0 => compress(digest, sibling),
            _ => compress(sibling, digest),
        }
    })
}

#[test]
fn empty_tree_has_the_default_root() {
    let mut digest = page(&ZERO_PAGE);
    for _ in 0..18 {
        digest = compress(digest, digest);
    }
    assert_eq!(MemoryTree::empty().root(), digest);
    assert_eq!(DEPTH, 18);
}

#[test]
fn writing_zero_pages_changes_nothing() {
    let mut tree = MemoryTree::empty();
    tree.update_pages(&[
        (0, &ZERO_PAGE),
        (77, &ZERO_PAGE),
        (NUM_PAGES - 1, &ZERO_PAGE),
    ]);
    assert_eq!(tree.root(), MemoryTree::empty().root());
}

#[test]
fn update_matches_the_naive_tree_after_each_of_many_batches() {
    let seed = 11;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut tree = MemoryTree::empty();
    let mut pages = BTreeMap::new();
    let mut nodes = 0;
    for batch in 0..40 {
        let count = rng.random_range(0..80);
        // Neighbours, far pages and both ends.
        let base = rng.random_range(0..NUM_PAGES - 100);
        let mut updates: Vec<(u32, Digest)> = (0..count)
            .map(|i| {
                let page = match rng.random_range(0..10) {
                    0 => rng.random_range(0..NUM_PAGES),
                    1 => NUM_PAGES - 1,
                    2 => 0,
                    _ => base + rng.random_range(0..100),
                };
                (page, leaf(1000 * batch + i))
            })
            .collect();
        tree.update(&updates);
        pages.extend(updates.drain(..));
        assert_eq!(tree.root(), naive_root(&pages, DEPTH, 0), "batch {batch}");
        for (&page, &digest) in pages.iter().take(5) {
            assert_eq!(fold_path(&tree, page, digest), tree.root());
        }
        nodes += count;
    }
    println!(
        "{nodes} page updates in 40 batches give the naive roots, {} B",
        tree.heap_bytes()
    );
}

#[test]
fn full_tree_matches_level_by_level_hashing() {
    let updates: Vec<(u32, Digest)> = (0..NUM_PAGES).map(|page| (page, leaf(page))).collect();
    let mut tree = MemoryTree::empty();
    let time = Instant::now();
    tree.update(&updates);
    let elapsed = time.elapsed();
    let mut level: Vec<Digest> = updates.iter().map(|&(_, digest)| digest).collect();
    while level.len() > 1 {
        let (pairs, _) = level.as_chunks::<2>();
        level = crate::hash::compress_many(pairs);
    }
    assert_eq!(tree.root(), level[0]);
    println!(
        "all {NUM_PAGES} pages: {elapsed:.1?}, {} B of nodes",
        tree.heap_bytes()
    );
    assert!(tree.heap_bytes() < 20 << 20);
}

#[test]
fn update_takes_the_last_of_two_digests_of_a_page() {
    let mut twice = MemoryTree::empty();
    twice.update(&[(9, leaf(1)), (8, leaf(3)), (9, leaf(2))]);
    let mut once = MemoryTree::empty();
    once.update(&[(8, leaf(3)), (9, leaf(2))]);
    assert_eq!(twice.root(), once.root());
}

#[test]
fn clone_is_independent() {
    let mut tree = MemoryTree::empty();
    tree.update(&[(5, leaf(5))]);
    let before = tree.clone();
    tree.update(&[(5, leaf(6))]);
    assert_ne!(tree.root(), before.root());
    assert_eq!(before.node(0, 5), leaf(5));
}

fn filled(pages: &[u32]) -> (MemoryTree, Vec<(u32, Digest)>) {
    let mut pages = pages.to_vec();
    pages.sort_unstable();
    pages.dedup();
    let mut tree = MemoryTree::empty();
    let leaves: Vec<_> = pages.iter().map(|&page| (page, leaf(page))).collect();
    tree.update(&leaves);
    (tree, leaves)
}

#[test]
fn proof_shares_what_neighbours_have_in_common() {
    let (tree, _) = filled(&[4, 5, 6, 7]);
    assert_eq!(tree.prove(&[4]).siblings().len(), 18);
    assert_eq!(tree.prove(&[4, 5]).siblings().len(), 17);
    assert_eq!(tree.prove(&[4, 5, 6, 7]).siblings().len(), 16);
    assert_eq!(tree.prove(&[7, 4, 4]).siblings().len(), 2 + 16);
    let all: Vec<u32> = (0..NUM_PAGES).collect();
    assert_eq!(tree.prove(&all).siblings().len(), 0);
}

#[test]
fn proof_rejects_other_pages_contents_and_lengths() {
    let (tree, leaves) = filled(&[3, 4, 1000, NUM_PAGES - 1]);
    let pages: Vec<u32> = leaves.iter().map(|leaf| leaf.0).collect();
    let proof = tree.prove(&pages);
    assert_eq!(proof.root(&leaves), Ok(tree.root()));

    for at in 0..leaves.len() {
        let mut other = leaves.clone();
        other[at].1 = leaf(99);
        assert_ne!(
            proof.root(&other),
            Ok(tree.root()),
            "content of {}",
            other[at].0
        );
    }
    for at in 0..proof.siblings().len() {
        let mut siblings = proof.siblings().to_vec();
        siblings[at] = leaf(98);
        let other = MultiProof::from_siblings(siblings);
        assert_ne!(other.root(&leaves), Ok(tree.root()), "digest {at}");
    }
    let mut siblings = proof.siblings().to_vec();
    let expected = siblings.len();
    siblings.pop();
    let short = MultiProof::from_siblings(siblings.clone());
    let found = expected - 1;
    assert_eq!(
        short.root(&leaves),
        Err(ProofError::Length { expected, found })
    );
    siblings.extend([leaf(1), leaf(2)]);
    let long = MultiProof::from_siblings(siblings);
    let found = expected + 1;
    assert_eq!(
        long.root(&leaves),
        Err(ProofError::Length { expected, found })
    );

    assert_eq!(proof.root(&[]), Err(ProofError::NoPages));
    let mut swapped = leaves.clone();
    swapped.swap(0, 1);
    let error = ProofError::Order { before: 4, page: 3 };
    assert_eq!(proof.root(&swapped), Err(error));
    let error = ProofError::Order { before: 3, page: 3 };
    assert_eq!(proof.root(&[leaves[0], leaves[0]]), Err(error));
    let error = ProofError::NoSuchPage { page: NUM_PAGES };
    assert_eq!(proof.root(&[(NUM_PAGES, leaf(0))]), Err(error));
    // A neighbour of the page on the same path has as many siblings, and another root.
    let one = tree.prove(&[1000]);
    assert_ne!(one.root(&[(1001, leaf(1000))]), Ok(tree.root()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// With the content before a proof gives the root before, with the content after the root after.
    #[test]
    fn proof_gives_the_root_before_and_after_an_update(
        near in proptest::collection::vec(1000u32..1100, 0..40),
        far in proptest::collection::vec(0..NUM_PAGES, 1..20),
        others in proptest::collection::vec(0..NUM_PAGES, 0..20),
    ) {
        let (mut tree, _) = filled(&[&near[..], &others].concat());
        let proven = [&near[..], &far].concat();
        let proof = tree.prove(&proven);
        let mut pages = proven.clone();
        pages.sort_unstable();
        pages.dedup();
        let before: Vec<_> = pages.iter().map(|&page| (page, tree.node(0, page))).collect();
        prop_assert_eq!(proof.root(&before), Ok(tree.root()));
        let after: Vec<_> = pages.iter().map(|&page| (page, leaf(page + 1_000_000))).collect();
        tree.update(&after);
        prop_assert_eq!(proof.root(&after), Ok(tree.root()));
    }
}

/// Not a limit, a figure: a segment's usual work.
#[test]
fn update_pages_prints_its_time_for_70_dirty_pages() {
    let mut rng = StdRng::seed_from_u64(12);
    let contents: Vec<PageWords> = (0..70)
        .map(|_| std::array::from_fn(|_| rng.random()))
        .collect();
    let pages: Vec<(u32, &PageWords)> = (5000..).zip(&contents).collect();
    let digests: Vec<(u32, Digest)> = pages
        .iter()
        .map(|&(page, words)| (page, crate::hash::page(words)))
        .collect();
    let mut tree = MemoryTree::empty();
    tree.update(&digests);
    let root = tree.root();

    let time = Instant::now();
    tree.update(&digests);
    let nodes = time.elapsed();
    let time = Instant::now();
    tree.update_pages(&pages);
    let whole = time.elapsed();
    assert_eq!(tree.root(), root);
    println!("70 dirty pages: nodes {nodes:.1?}, pages and nodes {whole:.1?}");
}
