//! How unfriendly the surroundings of the RTL are: latencies, outstanding requests, stalls.

use serde::{Deserialize, Serialize};

use crate::error::SimError;
use crate::rng::Rng;

/// Random pauses of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stalls {
    /// How many cycles of 65,536 begin a pause.
    pub per_65536: u32,
    /// The longest pause in cycles; lengths are uniform from 1.
    pub longest: u32,
}

impl Stalls {
    /// No pauses.
    pub const NONE: Self = Self {
        per_65536: 0,
        longest: 1,
    };
}

/// The memory's and the streams' behaviour. With the seed it fixes every cycle of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The shortest latency of a memory access, in cycles from request to first answer.
    pub latency_min: u32,
    /// The longest.
    pub latency_max: u32,
    /// Requests that a memory port accepts before it has answered the first.
    pub outstanding: u32,
    /// Pauses of each channel of each memory port.
    pub memory: Stalls,
    /// Pauses of the trace and journal streams (back-pressure) and of the input stream (starvation).
    pub streams: Stalls,
}

impl Timing {
    /// A memory of 30 cycles that never pauses, as a card's DRAM on a good day.
    pub const STEADY: Self = Self {
        latency_min: 30,
        latency_max: 30,
        outstanding: 16,
        memory: Stalls::NONE,
        streams: Stalls::NONE,
    };

    /// The same memory behind streams that pause every few cycles: whatever back-pressure breaks, it breaks at once.
    pub const PRESSED: Self = Self {
        streams: Stalls {
            per_65536: 32_768,
            longest: 4,
        },
        ..Self::STEADY
    };

    /// Varying latencies, and a pause now and then on every channel.
    pub const RANDOM: Self = Self {
        latency_min: 4,
        latency_max: 90,
        outstanding: 8,
        memory: Stalls {
            per_65536: 2000,
            longest: 12,
        },
        streams: Stalls {
            per_65536: 1000,
            longest: 40,
        },
    };

    /// Pauses long enough to fill every buffer, and one request at a time.
    pub const HARSH: Self = Self {
        latency_min: 1,
        latency_max: 200,
        outstanding: 1,
        memory: Stalls {
            per_65536: 8000,
            longest: 60,
        },
        streams: Stalls {
            per_65536: 150,
            longest: 1000,
        },
    };

    /// Checks that the numbers make sense together.
    ///
    /// # Errors
    /// [`SimError::Option`] naming the option that does not.
    pub fn check(&self) -> Result<(), SimError> {
        let refuse = |option, what: String| Err(SimError::Option { option, what });
        if self.latency_min < 1 || self.latency_min > self.latency_max {
            return refuse(
                "latency",
                format!(
                    "{}..{} is no range of at least one cycle",
                    self.latency_min, self.latency_max
                ),
            );
        }
        if self.outstanding == 0 {
            return refuse(
                "outstanding",
                "0 requests: the memory would never answer".to_owned(),
            );
        }
        for (option, stalls) in [
            ("memory stalls", self.memory),
            ("stream stalls", self.streams),
        ] {
            if stalls.longest == 0 || stalls.per_65536 > 65_535 {
                return refuse(
                    option,
                    format!(
                        "{} in 65536, up to {} cycles: the probability must stay below 1, the length above 0",
                        stalls.per_65536, stalls.longest
                    ),
                );
            }
        }
        Ok(())
    }

    pub(crate) fn draw_latency(&self, rng: &mut Rng) -> u64 {
        u64::from(rng.between(self.latency_min, self.latency_max))
    }
}

/// The pauses of one channel as they come.
#[derive(Clone, Debug)]
pub(crate) struct Staller {
    stalls: Stalls,
    left: u32,
}

impl Staller {
    pub(crate) fn new(stalls: Stalls) -> Self {
        Self { stalls, left: 0 }
    }

    /// Whether the channel pauses in the coming cycle.
    pub(crate) fn stalled(&mut self, rng: &mut Rng) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return true;
        }
        if !rng.chance(self.stalls.per_65536) {
            return false;
        }
        self.left = rng.between(1, self.stalls.longest) - 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Staller, Stalls, Timing};
    use crate::rng::Rng;

    #[test]
    fn presets_are_valid_and_bad_timings_are_refused_by_name() {
        for timing in [
            Timing::STEADY,
            Timing::PRESSED,
            Timing::RANDOM,
            Timing::HARSH,
        ] {
            timing.check().unwrap();
        }
        let text = |timing: Timing| timing.check().unwrap_err().to_string();
        assert!(
            text(Timing {
                latency_min: 9,
                latency_max: 3,
                ..Timing::STEADY
            })
            .contains("latency: 9..3")
        );
        assert!(
            text(Timing {
                outstanding: 0,
                ..Timing::STEADY
            })
            .contains("outstanding")
        );
        let always = Stalls {
            per_65536: 65_536,
            longest: 1,
        };
        assert!(
            text(Timing {
                streams: always,
                ..Timing::STEADY
            })
            .contains("stream stalls")
        );
    }

    #[test]
    fn staller_pauses_as_long_as_it_drew_and_never_without_stalls() {
        let mut rng = Rng::new(3, 0);
        let mut staller = Staller::new(Stalls {
            per_65536: 6554,
            longest: 5,
        });
        let cycles: Vec<bool> = (0..10_000).map(|_| staller.stalled(&mut rng)).collect();
        let paused = cycles.iter().filter(|&&stalled| stalled).count();
        // One cycle in ten begins a pause of three cycles on average.
        assert!((2000..2700).contains(&paused), "{paused}");
        let mut never = Staller::new(Stalls::NONE);
        assert!((0..1000).all(|_| !never.stalled(&mut rng)));
    }
}
