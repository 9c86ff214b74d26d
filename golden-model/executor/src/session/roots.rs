use std::{
    sync::mpsc::{Receiver, SyncSender, TryRecvError, channel, sync_channel},
    thread::Scope,
};

use crate::{
    hash::Digest,
    journal,
    page::PageWords,
    segment::{Roots, Segment},
    sink::{SegmentSink, SinkError},
    tree::MemoryTree,
};

/// Segments that may wait for their roots: one is hashed, this many wait, then the execution does. Hashing is faster than the
/// execution unless a guest dirties a page in every few ten thousand instructions (measured: README).
const DEPTH: usize = 2;

/// A segment without roots, and the pages that it dirtied as they are after it.
pub(super) struct Job {
    pub segment: Segment,
    pub dirty: Vec<(u32, Box<PageWords>)>,
}

/// Hashes segments on a thread of its own, in order, and hands them to the sink on the thread that pushes them.
pub(super) struct Pipeline {
    jobs: SyncSender<Job>,
    done: Receiver<Segment>,
    roots: Option<Roots>,
}

impl Pipeline {
    pub fn spawn<'scope>(scope: &'scope Scope<'scope, '_>, mut tree: MemoryTree) -> Self {
        let (jobs, todo) = sync_channel::<Job>(DEPTH);
        let (finished, done) = channel();
        scope.spawn(move || {
            let mut pre = Roots::new(tree.root(), &[0; 32], Digest::ZERO);
            for job in todo {
                let segment = complete(job, &mut tree, &mut pre);
                if finished.send(segment).is_err() {
                    // The session failed, and nobody waits any more.
                    return;
                }
            }
        });
        Self {
            jobs,
            done,
            roots: None,
        }
    }

    /// Waits while too many segments are on their way.
    pub fn push(&mut self, job: Job, sink: &mut dyn SegmentSink) -> Result<(), SinkError> {
        // The receiver is gone only if hashing panicked; the scope then passes the panic on.
        let _ = self.jobs.send(job);
        loop {
            match self.done.try_recv() {
                Ok(segment) => self.deliver(segment, sink)?,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Waits for all segments. The digests after the last.
    pub fn finish(self, sink: &mut dyn SegmentSink) -> Result<Option<Roots>, SinkError> {
        let Self {
            jobs,
            done,
            mut roots,
        } = self;
        drop(jobs);
        for segment in done {
            roots = segment.post.roots;
            sink.segment(segment)?;
        }
        Ok(roots)
    }

    fn deliver(&mut self, segment: Segment, sink: &mut dyn SegmentSink) -> Result<(), SinkError> {
        self.roots = segment.post.roots;
        sink.segment(segment)
    }
}

/// Fills in the roots and the proof; `tree` and `pre` move on behind the segment.
fn complete(job: Job, tree: &mut MemoryTree, pre: &mut Roots) -> Segment {
    let Job { mut segment, dirty } = job;
    let proved: Vec<u32> = segment.proof_pages().map(|(page, _)| page).collect();
    segment.proof = Some(tree.prove(&proved));
    let dirty: Vec<_> = dirty
        .iter()
        .map(|(page, words)| (*page, &**words))
        .collect();
    tree.update_pages(&dirty);
    let journal = journal::absorb(pre.journal, &segment.journal);
    let post = Roots::new(tree.root(), &segment.post.registers, journal);
    segment.pre.roots = Some(std::mem::replace(pre, post));
    segment.post.roots = Some(post);
    segment
}
