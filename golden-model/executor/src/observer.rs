//! What the interpreter tells of each instruction to whoever wants it; a run that wants nothing pays nothing.

use crate::{
    page::PageWords,
    program::{Program, Ready},
};

/// Where an instruction is, and where execution goes on, in words from the start of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub at: u32,
    pub next: u32,
}

/// Registers are named by the fields of [`Ready`], rd being [`SINK`](crate::program::SINK) where nothing is written.
pub(crate) trait Observer {
    /// Whether instructions may be run in pairs: the observer must then not care for [`Site`]s.
    const FUSED: bool;
    /// A segment begins.
    fn open(&mut self, segment: u32, order: u64);
    /// A page is touched for the first time, just before the instruction that does it retires.
    fn touch(&mut self, page: u32, words: &PageWords, is_text: bool);
    /// A page is stored to for the first time, just before the instruction that does it retires.
    fn dirty(&mut self, page: u32);
    /// Only rd is written.
    fn upper(&mut self, program: &Program, site: Site, ready: Ready, old: u32, new: u32);
    /// rs1 is read, rd is written.
    fn immediate(
        &mut self,
        program: &Program,
        site: Site,
        ready: Ready,
        a: u32,
        old: u32,
        new: u32,
    );
    /// rs1 and rs2 are read, rd is written.
    #[allow(clippy::too_many_arguments)]
    fn register(
        &mut self,
        program: &Program,
        site: Site,
        ready: Ready,
        a: u32,
        b: u32,
        old: u32,
        new: u32,
    );
    /// rs1 and rs2 are read; `FENCE`, which reads nothing, comes by [`Observer::fence`].
    fn branch(&mut self, program: &Program, site: Site, ready: Ready, a: u32, b: u32);
    /// rs1 and the word at an address are read, rd is written.
    fn load(&mut self, program: &Program, site: Site, ready: Ready, load: Load);
    /// rs1 and rs2 are read, the word at an address is written.
    fn store(&mut self, program: &Program, site: Site, ready: Ready, store: Store);
    /// Nothing is read or written.
    fn fence(&mut self, program: &Program, site: Site);
    /// x17 and x10 are read, x10 is written.
    fn ecall(
        &mut self,
        program: &Program,
        at: u32,
        next_pc: u32,
        function: u32,
        old: u32,
        new: u32,
    );
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub a: u32,
    pub address: u32,
    pub word: u32,
    pub old: u32,
    pub new: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub a: u32,
    pub b: u32,
    pub address: u32,
    pub old: u32,
    pub new: u32,
}
