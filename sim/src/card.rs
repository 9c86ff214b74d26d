//! The Verilated card: the RTL with its memories and the far ends of its streams.

use std::collections::VecDeque;

use assay_abi::card::IDENTITY;
use assay_abi::machine::{MEM_BYTES, PAGE_BYTES};
use assay_abi::stream::BEAT_BYTES;
use assay_abi::{CONTRACT_HASH, Po2, ShadowWord, regs};
use assay_executor::{Image, Input};

use crate::axi::{Burst, Port, ProtocolError, Request, Traffic, WriteBeat};
use crate::error::SimError;
use crate::memory::Memory;
use crate::model::{Drive, MasterPins, Rtl, Sample, SlavePins, View};
use crate::registers::{Counters, Status};
use crate::rng::Rng;
use crate::stream::{Sink, Source};
use crate::timing::{Stalls, Timing};

/// Cycles of reset, and the longest that a register access may take.
const RESET_CYCLES: u32 = 8;
const REGISTER_PATIENCE: u32 = 1000;

/// Something that no card may do, whatever its program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misbehaviour {
    /// A protocol was broken.
    #[error("{0}")]
    Protocol(#[from] ProtocolError),
    /// A SystemVerilog assertion failed.
    #[error("assertion failed at {0}")]
    Assertion(String),
}

/// A beat of the trace stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceBeat {
    data: [u32; BEAT_BYTES / 4],
    /// Whether it carries the stream's end mark.
    pub last: bool,
}

impl TraceBeat {
    /// Its bytes, byte 0 first.
    #[must_use]
    pub fn bytes(&self) -> &[u8; BEAT_BYTES] {
        bytemuck::cast_ref(&self.data)
    }
}

/// How much moved between the card and its memories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CardTraffic {
    /// Instruction refills.
    pub ibus: Traffic,
    /// Data refills and evictions.
    pub dbus: Traffic,
    /// The trace unit's.
    pub shadow: Traffic,
    /// Cycles in which a beat of the trace stream waited for the host.
    pub trace_waits: u64,
}

impl CardTraffic {
    /// What each memory port did, by its name.
    pub(crate) fn of_ports(&self) -> Vec<(&'static str, Traffic)> {
        vec![
            ("ibus", self.ibus),
            ("dbus", self.dbus),
            ("shadow", self.shadow),
        ]
    }
}

/// The RTL, its memories, its streams.
pub struct WitnessCard {
    rtl: Rtl,
    drive: Drive,
    sample: Sample,
    core_memory: Memory,
    shadow_memory: Memory,
    ibus: Port<8>,
    dbus: Port<8>,
    shadow: Port<BEAT_BYTES>,
    input: Source,
    journal: Sink<u32>,
    trace: Sink<TraceBeat>,
    stream_stalls: Stalls,
    seed: u64,
    clock: u64,
    misbehaviour: Option<Misbehaviour>,
    /// What came out of the streams and was not fetched yet.
    beats: VecDeque<TraceBeat>,
    words: VecDeque<u32>,
}

impl WitnessCard {
    /// A card after reset. Where its memories lie in the card's address space depends on the seed.
    #[must_use]
    pub fn new(rtl: Rtl, timing: Timing, seed: u64) -> Self {
        let mut places = Rng::new(seed, 1);
        let core_base = u64::from(places.between(0, 0x7ff)) << 28;
        // The upper half of the address space, so that the two never overlap.
        let shadow_base = u64::from(places.between(0x400, 0x7ff)) << 29;
        let mut card = Self {
            rtl,
            drive: Drive::default(),
            sample: Sample::default(),
            core_memory: Memory::new(core_base, MEM_BYTES as usize),
            shadow_memory: Memory::new(shadow_base, MEM_BYTES as usize / 4 * ShadowWord::BYTES),
            ibus: Port::new("ibus", timing, Rng::new(seed, 2)),
            dbus: Port::new("dbus", timing, Rng::new(seed, 3)),
            shadow: Port::new("shadow", timing, Rng::new(seed, 4)),
            input: Source::new(Vec::new(), timing.streams, Rng::new(seed, 5)),
            journal: Sink::new("journal", timing.streams, Rng::new(seed, 6)),
            trace: Sink::new("trace", timing.streams, Rng::new(seed, 7)),
            stream_stalls: timing.streams,
            seed,
            clock: 0,
            misbehaviour: None,
            beats: VecDeque::new(),
            words: VecDeque::new(),
        };
        for _ in 0..RESET_CYCLES {
            card.cycle();
        }
        card.drive.rst_n = true;
        card
    }

    /// Clock cycles since the model was made.
    #[must_use]
    pub fn clock(&self) -> u64 {
        self.clock
    }

    /// What the card did that no card may do, if it did.
    #[must_use]
    pub fn misbehaviour(&self) -> Option<&Misbehaviour> {
        self.misbehaviour.as_ref()
    }

    /// What moved so far.
    #[must_use]
    pub fn traffic(&self) -> CardTraffic {
        CardTraffic {
            ibus: self.ibus.traffic(),
            dbus: self.dbus.traffic(),
            shadow: self.shadow.traffic(),
            trace_waits: self.trace.stalled_cycles(),
        }
    }

    /// Whether every memory request was answered.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.ibus.is_idle() && self.dbus.is_idle() && self.shadow.is_idle()
    }

    /// The next beat of the trace stream that has come.
    pub fn next_beat(&mut self) -> Option<TraceBeat> {
        self.beats.pop_front()
    }

    /// The next journal word that has come.
    pub fn next_word(&mut self) -> Option<u32> {
        self.words.pop_front()
    }

    /// Writes a VCD from the next cycle on.
    ///
    /// # Errors
    /// [`SimError::Waves`] if the file cannot be written.
    pub fn open_waves(&mut self, path: &str) -> Result<(), SimError> {
        self.rtl.open_waves(path)
    }

    /// Writes which lines of the RTL ran and which signals toggled.
    ///
    /// # Errors
    /// [`SimError::Coverage`] if this build does not count them.
    pub fn write_coverage(&mut self, path: &str) -> Result<(), SimError> {
        self.rtl.write_coverage(path)
    }

    /// Which instruction was in which stage in the last cycle; see [`Rtl::view`].
    #[must_use]
    pub fn view(&self) -> View {
        self.rtl.view()
    }

    /// Ends the VCD.
    pub fn close_waves(&mut self) {
        self.rtl.close_waves();
    }

    /// One clock cycle of everything. Beats and words that come are kept for [`Self::next_beat`] and [`Self::next_word`].
    pub fn cycle(&mut self) {
        let drive = &mut self.drive;
        drive.ibus = slave_pins(&self.ibus);
        if let Some((data, _)) = self.ibus.answer().r {
            drive.ibus_rdata = u64::from_le_bytes(data);
        }
        drive.dbus = slave_pins(&self.dbus);
        if let Some((data, _)) = self.dbus.answer().r {
            drive.dbus_rdata = u64::from_le_bytes(data);
        }
        drive.shadow = slave_pins(&self.shadow);
        if let Some((data, _)) = self.shadow.answer().r {
            drive.shadow_rdata = bytemuck::cast(data);
        }
        let offered = self.input.offered();
        drive.input_valid = offered.is_some();
        drive.input_data = offered.unwrap_or(0);
        drive.journal_ready = self.journal.ready();
        drive.trace_ready = self.trace.ready();

        self.rtl.cycle(drive, &mut self.sample);
        self.clock += 1;
        if self.drive.rst_n
            && self.misbehaviour.is_none()
            && let Err(error) = self.surroundings()
        {
            self.misbehaviour = Some(error.into());
        }
        if self.sample.failed && self.misbehaviour.is_none() {
            self.misbehaviour = self.rtl.failure().map(Misbehaviour::Assertion);
        }
    }

    /// The clock edge, for everything around the RTL.
    fn surroundings(&mut self) -> Result<(), ProtocolError> {
        let sample = &self.sample;
        let memory = &mut self.core_memory;
        clock(&mut self.ibus, memory, &sample.ibus, || [0; 8])?;
        let data = || sample.dbus_wdata.to_le_bytes();
        clock(&mut self.dbus, memory, &sample.dbus, data)?;
        let data = || bytemuck::cast(sample.shadow_wdata);
        clock(
            &mut self.shadow,
            &mut self.shadow_memory,
            &sample.shadow,
            data,
        )?;
        self.input.clock(sample.input_ready);
        let word = Some(&sample.journal_data).filter(|_| sample.journal_valid);
        if let Some(word) = self.journal.clock(word)? {
            self.words.push_back(word);
        }
        let beat = sample.trace_valid.then_some(TraceBeat {
            data: sample.trace_data,
            last: sample.trace_last,
        });
        if let Some(beat) = self.trace.clock(beat.as_ref())? {
            self.beats.push_back(beat);
        }
        Ok(())
    }

    /// Reads a register over AXI4-Lite; time goes on for everything else.
    ///
    /// # Errors
    /// [`SimError::Register`] if the card does not answer, or refuses.
    pub fn read_register(&mut self, offset: u32) -> Result<u32, SimError> {
        self.drive.regs_addr = offset as u16;
        self.drive.regs_arvalid = true;
        self.drive.regs_rready = true;
        for _ in 0..REGISTER_PATIENCE {
            self.cycle();
            if self.sample.regs_arready {
                self.drive.regs_arvalid = false;
            }
            if self.sample.regs_rvalid {
                self.drive.regs_rready = false;
                let (data, response) = (self.sample.regs_rdata, self.sample.regs_rresp);
                return if response == 0 {
                    Ok(data)
                } else {
                    Err(SimError::Register {
                        offset,
                        what: "read refused",
                    })
                };
            }
        }
        Err(SimError::Register {
            offset,
            what: "the card does not answer a read",
        })
    }

    /// Writes a register over AXI4-Lite; time goes on for everything else.
    ///
    /// # Errors
    /// [`SimError::Register`] if the card does not answer, or refuses.
    pub fn write_register(&mut self, offset: u32, value: u32) -> Result<(), SimError> {
        self.drive.regs_addr = offset as u16;
        self.drive.regs_wdata = value;
        self.drive.regs_awvalid = true;
        self.drive.regs_wvalid = true;
        self.drive.regs_bready = true;
        for _ in 0..REGISTER_PATIENCE {
            self.cycle();
            if self.sample.regs_awready {
                self.drive.regs_awvalid = false;
            }
            if self.sample.regs_wready {
                self.drive.regs_wvalid = false;
            }
            if self.sample.regs_bvalid {
                self.drive.regs_bready = false;
                let refused = self.sample.regs_bresp != 0;
                return if refused {
                    Err(SimError::Register {
                        offset,
                        what: "write refused",
                    })
                } else {
                    Ok(())
                };
            }
        }
        Err(SimError::Register {
            offset,
            what: "the card does not answer a write",
        })
    }

    /// The contract hash that the card was built with.
    ///
    /// # Errors
    /// [`SimError::Register`] if a register cannot be read.
    pub fn contract_hash(&mut self) -> Result<[u8; 32], SimError> {
        let mut hash = [0; 32];
        for (index, word) in (0..).zip(hash.as_chunks_mut::<4>().0) {
            *word = self
                .read_register(regs::CONTRACT_HASH + 4 * index)?
                .to_le_bytes();
        }
        Ok(hash)
    }

    /// Refuses a card of another contract than `expected`.
    ///
    /// # Errors
    /// [`SimError::Identity`] or [`SimError::ContractHash`], with both sides' values.
    pub fn check_contract(&mut self, expected: &[u8; 32]) -> Result<(), SimError> {
        let identity = self.read_register(regs::IDENTITY)?;
        if identity != IDENTITY {
            return Err(SimError::Identity {
                expected: IDENTITY,
                got: identity,
            });
        }
        let got = self.contract_hash()?;
        if got != *expected {
            return Err(SimError::ContractHash {
                expected: hexadecimal(expected),
                got: hexadecimal(&got),
            });
        }
        Ok(())
    }

    /// Checks the contract, loads a program and its input, and starts the session.
    ///
    /// # Errors
    /// [`SimError`] if the card is of another contract or a register cannot be written.
    pub fn start(&mut self, image: &Image, input: &Input, po2: Po2) -> Result<(), SimError> {
        self.check_contract(&CONTRACT_HASH)?;
        self.load(image);
        self.input = Source::new(
            input.words().to_vec(),
            self.stream_stalls,
            Rng::new(self.seed, 5),
        );
        for (offset, value) in [
            (regs::ENTRY_PC, image.entry),
            (regs::TEXT_START, image.text.start),
            (regs::TEXT_END, image.text.end),
            (regs::PO2, u32::from(po2.get())),
            (regs::INPUT_LENGTH, input.words().len() as u32),
            (regs::MEM_BASE, (self.core_memory.base() >> 28) as u32),
            (regs::SHADOW_BASE, (self.shadow_memory.base() >> 29) as u32),
            (regs::CONTROL, regs::control::START),
        ] {
            self.write_register(offset, value)?;
        }
        Ok(())
    }

    /// Asks the core to stop at the next instruction border.
    ///
    /// # Errors
    /// [`SimError::Register`] if the register cannot be written.
    pub fn stop(&mut self) -> Result<(), SimError> {
        self.write_register(regs::CONTROL, regs::control::STOP)
    }

    /// Writes the image into both memories. What the shadow holds beside the words' values must not matter before a page
    /// is touched, so it gets noise.
    fn load(&mut self, image: &Image) {
        let mut noise = Rng::new(self.seed, 8);
        for (page, words) in image.pages() {
            let address = u64::from(page) * u64::from(PAGE_BYTES);
            let (core, shadow) = (
                self.core_memory.base() + address,
                self.shadow_memory.base() + 2 * address,
            );
            for (index, &word) in (0_u64..).zip(words) {
                self.core_memory
                    .write(core + 4 * index, &word.to_le_bytes());
                let entry = u64::from(word) | noise.draw() << 32;
                self.shadow_memory
                    .write(shadow + 8 * index, &entry.to_le_bytes());
            }
        }
    }

    /// What the status registers say.
    ///
    /// # Errors
    /// [`SimError::Register`] if a register cannot be read.
    pub fn status(&mut self) -> Result<Status, SimError> {
        Status::read(self)
    }

    /// What the counters say.
    ///
    /// # Errors
    /// [`SimError::Register`] if a register cannot be read.
    pub fn counters(&mut self) -> Result<Counters, SimError> {
        Counters::read(self)
    }
}

fn slave_pins<const N: usize>(port: &Port<N>) -> SlavePins {
    let answer = port.answer();
    SlavePins {
        awready: answer.awready,
        wready: answer.wready,
        bvalid: answer.bvalid,
        arready: answer.arready,
        rvalid: answer.r.is_some(),
        rlast: answer.r.is_some_and(|(_, last)| last),
    }
}

/// The clock edge at one port. In most cycles its master says nothing, and nothing is owed to it.
fn clock<const N: usize>(
    port: &mut Port<N>,
    memory: &mut Memory,
    pins: &MasterPins,
    data: impl FnOnce() -> [u8; N],
) -> Result<(), ProtocolError> {
    if !(pins.awvalid || pins.wvalid || pins.arvalid) && port.is_at_rest() {
        port.rest();
        return Ok(());
    }
    port.clock(&request(pins, data), memory)
}

fn request<const N: usize>(pins: &MasterPins, data: impl FnOnce() -> [u8; N]) -> Request<N> {
    Request {
        aw: pins.awvalid.then_some(Burst {
            address: pins.awaddr,
            len: pins.awlen,
            size: pins.awsize,
            kind: pins.awburst,
        }),
        w: pins.wvalid.then(|| WriteBeat {
            data: data(),
            strobe: pins.wstrb,
            last: pins.wlast,
        }),
        bready: pins.bready,
        ar: pins.arvalid.then_some(Burst {
            address: pins.araddr,
            len: pins.arlen,
            size: pins.arsize,
            kind: pins.arburst,
        }),
        rready: pins.rready,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
