//! A session from its middle on: the card starts with all registers 0 at a program's entry, so a few instructions in a page of their own
//! set them to what they were and jump to where the session goes on.

use std::collections::BTreeMap;
use std::ops::Range;

use assay_abi::machine::{NUM_PAGES, NUM_REGISTERS, PAGE_BYTES, PAGE_WORDS};
use assay_executor::{Image, PageWords, ZERO_PAGE};
use assay_progen::Assembler;
use assay_progen::encode::{Reg, jal};

use crate::error::SimError;

/// The farthest that a `JAL` reaches.
const JAL_REACH: i64 = 1 << 20;

/// A program that begins in the middle of a session.
#[derive(Debug)]
pub struct Resumed {
    /// The program.
    pub image: Image,
    /// Instructions that it executes before the session goes on.
    pub prologue: u64,
}

/// The program that goes on at `pc` with these registers (x0 first) and this memory. `pages` are by number, the text's among them.
///
/// # Errors
/// [`SimError::Resume`] if there is no room next to the text, or `pc` is too far from it.
pub fn resume(
    mut text: Range<u32>,
    mut pages: BTreeMap<u32, Box<PageWords>>,
    pc: u32,
    registers: &[u32; NUM_REGISTERS as usize],
) -> Result<Resumed, SimError> {
    let refused = |what: String| SimError::Resume { what };
    let is_free = |page: u32| page < NUM_PAGES && !pages.contains_key(&page);
    let page = if is_free(text.end) {
        text.end += 1;
        text.end - 1
    } else if text.start > 0 && is_free(text.start - 1) {
        text.start -= 1;
        text.start
    } else {
        return Err(refused(
            "the pages before and behind the text are in use: there is no room for the code that sets the registers"
                .to_owned(),
        ));
    };
    let entry = page * PAGE_BYTES;
    let prologue = prologue(entry, pc, registers)?;
    let mut content = Box::new(ZERO_PAGE);
    content[..prologue.len()].copy_from_slice(&prologue);
    pages.insert(page, content);
    let image = Image::new(entry, text, pages).map_err(|error| refused(error.to_string()))?;
    Ok(Resumed {
        image,
        prologue: prologue.len() as u64,
    })
}

/// Sets every register and jumps to `pc`.
fn prologue(
    base: u32,
    pc: u32,
    registers: &[u32; NUM_REGISTERS as usize],
) -> Result<Vec<u32>, SimError> {
    let mut asm = Assembler::new(base);
    for (reg, &value) in Reg::all().zip(registers).skip(1) {
        asm.li(reg, value);
    }
    let offset = i64::from(pc) - i64::from(asm.pc());
    if !(-JAL_REACH..JAL_REACH).contains(&offset) {
        return Err(SimError::Resume {
            what: format!(
                "the session goes on {offset} bytes away from the code that sets the registers, at most {JAL_REACH} are possible"
            ),
        });
    }
    asm.emit(jal(Reg::ZERO, offset as i32));
    let words = asm.finish().map_or_else(|_| Vec::new(), |code| code.words);
    assert!(
        (1..=PAGE_WORDS as usize).contains(&words.len()),
        "two instructions a register fit in a page, and use no label"
    );
    Ok(words)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use assay_abi::Po2;
    use assay_executor::{Event, Input, LiveTrace};

    #[test]
    fn resumed_program_sets_every_register_and_goes_on() {
        let registers: [u32; 32] = std::array::from_fn(|r| (r as u32).wrapping_mul(0x9e37_79b9));
        // What it goes on with: EBREAK, which faults with all registers as they are.
        let mut page = Box::new(ZERO_PAGE);
        page[2] = 0x0010_0073;
        let resumed = resume(4..5, BTreeMap::from([(4, page)]), 0x1008, &registers).unwrap();
        let events: Vec<Event> =
            LiveTrace::new(Arc::new(resumed.image), Input::new(), Po2::DEFAULT, None).collect();
        let Some(Event::End(end, found)) = events.last() else {
            panic!("no end")
        };
        assert_eq!(
            (found, end.pc, u64::from(end.cycles)),
            (&registers, 0x1008, resumed.prologue)
        );
    }

    #[test]
    fn resume_refuses_what_a_jump_cannot_reach_and_a_text_without_room() {
        let pages = || BTreeMap::from([(0x4000, Box::new(ZERO_PAGE))]);
        assert!(resume(0x4000..0x4001, pages(), 0x1000, &[0; 32]).is_err());
        let around = (3..6).map(|page| (page, Box::new([1; 256]))).collect();
        assert!(resume(4..5, around, 0x1000, &[0; 32]).is_err());
    }
}
