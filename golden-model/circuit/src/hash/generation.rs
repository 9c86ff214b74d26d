use alloc::{vec, vec::Vec};
use core::array;

use assay_abi::{
    hash::{TAG_JOURNAL, TAG_PAGE},
    machine::NUM_PAGES,
};
use assay_executor::{Digest, PageWords, hash};
use p3_field::{PackedValue, PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::{
    Hash, HashAir, Input, PageUse,
    permutation::{
        CELLS, OUTPUT, RATE, STATE,
        cells::{LANES, Lanes, permute},
    },
    walk::{self, Change, TreeNode},
};
use crate::{
    Felt,
    bus::{REGISTER_PAGE, TreeKind},
    lut::Counts,
};

const WIDTH: usize = HashAir::WIDTH;
const BLOCK_WORDS: usize = RATE / 2;
/// Rows of a page.
const BLOCKS: usize = 64;

/// The columns, and the lookups that they make. The height is the least power of two that holds the rows, at least `2^min_log_height`.
///
/// Order: the pages that come in, those that go out, the nodes before, the nodes after, the journal. The digests are taken from the
/// contents: whether they lead to a claim's roots is for its caller to know.
///
/// # Panics
/// If the pages do not ascend, the register page is not among them, one of the text is dirtied, or a sibling is missing.
#[must_use]
pub fn generate(input: &Input, counts: &mut Counts, min_log_height: usize) -> RowMajorMatrix<Felt> {
    let ascend = input.pages.is_sorted_by(|a, b| a.number < b.number);
    assert!(ascend, "the pages do not ascend");
    let pages = pages(input);
    // How many nodes there are follows from the touched pages; what is in them from the pages' digests.
    let numbers = input.pages.iter().map(|page| page.number);
    let inner = walk::count(numbers.filter(|&number| number < NUM_PAGES).collect());
    let rows = BLOCKS * pages.len() + 2 * inner + input.journal.len();
    let height = rows.next_power_of_two().max(1 << min_log_height);
    let mut values = vec![Felt::ZERO; height * WIDTH];

    let (page_cells, rest) = values.split_at_mut(BLOCKS * pages.len() * WIDTH);
    let digests = fill_pages(page_cells, &pages);
    for page in &pages {
        page.count(counts);
    }
    let lines = lines(input, &pages, &digests);
    assert_eq!(lines.len(), 2 * inner + input.journal.len());
    let (line_cells, padding) = rest.split_at_mut(lines.len() * WIDTH);
    fill_lines(line_cells, &lines);
    fill_padding(padding);
    RowMajorMatrix::new(values, WIDTH)
}

/// A page that comes in or goes out.
struct Passage<'a> {
    page: &'a PageUse,
    words: &'a PageWords,
    /// Without the cells that differ from block to block.
    own: Hash<Felt>,
    /// Differences to be checked in the first block and the last.
    ends: [u32; 2],
}

fn pages(input: &Input) -> Vec<Passage<'_>> {
    let text = &input.text;
    let (level, index) = REGISTER_PAGE;
    let passage = |page, words, kind: Hash<Felt>| {
        let &PageUse {
            number, ref after, ..
        } = page;
        let memory = number < NUM_PAGES;
        let above = memory && number >= text.end;
        let in_text = memory && text.contains(&number);
        assert!(
            !in_text || after.is_none(),
            "page {number:#x} of the text is dirtied"
        );
        let own = Hash {
            text: Felt::from_bool(in_text),
            right: Felt::from_bool(above),
            level: Felt::from_u32(if memory { 0 } else { level }),
            index: Felt::from_u32(if memory { number } else { index }),
            ..kind
        };
        let ends = match () {
            () if !memory => [0, 0],
            () if in_text => [number - text.start, text.end - 1 - number],
            () if above => [number - text.end, 0],
            () => [text.start - 1 - number, 0],
        };
        Passage {
            page,
            words,
            own,
            ends,
        }
    };
    let one = Felt::ONE;
    let clean = Hash {
        clean: one,
        ..Hash::default()
    };
    let dirty = Hash {
        dirty: one,
        ..Hash::default()
    };
    let written = Hash {
        written: one,
        ..Hash::default()
    };
    let comes = input.pages.iter().map(|page| {
        let kind = if page.after.is_none() { clean } else { dirty };
        passage(page, &page.before, kind)
    });
    let goes = input
        .pages
        .iter()
        .filter_map(|page| Some(passage(page, page.after.as_ref()?, written)));
    comes.chain(goes).collect()
}

impl Passage<'_> {
    /// What block `at` holds beside its permutation.
    fn own(&self, at: usize) -> Hash<Felt> {
        let mut own = self.own;
        let first = at == 0;
        own.first = Felt::from_bool(first);
        own.counter = Felt::from_usize(at);
        if !first {
            own.right = Felt::ZERO;
        }
        let end = match at {
            0 => self.ends[0],
            _ if at == BLOCKS - 1 => self.ends[1],
            _ => 0,
        };
        own.difference = Felt::from_u32(end & 0xffff);
        own.left = Felt::from_u32(end >> 16);
        if self.comes() {
            own.init_time = Felt::from_u32(self.page.init_time[at]);
        }
        if own.dirty == Felt::ZERO {
            let times = &self.page.final_time[BLOCK_WORDS * at..];
            own.final_time = array::from_fn(|word| Felt::from_u32(times[word]));
        }
        own
    }

    fn comes(&self) -> bool {
        self.own.written == Felt::ZERO
    }

    fn count(&self, counts: &mut Counts) {
        if self.comes() {
            for &word in self.words {
                counts.range16(word as u16);
                counts.range16((word >> 16) as u16);
            }
        }
        for end in self.ends {
            counts.range16(end as u16);
            counts.range(2, end >> 16);
        }
    }
}

/// Hashes pages side by side, as many as there are lanes, and keeps their digests.
fn fill_pages(cells: &mut [Felt], pages: &[Passage<'_>]) -> Vec<Digest> {
    cells
        .par_chunks_mut(LANES * BLOCKS * WIDTH)
        .zip(pages.par_chunks(LANES))
        .flat_map_iter(|(cells, group)| {
            let mut state = [Lanes::ZERO; STATE];
            state[RATE] = Lanes::from(Felt::from_u32(TAG_PAGE));
            for block in 0..BLOCKS {
                for pair in 0..BLOCK_WORDS {
                    let word = BLOCK_WORDS * block + pair;
                    // Lanes beyond the group hash its first page again.
                    let of = |lane: usize| group.get(lane).unwrap_or(&group[0]).words[word];
                    state[2 * pair] = Lanes::from_fn(|lane| Felt::from_u16(of(lane) as u16));
                    state[2 * pair + 1] =
                        Lanes::from_fn(|lane| Felt::from_u16((of(lane) >> 16) as u16));
                }
                let permuted = permute(state);
                state.copy_from_slice(&permuted[OUTPUT]);
                for (lane, page) in group.iter().enumerate() {
                    let row = &mut cells[(lane * BLOCKS + block) * WIDTH..][..WIDTH];
                    put(&permuted, lane, row);
                    page.own(block).write(&mut row[CELLS..]);
                }
            }
            (0..group.len()).map(move |lane| {
                let element = |i: usize| state[i].as_slice()[lane];
                digest_of(array::from_fn(element))
            })
        })
        .collect()
}

fn put(permuted: &[Lanes; CELLS], lane: usize, row: &mut [Felt]) {
    for (cell, values) in row.iter_mut().zip(permuted) {
        *cell = values.as_slice()[lane];
    }
}

/// A node or a word of the journal.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// What it permutes.
    pub input: [Felt; STATE],
    /// What it holds beside that.
    pub own: Hash<Felt>,
}

/// What is not pages, in the order of its rows.
fn lines(input: &Input, pages: &[Passage<'_>], digests: &[Digest]) -> Vec<Line> {
    let (comes, mut goes) = digests.split_at(input.pages.len());
    let mut next = || {
        let (&digest, rest) = goes
            .split_first()
            .expect("a digest for each page that goes out");
        goes = rest;
        digest
    };
    let mut changes = pages.iter().zip(comes).map(|(passage, &before)| {
        let dirtied = passage.page.after.is_some();
        let after = if dirtied { next() } else { before };
        (passage.page.number, Change { before, after })
    });
    let mut memory: Vec<(u32, Change)> = changes.by_ref().collect();
    let registers = memory.pop().filter(|&(number, _)| number == NUM_PAGES);
    let (_, registers) = registers.expect("the register page among the pages");
    let nodes = walk::nodes(memory, registers, &input.siblings);

    let one = Felt::ONE;
    let before = nodes.iter().rev().map(|node| {
        let own = Hash {
            before: one,
            ..Hash::default()
        };
        node_line(node, own, TreeKind::Pre, |digest| digest.before)
    });
    let after = nodes.iter().map(|node| {
        let own = Hash {
            after: one,
            ..Hash::default()
        };
        node_line(node, own, TreeKind::Post, |digest| digest.after)
    });
    let mut state = input.journal_before;
    let journal = input.journal.iter().enumerate().map(|(at, &word)| {
        let line = journal_line(at, state, word);
        state = hash::journal_step(state, word);
        line
    });
    before.chain(after).chain(journal).collect()
}

fn node_line(
    node: &TreeNode,
    own: Hash<Felt>,
    inside: TreeKind,
    of: fn(&Change) -> Digest,
) -> Line {
    let [left, right] = node.children.map(|child| {
        let kind = if child.touched {
            inside
        } else {
            TreeKind::Sibling
        };
        Felt::from_u32(kind as u32)
    });
    let halves = node.children.map(|child| elements(of(&child.digest)));
    Line {
        input: array::from_fn(|i| halves[i / RATE][i % RATE]),
        own: Hash {
            level: Felt::from_u32(node.level),
            index: Felt::from_u32(node.index),
            left,
            right,
            ..own
        },
    }
}

fn journal_line(at: usize, state: Digest, word: u32) -> Line {
    let mut input = [Felt::ZERO; STATE];
    input[..RATE].copy_from_slice(&elements(state));
    input[RATE] = Felt::from_u16(word as u16);
    input[RATE + 1] = Felt::from_u16((word >> 16) as u16);
    input[RATE + 2] = Felt::from_u32(TAG_JOURNAL);
    Line {
        input,
        own: Hash {
            journal: Felt::ONE,
            counter: Felt::from_usize(at),
            ..Hash::default()
        },
    }
}

pub(super) fn fill_lines(cells: &mut [Felt], lines: &[Line]) {
    cells
        .par_chunks_mut(LANES * WIDTH)
        .zip(lines.par_chunks(LANES))
        .for_each(|(cells, lines)| {
            let element = |i: usize| {
                Lanes::from_fn(|lane| lines.get(lane).map_or(Felt::ZERO, |line| line.input[i]))
            };
            let permuted = permute(array::from_fn(element));
            for (lane, (row, line)) in cells.chunks_mut(WIDTH).zip(lines).enumerate() {
                put(&permuted, lane, row);
                line.own.write(&mut row[CELLS..]);
            }
        });
}

/// Padding permutes zeros, and does nothing with it.
pub(super) fn fill_padding(cells: &mut [Felt]) {
    let permuted = permute([Lanes::ZERO; STATE]);
    cells
        .par_chunks_mut(WIDTH)
        .for_each(|row| put(&permuted, 0, row));
}

fn digest_of(elements: [Felt; RATE]) -> Digest {
    let canonical = elements.map(|element| element.as_canonical_u32());
    Digest::from_elements(canonical).expect("canonical elements")
}

fn elements(digest: Digest) -> [Felt; RATE] {
    digest.elements().map(Felt::from_u32)
}
