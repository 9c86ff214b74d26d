//! Where the core's clock cycles went.

use std::fmt;

use serde::Serialize;

use crate::registers::Counters;
use crate::report::grouped;

/// Cycles lost to one cause.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lost {
    /// The cause, as the figures name it.
    pub cause: &'static str,
    /// Cycles.
    pub cycles: u64,
    /// Their part of all cycles.
    pub share: f64,
}

/// Each cycle of the core is a retirement or a lost cycle of one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// Clock cycles in which the core ran.
    pub cycles: u64,
    /// Cycles in which an instruction retired.
    pub instructions: u64,
    /// Instructions a cycle.
    pub ipc: f64,
    /// The causes, always all of them and in the same order.
    pub lost: Vec<Lost>,
    /// Cycles that no counter names: the bubbles in front of a stop, and the fault at the end. A core without such counters names none.
    pub unnamed: u64,
}

impl Profile {
    /// What the counters say.
    #[must_use]
    pub fn new(counters: &Counters) -> Self {
        let lost = [
            ("branch", counters.lost_branch),
            ("load_use", counters.lost_load_use),
            ("multiply", counters.lost_multiply),
            ("divide", counters.lost_divide),
            ("instruction_miss", counters.lost_imiss),
            ("data_miss", counters.lost_dmiss),
            ("throttle", counters.lost_throttle),
            ("ecall", counters.lost_ecall),
        ];
        let named: u64 = lost.iter().map(|(_, cycles)| cycles).sum();
        let share = |cycles: u64| cycles as f64 / counters.cycles.max(1) as f64;
        Self {
            cycles: counters.cycles,
            instructions: counters.instret,
            ipc: counters.ipc(),
            lost: lost
                .map(|(cause, cycles)| Lost {
                    cause,
                    cycles,
                    share: share(cycles),
                })
                .to_vec(),
            unnamed: counters.cycles.saturating_sub(counters.instret + named),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |cycles: u64| 100.0 * cycles as f64 / self.cycles.max(1) as f64;
        let row = |f: &mut fmt::Formatter<'_>, what: &str, cycles: u64| {
            writeln!(
                f,
                "  {:<18} {:>15} {:>6.2} %",
                what.replace('_', " "),
                grouped(cycles),
                percent(cycles)
            )
        };
        writeln!(f, "{:<20} {:>15}", "clock cycles", grouped(self.cycles))?;
        row(f, "retired", self.instructions)?;
        for lost in &self.lost {
            row(f, lost.cause, lost.cycles)?;
        }
        if self.unnamed > 0 {
            row(f, "no cause", self.unnamed)?;
        }
        write!(f, "{:<20} {:>15.3}", "instructions/cycle", self.ipc)
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;
    use crate::registers::Counters;

    #[test]
    fn profile_accounts_for_every_cycle() {
        let profile = Profile::new(&Counters {
            cycles: 1000,
            instret: 600,
            lost_branch: 100,
            lost_dmiss: 250,
            lost_ecall: 45,
            ..Counters::default()
        });
        assert_eq!(profile.unnamed, 5);
        let sum: u64 = profile.lost.iter().map(|lost| lost.cycles).sum();
        assert_eq!(profile.instructions + sum + profile.unnamed, profile.cycles);
        let text = profile.to_string();
        for part in [
            "retired",
            "data miss                      250  25.00 %",
            "no cause",
            "0.600",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(Profile::new(&Counters::default()).ipc, 0.0);
    }
}
