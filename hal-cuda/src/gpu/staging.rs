//! Buffers between the host's matrices and the GPU: filled by us while the GPU copies others.

use std::collections::VecDeque;
use std::sync::Arc;

use super::driver::{Context, Memory, Pinned, Refusal};

/// Words of a buffer: 8 MiB, so that what a copy costs besides its bytes is below a hundredth.
const WORDS: usize = 2 << 20;
/// Buffers: one that is copied, one that is filled, one to spare.
const BUFFERS: usize = 3;

/// A few page-locked buffers, used in turn.
pub struct Staging {
    buffers: Vec<Pinned>,
    next: usize,
}

impl Staging {
    /// Takes the buffers.
    pub fn new(context: &Arc<Context>) -> Result<Self, Refusal> {
        let buffers = (0..BUFFERS).map(|_| context.pin(WORDS));
        Ok(Self {
            buffers: buffers.collect::<Result<_, _>>()?,
            next: 0,
        })
    }

    fn turn(&mut self) -> usize {
        let turn = self.next;
        self.next = (turn + 1) % self.buffers.len();
        turn
    }

    /// Words to the GPU. The last of them may still be on their way, in the stream's order.
    pub fn write(&mut self, to: &Memory, offset: usize, words: &[u32]) -> Result<(), Refusal> {
        for (i, part) in words.chunks(WORDS).enumerate() {
            let turn = self.turn();
            self.buffers[turn].send(part, to, offset + i * WORDS)?;
        }
        Ok(())
    }

    /// Words from the GPU, after all that was asked for before.
    pub fn read(&mut self, from: &Memory, offset: usize, words: &mut [u32]) -> Result<(), Refusal> {
        let mut under_way: VecDeque<(usize, &mut [u32])> = VecDeque::new();
        let mut at = offset;
        for part in words.chunks_mut(WORDS) {
            if under_way.len() == self.buffers.len() {
                self.take(under_way.pop_front())?;
            }
            let turn = self.turn();
            self.buffers[turn].fetch(from, at, part.len())?;
            at += part.len();
            under_way.push_back((turn, part));
        }
        while !under_way.is_empty() {
            self.take(under_way.pop_front())?;
        }
        Ok(())
    }

    fn take(&mut self, fetched: Option<(usize, &mut [u32])>) -> Result<(), Refusal> {
        match fetched {
            Some((turn, part)) => self.buffers[turn].take(part),
            None => Ok(()),
        }
    }
}
