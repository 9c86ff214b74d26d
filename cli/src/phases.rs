//! Where a proof's time goes: wall time by phase, read off the spans that Plonky3's prover opens.
//!
//! One proof at a time: those that run at once (`--parallel`) are told as one, by whichever phase is furthest.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tracing::{Metadata, Subscriber, span};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Seconds of each phase of the proofs so far.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    /// Low-degree extension of the main columns and the lookup argument's.
    pub extend: f64,
    /// Merkle trees over what was extended.
    pub merkle: f64,
    /// The lookup argument's columns.
    pub lookup: f64,
    /// Constraints on the extended rows, and the quotient's chunks, extended.
    pub quotient: f64,
    /// Openings and FRI, with its trees and its grinding.
    pub open: f64,
    /// Copies, transcript, and grinding before the opening.
    pub rest: f64,
}

#[derive(Clone, Copy)]
enum Spanned {
    Proof,
    Extend,
    Merkle,
    Lookup,
    Quotient,
}

impl Spanned {
    fn of(metadata: &Metadata<'_>) -> Option<Self> {
        match metadata.name() {
            "prove_batch" => Some(Self::Proof),
            "build merkle tree" => Some(Self::Merkle),
            "generate lookup permutation" => Some(Self::Lookup),
            "compute quotient" => Some(Self::Quotient),
            name if name.starts_with("coset_lde_batch") => Some(Self::Extend),
            _ => None,
        }
    }
}

/// Spans that are entered now, and how far the proof is.
struct Clock {
    seconds: Seconds,
    last: Option<Instant>,
    entered: [usize; 5],
    /// The quotient has been computed, and then committed to.
    divided: bool,
    opening: bool,
}

static CLOCK: Mutex<Clock> = Mutex::new(Clock {
    seconds: Seconds {
        extend: 0.0,
        merkle: 0.0,
        lookup: 0.0,
        quotient: 0.0,
        open: 0.0,
        rest: 0.0,
    },
    last: None,
    entered: [0; 5],
    divided: false,
    opening: false,
});

fn clock() -> MutexGuard<'static, Clock> {
    CLOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was measured so far.
pub fn seconds() -> Seconds {
    clock().seconds
}

/// Counts the time between spans.
pub struct Phases;

impl Phases {
    /// Looks at no other spans, and at no events.
    pub fn layer<S>() -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        Self.with_filter(filter_fn(|metadata| {
            metadata.is_span() && Spanned::of(metadata).is_some()
        }))
    }
}

impl<S> Layer<S> for Phases
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        if let Some(spanned) = context.metadata(id).and_then(Spanned::of) {
            clock().enter(spanned, Instant::now());
        }
    }

    fn on_exit(&self, id: &span::Id, context: Context<'_, S>) {
        if let Some(spanned) = context.metadata(id).and_then(Spanned::of) {
            clock().exit(spanned, Instant::now());
        }
    }
}

impl Clock {
    fn enter(&mut self, spanned: Spanned, now: Instant) {
        self.pass(now);
        if matches!(spanned, Spanned::Proof) {
            (self.divided, self.opening) = (false, false);
        }
        self.entered[spanned as usize] += 1;
    }

    fn exit(&mut self, spanned: Spanned, now: Instant) {
        self.pass(now);
        let entered = &mut self.entered[spanned as usize];
        *entered = entered.saturating_sub(1);
        match spanned {
            Spanned::Quotient => self.divided = true,
            Spanned::Merkle => self.opening |= self.divided,
            _ => {}
        }
    }

    /// The time since the last span began or ended belongs to the phase that it was in.
    fn pass(&mut self, now: Instant) {
        let Some(last) = self.last.replace(now) else {
            return;
        };
        let within = |spanned: Spanned| self.entered[spanned as usize] > 0;
        let seconds = &mut self.seconds;
        let phase = if !within(Spanned::Proof) {
            return;
        } else if within(Spanned::Quotient) {
            &mut seconds.quotient
        } else if self.opening {
            &mut seconds.open
        } else if within(Spanned::Merkle) {
            &mut seconds.merkle
        } else if within(Spanned::Extend) {
            &mut seconds.extend
        } else if within(Spanned::Lookup) {
            &mut seconds.lookup
        } else {
            &mut seconds.rest
        };
        *phase += (now - last).as_secs_f64();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_between_spans_belongs_to_the_innermost_phase() {
        use Spanned::{Extend, Lookup, Merkle, Proof, Quotient};
        let mut clock = Clock {
            seconds: Seconds::default(),
            last: None,
            entered: [0; 5],
            divided: false,
            opening: false,
        };
        let start = Instant::now();
        let mut at = 0;
        let mut tick = |spanned: Spanned, enters: bool, after: u64| {
            at += after;
            let now = start + Duration::from_secs(at);
            match enters {
                true => clock.enter(spanned, now),
                false => clock.exit(spanned, now),
            }
        };
        // Before the proof nothing counts: 100 seconds.
        for (spanned, enters, after) in [
            (Extend, true, 0),
            (Extend, false, 100),
            (Proof, true, 0),
            (Extend, true, 1),
            // One calls the other.
            (Extend, true, 2),
            (Extend, false, 2),
            (Extend, false, 2),
            (Merkle, true, 0),
            (Merkle, false, 7),
            (Lookup, true, 0),
            (Lookup, false, 8),
            // Two tables at once, with their own extensions.
            (Quotient, true, 0),
            (Quotient, true, 3),
            (Extend, true, 3),
            (Extend, false, 3),
            (Quotient, false, 3),
            (Quotient, false, 3),
            (Merkle, true, 0),
            (Merkle, false, 5),
            // A tree of FRI's.
            (Merkle, true, 4),
            (Merkle, false, 4),
            (Proof, false, 4),
        ] {
            tick(spanned, enters, after);
        }
        let Seconds {
            extend,
            merkle,
            lookup,
            quotient,
            open,
            rest,
        } = clock.seconds;
        let found = [extend, merkle, lookup, quotient, open, rest].map(|seconds| seconds as u64);
        assert_eq!(found, [6, 12, 8, 15, 12, 1]);
    }
}
