//! Tells a caller how far a run is.

use crate::checker::Matched;

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// How much was compared and equal.
    pub matched: Matched,
    /// Clock cycles so far.
    pub clock_cycles: u64,
}

/// Is told now and then how far a run is.
pub trait Progress {
    /// The run is here; called some times a second.
    fn update(&mut self, state: &State);

    /// The run failed and its waveform is being made.
    fn recording_waves(&mut self) {}
}

/// Nobody is told.
impl Progress for () {
    fn update(&mut self, _state: &State) {}
}
