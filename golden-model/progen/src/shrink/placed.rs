//! The last instructions before a failure where they lay: for what depends on addresses, as caches and branch prediction do.

use std::collections::BTreeMap;

use assay_abi::machine::PAGE_BYTES;

use super::linear::{Start, Step};
use super::subject::Subject;
use crate::asm::Assembler;
use crate::encode::{self, Reg};

/// How far a `JAL` reaches.
const REACH: u32 = 1 << 20;

/// The words of the steps at their addresses, entered through a prologue below them that sets the registers. `None` if there is no place
/// for it, or the first step is out of its reach. Holes stay holes: they take no word, and end a program that falls into one.
#[must_use]
pub fn placed(start: &Start, steps: &[Step]) -> Option<Subject> {
    let mut text: BTreeMap<u32, u32> = steps.iter().map(|step| (step.pc, step.insn)).collect();
    let (&lowest, _) = text.first_key_value()?;
    let first = steps.first()?.pc;
    // A whole page between them keeps the two apart; all registers take less than a page.
    let base = (lowest & !(PAGE_BYTES - 1)).checked_sub(2 * PAGE_BYTES)?;
    if start.data.contains_key(&(base / PAGE_BYTES)) {
        return None;
    }
    let mut asm = Assembler::new(base);
    for (reg, &value) in Reg::all().zip(&start.registers).skip(1) {
        if value != 0 {
            asm.li(reg, value);
        }
    }
    let code = asm.finish().expect("it has no labels");
    let jump = base + 4 * code.words.len() as u32;
    if first - jump >= REACH {
        return None;
    }
    text.extend((base..).step_by(4).zip(code.words));
    text.insert(jump, encode::jal(Reg::ZERO, (first - jump) as i32));
    let mut subject = Subject::in_place(&text, base);
    subject.data = start.data.clone();
    subject.input = start.input.clone();
    Some(subject)
}
