//! What a run says at its end: how much was matched, what it took, and, if it failed, where and how.

use std::fmt;
use std::path::PathBuf;

use assay_abi::Record;
use assay_executor::Image;
use assay_executor::decode::disassemble;
use serde::Serialize;

use crate::checker::{Divergence, Matched};
use crate::class::class_of;
use crate::difference::Difference;
use crate::options::ReportOptions;
use crate::profile::Profile;
use crate::registers::{Counters, Status};

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct CosimReport {
    /// Whether anything was compared.
    pub compared: bool,
    /// How much was compared and equal.
    pub matched: Matched,
    /// Segments that closed, the last included.
    pub segments: u64,
    /// Clock cycles of the model, reset and set-up included.
    pub clock_cycles: u64,
    /// Instructions per clock cycle in which the core ran.
    pub ipc: f64,
    /// The card's counters, once it has ended.
    pub counters: Option<Counters>,
    /// Where the core's cycles went, once it has ended.
    pub profile: Option<Profile>,
    /// The card's status, once it has ended.
    pub status: Option<Status>,
    /// What moved between the card and its memories: read and write bursts.
    pub traffic: Vec<(&'static str, crate::axi::Traffic)>,
    /// Wall-clock seconds of the host.
    pub seconds: f64,
    /// Seconds that the run had a core of the host, where the system counts them.
    pub cpu_seconds: Option<f64>,
    /// What fixed the run.
    pub options: ReportOptions,
    /// What went wrong, if anything did.
    pub failure: Option<Box<Failure>>,
}

/// What went wrong in a run, and all that is needed to look for the cause.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The first field that differs; `hang`, `protocol` or `assertion` for what is no field.
    pub field: String,
    /// What kind of thing went wrong: `control flow`, `operand`, `result`, `access`, `time`, `segment`, `content`, `host`, `end` or `rule`.
    pub class: &'static str,
    /// What was expected, in words.
    pub expected: String,
    /// What came, in words.
    pub got: String,
    /// Every field that differs: what says which instruction it is, then the others in the contract's order.
    pub differences: Vec<Difference>,
    /// The segment.
    pub segment: u32,
    /// Retired instructions of that segment, this one included.
    pub cycle: u32,
    /// Number of the retirement in the session.
    pub order: u64,
    /// The model's clock when it was seen.
    pub clock: u64,
    /// The instruction's address.
    pub pc: u32,
    /// Its word.
    pub insn: u32,
    /// It in assembly language.
    pub disassembly: String,
    /// The function that it is in, and the offset.
    pub symbol: Option<String>,
    /// The last retirements of the golden model, oldest first.
    pub golden: Vec<Retirement>,
    /// The last records of the hardware, oldest first.
    pub rtl: Vec<Retirement>,
    /// The waveform, if one was asked for.
    pub waves: Option<Waves>,
    /// The command that repeats the run.
    pub replay: String,
}

/// A waveform of the clock cycles around a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waves {
    /// As Verilator writes it.
    pub vcd: PathBuf,
    /// The same, compressed.
    pub fst: PathBuf,
    /// The first clock cycle in it.
    pub from: u64,
    /// The clock cycle after the last.
    pub to: u64,
    /// Where the run was restarted for it, if not at the program's entry; the clock cycles are those of that run.
    pub restart: Option<Restart>,
}

/// Where a run was restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restart {
    /// The segment that begins there.
    pub segment: u32,
    /// The retirements in front of it.
    pub order: u64,
    /// Instructions that set the registers before the session goes on.
    pub prologue: u64,
}

/// A retired instruction, for reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retirement {
    /// Its number in the session.
    pub order: u64,
    /// Its segment.
    pub segment: u32,
    /// Its number in the segment.
    pub cycle: u32,
    /// Its address.
    pub pc: u32,
    /// Its word.
    pub insn: u32,
    /// It in assembly language.
    pub disassembly: String,
    /// A's value.
    pub a_value: u32,
    /// B's value.
    pub b_value: u32,
    /// C's new value.
    pub c_new: u32,
    /// The address of a load or store.
    pub mem_addr: u32,
    /// The next instruction's address.
    pub next_pc: u32,
}

impl From<&Record> for Retirement {
    fn from(record: &Record) -> Self {
        Self {
            order: record.order,
            segment: record.segment,
            cycle: record.cycle,
            pc: record.pc,
            insn: record.insn,
            disassembly: disassemble(record.insn, record.pc),
            a_value: record.a_value,
            b_value: record.b_value,
            c_new: record.c_new,
            mem_addr: record.mem_addr,
            next_pc: record.next_pc,
        }
    }
}

impl Failure {
    /// A divergence with the surroundings that a reader needs. `field` names it where no field differs; `histories` are the
    /// golden side and the hardware.
    pub fn new(
        field: Option<&str>,
        divergence: Divergence,
        image: &Image,
        histories: (Vec<Retirement>, Vec<Retirement>),
        clock: u64,
        replay: String,
    ) -> Self {
        let Divergence {
            expected,
            got,
            differences,
            segment,
            cycle,
            order,
            pc,
            insn,
        } = divergence;
        let field = field
            .or(differences.first().map(|first| first.field))
            .unwrap_or("unknown")
            .to_owned();
        // At an end of a segment no instruction is at fault; the word there is still worth showing.
        let insn = if insn == 0 { word_at(image, pc) } else { insn };
        Self {
            class: class_of(&field),
            field,
            expected,
            got,
            differences,
            segment,
            cycle,
            order,
            clock,
            pc,
            insn,
            disassembly: disassemble(insn, pc),
            symbol: image
                .symbol(pc)
                .map(|(name, offset)| format!("{name}+{offset:#x}")),
            golden: histories.0,
            rtl: histories.1,
            waves: None,
            replay,
        }
    }
}

/// The word of the program's text at `pc`, 0 outside it.
pub(crate) fn word_at(image: &Image, pc: u32) -> u32 {
    let page = pc / assay_abi::machine::PAGE_BYTES;
    if !image.text.contains(&page) || !pc.is_multiple_of(4) {
        return 0;
    }
    image.page(page).map_or(0, |words| {
        words[(pc % assay_abi::machine::PAGE_BYTES / 4) as usize]
    })
}

impl fmt::Display for CosimReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Matched {
            records,
            pages,
            page_words,
            boundaries,
            ends,
            journal_words,
            ..
        } = self.matched;
        if let Some(failure) = &self.failure {
            writeln!(f, "{failure}")?;
            write!(f, "before that ")?;
        }
        if !self.compared {
            writeln!(f, "not compared: the hardware ran alone")?;
            return self.speed(f);
        }
        writeln!(
            f,
            "matched {} retired instructions in {} segments ({} boundaries, {} ends with all registers), {} pages ({} words), \
             {} journal words",
            grouped(records),
            self.segments,
            boundaries,
            ends,
            grouped(pages),
            grouped(page_words),
            grouped(journal_words)
        )?;
        self.speed(f)
    }
}

impl CosimReport {
    fn speed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} clock cycles", grouped(self.clock_cycles))?;
        if self.seconds > 0.0 {
            write!(
                f,
                " in {:.1} s, {:.2} M/s",
                self.seconds,
                self.clock_cycles as f64 / self.seconds / 1e6
            )?;
        }
        if let Some(profile) = &self.profile {
            write!(f, "; {:.3} instructions a cycle; lost to", profile.ipc)?;
            let mut worst = profile.lost.clone();
            worst.sort_by_key(|lost| std::cmp::Reverse(lost.cycles));
            for lost in worst.iter().filter(|lost| lost.cycles > 0) {
                let cause = lost.cause.replace('_', " ");
                write!(f, " {cause} {}", grouped(lost.cycles))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "MISMATCH in `{}` ({}): segment {}, cycle {}, retirement {}",
            self.field, self.class, self.segment, self.cycle, self.order
        )?;
        let symbol = self.symbol.as_deref().unwrap_or("no symbol");
        writeln!(
            f,
            "  at {:#010x} <{symbol}>: {:08x}  {}",
            self.pc, self.insn, self.disassembly
        )?;
        writeln!(f, "  expected {}", self.expected)?;
        writeln!(f, "  got      {}", self.got)?;
        for Difference {
            field,
            index,
            expected,
            got,
        } in &self.differences
        {
            let name =
                index.map_or_else(|| (*field).to_owned(), |index| format!("{field}[{index}]"));
            writeln!(f, "  {name:<16} expected {expected:#010x}  got {got:#010x}")?;
        }
        writeln!(f, "  seen at clock cycle {}", grouped(self.clock))?;
        for (side, retirements) in [("golden model", &self.golden), ("hardware", &self.rtl)] {
            writeln!(f, "last {} retirements of the {side}:", retirements.len())?;
            for retirement in retirements {
                writeln!(f, "  {retirement}")?;
            }
        }
        if let Some(waves) = &self.waves {
            writeln!(
                f,
                "waveform of clock cycles {} to {}: {}, {}",
                waves.from,
                waves.to,
                waves.vcd.display(),
                waves.fst.display()
            )?;
            if let Some(restart) = &waves.restart {
                writeln!(
                    f,
                    "  of a run that begins at the boundary in front of segment {}, after {} retirements, with {} instructions that set the registers",
                    restart.segment,
                    grouped(restart.order),
                    restart.prologue
                )?;
            }
        }
        write!(f, "replay: {}", self.replay)
    }
}

impl fmt::Display for Retirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8} {:>3}:{:<8} {:08x}: {:08x}  {:<32} a={:08x} b={:08x} c={:08x}",
            self.order,
            self.segment,
            self.cycle,
            self.pc,
            self.insn,
            self.disassembly,
            self.a_value,
            self.b_value,
            self.c_new
        )?;
        if self.mem_addr != 0 {
            write!(f, " @{:08x}", self.mem_addr)?;
        }
        Ok(())
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn grouped_numbers_read_by_thousands() {
        assert_eq!(
            [0, 999, 1000, 1_048_576].map(grouped),
            ["0", "999", "1 000", "1 048 576"]
        );
    }
}
