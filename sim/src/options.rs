//! What a co-simulation is asked for.

use std::path::PathBuf;

use assay_abi::Po2;
use assay_abi::plants::Plant;
use serde::Serialize;

use crate::error::SimError;
use crate::timing::Timing;

/// A run: with the program and its input these fix every clock cycle of it.
#[derive(Clone, Debug)]
pub struct CosimOptions {
    /// Where latencies, pauses and the places of the memories come from.
    pub seed: u64,
    /// How the memory and the streams behave.
    pub timing: Timing,
    /// The segment limit.
    pub po2: Po2,
    /// Retired instructions after which the host asks the core to stop; it does so a little later.
    pub instruction_limit: Option<u64>,
    /// Clock cycles after which the run is given up.
    pub clock_limit: Option<u64>,
    /// Clock cycles without a beat on the trace stream that count as a hang.
    pub patience: u64,
    /// A core of `rtl/wrap/` in the place of ours.
    pub core: Option<String>,
    /// A bug for the hardware to have.
    pub plant: Option<&'static Plant>,
    /// Where a failure's waveform goes: this path with `.vcd` and `.fst`. None is made without it.
    pub waves: Option<PathBuf>,
    /// Clock cycles that the waveform shows before the failure.
    pub wave_cycles: u64,
    /// Where the counts of the RTL's lines and toggles are added, in a build that has them.
    pub line_coverage: Option<PathBuf>,
    /// The start of the command that replays the run: program and guest, as in `assay cosim guest.elf --input x`.
    pub command: String,
}

impl Default for CosimOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            timing: Timing::STEADY,
            po2: Po2::DEFAULT,
            instruction_limit: None,
            clock_limit: None,
            patience: 200_000,
            core: None,
            plant: None,
            waves: None,
            wave_cycles: 1000,
            line_coverage: None,
            command: "assay cosim".to_owned(),
        }
    }
}

/// Clock cycles that a waveform shows beyond the failure.
pub const WAVE_CYCLES_AFTER: u64 = 20;

/// The options that a report carries.
#[derive(Clone, Debug, Serialize)]
pub struct ReportOptions {
    /// The seed.
    pub seed: u64,
    /// The surroundings.
    pub timing: Timing,
    /// The segment limit's logarithm.
    pub po2: u8,
    /// The instruction limit.
    pub instruction_limit: Option<u64>,
    /// The core, if it is not ours.
    pub core: Option<String>,
    /// The planted bug's name.
    pub plant: Option<&'static str>,
}

impl CosimOptions {
    /// Refuses what no run can have.
    ///
    /// # Errors
    /// [`SimError::Option`] naming it.
    pub fn check(&self) -> Result<(), SimError> {
        self.timing.check()?;
        if self.patience == 0 {
            return Err(SimError::Option {
                option: "patience",
                what: "0 cycles: every run would hang".to_owned(),
            });
        }
        Ok(())
    }

    /// The command line that repeats the run: every option that fixes it, whether it is the default or not.
    #[must_use]
    pub fn replay_command(&self) -> String {
        let Timing {
            latency_min,
            latency_max,
            outstanding,
            memory,
            streams,
        } = self.timing;
        let mut text = format!(
            "{} --po2 {} --seed {} --latency {latency_min}..{latency_max} --outstanding {outstanding} \
             --memory-stalls {}x{} --stream-stalls {}x{}",
            self.command,
            self.po2,
            self.seed,
            memory.per_65536,
            memory.longest,
            streams.per_65536,
            streams.longest
        );
        if let Some(limit) = self.instruction_limit {
            text += &format!(" --instruction-limit {limit}");
        }
        if let Some(limit) = self.clock_limit {
            text += &format!(" --clock-limit {limit}");
        }
        if let Some(core) = &self.core {
            text += &format!(" --core {core}");
        }
        if let Some(plant) = self.plant {
            text += &format!(" --plant {}", plant.name);
        }
        if let Some(waves) = &self.waves {
            text += &format!(
                " --waves {} --wave-cycles {}",
                waves.display(),
                self.wave_cycles
            );
        }
        text
    }

    /// What the report keeps of them.
    #[must_use]
    pub fn for_report(&self) -> ReportOptions {
        ReportOptions {
            seed: self.seed,
            timing: self.timing,
            po2: self.po2.get(),
            instruction_limit: self.instruction_limit,
            core: self.core.clone(),
            plant: self.plant.map(|plant| plant.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CosimOptions;

    #[test]
    fn replay_command_carries_every_option_that_fixes_a_run() {
        let options = CosimOptions {
            command: "assay cosim sort.elf".to_owned(),
            seed: 9,
            plant: assay_abi::plants::by_id(1),
            instruction_limit: Some(77),
            core: Some("ibex".to_owned()),
            waves: Some("out/w".into()),
            ..CosimOptions::default()
        };
        assert_eq!(
            options.replay_command(),
            "assay cosim sort.elf --po2 20 --seed 9 --latency 30..30 --outstanding 16 --memory-stalls 0x1 --stream-stalls 0x1 \
             --instruction-limit 77 --core ibex --plant core_bypass_lost_1 --waves out/w --wave-cycles 1000"
        );
    }
}
