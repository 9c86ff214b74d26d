//! A pipeline trace for the viewer Konata: each instruction, the stages that it passes and when, and how it ends.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use assay_executor::decode::disassemble;
use assay_executor::{Image, Input};

use crate::card::WitnessCard;
use crate::error::SimError;
use crate::model::{Rtl, View};
use crate::options::CosimOptions;
use crate::report::word_at;

/// The stages by their names in the trace, in the order in which an instruction passes them. The second is the fetch queue, which an
/// instruction passes only when decode is not ready for it.
const STAGES: [&str; 6] = ["F", "Q", "D", "X", "M", "W"];
const IF: usize = 0;
const QUEUE: usize = 1;
const ID: usize = 2;
const WB: usize = 5;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KonataSummary {
    /// Instructions in the trace that retired.
    pub retired: u64,
    /// Instructions that were fetched and dropped: mispredictions, and misses that were fetched again.
    pub flushed: u64,
}

/// Runs `image` on `input` on the debug model and writes the pipeline's clock cycles in `window` to `path`.
///
/// # Errors
/// [`SimError`] if the card cannot be started, the file cannot be written, or the core is not ours.
pub fn write_konata(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    path: &Path,
    window: Range<u64>,
) -> Result<KonataSummary, SimError> {
    options.check()?;
    if let Some(core) = &options.core {
        return Err(SimError::Option {
            option: "konata",
            what: format!("core `{core}` does not tell which instruction is where"),
        });
    }
    let failed = |error: io::Error| SimError::Waves {
        path: path.to_path_buf(),
        reason: error.to_string(),
    };
    let mut card = WitnessCard::new(Rtl::debug(options.plant), options.timing, options.seed);
    card.start(image, input, options.po2)?;
    let mut trace = Trace::new(BufWriter::new(File::create(path).map_err(failed)?), image);
    trace.begin(window.start).map_err(failed)?;
    while card.clock() < window.end {
        card.cycle();
        while card.next_beat().is_some() {}
        while card.next_word().is_some() {}
        if card.clock() > window.start {
            trace.cycle(&card.view()).map_err(failed)?;
        }
    }
    trace.out.flush().map_err(failed)?;
    Ok(trace.summary)
}

/// An instruction on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InFlight {
    id: u64,
    pc: u32,
}

struct Trace<'a, W> {
    out: W,
    image: &'a Image,
    next_id: u64,
    /// Who is in which stage, as of the last cycle, and whether it stays there.
    stages: [Option<InFlight>; STAGES.len()],
    stays: [bool; STAGES.len()],
    retires: bool,
    /// Clock cycles since the last line that said how many.
    passed: u64,
    summary: KonataSummary,
}

impl<'a, W: Write> Trace<'a, W> {
    fn new(out: W, image: &'a Image) -> Self {
        Self {
            out,
            image,
            next_id: 0,
            stages: [None; STAGES.len()],
            stays: [false; STAGES.len()],
            retires: false,
            passed: 0,
            summary: KonataSummary::default(),
        }
    }

    fn begin(&mut self, clock: u64) -> io::Result<()> {
        write!(self.out, "Kanata\t0004\nC=\t{clock}\n")
    }

    /// Follows the instructions by one cycle: each stage now holds the one that stayed there, the one that was a stage before, or a new one.
    fn cycle(&mut self, view: &View) -> io::Result<()> {
        let pcs = [
            view.if_pc,
            view.skid_pc,
            view.id_pc,
            view.ex_pc,
            view.mem_pc,
            view.wb_pc,
        ];
        let bit = |index: usize| view.bits >> index & 1 == 1;
        let before = self.stages;
        self.passed += 1;
        if self.retires
            && let Some(done) = before[WB]
        {
            self.end(done, true)?;
        }
        let mut now = [None; STAGES.len()];
        for stage in (0..STAGES.len()).rev().filter(|&stage| bit(stage)) {
            let source = if self.stays[stage] && before[stage].is_some() {
                before[stage]
            } else {
                match stage {
                    IF => None,
                    ID => before[QUEUE].or(before[IF]),
                    _ => before[stage - 1],
                }
            };
            let same = source.filter(|source| source.pc == pcs[stage]);
            let instruction = match same {
                Some(instruction) => instruction,
                None => self.fetched(pcs[stage])?,
            };
            if before[stage] != Some(instruction) {
                self.catch_up()?;
                writeln!(self.out, "S\t{}\t0\t{}", instruction.id, STAGES[stage])?;
            }
            now[stage] = Some(instruction);
        }
        for (stage, gone) in before.into_iter().enumerate() {
            let Some(gone) = gone else { continue };
            let retired = stage == WB && self.retires;
            if !retired && !now.contains(&Some(gone)) {
                self.end(gone, false)?;
            }
        }
        self.stages = now;
        self.stays = [bit(6), bit(7), bit(8), bit(9), false, bit(10)];
        self.retires = bit(11);
        Ok(())
    }

    /// A new instruction: its line in the viewer begins.
    fn fetched(&mut self, pc: u32) -> io::Result<InFlight> {
        let id = self.next_id;
        self.next_id += 1;
        let word = word_at(self.image, pc);
        let symbol = self
            .image
            .symbol(pc)
            .map(|(name, offset)| format!(" <{name}+{offset:#x}>"))
            .unwrap_or_default();
        self.catch_up()?;
        writeln!(self.out, "I\t{id}\t{id}\t0")?;
        writeln!(
            self.out,
            "L\t{id}\t0\t{pc:08x}{symbol}: {}",
            disassemble(word, pc)
        )?;
        Ok(InFlight { id, pc })
    }

    fn end(&mut self, instruction: InFlight, retired: bool) -> io::Result<()> {
        self.catch_up()?;
        let number = self.summary.retired;
        writeln!(
            self.out,
            "R\t{}\t{number}\t{}",
            instruction.id,
            u8::from(!retired)
        )?;
        if retired {
            self.summary.retired += 1;
        } else {
            self.summary.flushed += 1;
        }
        Ok(())
    }

    fn catch_up(&mut self) -> io::Result<()> {
        if self.passed > 0 {
            writeln!(self.out, "C\t{}", self.passed)?;
            self.passed = 0;
        }
        Ok(())
    }
}
