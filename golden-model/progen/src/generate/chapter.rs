//! Puts a program together: registers, chapters of blocks, the end, the file.

use super::layout::{PAGE, Region};
use super::state::{Base, Generator};
use super::{Program, RegSet};
use crate::elf::{Access, ElfFile, LoadSegment};
use crate::encode::{self, BranchOp, ImmOp, LoadOp, Reg, StoreOp};

/// Chapters at most: each takes a private word.
const MAX_CHAPTERS: u32 = 400;
/// Bytes of text to leave for the end of a program.
const RESERVE: u32 = 256 << 10;

impl Generator<'_> {
    pub(super) fn program(mut self) -> Program {
        self.asm.symbol("_start");
        for reg in Reg::all().skip(1) {
            let value = self.rng_word();
            self.with_asm(|asm| asm.li(reg, value));
        }
        let mut chapters = 0;
        while self.budget() > 0
            && chapters < MAX_CHAPTERS
            && self.asm.pc() + RESERVE < self.layout.text_limit()
        {
            self.chapter(chapters);
            chapters += 1;
        }
        self.asm.symbol("ending");
        self.sweep();
        self.checksum();
        let ending = self.ending();
        self.write_far();

        let Generator {
            seed,
            mut rng,
            asm,
            layout,
            bound,
            reads,
            ..
        } = self;
        let code = asm
            .finish()
            .expect("labels of generated code are bound and near");
        let end = ending.resolve(&code);
        let mut random_bytes = |bytes: u32| {
            let mut content = vec![0; bytes as usize];
            rand::Rng::fill_bytes(&mut rng, &mut content);
            content
        };
        let text = LoadSegment {
            address: layout.text,
            memory_bytes: code.bytes().len() as u32,
            bytes: code.bytes(),
            access: Access::ReadExecute,
        };
        // The second half of the data, and all that lies outside, starts as zeros.
        let main_bytes = layout.main.end - layout.main.start;
        let data = LoadSegment {
            address: layout.main.start,
            bytes: random_bytes(main_bytes / 2 - 5),
            memory_bytes: main_bytes,
            access: Access::ReadWrite,
        };
        let file = ElfFile {
            entry: layout.text,
            segments: vec![text, data],
            symbols: code.symbols,
        };
        let words = u32::try_from(reads).expect("reads are bounded by instructions");
        let input = random_bytes(4 * words)
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        Program {
            seed,
            elf: file.to_bytes(),
            input,
            max_instructions: bound,
            end,
        }
    }

    /// A counted loop over a few blocks, its counter in memory.
    fn chapter(&mut self, number: u32) {
        self.asm.symbol(format!("chapter_{number}"));
        let affordable = (self.budget() / (8 * 600)).clamp(1, 64) as u32;
        let times = 1 + self.below(affordable);
        let counter = self.private(1);
        let (t, u) = self.free_pair(RegSet::default());
        self.with_asm(|asm| {
            asm.li(t, times);
            asm.li(u, counter);
            asm.emit(encode::store(StoreOp::Sw, t, u, 0));
        });
        let top = self.asm.here();
        self.repeated(u64::from(times), |g| {
            for block in 0..=g.below(3) {
                g.asm.symbol(format!("chapter_{number}_block_{block}"));
                g.block();
            }
            let (t, u) = g.free_pair(RegSet::default());
            let out = g.asm.label();
            g.with_asm(|asm| {
                asm.li(u, counter);
                asm.emit(encode::load(LoadOp::Lw, t, u, 0));
                asm.emit(encode::imm_op(ImmOp::Addi, t, t, -1));
                asm.emit(encode::store(StoreOp::Sw, t, u, 0));
                asm.branch(BranchOp::Beq, t, Reg::ZERO, out);
                asm.jal(Reg::ZERO, top);
                asm.bind(out);
            });
        });
    }

    /// Units between which the bases hold.
    fn block(&mut self) {
        self.bases.clear();
        let mut keep = RegSet::default();
        for _ in 0..2 + self.below(3) {
            let reg = self.free_except(keep);
            let base = self.new_base(reg);
            self.with_asm(|asm| asm.li(reg, base.address));
            self.bases.push(base);
            keep = keep.with(reg);
        }
        self.keeping_all(keep, |g| {
            let units = 8 + g.below(24);
            g.body(units, 0);
            if g.one_in(2) {
                g.checksum();
            }
            if !g.functions.is_empty() {
                g.write_functions();
            }
        });
    }

    fn new_base(&mut self, reg: Reg) -> Base {
        let region = match self.below(8) {
            0 => self.layout.high,
            1 => self.layout.low.unwrap_or(self.layout.main),
            _ => self.layout.main,
        };
        let address = match self.below(5) {
            0 => self.anywhere(region),
            1 => region.end - 4 - self.below(64),
            2 => region.start + self.below(64),
            // Close to the border of two pages.
            _ => (self.anywhere(region) & !(PAGE - 1))
                .wrapping_add_signed(self.between(-16, 16))
                .clamp(region.start, region.end - 4),
        };
        // Mostly whole words, as compilers have them.
        let address = if self.one_in(4) {
            address
        } else {
            address & !3
        };
        Base {
            reg,
            address,
            region,
        }
    }

    fn anywhere(&mut self, region: Region) -> u32 {
        region.start + self.below(region.end - region.start)
    }
}
