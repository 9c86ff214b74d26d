//! Real segments: the roots and the journal's states that the executor computed are those that the table comes to.

use assay_abi::{Po2, machine::REGISTER_PAGE, record_flags::MEM_WRITE};
use assay_executor::{
    CallbackSink, Image, Input as SessionInput, Segment, Session, SessionConfig, page_of, preflight,
};
use assay_progen::{Config, Ending, generate as program};

use super::*;

fn segments(seed: u64) -> Vec<Segment> {
    let config = Config {
        instructions: 15_000,
        data_pages: 64,
        ending: Ending::Halt,
        ..Config::default()
    };
    let program = program(seed, &config);
    let image = Image::from_elf(&program.elf).expect("a generated program");
    let input = SessionInput::from_words(program.input).expect("a short input");
    let config = SessionConfig {
        po2: Po2::try_from(13).expect("the smallest"),
        ..SessionConfig::default()
    };
    let mut segments = Vec::new();
    let mut sink = CallbackSink::new(|segment| {
        segments.push(segment);
        Ok::<_, std::io::Error>(())
    });
    Session::new(std::sync::Arc::new(image), input, config)
        .run(&mut sink)
        .expect("a good program");
    segments
}

/// The table's part of a segment; every word's chain is one access.
fn case_of(segment: &Segment) -> Case {
    let rows = preflight(segment).expect("its own segment");
    let registers = |registers: &[u32; 32]| {
        let mut page = [0; 256];
        page[..32].copy_from_slice(registers);
        page
    };
    let mut pages: BTreeMap<u32, (PageWords, Option<PageWords>)> = rows
        .pages
        .iter()
        .map(|(page, words)| (page.page, (**words, None)))
        .collect();
    for record in rows
        .records
        .iter()
        .filter(|record| record.flags & MEM_WRITE != 0)
    {
        let page = page_of(record.mem_addr).expect("within memory");
        let (before, after) = pages.get_mut(&page).expect("a touched page");
        after.get_or_insert(*before)[(record.mem_addr / 4 % 256) as usize] = record.c_new;
    }
    let ends = (
        registers(&segment.pre.registers),
        Some(registers(&rows.registers)),
    );
    pages.insert(REGISTER_PAGE, ends);
    let siblings = Siblings::of_segment(segment, pages.keys().copied()).expect("a proof");
    let pages = pages.into_iter().map(|(number, (before, after))| PageUse {
        number,
        before,
        after,
        init_time: std::array::from_fn(|block| block as u32),
        final_time: std::array::from_fn(|word| 1000 + word as u32),
    });
    let [before, after] = [&segment.pre, &segment.post].map(|state| state.roots.expect("roots"));
    Case {
        input: Input {
            text: segment.text.range(),
            pages: pages.collect(),
            siblings,
            journal: segment.journal.clone(),
            journal_before: before.journal,
        },
        before: before.root,
        after: after.root,
    }
}

#[test]
fn real_segments_come_to_the_executors_roots() {
    let (mut count, mut pages, mut text, mut words, mut rows) = (0, 0, 0, 0, 0);
    for seed in [41, 42] {
        let segments = segments(seed);
        for segment in &segments {
            let case = case_of(segment);
            let outside = Outside::honest(&case);
            let journal = segment.post.roots.expect("roots").journal;
            assert_eq!(outside.journal_after, elements(journal));
            let (report, _) = check_honest(&case);
            assert!(
                report.is_clean(),
                "seed {seed}, segment {}: {report}",
                segment.index
            );
            count += 1;
            pages += case.input.pages.len();
            text += case
                .input
                .pages
                .iter()
                .filter(|page| case.input.text.contains(&page.number))
                .count();
            words += case.input.journal.len();
            rows += report.rows;
        }
    }
    assert!(count > 4 && text > 0 && words > 0);
    println!(
        "{count} segments, {pages} pages ({text} of text), {words} journal words, {rows} rows: roots and journals agree"
    );
}

#[test]
fn siblings_name_what_the_segment_lacks() {
    let segment = segments(43).swap_remove(0);
    let free = (0..NUM_PAGES)
        .find(|&page| segment.page(page).or(segment.page(page ^ 1)).is_none())
        .expect("a free page");
    let error = Siblings::of_segment(&segment, [free]);
    assert_eq!(error, Err(SiblingsError::NotProven { page: free }));
    let mut short = segment.clone();
    let siblings = segment.proof.as_ref().expect("a proof").siblings();
    short.proof = Some(assay_executor::tree::MultiProof::from_siblings(
        siblings[1..].to_vec(),
    ));
    assert!(matches!(
        Siblings::of_segment(&short, [REGISTER_PAGE]),
        Err(SiblingsError::Proof(_))
    ));
    short.proof = None;
    assert_eq!(
        Siblings::of_segment(&short, [REGISTER_PAGE]),
        Err(SiblingsError::NoProof)
    );
}
