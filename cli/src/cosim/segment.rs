//! A segment file as a program for the card: the card starts with all registers 0, so a few instructions in a page of their own set them
//! to the segment's first state and jump to where it begins.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use assay_abi::Po2;
use assay_abi::machine::{NUM_PAGES, NUM_REGISTERS, PAGE_BYTES, PAGE_WORDS};
use assay_executor::{Exit, Image, Input, PageWords, SEGMENT_MAGIC, Segment, ZERO_PAGE};
use assay_progen::Assembler;
use assay_progen::encode::{Reg, jal};

/// The farthest that a `JAL` reaches.
const JAL_REACH: i64 = 1 << 20;
/// More input than any segment reads; what is behind the segment's own words only counts.
const LONGEST_INPUT: usize = 1 << 26;

/// A segment that a card can run.
#[derive(Debug)]
pub struct SegmentProgram {
    pub image: Arc<Image>,
    pub input: Input,
    pub po2: Po2,
    /// Where to stop, if the segment is not the session's last.
    pub instructions: Option<u64>,
}

/// Reads a segment file; `None` if the file is something else.
///
/// # Errors
/// If it is a segment that cannot be used.
pub fn open(path: &Path) -> anyhow::Result<Option<SegmentProgram>> {
    let mut start = Vec::new();
    let is_segment = File::open(path)
        .and_then(|file| {
            file.take(SEGMENT_MAGIC.len() as u64)
                .read_to_end(&mut start)
        })
        .is_ok_and(|_| start == SEGMENT_MAGIC);
    if !is_segment {
        return Ok(None);
    }
    let segment = Segment::read_file(path)?;
    program(&segment)
        .with_context(|| path.display().to_string())
        .map(Some)
}

fn program(segment: &Segment) -> anyhow::Result<SegmentProgram> {
    let mut pages: BTreeMap<u32, Box<PageWords>> = BTreeMap::new();
    let text_pages = segment
        .text
        .pages()
        .map(|(number, words)| (number, Box::new(*words)));
    pages.extend(text_pages);
    pages.extend(
        segment
            .pages
            .iter()
            .map(|page| (page.number, page.words.clone())),
    );

    let mut text = segment.text.range();
    let is_free = |page: u32| page < NUM_PAGES && segment.page(page).is_none();
    let page = if is_free(text.end) {
        text.end += 1;
        text.end - 1
    } else if text.start > 0 && is_free(text.start - 1) {
        text.start -= 1;
        text.start
    } else {
        bail!(
            "the pages before and behind the text are in use: there is no room for the code that sets the registers"
        );
    };
    let entry = page * PAGE_BYTES;
    let prologue = prologue(entry, segment.pre.pc, &segment.pre.registers)?;
    let mut content = Box::new(ZERO_PAGE);
    content[..prologue.len()].copy_from_slice(&prologue);
    pages.insert(page, content);

    let mut words = segment.input.clone();
    let left = (segment.input_len - segment.pre.input_cursor) as usize;
    if left > LONGEST_INPUT {
        bail!(
            "{left} input words are left at the segment's start, at most {LONGEST_INPUT} can be made up here"
        );
    }
    words.resize(left, 0);
    let instructions = prologue.len() as u64 + u64::from(segment.cycles);
    Ok(SegmentProgram {
        image: Arc::new(Image::new(entry, text, pages)?),
        input: Input::from_words(words)?,
        po2: segment.po2,
        instructions: matches!(segment.exit, Exit::Running | Exit::Stopped).then_some(instructions),
    })
}

/// Sets every register and jumps to `pc`.
fn prologue(
    base: u32,
    pc: u32,
    registers: &[u32; NUM_REGISTERS as usize],
) -> anyhow::Result<Vec<u32>> {
    let mut asm = Assembler::new(base);
    for (reg, &value) in Reg::all().zip(registers).skip(1) {
        asm.li(reg, value);
    }
    let offset = i64::from(pc) - i64::from(asm.pc());
    if !(-JAL_REACH..JAL_REACH).contains(&offset) {
        bail!(
            "the segment begins {offset} bytes away from the code that sets the registers, at most {JAL_REACH} are possible"
        );
    }
    asm.emit(jal(Reg::ZERO, offset as i32));
    let words = asm.finish()?.words;
    assert!(
        words.len() <= PAGE_WORDS as usize,
        "two instructions a register fit in a page"
    );
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_executor::{Event, LiveTrace};

    #[test]
    fn prologue_sets_every_register_and_jumps() {
        let registers: [u32; 32] = std::array::from_fn(|r| (r as u32).wrapping_mul(0x9e37_79b9));
        let (base, target) = (0x2000, 0x1008);
        let code = prologue(base, target, &registers).unwrap();
        let mut words = vec![0; ((base - 0x1000) / 4) as usize];
        // What it jumps to: EBREAK, which faults with all registers as they are.
        words[2] = 0x0010_0073;
        words.extend(&code);
        let pages: BTreeMap<u32, Box<PageWords>> = words
            .chunks(PAGE_WORDS as usize)
            .zip(base / PAGE_BYTES - 4..)
            .map(|(words, number)| {
                let mut page = Box::new(ZERO_PAGE);
                page[..words.len()].copy_from_slice(words);
                (number, page)
            })
            .collect();
        let image = Image::new(base, 4..9, pages).unwrap();
        let events: Vec<Event> =
            LiveTrace::new(Arc::new(image), Input::new(), Po2::DEFAULT, None).collect();
        let Some(Event::End(end, found)) = events.last() else {
            panic!("no end")
        };
        assert_eq!(
            (found, end.pc, end.cycles),
            (&registers, target, code.len() as u32)
        );
    }

    #[test]
    fn prologue_rejects_a_segment_beyond_the_reach_of_a_jump() {
        assert!(prologue(0x100_0000, 0x1000, &[0; 32]).is_err());
    }
}
