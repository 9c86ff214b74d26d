//! Units in which one instruction needs what another produced, each pair at each short distance.

use assay_abi::Ecall;

use super::RegSet;
use super::layout::PAGE;
use super::state::Generator;
use crate::encode::{self, BranchOp, ImmOp, LoadOp, Reg, RegOp, StoreOp};

/// Private words that values go through.
const MOST_SLOTS: usize = 32;

/// What writes the register.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Producer {
    Arithmetic,
    WordLoad,
    NarrowLoad,
    Mul,
    Mulh,
    Division,
    Link,
    Ecall,
}

/// What reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consumer {
    Register,
    Immediate,
    Branch,
    Load,
    /// As the address, or as the data.
    Store,
    StoreData,
    Jalr,
    /// As x17, or as x10.
    Function,
    Argument,
}

const PRODUCERS: [Producer; 8] = [
    Producer::Arithmetic,
    Producer::WordLoad,
    Producer::NarrowLoad,
    Producer::Mul,
    Producer::Mulh,
    Producer::Division,
    Producer::Link,
    Producer::Ecall,
];
const CONSUMERS: [Consumer; 11] = [
    Consumer::Register,
    Consumer::Register,
    Consumer::Register,
    Consumer::Immediate,
    Consumer::Branch,
    Consumer::Load,
    Consumer::Store,
    Consumer::StoreData,
    Consumer::Jalr,
    Consumer::Function,
    Consumer::Argument,
];

impl Generator<'_> {
    /// A producer, up to three instructions that have nothing to do with it, and a consumer.
    pub(super) fn hazard(&mut self) {
        let (mut producer, consumer) = (self.pick(&PRODUCERS), self.pick(&CONSUMERS));
        let has_host = self.config.mix.host > 0 && self.is_free(Reg::A0) && self.is_free(Reg::A7);
        let calls = matches!(consumer, Consumer::Function | Consumer::Argument);
        if self.free_count() < 12 || (calls && !has_host) {
            return self.arithmetic();
        }
        // What an ECALL reads, and what a jump links, is a value of its own; a narrow load has no more than 16 bits.
        let any_value = matches!(
            consumer,
            Consumer::Register
                | Consumer::Immediate
                | Consumer::Branch
                | Consumer::StoreData
                | Consumer::Argument
        );
        let possible = match producer {
            Producer::Ecall => any_value && has_host,
            Producer::Link => any_value || matches!(consumer, Consumer::Load | Consumer::Jalr),
            Producer::NarrowLoad => {
                any_value || consumer == Consumer::Function || self.layout.low.is_some()
            }
            _ => true,
        };
        // Text is seldom where 16 bits reach.
        if !possible || (producer == Producer::NarrowLoad && consumer == Consumer::Jalr) {
            producer = Producer::Arithmetic;
        }
        let target = match (producer, consumer) {
            (Producer::Ecall, _) | (_, Consumer::Argument) => Reg::A0,
            (_, Consumer::Function) => Reg::A7,
            _ => {
                let calling = RegSet::default().with(Reg::A0).with(Reg::A7);
                self.free_except(calling)
            }
        };
        let between = self.below(4);
        self.keeping(target, |g| {
            // An ECALL that consumes needs both of its registers to be right.
            let call = if consumer == Consumer::Argument && producer != Producer::Ecall {
                g.with_asm(|asm| asm.li(Reg::A7, Ecall::Commit as u32));
                RegSet::default().with(Reg::A7)
            } else {
                RegSet::default()
            };
            g.keeping_all(call, |g| {
                g.produce_and_consume(producer, consumer, target, between)
            });
        });
        self.wrote(target);
    }

    fn produce_and_consume(
        &mut self,
        producer: Producer,
        consumer: Consumer,
        target: Reg,
        between: u32,
    ) {
        let value = self.value_for(producer, consumer);
        let jump = (consumer == Consumer::Jalr).then(|| self.asm.label());
        let source = match (value, jump) {
            (Some(value), _) => {
                let reg = self.free();
                self.with_asm(|asm| asm.li(reg, value));
                reg
            }
            (None, Some(label)) => {
                let reg = self.free();
                self.with_asm(|asm| asm.la(reg, label, 0));
                reg
            }
            (None, None) => self.source(),
        };
        let link = self.produce(producer, source, target);
        for _ in 0..between {
            // The distance counts: one instruction each.
            self.simple();
        }
        match consumer {
            Consumer::Register => {
                let (op, other, d) = (self.pick(RegOp::ALL), self.source(), self.free());
                let (a, b) = self.pick(&[(target, other), (other, target), (target, target)]);
                self.emit(encode::reg_op(op, d, a, b));
                self.wrote(d);
            }
            Consumer::Immediate => {
                let (op, d) = (self.pick(ImmOp::ALL), self.free());
                let imm = self.between(0, 31);
                self.emit(encode::imm_op(op, d, target, imm));
                self.wrote(d);
            }
            Consumer::Branch => {
                let (op, other) = (self.pick(BranchOp::ALL), self.source());
                let (a, b) = self.pick(&[(target, other), (other, target)]);
                let over = self.asm.label();
                self.with_asm(|asm| asm.branch(op, a, b, over));
                self.arithmetic();
                self.asm.bind(over);
            }
            Consumer::Load => {
                let (op, d) = (self.pick(LoadOp::ALL), self.free());
                self.emit(encode::load(op, d, target, 0));
                self.wrote(d);
            }
            Consumer::Store => {
                let (op, data) = (self.pick(StoreOp::ALL), self.source());
                self.emit(encode::store(op, data, target, 0));
            }
            Consumer::StoreData => {
                let op = self.pick(StoreOp::ALL);
                let slot = self.pick_slot();
                self.emit(encode::store(op, target, slot, 0));
            }
            Consumer::Jalr => {
                let d = self.destination();
                // Behind a link the target is known by its distance: the poison below is one word.
                let offset = link.map_or(0, |at| (self.asm.pc() + 8 - at) as i32);
                self.emit(encode::jalr(d, target, offset));
                self.poison();
                if let Some(label) = jump {
                    self.asm.bind(label);
                }
            }
            Consumer::Function | Consumer::Argument if producer == Producer::Ecall => {
                self.simple();
            }
            Consumer::Function | Consumer::Argument => {
                self.emit(encode::ECALL);
            }
        }
    }

    /// The value that the consumer needs, if not any will do and no label gives it.
    fn value_for(&mut self, producer: Producer, consumer: Consumer) -> Option<u32> {
        match consumer {
            Consumer::Load | Consumer::Store if producer == Producer::NarrowLoad => {
                Some(self.below(PAGE) & !3)
            }
            Consumer::Load | Consumer::Store => {
                let region = self.layout.main;
                let bytes = region.end - region.start;
                Some(region.start + (self.below(bytes) & !3))
            }
            Consumer::Function => Some(self.pick(&[Ecall::Left, Ecall::Commit]) as u32),
            _ => None,
        }
    }

    /// A register with the address of a word that nobody else needs, set here or before.
    fn pick_slot(&mut self) -> Reg {
        let bases = self.bases.clone();
        let whole: Vec<Reg> = bases
            .iter()
            .filter(|base| base.address.is_multiple_of(4))
            .map(|base| base.reg)
            .collect();
        if whole.is_empty() {
            // Memory at 0 is data where the text is elsewhere; else x0 would be text, and a store to it a fault.
            let reg = self.free();
            let address = self.layout.main.start;
            self.with_asm(|asm| asm.li(reg, address));
            return reg;
        }
        self.pick(&whole)
    }

    /// Address of a private word that is stored to and loaded from at once.
    fn slot(&mut self) -> u32 {
        if self.slots.len() < MOST_SLOTS {
            let address = self.private(1);
            self.slots.push(address);
        }
        let slots = self.slots.clone();
        self.pick(&slots)
    }

    /// Writes the value of `source` to `target` (an ECALL and a link write values of their own). The last instruction is the producer; for a
    /// link its value is returned.
    fn produce(&mut self, producer: Producer, source: Reg, target: Reg) -> Option<u32> {
        let kept = RegSet::default().with(source);
        let other = self.free_except(kept.with(Reg::A0).with(Reg::A7));
        match producer {
            Producer::Arithmetic => {
                let op = self.pick(&[ImmOp::Addi, ImmOp::Xori, ImmOp::Ori]);
                self.emit(encode::imm_op(op, target, source, 0));
            }
            Producer::WordLoad | Producer::NarrowLoad => {
                let address = self.slot();
                self.with_asm(|asm| asm.li(other, address));
                self.emit(encode::store(StoreOp::Sw, source, other, 0));
                let op = if producer == Producer::WordLoad {
                    LoadOp::Lw
                } else {
                    self.pick(&[LoadOp::Lh, LoadOp::Lhu])
                };
                self.emit(encode::load(op, target, other, 0));
            }
            Producer::Mul | Producer::Division => {
                self.with_asm(|asm| asm.li(other, 1));
                let op = if producer == Producer::Mul {
                    RegOp::Mul
                } else {
                    self.pick(&[RegOp::Div, RegOp::Divu])
                };
                self.emit(encode::reg_op(op, target, source, other));
            }
            Producer::Mulh => {
                // (16 x) * 2^28 / 2^32 is x, for the 28 bits of an address.
                let shifted = self.free_except(kept.with(other));
                self.emit(encode::imm_op(ImmOp::Slli, shifted, source, 4));
                self.with_asm(|asm| asm.li(other, 1 << 28));
                self.emit(encode::reg_op(RegOp::Mulhu, target, shifted, other));
            }
            Producer::Link => {
                let next = self.asm.label();
                let at = self.asm.pc() + 4;
                self.with_asm(|asm| asm.jal(target, next));
                self.asm.bind(next);
                return Some(at);
            }
            Producer::Ecall => {
                self.with_asm(|asm| asm.li(Reg::A7, Ecall::Read as u32));
                self.reads += self.times;
                self.emit(encode::ECALL);
            }
        }
        None
    }
}
