//! Makes the contract's records from what the interpreter tells.
//!
//! Invariant: a word's time counts only while its page is touched; it is cleared when the page is touched first, so closing a
//! segment costs nothing.

use assay_abi::{
    PageIn, Record,
    machine::{
        ECALL_REG_ARGUMENT, ECALL_REG_FUNCTION, MEM_BYTES, PAGE_WORDS, SLOT_A, SLOT_B, SLOT_C,
        SLOTS_PER_CYCLE,
    },
    record_flags::{FIRST_DIRTY, FIRST_TOUCH, FROM_TEXT, MEM_READ, MEM_WRITE, USE_A, USE_B, USE_C},
    stream,
};

use crate::{
    observer::{Load, Observer, Site, Store},
    page::PageWords,
    pager::{word_index, zeroed},
    program::{Program, Ready, SINK},
    trace::TraceSink,
};

pub(crate) struct Recording<S> {
    pub sink: S,
    register_times: Box<[u32; 256]>,
    word_times: Box<[u32; MEM_BYTES as usize / 4]>,
    segment: u32,
    /// Retired instructions of this segment, before the next record.
    cycles: u32,
    order: u64,
    /// Flags of the next record that say what its access brought.
    news: u8,
}

impl<S: TraceSink> Recording<S> {
    pub fn new(sink: S) -> Self {
        Self {
            sink,
            register_times: zeroed(),
            word_times: zeroed(),
            segment: 0,
            cycles: 0,
            order: 0,
            news: 0,
        }
    }
}

/// A record with nothing absent filled in; [`Recording::emit`] adds what all records have.
#[derive(Clone, Copy, Default)]
struct Parts {
    flags: u8,
    a: (u32, u32),
    b: (u32, u32),
    c: (u32, u32, u32),
    mem_addr: u32,
}

impl<S: TraceSink> Recording<S> {
    /// The time of slot 0 of the instruction that retires.
    #[inline(always)]
    fn now(&self) -> u32 {
        (self.cycles + 1) * SLOTS_PER_CYCLE
    }

    /// A register's last time; from now on it is `time`.
    #[inline(always)]
    fn register_time(&mut self, register: u8, time: u32) -> u32 {
        std::mem::replace(&mut self.register_times[usize::from(register)], time)
    }

    #[inline(always)]
    fn word_time(&mut self, address: u32, time: u32) -> u32 {
        std::mem::replace(&mut self.word_times[word_index(address)], time)
    }

    #[inline(always)]
    fn read_a(&mut self, parts: &mut Parts, register: u8, value: u32) {
        parts.flags |= USE_A;
        parts.a = (value, self.register_time(register, self.now() + SLOT_A));
    }

    #[inline(always)]
    fn read_b(&mut self, parts: &mut Parts, register: u8, value: u32) {
        parts.flags |= USE_B;
        parts.b = (value, self.register_time(register, self.now() + SLOT_B));
    }

    #[inline(always)]
    fn write_c(&mut self, parts: &mut Parts, register: u8, old: u32, new: u32) {
        let time = self.register_time(register, self.now() + SLOT_C);
        if register != SINK {
            parts.flags |= USE_C;
            parts.c = (old, new, time);
        }
    }

    #[inline(always)]
    fn emit(&mut self, program: &Program, at: u32, next_pc: u32, parts: Parts) {
        self.cycles += 1;
        self.sink.record(&Record {
            kind: stream::KIND_RECORD,
            flags: parts.flags,
            reserved0: 0,
            cycle: self.cycles,
            pc: program.base.wrapping_add(4 * at),
            insn: program.text.words().get(at as usize).copied().unwrap_or(0),
            next_pc,
            a_value: parts.a.0,
            b_value: parts.b.0,
            c_old: parts.c.0,
            c_new: parts.c.1,
            mem_addr: parts.mem_addr,
            a_time: parts.a.1,
            b_time: parts.b.1,
            c_time: parts.c.2,
            segment: self.segment,
            order: self.order,
        });
        self.order += 1;
    }

    #[inline(always)]
    fn emit_at(&mut self, program: &Program, site: Site, parts: Parts) {
        let next_pc = program.base.wrapping_add(site.next.wrapping_mul(4));
        self.emit(program, site.at, next_pc, parts);
    }
}

impl<S: TraceSink> Observer for Recording<S> {
    const FUSED: bool = false;

    fn open(&mut self, segment: u32, order: u64) {
        self.register_times.fill(0);
        self.segment = segment;
        self.order = order;
        self.cycles = 0;
        self.news = 0;
    }

    fn touch(&mut self, page: u32, words: &PageWords, is_text: bool) {
        self.news |= FIRST_TOUCH;
        let start = page as usize * PAGE_WORDS as usize;
        self.word_times[start..start + PAGE_WORDS as usize].fill(0);
        let header = PageIn {
            kind: stream::KIND_PAGE_IN,
            is_text: u8::from(is_text),
            segment: self.segment,
            page,
            cycle: self.cycles + 1,
            ..PageIn::default()
        };
        self.sink.page_in(&header, words);
    }

    fn dirty(&mut self, _: u32) {
        self.news |= FIRST_DIRTY;
    }

    #[inline(always)]
    fn upper(&mut self, program: &Program, site: Site, ready: Ready, old: u32, new: u32) {
        let mut parts = Parts::default();
        self.write_c(&mut parts, ready.rd, old, new);
        self.emit_at(program, site, parts);
    }

    #[inline(always)]
    fn immediate(
        &mut self,
        program: &Program,
        site: Site,
        ready: Ready,
        a: u32,
        old: u32,
        new: u32,
    ) {
        let mut parts = Parts::default();
        self.read_a(&mut parts, ready.rs1, a);
        self.write_c(&mut parts, ready.rd, old, new);
        self.emit_at(program, site, parts);
    }

    #[inline(always)]
    fn register(
        &mut self,
        program: &Program,
        site: Site,
        ready: Ready,
        a: u32,
        b: u32,
        old: u32,
        new: u32,
    ) {
        let mut parts = Parts::default();
        self.read_a(&mut parts, ready.rs1, a);
        self.read_b(&mut parts, ready.rs2, b);
        self.write_c(&mut parts, ready.rd, old, new);
        self.emit_at(program, site, parts);
    }

    #[inline(always)]
    fn branch(&mut self, program: &Program, site: Site, ready: Ready, a: u32, b: u32) {
        let mut parts = Parts::default();
        self.read_a(&mut parts, ready.rs1, a);
        self.read_b(&mut parts, ready.rs2, b);
        self.emit_at(program, site, parts);
    }

    #[inline(always)]
    fn load(&mut self, program: &Program, site: Site, ready: Ready, load: Load) {
        let mut parts = Parts {
            flags: USE_B | MEM_READ | std::mem::take(&mut self.news),
            mem_addr: load.address,
            ..Parts::default()
        };
        if program.holds(load.address) {
            parts.flags |= FROM_TEXT;
        }
        self.read_a(&mut parts, ready.rs1, load.a);
        let time = self.word_time(load.address, self.now() + SLOT_B);
        parts.b = (load.word, time);
        self.write_c(&mut parts, ready.rd, load.old, load.new);
        self.emit_at(program, site, parts);
    }

    #[inline(always)]
    fn store(&mut self, program: &Program, site: Site, ready: Ready, store: Store) {
        let mut parts = Parts {
            flags: USE_C | MEM_WRITE | std::mem::take(&mut self.news),
            mem_addr: store.address,
            ..Parts::default()
        };
        self.read_a(&mut parts, ready.rs1, store.a);
        self.read_b(&mut parts, ready.rs2, store.b);
        let time = self.word_time(store.address, self.now() + SLOT_C);
        parts.c = (store.old, store.new, time);
        self.emit_at(program, site, parts);
    }

    #[inline(always)]
    fn fence(&mut self, program: &Program, site: Site) {
        self.emit_at(program, site, Parts::default());
    }

    #[inline(always)]
    fn ecall(
        &mut self,
        program: &Program,
        at: u32,
        next_pc: u32,
        function: u32,
        old: u32,
        new: u32,
    ) {
        let mut parts = Parts::default();
        self.read_a(&mut parts, ECALL_REG_FUNCTION as u8, function);
        self.read_b(&mut parts, ECALL_REG_ARGUMENT as u8, old);
        self.write_c(&mut parts, ECALL_REG_ARGUMENT as u8, old, new);
        self.emit(program, at, next_pc, parts);
    }
}
