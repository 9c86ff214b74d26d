use assay_abi::{
    CONTRACT_HASH,
    machine::{HALT_PC, NUM_PAGES},
};

use super::{Exit, Roots, Segment, State};
use crate::{
    hash::{self, Digest},
    image::{ImageError, check_text},
    journal,
    page::PageWords,
    tree::ProofError,
};

/// A segment that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Entry and text make no program.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A number does not follow from the others.
    #[error("{what} is {found}, expected {expected}")]
    Number {
        /// Which.
        what: &'static str,
        /// What the rest of the segment implies.
        expected: u64,
        /// What it says.
        found: u64,
    },
    /// A number is above its bound.
    #[error("{what} is {found}, at most {max} is possible")]
    Bound {
        /// Which.
        what: &'static str,
        /// The bound.
        max: u64,
        /// What it says.
        found: u64,
    },
    /// A page is out of order, lies in the text or beyond memory.
    #[error("page {number:#x} {problem}")]
    Page {
        /// The page.
        number: u32,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Some of roots before, roots after and proof are there, others not.
    #[error(
        "the segment has only some of: roots before, roots after, proof. All or none are expected"
    )]
    RootsIncomplete,
    /// The segment was made without roots, so there is nothing to check against.
    #[error("the segment has no roots to check against: run the session with roots")]
    NoRoots,
    /// The proof is none for these pages.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A digest is not what the content hashes to.
    #[error("{what} is {found}, the content hashes to {expected}")]
    Digest {
        /// Which.
        what: &'static str,
        /// The content's.
        expected: Digest,
        /// The segment's.
        found: Digest,
    },
}

fn number(what: &'static str, found: u64, expected: u64) -> Result<(), CheckError> {
    if found == expected {
        return Ok(());
    }
    Err(CheckError::Number {
        what,
        expected,
        found,
    })
}

fn bound(what: &'static str, found: u64, max: u64) -> Result<(), CheckError> {
    if found <= max {
        return Ok(());
    }
    Err(CheckError::Bound { what, max, found })
}

fn digest(what: &'static str, found: Digest, expected: Digest) -> Result<(), CheckError> {
    if found == expected {
        return Ok(());
    }
    Err(CheckError::Digest {
        what,
        expected,
        found,
    })
}

impl Segment {
    /// Checks that the numbers fit together; hashes nothing. A segment that passes can be replayed without further
    /// looks at its shape: pages ascend and exist, counts agree, the text holds the entry, the cost is within the limit.
    ///
    /// # Errors
    /// [`CheckError`] names the first contradiction.
    pub fn check_shape(&self) -> Result<(), CheckError> {
        check_text(&self.text.range(), self.entry)?;
        let (pre, post) = (&self.pre, &self.post);
        bound("the cost", self.cost(), u64::from(self.po2.limit()))?;
        let order = pre.order.checked_add(u64::from(self.cycles));
        number("order after", post.order, order.unwrap_or(u64::MAX))?;
        counts(
            "input cursor after",
            pre.input_cursor,
            self.input.len(),
            post.input_cursor,
        )?;
        bound(
            "input cursor after",
            u64::from(post.input_cursor),
            u64::from(self.input_len),
        )?;
        counts(
            "journal length after",
            pre.journal_len,
            self.journal.len(),
            post.journal_len,
        )?;
        let ecalls = (self.input.len() + self.journal.len()) as u64;
        bound("words read and committed", ecalls, u64::from(self.cycles))?;
        number("x0 before", u64::from(pre.registers[0]), 0)?;
        number("x0 after", u64::from(post.registers[0]), 0)?;
        if self.index == 0 {
            number(
                "pc before the first segment",
                u64::from(pre.pc),
                u64::from(self.entry),
            )?;
            let sum = pre.registers.iter().map(|&word| u64::from(word)).sum();
            number("the sum of the registers before the first segment", sum, 0)?;
            number("order before the first segment", pre.order, 0)?;
            let cursor = u64::from(pre.input_cursor);
            number("input cursor before the first segment", cursor, 0)?;
            let journal = u64::from(pre.journal_len);
            number("journal length before the first segment", journal, 0)?;
        }
        if let Exit::Halted { exit_code } = self.exit {
            number("pc after the halt", u64::from(post.pc), u64::from(HALT_PC))?;
            number(
                "exit code",
                u64::from(exit_code),
                u64::from(post.registers[10]),
            )?;
        }
        self.check_pages()?;
        let some = [
            self.proof.is_some(),
            pre.roots.is_some(),
            post.roots.is_some(),
        ];
        if some != [true; 3] && some != [false; 3] {
            return Err(CheckError::RootsIncomplete);
        }
        Ok(())
    }

    fn check_pages(&self) -> Result<(), CheckError> {
        let text = self.text.range();
        let mut least = 0;
        for page in &self.pages {
            let problem = if page.number < least {
                "does not ascend from the page before"
            } else if page.number >= NUM_PAGES {
                "lies beyond memory"
            } else if text.contains(&page.number) {
                "lies in the text, whose content is not listed as pages"
            } else {
                least = page.number + 1;
                continue;
            };
            let number = page.number;
            return Err(CheckError::Page { number, problem });
        }
        // Beside them are the register page, and pages of the text that are loaded from.
        let pages = self.pages.len() as u64 + 1;
        let touched = u64::from(self.touched);
        bound("pages listed, with the register page", pages, touched)?;
        bound("touched", touched, pages + text.len() as u64)?;
        let least = u64::from(self.dirtied.min(1));
        number("dirtied, the register page among them,", least, 1)?;
        bound("dirtied", u64::from(self.dirtied), pages)
    }

    /// Checks what hashing alone can: that the pages and the text have the memory root before, that the roots before and
    /// after hold the registers, that the journal's digest follows, and for the first segment the image digest. (That memory
    /// after the segment has its root only a replay can show: [`Segment::memory_root_after`].)
    ///
    /// # Errors
    /// [`CheckError::NoRoots`] if the session computed none, otherwise the first contradiction.
    pub fn verify_paths(&self) -> Result<(), CheckError> {
        self.check_shape()?;
        let (Some(proof), Some(pre), Some(post)) = (&self.proof, &self.pre.roots, &self.post.roots)
        else {
            return Err(CheckError::NoRoots);
        };
        let memory = proof.root(&self.hash_pages(|_, words| words))?;
        digest("memory root before", pre.memory, memory)?;
        check_root("root before", &self.pre, pre)?;
        check_root("root after", &self.post, post)?;
        let journal = journal::absorb(pre.journal, &self.journal);
        digest("journal digest after", post.journal, journal)?;
        if self.index == 0 {
            digest(
                "journal digest before the first segment",
                pre.journal,
                Digest::ZERO,
            )?;
            let id = hash::image_digest(&CONTRACT_HASH, self.entry, &self.text.range(), pre.root);
            digest("image digest", self.image_digest, id)?;
        }
        Ok(())
    }

    /// The memory root after the segment, if `after` gives the content that each touched page has then. It is asked for
    /// the pages of [`Segment::proof_pages`] and given their content before, which is to be returned for clean pages.
    ///
    /// # Errors
    /// [`CheckError::NoRoots`] without a proof, [`CheckError::Proof`] if it is none for these pages.
    pub fn memory_root_after<'a>(
        &'a self,
        after: impl FnMut(u32, &'a PageWords) -> &'a PageWords,
    ) -> Result<Digest, CheckError> {
        let proof = self.proof.as_ref().ok_or(CheckError::NoRoots)?;
        Ok(proof.root(&self.hash_pages(after))?)
    }

    fn hash_pages<'a>(
        &'a self,
        mut content: impl FnMut(u32, &'a PageWords) -> &'a PageWords,
    ) -> Vec<(u32, Digest)> {
        let (numbers, contents): (Vec<u32>, Vec<&PageWords>) = self
            .proof_pages()
            .map(|(number, words)| (number, content(number, words)))
            .unzip();
        numbers.into_iter().zip(hash::pages(&contents)).collect()
    }
}

fn counts(what: &'static str, before: u32, words: usize, after: u32) -> Result<(), CheckError> {
    number(what, u64::from(after), u64::from(before) + words as u64)
}

fn check_root(what: &'static str, state: &State, roots: &Roots) -> Result<(), CheckError> {
    let expected = hash::root(roots.memory, &state.registers);
    digest(what, roots.root, expected)
}
