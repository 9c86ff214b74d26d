//! How fast the executor is, on one core.

use std::hint::black_box;

use assay_abi::{PageIn, Po2, Record, SegmentEnd};
use assay_executor::{NullSink, PageWords, Replayer, Segment, Session, SessionConfig, TraceSink};

use crate::clock::cpu_seconds;
use crate::workload::Workload;

/// Records that are in the hands of their consumer at a time: 1 MiB, which stays in a cache.
const CHUNK: usize = 1 << 14;

/// Takes records as something that expands them into columns would: a chunk at a time.
#[derive(Debug)]
struct Chunks {
    buffer: Vec<Record>,
    records: u64,
}

impl Chunks {
    fn take(&mut self) {
        self.records += black_box(&self.buffer).len() as u64;
        self.buffer.clear();
    }
}

impl TraceSink for Chunks {
    #[inline(always)]
    fn record(&mut self, record: &Record) {
        if self.buffer.len() == CHUNK {
            self.take();
        }
        self.buffer.push(*record);
    }

    fn page_in(&mut self, page: &PageIn, words: &PageWords) {
        black_box((page, words));
    }

    fn end(&mut self, _: &SegmentEnd, _: &[u32; 32]) {
        self.take();
    }
}

/// Runs the program with page tracking and segments, and gives how many instructions it took.
///
/// # Errors
/// If the session fails.
pub fn run(workload: &Workload, po2: Po2) -> anyhow::Result<u64> {
    let config = SessionConfig {
        po2,
        cycle_limit: None,
        roots: false,
    };
    let session = Session::new(workload.image.clone(), workload.input.clone(), config);
    Ok(session.run(&mut NullSink)?.cycles)
}

/// The program's segments.
///
/// # Errors
/// If the session fails.
pub fn segments(workload: &Workload, po2: Po2) -> anyhow::Result<Vec<Segment>> {
    let config = SessionConfig {
        po2,
        cycle_limit: None,
        roots: false,
    };
    let mut segments = Vec::new();
    Session::new(workload.image.clone(), workload.input.clone(), config).run(&mut segments)?;
    Ok(segments)
}

/// Makes the full records of these segments, and gives how many there are.
///
/// # Errors
/// If a segment does not replay.
pub fn record(segments: &[Segment]) -> anyhow::Result<u64> {
    let mut replayer = Replayer::new(Chunks {
        buffer: Vec::with_capacity(CHUNK),
        records: 0,
    });
    segments
        .iter()
        .try_for_each(|segment| replayer.replay(segment))?;
    Ok(replayer.into_sink().records)
}

/// How many units of work a second of CPU time does: the best of `times`, after one to warm up, for what disturbs only slows down.
///
/// # Errors
/// If the work fails.
pub fn rate(times: u32, work: impl Fn() -> anyhow::Result<u64>) -> anyhow::Result<f64> {
    work()?;
    let mut best = 0.0_f64;
    for _ in 0..times {
        let start = cpu_seconds()?;
        let units = work()?;
        best = best.max(units as f64 / (cpu_seconds()? - start));
    }
    Ok(best)
}
