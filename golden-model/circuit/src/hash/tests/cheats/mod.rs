//! Whole witnesses that say something false, consistent everywhere but in one place. The root after and the journal's state after are
//! the cheat's to choose.

pub(super) mod alone;
mod pages;
mod sponge;
mod text;
mod tree;

use std::collections::BTreeSet;

use super::*;
use crate::cheats::tell;

#[derive(Clone)]
struct Forged {
    text: Range<u32>,
    lines: Vec<Line>,
    outside: Outside,
}

type Flag = fn(&Hash<Felt>) -> Felt;

fn felt(value: u32) -> Felt {
    Felt::from_u32(value)
}

fn kind(kind: TreeKind) -> Felt {
    felt(kind as u32)
}

fn output(line: &Line) -> [Felt; 16] {
    hash::permute(line.input.map(|element| element.as_canonical_u32())).map(felt)
}

fn is_set(flag: Felt) -> bool {
    flag != Felt::ZERO
}

impl Forged {
    fn of(case: &Case) -> Self {
        let main = generate(&case.input, &mut Counts::default(), 0);
        let lines = main.values.chunks(HashAir::WIDTH).map(|row| Line {
            input: std::array::from_fn(|i| row[INPUT.start + i]),
            own: Hash::read(&row[CELLS..]),
        });
        let real = |own: &Hash<Felt>| {
            let page = own.clean + own.dirty + own.written;
            is_set(page + own.before + own.after + own.journal)
        };
        Self {
            text: case.input.text.clone(),
            lines: lines.filter(|line| real(&line.own)).collect(),
            outside: Outside::honest(case),
        }
    }

    fn matrix(&self) -> RowMajorMatrix<Felt> {
        let height = self.lines.len().next_power_of_two();
        let mut values = vec![Felt::ZERO; height * HashAir::WIDTH];
        let (cells, padding) = values.split_at_mut(self.lines.len() * HashAir::WIDTH);
        fill_lines(cells, &self.lines);
        fill_padding(padding);
        RowMajorMatrix::new(values, HashAir::WIDTH)
    }

    /// The blocks of a page of this kind.
    fn page(&self, number: u32, flag: Flag) -> Range<usize> {
        let (level, index) = if number == NUM_PAGES {
            (18, 1)
        } else {
            (0, number)
        };
        let first = self
            .lines
            .iter()
            .position(|line| {
                let own = &line.own;
                is_set(flag(own) * own.first)
                    && (own.level, own.index) == (felt(level), felt(index))
            })
            .expect("such a page");
        first..first + 64
    }

    fn node(&mut self, level: u32, index: u32, flag: Flag) -> &mut Line {
        self.lines
            .iter_mut()
            .find(|line| {
                is_set(flag(&line.own))
                    && (line.own.level, line.own.index) == (felt(level), felt(index))
            })
            .expect("such a node")
    }

    /// Absorbs a page's blocks again.
    fn rechain(&mut self, blocks: Range<usize>) {
        for at in blocks.skip(1) {
            let before = output(&self.lines[at - 1]);
            self.lines[at].input[RATE..].copy_from_slice(&before[RATE..]);
        }
    }

    /// Puts one of the trees together again, from its pages up; gives its root.
    fn rebuild_tree(
        &mut self,
        pages: fn(&Hash<Felt>) -> bool,
        flag: Flag,
        inside: TreeKind,
    ) -> [Felt; RATE] {
        let digest = |line: &Line| std::array::from_fn(|i| output(line)[i]);
        let place = |own: &Hash<Felt>| (own.level.as_canonical_u32(), own.index.as_canonical_u32());
        let mut known: BTreeMap<(u32, u32), [Felt; RATE]> = BTreeMap::new();
        for line in self
            .lines
            .iter()
            .filter(|line| pages(&line.own) && line.own.counter == felt(63))
        {
            known.insert(place(&line.own), digest(line));
        }
        let mut nodes: Vec<usize> = (0..self.lines.len())
            .filter(|&at| is_set(flag(&self.lines[at].own)))
            .collect();
        nodes.sort_by_key(|&at| place(&self.lines[at].own));
        for at in nodes {
            let line = &mut self.lines[at];
            let (level, index) = place(&line.own);
            for (half, which) in [line.own.left, line.own.right].into_iter().enumerate() {
                let child = known.get(&(level - 1, 2 * index + half as u32));
                if let Some(child) = child.filter(|_| which == kind(inside)) {
                    line.input[RATE * half..RATE * (half + 1)].copy_from_slice(child);
                }
            }
            known.insert((level, index), digest(line));
        }
        known[&(ROOT_LEVEL, 0)]
    }

    fn rebuild_after(&mut self) {
        let pages = |own: &Hash<Felt>| is_set(own.clean + own.written);
        self.outside.after = self.rebuild_tree(pages, |own| own.after, TreeKind::Post);
    }

    /// As if an earlier segment had left such a root.
    fn rebuild_before(&mut self) {
        let pages = |own: &Hash<Felt>| is_set(own.clean + own.dirty);
        self.outside.before = self.rebuild_tree(pages, |own| own.before, TreeKind::Pre);
    }

    /// Absorbs the journal's words again.
    fn rechain_journal(&mut self) {
        let mut state = elements(self.outside.journal_before);
        for line in self
            .lines
            .iter_mut()
            .filter(|line| is_set(line.own.journal))
        {
            line.input[..RATE].copy_from_slice(&state);
            state.copy_from_slice(&output(line)[..RATE]);
        }
        self.outside.journal_after = state;
    }

    fn journal(&self) -> Range<usize> {
        let words = self
            .lines
            .iter()
            .filter(|line| is_set(line.own.journal))
            .count();
        self.lines.len() - words..self.lines.len()
    }

    fn words_of(&mut self, page: u32) -> impl Iterator<Item = &mut Accessed> {
        self.outside
            .accessed
            .iter_mut()
            .filter(move |word| word.page == page)
    }

    /// Copies a page's blocks to the end of the table.
    fn copy(&mut self, blocks: Range<usize>) -> Range<usize> {
        let at = self.lines.len();
        self.lines.extend_from_within(blocks);
        at..at + 64
    }

    fn own(&mut self, rows: Range<usize>, change: impl Fn(&mut Hash<Felt>)) {
        self.lines[rows]
            .iter_mut()
            .for_each(|line| change(&mut line.own));
    }

    fn remove_page(&mut self, number: u32, flag: Flag) {
        let blocks = self.page(number, flag);
        self.lines.drain(blocks);
    }

    /// Puts both trees together again, as if an earlier segment had left such a root.
    fn rebuild(&mut self) {
        self.rebuild_before();
        self.rebuild_after();
    }

    fn report(&self) -> Report {
        judge(&self.matrix(), &self.text, &self.outside)
    }

    fn rejected_by(&self) -> String {
        letters(&self.report())
    }
}

/// What rejects it: constraints (C), the machine's bus (M), the tree's (T).
fn letters(report: &Report) -> String {
    let bus = |name: &str| report.unbalanced.iter().any(|tuple| tuple.bus == name);
    [
        (!report.failures.is_empty(), 'C'),
        (bus(MACHINE), 'M'),
        (bus(TREE), 'T'),
    ]
    .into_iter()
    .filter_map(|(rejects, by)| rejects.then_some(by))
    .collect()
}

const CLEAN: Flag = |own| own.clean;
const DIRTY: Flag = |own| own.dirty;
const WRITTEN: Flag = |own| own.written;
const BEFORE: Flag = |own| own.before;
const AFTER: Flag = |own| own.after;

pub struct Suite {
    case: Case,
    tried: usize,
    /// Constraints that alone stand against a cheat.
    needed: BTreeSet<usize>,
    wrong: Vec<String>,
}

impl Suite {
    /// Tries a cheat on a right witness.
    fn cheat(&mut self, name: &str, by: &str, change: impl FnOnce(&mut Forged)) {
        let mut forged = Forged::of(&self.case);
        change(&mut forged);
        self.expect(name, by, &forged);
    }

    /// Tries a witness that was generated from something false; `truth` is what the other tables do.
    fn input(&mut self, name: &str, by: &str, change: impl FnOnce(&mut Input)) {
        let mut lie = Case {
            input: self.case.input.clone(),
            before: self.case.before,
            after: self.case.after,
        };
        change(&mut lie.input);
        let mut forged = Forged::of(&lie);
        let truth = Outside::honest(&self.case);
        forged.outside.accessed = truth.accessed;
        forged.text = self.case.input.text.clone();
        forged.rebuild_after();
        self.expect(name, by, &forged);
    }

    fn expect(&mut self, name: &str, by: &str, forged: &Forged) {
        let found = forged.rejected_by();
        self.tried += 1;
        tell(name, !found.is_empty());
        if found != by || found.is_empty() {
            self.wrong
                .push(format!("{name}: rejected by {found:?}, expected {by:?}"));
        }
    }

    /// Tries a cheat against which one range stands alone, that of an interaction.
    fn beyond(&mut self, name: &str, interaction: usize, change: impl FnOnce(&mut Forged)) {
        let mut forged = Forged::of(&self.case);
        change(&mut forged);
        let report = forged.report();
        self.tried += 1;
        tell(name, !report.is_clean());
        let range = Tag::Range as u32;
        match &report.unbalanced[..] {
            [only] if report.failures.is_empty() && only.tuple[0] == range => {
                println!("kill: hash interaction {interaction}: {name}");
            }
            _ => self
                .wrong
                .push(format!("{name}: not a range alone: {report}")),
        }
    }

    /// Tries a cheat against which one constraint stands alone, on whatever rows.
    fn alone(&mut self, name: &str, change: impl FnOnce(&mut Forged)) {
        let mut forged = Forged::of(&self.case);
        change(&mut forged);
        let report = forged.report();
        let constraints: BTreeSet<usize> = report
            .failures
            .iter()
            .map(|failure| failure.constraint)
            .collect();
        self.tried += 1;
        tell(name, !report.is_clean());
        if letters(&report) == "C" && constraints.len() == 1 {
            for constraint in &constraints {
                println!("kill: hash constraint {constraint}: {name}");
            }
            self.needed.extend(constraints);
        } else {
            self.wrong
                .push(format!("{name}: constraints {constraints:?}, {report}"));
        }
    }

    fn finish(self) {
        println!(
            "{} cheats tried, {} not rejected as expected",
            self.tried,
            self.wrong.len()
        );
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
    }
}

fn suite() -> Suite {
    let case = case(1, &MIXED);
    assert_eq!(Forged::of(&case).rejected_by(), "", "the right witness");
    Suite {
        case,
        tried: 0,
        needed: BTreeSet::new(),
        wrong: Vec::new(),
    }
}

/// The constraints of which each is all that stands against a cheat.
pub fn needed() -> BTreeSet<usize> {
    let mut suite = suite();
    alone::all(&mut suite);
    suite.needed
}

fn page_use(input: &mut Input, number: u32) -> &mut PageUse {
    input
        .pages
        .iter_mut()
        .find(|page| page.number == number)
        .expect("such a page")
}

#[test]
fn tools_of_the_cheats_leave_a_right_witness_right() {
    let mut forged = Forged::of(&case(1, &MIXED));
    let outside = forged.outside.clone();
    forged.rebuild_before();
    forged.rebuild_after();
    forged.rechain_journal();
    for page in forged.page(100, CLEAN).step_by(64) {
        forged.rechain(page..page + 64);
    }
    assert_eq!(forged.outside.before, outside.before);
    assert_eq!(forged.outside.after, outside.after);
    assert_eq!(forged.outside.journal_after, outside.journal_after);
    assert_eq!(forged.rejected_by(), "");
    // Rows may stand anywhere, blocks of a page from the last row on to the first.
    let mut main = forged.matrix();
    main.values.rotate_left(17 * HashAir::WIDTH);
    assert!(judge(&main, &forged.text, &forged.outside).is_clean());
}
