//! Sorts the lines of a text by their bytes.
//!
//! Input: one frame, lines that end in a line feed (the last may lack it). Journal: a frame, the lines in order, each with its line feed.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use assay_guest::{commit_frame, read_frame};

assay_guest::entry!(main);

fn main() {
    let text = read_frame();
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines.sort_unstable();
    let mut sorted = Vec::with_capacity(text.len() + 1);
    for line in lines {
        sorted.extend_from_slice(line);
        sorted.push(b'\n');
    }
    commit_frame(&sorted);
}
