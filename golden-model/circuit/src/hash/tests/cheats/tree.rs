//! Trees that are none, rows that are two things or nothing.

use super::*;

#[test]
fn rejects_cheats_with_the_tree() {
    let mut suite = suite();
    suite.cheat("sibling changed after", "T", |forged| {
        forged.node(1, 0, AFTER).input[9] += Felt::ONE;
        forged.rebuild_after();
    });
    suite.cheat("sibling changed before and after", "T", |forged| {
        for flag in [BEFORE, AFTER] {
            forged.node(1, 0, flag).input[9] += Felt::ONE;
        }
        forged.rebuild_after();
    });
    suite.cheat("two roots before", "T", |forged| {
        let mut root = *forged.node(19, 0, BEFORE);
        root.own.left = kind(TreeKind::Sibling);
        root.own.right = kind(TreeKind::Sibling);
        forged.lines.push(root);
    });
    suite.cheat("a tree of its own", "T", |forged| {
        let mut root = *forged.node(19, 0, BEFORE);
        root.own.left = kind(TreeKind::Sibling);
        root.own.right = kind(TreeKind::Sibling);
        root.input[3] = felt(5);
        forged.lines.push(root);
        (root.own.before, root.own.after) = (Felt::ZERO, Felt::ONE);
        forged.lines.push(root);
        forged.outside.after.copy_from_slice(&output(&root)[..RATE]);
    });
    suite.cheat("a level above the root", "T", |forged| {
        let mut top = *forged.node(19, 0, BEFORE);
        let root = output(&top);
        top.own.level = felt(20);
        top.own.right = kind(TreeKind::Sibling);
        top.input[..RATE].copy_from_slice(&root[..RATE]);
        forged.lines.push(top);
        (top.own.before, top.own.after) = (Felt::ZERO, Felt::ONE);
        top.own.left = kind(TreeKind::Post);
        top.input[..RATE].copy_from_slice(&forged.outside.after.clone());
        forged.lines.push(top);
        forged.outside.after.copy_from_slice(&output(&top)[..RATE]);
    });
    suite.cheat("level skipped", "T", |forged| {
        // Page 100 hangs under node (2, 25), which calls itself (1, 50).
        let skipped = |line: &Line| {
            let own = &line.own;
            is_set(own.before + own.after) && (own.level, own.index) == (felt(1), felt(50))
        };
        forged.lines.retain(|line| !skipped(line));
        let page = forged.page(100, CLEAN);
        let digest = output(&forged.lines[page.end - 1]);
        for flag in [BEFORE, AFTER] {
            let node = forged.node(2, 25, flag);
            (node.own.level, node.own.index) = (felt(1), felt(50));
            node.input[..RATE].copy_from_slice(&digest[..RATE]);
        }
        forged.rebuild_before();
        forged.rebuild_after();
    });
    suite.cheat("page on a level of nodes", "C", |forged| {
        // Page 100 stands where node (1, 50) should.
        let node = |line: &Line| {
            let own = &line.own;
            is_set(own.before + own.after) && (own.level, own.index) == (felt(1), felt(50))
        };
        forged.lines.retain(|line| !node(line));
        for flag in [DIRTY, WRITTEN] {
            forged.remove_page(101, flag);
        }
        forged.outside.accessed.retain(|word| word.page != 101);
        let page = forged.page(100, CLEAN);
        forged.own(page.clone(), |own| {
            (own.level, own.index) = (Felt::ONE, felt(50))
        });
        forged.own(page.start..page.start + 1, |own| {
            own.difference = felt(50 - 9)
        });
        let registers = felt(key::REGISTERS - 1024) * felt(18).inverse();
        for (word, at) in forged.words_of(100).zip(0..) {
            word.key = felt(1024 * 50 + 4 * at) + registers;
        }
        forged.rebuild_before();
        forged.rebuild_after();
    });
    suite.cheat("page at another index", "T", |forged| {
        let page = forged.page(100, CLEAN);
        forged.own(page.clone(), |own| own.index = felt(102));
        forged.own(page.start..page.start + 1, |own| {
            own.difference = felt(102 - 9)
        });
        for word in forged.words_of(100) {
            word.key += felt(2048);
        }
    });
    for (name, flag) in [
        ("children swapped before", BEFORE),
        ("children swapped after", AFTER),
    ] {
        suite.cheat(name, "T", |forged| {
            let node = forged.node(1, 0, flag);
            node.input.rotate_left(RATE);
            std::mem::swap(&mut node.own.left, &mut node.own.right);
            forged.rebuild_after();
        });
    }
    suite.cheat("node opened twice", "T", |forged| {
        let mut node = *forged.node(1, 50, BEFORE);
        forged.node(1, 50, BEFORE).own.right = kind(TreeKind::Sibling);
        node.own.left = kind(TreeKind::Sibling);
        forged.lines.push(node);
    });
    suite.cheat("node forges a state of the journal", "C", |forged| {
        // The untouched child of (1, 0) becomes state 1 of the journal.
        let journal = forged.journal();
        let digest: [Felt; RATE] =
            std::array::from_fn(|i| forged.node(1, 0, BEFORE).input[RATE + i]);
        forged.node(1, 0, BEFORE).own.right = kind(TreeKind::Journal);
        forged.node(1, 0, AFTER).own.right = kind(TreeKind::Journal);
        // Its parent after takes the honest state instead.
        let state = output(&forged.lines[journal.start]);
        forged.node(1, 0, AFTER).input[RATE..].copy_from_slice(&state[..RATE]);
        forged.lines[journal.start + 1].input[..RATE].copy_from_slice(&digest);
        for at in journal.start + 2..journal.end {
            let state = output(&forged.lines[at - 1]);
            forged.lines[at].input[..RATE].copy_from_slice(&state[..RATE]);
        }
        let last = output(&forged.lines[journal.end - 1]);
        forged.outside.journal_after.copy_from_slice(&last[..RATE]);
        forged.rebuild_after();
    });
    suite.finish();
}

#[test]
fn rejects_cheats_with_flags() {
    let mut suite = suite();
    suite.cheat("page clean twice over", "CMT", |forged| {
        let page = forged.page(100, CLEAN);
        forged.own(page, |own| own.clean = Felt::TWO);
    });
    suite.cheat("page that comes in less than not", "CMT", |forged| {
        let page = forged.page(100, CLEAN);
        let page = forged.copy(page);
        forged.own(page, |own| own.clean = Felt::NEG_ONE);
    });
    suite.cheat("row that is a node before and after", "C", |forged| {
        let mut line = *forged.node(1, 0, AFTER);
        line.own.before = Felt::ONE;
        line.own.left = kind(TreeKind::Sibling);
        line.own.right = kind(TreeKind::Sibling);
        forged.lines.push(line);
    });
    suite.cheat("node without a tree", "C", |forged| {
        let mut line = *forged.node(1, 0, AFTER);
        line.own.after = Felt::ZERO;
        forged.lines.push(line);
    });
    suite.cheat("block among the padding", "CT", |forged| {
        let page = forged.page(100, CLEAN);
        let mut line = forged.lines[page.start];
        line.own.clean = Felt::ZERO;
        line.own.init_time = Felt::ZERO;
        line.own.final_time = [Felt::ZERO; 4];
        forged.lines.push(line);
    });
    suite.cheat("dirty half of a clean page", "CMT", |forged| {
        let page = forged.page(100, CLEAN);
        forged.own(page.start + 32..page.end, |own| {
            own.clean = Felt::ZERO;
            own.dirty = Felt::ONE;
            own.final_time = [Felt::ZERO; 4];
        });
    });
    suite.finish();
}
