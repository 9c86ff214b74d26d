//! Pages of guest memory: their size, their numbers.

use assay_abi::machine::{NUM_PAGES, PAGE_LOG_BYTES, PAGE_WORDS};

/// The words of one page, lowest address first.
pub type PageWords = [u32; PAGE_WORDS as usize];

/// A page that nothing has written.
pub const ZERO_PAGE: PageWords = [0; PAGE_WORDS as usize];

/// The number of the page that holds a byte address; `None` at or above 2^28.
#[must_use]
pub const fn page_of(address: u32) -> Option<u32> {
    let page = address >> PAGE_LOG_BYTES;
    if page < NUM_PAGES { Some(page) } else { None }
}

/// The byte address of a page's first word.
#[must_use]
pub const fn page_base(page: u32) -> u32 {
    page << PAGE_LOG_BYTES
}

/// A page's words from its bytes.
#[must_use]
pub fn page_from_bytes(bytes: &[u8; 4 * PAGE_WORDS as usize]) -> PageWords {
    let (words, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|i| u32::from_le_bytes(words[i]))
}
