//! Cheats that one constraint alone stands against: everything else, buses included, is as it should be.

use super::*;

#[test]
fn rejects_cheats_that_one_constraint_stands_against() {
    let mut suite = suite();
    all(&mut suite);
    println!("{} constraints stand alone", suite.needed.len());
    suite.finish();
}

pub fn all(suite: &mut Suite) {
    sponges(suite);
    blocks(suite);
    classes(suite);
    children(suite);
    flags(suite);
}

fn sponges(suite: &mut Suite) {
    for element in RATE..2 * RATE {
        for (at, name) in [(0, "begun"), (20, "gone on")] {
            suite.alone(
                &format!("sponge {name} with another element {element}"),
                |forged| {
                    let page = forged.page(100, CLEAN);
                    forged.lines[page.start + at].input[element] += Felt::ONE;
                    forged.rechain(page.start + at..page.end);
                    forged.rebuild();
                },
            );
        }
    }
}

fn blocks(suite: &mut Suite) {
    suite.alone("page begun at block 5", |forged| {
        let page = forged.page(100, CLEAN);
        let mut first = forged.lines[page.start].own;
        let later = &mut forged.lines[page.start + 5];
        (first.counter, first.init_time, first.final_time) =
            (later.own.counter, later.own.init_time, later.own.final_time);
        later.own = first;
        later.input[RATE..].copy_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0].map(felt));
        forged.lines.drain(page.start..page.start + 5);
        forged.rechain(page.start..page.end - 5);
        let mut at = 0;
        forged.outside.accessed.retain(|word| {
            at += usize::from(word.page == 100);
            word.page != 100 || at > 20
        });
        forged.rebuild();
    });
    suite.alone("page of 63 blocks under the next page's keys", |forged| {
        // The tuple's index is the page's number, plus the counter, less the last counter there should be.
        let mut words = Vec::new();
        for flag in [DIRTY, WRITTEN] {
            let page = forged.page(101, flag);
            forged.lines.remove(page.start + 63 - 5);
            let page = page.start..page.end - 1;
            for (line, counter) in forged.lines[page.clone()].iter_mut().zip(0..) {
                line.own.counter = felt(counter);
                line.own.index = felt(102);
            }
            forged.lines[page.start].own.difference = felt(102 - 9);
            forged.rechain(page.clone());
            words.push(forged.lines[page].to_vec());
        }
        forged.outside.accessed.retain(|word| word.page != 101);
        for (comes, goes) in words[0].iter().zip(&words[1]) {
            for word in 0..4 {
                let limbs = |line: &Line| [line.input[2 * word], line.input[2 * word + 1]];
                let times = [comes.own.init_time, goes.own.final_time[word]];
                forged.outside.accessed.push(Accessed {
                    page: 102,
                    key: felt(1024 * 102 + 4 * word as u32) + comes.own.counter * felt(16),
                    before: limbs(comes),
                    after: limbs(goes),
                    times: times.map(|time| time.as_canonical_u32()),
                });
            }
        }
        for (flag, at) in [(BEFORE, &words[0]), (AFTER, &words[1])] {
            let digest = output(at.last().expect("63 blocks"));
            forged.node(1, 50, flag).input[RATE..].copy_from_slice(&digest[..RATE]);
        }
        forged.rebuild();
    });
    suite.alone(
        "block that comes in from the page that goes out",
        |forged| {
            let at = 10;
            let (comes, goes) = (forged.page(101, DIRTY), forged.page(101, WRITTEN));
            let (a, b) = (
                forged.lines[comes.start + at].own,
                forged.lines[goes.start + at].own,
            );
            forged.lines[comes.start + at].own = b;
            forged.lines[goes.start + at].own = a;
            for word in forged.words_of(101).skip(4 * at).take(4) {
                std::mem::swap(&mut word.before, &mut word.after);
            }
        },
    );
    suite.alone("block under another page's keys", |forged| {
        let page = forged.page(100, CLEAN);
        forged.lines[page.start + 10].own.index = felt(102);
        forged
            .words_of(100)
            .skip(40)
            .take(4)
            .for_each(|word| word.key += felt(2048));
    });
    suite.alone("block of the text as memory", |forged| {
        let page = forged.page(5, CLEAN);
        forged.lines[page.start + 10].own.text = Felt::ZERO;
        forged
            .words_of(5)
            .skip(40)
            .take(4)
            .for_each(|word| word.key -= felt(key::TEXT));
    });
    suite.alone("block of page 1 as registers", |forged| {
        *forged = of_plan(4..9, &[1]);
        let page = forged.page(1, CLEAN);
        forged.lines[page.start + 10].own.level = felt(18);
        let words = forged.words_of(1).skip(40).take(4);
        words.for_each(|word| word.key += felt(key::REGISTERS - 1024));
    });
}

fn of_plan(text: Range<u32>, clean: &[u32]) -> Forged {
    let case = case(
        6,
        &Plan {
            text,
            clean,
            dirty: &[],
            journal: 0,
        },
    );
    let forged = Forged::of(&case);
    assert_eq!(forged.rejected_by(), "", "the right witness");
    forged
}

fn classes(suite: &mut Suite) {
    suite.alone("page in the place of a node", |forged| {
        *forged = of_plan(2..3, &[3]);
        let place = (Felt::ONE, Felt::ONE);
        forged.lines.retain(|line| {
            let own = &line.own;
            !is_set(own.before + own.after) || (own.level, own.index) != place
        });
        let page = forged.page(3, CLEAN);
        forged.own(page.clone(), |own| (own.level, own.index) = place);
        let first = &mut forged.lines[page.start].own;
        (first.right, first.difference) = (Felt::ZERO, Felt::ZERO);
        let key = felt(1024) + felt(key::REGISTERS - 1024) * felt(18).inverse();
        for (word, at) in forged.words_of(3).zip(0..) {
            word.key = key + felt(4 * at);
        }
        forged.rebuild();
    });
    suite.alone("page in the place of memory's root", |forged| {
        *forged = of_plan(4..9, &[100]);
        let page = forged.page(100, CLEAN);
        forged.own(page.clone(), |own| {
            (own.level, own.index) = (felt(18), Felt::ZERO)
        });
        let first = &mut forged.lines[page.start].own;
        (first.right, first.difference) = (Felt::ZERO, Felt::ZERO);
        forged.lines.retain(|line| {
            let own = &line.own;
            !is_set(own.before + own.after) || own.level == felt(ROOT_LEVEL)
        });
        for (word, at) in forged.words_of(100).zip(0..) {
            word.key = felt(key::REGISTERS - 1024 + 4 * at);
        }
        forged.rebuild();
    });
    suite.alone("text that goes out", |forged| {
        let page = forged.page(5, CLEAN);
        let page = forged.copy(page);
        forged.own(page.clone(), |own| {
            (own.clean, own.written, own.init_time) = (Felt::ZERO, Felt::ONE, Felt::ZERO);
        });
        forged.lines[page.start].input[0] = felt(77);
        forged.rechain(page);
        let page = forged.page(5, CLEAN);
        forged.own(page, |own| {
            (own.clean, own.dirty, own.final_time) = (Felt::ZERO, Felt::ONE, [Felt::ZERO; 4]);
        });
        forged.words_of(5).next().expect("256 words").after[0] = felt(77);
        forged.rebuild();
    });
}

fn children(suite: &mut Suite) {
    for (name, which) in [("after", TreeKind::Post), ("before", TreeKind::Pre)] {
        suite.alone(&format!("left sibling sent as a node {name}"), |forged| {
            for flag in [BEFORE, AFTER] {
                forged.node(1, 1, flag).own.left = kind(which);
            }
        });
        suite.alone(&format!("right sibling sent as a node {name}"), |forged| {
            for flag in [BEFORE, AFTER] {
                forged.node(1, 0, flag).own.right = kind(which);
            }
        });
    }
}

fn flags(suite: &mut Suite) {
    suite.alone("words from nowhere, and back", |forged| {
        let line = |own: Hash<Felt>| Line {
            input: [felt(5); 16],
            own: Hash {
                clean: Felt::NEG_ONE,
                ..own
            },
        };
        let one = Felt::ONE;
        forged.lines.push(line(Hash {
            dirty: one,
            ..Hash::default()
        }));
        forged.lines.push(line(Hash {
            written: one,
            ..Hash::default()
        }));
    });
}
