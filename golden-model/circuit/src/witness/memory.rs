//! Follows every word that a segment's records access: where each chain of accesses begins and ends.

use std::{boxed::Box, vec, vec::Vec};

use assay_abi::{
    Ecall, PageIn, Record,
    machine::{
        NUM_PAGES, PAGE_LOG_BYTES, PAGE_WORDS, REGISTER_PAGE, SLOT_A, SLOT_B, SLOT_C,
        SLOTS_PER_CYCLE,
    },
};
use assay_executor::PageWords;

use super::WitnessError;
use crate::{
    bump::Carried,
    bus::key,
    cpu::Class,
    hash::PageUse,
    program::{Entry, ProgramTable},
    sys::HostCall,
};

/// Words that share the time at which their page's content becomes a word of theirs.
const BLOCK: usize = 4;
const BLOCKS: usize = PAGE_WORDS as usize / BLOCK;

/// The farthest that an access can look back.
pub(crate) const REACH: u32 = 1 << 16;

/// A page that is touched.
struct Page {
    number: u32,
    before: Box<PageWords>,
    now: Box<PageWords>,
    dirty: bool,
    /// Time of each word's first access, 0 if there is none.
    first: Box<PageWords>,
    /// Time of its last.
    last: Box<PageWords>,
}

/// What the records did.
pub(crate) struct Memory {
    /// By page number: the place in `pages`, plus 1.
    places: Vec<u32>,
    pages: Vec<Page>,
    /// For each block of each page: the time at which its words begin.
    begins: Vec<[u32; BLOCKS]>,
}

/// What follows from the records in their order.
pub(super) struct Followed {
    pub memory: Memory,
    /// How often each row of the program was fetched.
    pub fetched: Vec<u32>,
    pub calls: Vec<HostCall>,
    /// Cursors that are carried over.
    pub carried: Vec<Carried>,
    /// The last times of the cursors.
    pub input_time: u32,
    pub journal_time: u32,
}

/// A cursor of a host stream: a timed word.
struct Cursor {
    key: u32,
    value: u32,
    time: u32,
}

impl Cursor {
    /// An access at the end of a cycle: the previous value and time.
    fn access(&mut self, cycle: u32, by: u32, carried: &mut Vec<Carried>) -> (u32, u32) {
        let now = SLOTS_PER_CYCLE * cycle + SLOTS_PER_CYCLE - 1;
        let value = self.value;
        let time = look_back(self.key, value, self.time, now, carried);
        (self.value, self.time) = (value + by, now);
        (value, time)
    }
}

/// The time that an access at `now` finds, if the one before was at `previous`; the word is carried over if that is too long ago.
pub(crate) fn look_back(
    key: u32,
    value: u32,
    previous: u32,
    now: u32,
    carried: &mut Vec<Carried>,
) -> u32 {
    if now - previous <= REACH {
        return previous;
    }
    carried.push(Carried {
        key,
        value,
        from: previous,
        to: now - 1,
    });
    now - 1
}

impl Memory {
    fn new(registers: &[u32; 32], pages: &[(PageIn, Box<PageWords>)]) -> Self {
        let mut content = Box::new([0; PAGE_WORDS as usize]);
        content[..32].copy_from_slice(registers);
        let register_page = (REGISTER_PAGE, &content);
        let mut pages: Vec<Page> = pages
            .iter()
            .map(|(event, content)| (event.page, content))
            .chain([register_page])
            .map(|(number, content)| Page {
                number,
                before: content.clone(),
                now: content.clone(),
                dirty: number == REGISTER_PAGE,
                first: Box::new([0; PAGE_WORDS as usize]),
                last: Box::new([0; PAGE_WORDS as usize]),
            })
            .collect();
        pages.sort_by_key(|page| page.number);
        let mut places = vec![0; NUM_PAGES as usize + 1];
        for (page, place) in pages.iter().zip(1..) {
            // A number beyond memory names no page, and its records will not find it.
            if let Some(entry) = places.get_mut(page.number as usize) {
                *entry = place;
            }
        }
        let begins = Vec::new();
        Self {
            places,
            pages,
            begins,
        }
    }

    fn place(&self, page: u32) -> Option<usize> {
        (*self.places.get(page as usize)? as usize).checked_sub(1)
    }

    /// Follows one access; `Err` says what about it cannot be.
    fn access(
        &mut self,
        page: u32,
        word: u32,
        now: u32,
        [previous, before, after]: [u32; 3],
    ) -> Result<(), &'static str> {
        let place = self.place(page).ok_or("a page that is not there")?;
        let page = &mut self.pages[place];
        let word = word as usize;
        if page.last[word] != previous {
            return Err("a previous time");
        }
        if page.now[word] != before {
            return Err("a value before");
        }
        if previous == 0 {
            page.first[word] = now;
        }
        page.last[word] = now;
        page.now[word] = after;
        Ok(())
    }

    /// Gives each block the latest beginning that lies before its first access.
    fn begin(&mut self) {
        let begins = |page: &Page| {
            std::array::from_fn(|block| {
                let first = &page.first[BLOCK * block..][..BLOCK];
                let first = first.iter().copied().filter(|&time| time != 0).min();
                first.map_or(0, |time| time - 1)
            })
        };
        self.begins = self.pages.iter().map(begins).collect();
    }

    /// The time at which a word of a touched page begins.
    pub(crate) fn begins(&self, page: u32, word: u32) -> Option<u32> {
        Some(self.begins[self.place(page)?][word as usize / BLOCK])
    }

    /// The touched pages, by number.
    pub(super) fn into_pages(self) -> impl Iterator<Item = PageUse> {
        self.pages
            .into_iter()
            .zip(self.begins)
            .map(|(page, init_time)| PageUse {
                number: page.number,
                before: *page.before,
                after: page.dirty.then_some(*page.now),
                final_time: std::array::from_fn(|word| match page.last[word] {
                    0 => init_time[word / BLOCK],
                    time => time,
                }),
                init_time,
            })
    }
}

/// Page and word of a key of the instruction table's registers, or of the address of a record.
pub(crate) const fn place_of(address: u32) -> (u32, u32) {
    (address >> PAGE_LOG_BYTES, (address >> 2) % PAGE_WORDS)
}

/// Follows the records.
pub(super) fn follow(
    records: &[Record],
    program: &ProgramTable,
    registers: &[u32; 32],
    pages: &[(PageIn, Box<PageWords>)],
    input_cursor: u32,
) -> Result<Followed, WitnessError> {
    let mut memory = Memory::new(registers, pages);
    let mut fetched = vec![0; 1 << program.log_height()];
    let mut calls = Vec::new();
    let mut carried = Vec::new();
    let cursor = |key, value| Cursor {
        key,
        value,
        time: 0,
    };
    let mut input = cursor(key::INPUT_CURSOR, input_cursor);
    let mut journal = cursor(key::JOURNAL_CURSOR, 0);
    for (record, cycle) in records.iter().zip(1..) {
        let wrong = |what| WitnessError::Record { cycle, what };
        if record.cycle != cycle {
            return Err(wrong("its cycle"));
        }
        let row = program
            .row_of(record.pc)
            .ok_or(wrong("a pc without an instruction"))?;
        fetched[row] += 1;
        let entry = &program.entries()[row];
        follow_accesses(&mut memory, record, entry).map_err(wrong)?;
        if !entry.is_call() {
            continue;
        }
        let call = Ecall::try_from(record.a_value).map_err(|_| wrong("a call's number"))?;
        let (cursor, time) = match call {
            Ecall::Halt => (0, 0),
            Ecall::Read => input.access(cycle, 1, &mut carried),
            Ecall::Left => input.access(cycle, 0, &mut carried),
            Ecall::Commit => journal.access(cycle, 1, &mut carried),
        };
        calls.push(HostCall {
            call,
            cycle,
            argument: record.b_value,
            result: record.c_new,
            cursor,
            time,
        });
    }
    memory.begin();
    Ok(Followed {
        memory,
        fetched,
        calls,
        carried,
        input_time: input.time,
        journal_time: journal.time,
    })
}

fn follow_accesses(
    memory: &mut Memory,
    record: &Record,
    entry: &Entry<u32>,
) -> Result<(), &'static str> {
    let time = |slot| SLOTS_PER_CYCLE * record.cycle + slot;
    let class = entry.class();
    let [_, _, use_b, use_c, _] = entry.flags();
    if class != Some(Class::Constant) {
        let (page, word) = place_of(entry.a_key);
        let a = record.a_value;
        memory.access(page, word, time(SLOT_A), [record.a_time, a, a])?;
    }
    if use_b {
        let address = match class {
            Some(Class::Load) => record.mem_addr,
            _ => entry.b_key,
        };
        let (page, word) = place_of(address);
        let b = record.b_value;
        memory.access(page, word, time(SLOT_B), [record.b_time, b, b])?;
    }
    if use_c {
        let address = match class {
            Some(Class::Store) => record.mem_addr,
            _ => entry.c_key,
        };
        let (page, word) = place_of(address);
        let values = [record.c_time, record.c_old, record.c_new];
        memory.access(page, word, time(SLOT_C), values)?;
        if class == Some(Class::Store) {
            let place = memory.place(page).ok_or("a page that is not there")?;
            memory.pages[place].dirty = true;
        }
    }
    Ok(())
}

// A register's key is an address in the register page.
const _: () = assert!(key::REGISTERS >> PAGE_LOG_BYTES == REGISTER_PAGE);
