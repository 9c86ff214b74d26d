use crate::{
    observer::{Load, Observer, Site, Store},
    page::PageWords,
    program::{Program, Ready},
    segment::Page,
};

/// Keeps the pages outside the text as they were at their first touch, and nothing else.
#[derive(Default)]
pub(super) struct Capture {
    pages: Vec<Page>,
}

impl Capture {
    /// The segment's pages, by ascending number.
    pub fn take(&mut self) -> Vec<Page> {
        self.pages.sort_unstable_by_key(|page| page.number);
        std::mem::take(&mut self.pages)
    }
}

impl Observer for Capture {
    const FUSED: bool = true;

    fn open(&mut self, _: u32, _: u64) {}

    fn touch(&mut self, page: u32, words: &PageWords, is_text: bool) {
        if !is_text {
            self.pages.push(Page {
                number: page,
                words: Box::new(*words),
            });
        }
    }

    fn dirty(&mut self, _: u32) {}

    #[inline(always)]
    fn upper(&mut self, _: &Program, _: Site, _: Ready, _: u32, _: u32) {}

    #[inline(always)]
    fn immediate(&mut self, _: &Program, _: Site, _: Ready, _: u32, _: u32, _: u32) {}

    #[inline(always)]
    fn register(&mut self, _: &Program, _: Site, _: Ready, _: u32, _: u32, _: u32, _: u32) {}

    #[inline(always)]
    fn branch(&mut self, _: &Program, _: Site, _: Ready, _: u32, _: u32) {}

    #[inline(always)]
    fn load(&mut self, _: &Program, _: Site, _: Ready, _: Load) {}

    #[inline(always)]
    fn store(&mut self, _: &Program, _: Site, _: Ready, _: Store) {}

    #[inline(always)]
    fn fence(&mut self, _: &Program, _: Site) {}

    fn ecall(&mut self, _: &Program, _: u32, _: u32, _: u32, _: u32, _: u32) {}
}
