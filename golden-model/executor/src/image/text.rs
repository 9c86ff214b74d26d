use std::{fmt, ops::Range};

use assay_abi::machine::{PAGE_LOG_BYTES, PAGE_WORDS};

use crate::page::PageWords;

/// The read-only pages that instructions come from.
#[derive(PartialEq, Eq)]
pub struct Text {
    range: Range<u32>,
    words: Vec<u32>,
}

impl Text {
    /// `words` must fill the pages of `range`.
    pub(crate) fn new(range: Range<u32>, words: Vec<u32>) -> Self {
        debug_assert_eq!(words.len(), range.len() * PAGE_WORDS as usize);
        Self { range, words }
    }

    /// The page numbers.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        self.range.clone()
    }

    /// The byte address of the first word.
    #[must_use]
    pub const fn base(&self) -> u32 {
        self.range.start << PAGE_LOG_BYTES
    }

    /// All words, lowest address first.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// A page's content; `None` outside the text.
    #[must_use]
    pub fn page(&self, page: u32) -> Option<&PageWords> {
        let index = page.checked_sub(self.range.start)?;
        self.words.as_chunks().0.get(index as usize)
    }

    /// Numbers and contents, ascending.
    pub fn pages(&self) -> impl Iterator<Item = (u32, &PageWords)> {
        self.range.clone().zip(self.words.as_chunks().0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Text({} words in pages {:#x?})",
            self.words.len(),
            self.range
        )
    }
}
