//! What the card's registers say about a session.

use serde::Serialize;

/// The status registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The core runs.
    pub running: bool,
    /// The guest has halted.
    pub halted: bool,
    /// The guest has faulted.
    pub faulted: bool,
    /// The core was stopped.
    pub stopped: bool,
    /// The trace unit holds something that it has not emitted.
    pub trace_busy: bool,
    /// The stream's end was accepted.
    pub trace_done: bool,
    /// The core's RVFI disagreed with the trace unit's shadow, first at this retirement.
    pub mismatch_order: Option<u64>,
    /// Why the guest faulted, 0 if it did not.
    pub fault_cause: u32,
    /// Where it faulted.
    pub fault_pc: u32,
    /// x10 at the halt.
    pub exit_code: u32,
}

/// The performance counters of core and trace unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Clock cycles in which the core ran.
    pub cycles: u64,
    /// Instructions retired.
    pub instret: u64,
    /// Cycles lost to mispredicted jumps and branches.
    pub lost_branch: u64,
    /// Cycles lost to waiting for a load's value.
    pub lost_load_use: u64,
    /// Cycles lost to waiting for a product.
    pub lost_multiply: u64,
    /// Cycles lost to divisions.
    pub lost_divide: u64,
    /// Cycles lost to instruction cache misses.
    pub lost_imiss: u64,
    /// Cycles lost to data cache misses.
    pub lost_dmiss: u64,
    /// Cycles in which the trace unit held the core.
    pub lost_throttle: u64,
    /// Cycles lost to ECALL and its host streams.
    pub lost_ecall: u64,
    /// Records emitted.
    pub trace_records: u64,
    /// Pages emitted.
    pub trace_pages: u64,
    /// Segments closed.
    pub trace_segments: u64,
    /// Cycles in which the trace unit asked the core to wait.
    pub trace_throttle: u64,
    /// Cycles in which the trace stream was not ready.
    pub trace_stall: u64,
}

impl Counters {
    /// Instructions per clock cycle.
    #[must_use]
    pub fn ipc(&self) -> f64 {
        if self.cycles == 0 {
            0.0
        } else {
            self.instret as f64 / self.cycles as f64
        }
    }
}

#[cfg(feature = "verilator")]
mod reading {
    use assay_abi::regs;

    use super::{Counters, Status};
    use crate::card::WitnessCard;
    use crate::error::SimError;

    impl Status {
        pub(crate) fn read(card: &mut WitnessCard) -> Result<Self, SimError> {
            let bits = card.read_register(regs::STATUS)?;
            let is = |bit| bits & bit != 0;
            let mismatch = is(regs::status::MISMATCH);
            let order = counter(card, regs::MISMATCH_ORDER_LO, regs::MISMATCH_ORDER_HI)?;
            Ok(Self {
                running: is(regs::status::RUNNING),
                halted: is(regs::status::HALTED),
                faulted: is(regs::status::FAULTED),
                stopped: is(regs::status::STOPPED),
                trace_busy: is(regs::status::TRACE_BUSY),
                trace_done: is(regs::status::TRACE_DONE),
                mismatch_order: mismatch.then_some(order),
                fault_cause: card.read_register(regs::FAULT_CAUSE)?,
                fault_pc: card.read_register(regs::FAULT_PC)?,
                exit_code: card.read_register(regs::EXIT_CODE)?,
            })
        }
    }

    impl Counters {
        pub(crate) fn read(card: &mut WitnessCard) -> Result<Self, SimError> {
            let mut read = |lo, hi| counter(card, lo, hi);
            Ok(Self {
                cycles: read(regs::CYCLES_LO, regs::CYCLES_HI)?,
                instret: read(regs::INSTRET_LO, regs::INSTRET_HI)?,
                lost_branch: read(regs::LOST_BRANCH_LO, regs::LOST_BRANCH_HI)?,
                lost_load_use: read(regs::LOST_LOAD_USE_LO, regs::LOST_LOAD_USE_HI)?,
                lost_multiply: read(regs::LOST_MULTIPLY_LO, regs::LOST_MULTIPLY_HI)?,
                lost_divide: read(regs::LOST_DIVIDE_LO, regs::LOST_DIVIDE_HI)?,
                lost_imiss: read(regs::LOST_IMISS_LO, regs::LOST_IMISS_HI)?,
                lost_dmiss: read(regs::LOST_DMISS_LO, regs::LOST_DMISS_HI)?,
                lost_throttle: read(regs::LOST_THROTTLE_LO, regs::LOST_THROTTLE_HI)?,
                lost_ecall: read(regs::LOST_ECALL_LO, regs::LOST_ECALL_HI)?,
                trace_records: read(regs::TRACE_RECORDS_LO, regs::TRACE_RECORDS_HI)?,
                trace_pages: read(regs::TRACE_PAGES_LO, regs::TRACE_PAGES_HI)?,
                trace_segments: read(regs::TRACE_SEGMENTS_LO, regs::TRACE_SEGMENTS_HI)?,
                trace_throttle: read(regs::TRACE_THROTTLE_LO, regs::TRACE_THROTTLE_HI)?,
                trace_stall: read(regs::TRACE_STALL_LO, regs::TRACE_STALL_HI)?,
            })
        }
    }

    /// A 64-bit counter: high, low, high again, and once more if the high half moved.
    fn counter(card: &mut WitnessCard, lo: u32, hi: u32) -> Result<u64, SimError> {
        loop {
            let before = card.read_register(hi)?;
            let low = card.read_register(lo)?;
            if card.read_register(hi)? == before {
                return Ok(u64::from(before) << 32 | u64::from(low));
            }
        }
    }
}
