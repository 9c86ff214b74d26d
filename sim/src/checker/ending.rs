//! The end of a session: that nothing is missing, and that the card's registers say what the stream said.

use assay_abi::stream::KIND_END;
use assay_abi::{SegmentEnd, SegmentStatus};
use assay_executor::Event;

use super::{Checker, Divergence};
use crate::difference::{Difference, describe_event, difference, kind_of};
use crate::golden::GoldenTrace;
use crate::registers::{Counters, Status};

impl<G: GoldenTrace> Checker<G> {
    /// The session ends here, because the host stopped it: replaces what the golden machine would have done next. A
    /// place that differs from the golden one shows in the fields of the end.
    pub fn expect_end(&mut self, end: SegmentEnd, registers: [u32; 32]) {
        if end.order == self.place.order {
            self.event = Some(Event::End(end, registers));
        }
    }

    /// Checks, when the hardware says that it is done, that nothing is missing.
    ///
    /// # Errors
    /// The [`Divergence`], if the golden trace or journal goes on, or the hardware committed too much.
    pub fn finish(&mut self) -> Result<(), Box<Divergence>> {
        if self.end.is_none() {
            let expected = self
                .event
                .as_ref()
                .map_or_else(|| "an end".to_owned(), describe_event);
            let kind = self.event.as_ref().map_or(KIND_END, kind_of);
            let differences = vec![difference("kind", None, u64::from(kind), 0)];
            return Err(self.diverged(expected, "the end of the stream".to_owned(), differences));
        }
        let index = self.matched.journal_words;
        let (missing, extra) = (
            self.journal_expected.len() as u64,
            self.journal_got.len() as u64,
        );
        if missing != 0 || extra != 0 {
            return Err(self.diverged(
                format!("{} journal words", index + missing),
                format!("{}", index + extra),
                vec![difference(
                    "journal",
                    Some(index),
                    index + missing,
                    index + extra,
                )],
            ));
        }
        Ok(())
    }

    /// Registers whose value the golden trace knows.
    pub fn register_differences(&self, status: &Status, counters: &Counters) -> Vec<Difference> {
        let Some(end) = self.end() else {
            return Vec::new();
        };
        let matched = self.matched();
        let ended = |code: SegmentStatus| u64::from(end.status == code.code());
        let faulted = ended(SegmentStatus::Faulted);
        let fault_pc = if faulted == 1 {
            u64::from(end.pc)
        } else {
            u64::from(status.fault_pc)
        };
        [
            (
                "halted",
                ended(SegmentStatus::Halted),
                u64::from(status.halted),
            ),
            ("faulted", faulted, u64::from(status.faulted)),
            (
                "stopped",
                ended(SegmentStatus::Stopped),
                u64::from(status.stopped),
            ),
            ("running", 0, u64::from(status.running)),
            ("trace_busy", 0, u64::from(status.trace_busy)),
            ("trace_done", 1, u64::from(status.trace_done)),
            (
                "exit_code",
                u64::from(end.exit_code),
                u64::from(status.exit_code),
            ),
            (
                "fault_cause",
                u64::from(end.cause),
                u64::from(status.fault_cause),
            ),
            ("fault_pc", fault_pc, u64::from(status.fault_pc)),
            ("instret", end.order, counters.instret),
            ("trace_records", matched.records, counters.trace_records),
            ("trace_pages", matched.pages, counters.trace_pages),
            (
                "trace_segments",
                matched.boundaries + matched.ends,
                counters.trace_segments,
            ),
        ]
        .into_iter()
        .filter(|(_, expected, got)| expected != got)
        .map(|(field, expected, got)| Difference {
            field,
            index: None,
            expected,
            got,
        })
        .collect()
    }
}
