//! The heap: it only grows, except that the newest block can be given back or resized.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{addr_of, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

unsafe extern "C" {
    static __heap_start: u8;
    static __heap_end: u8;
}

struct Heap {
    /// First free address; 0 before the first use.
    next: AtomicUsize,
}

#[global_allocator]
static HEAP: Heap = Heap {
    next: AtomicUsize::new(0),
};

impl Heap {
    fn next(&self) -> usize {
        match self.next.load(Relaxed) {
            0 => addr_of!(__heap_start) as usize,
            next => next,
        }
    }

    /// Takes `start .. start + size`, if the heap reaches that far.
    fn take(&self, start: usize, size: usize) -> bool {
        let end = start
            .checked_add(size)
            .filter(|&end| end <= addr_of!(__heap_end) as usize);
        if let Some(end) = end {
            self.next.store(end, Relaxed);
        }
        end.is_some()
    }
}

// SAFETY: blocks handed out lie between the heap's bounds, are aligned and disjoint: `next` is behind all of them. The machine has one thread.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next().next_multiple_of(layout.align());
        if self.take(start, layout.size()) {
            start as *mut u8
        } else {
            null_mut()
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.next() {
            self.next.store(block as usize, Relaxed);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if block as usize + layout.size() == self.next() {
            return if self.take(block as usize, new_size) {
                block
            } else {
                null_mut()
            };
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: the caller's layout is valid, and the new size is not 0 by the contract of `realloc`.
        let fresh =
            unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !fresh.is_null() {
            // SAFETY: both blocks are at least as long as the old one, and the fresh one is disjoint from it.
            unsafe { fresh.copy_from_nonoverlapping(block, layout.size()) };
        }
        fresh
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same contract.
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            // Blocks are given back and used again, so memory need not be zero any more.
            // SAFETY: the block is this long.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }
}
