//! Pages that come in or go out too often, not at all, or as something else.

use super::*;

#[test]
fn rejects_cheats_with_pages() {
    let mut suite = suite();
    suite.cheat("page comes in twice", "T", |forged| {
        let page = forged.page(100, CLEAN);
        forged.copy(page);
        let words: Vec<_> = forged.words_of(100).map(|word| word.clone()).collect();
        forged.outside.accessed.extend(words);
    });
    suite.cheat("page comes in twice, with other content", "T", |forged| {
        let page = forged.page(100, CLEAN);
        let page = forged.copy(page);
        let mut words: Vec<_> = forged.words_of(100).map(|word| word.clone()).collect();
        forged.lines[page.start].input[0] = felt(77);
        words[0].before[0] = felt(77);
        words[0].after[0] = felt(77);
        forged.rechain(page);
        forged.outside.accessed.extend(words);
    });
    suite.cheat("page does not come in", "M", |forged| {
        forged.remove_page(100, CLEAN);
        for flag in [BEFORE, AFTER] {
            forged.node(1, 50, flag).own.left = kind(TreeKind::Sibling);
        }
    });
    suite.cheat("touched page beside the tree", "T", |forged| {
        for flag in [BEFORE, AFTER] {
            forged.node(1, 50, flag).own.left = kind(TreeKind::Sibling);
        }
    });
    suite.cheat("registers do not come in", "M", |forged| {
        forged.remove_page(NUM_PAGES, DIRTY);
        forged.remove_page(NUM_PAGES, WRITTEN);
        for flag in [BEFORE, AFTER] {
            forged.node(19, 0, flag).own.right = kind(TreeKind::Sibling);
        }
        let registers = forged.node(19, 0, BEFORE).input;
        forged.node(19, 0, AFTER).input[RATE..].copy_from_slice(&registers[RATE..]);
        forged.rebuild_after();
    });
    for (name, by, change) in [
        ("page-out missing", "MT", (|_| {}) as fn(&mut Forged)),
        (
            "page-out missing, old page as sibling after",
            "MT",
            |forged| {
                forged.node(1, 50, AFTER).own.right = kind(TreeKind::Sibling);
            },
        ),
        ("page-out missing, old page as sibling", "MT", |forged| {
            for flag in [BEFORE, AFTER] {
                forged.node(1, 50, flag).own.right = kind(TreeKind::Sibling);
            }
        }),
    ] {
        suite.cheat(name, by, |forged| {
            forged.remove_page(101, WRITTEN);
            let before = forged.node(1, 50, BEFORE).input;
            forged.node(1, 50, AFTER).input[RATE..].copy_from_slice(&before[RATE..]);
            change(forged);
            forged.rebuild_after();
        });
    }
    suite.cheat("page goes out twice", "MT", |forged| {
        let page = forged.page(101, WRITTEN);
        forged.copy(page);
    });
    suite.cheat("page goes out that did not come in", "MT", |forged| {
        let page = forged.page(101, WRITTEN);
        let page = forged.copy(page);
        forged.own(page.clone(), |own| own.index = felt(1));
        forged.own(page.start..page.start + 1, |own| {
            own.right = Felt::ZERO;
            own.difference = felt(2);
        });
        forged.node(1, 0, AFTER).own.right = kind(TreeKind::Post);
        forged.rebuild_after();
    });
    suite.cheat("clean page goes out too, changed", "MT", |forged| {
        let page = forged.page(100, CLEAN);
        let page = forged.copy(page);
        forged.own(page.clone(), |own| {
            own.clean = Felt::ZERO;
            own.written = Felt::ONE;
            own.init_time = Felt::ZERO;
        });
        forged.lines[page.start].input[0] = felt(77);
        forged.rechain(page);
        forged.rebuild_after();
    });
    suite.input("dirty page declared clean", "M", |input| {
        page_use(input, 101).after = None
    });
    suite.input("registers declared clean", "M", |input| {
        page_use(input, NUM_PAGES).after = None
    });
    suite.input("clean page declared dirty and changed", "M", |input| {
        let page = page_use(input, 100);
        let mut after = page.before;
        after[9] ^= 1;
        page.after = Some(after);
    });
    suite.input("final word changed only in the hash", "M", |input| {
        page_use(input, 101).after.as_mut().expect("dirty")[200] ^= 0x1_0000;
    });
    suite.input(
        "final word of a page stored to with what it held",
        "M",
        |input| {
            page_use(input, NUM_PAGES - 1)
                .after
                .as_mut()
                .expect("dirty")[3] ^= 1;
        },
    );
    suite.input("final time is another", "M", |input| {
        page_use(input, 100).final_time[8] += 1
    });
    suite.finish();
}
