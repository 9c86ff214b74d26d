//! Guest memory, and which of its pages the segment has touched.
//!
//! Invariant: a page is in `touched` exactly if its state has [`TOUCHED`]; what has [`DIRTY`] has [`TOUCHED`] and is no text.

use std::ops::Range;

use assay_abi::machine::{MEM_BYTES, PAGE_LOG_BYTES, PAGE_WORDS};

use crate::page::{PageWords, ZERO_PAGE};

/// The first access of the segment was made.
pub(crate) const TOUCHED: u8 = 1;
/// The first store of the segment was made.
pub(crate) const DIRTY: u8 = 2;
const TEXT: u8 = 4;

const WORDS: usize = MEM_BYTES as usize / 4;
/// Pages of the whole 32-bit address space: those beyond memory are never touched, so one look at a page's state tells both.
const STATES: usize = 1 << (32 - PAGE_LOG_BYTES);

/// All words of memory, as one array: the system gives zero pages on first use, so untouched memory costs nothing.
pub(crate) type Words = Box<[u32; WORDS]>;

pub(crate) struct Pager {
    pub words: Words,
    pub states: Box<[u8; STATES]>,
    touched: Vec<u32>,
    dirtied: u32,
    /// The pages that may be touched, if not all may.
    allowed: Option<Vec<u32>>,
}

/// An array of zeros straight from the allocator.
pub(crate) fn zeroed<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    match vec![T::default(); N].into_boxed_slice().try_into() {
        Ok(array) => array,
        Err(_) => unreachable!("a slice of {N} makes an array of {N}"),
    }
}

/// Where a byte address's word is.
#[inline(always)]
pub(crate) const fn word_index(address: u32) -> usize {
    // The mask changes no address inside memory and saves the bounds check.
    (address / 4) as usize & (WORDS - 1)
}

/// Where a byte address's page has its state.
#[inline(always)]
pub(crate) const fn state_index(address: u32) -> usize {
    (address >> PAGE_LOG_BYTES) as usize
}

impl Pager {
    /// Memory that is all zero, with this text.
    pub fn new(text: Range<u32>) -> Self {
        let mut pager = Self {
            words: zeroed(),
            states: zeroed(),
            touched: Vec::new(),
            dirtied: 0,
            allowed: None,
        };
        pager.set_text(text);
        pager
    }

    fn set_text(&mut self, text: Range<u32>) {
        self.states[text.start as usize..text.end as usize].fill(TEXT);
    }

    /// Forgets the segment and the text, and from now on lets only pages be touched that are text or given by
    /// [`Pager::allow`].
    pub fn restart(&mut self, old_text: Range<u32>, text: Range<u32>) {
        self.close();
        self.states[old_text.start as usize..old_text.end as usize].fill(0);
        self.set_text(text);
        self.allowed.get_or_insert_default().clear();
    }

    /// Sets a page's content.
    pub fn fill(&mut self, page: u32, content: &PageWords) {
        *self.page_mut(page) = *content;
    }

    /// Sets a page's content and lets it be touched. Pages must come by ascending number.
    pub fn allow(&mut self, page: u32, content: &PageWords) {
        self.fill(page, content);
        self.allowed.get_or_insert_default().push(page);
    }

    pub fn may_touch(&self, page: u32) -> bool {
        match &self.allowed {
            Some(allowed) => self.is_text(page) || allowed.binary_search(&page).is_ok(),
            None => true,
        }
    }

    pub fn page(&self, page: u32) -> &PageWords {
        let start = page as usize * PAGE_WORDS as usize;
        let words = self.words.get(start..start + PAGE_WORDS as usize);
        words
            .and_then(|words| words.try_into().ok())
            .unwrap_or(&ZERO_PAGE)
    }

    fn page_mut(&mut self, page: u32) -> &mut PageWords {
        &mut self.words.as_chunks_mut().0[page as usize]
    }

    pub fn is_text(&self, page: u32) -> bool {
        self.states[page as usize] & TEXT != 0
    }

    pub fn is_touched(&self, page: u32) -> bool {
        self.states[page as usize] & TOUCHED != 0
    }

    pub fn is_dirty(&self, page: u32) -> bool {
        self.states[page as usize] & DIRTY != 0
    }

    pub fn touch(&mut self, page: u32) {
        debug_assert!(!self.is_touched(page));
        self.states[page as usize] |= TOUCHED;
        self.touched.push(page);
    }

    pub fn dirty(&mut self, page: u32) {
        debug_assert!(self.is_touched(page) && !self.is_dirty(page) && !self.is_text(page));
        self.states[page as usize] |= DIRTY;
        self.dirtied += 1;
    }

    /// The pages that the segment has touched, in the order of their first touch; without the register page.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// How many pages the segment has dirtied; without the register page.
    pub fn dirtied(&self) -> u32 {
        self.dirtied
    }

    /// Everything is untouched again. Costs time proportional to what was touched.
    pub fn close(&mut self) {
        for &page in &self.touched {
            self.states[page as usize] &= !(TOUCHED | DIRTY);
        }
        self.touched.clear();
        self.dirtied = 0;
    }
}
