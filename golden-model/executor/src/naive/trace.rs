use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use assay_abi::{PageIn, Po2, Record, SegmentEnd, machine, record_flags, stream};

use super::{Effect, HostCall, Location, NaiveMachine};
use crate::{
    image::Image,
    input::Input,
    page::{PageWords, page_base},
    segment::Exit,
    trace::Event,
};

/// The trace by the book: sets of pages, a table of times, the cost computed anew for each instruction.
#[derive(Clone, Debug)]
pub struct NaiveTrace {
    machine: NaiveMachine,
    po2: Po2,
    cycle_limit: Option<u64>,
    order: u64,
    segment: u32,
    exit: Option<Exit>,
    here: Here,
}

/// What is forgotten when a segment closes.
#[derive(Clone, Debug, Default)]
struct Here {
    cycles: u32,
    touched: HashSet<u32>,
    dirtied: HashSet<u32>,
    journal_words: u32,
    input_words: u32,
    times: HashMap<Location, u32>,
}

impl Here {
    fn new() -> Self {
        let register_page = HashSet::from([machine::REGISTER_PAGE]);
        Self {
            touched: register_page.clone(),
            dirtied: register_page,
            ..Self::default()
        }
    }

    fn cost(&self) -> u64 {
        u64::from(self.cycles)
            + u64::from(machine::PAGE_IN_COST) * self.touched.len() as u64
            + u64::from(machine::PAGE_OUT_COST) * self.dirtied.len() as u64
            + u64::from(machine::JOURNAL_COST) * u64::from(self.journal_words)
    }

    /// What one more instruction costs.
    fn cost_of(&self, effect: &Effect) -> u64 {
        let mut cost = 1;
        if self.first_touch(effect) {
            cost += u64::from(machine::PAGE_IN_COST);
        }
        if self.first_dirty(effect) {
            cost += u64::from(machine::PAGE_OUT_COST);
        }
        if matches!(effect.host, Some(HostCall::Commit(_))) {
            cost += u64::from(machine::JOURNAL_COST);
        }
        cost
    }

    fn first_touch(&self, effect: &Effect) -> bool {
        page_of(effect).is_some_and(|page| !self.touched.contains(&page))
    }

    fn first_dirty(&self, effect: &Effect) -> bool {
        is_store(effect) && page_of(effect).is_some_and(|page| !self.dirtied.contains(&page))
    }

    fn count(&mut self, effect: &Effect) {
        self.cycles += 1;
        self.touched.extend(page_of(effect));
        if is_store(effect) {
            self.dirtied.extend(page_of(effect));
        }
        match effect.host {
            Some(HostCall::Commit(_)) => self.journal_words += 1,
            Some(HostCall::Read) => self.input_words += 1,
            _ => {}
        }
    }
}

fn page_of(effect: &Effect) -> Option<u32> {
    Some(effect.mem_addr? >> machine::PAGE_LOG_BYTES)
}

fn is_store(effect: &Effect) -> bool {
    effect
        .c
        .is_some_and(|write| matches!(write.to, Location::Word(_)))
}

impl NaiveTrace {
    /// A session before its first instruction.
    #[must_use]
    pub fn new(image: &Arc<Image>, input: Input, po2: Po2, cycle_limit: Option<u64>) -> Self {
        Self {
            machine: NaiveMachine::new(image, input),
            po2,
            cycle_limit,
            order: 0,
            segment: 0,
            exit: None,
            here: Here::new(),
        }
    }

    /// The machine as it is now.
    #[must_use]
    pub fn machine(&self) -> &NaiveMachine {
        &self.machine
    }

    /// The whole trace; the session must end.
    #[must_use]
    pub fn run(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while self.step(&mut events) {}
        events
    }

    /// Appends the events of one instruction, or the end. False when the session is over.
    pub fn step(&mut self, events: &mut Vec<Event>) -> bool {
        if self.exit.is_some() {
            return false;
        }
        if self.cycle_limit == Some(self.order) {
            return self.close(events, Exit::Stopped);
        }
        let effect = match self.machine.attempt() {
            Ok(effect) => effect,
            Err(cause) => return self.close(events, Exit::Faulted { cause }),
        };
        if self.here.cost() + self.here.cost_of(&effect) > u64::from(self.po2.limit()) {
            self.close(events, Exit::Running);
        }
        let mut news = 0;
        if self.here.first_touch(&effect) {
            news |= record_flags::FIRST_TOUCH;
        }
        if self.here.first_dirty(&effect) {
            news |= record_flags::FIRST_DIRTY;
        }
        self.here.count(&effect);
        if let (Some(page), true) = (page_of(&effect), news & record_flags::FIRST_TOUCH != 0) {
            events.push(self.page_in(page));
        }
        let mut record = self.record(&effect);
        record.flags |= news;
        events.push(Event::Record(record));
        self.machine.apply(&effect);
        self.order += 1;
        if let Some(HostCall::Halt(exit_code)) = effect.host {
            return self.close(events, Exit::Halted { exit_code });
        }
        true
    }

    /// Closes the segment; true if the session goes on.
    fn close(&mut self, events: &mut Vec<Event>, exit: Exit) -> bool {
        let here = std::mem::replace(&mut self.here, Here::new());
        let running = exit == Exit::Running;
        let end = SegmentEnd {
            kind: if running {
                stream::KIND_BOUNDARY
            } else {
                stream::KIND_END
            },
            status: exit.status().code(),
            cause: exit.cause_code(),
            po2: self.po2.get(),
            segment: self.segment,
            cycles: here.cycles,
            touched: here.touched.len() as u32,
            dirtied: here.dirtied.len() as u32,
            journal_words: here.journal_words,
            input_words: here.input_words,
            cost: here.cost() as u32,
            pc: self.machine.pc,
            exit_code: exit.exit_code(),
            journal_total: self.machine.journal.len() as u32,
            input_total: self.machine.cursor,
            order: self.order,
            reserved0: 0,
        };
        events.push(Event::End(end, self.machine.registers));
        if running {
            self.segment += 1;
        } else {
            self.exit = Some(exit);
        }
        running
    }

    fn page_in(&self, page: u32) -> Event {
        let words: PageWords =
            std::array::from_fn(|i| self.machine.word(page_base(page) + 4 * i as u32));
        let header = PageIn {
            kind: stream::KIND_PAGE_IN,
            is_text: u8::from(self.machine.is_text(page_base(page))),
            segment: self.segment,
            page,
            cycle: self.here.cycles,
            ..PageIn::default()
        };
        Event::PageIn(header, Box::new(words))
    }

    fn record(&mut self, effect: &Effect) -> Record {
        let cycle = self.here.cycles;
        let mut record = Record {
            kind: stream::KIND_RECORD,
            cycle,
            pc: effect.pc,
            insn: effect.insn,
            next_pc: effect.next_pc,
            mem_addr: effect.mem_addr.unwrap_or(0),
            segment: self.segment,
            order: self.order,
            ..Record::default()
        };
        let mut access = |location, slot| {
            let time = machine::SLOTS_PER_CYCLE * cycle + slot;
            self.here.times.insert(location, time).unwrap_or(0)
        };
        if let Some(read) = effect.a {
            record.flags |= record_flags::USE_A;
            record.a_value = read.value;
            record.a_time = access(read.of, machine::SLOT_A);
        }
        if let Some(read) = effect.b {
            record.flags |= record_flags::USE_B;
            record.b_value = read.value;
            record.b_time = access(read.of, machine::SLOT_B);
            if let Location::Word(address) = read.of {
                record.flags |= record_flags::MEM_READ;
                if self.machine.is_text(address) {
                    record.flags |= record_flags::FROM_TEXT;
                }
            }
        }
        if let Some(write) = effect.c {
            record.flags |= record_flags::USE_C;
            record.c_old = write.old;
            record.c_new = write.new;
            record.c_time = access(write.to, machine::SLOT_C);
            if matches!(write.to, Location::Word(_)) {
                record.flags |= record_flags::MEM_WRITE;
            }
        }
        record
    }
}
