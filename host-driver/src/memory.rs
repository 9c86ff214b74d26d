//! Card memory, handed out.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use assay_abi::card::ALIGNMENT;

use crate::ranges::Ranges;

/// No card memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "card memory is exhausted: {asked} bytes asked for, {free} free, {largest} of them in one piece"
)]
pub struct OutOfMemory {
    /// Bytes asked for.
    pub asked: u64,
    /// Bytes free.
    pub free: u64,
    /// Bytes of the largest free piece.
    pub largest: u64,
}

/// Who has which part of card memory. First fit, by address; pieces are multiples of the contract's alignment.
#[derive(Clone)]
pub(crate) struct CardMemory {
    free: Arc<Mutex<Ranges>>,
}

/// A part of card memory; free again when the last holder drops it.
#[derive(Clone)]
pub struct CardBuffer(Arc<Piece>);

struct Piece {
    memory: CardMemory,
    address: u64,
    /// As asked for.
    bytes: u64,
    /// As taken.
    taken: u64,
    /// Of the card's life: memory of an earlier one holds nothing.
    generation: u64,
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.memory
            .with(|free| free.give_back(self.address, self.taken));
    }
}

impl fmt::Debug for CardBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {:#x}", self.bytes(), self.address())
    }
}

impl CardBuffer {
    /// Its first byte's address.
    #[must_use]
    pub fn address(&self) -> u64 {
        self.0.address
    }

    /// Its length.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes
    }

    pub(crate) fn generation(&self) -> u64 {
        self.0.generation
    }
}

impl CardMemory {
    /// All of a card's memory.
    pub(crate) fn new(bytes: u64) -> Self {
        let whole = bytes / ALIGNMENT * ALIGNMENT;
        Self {
            free: Arc::new(Mutex::new(Ranges::new(0, whole))),
        }
    }

    fn with<R>(&self, f: impl FnOnce(&mut Ranges) -> R) -> R {
        f(&mut self.free.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn allocate(&self, bytes: u64, generation: u64) -> Result<CardBuffer, OutOfMemory> {
        let taken = bytes
            .max(1)
            .checked_next_multiple_of(ALIGNMENT)
            .unwrap_or(u64::MAX);
        let address = self.with(|free| {
            free.take(taken).ok_or(OutOfMemory {
                asked: bytes,
                free: free.free(),
                largest: free.largest(),
            })
        })?;
        Ok(CardBuffer(Arc::new(Piece {
            memory: self.clone(),
            address,
            bytes,
            taken,
            generation,
        })))
    }

    /// Bytes that nobody has.
    pub(crate) fn free(&self) -> u64 {
        self.with(|free| free.free())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_never_overlap_and_all_comes_back(
            steps in prop::collection::vec((0_u64..5000, any::<prop::sample::Index>(), any::<bool>()), 1..200),
        ) {
            let memory = CardMemory::new(64 * 1024 + 17);
            let mut held: Vec<CardBuffer> = Vec::new();
            for (bytes, index, take) in steps {
                if take || held.is_empty() {
                    match memory.allocate(bytes, 0) {
                        Ok(buffer) => held.push(buffer),
                        Err(error) => prop_assert!(error.largest < bytes.max(1).next_multiple_of(ALIGNMENT)),
                    }
                } else {
                    held.swap_remove(index.index(held.len()));
                }
                let mut spans: Vec<_> = held.iter().map(|it| (it.address(), it.0.taken)).collect();
                spans.sort_unstable();
                for pair in spans.windows(2) {
                    prop_assert!(pair[0].0 + pair[0].1 <= pair[1].0);
                }
                prop_assert!(spans.iter().all(|&(address, size)| address.is_multiple_of(ALIGNMENT) && address + size <= 64 * 1024));
                let taken: u64 = spans.iter().map(|&(_, size)| size).sum();
                prop_assert_eq!(memory.free(), 64 * 1024 - taken);
            }
            drop(held);
            prop_assert_eq!(memory.with(|free| free.clone()), Ranges::new(0, 64 * 1024));
        }
    }
}
