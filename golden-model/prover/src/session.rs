//! Sessions: their segments are proved while the executor still runs.

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use assay_executor::{
    Exit, Segment, SegmentSink, Session, SessionError, SessionSummary, SinkError,
};
use assay_verifier::Seal;

use crate::{
    error::ProveError,
    memory::Budget,
    prover::{Prover, Sealed},
    store::SealStore,
};

/// How segments are proved.
#[derive(Debug)]
pub struct Options<'a> {
    /// Segments that are proved at the same time, if the budget allows; each uses all processors, so more than one only helps where
    /// there are many.
    pub parallel: usize,
    /// Segments that the executor may be ahead.
    pub queue: usize,
    /// The memory that proofs share.
    pub budget: &'a Budget,
    /// Where seals are kept, and looked for.
    pub store: Option<&'a SealStore>,
}

/// Is told how the work goes on; from several threads.
pub trait Progress: Sync {
    /// A segment is proved, or was found proved.
    fn sealed(&self, index: u32, sealed: &Sealed);

    /// Whether to stop before the next segment.
    fn stop(&self) -> bool {
        false
    }
}

/// Nobody is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn sealed(&self, _: u32, _: &Sealed) {}
}

/// Runs a session and proves its segments: its end, and a seal for each segment in order.
///
/// # Errors
/// [`ProveError`]: of a session that faults as soon as it does.
pub fn prove_session(
    prover: &Prover,
    session: Session,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<(SessionSummary, Vec<Seal>), ProveError> {
    let (summary, seals) = work(prover, options, progress, |queue, failed| {
        let mut sink = QueueSink { queue, failed };
        session.run(&mut sink).map_err(of_session)
    })?;
    let found = seals.len() as u32;
    if found != summary.segments {
        return Err(ProveError::Missing {
            index: found,
            segments: summary.segments,
        });
    }
    Ok((summary, seals.into_values().collect()))
}

/// Proves segments, of one program, that come from somewhere; gives the seals by the segments' numbers.
///
/// # Errors
/// [`ProveError`].
pub fn prove_segments(
    prover: &Prover,
    segments: impl IntoIterator<Item = Result<Segment, ProveError>>,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<BTreeMap<u32, Seal>, ProveError> {
    let ((), seals) = work(prover, options, progress, |queue, failed| {
        for segment in segments {
            let segment = segment?;
            if failed.load(Ordering::Relaxed) || queue.send(segment).is_err() {
                break;
            }
        }
        Ok(())
    })?;
    Ok(seals)
}

/// Segments go from `feed` through a bounded queue to the threads that prove them.
fn work<T>(
    prover: &Prover,
    options: &Options<'_>,
    progress: &dyn Progress,
    feed: impl FnOnce(SyncSender<Segment>, &AtomicBool) -> Result<T, ProveError>,
) -> Result<(T, BTreeMap<u32, Seal>), ProveError> {
    let (sender, receiver) = sync_channel(options.queue);
    let workers = Workers {
        prover,
        options,
        progress,
        receiver: Mutex::new(receiver),
        failed: AtomicBool::new(false),
        error: Mutex::new(None),
        seals: Mutex::new(BTreeMap::new()),
    };
    let fed = thread::scope(|scope| {
        for _ in 0..options.parallel.max(1) {
            scope.spawn(|| workers.run());
        }
        feed(sender, &workers.failed)
    });
    let error = workers.error.into_inner();
    if let Some(error) = error.unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let seals = workers.seals.into_inner();
    Ok((fed?, seals.unwrap_or_else(PoisonError::into_inner)))
}

struct Workers<'a> {
    prover: &'a Prover,
    options: &'a Options<'a>,
    progress: &'a dyn Progress,
    receiver: Mutex<Receiver<Segment>>,
    failed: AtomicBool,
    error: Mutex<Option<ProveError>>,
    seals: Mutex<BTreeMap<u32, Seal>>,
}

impl Workers<'_> {
    fn run(&self) {
        while let Some(segment) = self.next() {
            if self.failed.load(Ordering::Relaxed) {
                // The queue is emptied, so that whoever fills it goes on and sees the failure.
                continue;
            }
            let index = segment.index;
            // The thread goes on, or whoever fills the queue would wait for ever.
            let sealed = panic::catch_unwind(AssertUnwindSafe(|| self.seal(&segment)))
                .unwrap_or_else(|_| Err(ProveError::Panicked { index }));
            match sealed {
                Ok(sealed) => {
                    self.progress.sealed(index, &sealed);
                    let mut seals = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
                    seals.insert(index, sealed.seal);
                }
                Err(error) => {
                    self.failed.store(true, Ordering::Relaxed);
                    let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(error);
                }
            }
        }
    }

    fn next(&self) -> Option<Segment> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        receiver.recv().ok()
    }

    fn seal(&self, segment: &Segment) -> Result<Sealed, ProveError> {
        if self.progress.stop() {
            return Err(ProveError::Interrupted);
        }
        if let Some(store) = self.options.store
            && let Some(sealed) = self.prover.find(segment, store)
        {
            return Ok(sealed);
        }
        let sealed = self.prover.prove(segment, self.options.budget)?;
        if let Some(store) = self.options.store {
            store.write(&self.prover.file(segment, sealed.seal.clone()))?;
        }
        Ok(sealed)
    }
}

/// Feeds the queue; refuses when a proof failed, and a session that faults at its last segment.
struct QueueSink<'a> {
    queue: SyncSender<Segment>,
    failed: &'a AtomicBool,
}

#[derive(Debug, thiserror::Error)]
#[error("a segment could not be proved")]
struct ProofFailed;

impl SegmentSink for QueueSink<'_> {
    fn segment(&mut self, segment: Segment) -> Result<(), SinkError> {
        if matches!(segment.exit, Exit::Faulted { .. } | Exit::Stopped)
            && let Err(error) = crate::prover::claim(&segment)
        {
            self.failed.store(true, Ordering::Relaxed);
            return Err(SinkError::Refused(Box::new(error)));
        }
        if self.failed.load(Ordering::Relaxed) || self.queue.send(segment).is_err() {
            return Err(SinkError::Refused(Box::new(ProofFailed)));
        }
        Ok(())
    }
}

/// A refusal that is one of ours comes back as what it was.
fn of_session(error: SessionError) -> ProveError {
    match error {
        SessionError::Sink(SinkError::Refused(cause)) => match cause.downcast::<ProveError>() {
            Ok(ours) => *ours,
            Err(cause) => SessionError::Sink(SinkError::Refused(cause)).into(),
        },
        error => error.into(),
    }
}
