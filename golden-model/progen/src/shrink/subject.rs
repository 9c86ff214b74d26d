//! A program as a list of words that can be taken out one by one, while what jumps to each other stays connected.

use std::collections::BTreeMap;

use assay_abi::machine::{PAGE_BYTES, PAGE_WORDS};

use crate::elf::{Access, ElfFile, LoadSegment};

/// Words between two that are kept, from which on they are blocks of their own: the hole keeps its size.
const HOLE_WORDS: u32 = 256;

const BRANCH: u32 = 0x63;
const JAL: u32 = 0x6f;
const JALR: u32 = 0x67;
const AUIPC: u32 = 0x17;
const LOAD: u32 = 0x03;
const IMMEDIATE: u32 = 0x13;

/// Names a word for as long as the program exists, wherever it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u32);

/// How a word depends on where others lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    None,
    /// A branch or `JAL` to that word.
    Direct(Id),
    /// An `AUIPC` whose partner behind it addresses that word.
    High(Id),
    /// The partner: an instruction with an I-immediate, based on that `AUIPC`.
    Low(Id),
}

/// One word of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub(super) id: Id,
    pub(super) word: u32,
    link: Link,
}

/// Words in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub base: u32,
    pub items: Vec<Item>,
    /// What stands for the place behind the last word.
    end: Id,
}

/// A program that can be reduced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub(super) blocks: Vec<Block>,
    entry: Id,
    next_id: u32,
    /// Pages outside the text that are not zero at the start.
    pub data: BTreeMap<u32, Vec<u32>>,
    /// The host's input words.
    pub input: Vec<u32>,
}

impl Subject {
    /// The program with these words of text, by address, entered at `entry`. Words that are not there are zero or, where the hole is small,
    /// are left out: what is behind moves up.
    ///
    /// # Panics
    /// If `entry` is none of the words' addresses.
    #[must_use]
    pub fn new(text: &BTreeMap<u32, u32>, entry: u32) -> Self {
        Self::in_blocks(text, entry, HOLE_WORDS)
    }

    /// As [`Self::new`], but every hole stays, whatever its size: each run of words lies where it lay.
    ///
    /// # Panics
    /// If `entry` is none of the words' addresses.
    #[must_use]
    pub fn in_place(text: &BTreeMap<u32, u32>, entry: u32) -> Self {
        Self::in_blocks(text, entry, 1)
    }

    fn in_blocks(text: &BTreeMap<u32, u32>, entry: u32, hole_words: u32) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        let mut ids: BTreeMap<u32, Id> = BTreeMap::new();
        let mut next_id = 0;
        let mut fresh = || {
            next_id += 1;
            Id(next_id)
        };
        let mut last = None;
        for (&address, &word) in text {
            if last.is_none_or(|last: u32| address - last > 4 * hole_words) {
                let (base, end) = (address, fresh());
                blocks.push(Block {
                    base,
                    items: Vec::new(),
                    end,
                });
            }
            last = Some(address);
            let id = fresh();
            ids.insert(address, id);
            let block = blocks.last_mut().expect("pushed for the first word");
            block.items.push(Item {
                id,
                word,
                link: Link::None,
            });
        }
        let addresses: Vec<u32> = text.keys().copied().collect();
        let mut items = blocks.iter_mut().flat_map(|block| &mut block.items);
        let mut high: Option<(Id, u32)> = None;
        for &address in &addresses {
            let item = items.next().expect("one item a word");
            let word = item.word;
            if let Some((auipc, base)) = high.take()
                && matches!(word & 0x7f, JALR | LOAD | IMMEDIATE)
                && word & 0x7000 == if word & 0x7f == LOAD { 0x2000 } else { 0 }
                && word >> 15 & 31 == text[&(address - 4)] >> 7 & 31
                && ids.contains_key(&base.wrapping_add_signed((word as i32) >> 20))
            {
                item.link = Link::Low(auipc);
                continue;
            }
            let offset = match word & 0x7f {
                BRANCH => branch_offset(word),
                JAL => jal_offset(word),
                AUIPC => {
                    high = Some((item.id, address.wrapping_add(word & 0xffff_f000)))
                        .filter(|_| text.contains_key(&(address + 4)));
                    continue;
                }
                _ => continue,
            };
            if let Some(&target) = ids.get(&address.wrapping_add_signed(offset)) {
                item.link = Link::Direct(target);
            }
        }
        let mut subject = Self {
            entry: ids[&entry],
            blocks,
            next_id,
            data: BTreeMap::new(),
            input: Vec::new(),
        };
        subject.link_pairs(text, &ids);
        subject
    }

    /// Gives every `AUIPC` with a partner the word that both address.
    fn link_pairs(&mut self, text: &BTreeMap<u32, u32>, ids: &BTreeMap<u32, Id>) {
        let address_of: BTreeMap<Id, u32> = ids.iter().map(|(&at, &id)| (id, at)).collect();
        for block in &mut self.blocks {
            for i in 1..block.items.len() {
                let Link::Low(auipc) = block.items[i].link else {
                    continue;
                };
                let at = address_of[&auipc];
                let target = at
                    .wrapping_add(text[&at] & 0xffff_f000)
                    .wrapping_add_signed((block.items[i].word as i32) >> 20);
                block.items[i - 1].link = Link::High(ids[&target]);
            }
        }
    }

    /// Words of text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.items.len()).sum()
    }

    /// Whether no word of text is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its text has large holes.
    pub(super) fn has_holes(&self) -> bool {
        self.blocks.len() > 1
    }

    /// Without the words `at..at + count`, counted through all blocks; the range must not cross two blocks. What jumped to them goes to what
    /// comes next. Their place is closed from behind, or, with `keep_behind`, from the front: what comes behind stays where it is.
    pub(super) fn without(&self, at: usize, count: usize, keep_behind: bool) -> Option<Self> {
        let mut subject = self.clone();
        let (block, first) = subject.locate(at)?;
        let taken = &mut subject.blocks[block];
        if first + count > taken.items.len() {
            return None;
        }
        let gone: Vec<Item> = taken.items.drain(first..first + count).collect();
        let next = taken.items.get(first).map_or(taken.end, |item| item.id);
        if keep_behind {
            taken.base += 4 * count as u32;
        }
        subject.redirect(&gone, next);
        if subject.is_empty() {
            return None;
        }
        Some(subject)
    }

    /// With other words in the place of one.
    pub(super) fn replaced(&self, at: usize, words: &[u32]) -> Option<Self> {
        let mut subject = self.clone();
        let (block, first) = subject.locate(at)?;
        let mut fresh = Vec::new();
        for &word in words {
            subject.next_id += 1;
            fresh.push(Item {
                id: Id(subject.next_id),
                word,
                link: Link::None,
            });
        }
        let next = fresh.first()?.id;
        let gone = [subject.blocks[block].items[first]];
        subject.blocks[block]
            .items
            .splice(first..=first, fresh)
            .for_each(drop);
        subject.redirect(&gone, next);
        Some(subject)
    }

    fn redirect(&mut self, gone: &[Item], next: Id) {
        let was_there = |id: Id| gone.iter().any(|item| item.id == id);
        if was_there(self.entry) {
            self.entry = next;
        }
        for item in self.blocks.iter_mut().flat_map(|block| &mut block.items) {
            match &mut item.link {
                Link::Direct(target) | Link::High(target) if was_there(*target) => *target = next,
                Link::Low(auipc) if was_there(*auipc) => item.link = Link::None,
                _ => {}
            }
        }
    }

    fn locate(&self, at: usize) -> Option<(usize, usize)> {
        let mut first = at;
        for (index, block) in self.blocks.iter().enumerate() {
            if first < block.items.len() {
                return Some((index, first));
            }
            first -= block.items.len();
        }
        None
    }

    /// Words of the block from word `at` on.
    pub(super) fn rest_of_block(&self, at: usize) -> usize {
        self.locate(at)
            .map_or(0, |(block, first)| self.blocks[block].items.len() - first)
    }

    /// The word at place `at`, and its address.
    pub(super) fn word(&self, at: usize) -> Option<(u32, u32)> {
        let (block, first) = self.locate(at)?;
        let block = &self.blocks[block];
        Some((block.base + 4 * first as u32, block.items[first].word))
    }

    /// The text by address; `None` if a jump cannot reach its target any more.
    #[must_use]
    pub fn text(&self) -> Option<BTreeMap<u32, u32>> {
        let mut address_of: BTreeMap<Id, u32> = BTreeMap::new();
        for block in &self.blocks {
            let places = block.items.iter().map(|item| item.id).chain([block.end]);
            for (id, address) in places.zip((block.base..).step_by(4)) {
                address_of.insert(id, address);
            }
        }
        let mut high: BTreeMap<Id, i32> = BTreeMap::new();
        let mut text = BTreeMap::new();
        for block in &self.blocks {
            for (item, at) in block.items.iter().zip((block.base..).step_by(4)) {
                let offset = |target: Id| address_of[&target].wrapping_sub(at) as i32;
                let word = match item.link {
                    Link::None => item.word,
                    Link::Direct(target) if item.word & 0x7f == JAL => {
                        with_jal_offset(item.word, offset(target))?
                    }
                    Link::Direct(target) => with_branch_offset(item.word, offset(target))?,
                    Link::High(target) => {
                        let offset = offset(target);
                        let low = offset << 20 >> 20;
                        high.insert(item.id, low);
                        item.word & 0xfff | (offset - low) as u32
                    }
                    Link::Low(auipc) => match high.get(&auipc) {
                        Some(&low) => item.word & 0xf_ffff | (low as u32) << 20,
                        None => item.word,
                    },
                };
                // Two blocks that have grown into each other are no program.
                if text.insert(at, word).is_some() {
                    return None;
                }
            }
        }
        Some(text)
    }

    /// Where it begins.
    #[must_use]
    pub fn entry(&self) -> u32 {
        for block in &self.blocks {
            let places = block.items.iter().map(|item| item.id).chain([block.end]);
            for (id, address) in places.zip((block.base..).step_by(4)) {
                if id == self.entry {
                    return address;
                }
            }
        }
        unreachable!("the entry is redirected when its word goes")
    }

    /// As an executable; `None` where [`Self::text`] is.
    #[must_use]
    pub fn elf(&self) -> Option<Vec<u8>> {
        let text = self.text()?;
        let (&first, _) = text.first_key_value()?;
        let (&last, _) = text.last_key_value()?;
        let start = first & !(PAGE_BYTES - 1);
        // The entry may be the place behind the last word.
        let length = (last.max(self.entry()) + 4 - start).next_multiple_of(PAGE_BYTES);
        let mut bytes = vec![0; length as usize];
        for (address, word) in text {
            let at = (address - start) as usize;
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        let mut segments = vec![LoadSegment {
            address: start,
            memory_bytes: length,
            bytes,
            access: Access::ReadExecute,
        }];
        let text_pages = start / PAGE_BYTES..(start + length) / PAGE_BYTES;
        for (&page, words) in &self.data {
            if !text_pages.contains(&page) {
                segments.push(LoadSegment {
                    address: page * PAGE_BYTES,
                    bytes: words.iter().flat_map(|word| word.to_le_bytes()).collect(),
                    memory_bytes: 4 * PAGE_WORDS,
                    access: Access::ReadWrite,
                });
            }
        }
        segments.sort_by_key(|segment| segment.address);
        let file = ElfFile {
            entry: self.entry(),
            segments,
            symbols: vec![("shrunk".to_owned(), self.entry())],
        };
        Some(file.to_bytes())
    }
}

fn branch_offset(word: u32) -> i32 {
    let high = ((word as i32) >> 31) << 12;
    high | (word << 4 & 0x800 | word >> 20 & 0x7e0 | word >> 7 & 0x1e) as i32
}

fn jal_offset(word: u32) -> i32 {
    let high = ((word as i32) >> 31) << 20;
    high | (word & 0xff000 | word >> 9 & 0x800 | word >> 20 & 0x7fe) as i32
}

fn with_branch_offset(word: u32, offset: i32) -> Option<u32> {
    let imm = (-4096..4096).contains(&offset).then_some(offset as u32)?;
    Some(
        word & 0x01ff_f07f
            | (imm >> 12 & 1) << 31
            | (imm >> 5 & 0x3f) << 25
            | (imm >> 1 & 0xf) << 8
            | (imm >> 11 & 1) << 7,
    )
}

fn with_jal_offset(word: u32, offset: i32) -> Option<u32> {
    let imm = (-(1 << 20)..1 << 20)
        .contains(&offset)
        .then_some(offset as u32)?;
    Some(
        word & 0xfff
            | (imm >> 20 & 1) << 31
            | (imm >> 1 & 0x3ff) << 21
            | (imm >> 11 & 1) << 20
            | (imm >> 12 & 0xff) << 12,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asm::Assembler;
    use crate::encode::{BranchOp, NOP, Reg, branch, jal, jalr};

    fn words(write: impl FnOnce(&mut Assembler)) -> BTreeMap<u32, u32> {
        let mut asm = Assembler::new(0x1000);
        write(&mut asm);
        let code = asm.finish().unwrap();
        (0x1000..).step_by(4).zip(code.words).collect()
    }

    #[test]
    fn untouched_subject_is_the_program_it_was_made_from() {
        let text = words(|asm| {
            let (top, out) = (asm.here(), asm.label());
            asm.branch(BranchOp::Bltu, Reg::RA, Reg::SP, out);
            asm.emit(jal(Reg::ZERO, -(1 << 20)));
            asm.pc_relative(Reg::RA, out, 0, jalr(Reg::RA, Reg::RA, 0));
            asm.jal(Reg::ZERO, top);
            asm.bind(out);
            asm.emit(branch(BranchOp::Bge, Reg::SP, Reg::RA, 4094));
        });
        let subject = Subject::new(&text, 0x1000);
        assert_eq!(subject.text().unwrap(), text);
        assert_eq!((subject.len(), subject.entry()), (6, 0x1000));
    }

    #[test]
    fn jumps_over_words_that_go_still_arrive() {
        let text = words(|asm| {
            let out = asm.label();
            asm.branch(BranchOp::Beq, Reg::RA, Reg::SP, out);
            asm.emit(NOP);
            asm.pc_relative(Reg::RA, out, 0, jalr(Reg::RA, Reg::RA, 0));
            asm.emit(NOP);
            asm.bind(out);
            asm.emit(NOP);
            asm.emit(jal(Reg::ZERO, -24));
        });
        let shorter = Subject::new(&text, 0x1000).without(1, 1, false).unwrap();
        let expected = words(|asm| {
            let (start, out) = (asm.here(), asm.label());
            asm.branch(BranchOp::Beq, Reg::RA, Reg::SP, out);
            asm.pc_relative(Reg::RA, out, 0, jalr(Reg::RA, Reg::RA, 0));
            asm.emit(NOP);
            asm.bind(out);
            asm.emit(NOP);
            asm.jal(Reg::ZERO, start);
        });
        assert_eq!(shorter.text().unwrap(), expected);
        // The target goes: the branch takes what comes next, here the place behind all.
        let shortest = shorter.without(3, 3, false).unwrap();
        let last = shortest.text().unwrap();
        assert_eq!(last[&0x1000], branch(BranchOp::Beq, Reg::RA, Reg::SP, 12));
        // Closed from the front, what comes behind stays.
        let moved = shorter.without(0, 3, true).unwrap();
        assert_eq!(moved.entry(), 0x100c);
        assert_eq!(moved.text().unwrap()[&0x1010], expected[&0x1010]);
    }

    #[test]
    fn large_holes_stay_and_small_ones_close() {
        let text = BTreeMap::from([
            (0x1000, NOP),
            (0x1010, NOP),
            (0x9000, jal(Reg::ZERO, -0x7ff0)),
        ]);
        let subject = Subject::new(&text, 0x1000);
        let expected = BTreeMap::from([
            (0x1000, NOP),
            (0x1004, NOP),
            (0x9000, jal(Reg::ZERO, -0x7ffc)),
        ]);
        assert_eq!(subject.text().unwrap(), expected);
        assert!(subject.has_holes());
    }

    #[test]
    fn a_program_in_place_keeps_every_hole() {
        let text = BTreeMap::from([
            (0x1000, NOP),
            (0x1004, jal(Reg::ZERO, 8)),
            (0x100c, NOP),
            (0x1010, jal(Reg::ZERO, -16)),
        ]);
        let subject = Subject::in_place(&text, 0x1000);
        assert_eq!(subject.text().unwrap(), text);
        // Only what is behind in the same run moves.
        let shorter = subject.without(0, 1, false).unwrap();
        let expected = BTreeMap::from([
            (0x1000, jal(Reg::ZERO, 12)),
            (0x100c, NOP),
            (0x1010, jal(Reg::ZERO, -16)),
        ]);
        assert_eq!(shorter.text().unwrap(), expected);
    }

    #[test]
    fn a_jump_out_of_reach_makes_no_program() {
        let mut text: BTreeMap<u32, u32> =
            (0x1000..0x1800).step_by(4).map(|at| (at, NOP)).collect();
        text.insert(0x1000, branch(BranchOp::Beq, Reg::RA, Reg::RA, 0x7fc));
        let subject = Subject::new(&text, 0x1000);
        let long = (1..700).try_fold(subject, |subject, _| subject.replaced(1, &[NOP, NOP]));
        assert_eq!(long.unwrap().text(), None);
    }
}
