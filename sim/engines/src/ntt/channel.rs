//! When a port of the card's memory answers: a path, a buffer, and dynamic memory behind them. No data.

use std::collections::VecDeque;

use super::hbm::Hbm;
use crate::rng::Rng;

/// How a port behaves, in cycles of the engine's clock.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// There and back again, beside what the memory itself takes.
    pub latency: u64,
    /// Up to so much more, at random for each burst.
    pub jitter: u32,
    /// Beats that the port has room for: asked for and not taken, or taken and not written.
    pub buffer: usize,
    /// Cycles of a hundred in which nothing moves, at random.
    pub pauses: u32,
    /// The memory behind the port; without it a beat takes no time.
    pub hbm: bool,
}

impl Timing {
    /// Answers at once and takes everything.
    pub const READY: Self = Self {
        latency: 1,
        jitter: 0,
        buffer: 64,
        pauses: 0,
        hbm: false,
    };

    /// Two pseudo-channels of HBM2 for reads and two for writes: [`Hbm`], a path of 45 cycles (150 ns at 300 MHz: with the memory's own 29 ns what benchmarks of
    /// such cards report, and a margin) and 128 beats of buffer.
    pub const HBM: Self = Self {
        latency: 45,
        jitter: 0,
        buffer: 128,
        pauses: 0,
        hbm: true,
    };
}

/// A beat on its way.
#[derive(Clone, Copy, Debug)]
struct Beat {
    addr: u64,
    /// Of a read: when it can go.
    ready_at: u64,
    last: bool,
}

/// What every port has.
struct Port {
    timing: Timing,
    rng: Rng,
    hbm: Option<Hbm>,
    now: u64,
    paused: bool,
}

impl Port {
    fn new(timing: Timing, seed: u64) -> Self {
        Self {
            timing,
            rng: Rng::new(seed, 0),
            hbm: timing.hbm.then(Hbm::default),
            now: 0,
            paused: false,
        }
    }

    fn jitter(&mut self) -> u64 {
        match self.timing.jitter {
            0 => 0,
            most => u64::from(self.rng.between(0, most)),
        }
    }

    /// When the memory has read or written a beat that is asked for now.
    fn done_at(&mut self, addr: u64, at: u64) -> u64 {
        match &mut self.hbm {
            Some(hbm) => hbm.access(addr, at),
            None => at,
        }
    }

    fn tick(&mut self) {
        self.now += 1;
        self.paused = self.timing.pauses > 0 && self.rng.between(0, 99) < self.timing.pauses;
    }
}

/// A port for reads: bursts come back in order.
pub struct Reads {
    port: Port,
    beats: VecDeque<Beat>,
    /// The first beat was offered and not taken: it stays.
    offered: bool,
}

impl Reads {
    /// An idle port.
    #[must_use]
    pub fn new(timing: Timing, seed: u64) -> Self {
        Self {
            port: Port::new(timing, seed),
            beats: VecDeque::new(),
            offered: false,
        }
    }

    /// Whether a request is taken in this cycle.
    #[must_use]
    pub fn accepts(&self) -> bool {
        self.beats.len() < self.port.timing.buffer && !self.port.paused
    }

    /// A request that was taken.
    pub fn request(&mut self, addr: u64, beats: u64) {
        let sent = self.port.now + self.port.timing.latency + self.port.jitter();
        for at in 0..beats {
            let done = self.port.done_at(addr + at, sent);
            let before = self.beats.back().map_or(0, |beat| beat.ready_at);
            self.beats.push_back(Beat {
                addr: addr + at,
                ready_at: done.max(before),
                last: at + 1 == beats,
            });
        }
    }

    /// The place of the beat that is offered in this cycle.
    #[must_use]
    pub fn beat(&self) -> Option<u64> {
        let beat = self.beats.front()?;
        let comes = beat.ready_at <= self.port.now && !self.port.paused;
        (self.offered || comes).then_some(beat.addr)
    }

    /// The next cycle; the beat was taken or was not.
    pub fn tick(&mut self, taken: bool) {
        self.offered = !taken && self.beat().is_some();
        if taken {
            self.beats.pop_front();
        }
        self.port.tick();
    }
}

/// A port for writes: bursts are taken and answered in order.
pub struct Writes {
    port: Port,
    /// Beats that were announced.
    announced: VecDeque<Beat>,
    /// When beats that were taken are written.
    taken: VecDeque<u64>,
    /// When bursts are answered.
    answers: VecDeque<u64>,
}

/// Bursts that are announced before their beats.
const ANNOUNCED: usize = 1024;

impl Writes {
    /// An idle port.
    #[must_use]
    pub fn new(timing: Timing, seed: u64) -> Self {
        Self {
            port: Port::new(timing, seed),
            announced: VecDeque::new(),
            taken: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    /// Whether a request is taken in this cycle.
    #[must_use]
    pub fn accepts(&self) -> bool {
        self.announced.len() < ANNOUNCED && !self.port.paused
    }

    /// A request that was taken.
    pub fn request(&mut self, addr: u64, beats: u64) {
        self.announced.extend((0..beats).map(|at| Beat {
            addr: addr + at,
            ready_at: 0,
            last: at + 1 == beats,
        }));
    }

    /// The place of the beat that is taken in this cycle if it comes.
    #[must_use]
    pub fn beat(&self) -> Option<u64> {
        let room = self.taken.len() < self.port.timing.buffer && !self.port.paused;
        self.announced
            .front()
            .filter(|_| room)
            .map(|beat| beat.addr)
    }

    /// Whether a burst is answered in this cycle.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.answers.front().is_some_and(|at| *at <= self.port.now)
    }

    /// The next cycle; the beat was taken or was not.
    pub fn tick(&mut self, taken: bool) {
        if self.answers() {
            self.answers.pop_front();
        }
        if taken && let Some(beat) = self.announced.pop_front() {
            let done = self.port.done_at(beat.addr, self.port.now + 1);
            self.taken.push_back(done);
            if beat.last {
                let before = self.answers.back().copied().unwrap_or(0);
                let at = done + self.port.timing.latency + self.port.jitter();
                self.answers.push_back(at.max(before));
            }
        }
        self.port.tick();
        while self.taken.front().is_some_and(|at| *at <= self.port.now) {
            self.taken.pop_front();
        }
    }
}
