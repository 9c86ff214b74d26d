//! The golden machine's state somewhere in a session, by way of its records.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use assay_abi::machine::{ECALL_REG_ARGUMENT, Ecall, NUM_REGISTERS, PAGE_WORDS};
use assay_abi::record_flags::{FROM_TEXT, MEM_WRITE, USE_C};
use assay_abi::{Po2, Record};
use assay_executor::{Event, Image, Input, LiveTrace, PageWords, ZERO_PAGE};
use assay_progen::shrink::Step;

/// The instruction word of `ECALL`.
const ECALL: u32 = 0x0000_0073;

/// The state in front of an instruction.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// Its number in the session.
    pub order: u64,
    pub pc: u32,
    pub registers: [u32; NUM_REGISTERS as usize],
    /// Pages outside the text that are not the image's any more.
    pub changed: BTreeMap<u32, Box<PageWords>>,
    /// Input words that were read.
    pub cursor: u32,
}

impl Past {
    /// The state in front of the first instruction.
    pub fn start(image: &Image) -> Self {
        Self {
            order: 0,
            pc: image.entry,
            registers: [0; NUM_REGISTERS as usize],
            changed: BTreeMap::new(),
            cursor: 0,
        }
    }

    /// Goes over one instruction.
    pub fn step(&mut self, image: &Image, record: &Record) {
        if let Some((register, value)) = written(record) {
            self.registers[register as usize] = value;
        } else if record.flags & MEM_WRITE != 0 {
            let word = record.mem_addr / 4;
            let page = word / PAGE_WORDS;
            let content = self
                .changed
                .entry(page)
                .or_insert_with(|| Box::new(image.page(page).copied().unwrap_or(ZERO_PAGE)));
            content[(word % PAGE_WORDS) as usize] = record.c_new;
        }
        if record.insn == ECALL && record.a_value == Ecall::Read.code() {
            self.cursor += 1;
        }
        self.order = record.order + 1;
        self.pc = record.next_pc;
    }

    /// Every page that is not zero, the text's among them.
    pub fn pages(&self, image: &Image) -> BTreeMap<u32, Box<PageWords>> {
        let mut pages: BTreeMap<u32, Box<PageWords>> = image
            .pages()
            .map(|(page, words)| (page, Box::new(*words)))
            .collect();
        for (&page, words) in &self.changed {
            pages.insert(page, words.clone());
        }
        pages
    }

    /// The input that is left.
    pub fn input_left(&self, input: &Input) -> Vec<u32> {
        input.words()[self.cursor as usize..].to_vec()
    }
}

/// The register that an instruction wrote, and what.
fn written(record: &Record) -> Option<(u32, u32)> {
    let writes = record.flags & USE_C != 0 && record.flags & MEM_WRITE == 0;
    let register = if record.insn == ECALL {
        ECALL_REG_ARGUMENT
    } else {
        record.insn >> 7 & 31
    };
    writes.then_some((register, record.c_new))
}

pub(crate) fn step_of(record: &Record) -> Step {
    Step {
        pc: record.pc,
        insn: record.insn,
        next_pc: record.next_pc,
        written: written(record).map(|(_, value)| value),
        from_text: record.flags & FROM_TEXT != 0,
    }
}

/// The records of a session, until `visit` has seen enough.
pub(crate) fn for_each_record(
    image: &Arc<Image>,
    input: &Input,
    po2: Po2,
    limit: u64,
    mut visit: impl FnMut(&Record),
) {
    let mut golden = LiveTrace::new(image.clone(), input.clone(), po2, Some(limit));
    while let Some(event) = golden.next_event() {
        if let Event::Record(record) = event {
            visit(&record);
        }
    }
}

/// The state in front of the `count` instructions that end with number `last`, and these instructions.
pub(crate) fn last_steps(
    image: &Arc<Image>,
    input: &Input,
    po2: Po2,
    last: u64,
    count: usize,
) -> (Past, Vec<Step>) {
    let mut past = Past::start(image);
    let mut waiting: VecDeque<Record> = VecDeque::new();
    for_each_record(image, input, po2, last + 1, |record| {
        waiting.push_back(*record);
        if waiting.len() > count
            && let Some(oldest) = waiting.pop_front()
        {
            past.step(image, &oldest);
        }
    });
    (past, waiting.iter().map(step_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_progen::{Config, Ending, generate};

    #[test]
    fn state_in_the_middle_is_the_executors() {
        let config = Config {
            instructions: 5000,
            ending: Ending::Halt,
            ..Config::default()
        };
        let program = generate(3, &config);
        let image = Arc::new(Image::from_elf(&program.elf).unwrap());
        let input = Input::from_words(program.input).unwrap();
        let (past, steps) = last_steps(&image, &input, Po2::MIN, 3999, 100);
        assert_eq!((past.order, steps.len()), (3900, 100));
        let mut golden = LiveTrace::new(image.clone(), input.clone(), Po2::MIN, Some(3900));
        let Some(Event::End(end, registers)) = golden.by_ref().last() else {
            panic!("no end")
        };
        assert_eq!((past.pc, past.registers), (end.pc, registers));
        assert_eq!(past.cursor, end.input_total);
        assert!(!past.changed.is_empty() && steps[0].pc == past.pc);
        println!("matched the state after {} instructions", past.order);
    }
}
