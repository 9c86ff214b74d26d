//! Words under another page's keys, text that is written, memory that is called text.

use super::*;

#[test]
fn rejects_cheats_with_keys_and_the_text() {
    let mut suite = suite();
    suite.cheat("register page as memory", "T", |forged| {
        for flag in [DIRTY, WRITTEN] {
            let page = forged.page(NUM_PAGES, flag);
            forged.own(page.clone(), |own| {
                (own.level, own.index) = (Felt::ZERO, felt(NUM_PAGES))
            });
            let distance = NUM_PAGES - 9;
            forged.own(page.start..page.start + 1, |own| {
                own.right = Felt::ONE;
                own.difference = felt(distance & 0xffff);
                own.left = felt(distance >> 16);
            });
        }
    });
    suite.cheat("memory as register page", "T", |forged| {
        let page = forged.page(100, CLEAN);
        forged.own(page.clone(), |own| {
            (own.level, own.index) = (felt(18), Felt::ONE)
        });
        forged.own(page.start..page.start + 1, |own| {
            own.right = Felt::ZERO;
            own.difference = Felt::ZERO;
        });
        for word in forged.words_of(100) {
            word.key += felt(key::REGISTERS) - felt(1024 * 100);
        }
    });
    suite.cheat("memory as register page at its own index", "CT", |forged| {
        let page = forged.page(100, CLEAN);
        forged.own(page.clone(), |own| own.level = felt(18));
        forged.own(page.start..page.start + 1, |own| {
            own.right = Felt::ZERO;
            own.difference = Felt::ZERO;
        });
        for word in forged.words_of(100) {
            word.key += felt(key::REGISTERS) - felt(1024);
        }
    });

    // Page 5 is text, with the text 4..9: as memory it would have to lie below it or above it.
    let as_memory = |above: u32, difference: Felt| {
        move |forged: &mut Forged| {
            let page = forged.page(5, CLEAN);
            forged.own(page.clone(), |own| own.text = Felt::ZERO);
            let (first, last) = (page.start, page.end - 1);
            forged.own(first..first + 1, |own| {
                own.right = felt(above);
                own.difference = difference;
            });
            forged.own(last..last + 1, |own| own.difference = Felt::ZERO);
            for word in forged.words_of(5) {
                word.key -= felt(key::TEXT);
            }
        }
    };
    suite.cheat("text as memory", "C", as_memory(0, Felt::ONE));
    suite.beyond("text as memory, below", 19, as_memory(0, -Felt::TWO));
    suite.beyond("text as memory, above", 19, as_memory(1, -felt(4)));
    suite.cheat(
        "text as memory, above and below",
        "CM",
        as_memory(2, -felt(4)),
    );
    suite.beyond("text as memory, with high bits", 20, |forged| {
        as_memory(1, Felt::ZERO)(forged);
        let page = forged.page(5, CLEAN);
        let high = -felt(4) * felt(1 << 16).inverse();
        forged.own(page.start..page.start + 1, |own| own.left = high);
    });
    let as_text = |number: u32, first: Felt, last: Felt| {
        move |forged: &mut Forged| {
            let page = forged.page(number, CLEAN);
            forged.own(page.clone(), |own| own.text = Felt::ONE);
            let end = page.end - 1;
            forged.own(page.start..page.start + 1, |own| {
                own.right = Felt::ZERO;
                own.left = Felt::ZERO;
                own.difference = first;
            });
            forged.own(end..end + 1, |own| own.difference = last);
            for word in forged.words_of(number) {
                word.key += felt(key::TEXT);
            }
        }
    };
    suite.cheat("memory above as text", "M", as_text(9, felt(5), -Felt::ONE));
    suite.cheat(
        "memory above as text, no distance",
        "C",
        as_text(9, felt(5), Felt::ZERO),
    );
    suite.cheat("memory below as text", "M", as_text(0, -felt(4), felt(8)));
    suite.cheat(
        "memory below as text, no distance",
        "C",
        as_text(0, Felt::ZERO, felt(8)),
    );
    suite.cheat("dirtied page as text", "C", |forged| {
        let key = felt(key::TEXT);
        for flag in [DIRTY, WRITTEN] {
            let page = forged.page(3, flag);
            forged.own(page, |own| own.text = Felt::ONE);
        }
        forged.words_of(3).for_each(|word| word.key += key);
        // As if the text began there.
        forged.text = 3..9;
        for (number, first) in [(0, 2), (5, 2), (8, 5)] {
            let page = forged.page(number, CLEAN);
            forged.lines[page.start].own.difference = felt(first);
        }
        for flag in [DIRTY, WRITTEN] {
            let page = forged.page(3, flag);
            forged.lines[page.start].own.difference = Felt::ZERO;
            forged.lines[page.end - 1].own.difference = felt(5);
        }
    });
    suite.cheat("another text", "C", |forged| forged.text = 4..10);
    suite.finish();
}
