//! Hashes that are none: of pages, of the journal.

use super::*;

#[test]
fn rejects_cheats_with_the_sponge() {
    let mut suite = suite();
    suite.cheat("page without a first block", "CT", |forged| {
        let page = forged.page(100, CLEAN);
        let blocks: Vec<Line> = forged.lines.drain(page).collect();
        let start = forged.lines.len();
        forged.lines.extend(blocks);
        let own = &mut forged.lines[start].own;
        (own.first, own.right, own.difference) = (Felt::ZERO, Felt::ZERO, Felt::ZERO);
    });
    suite.cheat("page of 63 blocks", "CT", |forged| {
        let page = forged.page(100, CLEAN);
        forged.lines.remove(page.start + 5);
        for at in page.start + 5..page.end - 1 {
            forged.lines[at].own.counter -= Felt::ONE;
        }
        forged.rechain(page.start..page.end - 1);
        // The words of block 63 are not there, those of others have moved.
        let lines: Vec<Line> = forged.lines[page.start..page.end - 1].to_vec();
        forged.outside.accessed.retain(|word| word.page != 100);
        for (block, line) in (0..).zip(lines) {
            for word in 0..4 {
                let limbs = [line.input[2 * word], line.input[2 * word + 1]];
                forged.outside.accessed.push(Accessed {
                    page: 100,
                    key: felt(1024 * 100 + 16 * block + 4 * word as u32),
                    before: limbs,
                    after: limbs,
                    times: [line.own.init_time, line.own.final_time[word]]
                        .map(|time| time.as_canonical_u32()),
                });
            }
        }
        let last = page.end - 2;
        let digest = output(&forged.lines[last]);
        for flag in [BEFORE, AFTER] {
            forged.node(1, 50, flag).input[..RATE].copy_from_slice(&digest[..RATE]);
        }
        forged.rebuild_before();
        forged.rebuild_after();
    });
    suite.cheat("page of 65 blocks", "CMT", |forged| {
        let page = forged.page(100, CLEAN);
        let mut more = forged.lines[page.end - 1];
        more.own.counter += Felt::ONE;
        forged.lines.insert(page.end, more);
        forged.rechain(page.start..page.end + 1);
        let digest = output(&forged.lines[page.end]);
        for flag in [BEFORE, AFTER] {
            forged.node(1, 50, flag).input[..RATE].copy_from_slice(&digest[..RATE]);
        }
        forged.rebuild_before();
        forged.rebuild_after();
    });
    suite.cheat("limb above 16 bits", "M", |forged| {
        let page = forged.page(100, CLEAN);
        let limbs = &mut forged.lines[page.start + 1].input;
        limbs[4] += felt(1 << 16);
        limbs[5] -= Felt::ONE;
        let limbs = [limbs[4], limbs[5]];
        forged.rechain(page);
        let word = forged.words_of(100).nth(6).expect("256 words");
        (word.before, word.after) = (limbs, limbs);
        forged.rebuild_before();
        forged.rebuild_after();
    });
    for limb in 0..8 {
        let name = format!("limb {limb} of a block above 16 bits");
        suite.beyond(&name, 11 + limb, |forged| {
            let page = forged.page(100, CLEAN);
            let (first, block) = (page.start, 1);
            let limbs = &mut forged.lines[first + block].input;
            limbs[limb] += felt(1 << 16);
            let limbs = [limbs[limb & !1], limbs[limb | 1]];
            forged.rechain(page);
            let at = 4 * block + limb / 2;
            let word = forged.words_of(100).nth(at).expect("256 words");
            (word.before, word.after) = (limbs, limbs);
            forged.rebuild_before();
            forged.rebuild_after();
        });
    }
    suite.input("page holds a word plus p", "MT", |input| {
        let page = page_use(input, 100);
        let accessed = |&at: &usize| page.final_time[at] != page.init_time[at / 4];
        let at = (0..256)
            .filter(accessed)
            .find(|&at| page.before[at].checked_add(KoalaBear::ORDER_U32).is_some());
        page.before[at.expect("a small word")] += KoalaBear::ORDER_U32;
    });
    suite.finish();
}

#[test]
fn rejects_cheats_with_the_journal() {
    let mut suite = suite();
    suite.cheat("word added", "T", |forged| {
        let mut more = forged.lines[forged.journal().end - 1];
        more.own.counter += Felt::ONE;
        forged.lines.push(more);
        forged.rechain_journal();
    });
    suite.cheat("word added and counted", "T", |forged| {
        let mut more = forged.lines[forged.journal().end - 1];
        more.own.counter += Felt::ONE;
        forged.lines.push(more);
        forged.rechain_journal();
        forged.outside.journal_words += 1;
    });
    suite.cheat("last word removed", "T", |forged| {
        forged.lines.pop();
        forged.rechain_journal();
    });
    suite.cheat("last word removed and not counted", "T", |forged| {
        forged.lines.pop();
        forged.rechain_journal();
        forged.outside.journal_words -= 1;
    });
    suite.cheat("words reordered", "T", |forged| {
        let journal = forged.journal();
        let (left, right) = forged.lines.split_at_mut(journal.start + 1);
        left[journal.start].input[RATE..].swap_with_slice(&mut right[0].input[RATE..]);
        forged.rechain_journal();
    });
    suite.cheat("word absorbed twice", "T", |forged| {
        let journal = forged.journal();
        let again = forged.lines[journal.start + 1];
        forged.lines.insert(journal.start + 1, again);
        forged.rechain_journal();
    });
    suite.cheat("word changed", "T", |forged| {
        let journal = forged.journal();
        forged.lines[journal.start + 1].input[RATE] += Felt::ONE;
        forged.rechain_journal();
    });
    suite.cheat("another state before", "T", |forged| {
        let before = std::mem::replace(&mut forged.outside.journal_before, Digest::ZERO);
        forged.rechain_journal();
        forged.outside.journal_before = before;
    });
    suite.cheat("absorbed with another tag", "T", |forged| {
        let journal = forged.journal();
        forged.lines[journal.start + 1].input[RATE + 2] = felt(1);
        forged.rechain_journal();
    });
    suite.cheat("absorbed with more beside it", "T", |forged| {
        let journal = forged.journal();
        forged.lines[journal.start + 1].input[RATE + 7] = felt(1);
        forged.rechain_journal();
    });
    suite.finish();
}
