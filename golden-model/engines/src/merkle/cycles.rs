//! When `assay_merkle` has trees done, clock by clock: who gets the sponge's next turn, and what waits for what. Of digests only their times are
//! known here.

use std::collections::VecDeque;

use super::Shape;
use crate::poseidon2::{Folding, RATE, portions_of};

/// An engine's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Of its core.
    pub folding: Folding,
    /// Rows in hand.
    pub slots: usize,
    /// Digests that wait or are being made.
    pub out_depth: usize,
    /// Pairs that are being fetched or wait.
    pub read_depth: usize,
    /// Digests that are not acknowledged.
    pub write_depth: usize,
}

/// A memory that takes a request in every clock.
#[derive(Clone, Copy, Debug)]
pub struct Latencies {
    /// Clocks from the request to the pair, at least 1.
    pub read: u64,
    /// Clocks from the digest to its acknowledgement, at least 1.
    pub write: u64,
}

/// How rows come.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// The clock from which on they never lack; none is there before.
    pub clock: u64,
    /// How many words of a row come together at most.
    pub columns: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            clock: 0,
            columns: RATE,
        }
    }
}

/// What the engine walks through for its rows, a clock each at least.
enum RowStep {
    /// A new tree, once the nodes have begun with the one before.
    Tree,
    /// A portion: whose slot it is for, whether it makes a permutation, whether that is a digest.
    Portion {
        slot: usize,
        issues: bool,
        last: bool,
    },
    /// A layer is passed.
    Layer,
}

/// The same for its nodes.
enum NodeStep {
    /// A new tree, once its rows have begun.
    Tree,
    /// A pass is set up.
    Pass,
    /// A node, once that many digests of rows and of nodes are acknowledged.
    Node { rows: u64, nodes: u64 },
    /// The root: done when that many digests are.
    Root { rows: u64, nodes: u64 },
}

/// What the core works on.
#[derive(Clone, Copy)]
struct Work {
    /// The row's slot, if it is a row's.
    slot: Option<usize>,
    issues: bool,
    digest: bool,
}

/// A queue whose entries come out two clocks after they went in, one a clock.
#[derive(Default)]
struct Queue<T> {
    entries: VecDeque<(u64, T)>,
    free: u64,
}

impl<T: Copy> Queue<T> {
    fn push(&mut self, clock: u64, entry: T) {
        self.entries.push_back((clock + 2, entry));
    }

    fn front(&self, clock: u64) -> Option<T> {
        let &(from, entry) = self.entries.front()?;
        (clock >= from.max(self.free)).then_some(entry)
    }

    fn pop(&mut self, clock: u64) {
        self.entries.pop_front();
        self.free = clock + 1;
    }
}

impl Machine {
    /// The clocks after the reset in which the trees are done, if all of them are asked for from the first clock on and rows never lack.
    #[must_use]
    pub fn done(&self, trees: &[Shape], memory: Latencies) -> Vec<u64> {
        self.done_with(trees, memory, Rows::default())
    }

    /// The same if rows come otherwise.
    #[must_use]
    pub fn done_with(&self, trees: &[Shape], memory: Latencies, rows: Rows) -> Vec<u64> {
        Run::new(self, trees, memory, rows).finish()
    }

    fn rows(&self, shape: &Shape, columns: usize) -> Vec<RowStep> {
        let heights = shape.heights();
        let mut steps = vec![RowStep::Tree];
        let mut at = 0;
        for (layer, widths) in shape.joins() {
            steps.extend((at..*layer).map(|_| RowStep::Layer));
            at = *layer;
            let portions = portions_of(widths, columns);
            for block in (0..heights[*layer]).step_by(self.slots) {
                let mut words = 0;
                for portion in &portions {
                    words += portion.words;
                    let issues = portion.last || words >= RATE;
                    words -= if words >= RATE { RATE } else { 0 };
                    let rows = self.slots.min(heights[*layer] - block);
                    steps.extend((0..rows).map(|slot| RowStep::Portion {
                        slot,
                        issues,
                        last: portion.last,
                    }));
                }
            }
        }
        steps
    }
}

/// Digests before a tree, of rows and of nodes.
#[derive(Clone, Copy, Default)]
struct Made {
    rows: u64,
    nodes: u64,
}

fn nodes(shape: &Shape, made: &mut Made) -> Vec<NodeStep> {
    let heights = shape.heights();
    let mut steps = vec![NodeStep::Tree];
    // What must be there for the first digest of the layer below, less that one.
    let mut below = *made;
    let mut below_is_rows = true;
    made.rows += heights[0] as u64;
    for (layer, &count) in heights.iter().enumerate().skip(1) {
        let pass = *made;
        steps.push(NodeStep::Pass);
        for node in 0..count {
            let children = (2 * node + 2).min(heights[layer - 1]) as u64;
            steps.push(if below_is_rows {
                NodeStep::Node {
                    rows: below.rows + children,
                    nodes: 0,
                }
            } else {
                NodeStep::Node {
                    rows: 0,
                    nodes: below.nodes + children,
                }
            });
        }
        made.nodes += count as u64;
        below = pass;
        below_is_rows = false;
        if shape.joins().iter().any(|(at, _)| *at == layer) {
            steps.push(NodeStep::Pass);
            steps.extend((1..=count as u64).map(|node| NodeStep::Node {
                rows: pass.rows + node,
                nodes: pass.nodes + node,
            }));
            below.nodes = made.nodes;
            made.rows += count as u64;
            made.nodes += count as u64;
        }
    }
    steps.push(NodeStep::Root {
        rows: if heights.len() == 1 { made.rows } else { 0 },
        nodes: made.nodes,
    });
    steps
}

struct Run<'a> {
    machine: &'a Machine,
    memory: Latencies,
    rows_from: u64,
    rows: VecDeque<RowStep>,
    nodes: VecDeque<NodeStep>,
    /// A tree whose rows have begun and whose nodes have not.
    queued: bool,
    root: Option<(u64, u64)>,
    done: Vec<u64>,
    trees: usize,
    acknowledged: Made,
    /// When each write is, and whether it is a row's.
    acks: VecDeque<(u64, bool)>,
    arriving: VecDeque<u64>,
    fetched: usize,
    pairs: Queue<()>,
    results: Queue<bool>,
    /// What leaves the core when.
    core: VecDeque<(u64, Work)>,
    first: Option<Work>,
    second: Option<Work>,
    third: Option<Work>,
    busy: Vec<bool>,
    promised: usize,
}

impl<'a> Run<'a> {
    fn new(machine: &'a Machine, trees: &[Shape], memory: Latencies, from: Rows) -> Self {
        let mut made = Made::default();
        Self {
            machine,
            memory,
            rows_from: from.clock,
            rows: trees
                .iter()
                .flat_map(|it| machine.rows(it, from.columns))
                .collect(),
            nodes: trees.iter().flat_map(|it| nodes(it, &mut made)).collect(),
            queued: false,
            root: None,
            done: Vec::new(),
            trees: trees.len(),
            acknowledged: Made::default(),
            acks: VecDeque::new(),
            arriving: VecDeque::new(),
            fetched: 0,
            pairs: Queue::default(),
            results: Queue::default(),
            core: VecDeque::new(),
            first: None,
            second: None,
            third: None,
            busy: vec![false; machine.slots],
            promised: 0,
        }
    }

    fn finish(mut self) -> Vec<u64> {
        let mut clock = 0;
        while self.done.len() < self.trees {
            self.clock(clock);
            clock += 1;
        }
        self.done
    }

    fn there(&self, rows: u64, nodes: u64) -> bool {
        self.acknowledged.rows >= rows && self.acknowledged.nodes >= nodes
    }

    fn clock(&mut self, clock: u64) {
        let machine = self.machine;
        // What this clock sees of the core.
        let takes = machine.folding.takes(clock);
        let leaves = self
            .core
            .front()
            .filter(|(at, _)| *at == clock)
            .map(|it| it.1);
        let third_moves = self.third.is_none() || takes;
        let second_moves = self.second.is_none() || third_moves;
        let first_moves = self.first.is_none() || second_moves;
        // Whose request it is.
        let pair = self.pairs.front(clock).is_some();
        let row = match self.rows.front() {
            Some(&RowStep::Portion { slot, issues, last }) if clock >= self.rows_from => {
                Some((slot, issues, last))
            }
            _ => None,
        };
        let rows_first = !self.queued;
        let row_goes = row.filter(|it| !self.busy[it.0] && (rows_first || !pair));
        let promise = |wanted: bool| !wanted || self.promised < machine.out_depth;
        let request = match row_goes {
            Some((slot, issues, last)) => Some(Work {
                slot: Some(slot),
                issues,
                digest: last,
            })
            .filter(|_| promise(last)),
            None => pair
                .then_some(Work {
                    slot: None,
                    issues: true,
                    digest: true,
                })
                .filter(|_| promise(true)),
        }
        .filter(|_| first_moves);
        let result = self
            .results
            .front(clock)
            .filter(|_| self.acks.len() < machine.write_depth);

        // The tree's walks.
        let (was_queued, was_root) = (self.queued, self.root);
        if let Some((rows, nodes)) = was_root
            && self.there(rows, nodes)
        {
            self.done.push(clock);
            self.root = None;
        }
        match self.nodes.front() {
            Some(NodeStep::Tree) if was_queued => {
                self.queued = false;
                self.nodes.pop_front();
            }
            Some(NodeStep::Pass) => {
                self.nodes.pop_front();
            }
            Some(&NodeStep::Node { rows, nodes })
                if self.there(rows, nodes) && self.fetched < machine.read_depth =>
            {
                self.fetched += 1;
                self.arriving.push_back(clock + self.memory.read);
                self.nodes.pop_front();
            }
            Some(&NodeStep::Root { rows, nodes }) if was_root.is_none() => {
                self.root = Some((rows, nodes));
                self.nodes.pop_front();
            }
            _ => {}
        }
        match self.rows.front() {
            Some(RowStep::Tree) if !was_queued => {
                self.queued = true;
                self.rows.pop_front();
            }
            Some(RowStep::Layer) => {
                self.rows.pop_front();
            }
            _ => {}
        }
        // The memory.
        if self.acks.front().is_some_and(|it| it.0 == clock)
            && let Some((_, row)) = self.acks.pop_front()
        {
            if row {
                self.acknowledged.rows += 1;
            } else {
                self.acknowledged.nodes += 1;
            }
        }
        if let Some(row) = result {
            self.results.pop(clock);
            self.promised -= 1;
            self.acks.push_back((clock + self.memory.write, row));
        }
        if self.arriving.front() == Some(&clock) {
            self.arriving.pop_front();
            self.pairs.push(clock, ());
        }
        // The sponge, from its end.
        if let Some(work) = leaves {
            self.core.pop_front();
            if let Some(slot) = work.slot {
                self.busy[slot] = false;
            }
            if work.digest {
                self.results.push(clock, work.slot.is_some());
            }
        }
        if takes && let Some(work) = self.third.take() {
            self.core
                .push_back((clock + machine.folding.latency() as u64, work));
        }
        if second_moves && let Some(work) = self.second.take() {
            if work.issues {
                self.third = Some(work);
            } else if let Some(slot) = work.slot {
                self.busy[slot] = false;
            }
        }
        if first_moves {
            self.second = self.first.take().or(self.second);
        }
        if let Some(work) = request {
            self.first = Some(work);
            self.promised += usize::from(work.digest);
            if let Some(slot) = work.slot {
                self.busy[slot] = true;
                self.rows.pop_front();
            } else {
                self.pairs.pop(clock);
                self.fetched -= 1;
            }
        }
    }
}
