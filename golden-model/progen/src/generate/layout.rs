//! Where a program's text and data lie.

use assay_abi::machine;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

pub(super) const PAGE: u32 = machine::PAGE_BYTES;
const MEMORY_END: u32 = machine::MEM_BYTES;
/// Distance from text to data: the most text there can be.
const TEXT_SPAN: u32 = 1 << 20;
const HIGH_PAGES: u32 = 8;
const PRIVATE_PAGES: u32 = 4;

/// A range of memory that units may load from and store to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub start: u32,
    /// First address behind it.
    pub end: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub text: u32,
    pub main: Region,
    /// At the very end of memory.
    pub high: Region,
    /// At the very start of memory, reached from `x0`; absent if the text starts there.
    pub low: Option<Region>,
    /// Loop counters and stacks: units store nothing else there.
    pub private: Region,
    /// How far away the code lies that a small branch predictor confuses with what is near, if there is any.
    pub far_distance: Option<u32>,
}

impl Layout {
    pub fn new(rng: &mut Xoshiro256PlusPlus, data_pages: u32) -> Layout {
        let text_page = match rng.random_range(0..4_u32) {
            0 => 0,
            1 | 2 => 4,
            _ => rng.random_range(4..1 << 16),
        };
        let text = text_page * PAGE;
        let main_start = text + TEXT_SPAN + rng.random_range(0..4096) * PAGE;
        let main = Region {
            start: main_start,
            end: main_start + data_pages * PAGE,
        };
        let private_start = main.end + rng.random_range(0..64) * PAGE;
        let private = Region {
            start: private_start,
            end: private_start + PRIVATE_PAGES * PAGE,
        };
        let high = Region {
            start: MEMORY_END - HIGH_PAGES * PAGE,
            end: MEMORY_END,
        };
        let low = (text_page >= 4).then_some(Region {
            start: 0,
            end: 4 * PAGE,
        });
        let far_distance = match rng.random_range(0..16_u32) {
            0..3 => Some(1 << 18),
            3 => Some(1 << 19),
            _ => None,
        };
        Layout {
            text,
            main,
            high,
            low,
            private,
            far_distance,
        }
    }

    /// Address behind the last that text may take.
    pub fn text_limit(&self) -> u32 {
        self.text + TEXT_SPAN
    }
}
