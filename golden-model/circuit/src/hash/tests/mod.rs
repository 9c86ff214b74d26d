//! The hash table against the executor's hashing, and against cheats.

mod cells;
mod cheats;
mod honest;
mod segments;

use std::{
    collections::BTreeMap, format, ops::Range, println, string::String, time::Instant, vec,
    vec::Vec,
};

use assay_abi::machine::NUM_PAGES;
use assay_executor::{Digest, PageWords, hash, tree::MemoryTree};
use p3_field::{Field, PackedValue, PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::KoalaBear;
use p3_matrix::{Matrix, dense::RowMajorMatrix};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use super::{
    generation::{Line, fill_lines, fill_padding},
    input::for_each_sibling,
    permutation::{
        CELLS, INPUT, OUTPUT, RATE,
        cells::{LANES, Lanes, permute},
    },
    *,
};
use crate::{
    Felt,
    bus::{MACHINE, MACHINE_WIDTH, ROOT_LEVEL, TREE, TREE_WIDTH, Tag, TreeKind, key},
    check::{Balance, Failure, Instance, Message, Report, check, row},
    lut::Counts,
};

/// Witness and neighbours of the table.
struct Case {
    input: Input,
    before: Digest,
    after: Digest,
}

/// What a case is made from.
struct Plan<'a> {
    text: Range<u32>,
    clean: &'a [u32],
    dirty: &'a [u32],
    journal: usize,
}

/// Text below, between and above touched pages; neighbours and far pages; both ends of memory.
const MIXED: Plan<'_> = Plan {
    text: 4..9,
    clean: &[0, 5, 8, 9, 100, NUM_PAGES - 2],
    dirty: &[3, 101, NUM_PAGES - 1],
    journal: 5,
};

fn random_page(rng: &mut StdRng) -> PageWords {
    std::array::from_fn(|_| rng.random())
}

fn case(seed: u64, plan: &Plan<'_>) -> Case {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut pages: BTreeMap<u32, PageWords> = BTreeMap::new();
    let others = (0..20)
        .map(|_| rng.random_range(0..NUM_PAGES))
        .collect::<Vec<_>>();
    for &page in [plan.clean, plan.dirty, &others].into_iter().flatten() {
        pages.insert(page, random_page(&mut rng));
    }
    let mut tree = MemoryTree::from_pages(pages.iter().map(|(&page, words)| (page, words)));
    let mut touched: Vec<u32> = [plan.clean, plan.dirty].concat();
    touched.sort_unstable();
    let mut nodes = BTreeMap::new();
    for_each_sibling(&touched, |(level, index)| {
        nodes.insert((level, index), tree.node(level as usize, index));
    });

    let mut registers = [[0; 256]; 2];
    registers
        .iter_mut()
        .for_each(|page| page[1..32].fill_with(|| rng.random()));
    let before = hash::compress(tree.root(), hash::page(&registers[0]));
    let mut uses = Vec::new();
    for &number in touched.iter().chain([&NUM_PAGES]) {
        let content = *pages.get(&number).unwrap_or(&registers[0]);
        let dirty = number == NUM_PAGES || plan.dirty.contains(&number);
        let init_time: [u32; 64] = std::array::from_fn(|_| rng.random_range(0..1 << 20));
        let mut after = content;
        let mut final_time = std::array::from_fn(|word| init_time[word / 4]);
        for word in 0..256 {
            if rng.random_bool(0.3) {
                final_time[word] += rng.random_range(1..1 << 16);
                after[word] = rng.random();
            }
        }
        if number == NUM_PAGES {
            after = registers[1];
        }
        // The last page is dirtied by stores of what it held.
        if number == NUM_PAGES - 1 {
            after = content;
        }
        uses.push(PageUse {
            number,
            before: content,
            after: dirty.then_some(after),
            init_time,
            final_time,
        });
    }
    let dirtied: Vec<_> = uses
        .iter()
        .filter(|page| page.number < NUM_PAGES)
        .filter_map(|page| Some((page.number, page.after.as_ref()?)))
        .collect();
    tree.update_pages(&dirtied);
    let after = hash::compress(tree.root(), hash::page(&registers[1]));
    let journal = (0..plan.journal).map(|_| rng.random()).collect();
    let journal_before = hash::page(&random_page(&mut rng));
    Case {
        input: Input {
            text: plan.text.clone(),
            pages: uses,
            siblings: Siblings::from_nodes(nodes),
            journal,
            journal_before,
        },
        before,
        after,
    }
}

fn message<const N: usize>(bus: &str, tag: u32, payload: [Felt; N], sent: bool) -> Message {
    let mut tuple = vec![Felt::from_u32(tag)];
    tuple.extend(payload);
    tuple.resize(
        if bus == TREE {
            TREE_WIDTH
        } else {
            MACHINE_WIDTH
        },
        Felt::ZERO,
    );
    Message {
        bus: bus.into(),
        tuple,
        count: if sent { Felt::ONE } else { Felt::NEG_ONE },
    }
}

fn limbs(word: u32) -> [Felt; 2] {
    [word & 0xffff, word >> 16].map(Felt::from_u32)
}

fn elements(digest: Digest) -> [Felt; RATE] {
    digest.elements().map(Felt::from_u32)
}

fn node(kind: TreeKind, level: u32, index: u32, digest: [Felt; RATE], sent: bool) -> Message {
    let mut payload = [Felt::ZERO; 10];
    payload[0] = Felt::from_u32(level);
    payload[1] = Felt::from_u32(index);
    payload[2..].copy_from_slice(&digest);
    message(TREE, kind as u32, payload, sent)
}

/// All that happens to a word between its coming in and its going out.
#[derive(Clone)]
struct Accessed {
    page: u32,
    key: Felt,
    before: [Felt; 2],
    after: [Felt; 2],
    times: [u32; 2],
}

/// What other tables have on the buses, the lookup table aside.
#[derive(Clone)]
struct Outside {
    before: [Felt; RATE],
    after: [Felt; RATE],
    journal_before: Digest,
    journal_after: [Felt; RATE],
    journal_words: u32,
    committed: Vec<u32>,
    accessed: Vec<Accessed>,
}

impl Outside {
    fn honest(case: &Case) -> Self {
        let input = &case.input;
        let step = |state, &word: &u32| hash::journal_step(state, word);
        let mut accessed = Vec::new();
        for page in &input.pages {
            let text = if input.text.contains(&page.number) {
                key::TEXT
            } else {
                0
            };
            let after = page.after.as_ref().unwrap_or(&page.before);
            let words = page.before.iter().zip(after).zip(page.final_time);
            accessed.extend(
                words
                    .enumerate()
                    .map(|(word, ((&before, &after), last))| Accessed {
                        page: page.number,
                        key: Felt::from_u32(1024 * page.number + 4 * word as u32 + text),
                        before: limbs(before),
                        after: limbs(after),
                        times: [page.init_time[word / 4], last],
                    }),
            );
        }
        Self {
            before: elements(case.before),
            after: elements(case.after),
            journal_before: input.journal_before,
            journal_after: elements(input.journal.iter().fold(input.journal_before, step)),
            journal_words: input.journal.len() as u32,
            committed: input.journal.clone(),
            accessed,
        }
    }

    fn messages(&self) -> Vec<Message> {
        let journal = TreeKind::Journal;
        let mut messages = vec![
            node(TreeKind::Pre, ROOT_LEVEL, 0, self.before, true),
            node(TreeKind::Post, ROOT_LEVEL, 0, self.after, false),
            node(journal, 0, 0, elements(self.journal_before), true),
            node(journal, 0, self.journal_words, self.journal_after, false),
        ];
        for (index, &word) in (0..).zip(&self.committed) {
            let mut payload = [Felt::ZERO; RATE];
            payload[..2].copy_from_slice(&limbs(word));
            messages.push(node(TreeKind::JournalWord, 0, index, payload, true));
        }
        for word in &self.accessed {
            let ends = [(word.before, false), (word.after, true)];
            for ((limbs, sent), time) in ends.into_iter().zip(word.times) {
                let payload = [word.key, limbs[0], limbs[1], Felt::from_u32(time)];
                messages.push(message(MACHINE, Tag::Memory as u32, payload, sent));
            }
        }
        messages
    }
}

/// Whether the lookup table has an answer to a message.
fn is_true_range(message: &Message) -> bool {
    let tuple: Vec<u32> = message
        .tuple
        .iter()
        .map(PrimeField32::as_canonical_u32)
        .collect();
    message.bus == MACHINE
        && tuple[0] == Tag::Range as u32
        && tuple[1] <= 16
        && u64::from(tuple[2]) < 1 << tuple[1]
        && tuple[3..].iter().all(|&rest| rest == 0)
}

/// Checks a witness of this table among honest neighbours. The lookup table answers whatever is true.
fn judge(main: &RowMajorMatrix<Felt>, text: &Range<u32>, outside: &Outside) -> Report {
    let air = HashAir;
    let instance = Instance {
        name: "hash",
        air: &air,
        main,
        preprocessed: None,
        public_values: &HashAir::public_values(text),
    };
    let mut report = Report::default();
    let mut balance = Balance::default();
    for message in outside.messages() {
        balance.add(&message, "outside", 0);
    }
    let rows: Vec<_> = (0..main.height())
        .into_par_iter()
        .map(|at| row(&instance, at))
        .collect();
    report.rows = rows.len();
    for (at, outcome) in rows.into_iter().enumerate() {
        let failures = outcome.failures.into_iter().map(|constraint| Failure {
            table: "hash".into(),
            row: at,
            constraint,
        });
        report.failures.extend(failures);
        report.messages += outcome.messages.len();
        for message in outcome
            .messages
            .iter()
            .filter(|message| !is_true_range(message))
        {
            balance.add(message, "hash", at);
        }
    }
    report.unbalanced = balance.unbalanced();
    report
}

/// What the lookup table sends back.
fn answers(counts: &Counts) -> impl Iterator<Item = Message> {
    let entry = |k: u32, v: u32, count: u32| {
        let payload = [Felt::from_u32(k), Felt::from_u32(v)];
        let mut message = message(MACHINE, Tag::Range as u32, payload, false);
        message.count = -Felt::from_u32(count);
        message
    };
    let sixteen = (0..)
        .zip(&counts.range16)
        .map(move |(v, &count)| entry(16, v, count));
    let fewer = (1..)
        .zip(&counts.range[1..])
        .map(move |(at, &count): (u32, _)| {
            let k = at.ilog2();
            entry(k, at - (1 << k), count)
        });
    sixteen
        .chain(fewer)
        .filter(|message| message.count != Felt::ZERO)
}

fn check_honest(case: &Case) -> (Report, usize) {
    let mut counts = Counts::default();
    let main = generate(&case.input, &mut counts, 0);
    let air = HashAir;
    let instance = Instance {
        name: "hash",
        air: &air,
        main: &main,
        preprocessed: None,
        public_values: &HashAir::public_values(&case.input.text),
    };
    let mut outside = Outside::honest(case).messages();
    outside.extend(answers(&counts));
    (check(&[instance], outside), main.height())
}
