use std::vec::Vec;

use assay_abi::{
    Record,
    machine::{HALT_PC, SLOT_A, SLOT_B, SLOT_C, SLOTS_PER_CYCLE},
    record_flags,
};
use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::{Class, Cpu};
use crate::{
    Felt,
    bump::Carried,
    bus::{Tag, key},
    calls::Calls,
    lut::Counts,
    op::Op,
    program::{Entry, ProgramTable},
    table::MIN_LOG_HEIGHT,
    witness::{Memory, WitnessError, look_back, place_of},
};

/// What the instruction table asks of the others.
#[derive(Default)]
pub struct Asked {
    /// Of the lookup table.
    pub counts: Counts,
    /// Of the tables that compute.
    pub calls: Calls,
    /// Of the table that carries words over.
    pub carried: Vec<Carried>,
}

/// Rows that one task fills.
const ROWS: usize = 1 << 16;

/// The table's columns, one row for each record.
pub(crate) fn generate(
    records: &[Record],
    program: &ProgramTable,
    memory: &Memory,
    pc_before: u32,
) -> Result<(RowMajorMatrix<Felt>, Asked), WitnessError> {
    let width = Cpu::<Felt>::WIDTH;
    let height = (records.len() + 1).next_power_of_two();
    let height = height.max(1 << MIN_LOG_HEIGHT);
    let mut matrix = RowMajorMatrix::new(Felt::zero_vec(width * height), width);
    let pc_after = records.last().map_or(pc_before, |record| record.next_pc);
    let parts: Vec<Asked> = matrix
        .values
        .par_chunks_mut(width * ROWS)
        .zip((0..height).into_par_iter().step_by(ROWS))
        .map(|(cells, first)| {
            let mut asked = Asked::default();
            for (cells, at) in cells.chunks_exact_mut(width).zip(first..) {
                let row = match records.get(at) {
                    Some(record) => Filling {
                        record,
                        program,
                        memory,
                        asked: &mut asked,
                    }
                    .row()
                    .map_err(|what| WitnessError::Record {
                        cycle: record.cycle,
                        what,
                    })?,
                    None => Cpu {
                        pc: felt(pc_after),
                        cycle: felt(at as u32 + 1),
                        ..Cpu::default()
                    },
                };
                row.write(cells);
            }
            Ok(asked)
        })
        .collect::<Result<_, WitnessError>>()?;
    let mut parts = parts.into_iter();
    let mut asked = parts.next().unwrap_or_default();
    for part in parts {
        asked.counts.merge(&part.counts);
        asked.calls.merge(part.calls);
        asked.carried.extend(part.carried);
    }
    Ok((matrix, asked))
}

fn felt(value: u32) -> Felt {
    Felt::from_u32(value)
}

const fn limbs(word: u32) -> [u32; 2] {
    [word & 0xffff, word >> 16]
}

struct Filling<'a> {
    record: &'a Record,
    program: &'a ProgramTable,
    memory: &'a Memory,
    asked: &'a mut Asked,
}

/// What a class makes of its operands.
#[derive(Default)]
struct Outcome {
    c: u32,
    aux: [u32; 12],
    carry: [u32; 2],
    cond: bool,
}

impl Filling<'_> {
    fn row(mut self) -> Result<Cpu<Felt>, &'static str> {
        let record = self.record;
        let row = self.program.row_of(record.pc);
        let entry = self.program.entries()[row.ok_or("a pc without an instruction")?];
        let class = entry.class().ok_or("a pc without an instruction")?;
        let [s1, s2, use_b, use_c, delegated] = entry.flags();
        let b = match use_b {
            true => limbs(record.b_value),
            false => [entry.b_lo, entry.b_hi],
        };
        let s2 = s2 || class == Class::Load && record.flags & record_flags::FROM_TEXT != 0;
        let outcome = self.outcome(class, &entry, b)?;
        if use_c && outcome.c != record.c_new {
            return Err("a value after");
        }
        self.count(class, entry.tag, &outcome.aux);

        let word = record.mem_addr & !3;
        let b_address = match class {
            Class::Load => word,
            _ => entry.b_key,
        };
        let c_address = match class {
            Class::Store => word,
            _ => entry.c_key,
        };
        let from_text = if class == Class::Load && s2 {
            key::TEXT
        } else {
            0
        };
        let use_a = class != Class::Constant;
        let a_time = self.time(use_a, entry.a_key, 0, record.a_value, SLOT_A, record.a_time)?;
        let b_time = self.time(
            use_b,
            b_address,
            from_text,
            record.b_value,
            SLOT_B,
            record.b_time,
        )?;
        let c_time = self.time(use_c, c_address, 0, record.c_old, SLOT_C, record.c_time)?;

        let Outcome {
            c,
            aux,
            carry,
            cond,
        } = outcome;
        let next_pc = match class {
            Class::Jump => 4 * aux[1] + (aux[4] << 16),
            _ if cond => entry.imm,
            _ => record.pc + 4,
        };
        if next_pc != record.next_pc {
            return Err("its next pc");
        }
        let mut flags = [Felt::ZERO; Class::COUNT];
        flags[class as usize] = Felt::ONE;
        let [a_lo, a_hi] = limbs(record.a_value).map(felt);
        let [b_lo, b_hi] = b.map(felt);
        let [c_old_lo, c_old_hi] = limbs(record.c_old).map(felt);
        let [c_lo, c_hi] = limbs(c).map(felt);
        let carry = match class {
            Class::Equal => coefficients([a_lo - b_lo, a_hi - b_hi]),
            _ => carry.map(felt),
        };
        Ok(Cpu {
            pc: felt(record.pc),
            cycle: felt(record.cycle),
            class: flags,
            s1: Felt::from_bool(s1),
            s2: Felt::from_bool(s2),
            use_b: Felt::from_bool(use_b),
            use_c: Felt::from_bool(use_c),
            delegated: Felt::from_bool(delegated),
            tag: felt(entry.tag),
            imm: felt(entry.imm),
            a_key: felt(entry.a_key),
            a_lo,
            a_hi,
            a_time: felt(a_time),
            b_key: felt(b_address + from_text),
            b_lo,
            b_hi,
            b_time: felt(b_time),
            c_key: felt(c_address),
            c_old_lo,
            c_old_hi,
            c_time: felt(c_time),
            c_lo,
            c_hi,
            aux: aux.map(felt),
            carry,
            cond: Felt::from_bool(cond),
        })
    }

    /// The previous time of an access, and its lookup.
    fn time(
        &mut self,
        used: bool,
        address: u32,
        from_text: u32,
        value: u32,
        slot: u32,
        previous: u32,
    ) -> Result<u32, &'static str> {
        if !used {
            return Ok(0);
        }
        let now = SLOTS_PER_CYCLE * self.record.cycle + slot;
        let previous = match previous {
            0 => {
                let (page, word) = place_of(address);
                let begins = self.memory.begins(page, word);
                begins.ok_or("a page that is not there")?
            }
            time => time,
        };
        let Asked {
            counts, carried, ..
        } = self.asked;
        let time = look_back(address + from_text, value, previous, now, carried);
        counts.range(16, now - time - 1);
        Ok(time)
    }

    fn count(&mut self, class: Class, tag: u32, aux: &[u32; 12]) {
        let lookups = match class {
            Class::Add | Class::Load | Class::Store | Class::Jump => 2,
            Class::Logic | Class::ShiftLeft | Class::ShiftRight | Class::Less => 4,
            Class::Equal | Class::Constant | Class::Extern => 0,
        };
        let counts = &mut self.asked.counts;
        for [x, y, _] in &aux.as_chunks::<3>().0[..lookups] {
            match Tag::BYTEWISE.into_iter().find(|&of| of as u32 == tag) {
                Some(tag) => counts.bytewise(tag, *x as u8, *y as u8),
                None => counts.range(*x, *y),
            }
        }
    }

    fn outcome(
        &mut self,
        class: Class,
        entry: &Entry<u32>,
        b: [u32; 2],
    ) -> Result<Outcome, &'static str> {
        let [s1, s2, ..] = entry.flags();
        let a = self.record.a_value;
        let word = b[0] | b[1] << 16;
        Ok(match class {
            Class::Add => add(a, word, s1),
            Class::Logic => logic(a, word, entry.tag),
            Class::ShiftLeft | Class::ShiftRight => shift(class, a, b, s1),
            Class::Less => less(a, word, s1, s2),
            Class::Equal => equal(a, word, s1),
            Class::Constant => Outcome {
                c: word,
                cond: true,
                ..Outcome::default()
            },
            Class::Load | Class::Store | Class::Jump => self.address(class, entry, word)?,
            Class::Extern if s1 => self.call(word)?,
            Class::Extern => {
                let op = Op::FUNCTIONS[entry.op as usize - 1];
                let mut outcome = Outcome::default();
                self.delegate(&mut outcome, op, a, word)?;
                outcome
            }
        })
    }

    fn delegate(
        &mut self,
        outcome: &mut Outcome,
        op: Op,
        u: u32,
        v: u32,
    ) -> Result<(), &'static str> {
        outcome.c = op.apply(u, v).ok_or("its address")?;
        let ([u_lo, u_hi], [v_lo, v_hi]) = (limbs(u), limbs(v));
        outcome.aux[6..11].copy_from_slice(&[u_lo, u_hi, v_lo, v_hi, op.code()]);
        self.asked.calls.ask(op, u, v);
        Ok(())
    }

    fn call(&self, argument: u32) -> Result<Outcome, &'static str> {
        let record = self.record;
        let halts = record.next_pc == HALT_PC;
        let op = if halts { Op::Halt } else { Op::Call };
        let [v_lo, v_hi] = limbs(argument);
        if record.a_value >> 16 != 0 {
            return Err("a call's number");
        }
        Ok(Outcome {
            c: record.c_new,
            aux: [
                0,
                0,
                0,
                0,
                0,
                0,
                record.cycle,
                record.a_value,
                v_lo,
                v_hi,
                op.code(),
                0,
            ],
            carry: [0; 2],
            cond: halts,
        })
    }

    fn address(
        &mut self,
        class: Class,
        entry: &Entry<u32>,
        b: u32,
    ) -> Result<Outcome, &'static str> {
        let record = self.record;
        let [negative, ..] = entry.flags();
        let offset = entry.imm | if negative { 0xffff_0000 } else { 0 };
        let address = record.a_value.wrapping_add(offset);
        if address >> 28 != 0 || class != Class::Jump && address != record.mem_addr {
            return Err("its address");
        }
        let mut outcome = Outcome {
            c: b,
            carry: carries(record.a_value, offset),
            ..Outcome::default()
        };
        let [lo, hi] = limbs(address);
        let within = lo % 4;
        outcome.aux[..5].copy_from_slice(&[14, lo / 4, 0, 12, hi]);
        let op = Op::FUNCTIONS.get((entry.op as usize).wrapping_sub(1));
        match (class, op) {
            (Class::Load, Some(&op)) => self.delegate(&mut outcome, op, b, within)?,
            (Class::Store, Some(&op)) => {
                let v = b & 0xffff | within << 16;
                self.delegate(&mut outcome, op, record.c_old, v)?;
            }
            (Class::Jump, _) if within > 1 => return Err("its address"),
            (Class::Load | Class::Store, None) if within != 0 => return Err("its address"),
            // The constraints hold these operands for whole words too.
            (Class::Load, None) => {
                let [lo, hi] = limbs(b);
                outcome.aux[6..9].copy_from_slice(&[lo, hi, within]);
            }
            (Class::Store, None) => {
                let [lo, hi] = limbs(record.c_old);
                outcome.aux[6..9].copy_from_slice(&[lo, hi, b & 0xffff]);
            }
            _ => {}
        }
        outcome.aux[11] = within;
        Ok(outcome)
    }
}

fn carries(a: u32, b: u32) -> [u32; 2] {
    let low = ((a & 0xffff) + (b & 0xffff)) >> 16;
    let high = ((a >> 16) + (b >> 16) + low) >> 16;
    [low, high]
}

fn borrows(a: u32, b: u32) -> [u32; 2] {
    [u32::from(a & 0xffff < b & 0xffff), u32::from(a < b)]
}

fn add(a: u32, b: u32, subtract: bool) -> Outcome {
    let (c, carry) = match subtract {
        false => (a.wrapping_add(b), carries(a, b)),
        true => (a.wrapping_sub(b), borrows(a, b)),
    };
    let [lo, hi] = limbs(c);
    Outcome {
        c,
        aux: [16, lo, 0, 16, hi, 0, 0, 0, 0, 0, 0, 0],
        carry,
        cond: false,
    }
}

fn logic(a: u32, b: u32, tag: u32) -> Outcome {
    let c = match tag {
        tag if tag == Tag::And as u32 => a & b,
        tag if tag == Tag::Or as u32 => a | b,
        _ => a ^ b,
    };
    let bytes = [a, b, c].map(u32::to_le_bytes);
    Outcome {
        c,
        aux: std::array::from_fn(|cell| bytes[cell % 3][cell / 3].into()),
        ..Outcome::default()
    }
}

fn shift(class: Class, a: u32, [within, unit]: [u32; 2], swap: bool) -> Outcome {
    let [lo, hi] = limbs(a);
    let (high_lo, low_lo) = (lo / unit, lo % unit);
    let (high_hi, low_hi) = (hi / unit, hi % unit);
    let product = u64::from(a) << (within + if swap { 16 } else { 0 });
    Outcome {
        c: match class {
            Class::ShiftLeft => product as u32,
            _ => (product >> 32) as u32,
        },
        aux: [
            within,
            high_lo,
            0,
            16 - within,
            low_lo,
            0,
            within,
            high_hi,
            0,
            16 - within,
            low_hi,
            0,
        ],
        carry: [low_lo << within, low_hi << within],
        cond: false,
    }
}

fn less(a: u32, b: u32, signed: bool, negate: bool) -> Outcome {
    let flip = if signed { 1 << 31 } else { 0 };
    let (x, y) = (a ^ flip, b ^ flip);
    let carry = borrows(x, y);
    let [lo, hi] = limbs(x.wrapping_sub(y));
    let rest = |word: u32| word >> 16 & 0x7fff;
    let cond = (x < y) != negate;
    Outcome {
        c: cond.into(),
        aux: [16, lo, 0, 16, hi, 0, 15, rest(a), 0, 15, rest(b), 0],
        carry,
        cond,
    }
}

fn equal(a: u32, b: u32, negate: bool) -> Outcome {
    let mut outcome = Outcome {
        cond: (a == b) != negate,
        ..Outcome::default()
    };
    outcome.aux[0] = (a == b).into();
    outcome
}

/// Coefficients of a combination of the differences that is 1, if one of them is not 0.
fn coefficients([lo, hi]: [Felt; 2]) -> [Felt; 2] {
    match (lo.try_inverse(), hi.try_inverse()) {
        (Some(inverse), _) => [inverse, Felt::ZERO],
        (None, Some(inverse)) => [Felt::ZERO, inverse],
        (None, None) => [Felt::ZERO; 2],
    }
}
