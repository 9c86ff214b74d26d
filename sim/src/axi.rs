//! An AXI4 memory port: what the memory answers, when, and what the master must not do.
//!
//! Reads return what memory held when their address was accepted, and writes take effect when their response is first offered: the
//! latest and the earliest moment that AXI allows, so a master that does not wait for a response reads stale data here.

use std::collections::VecDeque;

use crate::memory::Memory;
use crate::rng::Rng;
use crate::timing::{Staller, Timing};

/// What lies behind a port.
pub trait Storage {
    /// Whether a master may ask for `length` bytes from `address`.
    fn holds(&self, address: u64, length: u64) -> bool;

    /// A beat of them; none if the answer is an error.
    fn read_beat<const N: usize>(&self, address: u64) -> Option<[u8; N]>;

    /// Writes the bytes of a beat whose bit in `strobe` is set; false if the answer is an error.
    fn write_beat<const N: usize>(&mut self, address: u64, data: &[u8; N], strobe: u64) -> bool;
}

impl Storage for Memory {
    fn holds(&self, address: u64, length: u64) -> bool {
        Self::holds(self, address, length)
    }

    fn read_beat<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        Some(self.read(address))
    }

    fn write_beat<const N: usize>(&mut self, address: u64, data: &[u8; N], strobe: u64) -> bool {
        self.write_strobed(address, data, strobe);
        true
    }
}

/// Bursts of incrementing addresses, the only kind that the RTL uses.
const BURST_INCR: u8 = 1;

/// No burst crosses a multiple of this.
const BURST_BORDER: u64 = 4096;

/// A master, or the source of a stream, broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{port}: {what}")]
pub struct ProtocolError {
    /// The port.
    pub port: &'static str,
    /// What it did.
    pub what: String,
}

impl ProtocolError {
    pub(crate) fn new(port: &'static str, what: impl Into<String>) -> Self {
        Self {
            port,
            what: what.into(),
        }
    }
}

/// An address of a burst, as AR or AW offer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// The first beat's address.
    pub address: u64,
    /// Beats less one.
    pub len: u8,
    /// Logarithm of the bytes in a beat.
    pub size: u8,
    /// The burst type.
    pub kind: u8,
}

impl Burst {
    fn beats(&self) -> usize {
        usize::from(self.len) + 1
    }
}

/// A beat of write data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteBeat<const N: usize> {
    /// The data.
    pub data: [u8; N],
    /// The bytes of it that count.
    pub strobe: u64,
    /// Whether it is its burst's last.
    pub last: bool,
}

/// What a master says in one cycle.
#[derive(Clone, Copy, Debug)]
pub struct Request<const N: usize> {
    /// The write address channel.
    pub aw: Option<Burst>,
    /// The write data channel.
    pub w: Option<WriteBeat<N>>,
    /// Ready for a write response.
    pub bready: bool,
    /// The read address channel.
    pub ar: Option<Burst>,
    /// Ready for read data.
    pub rready: bool,
}

impl<const N: usize> Request<N> {
    /// A master that does nothing.
    pub const IDLE: Self = Self {
        aw: None,
        w: None,
        bready: false,
        ar: None,
        rready: false,
    };
}

/// What the memory says in one cycle.
#[derive(Clone, Copy, Debug)]
pub struct Answer<const N: usize> {
    /// Ready for a write address.
    pub awready: bool,
    /// Ready for write data.
    pub wready: bool,
    /// A write response is offered.
    pub bvalid: bool,
    /// And it is an error.
    pub berror: bool,
    /// Ready for a read address.
    pub arready: bool,
    /// Read data, and whether it is its burst's last, is offered.
    pub r: Option<([u8; N], bool)>,
    /// And it is an error.
    pub rerror: bool,
}

/// How much a port did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// Read bursts.
    pub reads: u64,
    /// Write bursts.
    pub writes: u64,
}

struct PendingWrite<const N: usize> {
    address: u64,
    beats: Vec<WriteBeat<N>>,
    due: u64,
}

/// A memory port of beats of `N` bytes.
pub struct Port<const N: usize> {
    name: &'static str,
    timing: Timing,
    rng: Rng,
    now: u64,
    answer: Answer<N>,
    traffic: Traffic,
    /// When the data of each accepted read burst begins to come, and how many beats of it are left.
    reads: VecDeque<(u64, usize)>,
    read_data: VecDeque<Option<[u8; N]>>,
    write_bursts: VecDeque<Burst>,
    write_beats: VecDeque<WriteBeat<N>>,
    writes: VecDeque<PendingWrite<N>>,
    waiting: Waiting<N>,
    stallers: Stallers,
}

/// What a master offered and the memory did not take: it must stay as it is.
struct Waiting<const N: usize> {
    aw: Option<Burst>,
    w: Option<WriteBeat<N>>,
    ar: Option<Burst>,
}

struct Stallers {
    aw: Staller,
    w: Staller,
    b: Staller,
    ar: Staller,
    r: Staller,
}

impl<const N: usize> Port<N> {
    /// A port with nothing in flight.
    #[must_use]
    pub fn new(name: &'static str, timing: Timing, rng: Rng) -> Self {
        let staller = || Staller::new(timing.memory);
        Self {
            name,
            timing,
            rng,
            now: 0,
            answer: Answer {
                awready: false,
                wready: false,
                bvalid: false,
                berror: false,
                arready: false,
                r: None,
                rerror: false,
            },
            traffic: Traffic::default(),
            reads: VecDeque::new(),
            read_data: VecDeque::new(),
            write_bursts: VecDeque::new(),
            write_beats: VecDeque::new(),
            writes: VecDeque::new(),
            waiting: Waiting {
                aw: None,
                w: None,
                ar: None,
            },
            stallers: Stallers {
                aw: staller(),
                w: staller(),
                b: staller(),
                ar: staller(),
                r: staller(),
            },
        }
    }

    /// What the memory drives in the coming cycle.
    #[must_use]
    pub fn answer(&self) -> &Answer<N> {
        &self.answer
    }

    /// What it did so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Whether every request was accepted and answered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.waiting.aw.is_none()
            && self.waiting.ar.is_none()
            && self.reads.is_empty()
            && self.write_bursts.is_empty()
            && self.write_beats.is_empty()
            && self.writes.is_empty()
    }

    /// The clock edge that ends the cycle in which the master said `request`.
    ///
    /// # Errors
    /// [`ProtocolError`] if the master broke a rule of AXI, or asked for what the memory does not hold.
    pub fn clock(
        &mut self,
        request: &Request<N>,
        memory: &mut impl Storage,
    ) -> Result<(), ProtocolError> {
        self.now += 1;
        self.check_stable(request)?;
        self.take_answers(request);
        self.take_read(request, memory)?;
        self.take_write(request, memory)?;
        self.waiting = Waiting {
            aw: request.aw.filter(|_| !self.answer.awready),
            w: if self.answer.wready { None } else { request.w },
            ar: request.ar.filter(|_| !self.answer.arready),
        };
        self.next_answer(memory);
        Ok(())
    }

    /// Whether nothing is owed, and nothing waits.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.is_idle() && self.waiting.w.is_none()
    }

    /// The clock edge of a port at rest, if the master says nothing: only the pauses go on.
    pub fn rest(&mut self) {
        debug_assert!(self.is_at_rest());
        self.now += 1;
        self.next_ready();
    }

    fn error(&self, what: impl Into<String>) -> ProtocolError {
        ProtocolError::new(self.name, what)
    }

    fn check_stable(&self, request: &Request<N>) -> Result<(), ProtocolError> {
        if self.waiting.aw.is_some() && self.waiting.aw != request.aw {
            return Err(self.error("AW changed while it waited for awready"));
        }
        if self.waiting.w.is_some() && self.waiting.w != request.w {
            return Err(self.error("W changed while it waited for wready"));
        }
        if self.waiting.ar.is_some() && self.waiting.ar != request.ar {
            return Err(self.error("AR changed while it waited for arready"));
        }
        Ok(())
    }

    fn take_answers(&mut self, request: &Request<N>) {
        if self.answer.bvalid && request.bready {
            self.answer.bvalid = false;
            self.writes.pop_front();
        }
        if self.answer.r.is_some() && request.rready {
            self.answer.r = None;
            if let Some((_, left)) = self.reads.front_mut() {
                *left -= 1;
                if *left == 0 {
                    self.reads.pop_front();
                }
            }
        }
    }

    fn check_burst(
        &self,
        channel: &str,
        burst: &Burst,
        memory: &impl Storage,
    ) -> Result<(), ProtocolError> {
        let bytes = (burst.beats() * N) as u64;
        let refuse = |what: &str| {
            Err(self.error(format!(
                "{channel} {:#x}, {} beats: {what}",
                burst.address,
                burst.beats()
            )))
        };
        if burst.kind != BURST_INCR {
            return refuse("the burst type is not INCR");
        }
        if 1_usize.checked_shl(u32::from(burst.size)) != Some(N) {
            return refuse("the beat size is not the width of the port");
        }
        if !burst.address.is_multiple_of(N as u64) {
            return refuse("the address is not a multiple of the beat size");
        }
        if burst.address % BURST_BORDER + bytes > BURST_BORDER {
            return refuse("the burst crosses a 4 KiB border");
        }
        if !memory.holds(burst.address, bytes) {
            return refuse("the address lies outside the memory of this port");
        }
        Ok(())
    }

    fn take_read(
        &mut self,
        request: &Request<N>,
        memory: &impl Storage,
    ) -> Result<(), ProtocolError> {
        let Some(burst) = request.ar.filter(|_| self.answer.arready) else {
            return Ok(());
        };
        self.check_burst("AR", &burst, memory)?;
        for beat in 0..burst.beats() {
            self.read_data
                .push_back(memory.read_beat(burst.address + (beat * N) as u64));
        }
        let due = self.now + self.timing.draw_latency(&mut self.rng);
        self.reads.push_back((due, burst.beats()));
        self.traffic.reads += 1;
        Ok(())
    }

    fn take_write(
        &mut self,
        request: &Request<N>,
        memory: &impl Storage,
    ) -> Result<(), ProtocolError> {
        if let Some(burst) = request.aw.filter(|_| self.answer.awready) {
            self.check_burst("AW", &burst, memory)?;
            self.write_bursts.push_back(burst);
        }
        if let Some(beat) = request.w.filter(|_| self.answer.wready) {
            self.write_beats.push_back(beat);
        }
        let Some(burst) = self.write_bursts.front() else {
            return Ok(());
        };
        let beats = burst.beats();
        // The last beat that has come, seen from this burst.
        let come = self.write_beats.len().min(beats);
        if let Some(index) =
            (0..come).find(|&index| self.write_beats[index].last != (index + 1 == beats))
        {
            return Err(self.error(format!(
                "W beat {} of {beats} for AW {:#x}: wlast is {}",
                index + 1,
                burst.address,
                u8::from(self.write_beats[index].last)
            )));
        }
        if come == beats {
            let address = burst.address;
            let due = self.now + self.timing.draw_latency(&mut self.rng);
            self.writes.push_back(PendingWrite {
                address,
                beats: self.write_beats.drain(..beats).collect(),
                due,
            });
            self.write_bursts.pop_front();
            self.traffic.writes += 1;
        }
        Ok(())
    }

    /// Decides what the memory takes in the coming cycle.
    fn next_ready(&mut self) {
        let room = self.timing.outstanding as usize;
        let Self { stallers, rng, .. } = self;
        self.answer.arready = !stallers.ar.stalled(rng) && self.reads.len() < room;
        self.answer.awready =
            !stallers.aw.stalled(rng) && self.write_bursts.len() + self.writes.len() < room;
        // Data may come before its address, but not without bound.
        self.answer.wready = !stallers.w.stalled(rng) && self.write_beats.len() < 256;
    }

    /// Decides what the memory drives in the coming cycle.
    fn next_answer(&mut self, memory: &mut impl Storage) {
        self.next_ready();
        let Self { stallers, rng, .. } = self;
        if self.answer.r.is_none()
            && let Some(&(due, left)) = self.reads.front()
            && due <= self.now
            && !stallers.r.stalled(rng)
        {
            let data = self.read_data.pop_front().flatten();
            self.answer.rerror = data.is_none();
            self.answer.r = Some((data.unwrap_or([0; N]), left == 1));
        }
        if !self.answer.bvalid
            && let Some(write) = self.writes.front()
            && write.due <= self.now
            && !stallers.b.stalled(rng)
        {
            self.answer.berror = false;
            for (index, beat) in write.beats.iter().enumerate() {
                let address = write.address + (index * N) as u64;
                self.answer.berror |= !memory.write_beat(address, &beat.data, beat.strobe);
            }
            self.answer.bvalid = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Burst, Port, Request, WriteBeat};
    use crate::memory::Memory;
    use crate::rng::Rng;
    use crate::timing::Timing;

    const BASE: u64 = 0x10_0000_0000;

    fn port(timing: Timing) -> (Port<8>, Memory) {
        let mut memory = Memory::new(BASE, 1 << 16);
        for word in 0..64_u64 {
            memory.write(BASE + 8 * word, &(word * 0x0101).to_le_bytes());
        }
        (Port::new("dbus", timing, Rng::new(5, 0)), memory)
    }

    fn burst(address: u64, len: u8) -> Burst {
        Burst {
            address,
            len,
            size: 3,
            kind: 1,
        }
    }

    fn beat(value: u64, last: bool) -> WriteBeat<8> {
        WriteBeat {
            data: value.to_le_bytes(),
            strobe: 0xff,
            last,
        }
    }

    /// Reads one burst and returns its words and the cycles it took.
    fn read(port: &mut Port<8>, memory: &mut Memory, burst: Burst) -> (Vec<u64>, u32) {
        let mut words = Vec::new();
        let mut asked = false;
        for cycle in 1..10_000 {
            let request = Request {
                ar: Some(burst).filter(|_| !asked),
                rready: true,
                ..Request::IDLE
            };
            asked |= port.answer().arready;
            let offered = port.answer().r;
            port.clock(&request, memory).unwrap();
            if let Some((data, last)) = offered {
                words.push(u64::from_le_bytes(data));
                assert_eq!(last, words.len() == usize::from(burst.len) + 1);
                if last {
                    return (words, cycle);
                }
            }
        }
        panic!("no answer");
    }

    #[test]
    fn read_bursts_return_memory_in_order_after_the_latency() {
        let (mut steady, mut memory) = port(Timing::STEADY);
        let (words, cycles) = read(&mut steady, &mut memory, burst(BASE + 32, 3));
        assert_eq!(words, [4 * 0x0101, 5 * 0x0101, 6 * 0x0101, 7 * 0x0101]);
        assert!((34..=38).contains(&cycles), "{cycles}");
        for timing in [Timing::RANDOM, Timing::HARSH] {
            let (mut port, mut memory) = port(timing);
            for start in 0..8 {
                let (words, _) = read(&mut port, &mut memory, burst(BASE + 64 * start, 7));
                assert_eq!(
                    words,
                    (8 * start..8 * start + 8)
                        .map(|word| word * 0x0101)
                        .collect::<Vec<_>>()
                );
            }
            assert!(port.is_idle());
            assert_eq!(port.traffic().reads, 8);
        }
    }

    #[test]
    fn write_takes_effect_with_its_response_and_not_before() {
        let (mut port, mut memory) = port(Timing::STEADY);
        let mut request = Request {
            aw: Some(burst(BASE, 1)),
            w: Some(beat(11, false)),
            bready: true,
            ..Request::IDLE
        };
        port.clock(&Request::IDLE, &mut memory).unwrap();
        port.clock(&request, &mut memory).unwrap();
        (request.aw, request.w) = (None, Some(beat(12, true)));
        port.clock(&request, &mut memory).unwrap();
        request.w = None;
        let mut cycles = 0;
        while !port.answer().bvalid {
            assert_eq!(memory.read::<8>(BASE + 8), 0x0101_u64.to_le_bytes());
            port.clock(&request, &mut memory).unwrap();
            cycles += 1;
        }
        assert_eq!(cycles, 30);
        assert_eq!(memory.read::<8>(BASE), 11_u64.to_le_bytes());
        assert_eq!(memory.read::<8>(BASE + 8), 12_u64.to_le_bytes());
        assert!(!port.is_idle());
        port.clock(&request, &mut memory).unwrap();
        assert!(port.is_idle());
    }

    /// The error of a port that is offered `first`, and then `second`.
    fn broken(first: Request<8>, second: Request<8>) -> String {
        let (mut port, mut memory) = port(Timing {
            outstanding: 1,
            ..Timing::STEADY
        });
        port.clock(&Request::IDLE, &mut memory).unwrap();
        match port.clock(&first, &mut memory) {
            Err(error) => error.to_string(),
            Ok(()) => port.clock(&second, &mut memory).unwrap_err().to_string(),
        }
    }

    #[test]
    fn port_rejects_what_axi_forbids() {
        let ar = |burst| Request {
            ar: Some(burst),
            ..Request::IDLE
        };
        let bad = |burst| broken(ar(burst), Request::IDLE);
        assert!(bad(burst(BASE + 4096 - 16, 3)).contains("4 KiB"));
        assert!(bad(burst(BASE + 4, 0)).contains("not a multiple"));
        assert!(bad(burst(BASE - 64, 7)).contains("outside the memory"));
        assert!(bad(burst(BASE + (1 << 16), 0)).contains("outside the memory"));
        assert!(
            bad(Burst {
                kind: 2,
                ..burst(BASE, 0)
            })
            .contains("not INCR")
        );
        assert!(
            bad(Burst {
                size: 2,
                ..burst(BASE, 0)
            })
            .contains("beat size")
        );
        let write = |beats| Request {
            aw: Some(burst(BASE, 1)),
            w: Some(beats),
            ..Request::IDLE
        };
        assert!(broken(write(beat(1, true)), Request::IDLE).contains("wlast is 1"));
        let data = Request {
            w: Some(beat(1, false)),
            ..Request::IDLE
        };
        assert!(broken(write(beat(1, false)), data).contains("beat 2 of 2"));
    }

    #[test]
    fn port_rejects_requests_that_change_while_they_wait() {
        let (mut port, mut memory) = port(Timing {
            outstanding: 1,
            ..Timing::STEADY
        });
        port.clock(&Request::IDLE, &mut memory).unwrap();
        let ar = |address| Request {
            ar: Some(burst(address, 0)),
            ..Request::IDLE
        };
        port.clock(&ar(BASE), &mut memory).unwrap();
        port.clock(&ar(BASE + 8), &mut memory).unwrap(); // one is outstanding: this one waits
        assert!(
            port.clock(&ar(BASE + 16), &mut memory)
                .unwrap_err()
                .to_string()
                .contains("AR changed")
        );
    }
}
