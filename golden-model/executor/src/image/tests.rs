use super::*;

fn page_with(first: u32) -> Box<PageWords> {
    let mut words = ZERO_PAGE;
    words[0] = first;
    Box::new(words)
}

#[test]
fn new_splits_text_from_data() {
    let numbers = [0, 3, 4, 6, 7, NUM_PAGES - 1];
    let pages = numbers.map(|page| (page, page_with(page + 100)));
    let image = Image::new(4 << 10, 4..7, BTreeMap::from(pages)).unwrap();
    let all: Vec<(u32, u32)> = image
        .pages()
        .map(|(page, words)| (page, words[0]))
        .collect();
    let expected = [
        (0, 100),
        (3, 103),
        (4, 104),
        (5, 0),
        (6, 106),
        (7, 107),
        (NUM_PAGES - 1, NUM_PAGES + 99),
    ];
    assert_eq!(all, expected);
    assert_eq!(image.text_content().pages().count(), 3);
    assert_eq!(image.page(5), Some(&ZERO_PAGE));
    assert_eq!(image.page(8), None);
}

#[test]
fn new_rejects_parts_that_make_no_program() {
    let empty = BTreeMap::new;
    for (start, end) in [(4, 4), (4, NUM_PAGES + 1), (5, 4), (0, u32::MAX)] {
        let error = Image::new(0x1000, start..end, empty()).unwrap_err();
        assert!(matches!(error, ImageError::TextRange { .. }), "{error}");
    }
    for entry in [0, 0xffc, 0x1002, 0x1400, u32::MAX - 3] {
        let error = Image::new(entry, 4..5, empty()).unwrap_err();
        assert!(matches!(error, ImageError::Entry { .. }), "{error}");
    }
    for page in [NUM_PAGES, u32::MAX] {
        let pages = BTreeMap::from([(page, page_with(1))]);
        let error = Image::new(0x1000, 4..5, pages).unwrap_err();
        assert_eq!(error, ImageError::NoSuchPage { page });
    }
    // The last page of memory can be text.
    let last = NUM_PAGES - 1;
    assert!(Image::new(last << 10, last..NUM_PAGES, empty()).is_ok());
}

#[test]
fn from_words_places_words_across_pages() {
    let words: Vec<u32> = (1..=300).collect();
    let image = Image::from_words(0x17fc, &words).unwrap();
    assert_eq!((image.entry, image.text.clone()), (0x17fc, 5..8));
    assert_eq!(image.page(5).unwrap()[255], 1);
    assert_eq!(image.page(6).unwrap()[0], 2);
    assert_eq!(image.page(7).unwrap()[42], 300);
    assert_eq!(image.page(7).unwrap()[43], 0);

    assert!(Image::from_words(0x1002, &words).is_err());
    assert!(Image::from_words(0x1000, &[]).is_err());
    assert!(Image::from_words((1 << 28) - 4, &[1, 2]).is_err());
    assert!(Image::from_words(u32::MAX - 3, &words).is_err());
}

#[test]
fn id_is_the_hash_of_the_initial_state() {
    let pages = BTreeMap::from([(4, page_with(0x73)), (900, page_with(5))]);
    let image = Image::new(0x1000, 4..6, pages).unwrap();
    let mut leaves: Vec<(u32, Digest)> = [4, 900]
        .map(|page| (page, hash::page(image.page(page).unwrap())))
        .to_vec();
    let mut tree = MemoryTree::empty();
    tree.update(&leaves.split_off(1));
    tree.update(&leaves);
    assert_eq!(image.tree().root(), tree.root());
    let root = hash::compress(tree.root(), hash::page(&ZERO_PAGE));
    let expected = hash::image_digest(&CONTRACT_HASH, 0x1000, &(4..6), root);
    assert_eq!(image.digest(), expected);

    let pages = || BTreeMap::from([(4, page_with(0x73)), (900, page_with(5))]);
    let longer = Image::new(0x1000, 4..7, pages()).unwrap();
    assert_eq!(longer.tree().root(), tree.root());
    assert_ne!(longer.digest(), image.digest());
    assert_ne!(
        Image::new(0x1004, 4..6, pages()).unwrap().digest(),
        image.digest()
    );
}

#[test]
fn symbols_end_where_their_size_says() {
    let symbol = |address, size, name: &str| Symbol {
        address,
        size,
        name: name.to_owned(),
    };
    let table = SymbolTable::new(vec![
        symbol(0x20, 0, "open"),
        symbol(0x10, 8, "sized"),
        symbol(0x10, 0, "alias"),
        symbol(0x40, 4, "b"),
        symbol(0x40, 4, "a"),
    ]);
    let expected = [
        (0xf, None),
        (0x10, Some(("sized", 0))),
        (0x17, Some(("sized", 7))),
        (0x18, None),
        (0x3f, Some(("open", 0x1f))),
        (0x43, Some(("a", 3))),
        (u32::MAX, None),
    ];
    for (address, found) in expected {
        assert_eq!(table.find(address), found, "{address:#x}");
    }
}
