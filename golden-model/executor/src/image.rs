//! The initial memory image of a program.

mod symbols;
#[cfg(test)]
mod tests;
mod text;

use std::{
    collections::BTreeMap,
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use assay_abi::{
    CONTRACT_HASH,
    machine::{NUM_PAGES, PAGE_LOG_BYTES, PAGE_WORDS},
};

use crate::{
    elf::{self, ElfError},
    hash::{self, Digest},
    page::{PageWords, ZERO_PAGE, page_base},
    tree::MemoryTree,
};
pub(crate) use symbols::Symbol;
pub use symbols::SymbolTable;
pub use text::Text;

/// A program, ready to run: entry, text and the pages that are not zero at the start.
pub struct Image {
    /// Byte address of the first instruction: a multiple of 4 inside the text.
    pub entry: u32,
    /// The text's page numbers.
    pub text: Range<u32>,
    content: Arc<Text>,
    pages: BTreeMap<u32, Box<PageWords>>,
    symbols: SymbolTable,
    tree: OnceLock<MemoryTree>,
    digest: OnceLock<Digest>,
}

/// Parts that make no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The text is empty or reaches beyond memory.
    #[error(
        "text pages {start:#x} to {end:#x} are no range inside the {NUM_PAGES:#x} pages of memory"
    )]
    TextRange {
        /// First page.
        start: u32,
        /// Page after the last.
        end: u32,
    },
    /// The entry is no address of an instruction.
    #[error(
        "entry {entry:#010x} is not a multiple of 4 inside the text {start:#010x} to {end:#010x}"
    )]
    Entry {
        /// The entry.
        entry: u32,
        /// Byte address of the text.
        start: u32,
        /// Byte address behind the text.
        end: u32,
    },
    /// A page lies beyond memory.
    #[error("page {page:#x} lies beyond memory, which has {NUM_PAGES:#x} pages")]
    NoSuchPage {
        /// The page.
        page: u32,
    },
}

impl Image {
    /// The program with these parts. `text` and `pages` are in page numbers; what `pages` lacks is zero, in the text too.
    ///
    /// # Errors
    /// [`ImageError`] if the text is no range inside memory, the entry lies outside it or is misaligned, or a page does
    /// not exist.
    pub fn new(
        entry: u32,
        text: Range<u32>,
        pages: BTreeMap<u32, Box<PageWords>>,
    ) -> Result<Self, ImageError> {
        Self::with_symbols(entry, text, pages, SymbolTable::default())
    }

    pub(crate) fn with_symbols(
        entry: u32,
        text: Range<u32>,
        mut pages: BTreeMap<u32, Box<PageWords>>,
        symbols: SymbolTable,
    ) -> Result<Self, ImageError> {
        check_text(&text, entry)?;
        if let Some((&page, _)) = pages.last_key_value()
            && page >= NUM_PAGES
        {
            return Err(ImageError::NoSuchPage { page });
        }
        let mut words = vec![0; text.len() * PAGE_WORDS as usize];
        let (text_pages, _) = words.as_chunks_mut::<{ PAGE_WORDS as usize }>();
        // Text lives in one place; what is left are the other pages.
        let mut behind = pages.split_off(&text.start);
        let mut above = behind.split_off(&text.end);
        for (page, content) in behind {
            text_pages[(page - text.start) as usize] = *content;
        }
        pages.append(&mut above);
        pages.retain(|_, words| **words != ZERO_PAGE);
        Ok(Self {
            entry,
            content: Arc::new(Text::new(text.clone(), words)),
            text,
            pages,
            symbols,
            tree: OnceLock::new(),
            digest: OnceLock::new(),
        })
    }

    /// The program whose text is the pages that hold these words from byte address `base` on, where it is entered.
    ///
    /// # Errors
    /// [`ImageError`] if `base` is not a multiple of 4 or the words do not fit into memory.
    pub fn from_words(base: u32, words: &[u32]) -> Result<Self, ImageError> {
        let first_word = base as usize / 4;
        let start = base >> PAGE_LOG_BYTES;
        let end = (first_word + words.len()).div_ceil(PAGE_WORDS as usize);
        // Beyond 2^32 pages every end is as wrong as the largest.
        let text = start..u32::try_from(end).unwrap_or(u32::MAX);
        check_text(&text, base)?;
        let mut pages = BTreeMap::new();
        for (at, &word) in (first_word..).zip(words) {
            let page = (at / PAGE_WORDS as usize) as u32;
            let content = pages.entry(page).or_insert_with(|| Box::new(ZERO_PAGE));
            content[at % PAGE_WORDS as usize] = word;
        }
        Self::new(base, text, pages)
    }

    /// The program in an ELF executable.
    ///
    /// # Errors
    /// [`ElfError`] says what the file has, what a program for this machine has, and what to change.
    pub fn from_elf(file: &[u8]) -> Result<Self, ElfError> {
        elf::load(file)
    }

    /// A page's initial content; `None` where it is all zero.
    #[must_use]
    pub fn page(&self, page: u32) -> Option<&PageWords> {
        self.content
            .page(page)
            .or_else(|| self.pages.get(&page).map(|words| &**words))
    }

    /// All pages that are text or not zero, by ascending number.
    pub fn pages(&self) -> impl Iterator<Item = (u32, &PageWords)> {
        let data = |range| {
            self.pages
                .range(range)
                .map(|(&page, words)| (page, &**words))
        };
        data(0..self.text.start)
            .chain(self.content.pages())
            .chain(data(self.text.end..NUM_PAGES))
    }

    /// The text and its content, which segments share.
    #[must_use]
    pub const fn text_content(&self) -> &Arc<Text> {
        &self.content
    }

    /// The Merkle tree of the initial memory; hashed on first use.
    pub fn tree(&self) -> &MemoryTree {
        self.tree
            .get_or_init(|| MemoryTree::from_pages(self.pages()))
    }

    /// The image digest: contract, entry, text and initial memory in one. Hashed on first use.
    ///
    /// It names a program for the machine; the image id, by which a receipt names it, also binds the circuit's tables for it.
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| {
            let root = hash::root(self.tree().root(), &[0; 32]);
            hash::image_digest(&CONTRACT_HASH, self.entry, &self.text, root)
        })
    }

    /// The function that holds an address, and the offset in it, in bytes.
    #[must_use]
    pub fn symbol(&self, pc: u32) -> Option<(&str, u32)> {
        self.symbols.find(pc)
    }

    /// The names of places in the text.
    #[must_use]
    pub const fn symbols(&self) -> &SymbolTable {
        &self.symbols
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("entry", &self.entry)
            .field("text", &self.text)
            .field("data_pages", &self.pages.len())
            .finish_non_exhaustive()
    }
}

pub(crate) fn check_text(text: &Range<u32>, entry: u32) -> Result<(), ImageError> {
    if text.is_empty() || text.end > NUM_PAGES {
        return Err(ImageError::TextRange {
            start: text.start,
            end: text.end,
        });
    }
    let (start, end) = (page_base(text.start), page_base(text.end));
    if !entry.is_multiple_of(4) || !(start..end).contains(&entry) {
        return Err(ImageError::Entry { entry, start, end });
    }
    Ok(())
}
