//! A memory port of the card between the model's words and the bus model.

use crate::memory::CardMemory;
use assay_sim::{Burst, Port, ProtocolError, Request, Rng, Storage, Timing, WriteBeat};

/// A port to card memory, whatever its width.
pub(crate) trait CardPort: Send {
    fn reset(&mut self);
    fn is_idle(&self) -> bool;
    fn drive(&self, words: &mut [u32]);
    fn clock(&mut self, words: &[u32], memory: &mut CardMemory) -> Result<(), ProtocolError>;
}

/// A port with so many words a beat.
pub(crate) fn card_port(
    words: usize,
    name: &'static str,
    timing: Timing,
    rng: Rng,
    drive: &mut usize,
    sample: &mut usize,
) -> Box<dyn CardPort> {
    match words {
        2 => Box::new(Wired::<8>::new(name, timing, rng, drive, sample)),
        4 => Box::new(Wired::<16>::new(name, timing, rng, drive, sample)),
        8 => Box::new(Wired::<32>::new(name, timing, rng, drive, sample)),
        _ => Box::new(Wired::<64>::new(name, timing, rng, drive, sample)),
    }
}

/// Words of a port in front of its beat: in, and out.
const IN: usize = 1;
const OUT: usize = 7;

/// A port with beats of `N` bytes, and where its words lie.
pub(crate) struct Wired<const N: usize> {
    port: Port<N>,
    name: &'static str,
    timing: Timing,
    rng: Rng,
    drive: usize,
    sample: usize,
}

impl<const N: usize> CardPort for Wired<N> {
    fn reset(&mut self) {
        Self::reset(self);
    }

    fn is_idle(&self) -> bool {
        Self::is_idle(self)
    }

    fn drive(&self, words: &mut [u32]) {
        Self::drive(self, words);
    }

    fn clock(&mut self, words: &[u32], memory: &mut CardMemory) -> Result<(), ProtocolError> {
        Self::clock(self, words, memory)
    }
}

impl<const N: usize> Wired<N> {
    /// The port whose words begin at the two places, which move behind them.
    pub(crate) fn new(
        name: &'static str,
        timing: Timing,
        rng: Rng,
        drive: &mut usize,
        sample: &mut usize,
    ) -> Self {
        let it = Self {
            port: Port::new(name, timing, rng.clone()),
            name,
            timing,
            rng,
            drive: *drive,
            sample: *sample,
        };
        *drive += IN + N / 4;
        *sample += OUT + N / 4;
        it
    }

    /// What is owed is forgotten: the memory is reset with the card.
    pub(crate) fn reset(&mut self) {
        let seed = self.rng.draw();
        self.port = Port::new(self.name, self.timing, Rng::new(seed, 0));
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.port.is_idle()
    }

    /// Puts what the memory says into the model's words.
    pub(crate) fn drive(&self, words: &mut [u32]) {
        let answer = self.port.answer();
        let error = |is: bool| if is { 0b10 } else { 0 };
        let mut flags = u32::from(answer.awready)
            | u32::from(answer.wready) << 1
            | u32::from(answer.bvalid) << 2
            | u32::from(answer.arready) << 3
            | error(answer.berror) << 6
            | error(answer.rerror) << 8;
        if let Some((data, last)) = &answer.r {
            flags |= 1 << 4 | u32::from(*last) << 5;
            let beat = &mut words[self.drive + IN..][..N / 4];
            for (word, bytes) in beat.iter_mut().zip(data.as_chunks::<4>().0) {
                *word = u32::from_le_bytes(*bytes);
            }
        }
        words[self.drive] = flags;
    }

    /// The clock edge, after which the model said `words`.
    pub(crate) fn clock(
        &mut self,
        words: &[u32],
        storage: &mut impl Storage,
    ) -> Result<(), ProtocolError> {
        let words = &words[self.sample..];
        let flags = words[0];
        let bit = |index: u32| flags >> index & 1 == 1;
        // Nobody asks, nothing is owed. Bits 3 and 5 are ready.
        if flags & 0b010_111 == 0 && self.port.is_at_rest() {
            self.port.rest();
            return Ok(());
        }
        let long = |at: usize| u64::from(words[at]) | u64::from(words[at + 1]) << 32;
        let burst = |address: usize, len: u32, size: u32, kind: u32| Burst {
            address: long(address),
            len: (flags >> len) as u8,
            size: (flags >> size) as u8 & 7,
            kind: (flags >> kind) as u8 & 1,
        };
        let request = Request {
            aw: bit(0).then(|| burst(1, 8, 24, 30)),
            w: bit(1).then(|| {
                let mut data = [0; N];
                let chunks = data.as_chunks_mut::<4>().0;
                for (bytes, word) in chunks.iter_mut().zip(&words[OUT..]) {
                    *bytes = word.to_le_bytes();
                }
                WriteBeat {
                    data,
                    strobe: long(5),
                    last: bit(2),
                }
            }),
            bready: bit(3),
            ar: bit(4).then(|| burst(3, 16, 27, 31)),
            rready: bit(5),
        };
        self.port.clock(&request, storage)
    }
}
