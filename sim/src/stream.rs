//! The far ends of the RTL's streams: a source that starves, a sink that pushes back, both watching the handshake.

use crate::axi::ProtocolError;
use crate::rng::Rng;
use crate::timing::{Staller, Stalls};

/// Takes a stream's beats, with pauses.
pub struct Sink<T> {
    name: &'static str,
    staller: Staller,
    rng: Rng,
    ready: bool,
    /// A beat that was offered and not taken: it must stay.
    waiting: Option<T>,
    stalled_cycles: u64,
}

impl<T: Copy + PartialEq> Sink<T> {
    /// A sink that pauses as `stalls` says.
    #[must_use]
    pub fn new(name: &'static str, stalls: Stalls, rng: Rng) -> Self {
        Self {
            name,
            staller: Staller::new(stalls),
            rng,
            ready: false,
            waiting: None,
            stalled_cycles: 0,
        }
    }

    /// What it drives in the coming cycle.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.ready
    }

    /// Cycles in which a beat had to wait.
    #[must_use]
    pub fn stalled_cycles(&self) -> u64 {
        self.stalled_cycles
    }

    /// The clock edge: returns the beat if one was taken.
    ///
    /// # Errors
    /// [`ProtocolError`] if a waiting beat changed or went away.
    pub fn clock(&mut self, offered: Option<&T>) -> Result<Option<T>, ProtocolError> {
        if let Some(waiting) = self.waiting {
            match offered {
                Some(now) if *now == waiting => {}
                Some(_) => {
                    return Err(ProtocolError::new(
                        self.name,
                        "data changed while valid waited for ready",
                    ));
                }
                None => {
                    return Err(ProtocolError::new(
                        self.name,
                        "valid was withdrawn before ready",
                    ));
                }
            }
        }
        let taken = if self.ready { offered.copied() } else { None };
        self.waiting = if self.ready { None } else { offered.copied() };
        self.stalled_cycles += u64::from(self.waiting.is_some());
        self.ready = !self.staller.stalled(&mut self.rng);
        Ok(taken)
    }
}

/// Offers words, with pauses.
pub struct Source {
    words: Vec<u32>,
    next: usize,
    staller: Staller,
    rng: Rng,
    valid: bool,
}

impl Source {
    /// A source of `words` that pauses as `stalls` says.
    #[must_use]
    pub fn new(words: Vec<u32>, stalls: Stalls, rng: Rng) -> Self {
        Self {
            words,
            next: 0,
            staller: Staller::new(stalls),
            rng,
            valid: false,
        }
    }

    /// What it drives in the coming cycle.
    #[must_use]
    pub fn offered(&self) -> Option<u32> {
        if self.valid {
            self.words.get(self.next).copied()
        } else {
            None
        }
    }

    /// Words taken so far.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.next
    }

    /// The clock edge.
    pub fn clock(&mut self, ready: bool) {
        if self.valid && ready {
            self.next += 1;
            self.valid = false;
        }
        // An offer stays until it is taken; a pause only delays the next one.
        if !self.valid {
            self.valid = self.next < self.words.len() && !self.staller.stalled(&mut self.rng);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Sink, Source};
    use crate::rng::Rng;
    use crate::timing::Stalls;

    const OFTEN: Stalls = Stalls {
        per_65536: 30_000,
        longest: 4,
    };

    #[test]
    fn source_and_sink_pass_every_word_in_order() {
        let words: Vec<u32> = (0..500).collect();
        let mut source = Source::new(words.clone(), OFTEN, Rng::new(1, 0));
        let mut sink = Sink::new("words", OFTEN, Rng::new(1, 1));
        let mut got = Vec::new();
        for _ in 0..10_000 {
            let (offered, ready) = (source.offered(), sink.ready());
            got.extend(sink.clock(offered.as_ref()).unwrap());
            source.clock(ready);
        }
        assert_eq!(got, words);
        assert_eq!(source.taken(), 500);
        assert!(sink.stalled_cycles() > 100);
    }

    #[test]
    fn sink_rejects_a_waiting_beat_that_changes_or_goes() {
        let mut sink = Sink::new("words", Stalls::NONE, Rng::new(1, 0));
        assert_eq!(sink.clock(Some(&7)).unwrap(), None); // not ready before the first edge
        assert!(
            sink.clock(Some(&8))
                .unwrap_err()
                .to_string()
                .contains("data changed")
        );
        let mut sink = Sink::new("words", Stalls::NONE, Rng::new(1, 0));
        assert_eq!(sink.clock(Some(&7)).unwrap(), None);
        assert!(
            sink.clock(None)
                .unwrap_err()
                .to_string()
                .contains("withdrawn")
        );
    }
}
