//! One session's records, and what each of them is a case of.

use std::collections::HashMap;

use assay_abi::record_flags::{FIRST_DIRTY, FIRST_TOUCH};
use assay_abi::stream::KIND_END;
use assay_abi::{FaultCause, Record, SegmentEnd, SegmentStatus};
use assay_executor::Event;
use assay_executor::decode::{Instruction, Op, decode};

use super::caches::{Cache, Found};
use super::space::{
    ACCESSES, BRANCHES, COMPARISONS, DIVISIONS, LOADS, PRODUCTS, Producer, SHIFTS, STORES, Space,
    sources, width,
};

/// Low bits of an address that a small branch predictor compares.
const ALIAS_MASK: u32 = (1 << 18) - 1;

/// The last store to a byte.
#[derive(Clone, Copy)]
struct Stored {
    order: u64,
    op: Op,
}

/// An instruction of which it is not known yet whether a boundary follows.
struct Waiting {
    op: Op,
    first: bool,
    found: Option<Found>,
    page: Option<usize>,
    call: u32,
}

pub(super) struct Session<'a> {
    space: &'a mut Space,
    written: [Option<(u64, Producer)>; 32],
    stored: HashMap<u32, Stored>,
    data: Cache,
    instructions: Cache,
    /// The last outcome of each branch, and the last target of each JALR.
    outcomes: HashMap<u32, u32>,
    /// Taken jumps by the low bits of their address.
    jumps: HashMap<u32, u32>,
    arrival: usize,
    waiting: Option<Waiting>,
    first: bool,
}

impl<'a> Session<'a> {
    pub fn new(space: &'a mut Space) -> Self {
        Self {
            space,
            written: [None; 32],
            stored: HashMap::new(),
            data: Cache::data(),
            instructions: Cache::instructions(),
            outcomes: HashMap::new(),
            jumps: HashMap::new(),
            arrival: 0,
            waiting: None,
            first: false,
        }
    }

    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Record(record) => {
                self.settle(false);
                self.record(record);
            }
            Event::PageIn(..) => {}
            Event::End(end, _) if end.kind == KIND_END => {
                self.settle(false);
                self.end(end);
            }
            Event::End(..) => {
                self.settle(true);
                self.first = true;
            }
        }
    }

    fn end(&mut self, end: &SegmentEnd) {
        let index = match SegmentStatus::try_from(end.status) {
            Ok(SegmentStatus::Halted) => 0,
            Ok(SegmentStatus::Faulted) => {
                let cause = FaultCause::ALL.iter().position(|it| it.code() == end.cause);
                2 + cause.expect("a fault has a cause of the contract")
            }
            _ => 1,
        };
        self.space.ends.hit(&[index]);
    }

    /// Counts what depends on the place in the segment.
    fn settle(&mut self, last: bool) {
        let Some(Waiting {
            op,
            first,
            found,
            page,
            call,
        }) = self.waiting.take()
        else {
            return;
        };
        let place = if last { 2 } else { usize::from(!first) };
        if first {
            self.space.segment.hit(&[op as usize, 0]);
        }
        if last {
            self.space.segment.hit(&[op as usize, 1]);
        }
        if let (Some(access), Some(found)) = (position(&ACCESSES, op), found) {
            self.space.data.hit(&[access, found as usize, place]);
            if let Some(page) = page {
                self.space.pages.hit(&[access, page, place]);
            }
        }
        if op == Op::Ecall {
            self.space.calls.hit(&[call as usize, place]);
        }
    }

    fn record(&mut self, record: &Record) {
        let Some(instruction) = decode(record.insn) else {
            return;
        };
        let op = instruction.op;
        self.hazards(record, &instruction);
        self.registers(&instruction);
        self.operands(record, &instruction);
        self.fetch(record, op);
        self.control(record, &instruction);
        let (found, page) = self.memory(record, op);
        self.waiting = Some(Waiting {
            op,
            first: std::mem::take(&mut self.first),
            found,
            page,
            call: if op == Op::Ecall { record.a_value } else { 0 },
        });
    }

    fn hazards(&mut self, record: &Record, instruction: &Instruction) {
        let Instruction {
            op, rd, rs1, rs2, ..
        } = *instruction;
        let registers = if op == Op::Ecall {
            [17, 10]
        } else {
            [rs1, rs2]
        };
        for (role, register) in registers.into_iter().take(sources(op)).enumerate() {
            if let Some((order, producer)) = self.written[usize::from(register)]
                && let distance @ 1..=4 = record.order - order
            {
                let at = [op as usize, role, producer as usize, distance as usize - 1];
                self.space.hazards.hit(&at);
            }
        }
        let call_writes = op == Op::Ecall && matches!(record.a_value, 1 | 2);
        let register = if call_writes { 10 } else { rd };
        if register != 0 {
            self.written[usize::from(register)] = Some((record.order, Producer::of(op)));
        }
    }

    fn registers(&mut self, instruction: &Instruction) {
        let Instruction {
            op, rd, rs1, rs2, ..
        } = *instruction;
        if op == Op::Ecall {
            return;
        }
        let count = sources(op);
        let writes = !matches!(
            op.format(),
            assay_executor::decode::Format::Branch
                | assay_executor::decode::Format::Store
                | assay_executor::decode::Format::System
        );
        for (index, is) in [
            writes && rd == 0,
            count >= 1 && rs1 == 0,
            count == 2 && rs2 == 0,
            count == 2 && rs1 == rs2,
            writes && count >= 1 && rd == rs1,
            writes && count == 2 && rd == rs2,
        ]
        .into_iter()
        .enumerate()
        {
            if is {
                self.space.registers.hit(&[op as usize, index]);
            }
        }
    }

    fn operands(&mut self, record: &Record, instruction: &Instruction) {
        let op = instruction.op;
        let a = record.a_value;
        let b = if sources(op) == 2 {
            record.b_value
        } else {
            instruction.imm
        };
        let sign = |value: u32| match value as i32 {
            0 => 0,
            1.. => 1,
            _ => 2,
        };
        if let Some(index) = position(&DIVISIONS, op) {
            let corner = match (a, b) {
                (_, 0) => 0,
                (0x8000_0000, u32::MAX) if index % 2 == 0 => 3,
                (_, 1) => 1,
                (_, u32::MAX) => 2,
                (a, b) if a == b => 4,
                (0, _) => 5,
                _ => 6,
            };
            self.space.divisions.hit(&[index, corner]);
        }
        if let Some(index) = position(&PRODUCTS, op) {
            self.space.signs.hit(&[index, sign(a), sign(b)]);
        }
        if let Some(index) = position(&SHIFTS, op) {
            let amount = match b & 31 {
                0 => 0,
                1..=15 => 1,
                16..=30 => 2,
                _ => 3,
            };
            self.space.shifts.hit(&[index, amount, sign(a)]);
        }
        if let Some(index) = position(&COMPARISONS, op) {
            let case = match (a == b, (a as i32) < b as i32, a < b) {
                (true, ..) => 0,
                (_, true, true) => 1,
                (_, true, false) => 2,
                (_, false, true) => 3,
                (_, false, false) => 4,
            };
            self.space.compares.hit(&[index, case]);
        }
    }

    fn fetch(&mut self, record: &Record, op: Op) {
        let found = match self.instructions.access(record.pc, false) {
            Found::Hit => 0,
            Found::Free => 1,
            Found::Clean | Found::Dirty => 2,
        };
        self.space.fetch.hit(&[self.arrival, found]);
        let jumps = record.next_pc != record.pc.wrapping_add(4);
        self.arrival = match op {
            Op::Jal => 2,
            Op::Jalr => 3,
            _ if jumps => 1,
            _ => 0,
        };
    }

    fn control(&mut self, record: &Record, instruction: &Instruction) {
        let op = instruction.op;
        let branch = position(&BRANCHES, op);
        let taken = record.next_pc != record.pc.wrapping_add(4);
        let jumps = matches!(op, Op::Jal | Op::Jalr) || (branch.is_some() && taken);
        let low = record.pc & ALIAS_MASK;
        if self.jumps.get(&low).is_some_and(|&pc| pc != record.pc) {
            let what = match op {
                Op::Jal => 2,
                Op::Jalr => 3,
                _ if branch.is_some() => usize::from(!taken),
                _ => 4,
            };
            self.space.aliases.hit(&[what]);
        }
        if jumps {
            self.jumps.insert(low, record.pc);
        }
        if branch.is_none() && op != Op::Jalr {
            return;
        }
        let history = match self.outcomes.insert(record.pc, record.next_pc) {
            None => 0,
            Some(before) if before == record.next_pc => 1,
            Some(_) => 2,
        };
        if let Some(branch) = branch {
            let backward = (instruction.imm as i32) < 0;
            let at = [branch, usize::from(!taken), usize::from(backward), history];
            self.space.branches.hit(&at);
        } else {
            let link = match instruction.rd {
                0 => 0,
                rd if rd == instruction.rs1 => 1,
                _ => 2,
            };
            self.space.jalr.hit(&[history, link]);
        }
    }

    /// What the data cache would do, and which page event it is.
    fn memory(&mut self, record: &Record, op: Op) -> (Option<Found>, Option<usize>) {
        let Some(access) = position(&ACCESSES, op) else {
            return (None, None);
        };
        let address = record.mem_addr;
        self.space.lanes.hit(&[access, (address & 3) as usize]);
        let bytes = address..address + width(op);
        if let Some(load) = position(&LOADS, op) {
            let last = bytes
                .clone()
                .filter_map(|byte| self.stored.get(&byte))
                .max_by_key(|stored| stored.order)
                .copied();
            if let Some(Stored { order, op: by }) = last {
                let store = position(&STORES, by).expect("only stores are noted");
                let distance = match record.order - order {
                    near @ 1..=4 => near as usize - 1,
                    5..=8 => 4,
                    _ => 5,
                };
                let some = usize::from(width(by) < width(op));
                self.space.forwards.hit(&[load, store, some, distance]);
            }
        } else {
            for byte in bytes {
                let order = record.order;
                self.stored.insert(byte, Stored { order, op });
            }
        }
        let found = self.data.access(address, access >= LOADS.len());
        let touches = record.flags & FIRST_TOUCH != 0;
        let dirties = record.flags & FIRST_DIRTY != 0;
        let page = match (touches, dirties) {
            (true, false) => Some(0),
            (true, true) => Some(1),
            (false, true) => Some(2),
            (false, false) => None,
        };
        (Some(found), page)
    }
}

fn position(ops: &[Op], op: Op) -> Option<usize> {
    ops.iter().position(|&it| it == op)
}
